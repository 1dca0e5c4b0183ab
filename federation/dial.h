/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connects to the endpoints of a route, in order (spec-digest c.9; RFC 8305; RFC 6120, 3.2.1).
 *
 * The addresses of one priority are raced with a short delay between them; the next priority begins
 * when all of them have failed. One call brings one connection. When TLS or XMPP then fails on it,
 * the owner asks for the next: an address is connected to at most once, but those that lost a race
 * are tried again. What came of each is kept in words.
 */
#ifndef GP_FED_DIAL_H
#define GP_FED_DIAL_H

#include "dns/route.h"
#include "federation/link.h"
#include "federation/settings.h"

#define FED_DIAL_RESULT_MAX 200

/* One address of the route and what came of it. */
struct fed_dial_target {
    size_t endpoint;     /* index into the route */
    struct gp_addr addr; /* with the port; no address: the endpoint cannot be tried at all */
    int64_t duration_ms; /* how long connecting took, or was waited for; -1: it was not tried */
    bool is_reached;     /* it was connected */
    char result[FED_DIAL_RESULT_MAX]; /* "connected", "connection refused", "not tried: ...";
                                         "" while it has not had its turn */
};

struct fed_dial;

/*
 * link is the caller's now; NULL: nothing is left to try. target says where it leads; NULL without
 * a link. The dial may be destroyed in here.
 */
typedef void fed_dial_fn(void *arg, struct fed_link *link, const struct fed_dial_target *target);

/* Borrowed, and outlives the dial, if nothing else is said. */
struct fed_dial_setup {
    struct gp_loop *loop;
    const struct dns_route *route;
    const struct fed_limits *limits; /* race_ms, connect_ms; for the call alone, as own */
    /* The gateway's own listeners, with ports: never connected to (T34). Whoever fills the list
     * replaces wildcard addresses by those of the machine. */
    const struct gp_addr *own;
    size_t own_count;
    bool allows_own; /* a probe connects to itself */
};

/* Connects to nothing yet. Copies setup. NULL when there is no memory. */
struct fed_dial *fed_dial_create(const struct fed_dial_setup *setup);

/* Cancels what is under way: fn is not called any more. NULL is fine. */
void fed_dial_destroy(struct fed_dial *dial);

/*
 * The next connection. Exactly one call of fn, never in here, never after fed_dial_destroy(); then
 * this may be called again.
 */
void fed_dial_next(struct fed_dial *dial, fed_dial_fn *fn, void *arg);

/* Says what became of the connection that was handed out last, in place of "connected". */
void fed_dial_note(struct fed_dial *dial, const char *result);

/* For log, status and probe: every address of the route in the order of trying. */
size_t fed_dial_target_count(const struct fed_dial *dial);
const struct fed_dial_target *fed_dial_target(const struct fed_dial *dial, size_t index);

#endif
