/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a domain publishes about the certificate that it shows when it connects to us: the TLSA
 * records of the servers that its own secure SRV records name. No RFC says how DANE applies to the
 * side that connects; this takes a server to show the same certificate in both directions
 * (spec-digest d.2).
 */
#ifndef GP_FED_SENDER_H
#define GP_FED_SENDER_H

#include "federation/context.h"

#define FED_SENDER_TLSA_MAX 64

struct fed_sender_tlsa {
    size_t count;
    struct dns_tlsa set[FED_SENDER_TLSA_MAX]; /* usable records; data borrowed from the route */
    bool has_failed; /* something could not be looked up that may hold more of them */
};

/* Pure. route was looked up without a static route: it is about what the domain itself publishes.
 */
void fed_sender_tlsa_of(const struct dns_route *route, struct fed_sender_tlsa *ret);

struct fed_sender_op;
typedef void fed_sender_fn(void *arg, const struct fed_evidence *evidence);

/*
 * Looks the records up and holds the certificate that the peer showed on link against them. link
 * and context outlive the operation. One call of fn, never in here. Errors: as dns_route_start().
 */
GP_MUST_USE enum gp_code fed_sender_start(struct fed_context *context, struct fed_link *link,
                                          const struct dns_domain *sender, fed_sender_fn *fn,
                                          void *arg, struct fed_sender_op **ret,
                                          struct gp_err *err);

/* NULL is fine. */
void fed_sender_cancel(struct fed_sender_op *op);

#endif
