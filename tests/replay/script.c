/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/replay/script.h"

#include "base/base64.h"
#include "base/digest.h"
#include "federation/dialback.h"
#include "federation/ns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static bool put_call(const struct gp_secret *secret, struct gp_span name, char *arguments,
                     struct gp_buf *out)
{
    char key[FED_DIALBACK_KEY_MAX];
    if (gp_span_is(name, "base64")) {
        gp_base64_encode(out, arguments, strlen(arguments));
        return true;
    }
    if (gp_span_is(name, "sha1")) {
        uint8_t digest[GP_DIGEST_MAX];
        char hex[GP_DIGEST_HEX_MAX];
        gp_digest(GP_SHA1, arguments, strlen(arguments), digest);
        gp_digest_hex(digest, 20, hex);
        gp_buf_append_text(out, hex);
        return true;
    }
    if (gp_span_is(name, "id")) {
        gp_buf_printf(out, "%032x", (unsigned)strtoul(arguments, NULL, 10));
        return true;
    }
    if (gp_span_is(name, "error")) {
        gp_buf_printf(out,
                      "<stream:error><%s xmlns='" FED_NS_STREAM_ERRORS
                      "'/>*</stream:error></stream:stream>",
                      arguments);
        return true;
    }
    if (!gp_span_is(name, "key"))
        return false;
    const char *target = script_word(&arguments);
    const char *sender = script_word(&arguments);
    const char *id = script_word(&arguments);
    if (!fed_dialback_key(secret, gp_span_text(target), gp_span_text(sender), gp_span_text(id),
                          key))
        return false;
    gp_buf_append_text(out, key);
    return true;
}

/* Behind "$"; returns what follows, NULL on failure. */
static const char *put_value(const struct gp_map *lets, const struct gp_secret *secret,
                             const char *text, struct gp_buf *out)
{
    struct gp_span name = gp_span_make(text, strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                          "abcdefghijklmnopqrstuvwxyz0123456789_"));
    const char *end = text + name.len;
    if (*end != '(') {
        const char *value = gp_map_find(lets, name);
        return value && script_expand(lets, secret, value, out) ? end : NULL;
    }
    const char *close = strchr(end, ')');
    struct gp_buf arguments;
    if (!close)
        return NULL;
    char *raw = strndup(end + 1, (size_t)(close - end - 1));
    gp_buf_init(&arguments, 10000);
    bool ok = script_expand(lets, secret, raw, &arguments);
    gp_buf_append_char(&arguments, '\0');
    char *expanded = strdup(gp_buf_text(&arguments));
    ok = ok && put_call(secret, name, expanded, out);
    free(expanded);
    free(raw);
    gp_buf_finish(&arguments);
    return ok ? close + 1 : NULL;
}

bool script_expand(const struct gp_map *lets, const struct gp_secret *secret, const char *text,
                   struct gp_buf *out)
{
    static const char escapes[] = "n\nt\tr\r\\\\$$";
    while (*text) {
        const char *escape = text[1] ? strchr(escapes, text[1]) : NULL;
        if (*text == '$') {
            text = put_value(lets, secret, text + 1, out);
            if (!text)
                return false;
        } else if (*text == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
                   isxdigit((unsigned char)text[3])) {
            const char hex[] = {text[2], text[3], '\0'};
            gp_buf_append_char(out, (char)strtoul(hex, NULL, 16));
            text += 4;
        } else if (*text == '\\' && escape) {
            gp_buf_append_char(out, escape[1]);
            text += 2;
        } else {
            gp_buf_append_char(out, *text++);
        }
    }
    return true;
}

size_t script_match(const char *pattern, struct gp_span text, bool is_whole)
{
    const char *star = NULL; /* where to go on when a try behind the last "*" fails */
    size_t at = 0, star_at = 0;
    while (*pattern || (is_whole && at < text.len)) {
        if (*pattern == '*') {
            star = ++pattern;
            star_at = at;
        } else if (*pattern && at < text.len && *pattern == text.at[at]) {
            pattern++;
            at++;
        } else if (star && star_at < text.len) {
            pattern = star;
            at = ++star_at;
        } else {
            return SIZE_MAX;
        }
    }
    return at;
}

const char *script_word(char **line)
{
    char *start = *line + strspn(*line, " ");
    char *end = start + strcspn(start, " ");
    *line = *end ? end + 1 : end;
    *end = '\0';
    return start;
}

const char *script_option(const char *word, const char *name)
{
    size_t len = strlen(name);
    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

int64_t script_duration_ms(const char *text)
{
    char *unit;
    int64_t number = strtoll(text, &unit, 10);
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}};
    for (size_t i = 0; i < GP_ARRAY_LEN(units); i++)
        if (strcmp(unit, units[i].unit) == 0)
            return number * units[i].ms;
    return INT64_MIN;
}
