/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a partner (spec-digest c.1 to c.8): from a domain to the endpoints to try, in order,
 * each with its addresses, what DNSSEC says of them, and what would authenticate it.
 */
#ifndef GP_DNS_ROUTE_H
#define GP_DNS_ROUTE_H

#include "dns/resolver.h"
#include "dns/srv.h"
#include "dns/tlsa.h"

enum dns_route_outcome {
    DNS_ROUTE_FOUND,      /* at least one endpoint can be tried */
    DNS_ROUTE_NO_SERVICE, /* DNS says definitely that there is none: permanent */
    DNS_ROUTE_FAILED,     /* a lookup failed: temporary */
    DNS_ROUTE_BOGUS       /* a lookup failed because of DNSSEC: temporary, somebody must mend it */
};

enum dns_origin {
    DNS_FROM_SRV,
    DNS_FROM_FALLBACK,
    DNS_FROM_STATIC
};

#define DNS_ROUTE_TEXT_MAX    DNS_FAILURE_TEXT_MAX
#define DNS_ROUTE_TLSA_MAX    16
#define DNS_ROUTE_ADDRESS_MAX 16

struct dns_endpoint_address {
    struct gp_addr addr; /* with the port */
    enum dns_security security;
    bool is_refused; /* not public and in none of the permitted networks: never connected to */
};

struct dns_endpoint {
    enum dns_origin origin;
    enum dns_service service;
    struct dns_srv srv; /* of a fallback or static route: priority and weight 0 */
    enum dns_security srv_security;
    size_t address_count;
    struct dns_endpoint_address
        addresses[DNS_ROUTE_ADDRESS_MAX]; /* IPv6 and IPv4 interleaved, IPv6 first */
    bool is_alias; /* the target is a CNAME: illegal (RFC 2782), followed all the same */
    struct dns_name canonical; /* where the alias leads; as secure as the addresses are */
    enum dns_tlsa_state tlsa_state;
    struct dns_name tlsa_base; /* the base domain of the TLSA records: target, or its secure alias
                                  (RFC 7671, 7) */
    size_t tlsa_count;         /* usable records */
    struct dns_tlsa tlsa[DNS_ROUTE_TLSA_MAX]; /* data borrowed from the route's answers */
    char skip[DNS_ROUTE_TEXT_MAX]; /* why this endpoint is not to be tried; "" when it is */
};

struct dns_route {
    struct dns_domain domain;
    enum dns_route_outcome outcome;
    char sentence[DNS_ROUTE_TEXT_MAX]; /* the outcome in words; printable */
    size_t endpoint_count;
    struct dns_endpoint *endpoints; /* owned; in the order in which they are tried */
    size_t answer_count;
    struct dns_answer **answers; /* owned; everything that was asked, in the order of asking */
};

struct dns_route_op;
typedef void dns_route_fn(void *arg, struct dns_route *route); /* takes the route */

/* A configured way that replaces the SRV lookup (spec-digest c.2). */
struct dns_static_route {
    struct dns_name host;
    uint16_t port;
    enum dns_service service;
};

/*
 * Looks the way up. static_route may be NULL. Copies what it needs of domain and static_route;
 * settings, rnd and resolver must outlive the operation; the networks may change meanwhile. Errors:
 * as dns_resolver_ask(), and GP_ERR_INPUT when the domain is so long that no service name fits in
 * front; fn is not called then.
 */
GP_MUST_USE enum gp_code dns_route_start(struct dns_resolver *resolver,
                                         const struct dns_route_settings *settings,
                                         const struct gp_rnd *rnd, const struct dns_domain *domain,
                                         const struct dns_static_route *static_route,
                                         dns_route_fn *fn, void *arg, struct dns_route_op **ret,
                                         struct gp_err *err);

/* NULL is fine. */
void dns_route_cancel(struct dns_route_op *op);

void dns_route_destroy(struct dns_route *route);

/*
 * Two ways in which a policy narrows a route that was found. Each says of the endpoints that will
 * not do why they are not to be tried; when none is left that becomes the route's outcome, failed
 * or no service, and its sentence.
 */

/* Every answer on the way has to be secure: of both services, and the endpoint's addresses. */
void dns_route_require_secure(struct dns_route *route);

/* No direct TLS, unless a TLSA record says that there is TLS. */
void dns_route_avoid_direct_tls(struct dns_route *route);

const char *dns_route_outcome_text(enum dns_route_outcome outcome);

#endif
