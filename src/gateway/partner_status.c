/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to {"command": "status", "partner": "..."}: everything about one partner. What the
 * workers keep in their diaries is copied on the way and put in order at home.
 */
#include "gateway/gateway.h"
#include "gateway/status_rows.h"

#include <stdlib.h>

#define APP_PARTNER_SCHEMA  1
#define APP_POLICY_TEXT_MAX 65536

enum part {
    PART_SESSIONS,
    PART_PAIRS,
    PART_DIARY,
    PART_COUNT
};

struct inquiry {
    struct app_errand errand;
    struct app_call *call;
    struct app_json_writer *json;
    struct dns_domain partner;
    enum part part;
    const struct fed_settings *settings; /* of the worker that is visited */
    size_t entry_count;
    struct fed_diary_entry *entries; /* owned */
};

static void destroy(struct inquiry *inquiry)
{
    for (size_t i = 0; i < inquiry->entry_count; i++)
        fed_diary_entry_finish(&inquiry->entries[i]);
    free(inquiry->entries);
    free(inquiry);
}

static bool is_meant(const struct inquiry *inquiry, const struct dns_domain *domain)
{
    return fed_settings_is_same(inquiry->settings, &inquiry->partner, domain);
}

static void visit_inbound(void *arg, const struct fed_inbound_status *in)
{
    struct inquiry *inquiry = arg;
    if (in->partner && is_meant(inquiry, in->partner))
        app_put_inbound(inquiry->json, in);
}

static void visit_session(void *arg, const struct fed_pair_status *pair)
{
    struct inquiry *inquiry = arg;
    if (is_meant(inquiry, pair->partner))
        app_put_outbound(inquiry->json, pair);
}

static void visit_pair(void *arg, const struct fed_pair_status *pair)
{
    struct inquiry *inquiry = arg;
    if (is_meant(inquiry, pair->partner))
        app_put_pair(inquiry->json, pair);
}

static void visit_entry(void *arg, const struct fed_diary_entry *entry)
{
    struct inquiry *inquiry = arg;
    if (!is_meant(inquiry, &entry->partner))
        return;
    struct fed_diary_entry *grown =
        realloc(inquiry->entries, (inquiry->entry_count + 1) * sizeof(*inquiry->entries));
    if (!grown)
        return;
    inquiry->entries = grown;
    if (fed_diary_entry_copy(entry, &grown[inquiry->entry_count]))
        inquiry->entry_count++;
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct inquiry *inquiry = (struct inquiry *)errand;
    const struct fed_context *context = app_worker_context(worker);
    inquiry->settings = context->settings;
    switch (inquiry->part) {
    case PART_SESSIONS:
        fed_inbound_each(app_worker_inbound(worker), visit_inbound, inquiry);
        fed_router_each_pair(app_worker_router(worker), visit_session, inquiry);
        break;
    case PART_PAIRS:
        fed_router_each_pair(app_worker_router(worker), visit_pair, inquiry);
        break;
    case PART_DIARY:
        fed_diary_each(context->diary, visit_entry, inquiry);
        break;
    case PART_COUNT:
        break;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct fed_diary_entry *left = a, *right = b;
    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

static void put_entry(struct app_json_writer *json, const struct fed_diary_entry *entry)
{
    app_json_open_object(json, NULL);
    app_put_time(json, "at", entry->wall_s);
    app_json_put_text(json, "kind", fed_diary_kind_text(entry->kind));
    app_json_put_text(json, "direction", entry->is_outbound ? "out" : "in");
    app_json_put_bool(json, "ok", entry->is_good);
    app_put_domain(json, "partner", &entry->partner);
    app_put_domain(json, "home", &entry->home);
    app_put_address(json, "address", &entry->address);
    app_json_put_text(json, "sentence", entry->sentence);
    if (entry->trace)
        app_put_steps(json, entry->trace);
    app_json_close(json);
}

static void go_round(struct inquiry *inquiry, struct app_gateway *gateway);

static void came_back(struct app_errand *errand, void *arg)
{
    struct inquiry *inquiry = (struct inquiry *)errand;
    if (inquiry->part != PART_DIARY)
        app_json_close(inquiry->json);
    if (++inquiry->part < PART_COUNT) {
        go_round(inquiry, arg);
        return;
    }
    if (inquiry->entry_count > 0)
        qsort(inquiry->entries, inquiry->entry_count, sizeof(*inquiry->entries), by_time);
    app_json_open_array(inquiry->json, "events");
    for (size_t i = 0; i < inquiry->entry_count; i++)
        put_entry(inquiry->json, &inquiry->entries[i]);
    app_json_close(inquiry->json);
    app_call_answer(inquiry->call, inquiry->json);
    destroy(inquiry);
}

static void go_round(struct inquiry *inquiry, struct app_gateway *gateway)
{
    static const char *const keys[] = {"sessions", "pairs"};
    if (inquiry->part != PART_DIARY)
        app_json_open_array(inquiry->json, keys[inquiry->part]);
    app_errand_start(&inquiry->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}

static void drop(struct app_errand *errand)
{
    struct inquiry *inquiry = (struct inquiry *)errand;
    app_json_writer_destroy(inquiry->json);
    app_call_refuse(inquiry->call, "the gateway has stopped");
    destroy(inquiry);
}

/* What the configuration says of the partner. */
static void put_policy(struct app_json_writer *json, const struct fed_settings *settings,
                       const struct dns_domain *domain)
{
    const struct fed_partner *policy = fed_settings_partner(settings, domain);
    struct gp_buf text;
    app_json_put_bool(json, "permitted", policy != NULL);
    if (!policy)
        return;
    gp_buf_init(&text, APP_POLICY_TEXT_MAX);
    app_partner_print(policy, &text);
    app_json_put_span(json, "policy", gp_buf_span(&text));
    gp_buf_finish(&text);
}

void app_gateway_partner_status(struct app_gateway *gateway, struct app_call *call,
                                const char *partner)
{
    struct dns_domain domain;
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(partner), &domain, &err) != GP_OK) {
        app_call_refuse(call, err.text);
        return;
    }
    struct inquiry *inquiry = calloc(1, sizeof(*inquiry));
    if (!inquiry) {
        app_call_refuse(call, "out of memory");
        return;
    }
    inquiry->errand.drop = drop;
    inquiry->call = call;
    inquiry->partner = domain;
    inquiry->json = app_json_writer_create();
    app_json_put_bool(inquiry->json, "ok", true);
    app_json_put_int(inquiry->json, "schema", APP_PARTNER_SCHEMA);
    app_put_domain(inquiry->json, "partner", &domain);
    put_policy(inquiry->json, &gateway->config->federation, &domain);
    go_round(inquiry, gateway);
}
