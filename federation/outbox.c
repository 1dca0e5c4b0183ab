/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/outbox.h"

#include "base/clock.h"

void fed_outbox_init(struct fed_outbox *outbox)
{
    fed_queue_init(&outbox->queue);
}

void fed_outbox_finish(struct fed_outbox *outbox)
{
    fed_outbox_acked(outbox, outbox->queue.count);
}

void fed_outbox_put(struct fed_outbox *outbox, struct fed_parcel *parcel, uint64_t end_bytes)
{
    parcel->end_bytes = end_bytes;
    fed_queue_put(&outbox->queue, parcel);
}

void fed_outbox_acked(struct fed_outbox *outbox, size_t count)
{
    for (; count > 0 && outbox->queue.first; count--)
        fed_parcel_destroy(fed_queue_take(&outbox->queue));
}

void fed_outbox_sent(struct fed_outbox *outbox, uint64_t sent_bytes)
{
    while (outbox->queue.first && outbox->queue.first->end_bytes <= sent_bytes)
        fed_parcel_destroy(fed_queue_take(&outbox->queue));
}

bool fed_outbox_is_full(const struct fed_outbox *outbox, const struct fed_limits *limits)
{
    return outbox->queue.count >= limits->unacked_stanzas ||
           outbox->queue.bytes >= limits->queue_bytes;
}

enum fed_remains fed_outbox_judge(const struct fed_parcel *parcel, uint64_t sent_bytes)
{
    if (parcel->end_bytes > sent_bytes)
        return FED_SEND; /* its end was never sent: the peer has no whole element */
    if (parcel->type == FED_TYPE_ERROR || parcel->kind == FED_PRESENCE)
        return FED_FORGET;
    return parcel->kind == FED_MESSAGE && !parcel->is_late ? FED_RESEND : FED_ANSWER;
}

struct fed_parcel *fed_outbox_rescue(struct fed_parcel *parcel, enum fed_remains remains,
                                     fed_lost_fn *lost, void *arg)
{
    struct fed_parcel *late = NULL;
    if (remains == FED_RESEND)
        late = fed_parcel_late(parcel, gp_clock_mono_ms(), gp_clock_wall_s());
    if (late)
        fed_parcel_destroy(parcel);
    else
        lost(arg, parcel, remains == FED_FORGET ? FED_BOUNCE_NONE : FED_BOUNCE_TIMEOUT);
    return late;
}

size_t fed_outbox_take_back(struct fed_outbox *outbox, uint64_t sent_bytes, fed_lost_fn *lost,
                            void *arg, struct fed_queue *again)
{
    size_t unsent = 0;
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&outbox->queue));) {
        enum fed_remains remains = fed_outbox_judge(parcel, sent_bytes);
        unsent += remains == FED_SEND;
        if (remains != FED_SEND)
            parcel = fed_outbox_rescue(parcel, remains, lost, arg);
        if (parcel)
            fed_queue_put(again, parcel);
    }
    return unsent;
}
