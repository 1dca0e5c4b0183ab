/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping, so that no stanza disappears. Every worker takes a step before any takes the next. A
 * stream that is told to close is heard until the other side has closed it too (RFC 6120, 4.4): the
 * streams of partners first, while the inside can still answer, then those of the inside.
 */
#include "gateway/gateway.h"

#include "base/clock.h"

#include <stdlib.h>

#define APP_STOP_WAIT_MS 5000 /* a step, at most */
#define APP_STOP_LOOK_MS 20

static void send_partners_away(struct app_worker *worker)
{
    app_worker_refuse(worker);
    fed_inbound_dismiss(app_worker_inbound(worker), FED_CLOSE_SHUTDOWN, 0);
    fed_router_dismiss(app_worker_router(worker), FED_CLOSE_SHUTDOWN);
}

static bool are_partners_gone(struct app_worker *worker)
{
    return fed_inbound_dismiss(app_worker_inbound(worker), FED_CLOSE_SHUTDOWN, 0) == 0 &&
           fed_router_shared(app_worker_router(worker)) == 0;
}

static bool is_settled(struct app_worker *worker)
{
    return fed_router_waiting(app_worker_router(worker)) == 0;
}

static void flush(struct app_worker *worker)
{
    fed_inbound_flush(app_worker_inbound(worker));
    fed_router_flush(app_worker_router(worker));
}

static void part(struct app_worker *worker)
{
    fed_router_part(app_worker_router(worker));
}

static bool has_parted(struct app_worker *worker)
{
    return fed_router_has_parted(app_worker_router(worker));
}

static void close_streams(struct app_worker *worker)
{
    fed_router_stop(app_worker_router(worker));
}

static bool is_gone(struct app_worker *worker)
{
    return app_worker_context(worker)->sessions.count == 0 &&
           fed_router_streams(app_worker_router(worker)) == 0;
}

/* Each does something, or waits until something is so. */
static const struct {
    void (*act)(struct app_worker *worker);
    bool (*is_over)(struct app_worker *worker);
} steps[] = {
    {.act = send_partners_away},    /* nobody connects any more */
    {.is_over = are_partners_gone}, /* all that they have sent is taken */
    {.act = app_worker_quiet},      /* nothing more is read from the inside */
    {.is_over = is_settled},        /* what waits goes out */
    {.act = flush},                 /* what still waits is answered with an error */
    {.act = part},                  /* the inside has its answers; its streams close */
    {.is_over = has_parted},        /* all that it has sent is with partners */
    {.act = close_streams},         /* those to partners */
    {.is_over = is_gone},
};

struct stopping {
    struct app_errand errand;
    size_t step;
    int64_t deadline_ms;       /* of the present step, over all workers */
    struct app_worker *worker; /* the one that the errand waits at */
    struct gp_timer *timer;    /* its own */
};

static bool is_over(struct stopping *stopping, struct app_worker *worker)
{
    return steps[stopping->step].is_over(worker) || gp_clock_mono_ms() >= stopping->deadline_ms;
}

static void leave(struct app_errand *errand)
{
    struct stopping *stopping = (struct stopping *)errand;
    gp_timer_destroy(stopping->timer);
    stopping->timer = NULL;
    app_errand_go_on(errand);
}

static void on_look(void *arg)
{
    struct stopping *stopping = arg;
    if (!is_over(stopping, stopping->worker)) {
        gp_timer_set(stopping->timer, APP_STOP_LOOK_MS);
        return;
    }
    leave(&stopping->errand);
}

/* Whether the step is over on this worker at once; else the errand goes on when it is. */
static bool wait_here(struct stopping *stopping, struct app_worker *worker)
{
    if (is_over(stopping, worker))
        return true;
    stopping->worker = worker;
    stopping->timer = gp_timer_create(app_worker_loop(worker), on_look, stopping);
    if (!stopping->timer)
        return true;
    gp_timer_set(stopping->timer, APP_STOP_LOOK_MS);
    return false;
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct stopping *stopping = (struct stopping *)errand;
    if (!steps[stopping->step].act)
        return wait_here(stopping, worker);
    steps[stopping->step].act(worker);
    return true;
}

static void next_step(struct app_errand *errand, void *arg)
{
    struct app_gateway *gateway = arg;
    struct stopping *stopping = (struct stopping *)errand;
    if (++stopping->step == GP_ARRAY_LEN(steps)) {
        free(stopping);
        if (gateway->drain)
            app_gateway_drained(gateway);
        else
            gp_loop_stop(gateway->loop);
        return;
    }
    stopping->deadline_ms = gp_clock_mono_ms() + APP_STOP_WAIT_MS;
    app_errand_start(errand, &gateway->workers, gateway->mailbox, visit, next_step);
}

void app_gateway_stop(struct app_gateway *gateway)
{
    struct stopping *stopping = gateway->is_stopping ? NULL : calloc(1, sizeof(*stopping));
    if (!stopping) {
        gp_loop_stop(gateway->loop);
        return;
    }
    gateway->is_stopping = true;
    app_notify_stopping(&gateway->notify, "closing streams in order");
    stopping->errand.leave = leave;
    app_errand_start(&stopping->errand, &gateway->workers, gateway->mailbox, visit, next_step);
}
