/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdio.h>

static bool is_xml_char(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return c != 0xfffe && c != 0xffff && !(c >= 0xd800 && c <= 0xdfff) && c <= 0x10ffff;
}

bool gp_utf8_feed(struct gp_utf8 *state, const char *bytes, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length: no overlong forms */
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        if (state->missing == 0) {
            if (byte < 0x80) {
                if (!is_xml_char(byte))
                    return false;
                continue;
            }
            if (byte >= 0xc2 && byte <= 0xdf)
                *state = (struct gp_utf8){.value = byte & 0x1fu, .missing = 1, .length = 2};
            else if (byte >= 0xe0 && byte <= 0xef)
                *state = (struct gp_utf8){.value = byte & 0x0fu, .missing = 2, .length = 3};
            else if (byte >= 0xf0 && byte <= 0xf4)
                *state = (struct gp_utf8){.value = byte & 0x07u, .missing = 3, .length = 4};
            else
                return false;
            continue;
        }
        if ((byte & 0xc0) != 0x80)
            return false;
        state->value = state->value << 6 | (byte & 0x3f);
        if (--state->missing == 0 &&
            (state->value < least[state->length] || !is_xml_char(state->value)))
            return false;
    }
    return true;
}

bool gp_text_is_utf8(struct gp_span span)
{
    struct gp_utf8 state = {0};
    return gp_utf8_feed(&state, span.at, span.len) && state.missing == 0;
}

enum gp_code gp_text_number(struct gp_span text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.len == 0)
        return GP_ERR_INPUT;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c < '0' || c > '9')
            return GP_ERR_INPUT;
        uint64_t digit = (uint64_t)(c - '0');
        if (value > (max - digit) / 10 || digit > max)
            return GP_ERR_INPUT;
        value = value * 10 + digit;
    }
    *ret = value;
    return GP_OK;
}

/* Length of the permitted UTF-8 character at the front of span; 0 if there is none. */
static size_t char_at(struct gp_span span, uint32_t *ret_value)
{
    struct gp_utf8 state = {0};
    size_t limit = span.len < 4 ? span.len : 4;
    for (size_t i = 0; i < limit; i++) {
        if (!gp_utf8_feed(&state, span.at + i, 1))
            return 0;
        if (state.missing == 0) {
            *ret_value = i == 0 ? (uint8_t)span.at[0] : state.value;
            return i + 1;
        }
    }
    return 0;
}

static bool is_plain(uint32_t c)
{
    return c >= 0x20 && c != '\\' && !(c >= 0x7f && c <= 0x9f) && c != 0xad &&
           !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
           !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff;
}

void gp_text_escape(struct gp_buf *out, struct gp_span text, size_t limit)
{
    size_t i = 0;
    while (i < text.len && i < limit) {
        uint32_t value = 0;
        size_t len = char_at(gp_span_make(text.at + i, text.len - i), &value);
        if (len > 0 && is_plain(value)) {
            gp_buf_append(out, text.at + i, len);
        } else if (text.at[i] == '\\') {
            gp_buf_append_text(out, "\\\\");
        } else {
            for (size_t k = 0; k < (len ? len : 1); k++)
                gp_buf_printf(out, "\\x%02x", (uint8_t)text.at[i + k]);
        }
        i += len ? len : 1;
    }
    if (i < text.len)
        gp_buf_append_text(out, "...");
}

const char *gp_text_safe(struct gp_span text, char out[GP_TEXT_SAFE_MAX])
{
    struct gp_buf buf;
    gp_buf_init(&buf, GP_TEXT_SAFE_MAX - 1);
    gp_text_escape(&buf, text, 64); /* at most 67 bytes in, each at most 4 out, and "..." */
    struct gp_span safe = gp_buf_span(&buf);
    memcpy(out, safe.at, safe.len);
    out[safe.len] = '\0';
    gp_buf_finish(&buf);
    return out;
}

void gp_text_json(struct gp_buf *out, struct gp_span text)
{
    size_t i = 0;
    while (i < text.len) {
        uint32_t value = 0;
        size_t len = char_at(gp_span_make(text.at + i, text.len - i), &value);
        uint8_t byte = (uint8_t)text.at[i];
        if (len == 0 && byte >= 0x20 && byte != 0x7f)
            gp_buf_append_text(out, "\xef\xbf\xbd");
        else if (len == 0 || value < 0x20 || value == 0x7f)
            gp_buf_printf(out, "\\u%04x", byte);
        else if (value == '"' || value == '\\')
            gp_buf_printf(out, "\\%c", (char)value);
        else
            gp_buf_append(out, text.at + i, len);
        i += len ? len : 1;
    }
}

void gp_text_xml(struct gp_buf *out, struct gp_span text)
{
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *entity = text.at[i] == '&'    ? "&amp;"
                             : text.at[i] == '<'  ? "&lt;"
                             : text.at[i] == '>'  ? "&gt;"
                             : text.at[i] == '\'' ? "&apos;"
                             : text.at[i] == '"'  ? "&quot;"
                                                  : NULL;
        if (!entity)
            continue;
        gp_buf_append(out, text.at + plain, i - plain);
        gp_buf_append_text(out, entity);
        plain = i + 1;
    }
    gp_buf_append(out, text.at + plain, text.len - plain);
}

char gp_text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void gp_text_shell(struct gp_buf *out, struct gp_span text)
{
    gp_buf_append_char(out, '\'');
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == '\'')
            gp_buf_append_text(out, "'\\''");
        else
            gp_buf_append_char(out, text.at[i]);
    gp_buf_append_char(out, '\'');
}

bool gp_text_equal_nocase(struct gp_span a, struct gp_span b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (gp_text_lower(a.at[i]) != gp_text_lower(b.at[i]))
            return false;
    return true;
}
