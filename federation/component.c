/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   HEADER --header--> HANDSHAKE --right digest--> OPEN --stop without an error--> CLOSING
 *
 *   any state --fault, stream error, lost connection, deadline, peer's closing tag--> (ended)
 *
 * XEP-0114, 3; the rules of spec-digest f.1 and f.2. There are no features, no TLS, no SASL and no
 * version here: the link is trusted because it stays on the machine and because of the secret.
 */
#include "federation/component.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/stream_core.h"
#include "federation/xml_out.h"

#include <stdio.h>
#include <stdlib.h>

enum state {
    STATE_HEADER,
    STATE_HANDSHAKE,
    STATE_OPEN,
    STATE_CLOSING,
    STATE_COUNT
};

struct fed_component {
    struct fed_component_setup setup;
    struct gp_secret secret;
    enum state state;
    struct fed_core core;
    char stream_id[GP_RND_ID_MAX];
    struct dns_domain domain;
    bool has_news;            /* FED_DO_OPEN is due */
    struct fed_stanza stanza; /* of the last FED_DO_STANZA */
};

static const struct fed_state_row rows[STATE_COUNT] = {
    [STATE_HEADER] =
        FED_STATE_ROW("waiting for a stream header", header_ms, FED_CLOSE_HEADER_TIMEOUT),
    [STATE_HANDSHAKE] =
        FED_STATE_ROW("waiting for the handshake", header_ms, FED_CLOSE_SETUP_TIMEOUT),
    [STATE_OPEN] = FED_STATE_ROW("open", idle_ms, FED_CLOSE_IDLE),
    [STATE_CLOSING] = FED_STATE_ROW("closing", close_ms, FED_CLOSE_DONE),
};

static void go(struct fed_component *component, const struct fed_now *now, enum state next)
{
    component->state = next;
    fed_core_arm(&component->core, now, &rows[next]);
    if (next == STATE_OPEN)
        component->core.until_ms = INT64_MAX; /* a component may be silent for ever */
}

static void put_header(struct fed_component *component, const char *from)
{
    const struct fed_opening opening = {
        .content_ns = FED_NS_COMPONENT, .from = from, .id = component->stream_id};
    component->setup.make_id(component->setup.arg, component->stream_id);
    fed_put_opening(&component->core.output, &opening);
    component->core.has_opened = true;
}

/* Endings */

static void finish(struct fed_component *component)
{
    struct fed_core *core = &component->core;
    if (core->has_ended)
        return;
    if (!core->has_opened && !core->is_lost) /* an error stands in a stream (RFC 6120, 4.9.1.2) */
        put_header(component, NULL);
    fed_core_put_end(core);
    fed_core_end(core, true);
}

static void fail(struct fed_component *component, enum fed_close reason, const char *detail)
{
    fed_core_reason(&component->core, reason, detail);
    finish(component);
}

/* Reading: each of these returns whether ret holds a request. */

static bool take_header(struct fed_component *component, const struct fed_now *now)
{
    const struct fed_xml_header *header = fed_xml_header(component->core.xml);
    struct gp_err err = {0};
    struct dns_domain domain;
    char detail[FED_DETAIL_MAX];
    if (strcmp(header->ns, FED_NS_STREAM) != 0 || strcmp(header->local, "stream") != 0 ||
        !header->content_ns || strcmp(header->content_ns, FED_NS_COMPONENT) != 0) {
        fail(component, FED_CLOSE_NAMESPACE,
             "a component stream is in the namespace " FED_NS_COMPONENT);
        return false;
    }
    if (!header->to || dns_domain_from_text(gp_span_text(header->to), &domain, &err) != GP_OK) {
        fail(component, FED_CLOSE_HOST_UNKNOWN,
             header->to ? err.text : "the stream header has no \"to\"");
        return false;
    }
    switch (component->setup.claim(component->setup.arg, &domain)) {
    case FED_CLAIM_FREE:
        break;
    case FED_CLAIM_UNKNOWN:
        snprintf(detail, sizeof(detail), "%s is not a domain of this inside link", domain.ascii);
        fail(component, FED_CLOSE_HOST_UNKNOWN, detail);
        return false;
    case FED_CLAIM_TAKEN:
        fail(component, FED_CLOSE_CONFLICT, domain.ascii);
        return false;
    }
    component->domain = domain;
    put_header(component, header->to);
    go(component, now, STATE_HANDSHAKE);
    return false;
}

void fed_component_digest(const char *id, const struct gp_secret *secret,
                          char hex[GP_DIGEST_HEX_MAX])
{
    uint8_t input[FED_COMPONENT_ID_MAX + GP_SECRET_MAX], digest[GP_DIGEST_MAX];
    size_t id_len = strlen(id);
    GP_ASSERT(id_len < FED_COMPONENT_ID_MAX);
    memcpy(input, id, id_len);
    memcpy(input + id_len, secret->bytes, secret->len);
    gp_digest(GP_SHA1, input, id_len + secret->len, digest);
    gp_digest_hex(digest, gp_digest_len(GP_SHA1), hex);
    explicit_bzero(input, sizeof(input));
}

/* Compared without regard to case (f.1). */
static bool is_right_digest(const struct fed_component *component, const char *text)
{
    char expected[GP_DIGEST_HEX_MAX], given[41];
    size_t len = 0;
    fed_component_digest(component->stream_id, &component->secret, expected);
    while (strchr(" \t\r\n", *text) && *text)
        text++;
    for (; len < 40 && text[len]; len++)
        given[len] = gp_text_lower(text[len]);
    return text[len + strspn(text + len, " \t\r\n")] == '\0' &&
           gp_secret_equal(given, len, expected, 40);
}

static void take_handshake(struct fed_component *component, const struct fed_now *now)
{
    const struct fed_node *node = fed_core_tree(&component->core);
    if (fed_stanza_is(fed_xml_element(component->core.xml))) {
        fail(component, FED_CLOSE_NOT_AUTHORIZED, "before the handshake"); /* RFC 6120, 4.9.3.12 */
    } else if (!node || !fed_node_is(node, FED_NS_COMPONENT, "handshake")) {
        fail(component, FED_CLOSE_HANDSHAKE, "another element came instead");
    } else if (!is_right_digest(component, node->text)) {
        fail(component, FED_CLOSE_HANDSHAKE, "it does not fit the secret");
    } else if (component->setup.claim(component->setup.arg, &component->domain) !=
               FED_CLAIM_FREE) { /* another one was quicker */
        fail(component, FED_CLOSE_CONFLICT, component->domain.ascii);
    } else {
        gp_buf_append_text(&component->core.output, "<handshake/>");
        component->has_news = true;
        go(component, now, STATE_OPEN);
    }
}

/* A stanza that cannot be sent anywhere is answered on the spot (e.1: the sending service polices
 * its addresses). */
static void refuse_to(struct fed_component *component, enum fed_stanza_fault fault)
{
    const struct fed_xml_element *element = fed_xml_element(component->core.xml);
    const struct fed_stanza *stanza = &component->stanza;
    const struct fed_stanza_error error = {
        .type = "modify",
        .condition = fault == FED_STANZA_BAD_TO ? "jid-malformed" : "bad-request",
        .text = fault == FED_STANZA_BAD_TO ? "the domain in \"to\" is not one"
                                           : "a stanza of a component needs \"to\" and \"from\"",
    };
    if (!component->core.has_closed && fed_stanza_may_bounce(stanza->kind, stanza->type))
        fed_stanza_put_error(&component->core.output, stanza->kind, element->from, element->to,
                             element->id, &error);
}

static bool take_stanza(struct fed_component *component, struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(component->core.xml);
    enum fed_stanza_fault fault = fed_stanza_read(element, &component->stanza);
    struct dns_domain from; /* judged even where "to" is missing */
    char detail[FED_DETAIL_MAX];
    if (fault == FED_STANZA_OTHER_ELEMENT) {
        fail(component, FED_CLOSE_UNKNOWN_STANZA, "");
    } else if (dns_domain_from_jid(element->from, &from, NULL) != GP_OK) {
        fail(component, FED_CLOSE_INVALID_FROM, "\"from\" is missing or is no JID");
    } else if (!dns_domain_equal(&from, &component->domain)) {
        snprintf(detail, sizeof(detail), "a stanza from %.120s on the stream of %.100s", from.ascii,
                 component->domain.ascii);
        fail(component, FED_CLOSE_INVALID_FROM, detail);
    } else if (fault != FED_STANZA_OK) {
        refuse_to(component, fault);
    } else {
        ret->what = FED_DO_STANZA;
        ret->u.stanza = &component->stanza;
        return true;
    }
    return false;
}

static bool take_element(struct fed_component *component, const struct fed_now *now,
                         struct fed_request *ret)
{
    if (fed_core_is(&component->core, FED_NS_STREAM, "error")) {
        fed_core_take_error(&component->core);
        finish(component);
        return false;
    }
    if (component->state != STATE_HANDSHAKE)
        return take_stanza(component, ret);
    take_handshake(component, now);
    return false;
}

static bool step(struct fed_component *component, const struct fed_now *now,
                 struct fed_request *ret)
{
    struct fed_core *core = &component->core;
    switch (fed_xml_next(core->xml)) {
    case FED_XML_WAIT:
        if (!fed_core_is_failing(core))
            return true; /* FED_DO_WAIT */
        finish(component);
        return false;
    case FED_XML_HEADER:
        return take_header(component, now);
    case FED_XML_ELEMENT:
        return take_element(component, now, ret);
    case FED_XML_CLOSED:
        fail(component, FED_CLOSE_PEER, ""); /* our closing tag follows (RFC 6120, 4.4) */
        return false;
    case FED_XML_FAILED:
        break;
    }
    fail(component, fed_close_of_fault(fed_xml_fault(core->xml)), fed_xml_fault_text(core->xml));
    return false;
}

void fed_component_next(struct fed_component *component, const struct fed_now *now,
                        struct fed_request *ret)
{
    *ret = (struct fed_request){.what = FED_DO_WAIT};
    do {
        if (component->core.has_ended) {
            fed_core_tell_end(&component->core, ret);
            return;
        }
        if (component->has_news) {
            component->has_news = false;
            ret->what = FED_DO_OPEN;
            ret->u.pair.home = component->domain;
            ret->u.pair.detail = "";
            return;
        }
    } while (!step(component, now, ret));
}

/* Life and events */

struct fed_component *fed_component_create(const struct fed_component_setup *setup,
                                           const struct fed_now *now)
{
    struct fed_component *component = calloc(1, sizeof(*component));
    if (!component)
        return NULL;
    component->setup = *setup;
    component->secret = *setup->secret;
    if (!fed_core_init(&component->core, setup->settings)) {
        fed_component_destroy(component);
        return NULL;
    }
    fed_xml_relax(component->core.xml);        /* the inside is trusted from the start */
    fed_xml_take_clients(component->core.xml); /* sloppy components send such stanzas (f.1) */
    go(component, now, STATE_HEADER);
    return component;
}

void fed_component_destroy(struct fed_component *component)
{
    if (!component)
        return;
    fed_core_finish(&component->core);
    gp_secret_wipe(&component->secret);
    free(component);
}

void fed_component_bytes(struct fed_component *component, const struct fed_now *now,
                         struct gp_span bytes)
{
    (void)now;
    if (!component->core.has_ended)
        fed_xml_feed(component->core.xml, bytes);
}

void fed_component_peer_closed(struct fed_component *component, const struct fed_now *now,
                               bool was_clean, const char *detail)
{
    (void)now;
    fed_core_lose(&component->core, was_clean, detail); /* what came before is read first */
}

void fed_component_deadline(struct fed_component *component, const struct fed_now *now)
{
    struct fed_core *core = &component->core;
    if (core->has_ended || now->mono_ms < core->until_ms)
        return;
    fed_core_reason(core, rows[component->state].timeout, "");
    if (core->has_opened)
        finish(component);
    else /* there is no stream to put an error into */
        fed_core_end(core, false);
}

void fed_component_stop(struct fed_component *component, const struct fed_now *now,
                        enum fed_close reason)
{
    if (component->core.has_ended || component->state == STATE_CLOSING)
        return;
    if (component->state != STATE_OPEN || !fed_close_takes_rest(reason)) {
        fail(component, reason, "");
        return;
    }
    /* stanzas that are on their way still count (RFC 6120, 4.4) */
    fed_core_reason(&component->core, reason, "");
    fed_core_put_end(&component->core);
    go(component, now, STATE_CLOSING);
}

bool fed_component_set_settings(struct fed_component *component, const struct fed_now *now,
                                const struct fed_settings *settings)
{
    (void)now;
    fed_core_set_settings(&component->core, settings);
    return false;
}

bool fed_component_is_open(const struct fed_component *component)
{
    return component->state == STATE_OPEN && !component->core.has_ended;
}

struct gp_buf *fed_component_output(struct fed_component *component)
{
    return &component->core.output;
}

int64_t fed_component_deadline_ms(const struct fed_component *component)
{
    return component->core.until_ms;
}

bool fed_component_wants_bytes(const struct fed_component *component)
{
    return fed_core_wants_bytes(&component->core) && !component->core.is_lost;
}

const char *fed_component_lang(const struct fed_component *component)
{
    return fed_xml_header(component->core.xml)->lang;
}
