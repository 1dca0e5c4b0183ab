/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/carry.h"

#include "federation/router.h"

#include <stdlib.h>

/* One pair that uses the stream. */
struct ride {
    struct ride *next;
    struct dns_domain home, partner;
    uint64_t done, done_bytes, told;
    struct fed_carrier_news *farewell; /* owned; made beforehand, so that it cannot fail */
};

struct fed_carry {
    struct fed_carry *next, **link;
    struct fed_carries *carries;
    struct fed_session *session;
    struct fed_carrier name;
    struct fed_queue waiting; /* for room in the output, or for acknowledgements */
    struct fed_outbox outbox;
    size_t uncounted;   /* the first of the outbox, sent before the peer began to count */
    struct ride *rides; /* owned */
};

void fed_carries_init(struct fed_carries *carries, struct fed_router *router)
{
    *carries = (struct fed_carries){.router = router, .worker = fed_router_worker(router)};
    fed_router_set_carries(router, carries);
}

static struct fed_carry *create(struct fed_carries *carries, struct fed_session *session)
{
    struct fed_carry *carry = calloc(1, sizeof(*carry));
    if (!carry)
        return NULL;
    carry->carries = carries;
    carry->session = session;
    carry->name = (struct fed_carrier){carries->worker, ++carries->last_serial};
    fed_queue_init(&carry->waiting);
    fed_outbox_init(&carry->outbox);
    carry->next = carries->first;
    carry->link = &carries->first;
    if (carry->next)
        carry->next->link = &carry->next;
    carries->first = carry;
    return carry;
}

void fed_carry_destroy(struct fed_carry *carry)
{
    if (!carry)
        return;
    while (carry->rides) {
        struct ride *next = carry->rides->next;
        free(carry->rides->farewell);
        free(carry->rides);
        carry->rides = next;
    }
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&carry->waiting));)
        fed_parcel_destroy(parcel);
    fed_outbox_finish(&carry->outbox);
    *carry->link = carry->next;
    if (carry->next)
        carry->next->link = carry->link;
    free(carry);
}

/* News of a ride, yet to be told; NULL when there is no memory. */
static struct fed_carrier_news *make_news(const struct fed_carry *carry, const struct ride *ride,
                                          enum fed_carrier_event what)
{
    struct fed_carrier_news *news = calloc(1, sizeof(*news));
    if (!news)
        return NULL;
    news->what = what;
    news->carrier = carry->name;
    news->home = ride->home;
    news->partner = ride->partner;
    news->done = ride->done;
    news->done_bytes = ride->done_bytes;
    return news;
}

static void add_ride(struct fed_carry *carry, const struct dns_domain *home,
                     const struct dns_domain *partner)
{
    struct ride *ride = calloc(1, sizeof(*ride));
    if (!ride)
        return;
    ride->home = *home;
    ride->partner = *partner;
    ride->farewell = make_news(carry, ride, FED_CARRIER_DOWN);
    struct fed_carrier_news *news = make_news(carry, ride, FED_CARRIER_UP);
    if (!ride->farewell || !news) { /* the pair will find another way */
        free(ride->farewell);
        free(ride);
        free(news);
        return;
    }
    ride->next = carry->rides;
    carry->rides = ride;
    fed_router_tell(carry->carries->router, news);
}

void fed_carries_open(struct fed_carries *carries, struct fed_session *session,
                      const struct dns_domain *home, const struct dns_domain *partner,
                      struct fed_carry **carry)
{
    if (!fed_in_carries(fed_session_machine(session), home, partner))
        return;
    if (!*carry)
        *carry = create(carries, session);
    if (*carry)
        add_ride(*carry, home, partner);
}

static struct ride *find_ride(struct fed_carry *carry, const struct fed_parcel *parcel)
{
    struct ride *ride = carry->rides;
    while (ride && !(dns_domain_equal(&ride->home, &parcel->home) &&
                     dns_domain_equal(&ride->partner, &parcel->partner)))
        ride = ride->next;
    return ride;
}

/* The parcel needs no further care. */
static void note_done(struct fed_carry *carry, const struct fed_parcel *parcel)
{
    struct ride *ride = find_ride(carry, parcel);
    GP_ASSERT(ride); /* nothing else is taken */
    ride->done++;
    ride->done_bytes += fed_parcel_bytes(parcel);
}

static void tell_done(struct fed_carry *carry)
{
    for (struct ride *ride = carry->rides; ride; ride = ride->next) {
        if (ride->told == ride->done)
            continue;
        struct fed_carrier_news *news = make_news(carry, ride, FED_CARRIER_DONE);
        if (!news)
            continue; /* the next one says it too */
        ride->told = ride->done;
        fed_router_tell(carry->carries->router, news);
    }
}

/* The first of the outbox; NULL: it is empty. */
static struct fed_parcel *take_first(struct fed_carry *carry)
{
    carry->uncounted -= carry->uncounted > 0;
    return fed_queue_take(&carry->outbox.queue);
}

static void forget_first(struct fed_carry *carry)
{
    struct fed_parcel *parcel = take_first(carry);
    note_done(carry, parcel);
    fed_parcel_destroy(parcel);
}

/* Of what was sent before the peer asked for acknowledgements there will be none. */
static void forget_sent(struct fed_carry *carry)
{
    uint64_t sent_bytes = fed_session_sent_bytes(carry->session);
    while (carry->uncounted > 0 && carry->outbox.queue.first->end_bytes <= sent_bytes)
        forget_first(carry);
}

static void send_waiting(struct fed_carry *carry)
{
    struct fed_router *router = carry->carries->router;
    struct fed_in *in = fed_session_machine(carry->session);
    struct fed_now now = fed_now();
    while (carry->waiting.first && !fed_session_is_full(carry->session)) {
        struct fed_parcel *parcel = carry->waiting.first;
        if (parcel->stanza_len > fed_in_max_bytes(in)) { /* XEP-0478, 4 */
            fed_queue_take(&carry->waiting);
            note_done(carry, parcel);
            fed_router_answer(router, parcel, FED_BOUNCE_TOO_BIG,
                              "the stanza is bigger than the partner takes");
            continue;
        }
        if (!fed_in_send(in, &now, fed_parcel_stanza(parcel)))
            break;
        fed_outbox_put(&carry->outbox, fed_queue_take(&carry->waiting),
                       fed_session_sent_bytes(carry->session) + gp_buf_len(fed_in_output(in)));
        carry->uncounted += !fed_in_has_acks(in);
        fed_router_context(router)->counters.stanzas_out++;
    }
}

void fed_carry_push(struct fed_carry *carry)
{
    if (!carry)
        return;
    forget_sent(carry);
    if (carry->waiting.first) {
        send_waiting(carry);
        fed_session_kick(carry->session);
    }
    tell_done(carry);
}

void fed_carry_acked(struct fed_carry *carry, size_t count)
{
    if (!carry)
        return;
    while (carry->uncounted > 0) /* it has arrived: a stream keeps its order */
        forget_first(carry);
    for (; count > 0 && carry->outbox.queue.first; count--)
        forget_first(carry);
    fed_carry_push(carry);
}

void fed_carries_take(struct fed_carries *carries, struct fed_parcel *parcel)
{
    struct fed_carry *carry = carries->first;
    while (carry && carry->name.serial != parcel->carrier.serial)
        carry = carry->next;
    if (!carry || !find_ride(carry, parcel)) {
        parcel->remains = FED_SEND;
        fed_router_return(carries->router, parcel);
        return;
    }
    fed_queue_put(&carry->waiting, parcel);
    fed_carry_push(carry);
}

void fed_carry_return(struct fed_carry *carry)
{
    if (!carry)
        return;
    struct fed_router *router = carry->carries->router;
    uint64_t sent_bytes = fed_session_sent_bytes(carry->session);
    bool is_stuck = false;
    forget_sent(carry);
    for (struct fed_parcel *parcel; (parcel = take_first(carry));) {
        parcel->remains = fed_outbox_judge(parcel, sent_bytes);
        is_stuck = is_stuck || parcel->remains == FED_SEND;
        fed_router_context(router)->counters.stanzas_out--;
        fed_router_return(router, parcel);
    }
    for (struct fed_parcel *parcel; (parcel = fed_queue_take(&carry->waiting));) {
        parcel->remains = FED_SEND;
        fed_router_return(router, parcel);
    }
    if (is_stuck)
        fed_session_cut(carry->session);
}

void fed_carry_end(struct fed_carry **carry)
{
    fed_carry_return(*carry);
    for (struct ride *ride = *carry ? (*carry)->rides : NULL; ride; ride = ride->next) {
        ride->farewell->done = ride->done;
        ride->farewell->done_bytes = ride->done_bytes;
        fed_router_tell((*carry)->carries->router, ride->farewell);
        ride->farewell = NULL;
    }
    fed_carry_destroy(*carry);
    *carry = NULL;
}
