/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two gateways in one loop that are each other's partners, over real connections and TLS: the left
 * one is alpha.example, the right one gamma.example. Each finds the other by a configured route,
 * and answers by itself for its domain.
 */
#ifndef GP_TESTS_NEIGHBOURS_H
#define GP_TESTS_NEIGHBOURS_H

#include "base/acceptor.h"
#include "base/mailbox.h"
#include "federation/inbound.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/homes.h"

struct gateway {
    struct dns_domain name, other;
    struct fed_home home;
    struct fed_partner *partner; /* owned */
    struct fed_settings settings;
    struct fed_context context;
    struct gp_mailbox *mailbox; /* what its only worker posts, it posts to itself */
    unsigned told;              /* news of carriers */
    struct fed_router *router;
    struct fed_inbound *inbound;
    struct gp_acceptor *acceptor;
    struct gp_addr addr;
};

struct neighbours {
    struct gp_loop *loop;
    struct gp_timer *guard; /* fails a test that waits in vain */
    struct gp_log log;
    struct gp_network network;
    struct gateway left, right;
    int64_t mark_ms; /* a test's own, likewise arg */
    void *arg;
};

/* homes: of homes_set_up(). Settings may be changed until the first stanza. */
void neighbours_open(struct neighbours *both, const struct homes *homes);
void neighbours_close(struct neighbours *both);

/* A stanza of the left gateway's home domain for the other one's. */
void neighbours_send(struct neighbours *both, const char *stanza);

/* Looked at in each turn of the loop, until it is true. */
void neighbours_wait(struct neighbours *both, bool (*is_true)(struct neighbours *both));

/* The left gateway's only pair. */
struct fed_pair_status neighbours_pair(const struct neighbours *both);

#endif
