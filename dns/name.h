/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain name as DNS has it: any octets in its labels, in lower-case wire form. */
#ifndef GP_DNS_NAME_H
#define GP_DNS_NAME_H

#include "dns/domain.h"

#define DNS_NAME_WIRE_MAX 255
#define DNS_NAME_TEXT_MAX 1009 /* each octet may become \DDD */

struct dns_name {
    uint8_t len; /* octets of wire, with the root label; 0 means "no name" */
    uint8_t wire[DNS_NAME_WIRE_MAX];
};

/* Presentation form (RFC 1035, 5.1) with or without the trailing dot; "." is the root. Errors:
 * GP_ERR_INPUT. */
GP_MUST_USE enum gp_code dns_name_from_text(const char *text, struct dns_name *ret);

/* Uncompressed wire form of exactly one name at the front of bytes; *ret_used is its length.
 * Errors: GP_ERR_INPUT. */
GP_MUST_USE enum gp_code dns_name_from_wire(const uint8_t *bytes, size_t len, struct dns_name *ret,
                                            size_t *ret_used);

/* The name that a domain has in the DNS. */
void dns_name_from_domain(const struct dns_domain *domain, struct dns_name *ret);

/* labels ("_xmpp-server._tcp") in front of parent. Errors: GP_ERR_INPUT when it becomes too long.
 */
GP_MUST_USE enum gp_code dns_name_below(const char *labels, const struct dns_name *parent,
                                        struct dns_name *ret);

/* Without its first label; the root's parent is the root. */
void dns_name_parent(const struct dns_name *name, struct dns_name *ret);

/* Whether it is the root; whether both are the same name, blind to case (RFC 4343). */
bool dns_name_is_root(const struct dns_name *name);
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);

/* The same bytes for the same name: a key of a gp_map. Borrowed from it. */
struct gp_span dns_name_span(const struct dns_name *name);

/* Whether name is ancestor or lies below it. */
bool dns_name_is_within(const struct dns_name *name, const struct dns_name *ancestor);

/* Number of labels without the root; the root has 0. */
unsigned dns_name_labels(const struct dns_name *name);

/* Without the trailing dot, but "." for the root; every octet but letters, digits, "-", "_" and "*"
 * is written as \DDD. Returns out. */
const char *dns_name_text(const struct dns_name *name, char out[DNS_NAME_TEXT_MAX]);

/* Whether every label is of letters, digits and inner hyphens, so that it can be a host (RFC
 * 1123, 2.1). */
bool dns_name_is_host(const struct dns_name *name);

/*
 * Whether the resolver library answers for this name by itself, without asking DNS ("test",
 * "invalid", the reverse zones of private networks; RFC 6761, 6303, 8375, 7686). *ret_why (may be
 * NULL) is then a static sentence for a report, else untouched.
 */
bool dns_name_is_special(const struct dns_name *name, const char **ret_why);

#endif
