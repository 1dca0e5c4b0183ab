/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/caa.h"

#include "base/text.h"

static bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

static struct gp_span trim(struct gp_span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = gp_span_make(text.at + 1, text.len - 1);
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* What stands in front of the separator, trimmed; *text is what is behind it. */
static struct gp_span cut(struct gp_span *text, char separator)
{
    size_t len = 0;
    while (len < text->len && text->at[len] != separator)
        len++;
    struct gp_span front = gp_span_make(text->at, len);
    size_t used = len < text->len ? len + 1 : len;
    *text = gp_span_make(text->at + used, text->len - used);
    return trim(front);
}

/* RFC 8659, 4.2: letters and digits in a tag, "-" and "." besides in an issuer. */
static bool is_word(struct gp_span text, bool is_name)
{
    for (size_t i = 0; i < text.len; i++) {
        char octet = gp_text_lower(text.at[i]);
        if (!((octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') ||
              (is_name && (octet == '-' || octet == '.'))))
            return false;
    }
    return true;
}

/* Visible ASCII but ";", which ends a parameter. */
static bool is_value(struct gp_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < 0x21 || text.at[i] > 0x7e)
            return false;
    return true;
}

enum gp_code dns_caa_issue_read(struct gp_span value, struct dns_caa_issue *ret)
{
    struct dns_caa_issue issue = {.issuer = cut(&value, ';')};
    if (!is_word(issue.issuer, true))
        return GP_ERR_INPUT;
    while (trim(value).len > 0) {
        struct gp_span parameter = cut(&value, ';');
        bool has_value = false;
        for (size_t i = 0; i < parameter.len; i++)
            has_value = has_value || parameter.at[i] == '=';
        struct gp_span tag = cut(&parameter, '='), what = trim(parameter);
        if (!has_value || tag.len == 0 || !is_word(tag, false) || !is_value(what))
            return GP_ERR_INPUT;
        if (gp_text_equal_nocase(tag, gp_span_text("accounturi")))
            issue.account_uri = what;
        else if (gp_text_equal_nocase(tag, gp_span_text("validationmethods")))
            issue.methods = what;
    }
    *ret = issue;
    return GP_OK;
}

bool dns_caa_has_method(struct gp_span methods, const char *method)
{
    while (methods.len > 0)
        if (gp_text_equal_nocase(cut(&methods, ','), gp_span_text(method)))
            return true;
    return false;
}
