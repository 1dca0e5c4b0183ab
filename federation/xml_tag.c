/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/xml_tag.h"

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t skip(struct gp_span tag, size_t i, const char *set)
{
    while (i < tag.len && is_one_of(tag.at[i], set))
        i++;
    return i;
}

static size_t find(struct gp_span tag, size_t i, const char *set)
{
    while (i < tag.len && !is_one_of(tag.at[i], set))
        i++;
    return i;
}

void fed_tag_scan(struct gp_span tag, struct fed_tag *ret)
{
    static const char blank[] = " \t\r\n";
    size_t i = find(tag, 1, " \t\r\n/>");
    *ret = (struct fed_tag){.name_end = i};
    for (;;) {
        size_t blank_at = i;
        size_t name_at = skip(tag, i, blank);
        if (name_at >= tag.len || is_one_of(tag.at[name_at], "/>"))
            return;
        size_t name_end = find(tag, name_at, " \t\r\n=");
        size_t quote_at = find(tag, name_end, "'\"");
        if (quote_at >= tag.len)
            return;
        const char quote[] = {tag.at[quote_at], '\0'};
        i = find(tag, quote_at + 1, quote) + 1;
        if (gp_span_is(gp_span_make(tag.at + name_at, name_end - name_at), "xmlns")) {
            ret->default_at = blank_at;
            ret->default_len = i - blank_at;
        }
    }
}
