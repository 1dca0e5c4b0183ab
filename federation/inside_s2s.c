/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside link to a server that knows S2S alone (design, section 7): gatepost plays the servers
 * of all its partners. Towards the server there is one stream for each pair of domains, as between
 * servers on the Internet; the unchanged stream machines speak on it, under mirrored settings.
 *
 *   CONNECTING --open--> OPEN --ended, idle--> (forgotten)
 *        ^      |          |
 *        |      failed     +--ended, and stanzas wait--> CONNECTING
 *        |      v
 *        +-- RESTING --nothing waits--> (forgotten)
 */
#include "federation/inside_s2s.h"

#include "base/clock.h"
#include "federation/attempt.h"
#include "federation/backoff.h"
#include "federation/machine.h"
#include "federation/outbox.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

/* The stream of one pair to the server; behind its door as long as that exists. */
struct way {
    struct fed_s2s *s2s;
    struct fed_door *door;
    struct gp_timer *timer;      /* the end of a rest */
    struct fed_attempt *attempt; /* connecting */
    struct fed_session *session; /* open */
    enum fed_proof proof;
    struct fed_outbox outbox; /* of the session */
    unsigned failures;        /* in a row */
    uint64_t stanzas;
};

void fed_s2s_report(const struct fed_s2s *s2s, const struct fed_s2s_event *event)
{
    char address[GP_ADDR_TEXT_MAX], stanzas[24];
    bool has_home = event->home && dns_domain_is_set(event->home);
    bool has_partner = event->partner && dns_domain_is_set(event->partner);
    if (event->address)
        gp_addr_port_text(event->address, address);
    if (event->stanzas)
        snprintf(stanzas, sizeof(stanzas), "%llu", (unsigned long long)*event->stanzas);
    gp_log_write(s2s->context.log, event->level, event->name,
                 GP_LOG_FIELDS({"inside", fed_inside_settings(s2s->inside)->name},
                               {"direction", event->direction == FED_TO_INSIDE ? "in" : "out"},
                               {"home", has_home ? event->home->ascii : NULL},
                               {"partner", has_partner ? event->partner->ascii : NULL},
                               {"address", event->address ? address : NULL}, {"auth", event->auth},
                               {"stanzas", event->stanzas ? stanzas : NULL}),
                 "%s", event->sentence);
}

const char *fed_s2s_hint(const struct fed_s2s *s2s, enum fed_close reason)
{
    switch (reason) {
    case FED_CLOSE_DANE_MISMATCH:
    case FED_CLOSE_DANE_MISSING:
        return "; the key of its certificate is none that this inside section pins";
    case FED_CLOSE_KEY_INVALID:
        return "; secret-file of this inside section has to hold the server's dialback secret";
    case FED_CLOSE_OWN_DOMAIN:
        return "; the domain does not live on this inside link";
    case FED_CLOSE_NOT_PROVED:
        return fed_inside_settings(s2s->inside)->pin_count > 0 ? "; pin says which key it has to be"
                                                               : "";
    default:
        return "";
    }
}

static void report(const struct way *way, const char *name, enum gp_log_level level,
                   const char *sentence)
{
    const struct fed_s2s_event event = {
        .name = name,
        .level = level,
        .direction = FED_TO_INSIDE,
        .home = &way->door->home,
        .partner = &way->door->partner,
        .address = &fed_inside_settings(way->s2s->inside)->address,
        .auth = way->session ? fed_proof_text(way->proof) : NULL,
        .stanzas = way->session ? &way->stanzas : NULL,
        .sentence = sentence,
    };
    fed_s2s_report(way->s2s, &event);
}

/* Resting. */

static void way_destroy(struct way *way)
{
    gp_timer_destroy(way->timer);
    fed_attempt_cancel(way->attempt);
    fed_session_destroy(way->session);
    fed_outbox_finish(&way->outbox);
    way->door->stream = NULL;
    free(way);
}

static void forget(struct way *way)
{
    struct fed_door *door = way->door;
    struct fed_inside *inside = way->s2s->inside;
    way_destroy(way);
    fed_inside_forget(inside, door);
}

/* Nothing came of it. Only the first failure of a row is news. */
static void fail(struct way *way, const char *sentence)
{
    const struct fed_context *context = &way->s2s->context;
    const struct fed_limits *limits = &context->settings->limits;
    bool is_first = way->failures++ == 0;
    report(way, "inside-unreachable", is_first ? GP_LOG_WARNING : GP_LOG_DEBUG, sentence);
    snprintf(way->s2s->trouble, sizeof(way->s2s->trouble), "%s", sentence);
    way->s2s->trouble_ms = gp_clock_mono_ms();
    way->door->is_coming = false;
    fed_inside_went(way->s2s->inside, way->door, 0, sentence);
    if (!way->s2s->is_quiet)
        gp_timer_set(way->timer,
                     fed_backoff_ms(context->rnd, way->failures, limits->inside_retry_min_ms,
                                    limits->inside_retry_max_ms));
}

/* The session. */

static void forget_sent(struct way *way)
{
    if (!fed_out_has_acks(fed_session_machine(way->session)))
        fed_outbox_sent(&way->outbox, fed_session_sent_bytes(way->session));
}

static void lost(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce)
{
    const struct way *way = arg;
    fed_inside_give_back(way->s2s->inside, parcel, bounce,
                         "the stream ended before the server acknowledged the stanza");
}

/* Takes back what the stream leaves behind, in its order; false when it has sent nothing at all. */
static bool take_back(struct way *way)
{
    uint64_t sent_bytes = fed_session_sent_bytes(way->session);
    struct fed_queue again;
    fed_queue_init(&again);
    forget_sent(way);
    size_t unsent = fed_outbox_take_back(&way->outbox, sent_bytes, lost, way, &again);
    if (unsent > 0)
        fed_session_cut(way->session);
    bool was_of_use = unsent == 0 || way->stanzas > unsent;
    way->door->delivered -= again.count;
    fed_queue_put_back(&way->door->queue, &again);
    return was_of_use;
}

static void session_on_request(void *arg, struct fed_session *session,
                               const struct fed_request *request)
{
    struct way *way = arg;
    (void)session;
    if (request->what != FED_DO_ACKED)
        return;
    fed_outbox_acked(&way->outbox, request->u.acked);
    fed_inside_drained(way->s2s->inside);
}

/* Without acknowledgements a stanza makes room for the next one when its bytes have gone. */
static void session_on_sent(void *arg, struct fed_session *session)
{
    struct way *way = arg;
    (void)session;
    if (way->door->queue.count > 0)
        fed_inside_drained(way->s2s->inside);
}

/* What waits goes on at once by a new stream, unless this one was of no use. */
static void session_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                           const char *detail)
{
    struct way *way = arg;
    bool is_ours = fed_close_fault(reason) == FED_BY_US || fed_close_fault(reason) == FED_BY_NOBODY;
    char sentence[FED_DOOR_TROUBLE_MAX];
    (void)session;
    snprintf(sentence, sizeof(sentence), "%s%s%.200s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail, fed_s2s_hint(way->s2s, reason));
    bool was_of_use = take_back(way);
    report(way, "inside-close", is_ours ? GP_LOG_INFO : GP_LOG_WARNING, sentence);
    way->session = NULL;
    if (!was_of_use) {
        fail(way, sentence);
        return;
    }
    way->door->is_coming = !way->s2s->is_quiet;
    fed_inside_went(way->s2s->inside, way->door, 0, sentence);
    if (!way->s2s->is_quiet)
        gp_timer_set(way->timer, 0);
}

static const struct fed_session_owner session_owner = {
    .start_tls = fed_session_no_tls,
    .on_request = session_on_request,
    .on_sent = session_on_sent,
    .on_drained = session_on_sent,
    .on_end = session_on_end,
};

/* Connecting. */

static void attempt_on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                            struct fed_trace *trace)
{
    struct way *way = arg;
    fed_trace_destroy(trace);
    way->attempt = NULL;
    way->session = session;
    way->proof = proof;
    way->failures = 0;
    way->stanzas = 0;
    way->s2s->trouble[0] = '\0';
    fed_session_give(session, &session_owner, way);
    report(way, "inside-open", GP_LOG_INFO, "a stream to the server inside is open");
    fed_inside_came(way->s2s->inside, way->door);
}

static void attempt_on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct way *way = arg;
    char sentence[FED_DOOR_TROUBLE_MAX];
    fed_trace_destroy(trace);
    way->attempt = NULL;
    snprintf(sentence, sizeof(sentence), "the server inside cannot be reached: %.300s",
             failure->sentence);
    fail(way, sentence);
}

static const struct fed_attempt_owner attempt_owner = {
    .on_open = attempt_on_open,
    .on_failed = attempt_on_failed,
};

/* To its address alone, with no certificate: there is none for the domain that is spoken for. */
static void connect_now(struct way *way)
{
    const struct fed_inside_settings *settings = fed_inside_settings(way->s2s->inside);
    const struct fed_attempt_setup setup = {
        .context = &way->s2s->context,
        .purpose = FED_OUT_RELAY,
        .home = &way->door->partner,
        .partner = &way->door->home,
        .policy = &way->s2s->mirror->server,
        .address = &settings->address,
        .service = settings->is_direct_tls ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS,
        .tlsa = settings->pins,
        .tlsa_count = settings->pin_count,
        .anchors = settings->anchors,
        .shows_none = true,
        .owner = &attempt_owner,
        .arg = way,
    };
    struct gp_err err = {0};
    way->door->is_coming = way->failures == 0;
    if (fed_attempt_start(&setup, &way->attempt, &err) != GP_OK)
        fail(way, err.text);
}

static void on_timer(void *arg)
{
    struct way *way = arg;
    if (way->door->queue.count == 0)
        forget(way);
    else
        connect_now(way);
}

/* The link. */

static struct fed_mirror *make_mirror(const struct fed_inside *inside)
{
    const struct fed_inside_settings *settings = fed_inside_settings(inside);
    const struct fed_mirror_setup setup = {
        .settings = fed_inside_context(inside)->settings,
        .inside = settings->index,
        .has_pins = settings->pin_count > 0,
        .secret = settings->secret,
    };
    return fed_mirror_create(&setup);
}

static void s2s_destroy(void *state)
{
    struct fed_s2s *s2s = state;
    for (struct fed_door *door = fed_inside_doors(s2s->inside); door; door = door->next)
        if (door->stream)
            way_destroy(door->stream);
    fed_s2s_destroy(s2s);
}

static enum gp_code s2s_create(struct fed_inside *inside, void **ret_state, struct gp_err *err)
{
    struct fed_s2s *s2s = calloc(1, sizeof(*s2s));
    if (!s2s)
        return gp_err_nomem(err);
    s2s->inside = inside;
    s2s->mirror = make_mirror(inside);
    s2s->context = *fed_inside_context(inside);
    s2s->context.sessions = (struct fed_session_list){.first = NULL};
    s2s->context.attempts = NULL;
    enum gp_code code = s2s->mirror ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK) {
        s2s->context.settings = &s2s->mirror->settings;
        code = fed_s2s_listen(s2s, err);
    }
    if (code == GP_OK)
        *ret_state = s2s;
    else
        s2s_destroy(s2s);
    return code;
}

static enum gp_code s2s_reach(void *state, struct fed_door *door)
{
    struct fed_s2s *s2s = state;
    struct way *way = calloc(1, sizeof(*way));
    if (!way)
        return GP_ERR_NOMEM;
    way->s2s = s2s;
    way->door = door;
    fed_outbox_init(&way->outbox);
    way->timer = gp_timer_create(s2s->context.loop, on_timer, way);
    if (!way->timer) {
        free(way);
        return GP_ERR_NOMEM;
    }
    door->stream = way;
    door->is_coming = !s2s->is_quiet;
    if (!s2s->is_quiet)
        gp_timer_set(way->timer, 0); /* connects at the loop's next turn */
    return GP_OK;
}

static bool s2s_send(struct fed_door *door, struct fed_parcel *parcel)
{
    struct way *way = door->stream;
    struct fed_out *out = fed_session_machine(way->session);
    struct fed_now now = fed_now();
    forget_sent(way);
    if (parcel->stanza_len > fed_out_max_bytes(out)) { /* XEP-0478, 4 */
        fed_inside_give_back(way->s2s->inside, parcel, FED_BOUNCE_TOO_BIG,
                             "the stanza is bigger than the server takes");
        return true;
    }
    if (fed_session_is_full(way->session) ||
        fed_outbox_is_full(&way->outbox, &way->s2s->context.settings->limits) ||
        !fed_out_send(out, &now, fed_parcel_stanza(parcel)))
        return false;
    fed_outbox_put(&way->outbox, parcel,
                   fed_session_sent_bytes(way->session) + gp_buf_len(fed_out_output(out)));
    way->stanzas++;
    fed_session_kick(way->session);
    return true;
}

static struct gp_addr s2s_peer(const struct fed_door *door)
{
    const struct way *way = door->stream;
    return fed_session_peer(way->session);
}

static void s2s_abandon(struct fed_door *door, enum fed_close reason)
{
    struct way *way = door->stream;
    if (way->session) {
        report(way, "inside-close", GP_LOG_INFO, fed_close_text(reason));
        take_back(way);
        for (struct fed_parcel *parcel; (parcel = fed_queue_take(&door->queue));)
            fed_inside_give_back(way->s2s->inside, parcel, FED_BOUNCE_TIMEOUT,
                                 "the inside link was changed");
        fed_session_stop(way->session, reason);
        fed_session_give(way->session, &fed_session_nobody, NULL);
        way->session = NULL;
    }
    way_destroy(way);
}

static void s2s_leave(void *state)
{
    fed_s2s_leave(state);
}

/* What is under way knows the pins and the policy that were. */
static enum gp_code s2s_set_settings(void *state)
{
    struct fed_s2s *s2s = state;
    const struct fed_context *context = fed_inside_context(s2s->inside);
    struct fed_mirror *before = s2s->mirror, *mirror = make_mirror(s2s->inside);
    if (!mirror)
        return GP_ERR_NOMEM;
    s2s->mirror = mirror;
    s2s->context.settings = &mirror->settings;
    s2s->context.tls = context->tls;
    s2s->context.route = context->route;
    s2s->context.own_addresses = context->own_addresses;
    s2s->context.own_address_count = context->own_address_count;
    for (struct fed_door *door = fed_inside_doors(s2s->inside); door; door = door->next) {
        struct way *way = door->stream;
        bool was_trying = way->attempt != NULL;
        fed_attempt_cancel(way->attempt);
        way->attempt = NULL;
        if (was_trying)
            connect_now(way);
    }
    for (struct fed_session *session = s2s->context.sessions.first; session;
         session = fed_session_next(session))
        fed_session_set_settings(session, &mirror->settings);
    fed_mirror_destroy(before);
    return GP_OK;
}

static size_t s2s_streams(const void *state)
{
    return ((const struct fed_s2s *)state)->context.sessions.count;
}

static size_t s2s_unacknowledged(const void *state)
{
    const struct fed_s2s *s2s = state;
    size_t count = 0;
    for (struct fed_door *door = fed_inside_doors(s2s->inside); door; door = door->next) {
        const struct way *way = door->stream;
        if (way->session && fed_out_has_acks(fed_session_machine(way->session)))
            count += way->outbox.queue.count;
    }
    return count;
}

/* Streams come when there is something to send: without any, the last attempt is what is known. */
static void s2s_each(const void *state, fed_inside_status_fn *fn, void *arg)
{
    const struct fed_s2s *s2s = state;
    const struct fed_inside_status link = {.since_ms = s2s->trouble_ms, .trouble = s2s->trouble};
    fed_s2s_each_guest(s2s, fn, arg);
    if (s2s->trouble[0] && !fed_inside_doors(s2s->inside))
        fn(arg, &link);
}

static void s2s_resume(void *state)
{
    fed_s2s_resume(state);
}

static void s2s_quiet(void *state)
{
    struct fed_s2s *s2s = state;
    s2s->is_quiet = true;
    for (struct fed_door *door = fed_inside_doors(s2s->inside); door; door = door->next) {
        struct way *way = door->stream;
        gp_timer_clear(way->timer);
        fed_attempt_cancel(way->attempt);
        way->attempt = NULL;
        door->is_coming = false;
        if (way->session) {
            fed_out_hurry(fed_session_machine(way->session));
            fed_session_kick(way->session);
        }
    }
    fed_s2s_hush(s2s);
}

static void s2s_stop(void *state)
{
    struct fed_s2s *s2s = state;
    for (struct fed_door *door = fed_inside_doors(s2s->inside); door; door = door->next) {
        struct way *way = door->stream;
        if (way->session)
            fed_session_stop(way->session, FED_CLOSE_SHUTDOWN);
    }
    fed_s2s_stop(s2s);
}

const struct fed_inside_ops fed_inside_s2s_ops = {
    .key = FED_DOOR_BY_PAIR,
    .create = s2s_create,
    .destroy = s2s_destroy,
    .reach = s2s_reach,
    .send = s2s_send,
    .peer = s2s_peer,
    .resume = s2s_resume,
    .abandon = s2s_abandon,
    .leave = s2s_leave,
    .set_settings = s2s_set_settings,
    .streams = s2s_streams,
    .unacknowledged = s2s_unacknowledged,
    .each = s2s_each,
    .quiet = s2s_quiet,
    .stop = s2s_stop,
};
