/* SPDX-License-Identifier: BSD-2-Clause */
/* Which zone holds a name and which servers serve it, as the validating resolver sees it. */
#ifndef GP_DNS_ZONE_H
#define GP_DNS_ZONE_H

#include "dns/resolver.h"

#define DNS_ZONE_SERVERS_MAX   13
#define DNS_ZONE_ADDRESSES_MAX 8

struct dns_zone_server {
    struct dns_name name;
    size_t address_count;
    struct gp_addr addresses[DNS_ZONE_ADDRESSES_MAX]; /* port 53 */
    char failure[DNS_FAILURE_TEXT_MAX]; /* why addresses are missing, in words; "" when every lookup
                          worked and there is at least one */
};

struct dns_zone {
    bool is_found;
    struct dns_name apex;
    enum dns_security security; /* of the zone's SOA; of what is not found: DNS_BOGUS when
                                   validation stood in the way */
    struct dns_soa soa;         /* as the resolver sees it */
    uint32_t soa_ttl_s;
    size_t server_count;
    struct dns_zone_server servers[DNS_ZONE_SERVERS_MAX]; /* in the order of their names */
    char failure[DNS_FAILURE_TEXT_MAX];                   /* when not found, in words */
};

struct dns_zone_op;
typedef void dns_zone_fn(void *arg, struct dns_zone *zone); /* takes the zone */

/*
 * Climbs from name to the closest ancestor that has a SOA, asks for its NS and for the addresses of
 * each. Errors: as dns_resolver_ask(); fn is not called then.
 */
GP_MUST_USE enum gp_code dns_zone_start(struct dns_resolver *resolver, const struct dns_name *name,
                                        dns_zone_fn *fn, void *arg, struct dns_zone_op **ret,
                                        struct gp_err *err);

/* NULL is fine. */
void dns_zone_cancel(struct dns_zone_op *op);

void dns_zone_destroy(struct dns_zone *zone);

#endif
