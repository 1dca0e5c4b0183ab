/* SPDX-License-Identifier: BSD-2-Clause */
/* What everything that federates on one worker shares: its loop, its services, its counters. Owned
 * by the worker. */
#ifndef GP_FED_CONTEXT_H
#define GP_FED_CONTEXT_H

#include "base/log.h"
#include "base/rnd.h"
#include "dns/resolver.h"
#include "federation/diary.h"
#include "federation/posh.h"
#include "federation/session.h"

/* What has happened since the start; each worker counts for itself. */
struct fed_counters {
    uint64_t accepted;        /* connections */
    uint64_t refused;         /* connections over a limit */
    uint64_t closed;          /* streams with partners, whoever opened and whoever ended them */
    uint64_t stanzas_in;      /* from partners */
    uint64_t stanzas_out;     /* to partners */
    uint64_t stanzas_bounced; /* answered with an error by gatepost */
    uint64_t stanzas_dropped; /* that nobody waits for an answer to */
    uint64_t attempts;        /* at reaching a partner */
    uint64_t attempts_failed;
    uint64_t verifications; /* dialback keys asked about */
};

struct fed_context {
    struct gp_loop *loop;                /* borrowed, as all that follows */
    const struct fed_settings *settings; /* a frozen snapshot */
    struct dns_resolver *resolver;
    struct dns_route_settings route;
    struct fed_tls *tls;
    const struct fed_posh_source *posh; /* NULL: nothing is fetched, and POSH proves nobody */
    struct gp_log *log;
    struct fed_diary *diary; /* NULL: nothing is kept of what happened */
    const struct gp_rnd *rnd;
    const struct gp_addr *own_addresses; /* our listeners: never dialled, except by a probe */
    size_t own_address_count;
    struct fed_session_list sessions; /* every session of this worker */
    struct fed_attempt *attempts;     /* every attempt that is under way */
    struct fed_s2s
        *leaving; /* owned; inside links that have left, but for their streams' good-bye */
    struct fed_counters counters;
};

#endif
