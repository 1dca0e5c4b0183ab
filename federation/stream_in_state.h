/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving machine from inside; private to stream_in*.c and to its tests. */
#ifndef GP_FED_STREAM_IN_STATE_H
#define GP_FED_STREAM_IN_STATE_H

#include "federation/stream_core.h"
#include "federation/stream_in.h"
#include "federation/stream_in_pairs.h"

enum fed_in_state {
    FED_IN_CLEAR_HEADER,   /* I1: waits for the first stream header */
    FED_IN_CLEAR,          /* I2: features were sent in clear; waits for STARTTLS */
    FED_IN_TLS,            /* I3: TLS shakes hands */
    FED_IN_SECURED_HEADER, /* I4: waits for the header inside TLS */
    FED_IN_LOOKING_UP,     /* I4: what the sender publishes about its certificate is looked up */
    FED_IN_NEGOTIATING,    /* I5: features were sent; waits for SASL or dialback */
    FED_IN_CHALLENGED,     /* I5c: sent an empty SASL challenge */
    FED_IN_RESTARTED,      /* I6: waits for the header after SASL */
    FED_IN_OPEN,           /* I7: at least one pair is valid */
    FED_IN_CLOSING,        /* I8: our closing tag is out; what the peer still says is taken */
    FED_IN_STATE_COUNT
};

/*
 * What a state makes of the header or element that the parser returned last. True when ret holds a
 * stanza to relay. Stream errors, stanzas before FED_IN_OPEN and the like never come here.
 */
typedef bool fed_in_take_fn(struct fed_in *in, const struct fed_now *now, struct fed_request *ret);

struct fed_in_state_row {
    struct fed_state_row row;
    fed_in_take_fn *take; /* NULL where nothing is read */
};

extern const struct fed_in_state_row fed_in_states[FED_IN_STATE_COUNT];

#define FED_IN_PROBE_MAX 65

struct fed_in {
    struct fed_core core;
    struct fed_in_setup setup;
    enum fed_in_state state;
    bool wants_tls;         /* FED_DO_START_TLS is due */
    int64_t setup_until_ms; /* from accept to the first valid pair, whatever happens (T20, T21) */
    /* What the last stream header said. */
    char stream_id[GP_RND_ID_MAX];    /* of our own */
    struct dns_domain home;           /* its "to"; not set before there was a good one */
    struct dns_domain partner;        /* its "from"; not set when it had none */
    const struct fed_partner *policy; /* for the partner; NULL without one, and for a probe */
    bool has_version;                 /* 1.0 or more: features are sent */
    bool offers_starttls;
    bool has_place;               /* among its partner's connections */
    char probe[FED_IN_PROBE_MAX]; /* the token of a probe that was announced; "" else */
    struct dns_domain stand_in;   /* that the probe may come as; not set when it is for none */
    bool is_bidi;                 /* the peer takes stanzas of ours too */
    /* What was looked up for the sender that the header names. */
    struct fed_evidence evidence;
    /* SASL */
    bool offers_external;
    enum fed_proof proof; /* of the login */
    unsigned sasl_failures;
    struct fed_in_pairs pairs;
    struct fed_stanza stanza; /* the one that FED_DO_STANZA is about */
};

/* The only writer of in->state. */
void fed_in_go(struct fed_in *in, const struct fed_now *now, enum fed_in_state next);

/*
 * Ends the stream with the reason's stream error, in a stream that is opened for it if need be (RFC
 * 6120, 4.9.1.2).
 */
void fed_in_fail(struct fed_in *in, enum fed_close reason, const char *format, ...) GP_PRINTF(3, 4);
void fed_in_end(struct fed_in *in, enum fed_close reason); /* without a detail */
void fed_in_finish(struct fed_in *in); /* with the reason that was noted in the core */

/* The policy for a domain that speaks on this stream; NULL when it may not. */
const struct fed_partner *fed_in_policy(const struct fed_in *in, const struct dns_domain *partner);

/* stream_in_header.c: the states that wait for a header; and our own. */
fed_in_take_fn fed_in_clear_header, fed_in_secured_header, fed_in_restarted;
void fed_in_put_header(struct fed_in *in);

/* stream_in_open.c: the states that carry stanzas. */
fed_in_take_fn fed_in_opened, fed_in_closing;

/* Takes an element of stream management. */
void fed_in_take_sm(struct fed_in *in, const struct fed_now *now, enum fed_sm_role role);

/* stream_in_bidi.c: whether a stream that goes both ways is offered; takes <bidi/>. */
bool fed_in_offers_bidi(const struct fed_in *in);
void fed_in_take_bidi(struct fed_in *in);

/* Answers a <starttls/> that cannot be, and ends the stream. */
void fed_in_refuse_tls(struct fed_in *in, const char *detail);

/* stream_in_sasl.c: takes an element in the SASL namespace, before or after a challenge; or
 * refuses it. */
void fed_in_take_sasl(struct fed_in *in, const struct fed_now *now);
void fed_in_take_response(struct fed_in *in, const struct fed_now *now);
void fed_in_refuse_sasl(struct fed_in *in, const struct fed_now *now, const char *condition);

/* stream_in_dialback.c: takes an element in the dialback namespace; and the answer to a question.
 */
void fed_in_take_dialback(struct fed_in *in, const struct fed_now *now);
void fed_in_take_verdict(struct fed_in *in, const struct fed_now *now,
                         const struct fed_in_pair *pair, enum fed_verdict verdict);
/* The key of a pair, now that the evidence about its sender is there. */
void fed_in_weigh_result(struct fed_in *in, const struct fed_now *now,
                         const struct fed_in_question *question,
                         const struct fed_evidence *evidence);

/* stream_in_header.c: goes on from the secured header when the evidence is there. */
void fed_in_weigh_header(struct fed_in *in, const struct fed_now *now);

/* stream_in_evidence.c */

/*
 * What has to be looked up before the certificate of this stream can be weighed, beyond the
 * evidence that is there: FED_DO_LOOK_UP, FED_DO_POSH; FED_DO_WAIT: nothing.
 */
enum fed_do fed_in_missing(const struct fed_in *in, const struct fed_now *now,
                           const struct fed_partner *policy, const struct dns_domain *partner,
                           const struct fed_evidence *evidence);

/*
 * What the certificate of this stream and the evidence prove of the domain at this moment.
 * FED_PROOF_NONE: nothing, and ret says why in words.
 */
enum fed_proof fed_in_proves(const struct fed_in *in, const struct fed_now *now,
                             const struct dns_domain *partner, const struct fed_evidence *evidence,
                             struct fed_certainty *ret);

/* Why the evidence, or that there is none, rules the pair out, whatever else would prove it; NULL
 * when it does not. */
const char *fed_in_veto(const struct fed_partner *policy, const struct fed_evidence *evidence,
                        enum fed_close *ret_reason);

/* The answer to a question, or that it was given up. */
void fed_in_take_evidence(struct fed_in *in, const struct fed_now *now,
                          const struct fed_in_question *question,
                          const struct fed_evidence *evidence);

/* Whoever is proved may have one connection more, or not; a probe is nobody's. False: the stream
 * ends. */
bool fed_in_take_place(struct fed_in *in, const struct dns_domain *partner);

/* The first valid pair opens the stream for stanzas; later ones join in. */
void fed_in_open(struct fed_in *in, const struct fed_now *now, const struct fed_in_pair *pair,
                 enum fed_proof proof);

#endif
