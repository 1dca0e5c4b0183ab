/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving entity's side of a stream (spec-digest b.2, b.4 roles RECV and AUTH, b.5). */
#ifndef GP_FED_STREAM_IN_H
#define GP_FED_STREAM_IN_H

#include "federation/stream.h"

struct fed_in;

/*
 * Decides whether a token in a stream header's id names a probe that was announced (design, section
 * 10). ret_stand_in is set to the made-up domain that it may come as, if there is one.
 */
typedef bool fed_probe_fn(void *arg, const char *token, struct dns_domain *ret_stand_in);

/*
 * Takes a place among the connections that the partner may have; false when there is none left.
 * Asked once for a stream, when the partner of its first pair is proved.
 */
typedef bool fed_place_fn(void *arg, const struct dns_domain *partner);

struct fed_in_setup {
    const struct fed_settings *settings; /* borrowed, outlives the stream */
    bool is_direct_tls; /* accepted on a direct-TLS port: the handshake comes first */
    /* Writes a fresh stream id: 32 hex digits (gp_rnd_id in the gateway, repeatable in tests). */
    void (*make_id)(void *arg, char id[GP_RND_ID_MAX]);
    fed_probe_fn *is_probe;   /* NULL: there are no probes */
    fed_place_fn *take_place; /* NULL: nobody counts */
    void *arg;                /* for all of them */
};

/* NULL when there is no memory. The clock of the setup deadline starts at now. */
struct fed_in *fed_in_create(const struct fed_in_setup *setup, const struct fed_now *now);
void fed_in_destroy(struct fed_in *in);

/* Events. */
void fed_in_bytes(struct fed_in *in, const struct fed_now *now, struct gp_span bytes);
void fed_in_tls_done(struct fed_in *in, const struct fed_now *now,
                     struct fed_tls_facts *facts); /* takes facts */
void fed_in_tls_failed(struct fed_in *in, const struct fed_now *now, const char *detail);
void fed_in_verified(struct fed_in *in, const struct fed_now *now, unsigned number,
                     enum fed_verdict verdict);
void fed_in_looked_up(struct fed_in *in, const struct fed_now *now, unsigned number,
                      const struct fed_evidence *evidence);
void fed_in_peer_closed(struct fed_in *in, const struct fed_now *now, bool was_clean,
                        const char *detail); /* the connection ended under the stream */
void fed_in_deadline(struct fed_in *in,
                     const struct fed_now *now); /* fed_in_deadline_ms() has come */
void fed_in_stop(struct fed_in *in, const struct fed_now *now, enum fed_close reason);

/*
 * A reload: these settings hold from here on. Those before are still there during the call and may
 * be freed after it. The stream ends if they say so of one of its pairs (fed_close_of_settings();
 * true when it begins to); else it goes on as if nothing had happened, its parser under the limits
 * that it began with.
 */
bool fed_in_set_settings(struct fed_in *in, const struct fed_now *now,
                         const struct fed_settings *settings);

/* Requests; see stream.h. */
void fed_in_next(struct fed_in *in, const struct fed_now *now, struct fed_request *ret);

/* Bytes to send; the runner consumes them. */
struct gp_buf *fed_in_output(struct fed_in *in);

/* Monotonic time of the next deadline. There is always one. */
int64_t fed_in_deadline_ms(const struct fed_in *in);

/* Whether more input is welcome: false while an element is being judged elsewhere or the stream has
 * ended. */
bool fed_in_wants_bytes(const struct fed_in *in);

/*
 * On a stream that goes both ways (XEP-0288): whether it carries our stanzas of the pair; puts one
 * into the output, as fed_out_send() does, and the rest as their namesakes in stream_out.h.
 */
bool fed_in_carries(const struct fed_in *in, const struct dns_domain *home,
                    const struct dns_domain *partner);
GP_MUST_USE bool fed_in_send(struct fed_in *in, const struct fed_now *now, struct gp_span stanza);
bool fed_in_has_acks(const struct fed_in *in);
size_t fed_in_max_bytes(const struct fed_in *in);

/* Facts for log, status and check. */
const char *fed_in_state_text(const struct fed_in *in);
const struct fed_tls_facts *fed_in_tls(const struct fed_in *in); /* NULL before TLS */

/* The home domain that the peer's last stream header asked for; NULL before a good one. */
const struct dns_domain *fed_in_home(const struct fed_in *in);

/* The domain that the peer's last stream header spoke for; not set when it named none. */
const struct dns_domain *fed_in_partner(const struct fed_in *in);

/* xml:lang of the peer's stream; NULL when it said none. */
const char *fed_in_lang(const struct fed_in *in);

/* The token that was seen on a secured header; NULL when none was. */
const char *fed_in_probe(const struct fed_in *in);

size_t fed_in_pair_count(const struct fed_in *in); /* valid pairs */

/* Somebody listens to what the peer says, or nobody any more (fn is NULL). */
void fed_in_listen(struct fed_in *in, fed_ear_fn *fn, void *arg);

#endif
