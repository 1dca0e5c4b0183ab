/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/domain.h"

#include "base/addr.h"
#include "base/text.h"

#include <idn2.h>
#include <stdio.h>

#define JID_PART_MAX 1023 /* octets (RFC 7622, 3.2 to 3.4) */
#define LABEL_MAX    63   /* octets (RFC 1035, 2.3.4) */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* What is wrong with one label, NULL when nothing is. */
static const char *label_fault(struct gp_span label)
{
    if (label.len == 0)
        return "has an empty label";
    if (label.len > LABEL_MAX)
        return "has a label of more than 63 octets";
    if (label.at[0] == '-' || label.at[label.len - 1] == '-')
        return "has a label that begins or ends with a hyphen";
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter_or_digit(label.at[i]) && label.at[i] != '-')
            return "has characters that no host name has";
    return NULL;
}

/* The same of a whole name without its trailing dot. */
static const char *name_fault(const char *ascii)
{
    const char *at = ascii;
    const char *end;
    if (strlen(ascii) >= DNS_DOMAIN_MAX)
        return "has more than 253 octets";
    do {
        end = at + strcspn(at, ".");
        const char *fault = label_fault(gp_span_make(at, (size_t)(end - at)));
        if (fault)
            return fault;
        if (*end == '\0')
            break;
        at = end + 1;
    } while (true);
    /* No top-level domain is a number (RFC 1123, 2.1): such a name is meant as an address, and the
     * shortened forms of one ("127.1") are read as one by other software. */
    if (strspn(at, "0123456789") == (size_t)(end - at))
        return "is an IP address, not a domain name";
    return NULL;
}

/* The address literals that are no host names by their characters alone. */
static bool is_literal(const char *text)
{
    struct gp_addr addr;
    return text[0] == '[' || gp_addr_parse(text, &addr) == GP_OK;
}

enum gp_code dns_domain_from_text(struct gp_span text, struct dns_domain *ret, struct gp_err *err)
{
    char shown[GP_TEXT_SAFE_MAX];
    char copy[JID_PART_MAX + 1];
    if (text.len == 0)
        return gp_err_set(err, GP_ERR_INPUT, "the domain is empty");
    if (text.len > JID_PART_MAX)
        return gp_err_set(err, GP_ERR_INPUT, "the domain has more than %d octets", JID_PART_MAX);
    gp_text_safe(text, shown);
    if (!gp_text_is_utf8(text)) /* nor may it hold a zero octet, which would end the copy early */
        return gp_err_set(err, GP_ERR_INPUT, "'%s' is not UTF-8 text", shown);
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    if (is_literal(copy)) /* RFC 7622, 3.2: not usable between servers (spec-digest c.3) */
        return gp_err_set(err, GP_ERR_INPUT, "'%s' is an IP address, not a domain name", shown);

    /* IDNA2008 with the non-transitional mapping of UTS 46, so that "ß" is a letter of its own and
     * upper case and full-width forms are one domain with the plain ones (RFC 7622, 3.2.1). */
    uint8_t *ascii = NULL;
    int rc = idn2_lookup_u8((const uint8_t *)copy, &ascii, IDN2_NONTRANSITIONAL);
    if (rc == IDN2_MALLOC)
        return gp_err_nomem(err);
    if (rc != IDN2_OK)
        return gp_err_set(err, GP_ERR_INPUT, "'%s' is not a domain name (%s)", shown,
                          idn2_strerror(rc));

    struct dns_domain domain = {""};
    char *name = (char *)ascii;
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == '.') /* RFC 7622, 3.2: the dot of the root is not part of it */
        name[len - 1] = '\0';
    const char *fault = name_fault(name);
    if (!fault)
        memcpy(domain.ascii, name, strlen(name) + 1);
    idn2_free(ascii);
    if (fault)
        return gp_err_set(err, GP_ERR_INPUT, "'%s' %s", shown, fault);
    *ret = domain;
    return GP_OK;
}

enum gp_code dns_domain_from_jid(struct gp_span jid, struct dns_domain *ret, struct gp_err *err)
{
    /* RFC 7622, 3.2: first the resourcepart is cut off, since it may hold "@" as well */
    const char *slash = jid.len > 0 ? memchr(jid.at, '/', jid.len) : NULL;
    struct gp_span bare = gp_span_make(jid.at, slash ? (size_t)(slash - jid.at) : jid.len);
    if (slash) {
        size_t resource_len = jid.len - bare.len - 1;
        if (resource_len == 0 || resource_len > JID_PART_MAX)
            return gp_err_set(err, GP_ERR_INPUT,
                              "the resource of the JID has %zu octets, not 1 to %d", resource_len,
                              JID_PART_MAX);
    }
    const char *at_sign = bare.len > 0 ? memchr(bare.at, '@', bare.len) : NULL;
    struct gp_span domain = bare;
    if (at_sign) {
        size_t local_len = (size_t)(at_sign - bare.at);
        if (local_len == 0 || local_len > JID_PART_MAX)
            return gp_err_set(err, GP_ERR_INPUT,
                              "the local part of the JID has %zu octets, not 1 to %d", local_len,
                              JID_PART_MAX);
        domain = gp_span_make(at_sign + 1, bare.len - local_len - 1);
    }
    return dns_domain_from_text(domain, ret, err);
}

const char *dns_domain_unicode(const struct dns_domain *domain, char out[DNS_DOMAIN_UNICODE_MAX])
{
    char *text = NULL;
    int rc = idn2_to_unicode_8z8z(domain->ascii, &text, 0);
    /* what cannot be shown as U-labels is still the right domain as A-labels */
    bool is_shown = rc == IDN2_OK && strlen(text) < DNS_DOMAIN_UNICODE_MAX;
    snprintf(out, DNS_DOMAIN_UNICODE_MAX, "%s", is_shown ? text : domain->ascii);
    idn2_free(text);
    return out;
}

bool dns_domain_equal(const struct dns_domain *a, const struct dns_domain *b)
{
    return strcmp(a->ascii, b->ascii) == 0;
}
