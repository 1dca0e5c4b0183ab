/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stanza that has left its stream's buffer: because it waits (for a partner, for the inside) or
 * because another worker carries it. It holds its bytes as fed_stanza_forward() made them and what
 * an error answer needs.
 */
#ifndef GP_FED_PARCEL_H
#define GP_FED_PARCEL_H

#include "base/mailbox.h"
#include "federation/policy.h"
#include "federation/stanza.h"

enum fed_direction {
    FED_TO_PARTNER,
    FED_TO_INSIDE
};

/* A stream that a partner opened and that carries stanzas of ours (carry.h); serial 0: none. */
struct fed_carrier {
    unsigned worker;
    uint64_t serial;
};

/* What a letter that is a parcel asks of the worker that gets it. */
enum fed_errand {
    FED_DELIVER,
    FED_CARRY,    /* put it on the carrier's stream */
    FED_RETURNED, /* the carrier did not keep it */
    FED_PONG      /* a partner's answer to a question of the gateway's own (ping.h) */
};

/* What to do with a stanza that a dead stream has left behind (design, 12.5; XEP-0198, 4). */
enum fed_remains {
    FED_SEND,   /* it cannot have arrived: as if nothing had happened */
    FED_RESEND, /* it may have: once more, marked as late */
    FED_ANSWER, /* it may have: with an error, if it is one that is answered */
    FED_FORGET  /* it may have, and nobody waits for an answer */
};

struct fed_parcel {
    struct gp_letter letter; /* while it travels between workers */
    struct fed_parcel *next; /* while it waits in a queue */
    enum fed_direction direction;
    struct dns_domain home,
        partner; /* partner may be another home domain: then the stanza stays inside */
    enum fed_stanza_kind kind;
    enum fed_stanza_type type;
    int64_t since_ms; /* monotonic; when it was taken */
    size_t stanza_len, from_len, to_len, id_len;
    bool has_id;
    enum fed_errand errand;
    struct fed_carrier carrier; /* with FED_CARRY, FED_RETURNED */
    enum fed_remains remains;   /* with FED_RETURNED */
    bool is_late;               /* on its second way, since late_ms; monotonic */
    int64_t late_ms;
    uint64_t end_bytes; /* where it ends in the output of the stream that it was put into */
    char bytes[];       /* stanza, from, to, id */
};

/* Copies what it needs; lang may be NULL. NULL when there is no memory. */
struct fed_parcel *fed_parcel_create(enum fed_direction direction, const struct dns_domain *home,
                                     const struct dns_domain *partner,
                                     const struct fed_stanza *stanza, const char *lang);
void fed_parcel_destroy(struct fed_parcel *parcel);

/*
 * The same, for sending once more: says since when it is late (XEP-0203), by the mouth of its home
 * domain. NULL when there is no memory.
 */
struct fed_parcel *fed_parcel_late(const struct fed_parcel *parcel, int64_t now_ms, int64_t now_s);

/* The memory that it takes. letter.bytes may be less: a letter that must arrive weighs nothing. */
size_t fed_parcel_bytes(const struct fed_parcel *parcel);

/* Whether it is worth keeping for somebody who is away: not presence, which would be stale by then
 * (e.5), nor the error of a message. */
bool fed_parcel_is_lasting(const struct fed_parcel *parcel);

/* Parts of the parcel's own copy; they live as long as it does. */
struct gp_span fed_parcel_stanza(const struct fed_parcel *parcel);
struct gp_span fed_parcel_from(const struct fed_parcel *parcel);
struct gp_span fed_parcel_to(const struct fed_parcel *parcel);
struct gp_span fed_parcel_id(const struct fed_parcel *parcel); /* at == NULL: it has none */

/*
 * The error that answers a parcel, going the other way; NULL when this stanza must not or need not
 * be answered (e.4), with FED_BOUNCE_NONE, and when there is no memory. text says in words what
 * happened; may be NULL.
 */
struct fed_parcel *fed_parcel_bounce(const struct fed_parcel *parcel, enum fed_bounce bounce,
                                     const char *text);

/*
 * An answer of its receiver's own making, going the other way; stanza is its bytes. Should it be
 * undeliverable in turn, nobody is told. NULL when there is no memory.
 */
struct fed_parcel *fed_parcel_answer(const struct fed_parcel *parcel, struct gp_span stanza);

/* First in, first out, bounded by its caller. */
struct fed_queue {
    struct fed_parcel *first, **end;
    size_t count;
    size_t bytes;
};

void fed_queue_init(struct fed_queue *queue);
void fed_queue_put(struct fed_queue *queue, struct fed_parcel *parcel); /* takes it */
struct fed_parcel *fed_queue_take(struct fed_queue *queue);             /* NULL when empty */
/* Moves everything of other, which is empty then, to the front. */
void fed_queue_put_back(struct fed_queue *queue, struct fed_queue *other);
/* The oldest one's since_ms; INT64_MAX when empty. */
int64_t fed_queue_oldest_ms(const struct fed_queue *queue);

#endif
