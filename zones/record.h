/* SPDX-License-Identifier: BSD-2-Clause */
/* A record as the zones layer handles it: planned, or read from what name servers hold. */
#ifndef GP_ZONES_RECORD_H
#define GP_ZONES_RECORD_H

#include "dns/rr.h"

struct zone_record {
    struct dns_name owner;
    enum dns_type type; /* SRV, A, AAAA, TLSA or CAA */
    uint32_t ttl_s;
    uint32_t low_ttl_s; /* around a change; 0: not planned, but found */
    union {
        struct dns_srv srv;
        struct gp_addr addr;
        struct dns_tlsa tlsa; /* planned are 3 1 1 alone: DANE-EE, SPKI, SHA2-256 (RFC 7671, 5.1) */
        struct dns_caa caa;
    } data;
    const char *reason; /* one sentence; NULL: not planned, but found */
    const char *held;   /* why it is not to be published as things are; NULL: publish it */
};

/* Fills data from the wire form; it borrows from there. Errors: GP_ERR_INPUT when that is not of
 * the type's form, or the type is none of the above. */
GP_MUST_USE enum gp_code zone_record_read(enum dns_type type, struct dns_rdata rdata,
                                          struct zone_record *ret);

/* Whether two records of the same type hold the same. */
bool zone_record_same_data(const struct zone_record *a, const struct zone_record *b);

/* Whether they belong to one record set: same owner, same type. */
bool zone_record_same_set(const struct zone_record *a, const struct zone_record *b);

#endif
