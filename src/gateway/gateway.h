/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `gatepost run`: the supervisor. It owns the workers, the resolver process, the control socket,
 * the signals and the frozen configuration; stanzas never pass through it.
 */
#ifndef GP_APP_GATEWAY_H
#define GP_APP_GATEWAY_H

#include "control/control.h"
#include "gateway/errand.h"
#include "gateway/notify.h"
#include "gateway/resolver_child.h"
#include "gateway/routine.h"

#define APP_SIGNALS           3
#define APP_DRAIN_WAIT_MAX_MS 3600000

/* What a running gateway is made of; seen by the files that are named below. */
struct app_gateway {
    const struct app_config *config; /* of the present snapshot */
    struct app_snapshot *snapshot;   /* owned, as the next two */
    struct app_snapshot *started; /* the first one, kept for what is fixed at the start; may be the
                                     present one */
    struct app_snapshot *next;    /* a reload is under way; else NULL */
    struct gp_loop *loop;
    struct gp_log log;
    struct gp_mailbox *mailbox; /* errands come home here; arg is the gateway */
    struct app_workers workers;
    struct app_resolver_child *resolver;
    struct app_routine *routine;
    struct app_control *control;
    struct gp_signal *signals[APP_SIGNALS];
    struct app_listeners listeners; /* of the first worker, which has the descriptors */
    struct app_notify notify;
    struct gp_timer *watchdog; /* when its next errand starts; NULL: nobody expects one */
    int64_t started_ms, started_wall_s;
    struct app_trace *traces; /* owned; who listens to partners */
    unsigned traces_made;
    struct app_probe *probes; /* under way; each owns itself */
    unsigned probes_made;
    struct app_drain *drain; /* owned; NULL: nobody has asked for it */
    bool is_stopping;
    bool wants_reload; /* SIGHUP came during a reload */
};

/* Runs until SIGTERM or SIGINT; SIGHUP reloads. Logs to stderr. Takes config. Errors: whatever
 * keeps it from starting. */
GP_MUST_USE enum gp_code app_gateway_run(struct app_config *config, struct gp_err *err);

/* stop.c: takes all workers through the steps of stopping, then ends the loop. A second call ends
 * it at once. */
void app_gateway_stop(struct app_gateway *gateway);

/*
 * drain.c. The first request sets off a drain, which ends in a stop; a second one makes it stop
 * now, as a signal does. The first is answered when everything is done.
 */
void app_gateway_drain(struct app_gateway *gateway, struct app_call *call,
                       const struct app_json *request);
/* All workers have stopped: tells how the drain went, then ends the loop. */
void app_gateway_drained(struct app_gateway *gateway);
/* Releases it; who still waits for an answer is refused. */
void app_gateway_forget_drain(struct app_gateway *gateway);

/* reload.c: reads the configuration again and takes all workers to it, or changes nothing. call:
 * who wants the answer; NULL: nobody, the log has it. */
void app_gateway_reload(struct app_gateway *gateway, struct app_call *call);

/* calls.c: answers one request of the control socket. arg is the gateway. */
void app_gateway_on_call(void *arg, struct app_call *call, const struct app_json *request);

/* gateway.c: a log line for each line of a text. */
void app_gateway_say_lines(struct app_gateway *gateway, enum gp_log_level level, const char *event,
                           struct gp_buf *lines);

/* service.c: tells the service manager that everything is well; note: an addition to what it shows
 * people, or "". */
void app_gateway_tell_ready(struct app_gateway *gateway, const char *note);

/* service.c: from now on the service manager's watchdog hears of every round through all workers,
 * if it wants to. */
GP_MUST_USE enum gp_code app_gateway_watch(struct app_gateway *gateway, struct gp_err *err);

/* status.c */
void app_gateway_status(struct app_gateway *gateway, struct app_call *call);

/* Adds what one worker has counted. */
void app_counters_add(struct fed_counters *sum, const struct fed_counters *part);

/* partner_status.c: everything about one partner. */
void app_gateway_partner_status(struct app_gateway *gateway, struct app_call *call,
                                const char *partner);

/* close.c: closes the streams of a partner in order. */
void app_gateway_close(struct app_gateway *gateway, struct app_call *call, const char *partner);

/* probe.c: tries to reach a partner, and tells step by step. home "": the first domain. */
void app_gateway_probe(struct app_gateway *gateway, struct app_call *call, const char *partner,
                       const char *home);

/* ping.c: asks a partner's domain for a sign of life, along the way that every stanza goes. home
 * "": the first domain. */
void app_gateway_ping(struct app_gateway *gateway, struct app_call *call, const char *partner,
                      const char *home);

#endif
