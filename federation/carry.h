/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second direction of the streams that partners opened to one worker (XEP-0288): stanzas of the
 * inverse of each valid pair. The pair may live on another worker; so everything between the two
 * goes by letters, in order, even on the same worker, but for the first:
 *
 *   the pair's worker                            the stream's worker
 *        <---------------- FED_CARRIER_UP -------------  a pair has become valid
 *        ----------------- parcels (FED_CARRY) ------->  sent, in their order
 *        <---------------- FED_CARRIER_DONE -----------  so many have arrived or were answered
 *        <---------------- parcels (FED_RETURNED) -----  the stream has ended, or is unknown
 *        <---------------- FED_CARRIER_DOWN -----------  none of this stream's was kept
 *
 * When all that were sent are done or returned, the pair goes on by another way (e.8). On the same
 * worker FED_CARRIER_UP is heard at once, so that an answer to what came on the stream finds it.
 */
#ifndef GP_FED_CARRY_H
#define GP_FED_CARRY_H

#include "federation/outbox.h"
#include "federation/session.h"

struct fed_router;

enum fed_carrier_event {
    FED_CARRIER_UP,
    FED_CARRIER_DONE,
    FED_CARRIER_DOWN
};

struct fed_carrier_news {
    struct gp_letter letter;
    enum fed_carrier_event what;
    struct fed_carrier carrier;
    struct dns_domain home, partner;
    uint64_t done, done_bytes; /* parcels in all, and the memory they took */
};

struct fed_carry;

/* Those of one worker. */
struct fed_carries {
    struct fed_router *router; /* borrowed */
    unsigned worker;
    uint64_t last_serial;
    struct fed_carry *first;
};

/* The router knows of them from now on. It is borrowed. */
void fed_carries_init(struct fed_carries *carries, struct fed_router *router);

/*
 * A pair has become valid on a stream: if that goes both ways, *carry is made at the first one, and
 * the pair is told. *carry stays NULL otherwise, which is fine for every function below.
 */
void fed_carries_open(struct fed_carries *carries, struct fed_session *session,
                      const struct dns_domain *home, const struct dns_domain *partner,
                      struct fed_carry **carry);

/* Forgets everything, without a word: for the end of a worker. */
void fed_carry_destroy(struct fed_carry *carry);

/* Takes a parcel (FED_CARRY): sends it, or returns it when its stream is no more. */
void fed_carries_take(struct fed_carries *carries, struct fed_parcel *parcel);

/* The stream has acknowledged stanzas; or its connection has taken some of its output. */
void fed_carry_acked(struct fed_carry *carry, size_t count);
void fed_carry_push(struct fed_carry *carry);

/* Returns what is not done. The stream ends, or what it took had its time to arrive. */
void fed_carry_return(struct fed_carry *carry);

/* The stream has ended: returns what is not done, tells the pairs, and leaves NULL. */
void fed_carry_end(struct fed_carry **carry);

#endif
