/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `gatepost run`: the supervisor. It owns the workers, the resolver process, the control socket,
 * the signals and the frozen configuration; stanzas never pass through it.
 */
#ifndef GP_APP_GATEWAY_H
#define GP_APP_GATEWAY_H

#include "config/config.h"
#include "gateway/control.h"
#include "gateway/errand.h"
#include "gateway/resolver_child.h"

/* What a running gateway is made of; seen by gateway.c, stop.c and calls.c. */
struct app_gateway {
    const struct app_config *config; /* borrowed */
    struct gp_loop *loop;
    struct gp_log log;
    struct gp_mailbox *mailbox; /* errands come home here; arg is the gateway */
    struct app_workers workers;
    struct app_resolver_child *resolver;
    struct app_control *control;
    struct gp_signal *signals[2];
    size_t listener_count;
    struct app_listener *listeners; /* as opened for the first worker: addresses with their ports */
    size_t own_address_count;
    struct gp_addr *own_addresses;
    struct fed_cert *
        *certificates; /* of each domain of the configuration, as loaded at the start */
    int64_t started_ms, started_wall_s;
    bool is_stopping;
};

/* Runs until SIGTERM or SIGINT. Logs to stderr. Errors: whatever keeps it from starting. */
GP_MUST_USE enum gp_code app_gateway_run(const struct app_config *config, struct gp_err *err);

/* stop.c: takes all workers through the steps of stopping, then ends the loop. A second call ends
 * it at once. */
void app_gateway_stop(struct app_gateway *gateway);

/* calls.c: answers one request of the control socket. arg is the gateway. */
void app_gateway_on_call(void *arg, struct app_call *call, const struct app_json *request);

/* status.c */
void app_gateway_status(struct app_gateway *gateway, struct app_call *call);

#endif
