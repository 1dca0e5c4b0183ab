/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message, presence and iq as the gateway handles them: judged by a few attributes of the start
 * tag, forwarded as bytes (spec-digest e).
 */
#ifndef GP_FED_STANZA_H
#define GP_FED_STANZA_H

#include "federation/xml_in.h"

enum fed_stanza_kind {
    FED_MESSAGE,
    FED_PRESENCE,
    FED_IQ
};

enum fed_stanza_type {
    FED_TYPE_NONE, /* no type attribute */
    FED_TYPE_ERROR,
    FED_TYPE_GET,
    FED_TYPE_SET,
    FED_TYPE_RESULT,
    FED_TYPE_UNAVAILABLE,
    FED_TYPE_PROBE,
    FED_TYPE_SUBSCRIBE,
    FED_TYPE_SUBSCRIBED,
    FED_TYPE_UNSUBSCRIBE,
    FED_TYPE_UNSUBSCRIBED,
    FED_TYPE_CHAT,
    FED_TYPE_NORMAL,
    FED_TYPE_GROUPCHAT,
    FED_TYPE_HEADLINE,
    FED_TYPE_OTHER
};

/* A view of the element that an xml_in returned; valid as long as that is. */
struct fed_stanza {
    enum fed_stanza_kind kind;
    enum fed_stanza_type type;
    const struct fed_xml_element *element;
    struct dns_domain from, to; /* domains of the JIDs, normalised */
};

/* What is wrong with a first-level element as a stanza. */
enum fed_stanza_fault {
    FED_STANZA_OK,
    FED_STANZA_OTHER_ELEMENT, /* not message, presence or iq in the content namespace */
    FED_STANZA_NO_ADDRESS,    /* from or to is missing or empty */
    FED_STANZA_BAD_FROM,      /* from is no JID */
    FED_STANZA_BAD_TO         /* to is no JID */
};

/* In words; only of a stanza. */
const char *fed_stanza_fault_text(enum fed_stanza_fault fault);

/* Whether it is a message, presence or iq at all. */
bool fed_stanza_is(const struct fed_xml_element *element);

/* Reads the start tag (e.1). With FED_STANZA_BAD_TO kind, type and from are set all the same. */
enum fed_stanza_fault fed_stanza_read(const struct fed_xml_element *element,
                                      struct fed_stanza *ret);

/*
 * Whether a server on the way may not refuse it for its form: an iq that asks has a type, an id and
 * exactly one child element (RFC 6120, 8.2.3). Of what nobody may answer nothing is asked.
 */
bool fed_stanza_is_sound(const struct fed_stanza *stanza);

/*
 * Appends the stanza as it goes to another stream (e.2): the same bytes, without a declaration of
 * the content namespace, so that it takes on that of the stream it is put on; with the declarations
 * it needs from its own stream's header; with stream_lang (NULL: none) as xml:lang when it has none
 * of its own.
 */
void fed_stanza_forward(const struct fed_stanza *stanza, const char *stream_lang,
                        struct gp_buf *out);

/* An error that answers a stanza (RFC 6120, 8.3). */
struct fed_stanza_error {
    const char *type;      /* "cancel", "wait", "modify", "auth" */
    const char *condition; /* "remote-server-timeout", ... in urn:ietf:params:xml:ns:xmpp-stanzas */
    const char *text;      /* in words, or NULL */
    const char *by;        /* who made it, or NULL */
};

/*
 * Whether this stanza may be answered with an error (e.4): never an error, never an iq result, not
 * presence that nobody waits for.
 */
bool fed_stanza_may_bounce(enum fed_stanza_kind kind, enum fed_stanza_type type);

/*
 * Appends the error stanza: same kind and id, addresses swapped; nothing of the original is echoed.
 * from, to, id are the original's; id.at may be NULL.
 */
void fed_stanza_put_error(struct gp_buf *out, enum fed_stanza_kind kind, struct gp_span from,
                          struct gp_span to, struct gp_span id,
                          const struct fed_stanza_error *error);

const char *fed_stanza_kind_text(enum fed_stanza_kind kind);

#endif
