/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes everything that federates on one worker from one snapshot of the settings to the next, in
 * one turn of its loop. Only what changed is touched: a stream ends when its pair is no longer one
 * or its terms are others (fed_close_of_settings()), an inside link when its own terms are.
 */
#ifndef GP_FED_RELOAD_H
#define GP_FED_RELOAD_H

#include "federation/inbound.h"

/* The new snapshot; all borrowed until the next reload. */
struct fed_reload {
    const struct fed_settings *settings;
    struct dns_route_settings route;
    struct fed_tls *tls; /* streams that are there keep theirs */
    const struct gp_addr *own_addresses;
    size_t own_address_count;
    const struct fed_inside_settings *insides;
    size_t inside_count;
};

/* Afterwards nothing points into the snapshot before. Errors: as fed_router_set_settings(); the
 * reload is done all the same. */
GP_MUST_USE enum gp_code fed_reload(struct fed_router *router, struct fed_inbound *inbound,
                                    const struct fed_reload *to, struct gp_err *err);

#endif
