/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pure parts of a route: what the answers make of an endpoint, and what that comes to in words.
 * route.c asks, in three rounds (services, addresses, TLSA), and calls these in between. Each finds
 * the answers it needs in the route.
 */
#ifndef GP_DNS_ROUTE_IMPL_H
#define GP_DNS_ROUTE_IMPL_H

#include "dns/route.h"

/* NULL when it was not asked. */
const struct dns_answer *dns_route_answer(const struct dns_route *route,
                                          const struct dns_name *name, enum dns_type type);

/* Sets skip when the target is an address literal or the port is refused. */
void dns_endpoint_check(struct dns_endpoint *endpoint);

/* Fills in the addresses, which were asked for, or sets skip. */
void dns_endpoint_take_addresses(struct dns_endpoint *endpoint, const struct dns_route *route,
                                 const struct dns_route_settings *settings);

#define DNS_ENDPOINT_BASES_MAX 2

/*
 * The base domains under which TLSA records count for this endpoint, in order: where a secure alias
 * leads, then the target (RFC 7671, 7). 0 when none must be asked for (spec-digest c.6).
 */
size_t dns_endpoint_tlsa_bases(const struct dns_endpoint *endpoint,
                               const struct dns_name *ret_bases[DNS_ENDPOINT_BASES_MAX]);

/* "_5269._tcp." and base. Errors: GP_ERR_INPUT: too long, so that there is no such record. */
GP_MUST_USE enum gp_code dns_endpoint_tlsa_name(const struct dns_endpoint *endpoint,
                                                const struct dns_name *base, struct dns_name *ret);

/* Fills in the TLSA records, which were asked for, or sets skip. */
void dns_endpoint_take_tlsa(struct dns_endpoint *endpoint, const struct dns_route *route);

/* Writes into a field of DNS_ROUTE_TEXT_MAX characters; what does not fit is cut. */
void dns_route_say(char out[DNS_ROUTE_TEXT_MAX], const char *format, ...) GP_PRINTF(2, 3);

/* Outcome and sentence when the services say that there is nothing to look further for. plan is
 * DNS_PLAN_NO_SERVICE or DNS_PLAN_FAILED. */
void dns_route_conclude_services(struct dns_route *route, enum dns_service_plan plan);

/* Outcome and sentence when all endpoints are complete. */
void dns_route_conclude(struct dns_route *route);

#endif
