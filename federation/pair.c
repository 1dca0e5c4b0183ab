/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/pair.h"

#include "base/clock.h"
#include "federation/report.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_PAIR_FORGET_MS 600000 /* how long a failure is worth remembering */

struct fed_pair {
    struct fed_context *context;
    struct dns_domain home, partner;
    const struct fed_partner *policy;
    const struct fed_pair_owner *owner;
    void *arg;
    enum fed_pair_state state;
    struct fed_queue queue;
    struct fed_outbox outbox;    /* of the stream */
    struct gp_timer *timer;      /* the oldest stanza's patience, or the end of a rest */
    struct fed_attempt *attempt; /* when trying */
    struct fed_session *session; /* when open */
    enum fed_proof proof;
    uint64_t sent, sent_on_stream;
    unsigned failures;
    int64_t rest_until_ms;
    int64_t last_used_ms;
    bool is_blocked;       /* what the partner sends is not read: the inside is behind */
    int64_t slow_until_ms; /* nor before this: it is over its rate */
    struct fed_failure failure;
    int64_t failure_wall_s;
    struct fed_trace *trace; /* owned; of the last failure */
    bool is_hurried, is_flushing;
};

static void on_timer(void *arg);
static void start_attempt(struct fed_pair *pair);

struct fed_pair *fed_pair_create(struct fed_context *context, const struct dns_domain *home,
                                 const struct dns_domain *partner, const struct fed_partner *policy,
                                 const struct fed_pair_owner *owner, void *arg)
{
    struct fed_pair *pair = calloc(1, sizeof(*pair));
    if (!pair)
        return NULL;
    pair->context = context;
    pair->home = *home;
    pair->partner = *partner;
    pair->policy = policy;
    pair->owner = owner;
    pair->arg = arg;
    pair->last_used_ms = gp_clock_mono_ms();
    fed_queue_init(&pair->queue);
    fed_outbox_init(&pair->outbox);
    pair->timer = gp_timer_create(context->loop, on_timer, pair);
    if (!pair->timer) {
        free(pair);
        return NULL;
    }
    return pair;
}

static void clear(struct fed_queue *queue)
{
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(queue));)
        fed_parcel_destroy(parcel);
}

void fed_pair_destroy(struct fed_pair *pair)
{
    if (!pair)
        return;
    fed_attempt_cancel(pair->attempt);
    fed_session_destroy(pair->session);
    gp_timer_destroy(pair->timer);
    clear(&pair->queue);
    fed_outbox_finish(&pair->outbox);
    fed_trace_destroy(pair->trace);
    free(pair);
}

/* Until when a stanza may wait. */
static int64_t patience_ms(const struct fed_pair *pair, const struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    return parcel->is_late ? parcel->late_ms + limits->resend_ms
                           : parcel->since_ms + limits->queue_ms;
}

static void arm_timer(struct fed_pair *pair)
{
    int64_t now = gp_clock_mono_ms();
    int64_t patience = pair->queue.first ? patience_ms(pair, pair->queue.first) : INT64_MAX;
    int64_t rest = pair->state == FED_PAIR_RESTING ? pair->rest_until_ms : INT64_MAX;
    int64_t next = patience < rest ? patience : rest;
    if (pair->slow_until_ms > now && pair->slow_until_ms < next)
        next = pair->slow_until_ms;
    if (next == INT64_MAX)
        gp_timer_clear(pair->timer);
    else
        gp_timer_set(pair->timer, next - now);
}

static void go(struct fed_pair *pair, enum fed_pair_state state)
{
    pair->state = state;
    arm_timer(pair);
}

static void give_back(struct fed_pair *pair, struct fed_parcel *parcel, enum fed_bounce bounce,
                      const char *text)
{
    pair->owner->on_undelivered(pair->arg, parcel, bounce, text);
}

static void give_back_all(struct fed_pair *pair, enum fed_bounce bounce, const char *text)
{
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&pair->queue));)
        give_back(pair, parcel, bounce, text);
    arm_timer(pair);
}

/* Forgets what has arrived, as far as can be known. */
static void forget_sent(struct fed_pair *pair)
{
    if (!fed_out_has_acks(fed_session_machine(pair->session)))
        fed_outbox_sent(&pair->outbox, fed_session_sent_bytes(pair->session));
}

/* Puts what waits into the stream, as far as it takes it; the rest waits for on_drained, for
 * acknowledgements, or for the next stream. */
static void send_queued(struct fed_pair *pair)
{
    struct fed_now now = fed_now();
    struct fed_out *out = fed_session_machine(pair->session);
    forget_sent(pair);
    while (pair->queue.first && !fed_session_is_full(pair->session) &&
           !fed_outbox_is_full(&pair->outbox, &pair->context->settings->limits)) {
        if (pair->queue.first->stanza_len > fed_out_max_bytes(out)) { /* XEP-0478, 4 */
            give_back(pair, fed_queue_take(&pair->queue), FED_BOUNCE_TOO_BIG,
                      "the stanza is bigger than the partner takes");
            continue;
        }
        if (!fed_out_send(out, &now, fed_parcel_stanza(pair->queue.first)))
            break;
        fed_outbox_put(&pair->outbox, fed_queue_take(&pair->queue),
                       fed_session_sent_bytes(pair->session) + gp_buf_len(fed_out_output(out)));
        pair->sent++;
        pair->sent_on_stream++;
        pair->context->counters.stanzas_out++;
    }
    fed_session_kick(pair->session);
    arm_timer(pair);
}

static void enqueue(struct fed_pair *pair, struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    if (pair->queue.count >= limits->queue_stanzas ||
        pair->queue.bytes + fed_parcel_bytes(parcel) > limits->queue_bytes) {
        give_back(pair, parcel, FED_BOUNCE_RESOURCE, "too many stanzas wait for this domain");
        return;
    }
    fed_queue_put(&pair->queue, parcel);
    arm_timer(pair);
}

void fed_pair_send(struct fed_pair *pair, struct fed_parcel *parcel)
{
    pair->last_used_ms = gp_clock_mono_ms();
    switch (pair->state) {
    case FED_PAIR_OPEN:
        enqueue(pair, parcel);
        send_queued(pair);
        break;
    case FED_PAIR_TRYING:
        enqueue(pair, parcel);
        break;
    case FED_PAIR_RESTING:
        give_back(pair, parcel, pair->failure.bounce, pair->failure.sentence);
        break;
    case FED_PAIR_IDLE:
        if (pair->is_flushing) {
            give_back(pair, parcel, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
            break;
        }
        enqueue(pair, parcel);
        start_attempt(pair);
        break;
    }
}

/* Truncated exponential growth with jitter (RFC 6120, 3.3; spec-digest g). */
static int64_t rest_ms(struct fed_pair *pair)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    int64_t rest = limits->retry_min_ms;
    for (unsigned i = 1; i < pair->failures && rest < limits->retry_max_ms; i++)
        rest *= 2;
    rest = rest < limits->retry_max_ms ? rest : limits->retry_max_ms;
    return rest / 2 + gp_rnd_below(pair->context->rnd, (uint32_t)(rest / 2 + 1));
}

/* Takes the trace; NULL: there is none. */
static void remember_failure(struct fed_pair *pair, const struct fed_failure *failure,
                             struct fed_trace *trace)
{
    pair->failure = *failure;
    pair->failure_wall_s = gp_clock_wall_s();
    fed_trace_destroy(pair->trace);
    pair->trace = trace;
}

/* What is on its second way may still wait for a partner that comes back. */
static void give_back_fresh(struct fed_pair *pair, const struct fed_failure *failure)
{
    struct fed_queue late;
    fed_queue_init(&late);
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&pair->queue));)
        if (parcel->is_late)
            fed_queue_put(&late, parcel);
        else
            give_back(pair, parcel, failure->bounce, failure->sentence);
    fed_queue_put_back(&pair->queue, &late);
    arm_timer(pair);
}

static void fail(struct fed_pair *pair, const struct fed_failure *failure, struct fed_trace *trace)
{
    remember_failure(pair, failure, trace);
    pair->failures++;
    pair->context->counters.attempts_failed++;
    pair->rest_until_ms = gp_clock_mono_ms() + rest_ms(pair);
    go(pair, FED_PAIR_RESTING);
    fed_report_failed(pair->context, &pair->home, &pair->partner, failure, trace,
                      pair->rest_until_ms - gp_clock_mono_ms());
    give_back_fresh(pair, failure);
}

static enum gp_code session_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                      struct gp_err *err)
{
    (void)arg;
    (void)session;
    (void)link;
    return gp_err_set(err, GP_ERR_BUG, "TLS was asked for on an open stream");
}

/* What comes in on a stream that goes both ways. */

static void read_or_not(struct fed_pair *pair)
{
    bool is_paused = pair->is_blocked || pair->slow_until_ms > gp_clock_mono_ms();
    if (pair->session && fed_session_is_paused(pair->session) != is_paused)
        fed_session_pause(pair->session, is_paused);
}

static void slow_down(struct fed_pair *pair, int64_t wait_ms)
{
    int64_t until_ms = gp_clock_mono_ms() + wait_ms;
    if (wait_ms > 0 && until_ms > pair->slow_until_ms)
        pair->slow_until_ms = until_ms;
    read_or_not(pair);
    arm_timer(pair);
}

static void take_stanza(struct fed_pair *pair, const struct fed_stanza *stanza)
{
    int64_t wait_ms = 0;
    pair->last_used_ms = gp_clock_mono_ms();
    if (!pair->owner->on_stanza(pair->arg, stanza, fed_out_lang(fed_session_machine(pair->session)),
                                &wait_ms))
        pair->is_blocked = true;
    slow_down(pair, wait_ms);
}

static void session_on_read(void *arg, struct fed_session *session, size_t bytes)
{
    struct fed_pair *pair = arg;
    if (fed_out_is_bidi(fed_session_machine(session)))
        slow_down(pair, pair->owner->on_read(pair->arg, &pair->partner, bytes));
}

void fed_pair_resume(struct fed_pair *pair)
{
    pair->is_blocked = false;
    read_or_not(pair);
}

static void session_on_request(void *arg, struct fed_session *session,
                               const struct fed_request *request)
{
    struct fed_pair *pair = arg;
    (void)session;
    if (request->what == FED_DO_STANZA)
        take_stanza(pair, request->u.stanza);
    if (request->what != FED_DO_ACKED)
        return;
    fed_outbox_acked(&pair->outbox, request->u.acked);
    send_queued(pair);
}

static void session_on_drained(void *arg, struct fed_session *session)
{
    struct fed_pair *pair = arg;
    (void)session;
    send_queued(pair);
}

/* What becomes of a stanza that may have arrived; NULL: it is answered or forgotten. */
static struct fed_parcel *lose(struct fed_pair *pair, struct fed_parcel *parcel,
                               enum fed_remains remains)
{
    struct fed_now now = fed_now();
    struct fed_parcel *late = NULL;
    if (remains == FED_RESEND && !pair->is_flushing)
        late = fed_parcel_late(parcel, now.mono_ms, now.wall_s);
    if (late)
        fed_parcel_destroy(parcel);
    else
        give_back(pair, parcel, remains == FED_FORGET ? FED_BOUNCE_NONE : FED_BOUNCE_TIMEOUT,
                  "the stream ended before the partner acknowledged the stanza");
    return late;
}

/* Takes back what the stream leaves behind, in its order; false when it has sent nothing at all. */
static bool take_back(struct fed_pair *pair)
{
    uint64_t sent_bytes = fed_session_sent_bytes(pair->session);
    size_t count = 0, unsent = 0;
    struct fed_queue again;
    fed_queue_init(&again);
    forget_sent(pair);
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&pair->outbox.queue)); count++) {
        enum fed_remains remains = fed_outbox_judge(parcel, sent_bytes);
        unsent += remains == FED_SEND;
        if (remains != FED_SEND)
            parcel = lose(pair, parcel, remains);
        if (parcel)
            fed_queue_put(&again, parcel);
    }
    if (unsent > 0)
        fed_session_cut(pair->session);
    bool was_of_use = unsent == 0 || pair->sent_on_stream > unsent;
    pair->sent -= again.count;
    pair->sent_on_stream -= again.count;
    pair->context->counters.stanzas_out -= again.count;
    fed_queue_put_back(&pair->queue, &again);
    return was_of_use;
}

static void session_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                           const char *detail)
{
    struct fed_pair *pair = arg;
    struct fed_failure failure = {.bounce = fed_close_bounce(reason)};
    bool was_of_use = take_back(pair);
    snprintf(failure.sentence, sizeof(failure.sentence), "%s%s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail);
    fed_report_closed(pair->context, session, FED_TO_PARTNER, &pair->home, &pair->partner,
                      pair->proof, pair->sent_on_stream, reason, detail);
    pair->session = NULL;
    pair->is_blocked = false;
    pair->slow_until_ms = 0;
    if (!was_of_use) { /* the next one would be no better: no hurry */
        fail(pair, &failure, NULL);
        return;
    }
    if (fed_close_fault(reason) != FED_BY_NOBODY && fed_close_fault(reason) != FED_BY_US)
        remember_failure(pair, &failure, NULL);
    go(pair, FED_PAIR_IDLE);
    if (reason == FED_CLOSE_REMOVED || reason == FED_CLOSE_HOST_GONE)
        give_back_all(pair, fed_close_bounce(reason), fed_close_text(reason));
    else if (pair->queue.first && pair->is_flushing)
        give_back_all(pair, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
    else if (pair->queue.first)
        start_attempt(pair);
}

static const struct fed_session_owner session_owner = {
    .start_tls = session_start_tls,
    .on_request = session_on_request,
    .on_read = session_on_read,
    .on_drained = session_on_drained,
    .on_end = session_on_end,
};

static void attempt_on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                            struct fed_trace *trace)
{
    struct fed_pair *pair = arg;
    fed_trace_destroy(trace);
    pair->attempt = NULL;
    pair->session = session;
    pair->proof = proof;
    pair->failures = 0;
    pair->sent_on_stream = 0;
    fed_session_give(session, &session_owner, pair);
    if (pair->is_hurried)
        fed_out_hurry(fed_session_machine(session));
    go(pair, FED_PAIR_OPEN);
    fed_report_opened(pair->context, session, FED_TO_PARTNER, &pair->home, &pair->partner, proof);
    pair->owner->on_open(pair->arg, &pair->partner, proof);
    send_queued(pair);
}

static void attempt_on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct fed_pair *pair = arg;
    pair->attempt = NULL;
    fail(pair, failure, trace);
}

static const struct fed_attempt_owner attempt_owner = {
    .on_open = attempt_on_open,
    .on_failed = attempt_on_failed,
};

static void start_attempt(struct fed_pair *pair)
{
    const struct fed_attempt_setup setup = {
        .context = pair->context,
        .purpose = FED_OUT_RELAY,
        .home = &pair->home,
        .partner = &pair->partner,
        .policy = pair->policy,
        .owner = &attempt_owner,
        .arg = pair,
    };
    struct gp_err err = {0};
    pair->context->counters.attempts++;
    if (fed_attempt_start(&setup, &pair->attempt, &err) == GP_OK) {
        go(pair, FED_PAIR_TRYING);
        return;
    }
    struct fed_failure failure = {.bounce = FED_BOUNCE_RESOURCE};
    snprintf(failure.sentence, sizeof(failure.sentence), "%s", err.text);
    fail(pair, &failure, NULL);
}

static void on_timer(void *arg)
{
    struct fed_pair *pair = arg;
    int64_t now = gp_clock_mono_ms();
    read_or_not(pair);
    while (pair->queue.first && patience_ms(pair, pair->queue.first) <= now)
        give_back(pair, fed_queue_take(&pair->queue), FED_BOUNCE_TIMEOUT,
                  "the stanza waited too long for this domain");
    if (pair->state == FED_PAIR_RESTING && now >= pair->rest_until_ms) {
        go(pair, FED_PAIR_IDLE);
        if (pair->queue.first)
            start_attempt(pair);
    }
    arm_timer(pair);
}

void fed_pair_hurry(struct fed_pair *pair)
{
    pair->is_hurried = true;
    if (pair->state != FED_PAIR_OPEN)
        return;
    fed_out_hurry(fed_session_machine(pair->session));
    fed_session_kick(pair->session);
}

void fed_pair_flush(struct fed_pair *pair)
{
    pair->is_flushing = true;
    if (pair->state == FED_PAIR_OPEN) {
        send_queued(pair);
        take_back(pair); /* it had its time to arrive */
    } else {
        fed_attempt_cancel(pair->attempt);
        pair->attempt = NULL;
        go(pair, FED_PAIR_IDLE);
    }
    give_back_all(pair, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
}

void fed_pair_stop(struct fed_pair *pair)
{
    if (pair->session)
        fed_session_stop(pair->session, FED_CLOSE_SHUTDOWN);
}

void fed_pair_set_settings(struct fed_pair *pair, const struct fed_settings *before)
{
    const struct fed_settings *after = pair->context->settings;
    enum fed_close reason;
    pair->policy = fed_settings_partner(after, &pair->partner);
    if (pair->state == FED_PAIR_OPEN || /* the stream ends by itself */
        !fed_close_of_settings(before, after, &pair->home, &pair->partner, &reason)) {
        arm_timer(pair);
        return;
    }
    fed_attempt_cancel(pair->attempt);
    pair->attempt = NULL;
    pair->failures = 0;
    go(pair, FED_PAIR_IDLE); /* what has failed may be mended now */
    if (reason != FED_CLOSE_CHANGED)
        give_back_all(pair, fed_close_bounce(reason), fed_close_text(reason));
    else if (pair->queue.first)
        start_attempt(pair);
}

bool fed_pair_is_forgettable(const struct fed_pair *pair, int64_t now_ms)
{
    bool is_over = !pair->policy || !fed_settings_home(pair->context->settings, &pair->home);
    return pair->state == FED_PAIR_IDLE && !pair->queue.first &&
           (is_over || now_ms - pair->last_used_ms > FED_PAIR_FORGET_MS);
}

const char *fed_pair_state_text(enum fed_pair_state state)
{
    static const char *const texts[] = {
        [FED_PAIR_IDLE] = "idle",
        [FED_PAIR_TRYING] = "connecting",
        [FED_PAIR_OPEN] = "open",
        [FED_PAIR_RESTING] = "failed",
    };
    return texts[state];
}

/* Stanzas that the stream has taken and of which it is not known that they arrived. */
static size_t count_sent(const struct fed_pair *pair)
{
    size_t count = pair->outbox.queue.count;
    if (!pair->session || fed_out_has_acks(fed_session_machine(pair->session)))
        return count;
    const struct fed_parcel *parcel = pair->outbox.queue.first;
    for (; parcel && parcel->end_bytes <= fed_session_sent_bytes(pair->session);
         parcel = parcel->next)
        count--;
    return count;
}

void fed_pair_status(const struct fed_pair *pair, struct fed_pair_status *ret)
{
    *ret = (struct fed_pair_status){
        .home = &pair->home,
        .partner = &pair->partner,
        .state = pair->state,
        .session = pair->session,
        .proof = pair->proof,
        .is_bidi = pair->session && fed_out_is_bidi(fed_session_machine(pair->session)),
        .queued = pair->queue.count + count_sent(pair),
        .sent = pair->sent,
        .retry_ms = pair->rest_until_ms,
        .failures = pair->failures,
        .failure_wall_s = pair->failure_wall_s,
        .failure = pair->failure.sentence,
        .trace = pair->trace,
    };
}
