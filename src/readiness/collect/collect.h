/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sees everything that a readiness check wants to see: asks the validating resolver, every
 * authoritative server, the running gateway, and every address of every endpoint. All at once, each
 * with a deadline of its own, within bounds for each server, and with one deadline for the whole.
 * Nothing is judged.
 */
#ifndef GP_APP_COLLECT_H
#define GP_APP_COLLECT_H

#include "config/config.h"
#include "readiness/observe.h"

struct app_wanted {
    struct dns_name owner;
    enum dns_type type;
};

/* Which key is served for a domain at an address with a port. */
struct app_wanted_key {
    struct dns_name owner; /* of the TLSA records for it */
    struct dns_domain domain;
    enum dns_service service;
    struct gp_addr addr;
};

/*
 * A domain of whoever runs the check: DNS leads to where the check listens for it. So dialback is
 * gone through with anybody's server, without a gateway to be asked (X3, X4).
 */
struct app_probe_domain {
    struct dns_domain domain;
    struct gp_addr listen; /* with the port */
    /* PEM files; NULL: one is made on the spot, which is enough where certificates do not count. */
    const char *certificate, *key;
};

/* Borrowed, and outlives the collecting. Without domains there is nothing to ask the gateway; with
 * neither domains nor keys tls may be NULL. */
struct app_collect_setup {
    struct gp_loop *loop;
    const struct app_config *config;
    struct dns_resolver *resolver;
    struct fed_tls *tls;              /* with the certificates of config */
    const struct dns_domain *domains; /* home domains; each once */
    size_t domain_count;
    const struct app_wanted *sets; /* record sets to be asked for besides */
    size_t set_count;
    const struct app_wanted_key *keys; /* to be asked for, wherever DNS leads */
    size_t key_count;
    const struct app_probe_domain *probe_domain; /* NULL: none */
    /* Before the switch what is planned is looked at as well as what is published. */
    bool wants_planned;
    bool wants_partners; /* every configured partner is looked at as well */
    bool wants_pings;    /* and sent a ping by the gateway */
    bool wants_held; /* what public resolvers hold: they keep what they are asked for, so not before
                        there is use for it */
    bool wants_company;  /* what else stands at the names of the service records */
    uint32_t timeout_ms; /* of the whole; what has not come by then did not come */
};

struct app_collect;

/* Takes the observations; NULL: there was no memory for them. */
typedef void app_collect_fn(void *arg, struct app_observations *seen);

/* One callback, never inside the call; it ends by itself within the time of setup. ret: to be asked
 * for its progress; may be NULL. Errors: GP_ERR_NOMEM; GP_ERR_CONFIG: it cannot listen for the
 * probe domain, and nothing was asked; fn is not called then. */
GP_MUST_USE enum gp_code app_collect_start(const struct app_collect_setup *setup,
                                           app_collect_fn *fn, void *arg, struct app_collect **ret,
                                           struct gp_err *err);

/* How far it has come; until it calls back. */
struct app_collect_progress {
    size_t domain_count, done_count; /* done: every address of every endpoint was looked at */
    size_t question_count;           /* that are being asked, or wait for their turn */
    int64_t left_ms;                 /* until the deadline of the whole */
};
void app_collect_progress(const struct app_collect *collect, struct app_collect_progress *ret);

#endif
