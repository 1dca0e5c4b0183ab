/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out for one (home domain, partner domain) pair: at most one stream, the stanzas that wait
 * for it, and what is known of the last failure. Stanzas keep their order: a newer one never
 * overtakes one that waits (spec-digest e.8). A stream that the partner opened may carry them as
 * well (XEP-0288): then there is none of our own.
 *
 *   IDLE --stanza--> TRYING --open--> OPEN --stream ends--> IDLE
 *     ^                 |
 *     |                 +--failed--> RESTING   stanzas are answered at once with the last failure
 *     +-----------------pause over---+
 */
#ifndef GP_FED_PAIR_H
#define GP_FED_PAIR_H

#include "federation/attempt.h"
#include "federation/carry.h"

struct fed_pair;

/* The router. */
struct fed_pair_owner {
    /* Takes the parcel to its carrier. */
    void (*on_carry)(void *arg, struct fed_parcel *parcel);
    /* A stanza of the partner, on a stream that goes both ways (XEP-0288). False: the inside is
     * behind, fed_pair_resume() follows. ret_wait_ms: it is over its rate, by so much. */
    bool (*on_stanza)(void *arg, const struct fed_stanza *stanza, const char *lang,
                      int64_t *ret_wait_ms);
    /* So many bytes of such a stream were read; returns what is on_stanza's ret_wait_ms. */
    int64_t (*on_read)(void *arg, const struct dns_domain *partner, size_t bytes);
    /* A stanza that could not be delivered: answer it. Takes the parcel. */
    void (*on_undelivered)(void *arg, struct fed_parcel *parcel, enum fed_bounce bounce,
                           const char *text);
    /* A stream to the partner is open. */
    void (*on_open)(void *arg, const struct dns_domain *partner, enum fed_proof proof);
};

/* NULL when there is no memory. policy is borrowed from the context's settings. */
struct fed_pair *fed_pair_create(struct fed_context *context, const struct dns_domain *home,
                                 const struct dns_domain *partner, const struct fed_partner *policy,
                                 const struct fed_pair_owner *owner, void *arg);

/* Cuts what is under way; waiting stanzas are destroyed unanswered (flush first). */
void fed_pair_destroy(struct fed_pair *pair);

/* Sends, queues or gives back. Takes the parcel. */
void fed_pair_send(struct fed_pair *pair, struct fed_parcel *parcel);

/* A stream of the partner's could carry the pair's stanzas (XEP-0288; carry.h): now, or when the
 * present way has come to its end. */
void fed_pair_offer(struct fed_pair *pair, const struct fed_carrier *carrier);

/* News of such a stream; a parcel that it did not keep, which is taken. */
void fed_pair_hear(struct fed_pair *pair, const struct fed_carrier_news *news);
void fed_pair_take_back(struct fed_pair *pair, struct fed_parcel *parcel);

/* The inside takes stanzas again. */
void fed_pair_resume(struct fed_pair *pair);

/* Asks the partner for acknowledgements without delay from now on. */
void fed_pair_hurry(struct fed_pair *pair);

/* Gives back everything that waits, and whatever comes later and cannot be sent at once. */
void fed_pair_flush(struct fed_pair *pair);

/* A reload: the context's settings took the place of those before. Stanzas for what is no pair any
 * more are given back; an attempt under old terms is begun anew. */
void fed_pair_set_settings(struct fed_pair *pair, const struct fed_settings *before);

/* Whether there is a stream that the partner uses as well (XEP-0288). */
bool fed_pair_is_shared(const struct fed_pair *pair);
/* From now on the partner uses none: a stream that it may use closes in order, and what it still
 * sends on it is taken. Ours go by another one. May be said again and again. */
void fed_pair_dismiss(struct fed_pair *pair, enum fed_close reason);

/* Closes the stream in order. */
void fed_pair_stop(struct fed_pair *pair, enum fed_close reason);

/* Whether nothing would be lost by forgetting the pair: idle, and its last failure is old, or it is
 * no pair any more. */
bool fed_pair_is_forgettable(const struct fed_pair *pair, int64_t now_ms);

enum fed_pair_state {
    FED_PAIR_IDLE,
    FED_PAIR_TRYING,
    FED_PAIR_OPEN,
    FED_PAIR_CARRIED, /* on a stream of the partner's */
    FED_PAIR_RESTING
};
const char *fed_pair_state_text(enum fed_pair_state state);

struct fed_pair_status {
    const struct dns_domain *home, *partner;
    enum fed_pair_state state;
    const struct fed_session *session; /* when open */
    enum fed_proof proof;
    bool is_bidi;  /* when open: the partner uses the stream as well */
    size_t queued; /* waiting, or sent and perhaps not arrived */
    uint64_t sent;
    int64_t retry_ms;       /* monotonic; when resting: until then */
    unsigned failures;      /* in a row */
    int64_t failure_wall_s; /* 0: none is known */
    const char *failure;    /* "" when none is known */
};
void fed_pair_status(const struct fed_pair *pair, struct fed_pair_status *ret);

#endif
