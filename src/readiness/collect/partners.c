/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every domain of every configured partner: the way to it as the gateway goes it, and a look at
 * each address on that way, also behind the first that works (X7); and a ping that the running
 * gateway sends there (X6). The probe domain is looked at likewise.
 */
#include "readiness/collect/collecting.h"

#include <stdlib.h>

#define PER_ADDRESS_MAX  4
#define PROBE_TIMEOUT_MS 15000

/* The way to a partner. */
struct route_op {
    struct app_op op;
    struct app_seen_partner *partner;
    const struct fed_partner *policy;
    struct dns_route_op *route;
};

/* A look at one of its addresses. */
struct look_op {
    struct app_op op;
    struct app_seen_look *into;
    const struct app_seen_partner *partner;
    const struct dns_endpoint *endpoint; /* of the partner's route */
    struct fed_probe *probe;
};

static void on_looked(void *arg, struct fed_probe_result *result)
{
    struct look_op *op = arg;
    op->into->seen = APP_CAME;
    op->into->why = NULL;
    op->into->result = result;
    app_op_done(&op->op);
}

static enum gp_code start_look(struct app_op *base, struct gp_err *err)
{
    struct look_op *op = (struct look_op *)base;
    struct app_collect *collect = base->collect;
    struct app_own_question question;
    struct fed_probe_setup setup = {
        .loop = collect->setup.loop,
        .settings = &collect->setup.config->federation,
        .sessions = &collect->sessions,
        .tls = collect->setup.tls,
        .addr = op->into->addr,
        .service = op->endpoint->service,
        .domain = op->partner->domain,
        .as = &collect->setup.domains[0],
        .purpose = FED_OUT_LOOK,
        .offers_alpn = true,
        .tlsa = op->endpoint->tlsa,
        .tlsa_count = op->endpoint->tlsa_state == DNS_TLSA_USABLE ? op->endpoint->tlsa_count : 0,
        .timeout_ms = PROBE_TIMEOUT_MS,
    };
    if (collect->seen->probe_domain && op->partner == &collect->seen->probe_domain->way)
        app_ask_own(collect, &setup, &question);
    return fed_probe_start(&setup, on_looked, op, &op->probe, err);
}

static void give_up_look(struct app_op *base, const char *why)
{
    struct app_seen_look *into = ((struct look_op *)base)->into;
    into->seen = APP_NOTHING_CAME;
    into->why = why;
}

static void cancel_look(struct app_op *base)
{
    fed_probe_cancel(((struct look_op *)base)->probe);
}

static const struct app_op_type look_type = {
    .start = start_look, .give_up = give_up_look, .cancel = cancel_look};

static void look_at(struct app_collect *collect, struct app_seen_partner *partner,
                    const struct dns_endpoint *endpoint, const struct gp_addr *addr)
{
    struct app_seen_look *into = app_seen_look(collect->seen, partner);
    struct look_op *op = into ? calloc(1, sizeof(*op)) : NULL;
    if (op) {
        into->addr = *addr;
        into->addr.port = endpoint->srv.port;
        into->service = endpoint->service;
        op->into = into;
        op->partner = partner;
        op->endpoint = endpoint;
    }
    app_op_add(collect, op ? &op->op : NULL, &look_type,
               op ? app_lane_of(&collect->peers, &into->addr, PER_ADDRESS_MAX) : NULL);
}

static void on_route(void *arg, struct dns_route *route)
{
    struct route_op *op = arg;
    struct app_collect *collect = op->op.collect;
    struct app_seen_partner *partner = op->partner;
    fed_policy_narrow(op->policy, route);
    partner->seen = APP_CAME;
    partner->why = NULL;
    partner->route = route;
    for (size_t i = 0; route->outcome == DNS_ROUTE_FOUND && i < route->endpoint_count; i++) {
        const struct dns_endpoint *endpoint = &route->endpoints[i];
        for (size_t k = 0; !endpoint->skip[0] && k < endpoint->address_count; k++)
            if (!endpoint->addresses[k].is_refused)
                look_at(collect, partner, endpoint, &endpoint->addresses[k].addr);
    }
    app_op_done(&op->op);
}

static enum gp_code start_route(struct app_op *base, struct gp_err *err)
{
    struct route_op *op = (struct route_op *)base;
    const struct app_collect *collect = base->collect;
    return dns_route_start(collect->setup.resolver, &collect->route, &gp_rnd_system,
                           &op->partner->domain, op->policy->has_route ? &op->policy->route : NULL,
                           on_route, op, &op->route, err);
}

static void give_up_route(struct app_op *base, const char *why)
{
    struct app_seen_partner *partner = ((struct route_op *)base)->partner;
    partner->seen = APP_NOTHING_CAME;
    partner->why = why;
}

static void cancel_route(struct app_op *base)
{
    dns_route_cancel(((struct route_op *)base)->route);
}

static const struct app_op_type route_type = {
    .start = start_route, .give_up = give_up_route, .cancel = cancel_route};

void app_want_way(struct app_collect *collect, struct app_seen_partner *partner,
                  const struct fed_partner *policy)
{
    struct route_op *op = partner ? calloc(1, sizeof(*op)) : NULL;
    if (op) {
        op->partner = partner;
        op->policy = policy;
    }
    app_op_add(collect, op ? &op->op : NULL, &route_type, &collect->resolver);
}

void app_want_partners(struct app_collect *collect)
{
    const struct fed_settings *settings = &collect->setup.config->federation;
    for (size_t i = 0; i < settings->partner_count; i++)
        for (size_t k = 0; k < settings->partners[i].domain_count; k++) {
            struct app_seen_partner *partner =
                app_seen_partner(collect->seen, &settings->partners[i].domains[k]);
            app_want_way(collect, partner, &settings->partners[i]);
            if (partner && collect->seen->has_pings)
                app_want_ping(collect, partner);
        }
}
