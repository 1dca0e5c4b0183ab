/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair from inside; private to pair*.c. pair.c has its states, pair_stream.c what concerns a
 * stream of its own, pair_ride.c a stream of the partner's that carries it. */
#ifndef GP_FED_PAIR_STATE_H
#define GP_FED_PAIR_STATE_H

#include "federation/pair.h"

/* On a stream of the partner's (carry.h). */
struct fed_ride {
    struct fed_carrier carrier;
    uint64_t posted, posted_bytes; /* parcels that went to it, and the memory they took */
    uint64_t done, done_bytes;     /* that it is done with */
    uint64_t returned;             /* that came back */
    struct fed_queue again;        /* of them: to be sent again, in order */
    bool is_down;
};

struct fed_pair {
    struct fed_context *context;
    struct dns_domain home, partner;
    const struct fed_partner *policy;
    const struct fed_pair_owner *owner;
    void *arg;
    struct fed_queue queue;
    struct fed_outbox outbox;    /* of the stream */
    struct fed_ride ride;        /* when carried */
    struct fed_carrier spare;    /* the next carrier; serial 0: none */
    struct gp_timer *timer;      /* the patience of what waits, or the end of a rest */
    struct fed_attempt *attempt; /* when trying */
    struct fed_session *session; /* when open */
    uint64_t sent, sent_on_stream;
    int64_t rest_until_ms;
    int64_t last_used_ms;
    int64_t slow_until_ms; /* what the partner sends is not read before: it is over its rate */
    struct fed_failure failure;
    int64_t failure_wall_s;
    enum fed_pair_state state;
    enum fed_proof proof; /* of the stream */
    unsigned failures;
    bool is_blocked;          /* what the partner sends is not read: the inside is behind */
    bool is_dismissed;        /* the partner may not use its streams any more */
    enum fed_close dismissal; /* how they end then */
    bool is_told;             /* and the one that it did use was told to close */
    bool is_hurried, is_flushing;
};

/* The only writer of pair->state. */
void fed_pair_go(struct fed_pair *pair, enum fed_pair_state state);
void fed_pair_arm(struct fed_pair *pair); /* the timer, after the queue has changed */

/* To the router: cannot be delivered. */
void fed_pair_give_back(struct fed_pair *pair, struct fed_parcel *parcel, enum fed_bounce bounce,
                        const char *text);
void fed_pair_give_back_all(struct fed_pair *pair, enum fed_bounce bounce, const char *text);

/* The stream or the carrier is gone: on by the next way, if there is anything to send. */
void fed_pair_go_on(struct fed_pair *pair);

/* No way is left for a while. Takes the trace; NULL: there is none. */
void fed_pair_fail(struct fed_pair *pair, const struct fed_failure *failure,
                   struct fed_trace *trace);
void fed_pair_remember(struct fed_pair *pair, const struct fed_failure *failure);

/* A fed_lost_fn, whose arg is the pair. */
void fed_pair_lost(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce);

/* pair_stream.c: sends what waits; takes back what the stream has not; its owner. */
extern const struct fed_session_owner fed_pair_session_owner;
void fed_pair_push(struct fed_pair *pair);
bool fed_pair_take_unsent(struct fed_pair *pair);
size_t fed_pair_count_sent(const struct fed_pair *pair);
void fed_pair_read_or_not(struct fed_pair *pair);

/* pair_ride.c: likewise; adopts the spare carrier, false when there is none. */
bool fed_pair_adopt(struct fed_pair *pair);
void fed_pair_post(struct fed_pair *pair);
size_t fed_pair_count_posted(const struct fed_pair *pair);

#endif
