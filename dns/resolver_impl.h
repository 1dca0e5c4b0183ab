/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kind of resolver is made of: local, remote, or a test's own. resolver.c keeps the contract
 * of dns/resolver.h for all of them (one callback, never inside ask, deadline, cancel, limit); a
 * kind only looks up.
 */
#ifndef GP_DNS_RESOLVER_IMPL_H
#define GP_DNS_RESOLVER_IMPL_H

#include "dns/resolver.h"

#include <sys/queue.h>

#define DNS_QUERIES_MAX 4096 /* pending at a time in one resolver */

struct dns_resolver_kind {
    /* Begins the lookup of query->name. The answer is given with dns_query_answer(), at any time,
     * in here as well. After an error it must not be given. */
    enum gp_code (*start)(struct dns_resolver *resolver, struct dns_query *query,
                          struct gp_err *err);
    /* The query is no longer wanted and will be freed. */
    void (*stop)(struct dns_resolver *resolver, struct dns_query *query);
    /* Releases the resolver; nothing is pending any more. */
    void (*destroy)(struct dns_resolver *resolver);
};

/* The first member of every kind's own struct. */
struct dns_resolver {
    const struct dns_resolver_kind *kind;
    struct gp_loop *loop;            /* borrowed */
    uint32_t timeout_ms;             /* of each question */
    size_t query_count;              /* questions that were not called back yet */
    TAILQ_HEAD(, dns_query) queries; /* in the order of asking */
};

struct dns_query {
    TAILQ_ENTRY(dns_query) link;
    struct dns_resolver *resolver; /* borrowed */
    struct dns_name name;
    enum dns_type type;
    dns_answer_fn *fn;
    void *arg;
    struct gp_timer *deadline; /* owned */
    struct gp_task deliver;
    struct dns_answer *answer; /* owned; until is_answered what is said when nothing better comes */
    bool is_answered;          /* the kind has done its part, or time is up */
    uint32_t id;               /* the kind's */
    bool is_sent;              /* the kind's */
};

void dns_resolver_init(struct dns_resolver *resolver, const struct dns_resolver_kind *kind,
                       struct gp_loop *loop, uint32_t timeout_ms);

/* Takes the answer; NULL stands for one that there was no memory for. */
void dns_query_answer(struct dns_query *query, struct dns_answer *answer);

#endif
