/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this stanza cross between a home domain and a partner? Pure decisions over a partner's policy
 * and a few facts; guard.c gathers the facts, asks, and keeps count.
 */
#ifndef GP_FED_GATE_H
#define GP_FED_GATE_H

#include "federation/parcel.h"
#include "federation/stream.h"

enum fed_refusal {
    FED_ADMITTED,
#define FED_REFUSAL(symbol, word, text, out, in) symbol,
#include "federation/refusals.def"
#undef FED_REFUSAL
    FED_REFUSAL_COUNT
};

/* "stanza-kind" */
const char *fed_refusal_word(enum fed_refusal refusal);
/* A sentence for people: for the log, and for the sender of a stanza on its way out. */
const char *fed_refusal_text(enum fed_refusal refusal);

/*
 * How a refused stanza is answered. Inbound presence is dropped and everything else gets the same
 * answer whatever the reason, so that a partner learns nothing about who is here (e.6; RFC 6120,
 * 13.10.2). Whether this stanza may be answered at all is fed_parcel_bounce()'s affair.
 */
enum fed_bounce fed_refusal_bounce(enum fed_refusal refusal, enum fed_direction direction,
                                   enum fed_stanza_kind kind);

/* Its place in fed_partner.kinds. */
static inline uint32_t fed_kind_bit(enum fed_stanza_kind kind)
{
    return 1u << kind;
}

/* A stanza at the gate. */
struct fed_crossing {
    enum fed_direction direction;
    enum fed_stanza_kind kind;
    enum fed_stanza_type type;
    bool is_blocked;      /* the partner's domain is */
    bool is_user_refused; /* the home user may not federate */
    bool is_contact;      /* the home user has written or subscribed to that address */
    bool is_over_rate;    /* outbound: the partner is sent more than its rate */
    bool is_malformed;    /* an iq that no server has to carry */
};

/*
 * Whether a stanza on its way out makes its two users each other's contacts: a message, or presence
 * that lets the other one see something. An iq does not: it asks, and its answer comes back anyway.
 */
bool fed_gate_makes_contact(enum fed_stanza_kind kind, enum fed_stanza_type type);

/* policy NULL: the domain is no partner. */
enum fed_refusal fed_gate_stanza(const struct fed_partner *policy,
                                 const struct fed_crossing *crossing);

/*
 * What the policy says to a stream that is open, by what authenticated it (proof): as the stream
 * machines decide, as far as that is known afterwards. For a shadow policy.
 */
enum fed_refusal fed_gate_stream(const struct fed_partner *policy, enum fed_direction direction,
                                 enum fed_proof proof);

/* The reason that goes with the end of an inbound stream; FED_ADMITTED: it was no matter of
 * policy. */
enum fed_refusal fed_gate_of_close(enum fed_close reason);

#endif
