/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The router of worker 0 of two; the inside link of alpha.example belongs to worker 1, so
 * everything that goes inwards is seen on its way there. Nobody can be reached.
 */
#ifndef GP_TESTS_ROUTER_WORLD_H
#define GP_TESTS_ROUTER_WORLD_H

#include "federation/router.h"
#include "tests/unit/fake_resolver.h"

#define WORKERS 2

struct world {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct gp_log log;
    struct fed_home homes[2];
    struct fed_partner partner;
    struct dns_domain near, far; /* partners whose pairs belong to worker 0 and 1 */
    struct dns_domain domains[2];
    struct fed_settings settings;
    struct fed_context context;
    struct fed_router *router;
    bool is_full;             /* the other worker takes what must go, nothing else */
    struct fed_queue posted;  /* to the other worker */
    bool was_must, is_waited; /* of the last one; the loop stops at the next */
    unsigned told;            /* how often news went by letter, and to which worker the last did */
    unsigned told_worker;
};

void world_open(struct world *world, enum fake_when when);
void world_close(struct world *world);

/* A message between a home domain and a partner, as it goes in a direction. */
void world_deliver(struct world *world, enum fed_direction direction, const char *from,
                   const char *to, const char *id);

/* What was posted to the other worker; waits for it if need be. */
struct fed_parcel *world_take_posted(struct world *world);

/* The oldest parcel for the other worker is this error, for alpha.example. */
void world_expect_error(struct world *world, const char *id, const char *condition);

/* Of the only pair. */
enum fed_pair_state world_pair_state(const struct world *world);

/* Stops the loop, which is arg. */
void world_stop_loop(void *arg);

#endif
