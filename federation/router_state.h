/* SPDX-License-Identifier: BSD-2-Clause */
/* What a router is made of; private to router*.c. */
#ifndef GP_FED_ROUTER_STATE_H
#define GP_FED_ROUTER_STATE_H

#include "base/map.h"
#include "federation/ping.h"

struct fed_router {
    struct fed_context *context;
    struct fed_post post;
    struct fed_guard *guard;
    struct fed_carries *carries;                /* borrowed; NULL at first */
    struct fed_inside *insides[FED_INSIDE_MAX]; /* by index; NULL where another worker owns it */
    bool congested[FED_INSIDE_MAX];             /* by index */
    struct gp_map pairs;                        /* "home partner" to struct fed_pair, owned */
    struct gp_timer *sweep;
    bool is_quiet, is_flushing, is_dismissing;
    enum fed_close dismissal;
    struct fed_ping *pings; /* borrowed; who asked destroys them */
    uint64_t pings_made;
    char ping_prefix[FED_PING_PREFIX_MAX];
    bool is_rearranging;     /* a reload: what comes back now waits until every link is there */
    struct fed_queue strays; /* that is here */
};

#endif
