/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/collect/collecting.h"

#include "base/clock.h"
#include "base/text.h"
#include "posh/web.h"

#include <stdio.h>
#include <stdlib.h>

#define RUNNING_MAX  256 /* operations at a time, in all */
#define RESOLVER_MAX 128
#define CONTROL_MAX  8
#define HTTPS_MAX    32
#define PINGS_MAX    8 /* each may take long, and holds up nothing else that the gateway is asked */
#define CALLINGS_MAX 16 /* domains: each has some connections to the probe domain open */
#define WHY_MAX      600

/* Operations. */

static void join(struct app_op **list, struct app_op *op)
{
    op->next = *list;
    op->link = list;
    if (op->next)
        op->next->link = &op->next;
    *list = op;
}

/* It stands in line when it has room and something for it. */
static void line_up(struct app_collect *collect, struct app_lane *lane)
{
    if (lane->is_ready || !lane->waiting || lane->running >= lane->most)
        return;
    lane->is_ready = true;
    lane->next = NULL;
    *collect->ready_end = lane;
    collect->ready_end = &lane->next;
}

static struct app_lane *next_in_line(struct app_collect *collect)
{
    struct app_lane *lane = collect->ready;
    if (!lane)
        return NULL;
    collect->ready = lane->next;
    if (!collect->ready)
        collect->ready_end = &collect->ready;
    lane->is_ready = false;
    return lane;
}

/* The next one that waits; the lane is one that has any. */
static struct app_op *take_waiting(struct app_collect *collect, struct app_lane *lane)
{
    struct app_op *op = lane->waiting;
    lane->waiting = op->next;
    if (!lane->waiting)
        lane->waiting_end = &lane->waiting;
    collect->waiting_count--;
    return op;
}

/* A running one. */
static void end_op(struct app_op *op)
{
    struct app_collect *collect = op->collect;
    op->lane->running--;
    collect->running_count--;
    *op->link = op->next;
    if (op->next)
        op->next->link = op->link;
    line_up(collect, op->lane);
    gp_task_post(&collect->turn);
    free(op);
}

void app_op_add(struct app_collect *collect, struct app_op *op, const struct app_op_type *type,
                struct app_lane *lane)
{
    if (!op || !lane) {
        free(op);
        collect->has_failed = true;
        return;
    }
    op->collect = collect;
    op->type = type;
    op->lane = lane;
    op->next = NULL;
    *lane->waiting_end = op;
    lane->waiting_end = &op->next;
    collect->waiting_count++;
    line_up(collect, lane);
    gp_task_post(&collect->turn);
}

void app_op_done(struct app_op *op)
{
    if (op->domain)
        app_stir(op->collect, op->domain);
    end_op(op);
}

void app_stir(struct app_collect *collect, struct app_seen_domain *domain)
{
    if (domain->is_stirred)
        return;
    domain->is_stirred = true;
    domain->next_stirred = NULL;
    *collect->stirred_end = domain;
    collect->stirred_end = &domain->next_stirred;
    gp_task_post(&collect->turn);
}

static void advance_stirred(struct app_collect *collect)
{
    struct app_seen_domain *domain;
    while ((domain = collect->stirred)) {
        collect->stirred = domain->next_stirred;
        if (!collect->stirred)
            collect->stirred_end = &collect->stirred;
        domain->is_stirred = false;
        app_advance(collect, domain);
    }
}

static void start_op(struct app_op *op)
{
    struct app_collect *collect = op->collect;
    struct gp_err err = {0};
    join(&collect->running, op);
    op->lane->running++;
    collect->running_count++;
    if (op->type->start(op, &err) == GP_OK)
        return;
    op->type->give_up(op, app_keep(collect, err.text));
    app_op_done(op);
}

/* One of each lane in turn, so that a busy one holds up none. */
static void start_ops(struct app_collect *collect)
{
    struct app_lane *lane;
    while (collect->running_count < RUNNING_MAX && (lane = next_in_line(collect))) {
        start_op(take_waiting(collect, lane));
        line_up(collect, lane);
    }
}

/* What runs first: then every lane has room, and what waits is found. */
static void give_up_all(struct app_collect *collect, const char *why)
{
    struct app_lane *lane;
    while (collect->running) {
        collect->running->type->cancel(collect->running);
        collect->running->type->give_up(collect->running, why);
        end_op(collect->running);
    }
    while ((lane = next_in_line(collect))) {
        struct app_op *op = take_waiting(collect, lane);
        op->type->give_up(op, why);
        free(op);
        line_up(collect, lane);
    }
    collect->stirred = NULL; /* nothing new is begun */
    collect->stirred_end = &collect->stirred;
    gp_task_post(&collect->turn);
}

/* Life. */

static void forget_lanes(struct gp_map *lanes)
{
    size_t pos = 0;
    for (void *lane; (lane = gp_map_next(lanes, &pos));)
        free(lane);
    gp_map_finish(lanes);
}

static void release(struct app_collect *collect)
{
    gp_task_cancel(&collect->turn);
    gp_timer_destroy(collect->deadline);
    give_up_all(collect, "");
    gp_task_cancel(&collect->turn);
    while (collect->sessions.first)
        fed_session_destroy(collect->sessions.first);
    fed_rehearsal_destroy(collect->rehearsal);
    fed_tls_destroy(collect->probe_domain_tls);
    app_web_destroy(collect->web);
    dns_resolver_destroy(collect->unvalidated);
    forget_lanes(&collect->servers);
    forget_lanes(&collect->peers);
    app_observations_destroy(collect->seen);
    free(collect);
}

static void finish(struct app_collect *collect)
{
    struct app_observations *seen = collect->seen;
    app_collect_fn *fn = collect->fn;
    void *arg = collect->arg;
    bool has_failed = collect->has_failed;
    seen->duration_ms = gp_clock_mono_ms() - collect->started_ms;
    collect->seen = NULL;
    release(collect);
    if (has_failed) {
        app_observations_destroy(seen);
        seen = NULL;
    }
    fn(arg, seen);
}

static void on_turn(void *arg)
{
    struct app_collect *collect = arg;
    advance_stirred(collect);
    start_ops(collect);
    if (collect->waiting_count == 0 && !collect->running && !collect->stirred)
        finish(collect);
}

static void on_deadline(void *arg)
{
    struct app_collect *collect = arg;
    char span[GP_CLOCK_SPAN_MAX], why[WHY_MAX];
    snprintf(why, sizeof(why), "the check's time of %s was up",
             gp_clock_span_text(collect->setup.timeout_ms, span));
    give_up_all(collect, app_keep(collect, why));
}

static void lane_init(struct app_lane *lane, unsigned most)
{
    lane->most = most;
    lane->waiting_end = &lane->waiting;
}

struct app_lane *app_lane_of(struct gp_map *lanes, const struct gp_addr *addr, unsigned most)
{
    char text[GP_ADDR_TEXT_MAX];
    struct gp_span key = gp_span_text(gp_addr_text(addr, text));
    struct app_lane *lane = gp_map_find(lanes, key);
    if (lane)
        return lane;
    lane = calloc(1, sizeof(*lane));
    if (!lane || gp_map_put(lanes, key, lane) != GP_OK) {
        free(lane);
        return NULL;
    }
    lane_init(lane, most);
    return lane;
}

const char *app_keep(struct app_collect *collect, const char *text)
{
    struct gp_buf safe;
    gp_buf_init(&safe, 4 * WHY_MAX + 16);
    gp_text_escape(&safe, gp_span_text(text), WHY_MAX);
    const char *copy =
        gp_arena_copy(&collect->seen->arena, gp_buf_span(&safe).at, gp_buf_len(&safe));
    gp_buf_finish(&safe);
    return copy ? copy : "";
}

enum gp_code app_collect_start(const struct app_collect_setup *setup, app_collect_fn *fn, void *arg,
                               struct app_collect **ret, struct gp_err *err)
{
    struct app_collect *collect = calloc(1, sizeof(*collect));
    if (!collect)
        return gp_err_nomem(err);
    collect->setup = *setup;
    collect->fn = fn;
    collect->arg = arg;
    collect->started_ms = gp_clock_mono_ms();
    collect->ready_end = &collect->ready;
    collect->stirred_end = &collect->stirred;
    collect->unannounced_end = &collect->unannounced;
    lane_init(&collect->resolver, RESOLVER_MAX);
    lane_init(&collect->control, CONTROL_MAX);
    lane_init(&collect->https, HTTPS_MAX);
    lane_init(&collect->pings, PINGS_MAX);
    lane_init(&collect->callings, CALLINGS_MAX);
    gp_map_init(&collect->servers);
    gp_map_init(&collect->peers);
    gp_task_init(&collect->turn, setup->loop, on_turn, collect);
    collect->deadline = gp_timer_create(setup->loop, on_deadline, collect);
    collect->seen = app_observations_create();
    enum gp_code code = collect->deadline && collect->seen ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK && setup->probe_domain)
        code = app_probe_domain_open(collect, err);
    if (code == GP_OK && (!app_ask_first(collect) || collect->has_failed))
        code = gp_err_nomem(err);
    if (code != GP_OK) {
        release(collect);
        return code;
    }
    collect->seen->started_s = gp_clock_wall_s();
    gp_timer_set(collect->deadline, setup->timeout_ms);
    if (ret)
        *ret = collect;
    gp_task_post(&collect->turn); /* where there is nothing to ask, that is the end already */
    return GP_OK;
}
