/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration: the option table itself, the syntax, the rules, and that printing is the
 * reverse of reading. */
#include "tests/unit/unit.h"

#include "config/config.h"
#include "config/manual.h"
#include "config/values.h"
#include "nearest.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH "/etc/gatepost/test.conf"

/* The smallest configuration that is in order; rows below add to it, from line 6 on. */
static const char minimal[] = "domain \"alpha.example\" {\n"
                              "    certificate = a.pem  key = a.key  inside = echo\n"
                              "    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n"
                              "}\n"
                              "inside \"echo\" { kind = echo }  partner \"beta.example\" { }\n";

struct loaded {
    enum gp_code code;
    struct app_config *config; /* NULL when it failed */
    struct gp_buf report;
};

static void load(const char *before, const char *text, struct loaded *ret)
{
    struct gp_buf whole;
    struct gp_err err = {.code = GP_OK};
    gp_buf_init(&whole, 2000000);
    gp_buf_init(&ret->report, 200000);
    gp_buf_append_text(&whole, before);
    gp_buf_append_text(&whole, text);
    ret->config = NULL;
    ret->code = app_config_parse(gp_buf_span(&whole), PATH, &ret->config, &ret->report, &err);
    assert_int_equal(ret->code == GP_OK, ret->config != NULL);
    assert_int_equal(ret->code == GP_OK, gp_buf_len(&ret->report) == 0);
    if (ret->code != GP_OK) {
        /* The error is the first line of the report. */
        assert_int_equal(err.code, GP_ERR_CONFIG);
        assert_memory_equal(err.text, gp_buf_text(&ret->report), strlen(err.text));
    }
    gp_buf_finish(&whole);
}

static void unload(struct loaded *loaded)
{
    app_config_destroy(loaded->config);
    gp_buf_finish(&loaded->report);
}

/* The table. */

static void every_default_is_possible(void **state)
{
    (void)state;
    size_t count;
    const struct app_option_row *rows = app_options(&count);
    for (size_t i = 0; i < count; i++) {
        union {
            uint64_t align;
            char bytes[4096];
        } value;
        struct gp_err err = {.code = GP_OK};
        if (!rows[i].preset)
            continue;
        if (app_value_parse(&rows[i], rows[i].preset, "", &value, &err) != GP_OK)
            fail_msg("%s: %s", rows[i].key, err.text);
        if (rows[i].type == APP_TEXT || rows[i].type == APP_PATH)
            free(*(char **)(void *)value.bytes);
    }
}

static void rows_of_a_section_stand_together(void **state)
{
    (void)state;
    size_t count, sum = 0;
    const struct app_option_row *rows = app_options(&count);
    for (enum app_section kind = APP_SECTION_ROOT; kind < APP_SECTION_COUNT; kind++) {
        size_t own;
        const struct app_option_row *first = app_section_options(kind, &own);
        assert_true(own > 0);
        sum += own;
        for (size_t i = 0; i < own; i++) {
            assert_int_equal(first[i].section, kind);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(first[i].key, first[j].key);
        }
    }
    assert_int_equal(sum, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(rows[i].help) > 10);
        assert_true(!(rows[i].flags & APP_REQUIRED) || !rows[i].preset);
    }
}

/* A field that no row fills, and why. */
struct derived {
    const char *name;
    size_t offset, size;
};
#define DERIVED(type, member)                                                      \
    {                                                                              \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
    }

/*
 * Each byte of a settings struct belongs to an option, to a derived field, or to an alignment gap
 * of less than 8 bytes: so no field is forgotten.
 */
static void assert_covered(const char *name, size_t size, const enum app_section *kinds,
                           size_t kind_count, const struct derived *derived, size_t derived_count)
{
    uint8_t *covered = calloc(1, size);
    assert_non_null(covered);
    for (size_t k = 0; k < kind_count; k++) {
        size_t count;
        const struct app_option_row *rows = app_section_options(kinds[k], &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(rows[i].offset + rows[i].size <= size);
            memset(covered + rows[i].offset, 1, rows[i].size);
            if (rows[i].flags & APP_LIST)
                memset(covered + rows[i].count_offset, 1, sizeof(size_t));
            if (rows[i].type == APP_ROUTE)
                memset(covered + rows[i].count_offset, 1, sizeof(bool));
        }
    }
    for (size_t i = 0; i < derived_count; i++)
        memset(covered + derived[i].offset, 1, derived[i].size);
    for (size_t at = 0, gap = 0; at < size; at++) {
        gap = covered[at] ? 0 : gap + 1;
        if (gap >= 8 || (gap > 0 && at % 8 == 0 && gap == at + 1))
            fail_msg("struct %s: byte %zu belongs to no option", name, at);
    }
    free(covered);
}

static void options_cover_the_structs(void **state)
{
    (void)state;
    static const enum app_section config[] = {APP_SECTION_ROOT, APP_SECTION_RESOLVER,
                                              APP_SECTION_TLS, APP_SECTION_CONTROL,
                                              APP_SECTION_LOG};
    static const struct derived of_config[] = {
        DERIVED(app_config, path),
        DERIVED(app_config, domain_count),
        DERIVED(app_config, domains),
        DERIVED(app_config, inside_count),
        DERIVED(app_config, insides),
        DERIVED(app_config, listen_count),
        DERIVED(app_config, listens),
        DERIVED(app_config, federation.home_count),
        DERIVED(app_config, federation.homes),
        DERIVED(app_config, federation.partner_count),
        DERIVED(app_config, federation.partners),
        DERIVED(app_config, federation.stranger),
        DERIVED(app_config, federation.dialback_secret),
        DERIVED(app_config, federation.limits),
        DERIVED(app_config, digest),
        DERIVED(app_config, warning_count),
        DERIVED(app_config, warnings),
    };
    static const struct derived of_domain[] = {
        DERIVED(app_domain, name),        DERIVED(app_domain, inside_index),
        DERIVED(app_domain, host_count),  DERIVED(app_domain, hosts),
        DERIVED(app_domain, spki_sha256), DERIVED(app_domain, not_before_s),
        DERIVED(app_domain, not_after_s),
    };
    static const struct derived of_host[] = {DERIVED(app_host, name)};
    static const struct derived of_inside[] = {DERIVED(app_inside, name),
                                               DERIVED(app_inside, secret)};
    static const enum app_section domain = APP_SECTION_DOMAIN, host = APP_SECTION_HOST,
                                  inside = APP_SECTION_INSIDE, partner = APP_SECTION_PARTNER,
                                  listen = APP_SECTION_LISTEN, limits = APP_SECTION_LIMITS;
#define COVERED(type, kinds, count, derived) \
    assert_covered(#type, sizeof(struct type), kinds, count, derived, GP_ARRAY_LEN(derived))
    COVERED(app_config, config, GP_ARRAY_LEN(config), of_config);
    COVERED(app_domain, &domain, 1, of_domain);
    COVERED(app_host, &host, 1, of_host);
    COVERED(app_inside, &inside, 1, of_inside);
    assert_covered("fed_partner", sizeof(struct fed_partner), &partner, 1, NULL, 0);
    assert_covered("app_listen", sizeof(struct app_listen), &listen, 1, NULL, 0);
    assert_covered("fed_limits", sizeof(struct fed_limits), &limits, 1, NULL, 0);
}

static void limits_are_what_the_federation_layer_defaults_to(void **state)
{
    (void)state;
    struct loaded loaded;
    load(minimal, "", &loaded);
    assert_int_equal(loaded.code, GP_OK);
    assert_memory_equal(&loaded.config->federation.limits, &fed_limits_default,
                        sizeof(fed_limits_default));
    unload(&loaded);
}

/* Values. */

static const struct app_option_row *find_row(enum app_section kind, const char *key)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    fail_msg("there is no option %s", key);
    return NULL;
}

static void values_read_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum app_section section;
        const char *key;
        const char *printed; /* NULL: refused */
    } rows[] = {
        {"30", APP_SECTION_LIMITS, "header-timeout", "30s"},
        {"30s", APP_SECTION_LIMITS, "header-timeout", "30s"},
        {"1500ms", APP_SECTION_LIMITS, "header-timeout", "1500ms"},
        {"5min", APP_SECTION_LIMITS, "header-timeout", "5min"},
        {"120s", APP_SECTION_LIMITS, "header-timeout", "2min"},
        {"0", APP_SECTION_LIMITS, "inside-hold", "0"},
        {"999ms", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"11min", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"4294967296s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"18446744073709551616", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"30 s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"-30s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"30S", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"1h", APP_SECTION_DOMAIN, "ttl", "1h"},
        {"7d", APP_SECTION_DOMAIN, "ttl", "7d"},
        {"30000ms", APP_SECTION_DOMAIN, "ttl", NULL},
        {"524288", APP_SECTION_LIMITS, "stanza-bytes", "512KiB"},
        {"10000", APP_SECTION_LIMITS, "stanza-bytes", "10000"},
        {"10000B", APP_SECTION_LIMITS, "stanza-bytes", "10000"},
        {"16MiB", APP_SECTION_LIMITS, "stanza-bytes", "16MiB"},
        {"9999", APP_SECTION_LIMITS, "stanza-bytes", NULL},
        {"1kB", APP_SECTION_LIMITS, "stanza-bytes", NULL},
        {"4GiB", APP_SECTION_RESOLVER, "cache-size", NULL},
        {"65535", APP_SECTION_HOST, "weight", "65535"},
        {"65536", APP_SECTION_HOST, "weight", NULL},
        {"5s", APP_SECTION_HOST, "weight", NULL},
        {"none", APP_SECTION_LISTEN, "starttls-port", "none"},
        {"65535", APP_SECTION_LISTEN, "starttls-port", "65535"},
        {"0", APP_SECTION_LISTEN, "starttls-port", NULL},
        {"65536", APP_SECTION_LISTEN, "starttls-port", NULL},
        {"open", APP_SECTION_ROOT, "federation", "open"},
        {"Open", APP_SECTION_ROOT, "federation", NULL},
        {"on", APP_SECTION_DOMAIN, "dane", "yes"},
        {"false", APP_SECTION_DOMAIN, "dane", "no"},
        {"maybe", APP_SECTION_DOMAIN, "dane", NULL},
        {"192.0.2.0/24", APP_SECTION_ROOT, "private-networks", "\"192.0.2.0/24\""},
        {"192.0.2.1/24", APP_SECTION_ROOT, "private-networks", NULL},
        {"::1", APP_SECTION_ROOT, "private-networks", "\"::1/128\""},
        {"2001:db8::1", APP_SECTION_HOST, "address", "\"2001:db8::1\""},
        {"127.0.0.1", APP_SECTION_HOST, "address", "\"127.0.0.1\""},
        {"0.0.0.0", APP_SECTION_HOST, "address", NULL},
        {"ff02::1", APP_SECTION_HOST, "address", NULL},
        {"192.0.2.1:53", APP_SECTION_HOST, "address", NULL},
        {"gw.alpha.example", APP_SECTION_HOST, "address", NULL},
        {"192.0.2.1", APP_SECTION_RESOLVER, "forward", "\"192.0.2.1:53\""},
        {"[::1]:5353", APP_SECTION_RESOLVER, "forward", "\"[::1]:5353\""},
        {"127.0.0.1:5347", APP_SECTION_INSIDE, "listen", "\"127.0.0.1:5347\""},
        {"127.0.0.1", APP_SECTION_INSIDE, "listen", NULL},
        {"Chat.Beta.Example.", APP_SECTION_PARTNER, "additional-domains", "\"chat.beta.example\""},
        {"b\xc3\xbc"
         "cher.example",
         APP_SECTION_PARTNER, "additional-domains", "\"xn--bcher-kva.example\""},
        {"-x.example", APP_SECTION_PARTNER, "additional-domains", NULL},
        {"gw.beta.example:5269", APP_SECTION_PARTNER, "route", "\"gw.beta.example:5269\""},
        {"gw.beta.example", APP_SECTION_PARTNER, "route", NULL},
        {"gw.beta.example:0", APP_SECTION_PARTNER, "route", NULL},
        {":5269", APP_SECTION_PARTNER, "route", NULL},
        {"/etc/key.pem", APP_SECTION_DOMAIN, "key", "\"/etc/key.pem\""},
        {"key.pem", APP_SECTION_DOMAIN, "key", "\"/dir/key.pem\""},
        {"", APP_SECTION_DOMAIN, "key", NULL},
        {"a \"b\" \\ ${c}", APP_SECTION_PARTNER, "description", "\"a \\\"b\\\" \\\\ \\${c}\""},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        union {
            uint64_t align;
            char bytes[1024];
            char *text;
        } value;
        const struct app_option_row *row = find_row(rows[i].section, rows[i].key);
        struct gp_buf printed;
        struct gp_err err = {.code = GP_OK};
        gp_buf_init(&printed, 1000);
        enum gp_code code = app_value_parse(row, rows[i].text, "/dir", &value, &err);
        if (code == GP_OK) {
            app_value_print(row, &value, &printed);
            if (row->type == APP_TEXT || row->type == APP_PATH)
                free(value.text);
        } else {
            assert_int_equal(code, GP_ERR_CONFIG);
            assert_true(strlen(err.text) > 0);
        }
        const char *text = code == GP_OK ? gp_buf_text(&printed) : NULL;
        if ((text == NULL) != (rows[i].printed == NULL) ||
            (text && strcmp(text, rows[i].printed) != 0))
            fail_msg("%s = %s: %s, not %s", rows[i].key, rows[i].text, text ? text : "refused",
                     rows[i].printed ? rows[i].printed : "refused");
        gp_buf_finish(&printed);
    }
}

/* Errors: each is found, in its line, with its sentence. */

static const struct {
    const char *text;     /* behind the minimal configuration, so its first line is 6 */
    unsigned line;        /* of the error; 0: the message has none */
    const char *sentence; /* part of it */
} wrong_rows[] = {
    /* What the syntax forbids. */
    {"workers 1\n", 6, "missing equal sign"},
    {"\nworkers = \"1\n", 7, "does not end"},
    {"log {\n level = info\n", 6, "never closed"},
    {"}\n", 6, "without a '{'"},
    {"/* a\n", 6, "does not end"},
    {"log { level = ${HOME} }", 6, "environment"},
    {"log { level = \"${HOME}\" }", 6, "environment"},
    {"log { level = \"\\101\" }", 6, "escapes"},
    {"workers = *", 6, "'*' means nothing"},
    {"workers = \x01", 6, "not UTF-8"},
    {"workers = \xff", 6, "not UTF-8"},
    {"{ { { { { { { { { } } } } } } } } }", 6, "nested"},
    {"domain { }", 6, "title"},
    {"workers = { 1 }", 6, "unexpected"},
    {"private-networks = { 10.0.0.0/8 192.168.0.0/16 }", 6, "unexpected"},
    {"workers = ", 6, "end of file"},
    {"domain \"alpha.example\" { }", 6, "duplicate"},
    /* Comments keep the count of lines. */
    {"# a\n// b\n/* c\n d */\nworkers = x", 10, "workers: 'x'"},
    {"/* c\n d */\nworkers = *", 8, "'*' means nothing"},
    {"partner \"x.example\" { # a\n  # b\n  tls = often }", 8, "tls: 'often'"},
    /* Options. */
    {"\nworker = 1", 7, "'worker'; did you mean 'workers'"},
    {"resolver { forwrad = 192.0.2.1 }", 6, "'forwrad' in resolver; did you mean 'forward'"},
    {"nothing-alike = 1", 6, "unknown option 'nothing-alike'\n"},
    {"\"log|level\" { }", 6, ""},
    {"workers = 1\nworkers = 2", 7, "given twice, first on line 6"},
    {"private-networks = 10.0.0.0/8\nprivate-networks = { 127.0.0.0/8 }", 7, "given twice"},
    {"log { level = info }\nlog { level = debug }", 7, "given twice"},
    {"workers = 65", 6, "allowed: 1 to 64"},
    {"log { level = loud }", 6, "allowed: error, warning, notice, info, debug"},
    {"limits { stanza-bytes = 9KiB }", 6, "allowed: 10000 to 16MiB"},
    {"partner \"x.example\" { description = \"\\t\" }", 6, "control characters"},
    {"listen { }", 6, "address is missing (address)"},
    {"domain \"x.example\" {\n key = k inside = echo\n }", 6, "certificate is missing (path)"},
    /* Rules. */
    {"domain \"x.example\" { certificate = c key = k inside = echo }", 6, "at least one host"},
    {"domain \"ALPHA.example\" { certificate = c key = k inside = echo\n host \"h.example\" { "
     "address "
     "= 192.0.2.2 } }",
     6, "\"alpha.example\" is there twice"},
    {"domain \"x.example\" { certificate = c key = k\n inside = ecco\n host \"h.example\" { "
     "address = "
     "192.0.2.2 } }",
     7, "no inside section \"ecco\"; did you mean \"echo\""},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"gw1.alpha.example\" { "
     "address = 192.0.2.2 } }",
     7, "other addresses"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "{192.0.2.2, 192.0.2.2} } }",
     7, "given twice"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "192.0.2.2 starttls-port = 99 direct-tls-port = 99 } }",
     7, "cannot share port 99"},
    {"domain \"x.example\" { certificate = c key = k inside = echo\n host \"h.example\" { address "
     "= "
     "192.0.2.2 starttls-port = none direct-tls-port = none } }",
     7, "neither"},
    {"listen { address = 192.0.2.1 starttls-port = none }\ndomain \"x.example\" { certificate = c "
     "key "
     "= k inside = echo\n host \"h.example\" { address = 192.0.2.2 starttls-port = 5269 } }",
     8, "no listen section offers STARTTLS"},
    {"listen { address = 192.0.2.1 direct-tls-port = 5269 }", 6, "cannot share port 5269"},
    {"listen { address = 192.0.2.1 }\nlisten { address = 192.0.2.1 starttls-port = 99 }", 7,
     "twice"},
    {"listen { address = 192.0.2.1 starttls-port = none direct-tls-port = none }", 6, "neither"},
    {"inside \"c\" { kind = component secret-file = s }", 6, "listen is missing"},
    {"inside \"c\" { kind = component listen = \"127.0.0.1:5347\" }", 6, "secret-file is missing"},
    {"inside \"c\" { kind = component secret-file = s\n listen = \"127.0.0.1:5269\" }", 7,
     "partners connect"},
    {"inside \"c\" { kind = component secret-file = s listen = \"127.0.0.1:5347\" }\n"
     "inside \"d\" { kind = component secret-file = s listen = \"127.0.0.1:5347\" }",
     7, "taken by inside \"c\""},
    {"partner \"alpha.example\" { }", 6, "our own"},
    {"partner \"x.example\" {\n additional-domains = alpha.example }", 7, "our own"},
    {"partner \"Beta.example\" { }", 6, "twice"},
    {"partner \"x.example\" {\n additional-domains = beta.example }", 7, "twice"},
    {"partner \"x.example\" {\n additional-domains = x.example }", 7, "twice"},
    {"partner \"x..example\" { }", 6, "partner \"x..example\""},
    {"partner \"x.example\" {\n tls = optional }", 7, "needs dialback = allowed"},
    {"partner \"x.example\" {\n tls = optional dialback = allowed require-dane = yes }", 7,
     "contradicts"},
    {"partner \"x.example\" {\n dialback = allowed require-dane = yes }", 7, "contradicts"},
    {"federation = open\nstranger {\n tls = optional }", 8, "stranger: tls"},
    {"limits { retry-min = 10min }", 6, "retry-min must not be more than retry-max"},
    {"limits {\n retry-max = 2s }", 7, "retry-min must not be more than retry-max"},
};

static void wrong_configurations_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(wrong_rows); i++) {
        struct loaded loaded;
        char place[100];
        load(minimal, wrong_rows[i].text, &loaded);
        if (loaded.code != GP_ERR_CONFIG)
            fail_msg("taken: %s", wrong_rows[i].text);
        const char *report = gp_buf_text(&loaded.report);
        snprintf(place, sizeof(place), PATH ":%u: ", wrong_rows[i].line);
        const char *line = strstr(report, place);
        if (!line || !strstr(line, wrong_rows[i].sentence))
            fail_msg("%s\ntold: %snot: %s...%s", wrong_rows[i].text, report, place,
                     wrong_rows[i].sentence);
        unload(&loaded);
    }
}

static void all_errors_are_told(void **state)
{
    (void)state;
    struct loaded loaded;
    load(minimal,
         "workers = 98 workers = 99\n"
         "wrokers { x = { 1 2 } }\n"
         "partner \"x.example\" {\n"
         "    tsl = required\n"
         "    tls = often  tls = required\n"
         "    dialback = sometimes\n"
         "}\n",
         &loaded);
    const char *report = gp_buf_text(&loaded.report);
    static const char *const told[] = {
        ":6: workers is given twice",   ":6: workers: '99'",
        ":7: unknown option 'wrokers'", ":9: unknown option 'tsl'",
        ":10: tls is given twice",      ":11: partner \"x.example\": dialback"};
    for (size_t i = 0; i < GP_ARRAY_LEN(told); i++) {
        const char *at = strstr(report, told[i]);
        if (!at || strstr(at + 1, told[i]))
            fail_msg("not told once: %s\n%s", told[i], report);
    }
    unload(&loaded);
}

static void many_errors_stay_bounded(void **state)
{
    (void)state;
    struct loaded loaded;
    struct gp_buf text;
    gp_buf_init(&text, 1000000);
    for (int i = 0; i < 1000; i++)
        gp_buf_printf(&text, "unknown%d = 1\n", i);
    load(minimal, gp_buf_text(&text), &loaded);
    assert_int_equal(loaded.code, GP_ERR_CONFIG);
    assert_true(gp_buf_len(&loaded.report) < 20000);
    unload(&loaded);
    gp_buf_finish(&text);
}

/* What is weak works, with a warning; what is not gives none. */

static void weak_settings_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *warning; /* NULL: none */
    } rows[] = {
        {"", NULL},
        {"federation = open", ":6: federation = open"},
        {"partner \"x.example\" { dialback = allowed }", ":6: partner \"x.example\": dialback"},
        {"partner \"x.example\" { dialback = allowed tls = optional }", "in clear"},
        {"partner \"x.example\" { require-dane = yes }", NULL},
        {"partner \"x.example\" { route-tls = direct }", "route-tls means nothing"},
        {"partner \"x.example\" { route = \"a.example:1\" route-tls = direct }", NULL},
        {"stranger { dialback = allowed }", "stranger: it means nothing"},
        {"inside \"y\" { kind = echo }", "no domain uses it"},
        {"inside \"y\" { kind = echo listen = \"127.0.0.1:1\" }", "mean nothing"},
        {"inside \"y\" { kind = component secret-file = s listen = \"192.0.2.1:1\" }",
         "not a loopback address"},
        {"domain \"y.example\" { certificate = c key = k inside = echo host \"h.example\" { "
         "address = "
         "10.0.0.1 } }",
         "10.0.0.1 is private"},
        {"private-networks = 10.0.0.0/8 domain \"y.example\" { certificate = c key = k inside = "
         "echo "
         "host \"h.example\" { address = 10.0.0.1 } }",
         NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct loaded loaded;
        bool is_named = false;
        load(minimal, rows[i].text, &loaded);
        if (loaded.code != GP_OK)
            fail_msg("%s: %s", rows[i].text, gp_buf_text(&loaded.report));
        for (size_t j = 0; j < loaded.config->warning_count; j++)
            is_named |= rows[i].warning && strstr(loaded.config->warnings[j], rows[i].warning);
        if (!is_named && (rows[i].warning || loaded.config->warning_count > 0))
            fail_msg("%s: %s", rows[i].text,
                     loaded.config->warning_count > 0 ? loaded.config->warnings[0] : "no warning");
        unload(&loaded);
    }
}

/* What is right is read as it is meant. */

static const char everything[] =
    "federation = open\n"
    "private-networks = { 127.0.0.0/8, \"::1\" }\n"
    "dialback-secret-file = dialback.secret\n"
    "workers = 4\n"
    "listen { address = 192.0.2.1 direct-tls-port = none }\n"
    "listen { address = \"2001:db8::1\" starttls-port = 15269 }\n"
    "inside \"bots\" { kind = component listen = \"127.0.0.1:5347\" secret-file = '/etc/s' }\n"
    "inside \"echo\" { kind = 'echo' }\n"
    "domain \"B\xc3\xbc"
    "cher.example\" {\n"
    "    certificate = b.pem key = b.key inside = echo ttl = 5min dane = no\n"
    "    host \"gw2.example\" { address = { 192.0.2.2 } starttls-port = 5299 }\n"
    "    host \"gw1.example\" { address = { \"2001:db8::1\", 192.0.2.1 } weight = 7 priority = 3\n"
    "        direct-tls-port = 443 }\n"
    "}\n"
    "domain \"alpha.example\" { inside = bots certificate = a.pem key = a.key\n"
    "    host \"gw1.example\" { address = { 192.0.2.1, \"2001:db8::1\" } } }\n"
    "partner \"beta.example\" { additional-domains = { chat.beta.example, x.example }\n"
    "    description = \"Beta # no comment \\\"inc\\\" // here\" tls = required dialback = "
    "allowed\n"
    "    route = \"gw.beta.example:5270\" route-tls = direct }\n"
    "partner \"gamma.example\" { require-dane = yes }\n"
    "stranger { dialback = allowed }\n"
    "resolver { trust-anchor-file = ta.ds root-hints = /etc/hints forward = 192.0.2.53\n"
    "    forward += { \"192.0.2.54:5353\" } timeout = 500ms cache-size = 2MiB }\n"
    "tls { ca-file = ca.pem }\n"
    "control { socket = c.sock }\n"
    "log { level = debug format = json }\n"
    "limits { stanza-bytes = 512KiB inside-hold = 0 max-targets = 3 }\n";

static void everything_is_read(void **state)
{
    (void)state;
    struct loaded loaded;
    load("", everything, &loaded);
    if (loaded.code != GP_OK)
        fail_msg("%s", gp_buf_text(&loaded.report));
    const struct app_config *config = loaded.config;
    const struct fed_settings *federation = &config->federation;
    char text[DNS_NAME_TEXT_MAX];

    assert_string_equal(config->path, PATH);
    assert_true(federation->is_open);
    assert_int_equal(federation->network_count, 2);
    assert_int_equal(federation->networks[1].prefix, 128);
    assert_string_equal(config->dialback_secret_file, "/etc/gatepost/dialback.secret");
    assert_int_equal(config->workers, 4);
    assert_int_equal(config->listen_count, 2);
    assert_int_equal(config->listens[0].starttls_port, 5269);
    assert_int_equal(config->listens[0].direct_tls_port, 0);
    assert_int_equal(config->listens[1].starttls_port, 15269);
    assert_int_equal(config->listens[1].address.family, GP_IPV6);

    assert_int_equal(config->inside_count, 2);
    assert_string_equal(config->insides[0].name, "bots");
    assert_int_equal(config->insides[0].kind, APP_INSIDE_COMPONENT);
    assert_int_equal(config->insides[0].listen.port, 5347);
    assert_string_equal(config->insides[0].secret_file, "/etc/s");
    assert_int_equal(config->insides[1].kind, APP_INSIDE_ECHO);

    assert_int_equal(config->domain_count, 2);
    const struct app_domain *domain = &config->domains[0];
    assert_string_equal(domain->name.ascii, "xn--bcher-kva.example");
    assert_string_equal(domain->certificate, "/etc/gatepost/b.pem");
    assert_int_equal(domain->inside_index, 1);
    assert_int_equal(domain->ttl_s, 300);
    assert_false(domain->wants_dane);
    assert_int_equal(domain->host_count, 2);
    assert_string_equal(dns_name_text(&domain->hosts[0].name, text), "gw2.example");
    assert_int_equal(domain->hosts[0].starttls_port, 5299);
    assert_int_equal(domain->hosts[0].direct_tls_port, 0); /* as the first listen section has it */
    assert_int_equal(domain->hosts[1].address_count, 2);
    assert_int_equal(domain->hosts[1].weight, 7);
    assert_int_equal(domain->hosts[1].priority, 3);
    assert_int_equal(domain->hosts[1].starttls_port, 5269);
    assert_int_equal(domain->hosts[1].direct_tls_port, 443);
    assert_true(config->domains[1].wants_dane);
    assert_int_equal(config->domains[1].ttl_s, 3600);
    assert_ptr_equal(app_config_domain(config, &domain->name), domain);

    assert_int_equal(federation->home_count, 2);
    assert_string_equal(federation->homes[0].domain.ascii, "alpha.example");
    assert_int_equal(federation->homes[0].inside, 0);
    assert_int_equal(federation->homes[1].inside, 1);

    assert_int_equal(federation->partner_count, 2);
    const struct fed_partner *partner = &federation->partners[0];
    assert_int_equal(partner->domain_count, 3);
    assert_string_equal(partner->domains[0].ascii, "beta.example");
    assert_string_equal(partner->domains[2].ascii, "x.example");
    assert_string_equal(partner->description, "Beta # no comment \"inc\" // here");
    assert_int_equal(partner->tls, FED_TLS_REQUIRED);
    assert_int_equal(partner->dialback, FED_DIALBACK_ALLOWED);
    assert_true(partner->has_route);
    assert_int_equal(partner->route.port, 5270);
    assert_int_equal(partner->route.service, DNS_SERVICE_DIRECT_TLS);
    assert_string_equal(dns_name_text(&partner->route.host, text), "gw.beta.example");
    assert_true(federation->partners[1].requires_dane);
    assert_false(federation->partners[1].has_route);
    assert_int_equal(federation->stranger.dialback, FED_DIALBACK_ALLOWED);

    assert_string_equal(config->resolver.trust_anchor_file, "/etc/gatepost/ta.ds");
    assert_string_equal(config->resolver.root_hints, "/etc/hints");
    assert_int_equal(config->resolver.forward_count, 2);
    assert_int_equal(config->resolver.forward[0].port, 53);
    assert_int_equal(config->resolver.forward[1].port, 5353);
    assert_int_equal(config->resolver.timeout_ms, 500);
    assert_int_equal(config->resolver.cache_bytes, 2097152);
    assert_string_equal(config->ca_file, "/etc/gatepost/ca.pem");
    assert_string_equal(config->control_socket, "/etc/gatepost/c.sock");
    assert_int_equal(config->log_level, GP_LOG_DEBUG);
    assert_int_equal(config->log_format, GP_LOG_JSON);
    assert_int_equal(federation->limits.stanza_bytes, 524288);
    assert_int_equal(federation->limits.hold_ms, 0);
    assert_int_equal(app_config_route(config).max_targets, 3);
    assert_int_equal(app_config_route(config).network_count, 2);
    unload(&loaded);
}

static void print_is_the_reverse_of_reading(void **state)
{
    (void)state;
    static const char *const texts[] = {minimal, everything};
    for (size_t i = 0; i < GP_ARRAY_LEN(texts); i++) {
        struct loaded first, second;
        struct gp_buf printed, again;
        gp_buf_init(&printed, 100000);
        gp_buf_init(&again, 100000);
        load("", texts[i], &first);
        assert_int_equal(first.code, GP_OK);
        app_config_print(first.config, &printed);
        load("", gp_buf_text(&printed), &second);
        if (second.code != GP_OK)
            fail_msg("%s", gp_buf_text(&second.report));
        app_config_print(second.config, &again);
        assert_string_equal(gp_buf_text(&printed), gp_buf_text(&again));
        assert_string_equal(first.config->digest, second.config->digest);
        assert_int_equal(strlen(first.config->digest), 16);
        unload(&first);
        unload(&second);
        gp_buf_finish(&printed);
        gp_buf_finish(&again);
    }
}

static void digest_changes_with_any_option(void **state)
{
    (void)state;
    struct loaded plain, other;
    load(minimal, "", &plain);
    load(minimal, "# a comment changes nothing\n", &other);
    assert_string_equal(plain.config->digest, other.config->digest);
    unload(&other);
    load(minimal, "limits { sasl-attempts = 4 }", &other);
    assert_string_not_equal(plain.config->digest, other.config->digest);
    unload(&other);
    unload(&plain);
}

static void any_beginning_of_a_file_is_survived(void **state)
{
    (void)state;
    /* Also what the scanner of libconfuse would carry over from one file to the next. */
    for (size_t len = 0; len < sizeof(everything); len++) {
        struct app_config *config = NULL;
        enum gp_code code =
            app_config_parse(gp_span_make(everything, len), PATH, &config, NULL, NULL);
        assert_int_equal(code == GP_OK, config != NULL);
        app_config_destroy(config);
    }
    struct loaded loaded;
    load("", everything, &loaded);
    assert_int_equal(loaded.code, GP_OK);
    unload(&loaded);
}

static void the_manual_names_every_option(void **state)
{
    (void)state;
    size_t count;
    const struct app_option_row *rows = app_options(&count);
    for (size_t form = 0; app_manual_forms[form]; form++) {
        struct gp_buf manual;
        gp_buf_init(&manual, 200000);
        assert_true(app_manual_print(app_manual_forms[form], &manual));
        assert_int_equal(gp_buf_failed(&manual), GP_OK);
        for (size_t i = 0; i < count; i++)
            assert_non_null(strstr(gp_buf_text(&manual), rows[i].key));
        gp_buf_finish(&manual);
    }
    assert_false(app_manual_print("latin", NULL));
}

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"config", "check", "run", "resolve", "status"};
    static const struct {
        const char *given, *found;
    } rows[] = {
        {"confg", "config"}, {"chekc", "check"},
        {"ruin", "run"},     {"satus", "status"},
        {"xyz", NULL},       {"resovle", "resolve"},
        {"", NULL},          {"averyveryverylongnamethatisnotcomparedwithanythingatall", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_nearest nearest;
        app_nearest_init(&nearest, rows[i].given);
        for (size_t j = 0; j < GP_ARRAY_LEN(names); j++)
            app_nearest_offer(&nearest, names[j]);
        if (rows[i].found)
            assert_string_equal(nearest.found, rows[i].found);
        else
            assert_null(nearest.found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_possible),
        cmocka_unit_test(rows_of_a_section_stand_together),
        cmocka_unit_test(options_cover_the_structs),
        cmocka_unit_test(limits_are_what_the_federation_layer_defaults_to),
        cmocka_unit_test(values_read_and_print),
        cmocka_unit_test(wrong_configurations_are_refused),
        cmocka_unit_test(all_errors_are_told),
        cmocka_unit_test(many_errors_stay_bounded),
        cmocka_unit_test(weak_settings_are_named),
        cmocka_unit_test(everything_is_read),
        cmocka_unit_test(print_is_the_reverse_of_reading),
        cmocka_unit_test(digest_changes_with_any_option),
        cmocka_unit_test(any_beginning_of_a_file_is_survived),
        cmocka_unit_test(the_manual_names_every_option),
        cmocka_unit_test(the_nearest_name_is_suggested),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
