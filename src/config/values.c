/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/values.h"

#include "config/config.h"

#include "base/addr.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "dns/route.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Words that stand behind a number, the largest first, for each kind of number. */
struct unit {
    const char *word;
    uint32_t factor;
};

static const struct unit units_ms[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000},
                                       {"s", 1000},     {"ms", 1},      {NULL, 0}};
static const struct unit units_s[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}, {NULL, 0}};
static const struct unit units_bytes[] = {
    {"GiB", 1073741824}, {"MiB", 1048576}, {"KiB", 1024}, {"B", 1}, {NULL, 0}};

static const struct unit *units_of(enum app_option_type type)
{
    switch (type) {
    case APP_MILLISECONDS:
        return units_ms;
    case APP_SECONDS:
        return units_s;
    case APP_BYTES:
        return units_bytes;
    default:
        return NULL;
    }
}

/* What a number without a unit counts: seconds (never milliseconds: nobody expects those), bytes,
 * things. */
static uint32_t bare_factor(enum app_option_type type)
{
    return type == APP_MILLISECONDS ? 1000 : 1;
}

void app_number_print(const struct app_option_row *row, uint64_t number, struct gp_buf *out)
{
    const struct unit *unit = units_of(row->type);
    if (!unit || number == 0) {
        gp_buf_printf(out, "%llu", (unsigned long long)number);
        return;
    }
    while (number % unit->factor != 0)
        unit++; /* ends at the factor 1 */
    bool is_bare = row->type == APP_BYTES && unit->factor == 1;
    gp_buf_printf(out, "%llu%s", (unsigned long long)(number / unit->factor),
                  is_bare ? "" : unit->word);
}

void app_option_allowed(const struct app_option_row *row, struct gp_buf *out)
{
    switch (row->type) {
    case APP_BOOL:
        gp_buf_append_text(out, "yes, no");
        break;
    case APP_COUNT:
    case APP_MILLISECONDS:
    case APP_SECONDS:
    case APP_BYTES:
        app_number_print(row, row->least, out);
        gp_buf_append_text(out, " to ");
        app_number_print(row, row->most, out);
        break;
    case APP_PORT:
        gp_buf_append_text(out, row->least == 0 ? "1 to 65535, none" : "1 to 65535");
        break;
    case APP_WORD:
    case APP_WORDS:
        for (size_t i = 0; row->words[i]; i++)
            gp_buf_printf(out, "%s%s", i > 0 ? ", " : "", row->words[i]);
        break;
    default:
        break;
    }
}

size_t app_value_size(const struct app_option_row *row)
{
    if (!(row->flags & APP_LIST))
        return row->size;
    switch (row->type) {
    case APP_TEXT:
        return sizeof(char *);
    case APP_DOMAIN:
        return sizeof(struct dns_domain);
    case APP_NETWORK:
        return sizeof(struct gp_network);
    case APP_SHA256:
        return sizeof(struct app_pin);
    case APP_ROUTE:
        return sizeof(struct dns_static_route);
    default:
        break;
    }
    GP_ASSERT(row->type == APP_ADDRESS || row->type == APP_ENDPOINT);
    return sizeof(struct gp_addr);
}

/* "'x' is not ...; allowed: 1 to 64" */
static enum gp_code refuse(const struct app_option_row *row, const char *text, struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    struct gp_buf allowed;
    gp_buf_init(&allowed, 1000);
    app_option_allowed(row, &allowed);
    const char *list = gp_buf_text(&allowed);
    enum gp_code code = gp_err_set(err, GP_ERR_CONFIG, "'%s' is not a %s%s%s",
                                   gp_text_safe(gp_span_text(text), safe),
                                   row->type == APP_BOOL ? "yes or no" : "possible value",
                                   list && *list ? "; allowed: " : "", list ? list : "");
    gp_buf_finish(&allowed);
    return code;
}

/* What is to be written instead, for types whose form is not a list of words or a range. */
static enum gp_code refuse_form(const char *text, const char *form, struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    return gp_err_set(err, GP_ERR_CONFIG, "'%s' is not %s", gp_text_safe(gp_span_text(text), safe),
                      form);
}

/* Fields of numbers, words and booleans differ in width. */
static void store(void *ret, size_t size, uint64_t number)
{
    GP_ASSERT(size == sizeof(bool) || size == sizeof(uint16_t) || size == sizeof(uint32_t));
    if (size == sizeof(bool))
        *(bool *)ret = number != 0;
    else if (size == sizeof(uint16_t))
        *(uint16_t *)ret = (uint16_t)number;
    else
        *(uint32_t *)ret = (uint32_t)number;
}

static uint64_t load(const void *value, size_t size)
{
    GP_ASSERT(size == sizeof(bool) || size == sizeof(uint16_t) || size == sizeof(uint32_t));
    if (size == sizeof(bool))
        return *(const bool *)value;
    if (size == sizeof(uint16_t))
        return *(const uint16_t *)value;
    return *(const uint32_t *)value;
}

static enum gp_code parse_number(const struct app_option_row *row, const char *text, uint64_t *ret,
                                 struct gp_err *err)
{
    size_t digits = strspn(text, "0123456789");
    const char *suffix = text + digits;
    const struct unit *unit = units_of(row->type);
    uint64_t number, factor = bare_factor(row->type);
    if (*suffix) {
        while (unit && unit->word && strcmp(unit->word, suffix) != 0)
            unit++;
        if (!unit || !unit->word)
            return refuse(row, text, err);
        factor = unit->factor;
    }
    /* The factor cannot carry a 32-bit number out of 64 bits. */
    if (gp_text_number(gp_span_make(text, digits), UINT32_MAX, &number) != GP_OK ||
        number * factor < row->least || number * factor > row->most)
        return refuse(row, text, err);
    *ret = number * factor;
    return GP_OK;
}

static enum gp_code parse_word(const struct app_option_row *row, const char *text, uint64_t *ret,
                               struct gp_err *err)
{
    for (size_t i = 0; row->words[i]; i++)
        if (strcmp(row->words[i], text) == 0) {
            *ret = i;
            return GP_OK;
        }
    return refuse(row, text, err);
}

/* One word, or several with commas between them. */
static enum gp_code parse_words(const struct app_option_row *row, const char *text, uint64_t *ret,
                                struct gp_err *err)
{
    char word[64];
    for (const char *at = text;; at++) {
        at += strspn(at, " ");
        size_t len = strcspn(at, ",");
        uint64_t index = 0;
        if (len >= sizeof(word))
            return refuse(row, text, err);
        memcpy(word, at, len);
        word[len] = '\0';
        if (parse_word(row, word, &index, err) != GP_OK)
            return GP_ERR_CONFIG;
        *ret |= (uint64_t)1 << index;
        at += len;
        if (!*at)
            return GP_OK;
    }
}

static enum gp_code parse_bool(const struct app_option_row *row, const char *text, uint64_t *ret,
                               struct gp_err *err)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true"};
    for (size_t i = 0; i < GP_ARRAY_LEN(words); i++)
        if (strcmp(words[i], text) == 0) {
            *ret = i % 2;
            return GP_OK;
        }
    return refuse(row, text, err);
}

static enum gp_code parse_port(const struct app_option_row *row, const char *text, uint64_t *ret,
                               struct gp_err *err)
{
    uint64_t port = 0;
    bool is_none = row->least == 0 && strcmp(text, "none") == 0;
    if (!is_none && (gp_text_number(gp_span_text(text), UINT16_MAX, &port) != GP_OK || port == 0))
        return refuse(row, text, err);
    *ret = port;
    return GP_OK;
}

static enum gp_code parse_path(const char *text, const char *directory, char **ret,
                               struct gp_err *err)
{
    char path[PATH_MAX];
    if (!*text)
        return gp_err_set(err, GP_ERR_CONFIG, "the path is empty");
    int len = text[0] == '/' ? snprintf(path, sizeof(path), "%s", text)
                             : snprintf(path, sizeof(path), "%s/%s", directory, text);
    if (len < 0 || (size_t)len >= sizeof(path))
        return gp_err_set(err, GP_ERR_CONFIG, "the path is longer than %d bytes", PATH_MAX - 1);
    char *copy = strdup(path);
    if (!copy)
        return gp_err_nomem(err);
    *ret = copy;
    return GP_OK;
}

static enum gp_code parse_text(const char *text, char **ret, struct gp_err *err)
{
    char *copy = strdup(text);
    if (!copy)
        return gp_err_nomem(err);
    *ret = copy;
    return GP_OK;
}

static enum gp_code parse_endpoint(const struct app_option_row *row, const char *text,
                                   struct gp_addr *ret, struct gp_err *err)
{
    struct gp_addr addr;
    if (gp_addr_parse_port(text, (uint16_t)row->least, &addr) != GP_OK)
        return refuse_form(text, "an address such as 192.0.2.1:5347 or [2001:db8::1]:5347", err);
    if (addr.port == 0)
        return refuse_form(text, "an address with a port, such as 192.0.2.1:5347", err);
    *ret = addr;
    return GP_OK;
}

static enum gp_code parse_route(const char *text, struct dns_static_route *ret, struct gp_err *err)
{
    const char *colon = strrchr(text, ':');
    struct dns_domain host;
    uint64_t port;
    if (!colon || gp_text_number(gp_span_text(colon + 1), UINT16_MAX, &port) != GP_OK || port == 0)
        return refuse_form(text, "a host name with a port, such as gw.beta.example:5269", err);
    if (dns_domain_from_text(gp_span_make(text, (size_t)(colon - text)), &host, err) != GP_OK)
        return GP_ERR_CONFIG;
    dns_name_from_domain(&host, &ret->host);
    ret->port = (uint16_t)port;
    return GP_OK;
}

/* 64 hex digits, as "openssl dgst -sha256" prints them. */
static enum gp_code parse_sha256(const char *text, struct app_pin *ret, struct gp_err *err)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = strlen(text);
    bool is_right = len == 2 * sizeof(ret->spki_sha256);
    for (size_t i = 0; i < len && is_right; i++) {
        const char *digit = strchr(digits, text[i] | 0x20);
        uint8_t *byte = &ret->spki_sha256[i / 2];
        if (digit)
            *byte = (uint8_t)((i % 2 == 0 ? 0 : *byte << 4) | (digit - digits));
        is_right = digit != NULL;
    }
    return is_right ? GP_OK : refuse_form(text, "a SHA-256 digest: 64 hexadecimal digits", err);
}

/* "2027-01-31", a day that there is. */
static enum gp_code parse_date(const char *text, int64_t *ret, struct gp_err *err)
{
    struct tm day = {0};
    char again[GP_CLOCK_TEXT_MAX];
    const char *end = strptime(text, "%Y-%m-%d", &day);
    int64_t wall_s = end && !*end ? (int64_t)timegm(&day) : 0;
    /* Of 30 February the library makes a day in March. */
    if (wall_s <= 0 || strlen(text) != 10 || strncmp(gp_clock_text(wall_s, again), text, 10) != 0)
        return refuse_form(text, "a date such as 2027-01-31", err);
    *ret = wall_s;
    return GP_OK;
}

static enum gp_code parse_value(const struct app_option_row *row, const char *text,
                                const char *directory, void *ret, struct gp_err *err)
{
    uint64_t number = 0;
    enum gp_code code = GP_OK;
    switch (row->type) {
    case APP_BOOL:
        code = parse_bool(row, text, &number, err);
        break;
    case APP_COUNT:
    case APP_MILLISECONDS:
    case APP_SECONDS:
    case APP_BYTES:
        code = parse_number(row, text, &number, err);
        break;
    case APP_PORT:
        code = parse_port(row, text, &number, err);
        break;
    case APP_WORD:
        code = parse_word(row, text, &number, err);
        break;
    case APP_WORDS:
        code = parse_words(row, text, &number, err);
        break;
    case APP_TEXT:
        return parse_text(text, ret, err);
    case APP_PATH:
    case APP_SECRET_FILE:
        return parse_path(text, directory, ret, err);
    case APP_DOMAIN:
        return dns_domain_from_text(gp_span_text(text), ret, err);
    case APP_ADDRESS:
        if (gp_addr_parse(text, ret) != GP_OK)
            return refuse_form(text, "an address such as 192.0.2.1 or 2001:db8::1", err);
        return GP_OK;
    case APP_ENDPOINT:
        return parse_endpoint(row, text, ret, err);
    case APP_NETWORK:
        if (gp_network_parse(text, ret) != GP_OK)
            return refuse_form(
                text, "a network such as 192.0.2.0/24 or 2001:db8::/32, without bits behind it",
                err);
        return GP_OK;
    case APP_SHA256:
        return parse_sha256(text, ret, err);
    case APP_DATE:
        return parse_date(text, ret, err);
    case APP_ROUTE:
        return parse_route(text, ret, err);
    }
    if (code == GP_OK)
        store(ret, app_value_size(row), number);
    return code;
}

enum gp_code app_value_parse(const struct app_option_row *row, const char *text,
                             const char *directory, void *ret, struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    enum gp_code code = parse_value(row, text, directory, ret, err);
    if (code == GP_OK && row->check && (code = row->check(ret, err)) != GP_OK)
        gp_err_wrap(err, code, "'%s'", gp_text_safe(gp_span_text(text), safe));
    if (code != GP_OK && code != GP_ERR_NOMEM)
        code = GP_ERR_CONFIG;
    if (err && code != GP_OK)
        err->code = code;
    return code;
}

void app_text_quote(const char *text, struct gp_buf *out)
{
    gp_buf_append_char(out, '"');
    for (; *text; text++) {
        if (strchr("\"\\$", *text)) /* "${NAME}" would be read as a variable */
            gp_buf_append_char(out, '\\');
        gp_buf_append_char(out, *text);
    }
    gp_buf_append_char(out, '"');
}

static void print_words(const struct app_option_row *row, uint64_t set, struct gp_buf *out)
{
    const char *separator = "{ ";
    for (size_t i = 0; row->words[i]; i++) {
        if (!(set & (uint64_t)1 << i))
            continue;
        gp_buf_printf(out, "%s%s", separator, row->words[i]);
        separator = ", ";
    }
    gp_buf_append_text(out, " }");
}

void app_value_print(const struct app_option_row *row, const void *value, struct gp_buf *out)
{
    char addr[GP_ADDR_TEXT_MAX], name[DNS_NAME_TEXT_MAX], date[GP_CLOCK_TEXT_MAX];
    const struct gp_network *network = value;
    const struct app_pin *pin = value;
    char hex[GP_DIGEST_HEX_MAX];
    const struct dns_static_route *route = value;
    uint64_t number;
    switch (row->type) {
    case APP_BOOL:
        gp_buf_append_text(out, *(const bool *)value ? "yes" : "no");
        break;
    case APP_COUNT:
    case APP_MILLISECONDS:
    case APP_SECONDS:
    case APP_BYTES:
        app_number_print(row, load(value, app_value_size(row)), out);
        break;
    case APP_PORT:
        number = load(value, app_value_size(row));
        if (number == 0)
            gp_buf_append_text(out, "none");
        else
            app_number_print(row, number, out);
        break;
    case APP_WORD:
        gp_buf_append_text(out, row->words[load(value, app_value_size(row))]);
        break;
    case APP_WORDS:
        print_words(row, load(value, app_value_size(row)), out);
        break;
    case APP_TEXT:
    case APP_PATH:
    case APP_SECRET_FILE:
        app_text_quote(*(char *const *)value, out);
        break;
    case APP_DOMAIN:
        gp_buf_printf(out, "\"%s\"", ((const struct dns_domain *)value)->ascii);
        break;
    case APP_ADDRESS:
        gp_buf_printf(out, "\"%s\"", gp_addr_text(value, addr));
        break;
    case APP_ENDPOINT:
        gp_buf_printf(out, "\"%s\"", gp_addr_port_text(value, addr));
        break;
    case APP_NETWORK:
        gp_buf_printf(out, "\"%s/%u\"", gp_addr_text(&network->base, addr), network->prefix);
        break;
    case APP_SHA256:
        gp_digest_hex(pin->spki_sha256, sizeof(pin->spki_sha256), hex);
        gp_buf_printf(out, "\"%s\"", hex);
        break;
    case APP_DATE:
        gp_buf_printf(out, "\"%.10s\"", gp_clock_text(*(const int64_t *)value, date));
        break;
    case APP_ROUTE:
        gp_buf_printf(out, "\"%s:%u\"", dns_name_text(&route->host, name), route->port);
        break;
    }
}
