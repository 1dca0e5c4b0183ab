/* SPDX-License-Identifier: BSD-2-Clause */
/* Which key an address serves, whether or not DNS leads there yet. */
#include "readiness/collect/collecting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_ADDRESS_MAX 4
#define KEY_TIMEOUT_MS  5000

struct key_op {
    struct app_op op;
    struct app_seen_key *into;
    enum dns_service service;
    struct fed_probe *probe;
};

static void on_result(void *arg, struct fed_probe_result *result)
{
    struct key_op *op = arg;
    struct app_seen_key *into = op->into;
    if (result->tls && result->tls->peer) {
        into->seen = APP_CAME;
        into->why = NULL;
        memcpy(into->spki_sha256, result->tls->peer->spki_sha256, sizeof(into->spki_sha256));
    } else {
        into->seen = APP_NOTHING_CAME;
        into->why = app_keep(op->op.collect, result->sentence);
    }
    fed_probe_result_destroy(result);
    app_op_done(&op->op);
}

static enum gp_code start_key(struct app_op *base, struct gp_err *err)
{
    struct key_op *op = (struct key_op *)base;
    const struct fed_probe_setup setup = {
        .loop = base->collect->setup.loop,
        .settings = &base->collect->setup.config->federation,
        .sessions = &base->collect->sessions,
        .tls = base->collect->setup.tls,
        .addr = op->into->addr,
        .service = op->service,
        .domain = op->into->domain,
        .offers_alpn = true,
        .purpose = FED_OUT_LOOK,
        .timeout_ms = KEY_TIMEOUT_MS,
    };
    return fed_probe_start(&setup, on_result, op, &op->probe, err);
}

static void give_up_key(struct app_op *base, const char *why)
{
    struct key_op *op = (struct key_op *)base;
    op->into->seen = APP_NOTHING_CAME;
    op->into->why = why;
}

static void cancel_key(struct app_op *base)
{
    fed_probe_cancel(((struct key_op *)base)->probe);
}

static const struct app_op_type key_type = {
    .start = start_key, .give_up = give_up_key, .cancel = cancel_key};

bool app_want_keys(struct app_collect *collect)
{
    size_t count = collect->setup.key_count;
    struct app_seen_key *keys =
        gp_arena_alloc(&collect->seen->arena, (count + 1) * sizeof(*collect->seen->keys));
    if (!keys)
        return false;
    collect->seen->keys = keys;
    collect->seen->key_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct app_wanted_key *wanted = &collect->setup.keys[i];
        struct key_op *op = calloc(1, sizeof(*op));
        keys[i] = (struct app_seen_key){.owner = wanted->owner,
                                        .domain = wanted->domain,
                                        .addr = wanted->addr,
                                        .why = "it was not asked for"};
        if (op) {
            op->into = &keys[i];
            op->service = wanted->service;
        }
        app_op_add(collect, op ? &op->op : NULL, &key_type,
                   app_lane_of(&collect->peers, &wanted->addr, PER_ADDRESS_MAX));
    }
    return true;
}
