/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair with a stream of its own: what goes into it, what comes back of it, and what comes in when
 * it goes both ways. */
#include "federation/pair_state.h"

#include "base/clock.h"
#include "federation/report.h"
#include "federation/session_nobody.h"

#include <stdio.h>

/* Forgets what has arrived, as far as can be known. */
static void forget_sent(struct fed_pair *pair)
{
    if (!fed_out_has_acks(fed_session_machine(pair->session)))
        fed_outbox_sent(&pair->outbox, fed_session_sent_bytes(pair->session));
}

/* Puts what waits into the stream, as far as it takes it; the rest waits until that was sent or
 * acknowledged, or for the next stream. */
void fed_pair_push(struct fed_pair *pair)
{
    struct fed_now now = fed_now();
    struct fed_out *out = fed_session_machine(pair->session);
    forget_sent(pair);
    while (pair->queue.first && !fed_session_is_full(pair->session) &&
           !fed_outbox_is_full(&pair->outbox, &pair->context->settings->limits)) {
        if (pair->queue.first->stanza_len > fed_out_max_bytes(out)) { /* XEP-0478, 4 */
            fed_pair_give_back(pair, fed_queue_take(&pair->queue), FED_BOUNCE_TOO_BIG,
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
    fed_pair_arm(pair);
}

/* Stanzas that the stream has taken and of which it is not known that they arrived. */
size_t fed_pair_count_sent(const struct fed_pair *pair)
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

/* What comes in on a stream that goes both ways. */

void fed_pair_read_or_not(struct fed_pair *pair)
{
    bool is_paused = pair->is_blocked || pair->slow_until_ms > gp_clock_mono_ms();
    if (fed_pair_is_shared(pair) && fed_session_is_paused(pair->session) != is_paused)
        fed_session_pause(pair->session, is_paused);
}

static void slow_down(struct fed_pair *pair, int64_t wait_ms)
{
    int64_t until_ms = gp_clock_mono_ms() + wait_ms;
    if (wait_ms > 0 && until_ms > pair->slow_until_ms)
        pair->slow_until_ms = until_ms;
    fed_pair_read_or_not(pair);
    fed_pair_arm(pair);
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
    fed_pair_read_or_not(pair);
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
    fed_pair_push(pair);
}

/* Without acknowledgements a stanza makes room for the next one when its bytes have gone. */
static void session_on_sent(void *arg, struct fed_session *session)
{
    struct fed_pair *pair = arg;
    (void)session;
    if (pair->queue.first)
        fed_pair_push(pair);
}

/* Takes back what the stream leaves behind, in its order; false when it has sent nothing at all. */
bool fed_pair_take_unsent(struct fed_pair *pair)
{
    uint64_t sent_bytes = fed_session_sent_bytes(pair->session);
    struct fed_queue again;
    fed_queue_init(&again);
    forget_sent(pair);
    size_t unsent = fed_outbox_take_back(&pair->outbox, sent_bytes, fed_pair_lost, pair, &again);
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
    bool was_of_use = fed_pair_take_unsent(pair);
    snprintf(failure.sentence, sizeof(failure.sentence), "%s%s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail);
    fed_report_closed(pair->context, session, FED_TO_PARTNER, &pair->home, &pair->partner,
                      pair->proof, pair->sent_on_stream, reason, detail);
    pair->session = NULL;
    if (!was_of_use) { /* the next one would be no better: no hurry */
        fed_pair_fail(pair, &failure, NULL);
        return;
    }
    if (fed_close_fault(reason) != FED_BY_NOBODY && fed_close_fault(reason) != FED_BY_US)
        fed_pair_remember(pair, &failure);
    if (reason == FED_CLOSE_REMOVED || reason == FED_CLOSE_HOST_GONE) {
        fed_pair_go(pair, FED_PAIR_IDLE);
        fed_pair_give_back_all(pair, fed_close_bounce(reason), fed_close_text(reason));
    } else {
        fed_pair_go_on(pair);
    }
}

const struct fed_session_owner fed_pair_session_owner = {
    .start_tls = fed_session_no_tls,
    .on_request = session_on_request,
    .on_read = session_on_read,
    .on_sent = session_on_sent,
    .on_drained = session_on_sent,
    .on_end = session_on_end,
};
