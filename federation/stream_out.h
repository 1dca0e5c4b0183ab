/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiating entity's side of a stream (spec-digest b.3, b.4 role INIT). */
#ifndef GP_FED_STREAM_OUT_H
#define GP_FED_STREAM_OUT_H

#include "base/text.h"
#include "federation/stream.h"

struct fed_out;

/* What the stream is for. */
enum fed_out_purpose {
    FED_OUT_RELAY,   /* stanzas of one pair */
    FED_OUT_VERIFY,  /* one db:verify question (b.4 RECV, outbound half), then close */
    FED_OUT_PROBE,   /* authenticate by EXTERNAL, then FED_DO_OPEN and close: for `check` */
    FED_OUT_LOOK,    /* the same, whatever the peer's certificate says: somebody else judges it */
    FED_OUT_REHEARSE /* the same by dialback instead of EXTERNAL */
};

struct fed_out_setup {
    const struct fed_settings *settings; /* borrowed, outlives the stream */
    enum fed_out_purpose purpose;
    struct dns_domain home, partner; /* from and to of the stream */
    /* Borrowed; what was decided about the partner: out of the settings, or the owner's own. */
    const struct fed_partner *policy;
    const struct dns_endpoint
        *endpoint;     /* copied in part; where the connection leads and what DNS says of it */
    const char *token; /* of a probe, look or question: goes into the id of the secured stream
                          header, which a receiving entity ignores (RFC 6120, 4.7.3), so that our
                          own endpoint knows the probe; NULL: none */
    /* FED_OUT_VERIFY: the question, as fed_request.u.verify has it. */
    const char *verify_id, *verify_key;
    /* FED_OUT_VERIFY: the certificate on the stream that the key came on; NULL: none was shown. A
     * server that shows the same one needs no question (XEP-0344, 2.6). */
    const struct fed_cert *verify_cert;
    bool is_one_way; /* never asks for a stream that goes both ways */
    /* Of a probe: a stanza that it says before it ends, once it is logged in; NULL: none. */
    const char *last_word;
};

/* The connection to the endpoint is up. Copies strings and domains. NULL when there is no memory.
 */
struct fed_out *fed_out_create(const struct fed_out_setup *setup, const struct fed_now *now);
void fed_out_destroy(struct fed_out *out);

/* Events. */
void fed_out_bytes(struct fed_out *out, const struct fed_now *now, struct gp_span bytes);
void fed_out_tls_done(struct fed_out *out, const struct fed_now *now,
                      struct fed_tls_facts *facts); /* takes facts */
void fed_out_tls_failed(struct fed_out *out, const struct fed_now *now, const char *detail);
/* What FED_DO_POSH has brought. */
void fed_out_looked_up(struct fed_out *out, const struct fed_now *now,
                       const struct fed_evidence *evidence);
void fed_out_peer_closed(struct fed_out *out, const struct fed_now *now, bool was_clean,
                         const char *detail);
void fed_out_deadline(struct fed_out *out, const struct fed_now *now);
void fed_out_stop(struct fed_out *out, const struct fed_now *now, enum fed_close reason);

/* As fed_in_set_settings(). A policy out of the settings before is looked up anew; one that is the
 * owner's stays. */
bool fed_out_set_settings(struct fed_out *out, const struct fed_now *now,
                          const struct fed_settings *settings);

/* Requests; see stream.h. FED_DO_OPEN: stanzas may be appended to the output from now on. */
void fed_out_next(struct fed_out *out, const struct fed_now *now, struct fed_request *ret);

struct gp_buf *fed_out_output(struct fed_out *out);
int64_t fed_out_deadline_ms(const struct fed_out *out);
bool fed_out_wants_bytes(const struct fed_out *out); /* as fed_in_wants_bytes() */

/*
 * Puts a stanza's bytes (as fed_stanza_forward() made them) into the output; only after
 * FED_DO_OPEN. Restarts the idle clock. False when the stream has begun to end: the stanza was not
 * taken.
 */
GP_MUST_USE bool fed_out_send(struct fed_out *out, const struct fed_now *now,
                              struct gp_span stanza);

/* Whether the peer may send stanzas on this stream (FED_DO_STANZA), and xml:lang of its stream;
 * NULL when it said none. */
bool fed_out_is_bidi(const struct fed_out *out);
const char *fed_out_lang(const struct fed_out *out);

/* Whether the peer acknowledges our stanzas (FED_DO_ACKED). Until it does they may be lost with the
 * stream. */
bool fed_out_has_acks(const struct fed_out *out);

/* Asks for acknowledgements without delay from now on; the runner is about to stop. */
void fed_out_hurry(struct fed_out *out);

/* Asks for no stream that goes both ways from now on; one that was asked for stays what it is. */
void fed_out_keep_one_way(struct fed_out *out);

/* The longest stanza that the peer takes; SIZE_MAX when it did not say (XEP-0478). */
size_t fed_out_max_bytes(const struct fed_out *out);

/* Where the peer sends us, as it stands in its see-other-host: after FED_CLOSE_MOVED. */
const char *fed_out_other_host(const struct fed_out *out);

/* Facts for log, status and check. */
const char *fed_out_state_text(const struct fed_out *out);
const struct fed_tls_facts *fed_out_tls(const struct fed_out *out);

/* Hands the same over, once the stream has ended; the caller's to destroy. */
struct fed_tls_facts *fed_out_take_tls(struct fed_out *out);

/* The domain that the stream goes to. */
const struct dns_domain *fed_out_partner(const struct fed_out *out);

/* What the peer's last stream header said, in clear or inside TLS; for `check`. */
struct fed_hello {
    bool is_seen, has_id, has_version;
    char from[GP_TEXT_SAFE_MAX]; /* escaped; "" when it named nobody */
};
const struct fed_hello *fed_out_hello(const struct fed_out *out, bool is_inside_tls);

/* What the peer's features offered after TLS; for `check`. */
struct fed_offer {
    bool is_known;                    /* there were features since the connection or TLS began */
    bool starttls, starttls_required; /* before TLS */
    bool external, dialback, dialback_errors, bidi, sm, limits;
};
const struct fed_offer *fed_out_offer(const struct fed_out *out);

/* Somebody listens to what the peer says, or nobody any more (fn is NULL). */
void fed_out_listen(struct fed_out *out, fed_ear_fn *fn, void *arg);

#endif
