/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   FETCHING --document with fingerprints--> (told, gone)
 *      ^  |
 *      +--+ reference
 *
 *   any --failure, deadline--> (told, gone)
 */
#include "posh/posh.h"

#include "base/clock.h"
#include "base/map.h"
#include "posh/document.h"
#include "posh/web.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS     15000
#define FETCHES_MAX    16
#define CACHE_MAX      1024
#define CACHE_S_MAX    86400 /* however long a document wants to be used */
#define CACHE_FAILED_S 60

/* What came of a domain. */
struct known {
    struct dns_domain domain;
    int64_t until_ms;
    struct fed_posh_prints prints;
};

struct app_posh {
    struct fed_context *context;
    struct fed_posh_source source;
    struct app_web *web; /* owned */
    struct gp_map cache; /* by domain, struct known owned */
    size_t fetch_count;
};

struct fed_posh_op {
    struct app_posh *posh;
    struct dns_domain domain;
    fed_posh_fn *fn;
    void *arg;
    struct gp_timer *deadline;
    struct gp_task known; /* tells what the cache has */
    struct app_web_op *fetch;
    bool is_reference; /* it is of what the first document named */
    int64_t expires_s; /* the least of all documents */
    struct fed_posh_prints prints;
};

static void op_destroy(struct fed_posh_op *op)
{
    gp_timer_destroy(op->deadline);
    gp_task_cancel(&op->known);
    app_web_cancel(op->fetch);
    op->posh->fetch_count--;
    free(op);
}

/* The cache. */

static void drop_expired(struct app_posh *posh, int64_t now_ms)
{
    size_t pos = 0;
    for (struct known *known; (known = gp_map_next(&posh->cache, &pos));)
        if (known->until_ms <= now_ms)
            free(gp_map_remove(&posh->cache, gp_span_text(known->domain.ascii)));
}

static void remember(const struct fed_posh_op *op, int64_t seconds)
{
    struct app_posh *posh = op->posh;
    int64_t now_ms = gp_clock_mono_ms();
    struct gp_span key = gp_span_text(op->domain.ascii);
    struct known *known = malloc(sizeof(*known));
    if (posh->cache.count >= CACHE_MAX)
        drop_expired(posh, now_ms);
    if (!known || posh->cache.count >= CACHE_MAX) {
        free(known);
        return;
    }
    *known = (struct known){op->domain, now_ms + seconds * 1000, op->prints};
    free(gp_map_remove(&posh->cache, key));
    if (gp_map_put(&posh->cache, key, known) != GP_OK)
        free(known);
}

static void on_known(void *arg)
{
    struct fed_posh_op *op = arg;
    const struct fed_posh_prints prints = op->prints;
    fed_posh_fn *fn = op->fn;
    void *fn_arg = op->arg;
    op_destroy(op);
    fn(fn_arg, &prints);
}

/* The end of a fetch; posted, so that nothing is freed under its own callback. */
static void finish(struct fed_posh_op *op, int64_t seconds)
{
    gp_timer_clear(op->deadline);
    remember(op, seconds);
    gp_task_post(&op->known);
}

static void fail(struct fed_posh_op *op, const char *why)
{
    op->prints.count = 0;
    snprintf(op->prints.failure, sizeof(op->prints.failure), "%.150s", why);
    finish(op, CACHE_FAILED_S);
}

/* Fetching. */

static void fetch(struct fed_posh_op *op, const char *url);

static void take_document(struct fed_posh_op *op, struct gp_span text)
{
    struct app_posh_document document;
    struct gp_err err = {0};
    if (app_posh_document_read(text, &document, &err) != GP_OK) {
        fail(op, err.text);
        return;
    }
    if (document.expires_s < op->expires_s)
        op->expires_s = document.expires_s; /* RFC 7711, 6: the least of both */
    if (!document.url[0]) {
        op->prints = document.prints;
        finish(op, op->expires_s);
    } else if (op->is_reference) { /* RFC 7711, 3.2: one, and no chain of them */
        fail(op, "a reference leads to another reference");
    } else {
        op->is_reference = true;
        fetch(op, document.url);
    }
}

static void on_answer(void *arg, const struct app_web_answer *answer)
{
    struct fed_posh_op *op = arg;
    op->fetch = NULL;
    if (answer->found == APP_WEB_DOCUMENT)
        take_document(op, answer->body);
    else
        fail(op, answer->why);
}

static void fetch(struct fed_posh_op *op, const char *url)
{
    struct gp_err err = {0};
    if (app_web_start(op->posh->web, url, APP_POSH_BYTES_MAX, on_answer, op, &op->fetch, &err) !=
        GP_OK)
        fail(op, err.text);
}

static void on_deadline(void *arg)
{
    struct fed_posh_op *op = arg;
    app_web_cancel(op->fetch);
    op->fetch = NULL;
    fail(op, "no answer in time");
}

/* The contract. */

static enum gp_code start(void *arg, const struct dns_domain *domain, fed_posh_fn *fn, void *fn_arg,
                          struct fed_posh_op **ret, struct gp_err *err)
{
    struct app_posh *posh = arg;
    const struct known *known = gp_map_find(&posh->cache, gp_span_text(domain->ascii));
    if (posh->fetch_count >= FETCHES_MAX)
        return gp_err_set(err, GP_ERR_LIMIT, "too many POSH documents are being fetched");
    struct fed_posh_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    posh->fetch_count++;
    op->posh = posh;
    op->domain = *domain;
    op->fn = fn;
    op->arg = fn_arg;
    op->expires_s = CACHE_S_MAX;
    gp_task_init(&op->known, posh->context->loop, on_known, op);
    op->deadline = gp_timer_create(posh->context->loop, on_deadline, op);
    if (!op->deadline) {
        op_destroy(op);
        return gp_err_nomem(err);
    }
    *ret = op;
    if (known && gp_clock_mono_ms() < known->until_ms) {
        op->prints = known->prints;
        gp_task_post(&op->known);
        return GP_OK;
    }
    char url[APP_POSH_URL_MAX];
    snprintf(url, sizeof(url), "https://%s/.well-known/posh/xmpp-server.json", domain->ascii);
    gp_timer_set(op->deadline, TIMEOUT_MS);
    fetch(op, url);
    return GP_OK;
}

static void cancel(struct fed_posh_op *op)
{
    if (op)
        op_destroy(op);
}

enum gp_code app_posh_create(struct fed_context *context, const char *ca_file,
                             struct app_posh **ret, struct gp_err *err)
{
    struct app_posh *posh = calloc(1, sizeof(*posh));
    if (!posh)
        return gp_err_nomem(err);
    const struct app_web_setup setup = {
        .loop = context->loop,
        .resolver = context->resolver,
        .route = &context->route,
        .rnd = context->rnd,
        .ca_file = ca_file,
    };
    enum gp_code code = app_web_create(&setup, &posh->web, err);
    if (code != GP_OK) {
        free(posh);
        return gp_err_wrap(err, code, "POSH");
    }
    posh->context = context;
    posh->source = (struct fed_posh_source){.start = start, .cancel = cancel, .arg = posh};
    gp_map_init(&posh->cache);
    *ret = posh;
    return GP_OK;
}

void app_posh_destroy(struct app_posh *posh)
{
    if (!posh)
        return;
    size_t pos = 0;
    for (struct known *known; (known = gp_map_next(&posh->cache, &pos));)
        free(known);
    gp_map_finish(&posh->cache);
    app_web_destroy(posh->web);
    free(posh);
}

const struct fed_posh_source *app_posh_source(struct app_posh *posh)
{
    return &posh->source;
}
