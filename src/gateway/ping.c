/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * {"command": "ping", "partner": "...", "home": "..."}: whether a stanza gets to a partner's domain
 * and its answer back (check X6). It is asked by the worker that owns the pair.
 */
#include "federation/ping.h"

#include "gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>

#define PING_TIMEOUT_MS 15000

struct ping_call {
    struct app_errand errand;
    struct app_call *call;
    struct dns_domain home, partner;
    struct fed_ping *ping; /* while it stays at the worker */
    struct fed_ping_result result;
};

static void on_result(void *arg, const struct fed_ping_result *result)
{
    struct ping_call *ping = arg;
    ping->ping = NULL;
    ping->result = *result;
    app_errand_go_on(&ping->errand);
}

static void set_result(struct ping_call *ping, enum fed_ping_outcome outcome, const char *sentence)
{
    ping->result.outcome = outcome;
    snprintf(ping->result.sentence, sizeof(ping->result.sentence), "%s", sentence);
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct ping_call *ping = (struct ping_call *)errand;
    struct gp_err err = {0};
    unsigned owner =
        fed_router_owner(&ping->home, &ping->partner, (unsigned)errand->workers->count);
    if (app_worker_index(worker) != owner)
        return true;
    if (fed_ping_start(app_worker_router(worker), &ping->home, &ping->partner, PING_TIMEOUT_MS,
                       on_result, ping, &ping->ping, &err) == GP_OK)
        return false;
    set_result(ping, FED_PING_REFUSED, err.text);
    return true;
}

static void leave(struct app_errand *errand)
{
    struct ping_call *ping = (struct ping_call *)errand;
    fed_ping_cancel(ping->ping);
    ping->ping = NULL;
    set_result(ping, FED_PING_UNDELIVERED, "the gateway is stopping");
    app_errand_go_on(errand);
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct ping_call *ping = (struct ping_call *)errand;
    struct app_json_writer *json = app_json_writer_create();
    (void)arg;
    app_json_put_bool(json, "ok", true);
    app_json_put_text(json, "partner", ping->partner.ascii);
    app_json_put_text(json, "home", ping->home.ascii);
    app_json_put_text(json, "outcome", fed_ping_outcome_text(ping->result.outcome));
    app_json_put_text(json, "sentence", ping->result.sentence);
    app_json_put_int(json, "took_ms", ping->result.took_ms);
    app_call_answer(ping->call, json);
    free(ping);
}

static void drop(struct app_errand *errand)
{
    struct ping_call *ping = (struct ping_call *)errand;
    app_call_refuse(ping->call, "the gateway has stopped");
    free(ping);
}

void app_gateway_ping(struct app_gateway *gateway, struct app_call *call, const char *partner,
                      const char *home)
{
    struct dns_domain to, from = gateway->config->domains[0].name;
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(partner), &to, &err) != GP_OK ||
        (*home && dns_domain_from_text(gp_span_text(home), &from, &err) != GP_OK)) {
        app_call_refuse(call, err.text);
        return;
    }
    if (gateway->is_stopping) { /* no worker would send it away */
        app_call_refuse(call, "the gateway is stopping");
        return;
    }
    struct ping_call *ping = calloc(1, sizeof(*ping));
    if (!ping) {
        app_call_refuse(call, "out of memory");
        return;
    }
    ping->errand.leave = leave;
    ping->errand.drop = drop;
    ping->call = call;
    ping->home = from;
    ping->partner = to;
    app_errand_start(&ping->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}
