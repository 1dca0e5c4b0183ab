/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The component side of a component stream (XEP-0114, 3; spec-digest f): gatepost connects to the
 * server inside as a partner's domain. A machine like stream_in and stream_out: events in, requests
 * out, no socket, no clock.
 */
#ifndef GP_FED_COMPONENT_CLIENT_H
#define GP_FED_COMPONENT_CLIENT_H

#include "federation/stream.h"

struct fed_component_client;

struct fed_component_client_setup {
    const struct fed_settings *settings; /* borrowed, outlives the stream */
    const struct gp_secret *secret;      /* copied */
    struct dns_domain domain;            /* of the component: a partner's */
    struct dns_domain home;              /* of the server: what is asked for confirmations */
    void (*make_id)(void *arg, char id[GP_RND_ID_MAX]);
    void *arg;
};

/* NULL when there is no memory. Our header is in the output at once. */
struct fed_component_client *
fed_component_client_create(const struct fed_component_client_setup *setup,
                            const struct fed_now *now);
void fed_component_client_destroy(struct fed_component_client *client);

/* Events, as in stream_in.h. */
void fed_component_client_bytes(struct fed_component_client *client, const struct fed_now *now,
                                struct gp_span bytes);
void fed_component_client_peer_closed(struct fed_component_client *client,
                                      const struct fed_now *now, bool was_clean,
                                      const char *detail);
void fed_component_client_deadline(struct fed_component_client *client, const struct fed_now *now);
void fed_component_client_stop(struct fed_component_client *client, const struct fed_now *now,
                               enum fed_close reason);
/* Never ends the stream: its owner knows which partners there still are. */
bool fed_component_client_set_settings(struct fed_component_client *client,
                                       const struct fed_now *now,
                                       const struct fed_settings *settings);

/*
 * Asks the server, behind all that is in the output, for a sign that it has taken it in: XEP-0114
 * knows no acknowledgement, but a server handles a stream in order and answers every request, so
 * the answer to a ping (XEP-0199), whatever it says, is one. False: the last question is not
 * answered yet. Only on an open stream; without an answer in stall_ms it ends.
 */
bool fed_component_client_ask(struct fed_component_client *client, const struct fed_now *now);

/*
 * Requests: FED_DO_OPEN (pair.partner is the domain), FED_DO_STANZA, FED_DO_CONFIRMED,
 * FED_DO_CLOSE. A stanza's "to" is known to be of that domain; one with unusable addresses is
 * answered here.
 */
void fed_component_client_next(struct fed_component_client *client, const struct fed_now *now,
                               struct fed_request *ret);

/* Whether stanzas may be added to the output: after FED_DO_OPEN, and not behind our closing tag. */
bool fed_component_client_is_open(const struct fed_component_client *client);

/* Bytes to send, when to call fed_component_client_deadline(), and whether input is welcome now. */
struct gp_buf *fed_component_client_output(struct fed_component_client *client);
int64_t fed_component_client_deadline_ms(const struct fed_component_client *client);
bool fed_component_client_wants_bytes(const struct fed_component_client *client);

/* xml:lang of the server's stream, or NULL. */
const char *fed_component_client_lang(const struct fed_component_client *client);

#endif
