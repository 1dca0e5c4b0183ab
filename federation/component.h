/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server side of a component stream (XEP-0114, 3; spec-digest f): a service inside connects as
 * one of the home domains. A machine like stream_in and stream_out: events in, requests out, no
 * socket, no clock.
 */
#ifndef GP_FED_COMPONENT_H
#define GP_FED_COMPONENT_H

#include "base/digest.h"
#include "federation/stream.h"

struct fed_component;

#define FED_COMPONENT_ID_MAX 1024 /* of a stream id, with its zero byte */

/* What a component shows to prove that it knows the secret: lower-case hex of SHA-1 over stream id
 * and secret, joined (XEP-0114, 3). id is shorter than FED_COMPONENT_ID_MAX. */
void fed_component_digest(const char *id, const struct gp_secret *secret,
                          char hex[GP_DIGEST_HEX_MAX]);

/* What a component asked for as its domain is good for. */
enum fed_component_claim {
    FED_CLAIM_FREE,
    FED_CLAIM_UNKNOWN, /* not a home domain of this inside link: host-unknown */
    FED_CLAIM_TAKEN    /* another stream serves it: conflict */
};

struct fed_component_setup {
    const struct fed_settings *settings; /* borrowed, outlives the stream */
    const struct gp_secret *secret;      /* copied */
    void (*make_id)(void *arg, char id[GP_RND_ID_MAX]);
    enum fed_component_claim (*claim)(void *arg, const struct dns_domain *domain);
    void *arg; /* for both */
};

/* NULL when there is no memory. */
struct fed_component *fed_component_create(const struct fed_component_setup *setup,
                                           const struct fed_now *now);
void fed_component_destroy(struct fed_component *component);

/* Events, as in stream_in.h. */
void fed_component_bytes(struct fed_component *component, const struct fed_now *now,
                         struct gp_span bytes);
void fed_component_peer_closed(struct fed_component *component, const struct fed_now *now,
                               bool was_clean, const char *detail);
void fed_component_deadline(struct fed_component *component, const struct fed_now *now);
void fed_component_stop(struct fed_component *component, const struct fed_now *now,
                        enum fed_close reason);
/* Never ends the stream: its owner knows which domains the link still has. */
bool fed_component_set_settings(struct fed_component *component, const struct fed_now *now,
                                const struct fed_settings *settings);

/*
 * Requests: FED_DO_OPEN (pair.home is the domain), FED_DO_STANZA, FED_DO_CLOSE. A stanza's from is
 * already known to be of that domain; a stanza without a usable "to" is answered here.
 */
void fed_component_next(struct fed_component *component, const struct fed_now *now,
                        struct fed_request *ret);

/* Whether stanzas may be added to the output: after FED_DO_OPEN, and not behind our closing tag. */
bool fed_component_is_open(const struct fed_component *component);

/* Bytes to send, to which the owner adds its stanzas; when to call
 * fed_component_deadline(), INT64_MAX: never; and whether input is welcome now. */
struct gp_buf *fed_component_output(struct fed_component *component);
int64_t fed_component_deadline_ms(const struct fed_component *component);
bool fed_component_wants_bytes(const struct fed_component *component);

/* xml:lang of the component's stream, or NULL. */
const char *fed_component_lang(const struct fed_component *component);

#endif
