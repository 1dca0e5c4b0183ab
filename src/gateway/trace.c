/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * {"command": "trace", "partner": "..."}: what the streams of one partner say and hear, a line
 * each, from all workers, until the client leaves.
 *
 *   session --tell--> listener (of one worker) --letter--> trace (at home) --line--> client
 *
 * Nobody waits for anybody: what the mailbox or the client has no room for is counted and left out.
 */
#include "gateway/trace.h"

#include "gateway/gateway.h"
#include "gateway/status_rows.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* At home; owned by the gateway's list, until the client leaves. */
struct app_trace {
    struct app_trace *next;
    struct app_gateway *gateway;
    struct app_call *call;
    unsigned number;
    struct dns_domain partner;
    uint64_t lost; /* lines that the client was too slow for, not told yet */
};

/* On a worker. */
struct listener {
    struct fed_tap tap;
    struct gp_mailbox *home;
    unsigned worker, number;
    uint64_t lost; /* lines that the mailbox had no room for, not told yet */
};

/* One line on its way home. */
struct line {
    struct gp_letter letter;
    unsigned trace, worker;
    uint64_t stream, lost;
    bool is_outbound, is_ours;
    struct gp_addr peer;
    char at[GP_CLOCK_TEXT_MAX];
    char text[];
};

static struct app_trace *find(const struct app_gateway *gateway, unsigned number)
{
    struct app_trace *trace = gateway->traces;
    while (trace && trace->number != number)
        trace = trace->next;
    return trace;
}

static void drop_line(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static struct app_json_writer *write_line(const struct line *line, uint64_t lost)
{
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_text(json, "at", line->at);
    app_json_put_text(json, "direction", line->is_ours ? "out" : "in");
    app_json_put_text(json, "stream", line->is_outbound ? "outbound" : "inbound");
    app_json_put_int(json, "worker", line->worker);
    app_json_put_int(json, "number", (int64_t)line->stream);
    app_put_address(json, "address", &line->peer);
    app_json_put_text(json, "text", line->text);
    if (lost > 0)
        app_json_put_int(json, "lost_before", (int64_t)lost);
    return json;
}

static void open_line(struct gp_letter *letter, void *arg)
{
    struct line *line = (struct line *)letter;
    struct app_trace *trace = find(arg, line->trace);
    if (trace) {
        uint64_t lost = trace->lost + line->lost;
        trace->lost = app_call_line(trace->call, write_line(line, lost)) ? 0 : lost + 1;
    }
    free(line);
}

static void tell(void *arg, const struct fed_tap_stream *stream, bool is_ours, const char *text)
{
    struct listener *listener = arg;
    size_t size = sizeof(struct line) + strlen(text) + 1;
    struct line *line = calloc(1, size);
    if (!line) {
        listener->lost++;
        return;
    }
    line->letter.bytes = size;
    line->letter.open = open_line;
    line->letter.drop = drop_line;
    line->trace = listener->number;
    line->worker = listener->worker;
    line->stream = stream->number;
    line->lost = listener->lost;
    line->is_outbound = stream->is_outbound;
    line->is_ours = is_ours;
    line->peer = stream->peer;
    gp_clock_now_text(line->at);
    memcpy(line->text, text, strlen(text) + 1);
    if (gp_mailbox_post(listener->home, &line->letter) == GP_OK) {
        listener->lost = 0;
        return;
    }
    listener->lost++;
    free(line);
}

/* Taking it to the workers, and away again. */
struct visit {
    struct app_errand errand;
    struct app_gateway *gateway;
    unsigned number;
    struct dns_domain partner;
    bool is_over;
};

static void leave(struct fed_tap **link)
{
    struct listener *listener = (struct listener *)*link;
    *link = listener->tap.next;
    free(listener);
}

void app_traces_leave(struct fed_context *context)
{
    while (context->sessions.taps)
        leave(&context->sessions.taps);
}

static void listen_here(struct visit *visit, struct app_worker *worker)
{
    struct fed_context *context = app_worker_context(worker);
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener)
        return;
    listener->tap = (struct fed_tap){.partner = visit->partner, .tell = tell, .arg = listener};
    listener->home = visit->gateway->mailbox;
    listener->worker = app_worker_index(worker);
    listener->number = visit->number;
    fed_session_list_listen(&context->sessions, &listener->tap);
}

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct visit *visit = (struct visit *)errand;
    if (!visit->is_over) {
        listen_here(visit, worker);
        return true;
    }
    for (struct fed_tap **link = &app_worker_context(worker)->sessions.taps; *link;
         link = &(*link)->next)
        if (((struct listener *)*link)->number == visit->number) {
            leave(link);
            break;
        }
    return true;
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct visit *visit = (struct visit *)errand;
    struct app_trace *trace = find(arg, visit->number);
    if (trace) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_text(json, "listening", trace->partner.ascii);
        (void)app_call_line(trace->call, json);
    }
    free(visit);
}

static void send_round(struct app_gateway *gateway, const struct app_trace *trace, bool is_over)
{
    struct visit *errand = calloc(1, sizeof(*errand));
    if (!errand)
        return; /* nobody hears what is told to a trace that is not there */
    errand->gateway = gateway;
    errand->number = trace->number;
    errand->partner = trace->partner;
    errand->is_over = is_over;
    app_errand_start(&errand->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}

static void client_left(void *arg)
{
    struct app_trace *trace = arg;
    struct app_gateway *gateway = trace->gateway;
    struct app_trace **link = &gateway->traces;
    while (*link != trace)
        link = &(*link)->next;
    *link = trace->next;
    send_round(gateway, trace, true);
    free(trace);
}

void app_gateway_trace(struct app_gateway *gateway, struct app_call *call, const char *partner)
{
    struct dns_domain domain;
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(partner), &domain, &err) != GP_OK) {
        app_call_refuse(call, err.text);
        return;
    }
    struct app_trace *trace = calloc(1, sizeof(*trace));
    if (!trace) {
        app_call_refuse(call, "out of memory");
        return;
    }
    trace->gateway = gateway;
    trace->call = call;
    trace->number = ++gateway->traces_made;
    trace->partner = domain;
    if (!app_call_open(call, client_left, trace)) {
        free(trace);
        return;
    }
    trace->next = gateway->traces;
    gateway->traces = trace;
    send_round(gateway, trace, false);
}
