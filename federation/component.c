/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   HEADER --header--> HANDSHAKE --right digest--> OPEN
 *   any --error, deadline, stop--> CLOSING --peer's closing tag or deadline--> CLOSED
 *
 * XEP-0114, 3; the rules of spec-digest f.1 and f.2. There are no features, no TLS, no SASL and no
 * version here: the link is trusted because it stays on the machine and because of the secret.
 */
#include "federation/component.h"

#include "base/digest.h"
#include "base/text.h"
#include "federation/ns.h"
#include "federation/tree.h"
#include "federation/xml_out.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_COMPONENT_TREE_MAX 65536
#define FED_COMPONENT_OUTPUT_MAX \
    (64u * 1024 * 1024) /* the session's send_bytes stops long before */

enum state {
    STATE_HEADER,
    STATE_HANDSHAKE,
    STATE_OPEN,
    STATE_CLOSING,
    STATE_CLOSED,
    STATE_COUNT
};

struct fed_component {
    struct fed_component_setup setup;
    enum state state;
    int64_t deadline_ms; /* INT64_MAX in STATE_OPEN: a component may be silent for ever */
    struct fed_xml *xml;
    struct gp_buf output;
    char id[GP_RND_ID_MAX];
    struct dns_domain domain;
    bool has_announced; /* FED_DO_OPEN was given */
    bool has_opened;    /* our header is out */
    bool peer_is_gone;  /* nothing that is sent now will be read */
    enum fed_close reason;
    char detail[FED_DETAIL_MAX];
    struct fed_stanza stanza; /* of the last FED_DO_STANZA */
};

struct fed_component *fed_component_create(const struct fed_component_setup *setup,
                                           const struct fed_now *now)
{
    struct fed_component *component = calloc(1, sizeof(*component));
    if (!component)
        return NULL;
    component->setup = *setup;
    component->deadline_ms = now->mono_ms + setup->settings->limits.header_ms;
    gp_buf_init(&component->output, FED_COMPONENT_OUTPUT_MAX);
    component->xml = fed_xml_create(&setup->settings->limits, true);
    if (!component->xml) {
        fed_component_destroy(component);
        return NULL;
    }
    return component;
}

void fed_component_destroy(struct fed_component *component)
{
    if (!component)
        return;
    fed_xml_destroy(component->xml);
    gp_buf_finish(&component->output);
    free(component);
}

static void open_stream(struct fed_component *component, const char *from)
{
    const struct fed_opening opening = {
        .content_ns = FED_NS_COMPONENT, .from = from, .id = component->id};
    component->setup.make_id(component->setup.arg, component->id);
    fed_put_opening(&component->output, &opening);
    component->has_opened = true;
}

/* Ends the stream from our side. The condition comes from the reason's row; the peer's closing tag
 * is awaited. */
static void close_stream(struct fed_component *component, const struct fed_now *now,
                         enum fed_close reason, const char *detail)
{
    const char *condition = fed_close_condition(reason);
    if (component->state >= STATE_CLOSING)
        return;
    component->reason = reason;
    snprintf(component->detail, sizeof(component->detail), "%s", detail);
    if (!component->has_opened) /* an error needs a stream to stand in (RFC 6120, 4.9.1.2) */
        open_stream(component, NULL);
    if (condition[0])
        fed_put_stream_error(&component->output, condition, detail[0] ? detail : NULL, NULL, NULL);
    fed_put_closing(&component->output);
    component->state = STATE_CLOSING;
    /* an error is final; after a plain closing tag the peer gets a moment to finish its own stream
     * (RFC 6120, 4.4) */
    component->deadline_ms =
        condition[0] ? now->mono_ms : now->mono_ms + component->setup.settings->limits.close_ms;
}

static void take_header(struct fed_component *component, const struct fed_now *now)
{
    const struct fed_xml_header *header = fed_xml_header(component->xml);
    struct gp_err err = {0};
    struct dns_domain domain;
    char safe[GP_TEXT_SAFE_MAX], detail[FED_DETAIL_MAX];
    if (!header->ns || strcmp(header->ns, FED_NS_STREAM) != 0 ||
        strcmp(header->local, "stream") != 0 || !header->content_ns ||
        strcmp(header->content_ns, FED_NS_COMPONENT) != 0) {
        close_stream(component, now, FED_CLOSE_NAMESPACE,
                     "a component stream is in the namespace " FED_NS_COMPONENT);
        return;
    }
    if (!header->to || dns_domain_from_text(gp_span_text(header->to), &domain, &err) != GP_OK) {
        close_stream(component, now, FED_CLOSE_HOST_UNKNOWN,
                     header->to ? err.text : "the stream header has no \"to\"");
        return;
    }
    gp_text_safe(gp_span_text(domain.ascii), safe);
    switch (component->setup.claim(component->setup.arg, &domain)) {
    case FED_CLAIM_FREE:
        break;
    case FED_CLAIM_UNKNOWN:
        snprintf(detail, sizeof(detail), "%.200s is not a domain of this inside link", safe);
        close_stream(component, now, FED_CLOSE_HOST_UNKNOWN, detail);
        return;
    case FED_CLAIM_TAKEN:
        snprintf(detail, sizeof(detail), "%.200s is served by another stream already", safe);
        close_stream(component, now, FED_CLOSE_CONFLICT, detail);
        return;
    }
    component->domain = domain;
    open_stream(component, header->to);
    component->state = STATE_HANDSHAKE;
    component->deadline_ms = now->mono_ms + component->setup.settings->limits.header_ms;
}

/* Lower-case hex of SHA-1 over stream id and secret, joined (XEP-0114, 3); compared without regard
 * to case (f.1). */
static bool is_right_digest(const struct fed_component *component, const char *text)
{
    const struct gp_secret *secret = component->setup.secret;
    uint8_t input[GP_RND_ID_MAX + GP_SECRET_MAX], digest[GP_DIGEST_MAX];
    char expected[GP_DIGEST_HEX_MAX], given[41];
    size_t id_len = strlen(component->id), len = 0;
    memcpy(input, component->id, id_len);
    memcpy(input + id_len, secret->bytes, secret->len);
    gp_digest(GP_SHA1, input, id_len + secret->len, digest);
    gp_digest_hex(digest, 20, expected);
    explicit_bzero(input, sizeof(input));
    while (strchr(" \t\r\n", *text) && *text)
        text++;
    for (; len < 40 && text[len]; len++)
        given[len] = gp_text_lower(text[len]);
    return text[len + strspn(text + len, " \t\r\n")] == '\0' &&
           gp_secret_equal(given, len, expected, 40);
}

static void take_handshake(struct fed_component *component, const struct fed_now *now)
{
    struct gp_arena arena;
    struct fed_node *node = NULL;
    gp_arena_init(&arena, FED_COMPONENT_TREE_MAX);
    bool is_handshake = fed_tree_parse(component->xml, &arena, &node) == GP_OK &&
                        fed_node_is(node, FED_NS_COMPONENT, "handshake");
    bool is_right = is_handshake && is_right_digest(component, node->text);
    gp_arena_finish(&arena);
    if (is_right && component->setup.claim(component->setup.arg, &component->domain) !=
                        FED_CLAIM_FREE) { /* another one was quicker */
        close_stream(component, now, FED_CLOSE_CONFLICT, "the domain is served by another stream");
        return;
    }
    if (!is_right) {
        close_stream(component, now, FED_CLOSE_HANDSHAKE,
                     is_handshake ? "the handshake does not fit the secret"
                                  : "the handshake was expected");
        return;
    }
    gp_buf_append_text(&component->output, "<handshake/>");
    component->state = STATE_OPEN;
    component->deadline_ms = INT64_MAX;
}

/* A stanza that cannot be sent anywhere is answered on the spot (e.1: the sending service polices
 * its addresses). */
static void refuse_to(struct fed_component *component, enum fed_stanza_fault fault)
{
    const struct fed_xml_element *element = fed_xml_element(component->xml);
    const struct fed_stanza *stanza = &component->stanza;
    const struct fed_stanza_error error = {
        .type = "modify",
        .condition = fault == FED_STANZA_BAD_TO ? "jid-malformed" : "bad-request",
        .text = fault == FED_STANZA_BAD_TO ? "the domain in \"to\" is not one"
                                           : "a stanza of a component needs \"to\" and \"from\"",
    };
    if (fed_stanza_may_bounce(stanza->kind, stanza->type))
        fed_stanza_put_error(&component->output, stanza->kind, element->from, element->to,
                             element->id, &error);
}

/* Whether a stanza is ready for the owner. */
static bool take_element(struct fed_component *component, const struct fed_now *now)
{
    const struct fed_xml_element *element = fed_xml_element(component->xml);
    enum fed_stanza_fault fault = fed_stanza_read(element, &component->stanza);
    switch (fault) {
    case FED_STANZA_OTHER_ELEMENT:
        close_stream(component, now, FED_CLOSE_UNKNOWN_STANZA, "");
        return false;
    case FED_STANZA_BAD_FROM:
        close_stream(component, now, FED_CLOSE_INVALID_FROM, "\"from\" is not a JID");
        return false;
    case FED_STANZA_NO_ADDRESS:
        if (!element->from.at || element->from.len == 0) {
            close_stream(component, now, FED_CLOSE_INVALID_FROM, "a stanza has no \"from\"");
            return false;
        }
        refuse_to(component, fault);
        return false;
    case FED_STANZA_BAD_TO:
    case FED_STANZA_OK:
        break;
    }
    if (!dns_domain_equal(&component->stanza.from, &component->domain)) {
        char detail[FED_DETAIL_MAX];
        snprintf(detail, sizeof(detail), "a stanza from %.120s on the stream of %.100s",
                 component->stanza.from.ascii, component->domain.ascii);
        close_stream(component, now, FED_CLOSE_INVALID_FROM, detail);
        return false;
    }
    if (fault == FED_STANZA_BAD_TO) {
        refuse_to(component, fault);
        return false;
    }
    return true;
}

static void take_fault(struct fed_component *component, const struct fed_now *now)
{
    close_stream(component, now, fed_close_of_fault(fed_xml_fault(component->xml)),
                 fed_xml_fault_text(component->xml));
}

static void finish(struct fed_component *component, struct fed_request *ret)
{
    component->state = STATE_CLOSED;
    component->deadline_ms = INT64_MAX;
    ret->what = FED_DO_CLOSE;
    ret->u.close.reason = component->reason;
    ret->u.close.detail = component->detail;
    ret->u.close.is_lingering = !component->peer_is_gone;
}

/* The peer's closing tag: ours follows, unless it went first (RFC 6120, 4.4). */
static void take_closing_tag(struct fed_component *component, const struct fed_now *now)
{
    if (component->state < STATE_CLOSING)
        close_stream(component, now, FED_CLOSE_PEER, "");
    component->deadline_ms = now->mono_ms;
}

void fed_component_next(struct fed_component *component, const struct fed_now *now,
                        struct fed_request *ret)
{
    for (;;) {
        *ret = (struct fed_request){.what = FED_DO_WAIT};
        if (component->state == STATE_CLOSED)
            return;
        if (component->state == STATE_OPEN && !component->has_announced) {
            component->has_announced = true;
            ret->what = FED_DO_OPEN;
            ret->u.pair.home = component->domain;
            ret->u.pair.detail = "";
            return;
        }
        if (component->state == STATE_CLOSING && now->mono_ms >= component->deadline_ms) {
            finish(component, ret);
            return;
        }
        switch (fed_xml_next(component->xml)) {
        case FED_XML_WAIT:
            return;
        case FED_XML_HEADER:
            if (component->state == STATE_HEADER)
                take_header(component, now);
            break;
        case FED_XML_ELEMENT:
            if (component->state == STATE_HANDSHAKE) {
                take_handshake(component, now);
            } else if (component->has_announced && take_element(component, now)) {
                ret->what = FED_DO_STANZA;
                ret->u.stanza = &component->stanza;
                return;
            }
            break;
        case FED_XML_CLOSED:
            take_closing_tag(component, now);
            break;
        case FED_XML_FAILED:
            take_fault(component, now);
            if (component->state == STATE_CLOSING)
                component->deadline_ms = now->mono_ms;
            break;
        }
    }
}

void fed_component_bytes(struct fed_component *component, const struct fed_now *now,
                         struct gp_span bytes)
{
    (void)now;
    if (component->state != STATE_CLOSED)
        fed_xml_feed(component->xml, bytes);
}

void fed_component_peer_closed(struct fed_component *component, const struct fed_now *now,
                               bool was_clean, const char *detail)
{
    (void)was_clean;
    component->peer_is_gone = true;
    if (component->state < STATE_CLOSING) {
        component->state = STATE_CLOSING;
        component->reason = FED_CLOSE_LOST;
        snprintf(component->detail, sizeof(component->detail), "%s", detail);
    }
    component->deadline_ms = now->mono_ms;
}

void fed_component_deadline(struct fed_component *component, const struct fed_now *now)
{
    if (component->state < STATE_CLOSING)
        close_stream(component, now, FED_CLOSE_SETUP_TIMEOUT, "no handshake came");
    component->deadline_ms = now->mono_ms;
}

void fed_component_stop(struct fed_component *component, const struct fed_now *now,
                        enum fed_close reason)
{
    close_stream(component, now, reason, "");
}

struct gp_buf *fed_component_output(struct fed_component *component)
{
    return &component->output;
}

int64_t fed_component_deadline_ms(const struct fed_component *component)
{
    return component->deadline_ms;
}

bool fed_component_wants_bytes(const struct fed_component *component)
{
    return component->state != STATE_CLOSED && !component->peer_is_gone;
}

void fed_component_send(struct fed_component *component, struct gp_span stanza)
{
    gp_buf_append_span(&component->output, stanza);
}

const struct dns_domain *fed_component_domain(const struct fed_component *component)
{
    return &component->domain;
}

const char *fed_component_lang(const struct fed_component *component)
{
    return fed_xml_header(component->xml)->lang;
}
