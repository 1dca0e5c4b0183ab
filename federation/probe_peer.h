/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer on a loopback address that the running gateway can be told to log in to, so that `check`
 * sees a login in that direction too. It judges the gateway's certificate as strictly as a
 * stranger's: no dialback, no exceptions. Only whoever shows the token may come as our own domain.
 */
#ifndef GP_FED_PROBE_PEER_H
#define GP_FED_PROBE_PEER_H

#include "federation/session.h"

/* Borrowed, and outlives the peer and its sessions, if nothing else is said. */
struct fed_probe_peer_setup {
    struct gp_loop *loop;
    const struct fed_settings *settings;
    struct fed_session_list *sessions;
    struct fed_tls *tls;
    const struct dns_domain *domain; /* a home domain, that both sides are; copied */
    const char *token;               /* copied */
};

/* What has come of it so far. */
struct fed_probe_peer_result {
    bool was_met;       /* a stream showed the token */
    bool was_logged_in; /* and its certificate proved the domain */
    char sentence[400]; /* in words; escaped */
};

struct fed_probe_peer;

/* Listens for STARTTLS on a port that the system chooses; *ret_addr is where. Errors:
 * GP_ERR_SYSTEM, GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_probe_peer_create(const struct fed_probe_peer_setup *setup,
                                               struct fed_probe_peer **ret,
                                               struct gp_addr *ret_addr, struct gp_err *err);

/* Cuts what is still connected. NULL is fine. */
void fed_probe_peer_destroy(struct fed_probe_peer *peer);

/* What was seen so far; lives as long as the peer. */
const struct fed_probe_peer_result *fed_probe_peer_result(const struct fed_probe_peer *peer);

#endif
