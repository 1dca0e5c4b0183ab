/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/name.h"

#include "base/text.h"

#include <stdio.h>

#define LABEL_MAX 63

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One octet of a label in presentation form, "x", "\x" or "\DDD" (RFC 1035, 5.1). */
static bool read_octet(const char **text, uint8_t *ret)
{
    const char *at = *text;
    if (*at != '\\') {
        *ret = (uint8_t)*at;
        *text = at + 1;
        return true;
    }
    at++;
    if (!is_digit(*at)) {
        if (*at == '\0')
            return false;
        *ret = (uint8_t)*at;
        *text = at + 1;
        return true;
    }
    if (!is_digit(at[1]) || !is_digit(at[2]))
        return false;
    int value = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    if (value > UINT8_MAX)
        return false;
    *ret = (uint8_t)value;
    *text = at + 3;
    return true;
}

static uint8_t lower(uint8_t octet)
{
    return (uint8_t)gp_text_lower((char)octet);
}

/* Puts the labels of text behind those that name has; name has no root label yet. */
static enum gp_code append_labels(const char *text, struct dns_name *name)
{
    while (*text != '\0') {
        uint8_t label[LABEL_MAX];
        size_t len = 0;
        while (*text != '\0' && *text != '.') {
            uint8_t octet;
            if (!read_octet(&text, &octet) || len == sizeof(label))
                return GP_ERR_INPUT;
            label[len++] = lower(octet);
        }
        /* the root label needs an octet as well */
        if (len == 0 || name->len + 1 + len + 1 > DNS_NAME_WIRE_MAX)
            return GP_ERR_INPUT;
        name->wire[name->len] = (uint8_t)len;
        memcpy(name->wire + name->len + 1, label, len);
        name->len = (uint8_t)(name->len + 1 + len);
        if (*text == '.')
            text++;
    }
    return GP_OK;
}

enum gp_code dns_name_from_text(const char *text, struct dns_name *ret)
{
    struct dns_name name = {0};
    if (text[0] == '\0')
        return GP_ERR_INPUT;
    if (strcmp(text, ".") != 0 && append_labels(text, &name) != GP_OK)
        return GP_ERR_INPUT;
    name.wire[name.len++] = 0;
    *ret = name;
    return GP_OK;
}

enum gp_code dns_name_from_wire(const uint8_t *bytes, size_t len, struct dns_name *ret,
                                size_t *ret_used)
{
    struct dns_name name = {0};
    size_t at = 0;
    uint8_t label_len;
    do {
        if (at >= len)
            return GP_ERR_INPUT;
        label_len = bytes[at];
        /* the two high bits would make it a pointer or something unassigned (RFC 1035, 4.1.4) */
        if (label_len > LABEL_MAX || label_len > len - at - 1 ||
            at + 1 + label_len > DNS_NAME_WIRE_MAX)
            return GP_ERR_INPUT;
        name.wire[at] = label_len;
        for (size_t i = 1; i <= label_len; i++)
            name.wire[at + i] = lower(bytes[at + i]);
        at += 1u + label_len;
    } while (label_len > 0);
    name.len = (uint8_t)at;
    *ret = name;
    *ret_used = at;
    return GP_OK;
}

void dns_name_from_domain(const struct dns_domain *domain, struct dns_name *ret)
{
    *ret = (struct dns_name){0};
    /* 253 characters of valid labels always fit; a domain that is not set is no name */
    if (dns_domain_is_set(domain))
        GP_ASSERT(dns_name_from_text(domain->ascii, ret) == GP_OK);
}

enum gp_code dns_name_below(const char *labels, const struct dns_name *parent, struct dns_name *ret)
{
    struct dns_name name = {0};
    if (append_labels(labels, &name) != GP_OK || name.len + parent->len > DNS_NAME_WIRE_MAX)
        return GP_ERR_INPUT;
    memcpy(name.wire + name.len, parent->wire, parent->len);
    name.len = (uint8_t)(name.len + parent->len);
    *ret = name;
    return GP_OK;
}

void dns_name_parent(const struct dns_name *name, struct dns_name *ret)
{
    struct dns_name parent = {0};
    size_t skip = name->len > 1 ? 1u + name->wire[0] : 0;
    parent.len = (uint8_t)(name->len - skip);
    memcpy(parent.wire, name->wire + skip, parent.len);
    *ret = parent;
}

bool dns_name_is_root(const struct dns_name *name)
{
    return name->len == 1;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

struct gp_span dns_name_span(const struct dns_name *name)
{
    return gp_span_make((const char *)name->wire, name->len);
}

bool dns_name_is_within(const struct dns_name *name, const struct dns_name *ancestor)
{
    size_t at = 0;
    while (name->len - at > ancestor->len)
        at += 1u + name->wire[at];
    return name->len - at == ancestor->len &&
           memcmp(name->wire + at, ancestor->wire, ancestor->len) == 0;
}

unsigned dns_name_labels(const struct dns_name *name)
{
    unsigned count = 0;
    for (size_t at = 0; at + 1 < name->len; at += 1u + name->wire[at])
        count++;
    return count;
}

static bool is_host_octet(uint8_t octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-';
}

const char *dns_name_text(const struct dns_name *name, char out[DNS_NAME_TEXT_MAX])
{
    size_t used = 0;
    if (name->len <= 1)
        out[used++] = '.';
    for (size_t at = 0; at + 1 < name->len; at += 1u + name->wire[at]) {
        if (at > 0)
            out[used++] = '.';
        for (size_t i = 1; i <= name->wire[at]; i++) {
            uint8_t octet = name->wire[at + i];
            if (is_host_octet(octet) || octet == '_' || octet == '*')
                out[used++] = (char)octet;
            else
                used += (size_t)snprintf(out + used, DNS_NAME_TEXT_MAX - used, "\\%03u", octet);
        }
    }
    out[used] = '\0';
    return out;
}

bool dns_name_is_host(const struct dns_name *name)
{
    for (size_t at = 0; at + 1 < name->len; at += 1u + name->wire[at]) {
        const uint8_t *label = name->wire + at + 1;
        size_t len = name->wire[at];
        if (label[0] == '-' || label[len - 1] == '-')
            return false;
        for (size_t i = 0; i < len; i++)
            if (!is_host_octet(label[i]))
                return false;
    }
    return name->len > 1;
}

#define REVERSE_WHY "reverse names of private and reserved networks are not looked up (RFC 6303)"
#define ZEROS_28    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."

/* The zones that libunbound has built in (1.17.1, services/localzone.c and util/as112.c). Where
 * last is not 0, the label below zone must be a number from first to last. */
static const struct {
    const char *zone;
    unsigned first, last;
    const char *why;
} special_zones[] = {
    {"localhost", 0, 0, "localhost always means this machine (RFC 6761, 6.3)"},
    {"test", 0, 0, "names under test exist in no public DNS (RFC 6761, 6.2)"},
    {"invalid", 0, 0, "names under invalid exist nowhere (RFC 6761, 6.4)"},
    {"onion", 0, 0, "names under onion are not looked up in DNS (RFC 7686)"},
    {"home.arpa", 0, 0, "names under home.arpa belong to home networks (RFC 8375)"},
    {"0.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"10.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"100.in-addr.arpa", 64, 127, REVERSE_WHY},
    {"127.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"254.169.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"172.in-addr.arpa", 16, 31, REVERSE_WHY},
    {"2.0.192.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"168.192.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"100.51.198.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"113.0.203.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"255.255.255.255.in-addr.arpa", 0, 0, REVERSE_WHY},
    {"0.0.0.0." ZEROS_28 "ip6.arpa", 0, 0, REVERSE_WHY},
    {"1.0.0.0." ZEROS_28 "ip6.arpa", 0, 0, REVERSE_WHY},
    {"8.b.d.0.1.0.0.2.ip6.arpa", 0, 0, REVERSE_WHY},
    {"d.f.ip6.arpa", 0, 0, REVERSE_WHY},
    {"8.e.f.ip6.arpa", 0, 0, REVERSE_WHY},
    {"9.e.f.ip6.arpa", 0, 0, REVERSE_WHY},
    {"a.e.f.ip6.arpa", 0, 0, REVERSE_WHY},
    {"b.e.f.ip6.arpa", 0, 0, REVERSE_WHY},
};

/* Whether the label of name right below zone is a number from first to last. */
static bool is_numbered_below(const struct dns_name *name, const struct dns_name *zone,
                              unsigned first, unsigned last)
{
    struct dns_name child = *name, parent = *name;
    while (child.len > zone->len) {
        dns_name_parent(&child, &parent);
        if (parent.len == zone->len) {
            uint64_t number;
            struct gp_span label = gp_span_make(child.wire + 1, child.wire[0]);
            return gp_text_number(label, last, &number) == GP_OK && number >= first;
        }
        child = parent;
    }
    return false;
}

bool dns_name_is_special(const struct dns_name *name, const char **ret_why)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(special_zones); i++) {
        struct dns_name zone;
        GP_ASSERT(dns_name_from_text(special_zones[i].zone, &zone) == GP_OK);
        if (!dns_name_is_within(name, &zone))
            continue;
        if (special_zones[i].last != 0 &&
            !is_numbered_below(name, &zone, special_zones[i].first, special_zones[i].last))
            continue;
        if (ret_why)
            *ret_why = special_zones[i].why;
        return true;
    }
    return false;
}
