/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to {"command": "status"}. One JSON document travels from worker to worker, once for
 * each of its arrays, and every worker writes its own part into it: nobody looks at another
 * thread's objects.
 */
#include "gateway/gateway.h"
#include "gateway/status_rows.h"

#include "base/clock.h"
#include "base/digest.h"
#include "federation/report.h"
#include "gateway/certificates.h"

#include <stdlib.h>

#define APP_STATUS_SCHEMA 1

enum part {
    PART_INSIDES,
    PART_SESSIONS,
    PART_PARTNERS,
    PART_COUNT
};

struct status {
    struct app_errand errand;
    struct app_call *call;
    struct app_json_writer *json;
    enum part part;
    struct fed_counters counters; /* sums */
    struct fed_ledger policy;     /* likewise */
    struct app_old_certificates old_certificates;
};

/* Insides. */

struct inside_rows {
    struct app_json_writer *json;
    const struct fed_inside_settings *what;
};

static void put_inside(void *arg, const struct fed_inside_status *now)
{
    struct app_json_writer *json = ((struct inside_rows *)arg)->json;
    const struct fed_inside_settings *what = ((struct inside_rows *)arg)->what;
    app_json_open_object(json, NULL);
    app_json_put_text(json, "name", what->name);
    app_json_put_text(json, "kind", fed_inside_kind_text(what->kind));
    if (now->home)
        app_put_domain(json, "domain", now->home);
    if (now->partner)
        app_put_domain(json, "partner", now->partner);
    if (now->more > 0)
        app_json_put_int(json, "more_pairs", (int64_t)now->more);
    if (now->direction)
        app_json_put_text(json, "direction", now->direction);
    app_json_put_text(json, "state", now->is_up ? "up" : "away");
    if (now->since_ms)
        app_put_age(json, "since_s", now->since_ms);
    app_put_address(json, "address", &now->peer);
    if (now->trouble[0])
        app_json_put_text(json, "trouble", now->trouble);
    app_json_put_int(json, "held", (int64_t)now->held);
    app_json_put_int(json, "delivered", (int64_t)now->delivered);
    app_json_put_int(json, "taken", (int64_t)now->taken);
    app_json_close(json);
}

static void put_insides(struct status *status, struct app_worker *worker)
{
    struct fed_router *router = app_worker_router(worker);
    for (size_t i = 0; i < FED_INSIDE_MAX; i++) {
        const struct fed_inside *inside = fed_router_inside(router, i);
        if (!inside)
            continue;
        struct inside_rows rows = {status->json, fed_inside_settings(inside)};
        if (fed_inside_is_own(rows.what->kind) && app_worker_index(worker) != 0)
            continue; /* the same on every worker */
        fed_inside_each(inside, put_inside, &rows);
    }
}

void app_counters_add(struct fed_counters *sum, const struct fed_counters *part)
{
    sum->accepted += part->accepted;
    sum->refused += part->refused;
    sum->closed += part->closed;
    sum->stanzas_in += part->stanzas_in;
    sum->stanzas_out += part->stanzas_out;
    sum->stanzas_bounced += part->stanzas_bounced;
    sum->stanzas_dropped += part->stanzas_dropped;
    sum->attempts += part->attempts;
    sum->attempts_failed += part->attempts_failed;
    sum->verifications += part->verifications;
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct status *status = (struct status *)errand;
    switch (status->part) {
    case PART_INSIDES:
        put_insides(status, worker);
        app_counters_add(&status->counters, &app_worker_context(worker)->counters);
        fed_ledger_add(&status->policy,
                       fed_guard_ledger(fed_router_guard(app_worker_router(worker))),
                       gp_clock_mono_ms());
        break;
    case PART_SESSIONS:
        fed_inbound_each(app_worker_inbound(worker), app_put_inbound, status->json);
        fed_router_each_pair(app_worker_router(worker), app_put_outbound, status->json);
        app_certificates_look(worker, &status->old_certificates);
        break;
    case PART_PARTNERS:
        fed_router_each_pair(app_worker_router(worker), app_put_pair, status->json);
        break;
    case PART_COUNT:
        break;
    }
    return true;
}

static void put_counters(struct app_json_writer *json, const struct fed_counters *sum)
{
    app_json_open_object(json, "counters");
    app_json_put_int(json, "accepted", (int64_t)sum->accepted);
    app_json_put_int(json, "refused", (int64_t)sum->refused);
    app_json_put_int(json, "closed", (int64_t)sum->closed);
    app_json_put_int(json, "stanzas_in", (int64_t)sum->stanzas_in);
    app_json_put_int(json, "stanzas_out", (int64_t)sum->stanzas_out);
    app_json_put_int(json, "stanzas_bounced", (int64_t)sum->stanzas_bounced);
    app_json_put_int(json, "stanzas_dropped", (int64_t)sum->stanzas_dropped);
    app_json_put_int(json, "attempts", (int64_t)sum->attempts);
    app_json_put_int(json, "attempts_failed", (int64_t)sum->attempts_failed);
    app_json_put_int(json, "verifications", (int64_t)sum->verifications);
    app_json_close(json);
}

/* Policy: what it did to each partner, and how often. */

static void put_tally(struct app_json_writer *json, const struct fed_account *account,
                      const char *what, const char *reason, const char *text, uint64_t count)
{
    if (count == 0)
        return;
    app_json_open_object(json, NULL);
    app_json_put_text(json, "partner",
                      account->domain.ascii[0] ? account->domain.ascii : "other domains");
    app_json_put_text(json, "what", what);
    app_json_put_text(json, "reason", reason);
    app_json_put_text(json, "text", text);
    app_json_put_int(json, "count", (int64_t)count);
    app_json_close(json);
}

static void put_account(void *arg, const struct fed_account *account)
{
    const struct {
        const struct fed_book *book;
        const char *refused, *slowed;
    } rows[] = {{&account->real, "refused", "slowed"},
                {&account->shadow, "would-refuse", "would-slow"}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        for (enum fed_refusal k = FED_ADMITTED + 1; k < FED_REFUSAL_COUNT; k++)
            put_tally(arg, account, rows[i].refused, fed_refusal_word(k), fed_refusal_text(k),
                      rows[i].book->tally[k].count);
        put_tally(arg, account, rows[i].slowed, "rate", "it sent more than its rate",
                  rows[i].book->slowed.count);
    }
}

static void go_round(struct status *status, struct app_gateway *gateway);

static void came_back(struct app_errand *errand, void *arg)
{
    struct status *status = (struct status *)errand;
    app_json_close(status->json);
    status->part++;
    if (status->part < PART_COUNT) {
        go_round(status, arg);
        return;
    }
    app_json_open_array(status->json, "policy");
    fed_ledger_each(&status->policy, put_account, status->json);
    app_json_close(status->json);
    app_certificates_put(&status->old_certificates, status->json);
    put_counters(status->json, &status->counters);
    app_call_answer(status->call, status->json);
    fed_ledger_finish(&status->policy);
    free(status);
}

static void go_round(struct status *status, struct app_gateway *gateway)
{
    static const char *const keys[] = {"insides", "sessions", "partners"};
    app_json_open_array(status->json, keys[status->part]);
    app_errand_start(&status->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}

static void put_gateway(struct app_json_writer *json, struct app_gateway *gateway)
{
    const struct app_config *config = gateway->config;
    char hex[GP_DIGEST_HEX_MAX];
    app_json_put_bool(json, "ok", true);
    app_json_put_int(json, "schema", APP_STATUS_SCHEMA);
    app_json_put_text(json, "version", GP_VERSION);
    app_put_time(json, "started", gateway->started_wall_s);
    app_put_age(json, "uptime_s", gateway->started_ms);
    app_json_put_bool(json, "draining", gateway->drain != NULL);
    app_json_put_bool(json, "stopping", gateway->is_stopping);
    app_json_put_int(json, "workers", (int64_t)gateway->workers.count);
    app_json_open_object(json, "config");
    app_json_put_text(json, "path", config->path);
    app_json_put_text(json, "digest", config->digest);
    app_json_close(json);
    app_json_open_object(json, "resolver");
    app_json_put_int(json, "pid", app_resolver_child_pid(gateway->resolver));
    app_json_put_int(json, "restarts", app_resolver_child_restarts(gateway->resolver));
    app_json_close(json);
    app_routine_put(gateway->routine, json);
    app_json_open_array(json, "listeners");
    for (size_t i = 0; i < gateway->listeners.count; i++) {
        app_json_open_object(json, NULL);
        app_put_address(json, "address", &gateway->listeners.list[i].address);
        app_json_put_text(json, "service",
                          gateway->listeners.list[i].is_direct_tls ? "direct-tls" : "starttls");
        app_json_close(json);
    }
    app_json_close(json);
    app_json_open_array(json, "domains");
    for (size_t i = 0; i < config->domain_count; i++) {
        const struct app_domain *domain = &config->domains[i];
        app_json_open_object(json, NULL);
        app_put_domain(json, "domain", &domain->name);
        app_json_put_text(json, "inside", domain->inside);
        app_json_put_text(json, "spki_sha256",
                          gp_digest_hex(domain->spki_sha256, sizeof(domain->spki_sha256), hex));
        app_json_put_text(
            json, "certificate_sha256",
            gp_digest_hex(domain->certificate_sha256, sizeof(domain->certificate_sha256), hex));
        app_put_time(json, "not_after", domain->not_after_s);
        app_certificates_put_warning(domain, json);
        app_json_close(json);
    }
    app_json_close(json);
}

static void drop(struct app_errand *errand)
{
    struct status *status = (struct status *)errand;
    app_json_writer_destroy(status->json);
    app_call_refuse(status->call, "the gateway has stopped");
    fed_ledger_finish(&status->policy);
    free(status);
}

void app_gateway_status(struct app_gateway *gateway, struct app_call *call)
{
    struct status *status = calloc(1, sizeof(*status));
    if (!status) {
        app_call_refuse(call, "out of memory");
        return;
    }
    status->errand.drop = drop;
    status->call = call;
    status->json = app_json_writer_create();
    fed_ledger_init(&status->policy);
    put_gateway(status->json, gateway);
    go_round(status, gateway);
}
