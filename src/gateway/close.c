/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer to {"command": "close", "partner": "..."}: its streams are closed in order. Stanzas
 * that wait go over the next stream. */
#include "federation/closing.h"
#include "gateway/gateway.h"

#include <stdlib.h>

struct closing {
    struct app_errand errand;
    struct app_call *call;
    struct dns_domain partner;
    struct fed_closing streams;
};

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct closing *closing = (struct closing *)errand;
    fed_close_partner(app_worker_context(worker), &closing->partner, &closing->streams);
    return true;
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct closing *closing = (struct closing *)errand;
    struct app_json_writer *json = app_json_writer_create();
    (void)arg;
    app_json_put_bool(json, "ok", true);
    app_json_put_int(json, "inbound", (int64_t)closing->streams.inbound);
    app_json_put_int(json, "outbound", (int64_t)closing->streams.outbound);
    app_call_answer(closing->call, json);
    free(closing);
}

static void drop(struct app_errand *errand)
{
    struct closing *closing = (struct closing *)errand;
    app_call_refuse(closing->call, "the gateway has stopped");
    free(closing);
}

void app_gateway_close(struct app_gateway *gateway, struct app_call *call, const char *partner)
{
    struct dns_domain domain;
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(partner), &domain, &err) != GP_OK) {
        app_call_refuse(call, err.text);
        return;
    }
    struct closing *closing = calloc(1, sizeof(*closing));
    if (!closing) {
        app_call_refuse(call, "out of memory");
        return;
    }
    closing->errand.drop = drop;
    closing->call = call;
    closing->partner = domain;
    app_errand_start(&closing->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}
