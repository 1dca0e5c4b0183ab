/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain publishes over HTTPS about where its servers are, and which certificates they show:
 * it bypasses the service records, or contradicts them (B1, B2). */
#include "readiness/collect/collecting.h"

#include "posh/document.h"
#include "posh/host_meta.h"
#include "posh/web.h"

#include <stdio.h>
#include <stdlib.h>

/* A document that is fetched. */
struct web_op {
    struct app_op op;
    struct app_seen_document *into;
    bool (*read)(struct app_collect *collect, struct app_seen_document *into, struct gp_span body,
                 struct gp_err *err);
    char url[APP_POSH_URL_MAX];
    struct app_web_op *fetch;
};

static bool read_host_meta(struct app_collect *collect, struct app_seen_document *into,
                           struct gp_span body, struct gp_err *err)
{
    struct app_host_meta *meta = gp_arena_alloc(&collect->seen->arena, sizeof(*meta));
    into->host_meta = meta;
    collect->has_failed = collect->has_failed || !meta;
    return meta && app_host_meta_read(body, meta, err) == GP_OK;
}

static void fetch(struct app_collect *collect, struct app_seen_document *into, const char *url);

/* Fingerprints, or where they are: one reference, and the shorter of both times (RFC 7711, 3.2, 6).
 */
static bool read_posh(struct app_collect *collect, struct app_seen_document *into,
                      struct gp_span body, struct gp_err *err)
{
    bool is_reference = into->posh != NULL;
    int64_t expires_s = is_reference ? into->posh->expires_s : INT64_MAX;
    struct app_posh_document *posh = gp_arena_alloc(&collect->seen->arena, sizeof(*posh));
    into->posh = posh;
    collect->has_failed = collect->has_failed || !posh;
    if (!posh || app_posh_document_read(body, posh, err) != GP_OK)
        return false;
    if (expires_s < posh->expires_s)
        posh->expires_s = expires_s;
    if (posh->url[0] && is_reference)
        return gp_err_set(err, GP_ERR_INPUT, "a reference leads to another reference") == GP_OK;
    if (posh->url[0])
        fetch(collect, into, posh->url);
    return true;
}

static void on_answer(void *arg, const struct app_web_answer *answer)
{
    struct web_op *op = arg;
    struct app_collect *collect = op->op.collect;
    struct app_seen_document *into = op->into;
    struct gp_err err = {0};
    into->seen = answer->found == APP_WEB_FAILED ? APP_NOTHING_CAME : APP_CAME;
    into->why = answer->why ? app_keep(collect, answer->why) : NULL;
    into->is_there = answer->found == APP_WEB_DOCUMENT;
    if (into->is_there && !op->read(collect, into, answer->body, &err))
        into->fault = app_keep(collect, err.text);
    app_op_done(&op->op);
}

static enum gp_code start_fetch(struct app_op *base, struct gp_err *err)
{
    struct web_op *op = (struct web_op *)base;
    return app_web_start(base->collect->web, op->url, APP_POSH_BYTES_MAX, on_answer, op, &op->fetch,
                         err);
}

static void give_up_fetch(struct app_op *base, const char *why)
{
    struct app_seen_document *into = ((struct web_op *)base)->into;
    into->seen = APP_NOTHING_CAME;
    into->why = why;
}

static void cancel_fetch(struct app_op *base)
{
    app_web_cancel(((struct web_op *)base)->fetch);
}

static const struct app_op_type fetch_type = {
    .start = start_fetch, .give_up = give_up_fetch, .cancel = cancel_fetch};

static void fetch(struct app_collect *collect, struct app_seen_document *into, const char *url)
{
    struct web_op *op = calloc(1, sizeof(*op));
    if (op) {
        op->into = into;
        op->read = into->is_posh ? read_posh : read_host_meta;
        snprintf(op->url, sizeof(op->url), "%s", url);
    }
    into->seen = APP_NOT_ASKED;
    app_op_add(collect, op ? &op->op : NULL, &fetch_type, &collect->https);
}

static void want(struct app_collect *collect, struct app_seen_document *into,
                 const struct dns_domain *domain, const char *path)
{
    char url[APP_POSH_URL_MAX];
    snprintf(url, sizeof(url), "https://%s/.well-known/%s", domain->ascii, path);
    into->url = app_keep(collect, url);
    if (collect->web)
        fetch(collect, into, url);
    else
        into->why = collect->web_why;
}

void app_want_documents(struct app_collect *collect, struct app_seen_domain *domain)
{
    domain->posh.is_posh = true;
    want(collect, &domain->host_meta, &domain->domain, "host-meta.json");
    want(collect, &domain->posh, &domain->domain, "posh/xmpp-server.json");
}

void app_web_begin(struct app_collect *collect)
{
    struct gp_err err = {0};
    collect->route = app_config_route(collect->setup.config);
    const struct app_web_setup setup = {
        .loop = collect->setup.loop,
        .resolver = collect->setup.resolver,
        .route = &collect->route,
        .rnd = &gp_rnd_system,
        .ca_file = collect->setup.config->ca_file,
    };
    if (app_web_create(&setup, &collect->web, &err) != GP_OK)
        collect->web_why = app_keep(collect, err.text);
}
