/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/pair_state.h"

#include "base/clock.h"
#include "federation/backoff.h"
#include "federation/report.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_PAIR_FORGET_MS 600000 /* how long a failure is worth remembering */

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
    fed_queue_init(&pair->ride.again);
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
    clear(&pair->ride.again);
    fed_outbox_finish(&pair->outbox);
    free(pair);
}

/* Until when a stanza may wait. */
static int64_t patience_ms(const struct fed_pair *pair, const struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    return parcel->is_late ? parcel->late_ms + limits->resend_ms
                           : parcel->since_ms + limits->queue_ms;
}

/* Until when everything may wait. What is sent again stands in front (spec-digest e.8), and has
 * another time than the rest; of either kind the first is the oldest. */
static int64_t soonest_ms(const struct fed_pair *pair)
{
    int64_t soonest = INT64_MAX;
    bool is_late = true;
    for (const struct fed_parcel *parcel = pair->queue.first; parcel && is_late;
         parcel = parcel->next) {
        int64_t until_ms = patience_ms(pair, parcel);
        is_late = parcel->is_late;
        if (until_ms < soonest)
            soonest = until_ms;
    }
    return soonest;
}

void fed_pair_arm(struct fed_pair *pair)
{
    int64_t now = gp_clock_mono_ms();
    int64_t patience = soonest_ms(pair);
    int64_t rest = pair->state == FED_PAIR_RESTING ? pair->rest_until_ms : INT64_MAX;
    int64_t next = patience < rest ? patience : rest;
    if (pair->slow_until_ms > now && pair->slow_until_ms < next)
        next = pair->slow_until_ms;
    if (next == INT64_MAX)
        gp_timer_clear(pair->timer);
    else
        gp_timer_set(pair->timer, next - now);
}

void fed_pair_go(struct fed_pair *pair, enum fed_pair_state state)
{
    pair->state = state;
    fed_pair_arm(pair);
}

void fed_pair_give_back(struct fed_pair *pair, struct fed_parcel *parcel, enum fed_bounce bounce,
                        const char *text)
{
    pair->owner->on_undelivered(pair->arg, parcel, bounce, text);
}

void fed_pair_give_back_all(struct fed_pair *pair, enum fed_bounce bounce, const char *text)
{
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&pair->queue));)
        fed_pair_give_back(pair, parcel, bounce, text);
    fed_pair_arm(pair);
}

static void enqueue(struct fed_pair *pair, struct fed_parcel *parcel)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    if (pair->queue.count >= limits->queue_stanzas ||
        pair->queue.bytes + fed_parcel_bytes(parcel) > limits->queue_bytes) {
        fed_pair_give_back(pair, parcel, FED_BOUNCE_RESOURCE,
                           "too many stanzas wait for this domain");
        return;
    }
    fed_queue_put(&pair->queue, parcel);
    fed_pair_arm(pair);
}

void fed_pair_send(struct fed_pair *pair, struct fed_parcel *parcel)
{
    pair->last_used_ms = gp_clock_mono_ms();
    switch (pair->state) {
    case FED_PAIR_OPEN:
        enqueue(pair, parcel);
        fed_pair_push(pair);
        break;
    case FED_PAIR_CARRIED:
        enqueue(pair, parcel);
        fed_pair_post(pair);
        break;
    case FED_PAIR_TRYING:
        enqueue(pair, parcel);
        break;
    case FED_PAIR_RESTING:
        fed_pair_give_back(pair, parcel, pair->failure.bounce, pair->failure.sentence);
        break;
    case FED_PAIR_IDLE:
        if (pair->is_flushing) {
            fed_pair_give_back(pair, parcel, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
            break;
        }
        enqueue(pair, parcel);
        start_attempt(pair);
        break;
    }
}

void fed_pair_lost(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce)
{
    fed_pair_give_back(arg, parcel, bounce,
                       "the stream ended before the partner acknowledged the stanza");
}

void fed_pair_go_on(struct fed_pair *pair)
{
    fed_pair_go(pair, FED_PAIR_IDLE);
    if (pair->is_flushing)
        fed_pair_give_back_all(pair, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
    else if (!pair->policy || !fed_settings_home(pair->context->settings, &pair->home))
        fed_pair_give_back_all(pair, FED_BOUNCE_NOT_ALLOWED, "federation with it has ended");
    else if (!fed_pair_adopt(pair) && pair->queue.first)
        start_attempt(pair);
}

void fed_pair_remember(struct fed_pair *pair, const struct fed_failure *failure)
{
    pair->failure = *failure;
    pair->failure_wall_s = gp_clock_wall_s();
}

typedef bool parcel_test_fn(const struct fed_pair *pair, const struct fed_parcel *parcel);

/* The rest waits on, in its order. */
static void give_back_if(struct fed_pair *pair, parcel_test_fn *is_meant, enum fed_bounce bounce,
                         const char *text)
{
    struct fed_queue rest;
    fed_queue_init(&rest);
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&pair->queue));)
        if (is_meant(pair, parcel))
            fed_pair_give_back(pair, parcel, bounce, text);
        else
            fed_queue_put(&rest, parcel);
    fed_queue_put_back(&pair->queue, &rest);
    fed_pair_arm(pair);
}

/* What is on its second way may still wait for a partner that comes back. */
static bool is_fresh(const struct fed_pair *pair, const struct fed_parcel *parcel)
{
    (void)pair;
    return !parcel->is_late;
}

static bool is_overdue(const struct fed_pair *pair, const struct fed_parcel *parcel)
{
    return patience_ms(pair, parcel) <= gp_clock_mono_ms();
}

void fed_pair_fail(struct fed_pair *pair, const struct fed_failure *failure,
                   struct fed_trace *trace)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    fed_pair_remember(pair, failure);
    pair->failures++;
    pair->context->counters.attempts_failed++;
    int64_t rest_ms = fed_backoff_ms(pair->context->rnd, pair->failures, limits->retry_min_ms,
                                     limits->retry_max_ms);
    pair->rest_until_ms = gp_clock_mono_ms() + rest_ms;
    fed_pair_go(pair, FED_PAIR_RESTING);
    fed_report_failed(pair->context, &pair->home, &pair->partner, failure, trace, rest_ms);
    fed_trace_destroy(trace);
    if (!fed_pair_adopt(pair))
        give_back_if(pair, is_fresh, failure->bounce, failure->sentence);
}

static void attempt_on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                            struct fed_trace *trace)
{
    struct fed_pair *pair = arg;
    pair->attempt = NULL;
    pair->session = session;
    pair->proof = proof;
    pair->failures = 0;
    pair->sent_on_stream = 0;
    fed_session_give(session, &fed_pair_session_owner, pair);
    if (pair->is_hurried)
        fed_out_hurry(fed_session_machine(session));
    fed_pair_go(pair, FED_PAIR_OPEN);
    fed_report_opened(pair->context, session, FED_TO_PARTNER, &pair->home, &pair->partner, proof,
                      trace);
    fed_trace_destroy(trace);
    pair->owner->on_open(pair->arg, &pair->partner, proof);
    fed_pair_push(pair);
    if (pair->is_dismissed) /* meanwhile; it was too late to ask for one direction alone */
        fed_pair_dismiss(pair, pair->dismissal);
}

static void attempt_on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct fed_pair *pair = arg;
    pair->attempt = NULL;
    fed_pair_fail(pair, failure, trace);
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
        .is_one_way = pair->is_dismissed,
        .owner = &attempt_owner,
        .arg = pair,
    };
    struct gp_err err = {0};
    pair->context->counters.attempts++;
    if (fed_attempt_start(&setup, &pair->attempt, &err) == GP_OK) {
        fed_pair_go(pair, FED_PAIR_TRYING);
        return;
    }
    struct fed_failure failure = {.bounce = FED_BOUNCE_RESOURCE};
    snprintf(failure.sentence, sizeof(failure.sentence), "%s", err.text);
    fed_pair_fail(pair, &failure, NULL);
}

static void on_timer(void *arg)
{
    struct fed_pair *pair = arg;
    int64_t now = gp_clock_mono_ms();
    fed_pair_read_or_not(pair);
    if (soonest_ms(pair) <= now)
        give_back_if(pair, is_overdue, FED_BOUNCE_TIMEOUT,
                     "the stanza waited too long for this domain");
    if (pair->state == FED_PAIR_RESTING && now >= pair->rest_until_ms)
        fed_pair_go_on(pair);
    fed_pair_arm(pair);
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
        fed_pair_push(pair);
        fed_pair_take_unsent(pair); /* it had its time to arrive */
    } else if (pair->state != FED_PAIR_CARRIED) {
        fed_attempt_cancel(pair->attempt);
        pair->attempt = NULL;
        fed_pair_go(pair, FED_PAIR_IDLE);
    }
    fed_pair_give_back_all(pair, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
}

bool fed_pair_is_shared(const struct fed_pair *pair)
{
    return pair->session && fed_out_is_bidi(fed_session_machine(pair->session));
}

void fed_pair_dismiss(struct fed_pair *pair, enum fed_close reason)
{
    pair->is_dismissed = true;
    pair->dismissal = reason;
    if (pair->attempt)
        fed_attempt_keep_one_way(pair->attempt);
    if (!fed_pair_is_shared(pair) || pair->is_told)
        return;
    pair->is_told = true;
    fed_session_stop(pair->session, reason);
}

void fed_pair_stop(struct fed_pair *pair, enum fed_close reason)
{
    if (pair->session)
        fed_session_stop(pair->session, reason);
}

void fed_pair_set_settings(struct fed_pair *pair, const struct fed_settings *before)
{
    const struct fed_settings *after = pair->context->settings;
    enum fed_close reason;
    pair->policy = fed_settings_partner(after, &pair->partner);
    if (pair->state == FED_PAIR_OPEN || pair->state == FED_PAIR_CARRIED || /* it ends by itself */
        !fed_close_of_settings(before, after, &pair->home, &pair->partner, &reason)) {
        fed_pair_arm(pair);
        return;
    }
    fed_attempt_cancel(pair->attempt);
    pair->attempt = NULL;
    pair->failures = 0;
    fed_pair_go(pair, FED_PAIR_IDLE); /* what has failed may be mended now */
    if (reason != FED_CLOSE_CHANGED)
        fed_pair_give_back_all(pair, fed_close_bounce(reason), fed_close_text(reason));
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
        [FED_PAIR_IDLE] = "idle",      [FED_PAIR_TRYING] = "connecting",
        [FED_PAIR_OPEN] = "open",      [FED_PAIR_CARRIED] = "open, on the partner's stream",
        [FED_PAIR_RESTING] = "failed",
    };
    return texts[state];
}

void fed_pair_status(const struct fed_pair *pair, struct fed_pair_status *ret)
{
    *ret = (struct fed_pair_status){
        .home = &pair->home,
        .partner = &pair->partner,
        .state = pair->state,
        .session = pair->session,
        .proof = pair->proof,
        .is_bidi = fed_pair_is_shared(pair),
        .queued = pair->queue.count + fed_pair_count_sent(pair) + fed_pair_count_posted(pair),
        .sent = pair->sent,
        .retry_ms = pair->rest_until_ms,
        .failures = pair->failures,
        .failure_wall_s = pair->failure_wall_s,
        .failure = pair->failure.sentence,
    };
}
