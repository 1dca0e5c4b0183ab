/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stopping, so that no stanza disappears. Every worker takes a step before any takes the next:
 *
 *   QUIET    listening sockets closed, nothing more is read from partners and inside links
 *   SETTLE   what waits may still go out, for a bounded time
 *   FLUSH    what waits now is answered with an error
 *   CLOSE    streams are told to close, with "system-shutdown"
 *   GONE     until they are gone, for a bounded time
 */
#include "gateway/gateway.h"

#include "base/clock.h"

#include <stdlib.h>

#define APP_STOP_SETTLE_MS 5000
#define APP_STOP_CLOSE_MS  5000
#define APP_STOP_LOOK_MS   20

enum step {
    STEP_QUIET,
    STEP_SETTLE,
    STEP_FLUSH,
    STEP_CLOSE,
    STEP_GONE
};

struct stopping {
    struct app_errand errand;
    enum step step;
    int64_t deadline_ms;       /* of the present step, over all workers */
    struct app_worker *worker; /* the one that the errand waits at */
    struct gp_timer *timer;    /* its own */
};

static bool is_over(struct stopping *stopping, struct app_worker *worker)
{
    if (gp_clock_mono_ms() >= stopping->deadline_ms)
        return true;
    if (stopping->step == STEP_SETTLE)
        return fed_router_waiting(app_worker_router(worker)) == 0;
    return app_worker_context(worker)->sessions.count == 0 &&
           fed_router_streams(app_worker_router(worker)) == 0;
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
    switch (stopping->step) {
    case STEP_QUIET:
        app_worker_quiet(worker);
        return true;
    case STEP_SETTLE:
        return wait_here(stopping, worker);
    case STEP_FLUSH:
        fed_inbound_flush(app_worker_inbound(worker));
        fed_router_flush(app_worker_router(worker));
        return true;
    case STEP_CLOSE:
        fed_inbound_stop(app_worker_inbound(worker));
        fed_router_stop(app_worker_router(worker));
        return true;
    case STEP_GONE:
        return wait_here(stopping, worker);
    }
    return true;
}

static void next_step(struct app_errand *errand, void *arg)
{
    struct app_gateway *gateway = arg;
    struct stopping *stopping = (struct stopping *)errand;
    if (stopping->step == STEP_GONE) {
        free(stopping);
        if (gateway->drain)
            app_gateway_drained(gateway);
        else
            gp_loop_stop(gateway->loop);
        return;
    }
    stopping->step++;
    stopping->deadline_ms =
        gp_clock_mono_ms() +
        (stopping->step == STEP_SETTLE ? APP_STOP_SETTLE_MS : APP_STOP_CLOSE_MS);
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
    stopping->step = STEP_QUIET;
    stopping->errand.leave = leave;
    app_errand_start(&stopping->errand, &gateway->workers, gateway->mailbox, visit, next_step);
}
