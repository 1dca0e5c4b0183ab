/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gateway under a service manager. For its watchdog an errand visits all workers and comes
 * home; then, and not before, the manager hears that the gateway is alive. A loop that hangs, a
 * worker's or the supervisor's, keeps it from coming home.
 */
#include "gateway/gateway.h"

#include <stdio.h>
#include <stdlib.h>

#define STATUS_MAX 160

void app_gateway_tell_ready(struct app_gateway *gateway, const char *note)
{
    char status[STATUS_MAX];
    size_t domains = gateway->config->domain_count, listeners = gateway->listeners.count;
    snprintf(status, sizeof(status), "serving %zu domain%s, %zu listening socket%s%s", domains,
             domains == 1 ? "" : "s", listeners, listeners == 1 ? "" : "s", note);
    app_notify_ready(&gateway->notify, status);
}

/* Twice in the time that the manager gives, as sd_watchdog_enabled(3) has it. */
static void set_timer(struct app_gateway *gateway)
{
    gp_timer_set(gateway->watchdog, gateway->notify.watchdog_ms / 2);
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    (void)errand;
    (void)worker;
    return true; /* that it was here is all that is asked */
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct app_gateway *gateway = arg;
    free(errand);
    app_notify_alive(&gateway->notify);
    set_timer(gateway);
}

static void on_time(void *arg)
{
    struct app_gateway *gateway = arg;
    struct app_errand *errand = calloc(1, sizeof(*errand));
    if (errand)
        app_errand_start(errand, &gateway->workers, gateway->mailbox, visit, came_back);
    else
        set_timer(gateway);
}

enum gp_code app_gateway_watch(struct app_gateway *gateway, struct gp_err *err)
{
    if (gateway->notify.watchdog_ms == 0)
        return GP_OK;
    gateway->watchdog = gp_timer_create(gateway->loop, on_time, gateway);
    if (!gateway->watchdog)
        return gp_err_nomem(err);
    set_timer(gateway);
    return GP_OK;
}
