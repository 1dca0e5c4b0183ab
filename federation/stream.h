/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two stream machines have in common: events in, requests out.
 *
 * A machine is pure. It has no socket, no clock, no DNS and no randomness of its own; whoever runs
 * it tells it what happened and what time it is, and then takes requests with fed_in_next() or
 * fed_out_next() until FED_DO_WAIT, carrying out each before the next. Bytes to send collect in an
 * output buffer. What a request points to is valid until the next call.
 */
#ifndef GP_FED_STREAM_H
#define GP_FED_STREAM_H

#include "base/rnd.h"
#include "federation/evidence.h"
#include "federation/policy.h"
#include "federation/stanza.h"
#include "federation/tls_facts.h"

/* The moment of an event. */
struct fed_now {
    int64_t mono_ms; /* for deadlines */
    int64_t wall_s;  /* for certificates */
};

/* How a stream ended; a row each in close_reasons.def. */
enum fed_close {
#define FED_CLOSE(symbol, text, condition, fault, next, bounce, rest) symbol,
#include "federation/close_reasons.def"
#undef FED_CLOSE
    FED_CLOSE_COUNT
};

enum fed_fault_side {
    FED_BY_NOBODY,
    FED_BY_PEER,
    FED_BY_US,
    FED_BY_NETWORK
};
enum fed_next {
    FED_THEN_NEXT,
    FED_THEN_BACKOFF,
    FED_THEN_DONE
};

const char *fed_close_text(enum fed_close reason);
const char *fed_close_condition(enum fed_close reason); /* "" when no stream error is sent */
enum fed_fault_side fed_close_fault(enum fed_close reason);
enum fed_next fed_close_next(enum fed_close reason);
enum fed_bounce fed_close_bounce(enum fed_close reason);
/* Whether stanzas are taken that come behind our closing tag. */
bool fed_close_takes_rest(enum fed_close reason);

/*
 * What new settings mean for a stream of this pair. True: it has to end, and *ret says how. False
 * when the pair may go on as if nothing had happened, and also when it was none before. partner may
 * be not set: then it is about the home domain alone.
 */
bool fed_close_of_settings(const struct fed_settings *before, const struct fed_settings *after,
                           const struct dns_domain *home, const struct dns_domain *partner,
                           enum fed_close *ret);

/* The reason that goes with a stream that cannot be read on. */
enum fed_close fed_close_of_fault(enum fed_xml_fault fault);

/* Hears what the parser of a stream returns, before the machine does anything about it. */
typedef void fed_ear_fn(void *arg, const struct fed_xml *xml, enum fed_xml_event event);

#define FED_DETAIL_MAX     512
#define FED_OTHER_HOST_MAX 280 /* a domain and a port */

enum fed_do {
    FED_DO_WAIT,      /* nothing until the next event */
    FED_DO_START_TLS, /* send the output, then start the handshake; answer with ..._tls_done() or
                         ..._tls_failed() */
    FED_DO_STANZA,    /* a judged stanza: relay it */
    FED_DO_VERIFY,    /* ask the authoritative server about a dialback key; answer with
                         fed_in_verified() */
    FED_DO_LOOK_UP,   /* look up what the sender itself publishes about its certificate
                         (dane-client); answer with fed_in_looked_up() */
    FED_DO_POSH,      /* fetch the fingerprints that the partner publishes by POSH; answer with
                         fed_in_looked_up() or fed_out_looked_up() */
    FED_DO_OPEN,      /* a domain pair has become valid */
    FED_DO_REFUSED,   /* a domain pair was refused; the stream may live on */
    FED_DO_CONFIRMED, /* of a component's stream: the server has taken in what
                         fed_component_client_ask() was about */
    FED_DO_ACKED,     /* the peer has acknowledged stanzas, the oldest first */
    FED_DO_RESULT,    /* of a verify-only stream: what the authoritative server said */
    FED_DO_CLOSE /* the stream has ended: send the output if is_lingering, then close the connection
                  */
};

/* What made a domain pair valid. */
enum fed_proof {
    FED_PROOF_NONE,
    FED_PROOF_DANE, /* TLSA, and SASL EXTERNAL or our own outbound check */
    FED_PROOF_PKIX,
    FED_PROOF_POSH,
    FED_PROOF_DIALBACK,      /* over TLS */
    FED_PROOF_DIALBACK_CLEAR /* without TLS */
};
const char *fed_proof_text(enum fed_proof proof);

/* Of what was proved by the certificate; FED_PROOF_NONE when it was not. */
enum fed_proof fed_proof_of(const struct fed_certainty *certainty);

/* Whether the proof is over when the certificate's dates are. */
bool fed_proof_has_dates(enum fed_proof proof);

/* What an authoritative server said, or that it could not be asked (spec-digest b.4). */
enum fed_verdict {
    FED_VERDICT_VALID,
    FED_VERDICT_INVALID,
    FED_VERDICT_NOT_FOUND, /* no server, or it does not know the domain */
    FED_VERDICT_TIMEOUT    /* unreachable, closed, silent */
};

struct fed_request {
    enum fed_do what;
    union {
        const struct fed_stanza *stanza; /* FED_DO_STANZA */
        struct {             /* FED_DO_VERIFY; spans are as they came on the wire, normalised */
            unsigned number; /* names this question in fed_in_verified() */
            struct dns_domain target, sender;
            const char *stream_id, *key;
        } verify;
        struct {             /* FED_DO_LOOK_UP, FED_DO_POSH */
            unsigned number; /* names this question in fed_in_looked_up() */
            struct dns_domain sender;
        } lookup;
        struct { /* FED_DO_OPEN, FED_DO_REFUSED */
            struct dns_domain home, partner;
            enum fed_proof proof;
            const char
                *detail; /* in words, with the setting that would admit the partner; "" when none */
        } pair;
        uint32_t acked;           /* FED_DO_ACKED: how many */
        enum fed_verdict verdict; /* FED_DO_RESULT */
        struct {                  /* FED_DO_CLOSE */
            enum fed_close reason;
            const char
                *detail; /* what was seen, in words, escaped; "" when the reason says it all */
            bool is_lingering; /* false: close at once, nothing is sent */
        } close;
    } u;
};

#endif
