/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resolver and the route finder are told. Plain data, filled by the configuration. */
#ifndef GP_DNS_SETTINGS_H
#define GP_DNS_SETTINGS_H

#include "base/addr.h"
#include "dns/name.h"

#define DNS_FORWARD_MAX 32 /* resolvers to ask: they all stand on one command line */

/* Names and addresses of the resolver { } section. Strings and arrays are owned by whoever owns the
 * settings. */
struct dns_settings {
    char *trust_anchor_file; /* DS or DNSKEY records in zone-file form; NULL: Debian's root key
                                (package dns-root-data) */
    char *root_hints; /* zone file with the root's NS and addresses; NULL: those that libunbound has
                         built in */
    struct gp_addr *forward; /* ask these resolvers instead of the authoritative servers; still
                                validated here */
    size_t forward_count;    /* port 0 means 53 */
    bool is_unvalidated;     /* takes every answer as it comes: for finding the servers of a zone
                                whose records validation rejects, and for nothing else */
    uint32_t timeout_ms;     /* longest wait for one question, with all its retries */
    uint32_t cache_bytes;    /* for all of libunbound's caches together; 0: what it has by itself */
};

/* Limits of a route (spec-digest c.5, c.6) and what it may lead to. */
struct dns_route_settings {
    unsigned max_targets;              /* SRV records that are used */
    unsigned max_addresses;            /* of each target */
    const struct gp_network *networks; /* borrowed: non-public networks that partners may be in */
    size_t network_count;
};

#endif
