/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiating machine from inside; private to stream_out*.c and to its tests. */
#ifndef GP_FED_STREAM_OUT_STATE_H
#define GP_FED_STREAM_OUT_STATE_H

#include "federation/stream_core.h"
#include "federation/stream_out.h"

enum fed_out_state {
    FED_OUT_CLEAR_HEADER,       /* O4: our header is out; waits for the peer's */
    FED_OUT_CLEAR_FEATURES,     /* O5 */
    FED_OUT_STARTTLS,           /* O6: asked for TLS */
    FED_OUT_TLS,                /* O3, O7: TLS shakes hands */
    FED_OUT_LOOKING_UP,         /* O7: what the partner publishes by POSH is fetched */
    FED_OUT_SECURED_HEADER,     /* O8: our header is out inside TLS */
    FED_OUT_SECURED_FEATURES,   /* O9 */
    FED_OUT_SASL,               /* O10: EXTERNAL was sent */
    FED_OUT_RESTARTED_HEADER,   /* O11: our header is out after SASL */
    FED_OUT_RESTARTED_FEATURES, /* O11 */
    FED_OUT_DIALBACK,           /* O12: our key is out */
    FED_OUT_VERIFYING,          /* the question of a verify-only stream is out */
    FED_OUT_OPEN,               /* O13 */
    FED_OUT_CLOSING,            /* O14 of a stream that goes both ways: our closing tag is out */
    FED_OUT_STATE_COUNT
};

/*
 * What a state makes of the header or element that the parser returned last. False when it does not
 * expect such an element. Stream errors, stanzas and the like never come here.
 */
typedef bool fed_out_take_fn(struct fed_out *out, const struct fed_now *now);

struct fed_out_state_row {
    struct fed_state_row row;
    fed_out_take_fn *take; /* NULL where nothing is read */
};

extern const struct fed_out_state_row fed_out_states[FED_OUT_STATE_COUNT];

struct fed_out {
    struct fed_core core;
    enum fed_out_purpose purpose;
    enum fed_out_state state;
    struct dns_domain home, partner;
    const struct fed_partner *policy;                 /* borrowed */
    char *token, *verify_id, *verify_key, *last_word; /* owned; NULL when there is none */
    uint8_t verify_sha256[32];                        /* of verify_cert */
    bool has_verify_cert;
    /* Of the endpoint. */
    enum dns_tlsa_state tlsa_state;
    struct dns_name target, alias; /* names that count as well, found securely (c.8); or not set */
    /* To be told. */
    bool wants_tls, wants_posh, is_opened, has_verdict;
    enum fed_verdict verdict;
    /* Learned. */
    struct fed_hello hello[2]; /* in clear, inside TLS */
    struct fed_offer offer;
    bool requires_unknown; /* a feature that is mandatory and unknown here */
    bool is_one_way;       /* it shall not */
    bool is_bidi;          /* the peer may send stanzas too */
    bool has_stanza;       /* one is to be told */
    struct fed_stanza stanza;
    enum fed_proof proof; /* of the partner, towards us */
    char sasl_fault[64];  /* why EXTERNAL was refused; "" when it was not; escaped */
};

/* The only writer of out->state. */
void fed_out_go(struct fed_out *out, const struct fed_now *now, enum fed_out_state next);

/* stream_out_end.c: ends the stream, with the reason's stream error if there is a stream. */
void fed_out_fail(struct fed_out *out, enum fed_close reason, const char *detail);
void fed_out_finish(struct fed_out *out); /* with the reason that was noted in the core */
/* The same; but where the peer may still have something to say that counts
 * (fed_close_takes_rest()), it is heard to its closing tag, or to the deadline of that state. */
void fed_out_leave(struct fed_out *out, const struct fed_now *now, enum fed_close reason);
fed_out_take_fn fed_out_closing; /* what it says then, beside stanzas */

/* Puts our stream header into the output. */
/* The pair may carry stanzas from now on. */
void fed_out_open(struct fed_out *out, const struct fed_now *now);

/* stream_out_bidi.c: whether to ask for a stream that goes both ways; asks; a stanza of the peer;
 * its key for another pair. */
bool fed_out_wants_bidi(const struct fed_out *out);
void fed_out_put_bidi(struct fed_out *out);
void fed_out_stanza(struct fed_out *out, const struct fed_now *now);
bool fed_out_refuse_result(struct fed_out *out);

/* stream_out_tls.c: what the handshake showed, judged before anything is said inside TLS. */
void fed_out_judge_tls(struct fed_out *out, const struct fed_now *now);

/* A stream for its own sake, whose domains may be one and the same. */
bool fed_out_is_probe(const struct fed_out *out);

/* Whether this stream could do without TLS. */
bool fed_out_takes_clear(const struct fed_out *out);

/* stream_out_header.c: the states that wait for a header or features. */
fed_out_take_fn fed_out_header, fed_out_features;
void fed_out_put_header(struct fed_out *out);

/* stream_out_auth.c: features are known: authenticate, or ask the question; and the states that
 * wait for what comes of it. */
void fed_out_read_features(struct fed_out *out);
void fed_out_authenticate(struct fed_out *out, const struct fed_now *now);
fed_out_take_fn fed_out_sasl, fed_out_dialback, fed_out_verifying;

#endif
