/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair that a stream of the partner's carries (XEP-0288; carry.h). */
#include "federation/pair_state.h"

bool fed_pair_adopt(struct fed_pair *pair)
{
    if (pair->spare.serial == 0 || pair->is_flushing)
        return false;
    pair->ride = (struct fed_ride){.carrier = pair->spare};
    fed_queue_init(&pair->ride.again);
    pair->spare = (struct fed_carrier){.serial = 0};
    pair->failures = 0;
    fed_pair_go(pair, FED_PAIR_CARRIED);
    fed_pair_post(pair);
    return true;
}

/* One way at a time keeps the order (e.8): another carrier waits for the end of the present one. */
void fed_pair_offer(struct fed_pair *pair, const struct fed_carrier *carrier)
{
    pair->spare = *carrier;
    if (pair->state == FED_PAIR_IDLE || pair->state == FED_PAIR_RESTING)
        fed_pair_adopt(pair);
}

size_t fed_pair_count_posted(const struct fed_pair *pair)
{
    const struct fed_ride *ride = &pair->ride;
    if (pair->state != FED_PAIR_CARRIED)
        return 0;
    return (size_t)(ride->posted - ride->done - ride->returned) + ride->again.count;
}

static bool is_full(const struct fed_pair *pair)
{
    const struct fed_limits *limits = &pair->context->settings->limits;
    return fed_pair_count_posted(pair) >= limits->unacked_stanzas ||
           pair->ride.posted_bytes - pair->ride.done_bytes >= limits->queue_bytes;
}

void fed_pair_post(struct fed_pair *pair)
{
    struct fed_ride *ride = &pair->ride;
    while (pair->queue.first && !ride->is_down && !is_full(pair)) {
        struct fed_parcel *parcel = fed_queue_take(&pair->queue);
        parcel->carrier = ride->carrier;
        ride->posted++;
        ride->posted_bytes += fed_parcel_bytes(parcel);
        pair->sent++;
        pair->owner->on_carry(pair->arg, parcel);
    }
    fed_pair_arm(pair);
}

static bool is_same(const struct fed_carrier *a, const struct fed_carrier *b)
{
    return a->worker == b->worker && a->serial == b->serial;
}

static bool is_carried_by(const struct fed_pair *pair, const struct fed_carrier *carrier)
{
    return pair->state == FED_PAIR_CARRIED && is_same(&pair->ride.carrier, carrier);
}

/* The carrier is gone, and so is everything that it was given: on by another way. */
static void leave_if_over(struct fed_pair *pair)
{
    struct fed_ride *ride = &pair->ride;
    if (!ride->is_down || ride->posted != ride->done + ride->returned)
        return;
    fed_queue_put_back(&pair->queue, &ride->again);
    fed_pair_go_on(pair);
}

void fed_pair_hear(struct fed_pair *pair, const struct fed_carrier_news *news)
{
    bool is_down = news->what == FED_CARRIER_DOWN;
    if (is_down && is_same(&pair->spare, &news->carrier))
        pair->spare = (struct fed_carrier){.serial = 0};
    if (!is_carried_by(pair, &news->carrier))
        return;
    pair->ride.done = news->done;
    pair->ride.done_bytes = news->done_bytes;
    pair->ride.is_down = is_down;
    fed_pair_post(pair);
    leave_if_over(pair);
}

void fed_pair_take_back(struct fed_pair *pair, struct fed_parcel *parcel)
{
    bool is_known = is_carried_by(pair, &parcel->carrier);
    if (parcel->remains != FED_SEND)
        parcel = fed_outbox_rescue(parcel, parcel->remains, fed_pair_lost, pair);
    pair->ride.returned += is_known;
    if (parcel && pair->is_flushing) {
        fed_pair_give_back(pair, parcel, FED_BOUNCE_TIMEOUT, "the gateway is stopping");
    } else if (parcel && is_known) {
        pair->sent--;
        fed_queue_put(&pair->ride.again, parcel);
    } else if (parcel) {
        fed_pair_send(pair, parcel);
    }
    if (is_known)
        leave_if_over(pair);
}
