/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draining: a stop that has time. Listening sockets close at once, so that partners connect to
 * another host of the SRV records. Streams that are there are read on, and each closes in order as
 * soon as it is idle, or when the wait is over; what waits for a partner or for the inside is
 * delivered meanwhile. Then the gateway stops (stop.c). Whoever asked hears how far it is, and in
 * the end how it went.
 *
 * An errand looks at all workers again and again and does what is due there; it never stays at one,
 * so a stop in between has nobody to wait for.
 */
#include "gateway/gateway.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define APP_DRAIN_IDLE_MS 2000
#define APP_DRAIN_LOOK_MS 100
#define APP_DRAIN_TELL_MS 1000 /* how far it is, at most this often */
#define APP_DRAIN_MORE_MS \
    1000 /* for streams that give up on their closing tags at their deadline */

struct app_drain {
    struct app_gateway *gateway;
    struct app_call *call; /* who asked; NULL once answered, or when the client has left */
    struct gp_timer *look; /* the next one */
    int64_t started_ms;
    int64_t close_ms; /* monotonic; the wait is over: every stream closes */
    int64_t end_ms;   /* no closing tag is waited for after that */
    struct fed_counters before;
    int64_t told_ms; /* when it last told how far it is, and what it told */
    size_t told_streams, told_waiting;
    bool has_looked;
    bool is_over; /* it has come to its end; else it was cut short */
};

struct look {
    struct app_errand errand;
    int64_t idle_ms;
    /* Sums over all workers: streams that partners opened, those of ours that they use as well, all
     * streams with partners, and stanzas. */
    size_t theirs, shared, streams, waiting;
    struct fed_counters counters;
};

static size_t count_streams(const struct fed_session_list *list)
{
    size_t count = 0;
    for (const struct fed_session *session = list->first; session;
         session = fed_session_next(session))
        count += fed_session_partner(session) && !fed_session_has_ended(session);
    return count;
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct look *look = (struct look *)errand;
    app_worker_refuse(worker);
    look->streams += count_streams(&app_worker_context(worker)->sessions);
    app_counters_add(&look->counters, &app_worker_context(worker)->counters);
    look->theirs +=
        fed_inbound_dismiss(app_worker_inbound(worker), FED_CLOSE_DRAINED, look->idle_ms);
    if (look->idle_ms == 0)
        fed_router_dismiss(app_worker_router(worker), FED_CLOSE_DRAINED);
    look->shared += fed_router_shared(app_worker_router(worker));
    look->waiting += fed_router_waiting(app_worker_router(worker));
    return true;
}

/* The wait is over at that time. */
static void set_end(struct app_drain *drain, int64_t close_ms)
{
    drain->close_ms = close_ms;
    drain->end_ms =
        close_ms + drain->gateway->config->federation.limits.close_ms + APP_DRAIN_MORE_MS;
}

static void tell_progress(struct app_drain *drain, size_t streams, size_t waiting, int64_t now_ms)
{
    char status[100];
    bool is_news = streams != drain->told_streams || waiting != drain->told_waiting;
    if (drain->has_looked && (!is_news || now_ms < drain->told_ms + APP_DRAIN_TELL_MS))
        return;
    drain->told_ms = now_ms;
    drain->told_streams = streams;
    drain->told_waiting = waiting;
    snprintf(status, sizeof(status), "draining; streams left: %zu, stanzas waiting: %zu", streams,
             waiting);
    app_notify_status(&drain->gateway->notify, status);
    if (!drain->call)
        return;
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_int(json, "streams", (int64_t)streams);
    app_json_put_int(json, "queued", (int64_t)waiting);
    (void)app_call_line(drain->call, json); /* who does not read it hears the next one */
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct look *look = (struct look *)errand;
    struct app_gateway *gateway = arg;
    struct app_drain *drain = gateway->drain;
    int64_t now_ms = gp_clock_mono_ms();
    tell_progress(drain, look->streams, look->waiting, now_ms);
    if (!drain->has_looked)
        drain->before = look->counters;
    drain->has_looked = true;
    if (look->theirs == 0 && look->waiting == 0 && now_ms < drain->close_ms)
        set_end(drain, now_ms); /* the streams that remain are ours to close */
    bool is_empty = look->theirs == 0 && look->shared == 0 && now_ms >= drain->close_ms;
    free(look);
    if (gateway->is_stopping)
        return;
    drain->is_over = is_empty || now_ms >= drain->end_ms;
    if (drain->is_over)
        app_gateway_stop(gateway);
    else
        gp_timer_set(drain->look, APP_DRAIN_LOOK_MS);
}

static void on_look(void *arg)
{
    struct app_drain *drain = arg;
    struct app_gateway *gateway = drain->gateway;
    if (gateway->is_stopping)
        return;
    struct look *look = calloc(1, sizeof(*look));
    if (!look) { /* no drain without memory, but still an end in order */
        app_gateway_stop(gateway);
        return;
    }
    look->idle_ms = gp_clock_mono_ms() < drain->close_ms ? APP_DRAIN_IDLE_MS : 0;
    app_errand_start(&look->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}

/* How it went. */

static void say(const struct app_drain *drain, const struct fed_counters *more)
{
    char closed[24], in[24], out[24], bounced[24];
    snprintf(closed, sizeof(closed), "%" PRIu64, more->closed);
    snprintf(in, sizeof(in), "%" PRIu64, more->stanzas_in);
    snprintf(out, sizeof(out), "%" PRIu64, more->stanzas_out);
    snprintf(bounced, sizeof(bounced), "%" PRIu64, more->stanzas_bounced);
    gp_log_write(&drain->gateway->log, GP_LOG_NOTICE, "drained",
                 GP_LOG_FIELDS({"closed", closed}, {"stanzas_in", in}, {"stanzas_out", out},
                               {"stanzas_bounced", bounced}),
                 drain->is_over ? "the gateway is drained" : "the drain was cut short");
}

static void answer(struct app_drain *drain, const struct fed_counters *more)
{
    if (!drain->call)
        return;
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_bool(json, "ok", true);
    app_json_put_bool(json, "drained", drain->is_over);
    app_json_put_int(json, "duration_ms", gp_clock_mono_ms() - drain->started_ms);
    app_json_put_int(json, "closed", (int64_t)more->closed);
    app_json_put_int(json, "stanzas_in", (int64_t)more->stanzas_in);
    app_json_put_int(json, "stanzas_out", (int64_t)more->stanzas_out);
    app_json_put_int(json, "stanzas_bounced", (int64_t)more->stanzas_bounced);
    app_json_put_int(json, "stanzas_dropped", (int64_t)more->stanzas_dropped);
    app_call_answer(drain->call, json);
    drain->call = NULL;
}

static bool visit_last(struct app_errand *errand, struct app_worker *worker)
{
    app_counters_add(&((struct look *)errand)->counters, &app_worker_context(worker)->counters);
    return true;
}

static void last_came_back(struct app_errand *errand, void *arg)
{
    struct look *look = (struct look *)errand;
    struct app_gateway *gateway = arg;
    const struct fed_counters *before = &gateway->drain->before, *after = &look->counters;
    const struct fed_counters more = {
        .closed = after->closed - before->closed,
        .stanzas_in = after->stanzas_in - before->stanzas_in,
        .stanzas_out = after->stanzas_out - before->stanzas_out,
        .stanzas_bounced = after->stanzas_bounced - before->stanzas_bounced,
        .stanzas_dropped = after->stanzas_dropped - before->stanzas_dropped,
    };
    say(gateway->drain, &more);
    answer(gateway->drain, &more);
    free(look);
    gp_loop_stop(gateway->loop);
}

void app_gateway_drained(struct app_gateway *gateway)
{
    struct look *look = calloc(1, sizeof(*look));
    if (look)
        app_errand_start(&look->errand, &gateway->workers, gateway->mailbox, visit_last,
                         last_came_back);
    else
        gp_loop_stop(gateway->loop);
}

/* The request. */

static void client_left(void *arg)
{
    struct app_drain *drain = arg;
    drain->call = NULL;
}

static void begin(struct app_gateway *gateway, struct app_call *call, int64_t wait_ms)
{
    int64_t now_ms = gp_clock_mono_ms();
    char wait[GP_CLOCK_SPAN_MAX];
    struct app_drain *drain = calloc(1, sizeof(*drain));
    struct gp_timer *timer = drain ? gp_timer_create(gateway->loop, on_look, drain) : NULL;
    if (!timer) {
        free(drain);
        app_call_refuse(call, "out of memory");
        return;
    }
    *drain = (struct app_drain){
        .gateway = gateway,
        .look = timer,
        .started_ms = now_ms,
    };
    if (app_call_open(call, client_left, drain))
        drain->call = call;
    set_end(drain, now_ms + wait_ms);
    gateway->drain = drain;
    gp_log_write(&gateway->log, GP_LOG_NOTICE, "draining", GP_LOG_NO_FIELDS,
                 "draining: no further connections, streams close when idle, or after %s",
                 gp_clock_span_text(wait_ms, wait));
    on_look(drain);
}

void app_gateway_drain(struct app_gateway *gateway, struct app_call *call,
                       const struct app_json *request)
{
    int64_t wait_ms = app_json_get_int(request, "wait_ms", -1);
    if (wait_ms < 0 || wait_ms > APP_DRAIN_WAIT_MAX_MS) {
        app_call_refuse(call, "drain: \"wait_ms\" is missing or too long");
    } else if (gateway->is_stopping) {
        app_call_refuse(call, "the gateway is stopping");
    } else if (gateway->drain) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_bool(json, "ok", true);
        app_json_put_bool(json, "drained", false);
        app_call_answer(call, json);
        gp_log_write(&gateway->log, GP_LOG_NOTICE, "stopping", GP_LOG_NO_FIELDS,
                     "stopping on a second drain");
        app_gateway_stop(gateway);
    } else {
        begin(gateway, call, wait_ms);
    }
}

void app_gateway_forget_drain(struct app_gateway *gateway)
{
    struct app_drain *drain = gateway->drain;
    if (!drain)
        return;
    if (drain->call)
        app_call_refuse(drain->call, "the gateway was ended before it was drained");
    gp_timer_destroy(drain->look);
    free(drain);
    gateway->drain = NULL;
}
