/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   HEADER --header with an id--> HANDSHAKE --<handshake/>--> OPEN --stop without an error-->
 * CLOSING
 *
 *   any state --fault, stream error, lost connection, deadline, peer's closing tag--> (ended)
 *
 * XEP-0114, 3; the rules of spec-digest f.1 and f.2, as the component has to keep them. What the
 * server says when it does not take us is told apart: somebody has to mend a configuration.
 */
#include "federation/component_client.h"

#include "base/text.h"
#include "federation/component.h"
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

struct fed_component_client {
    struct dns_domain domain, home;
    struct gp_secret secret;
    char ask_id[GP_RND_ID_MAX]; /* of the question under way; "" when there is none */
    void (*make_id)(void *arg, char id[GP_RND_ID_MAX]);
    void *arg;
    enum state state;
    struct fed_core core;
    bool has_news;            /* FED_DO_OPEN is due */
    struct fed_stanza stanza; /* of the last FED_DO_STANZA */
};

static const struct fed_state_row rows[STATE_COUNT] = {
    [STATE_HEADER] = FED_STATE_ROW("waiting for the server's stream header", header_ms,
                                   FED_CLOSE_HEADER_TIMEOUT),
    [STATE_HANDSHAKE] =
        FED_STATE_ROW("waiting for the handshake's answer", header_ms, FED_CLOSE_ANSWER_TIMEOUT),
    [STATE_OPEN] = FED_STATE_ROW("open", stall_ms, FED_CLOSE_ANSWER_TIMEOUT),
    [STATE_CLOSING] = FED_STATE_ROW("closing", close_ms, FED_CLOSE_DONE),
};

static void go(struct fed_component_client *client, const struct fed_now *now, enum state next)
{
    client->state = next;
    fed_core_arm(&client->core, now, &rows[next]);
    if (next == STATE_OPEN && !client->ask_id[0])
        client->core.until_ms = INT64_MAX; /* the owner knows how long a stream is worth keeping */
}

/* Endings */

static void finish(struct fed_component_client *client)
{
    if (client->core.has_ended)
        return;
    fed_core_put_end(&client->core);
    fed_core_end(&client->core, true);
}

static void fail(struct fed_component_client *client, enum fed_close reason, const char *detail)
{
    fed_core_reason(&client->core, reason, detail);
    finish(client);
}

/* The server's stream error: three of them are about a configuration (spec-digest f.2). */
static void take_error(struct fed_component_client *client)
{
    static const struct {
        const char *condition;
        enum fed_close reason;
    } refusals[] = {
        {"not-authorized", FED_CLOSE_INSIDE_SECRET},
        {"host-unknown", FED_CLOSE_INSIDE_UNKNOWN},
        {"conflict", FED_CLOSE_INSIDE_CONFLICT},
    };
    const struct fed_node *error = fed_core_tree(&client->core);
    const struct fed_node *text =
        error ? fed_node_child(error, FED_NS_STREAM_ERRORS, "text") : NULL;
    char safe[GP_TEXT_SAFE_MAX];
    for (size_t i = 0; error && i < GP_ARRAY_LEN(refusals); i++)
        if (fed_node_child(error, FED_NS_STREAM_ERRORS, refusals[i].condition))
            fed_core_reason(&client->core, refusals[i].reason,
                            gp_text_safe(gp_span_text(text ? text->text : ""), safe));
    fed_core_take_error(&client->core); /* counts only when it was none of these */
    finish(client);
}

/* Reading: each of these returns whether ret holds a request. */

static void take_header(struct fed_component_client *client, const struct fed_now *now)
{
    const struct fed_xml_header *header = fed_xml_header(client->core.xml);
    char hex[GP_DIGEST_HEX_MAX];
    if (strcmp(header->ns, FED_NS_STREAM) != 0 || strcmp(header->local, "stream") != 0 ||
        !header->content_ns || strcmp(header->content_ns, FED_NS_COMPONENT) != 0) {
        fail(client, FED_CLOSE_NAMESPACE, "nobody speaks " FED_NS_COMPONENT " there");
        return;
    }
    go(client, now, STATE_HANDSHAKE);
    if (!header->id || !header->id[0])
        return; /* a stream that only carries an error may have none; it comes next */
    if (strlen(header->id) >= FED_COMPONENT_ID_MAX) {
        fail(client, FED_CLOSE_NO_ID, "it is too long");
        return;
    }
    fed_component_digest(header->id, &client->secret, hex);
    gp_buf_printf(&client->core.output, "<handshake>%s</handshake>", hex);
}

static void take_handshake(struct fed_component_client *client, const struct fed_now *now)
{
    if (!fed_core_is(&client->core, FED_NS_COMPONENT, "handshake")) {
        fail(client, FED_CLOSE_HANDSHAKE, "another element came instead of its answer");
        return;
    }
    client->has_news = true;
    go(client, now, STATE_OPEN);
}

/* A stanza that cannot be sent anywhere is answered on the spot (e.1). */
static void refuse(struct fed_component_client *client, bool is_malformed, const char *text)
{
    const struct fed_xml_element *element = fed_xml_element(client->core.xml);
    const struct fed_stanza *stanza = &client->stanza;
    const struct fed_stanza_error error = {
        .type = "modify",
        .condition = is_malformed ? "jid-malformed" : "bad-request",
        .text = text,
    };
    if (!client->core.has_closed && fed_stanza_may_bounce(stanza->kind, stanza->type))
        fed_stanza_put_error(&client->core.output, stanza->kind, element->from, element->to,
                             element->id, &error);
}

/* Whether the stanza is the answer to our question. Its id cannot be guessed by a partner that asks
 * as the same domain. */
static bool take_answer(struct fed_component_client *client, const struct fed_now *now)
{
    const struct fed_xml_element *element = fed_xml_element(client->core.xml);
    const struct fed_stanza *stanza = &client->stanza;
    if (!client->ask_id[0] || stanza->kind != FED_IQ ||
        (stanza->type != FED_TYPE_RESULT && stanza->type != FED_TYPE_ERROR) ||
        !gp_span_is(element->id, client->ask_id))
        return false;
    client->ask_id[0] = '\0';
    if (client->state == STATE_OPEN)
        go(client, now, STATE_OPEN);
    return true;
}

static bool take_stanza(struct fed_component_client *client, const struct fed_now *now,
                        struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(client->core.xml);
    enum fed_stanza_fault fault = fed_stanza_read(element, &client->stanza);
    struct dns_domain from; /* judged even where "to" is missing */
    char text[DNS_DOMAIN_MAX + 40];
    if (fault == FED_STANZA_OTHER_ELEMENT) {
        fail(client, FED_CLOSE_UNKNOWN_STANZA, "");
    } else if (dns_domain_from_jid(element->from, &from, NULL) != GP_OK) {
        fail(client, FED_CLOSE_ADDRESS, "\"from\" is missing or is no JID");
    } else if (fault == FED_STANZA_BAD_TO) {
        refuse(client, true, "the domain in \"to\" is not one");
    } else if (fault != FED_STANZA_OK) {
        refuse(client, false, "a stanza for a component needs \"to\" and \"from\"");
    } else if (!dns_domain_equal(&client->stanza.to, &client->domain)) {
        snprintf(text, sizeof(text), "this is the stream of %s", client->domain.ascii);
        refuse(client, false, text);
    } else if (take_answer(client, now)) {
        ret->what = FED_DO_CONFIRMED;
        return true;
    } else {
        ret->what = FED_DO_STANZA;
        ret->u.stanza = &client->stanza;
        return true;
    }
    return false;
}

static bool take_element(struct fed_component_client *client, const struct fed_now *now,
                         struct fed_request *ret)
{
    if (fed_core_is(&client->core, FED_NS_STREAM, "error")) {
        take_error(client);
        return false;
    }
    if (client->state != STATE_HANDSHAKE)
        return take_stanza(client, now, ret);
    take_handshake(client, now);
    return false;
}

/* Who only closes on a wrong secret keeps to the letter of XEP-0114, 3, too. */
static void take_closing(struct fed_component_client *client)
{
    fail(client, client->state == STATE_HANDSHAKE ? FED_CLOSE_INSIDE_SECRET : FED_CLOSE_PEER, "");
}

static bool step(struct fed_component_client *client, const struct fed_now *now,
                 struct fed_request *ret)
{
    struct fed_core *core = &client->core;
    switch (fed_xml_next(core->xml)) {
    case FED_XML_WAIT:
        if (!fed_core_is_failing(core))
            return true; /* FED_DO_WAIT */
        finish(client);
        return false;
    case FED_XML_HEADER:
        take_header(client, now);
        return false;
    case FED_XML_ELEMENT:
        return take_element(client, now, ret);
    case FED_XML_CLOSED:
        take_closing(client);
        return false;
    case FED_XML_FAILED:
        break;
    }
    fail(client, fed_close_of_fault(fed_xml_fault(core->xml)), fed_xml_fault_text(core->xml));
    return false;
}

void fed_component_client_next(struct fed_component_client *client, const struct fed_now *now,
                               struct fed_request *ret)
{
    *ret = (struct fed_request){.what = FED_DO_WAIT};
    do {
        if (client->core.has_ended) {
            fed_core_tell_end(&client->core, ret);
            return;
        }
        if (client->has_news) {
            client->has_news = false;
            ret->what = FED_DO_OPEN;
            ret->u.pair.partner = client->domain;
            ret->u.pair.detail = "";
            return;
        }
    } while (!step(client, now, ret));
}

/* Life and events */

struct fed_component_client *
fed_component_client_create(const struct fed_component_client_setup *setup,
                            const struct fed_now *now)
{
    struct fed_component_client *client = calloc(1, sizeof(*client));
    if (!client)
        return NULL;
    client->domain = setup->domain;
    client->home = setup->home;
    client->make_id = setup->make_id;
    client->arg = setup->arg;
    client->secret = *setup->secret;
    if (!fed_core_init(&client->core, setup->settings)) {
        fed_component_client_destroy(client);
        return NULL;
    }
    /* no "from" and no version: the stream is the domain's that it is opened to (XEP-0114, 3) */
    char to[DNS_DOMAIN_UNICODE_MAX];
    const struct fed_opening opening = {.content_ns = FED_NS_COMPONENT,
                                        .to = dns_domain_unicode(&client->domain, to)};
    fed_xml_relax(client->core.xml);        /* the inside is trusted from the start */
    fed_xml_take_clients(client->core.xml); /* jabberd2's router sends everybody such stanzas */
    fed_put_opening(&client->core.output, &opening);
    client->core.has_opened = true;
    go(client, now, STATE_HEADER);
    return client;
}

void fed_component_client_destroy(struct fed_component_client *client)
{
    if (!client)
        return;
    fed_core_finish(&client->core);
    gp_secret_wipe(&client->secret);
    free(client);
}

void fed_component_client_bytes(struct fed_component_client *client, const struct fed_now *now,
                                struct gp_span bytes)
{
    (void)now;
    if (!client->core.has_ended)
        fed_xml_feed(client->core.xml, bytes);
}

void fed_component_client_peer_closed(struct fed_component_client *client,
                                      const struct fed_now *now, bool was_clean, const char *detail)
{
    (void)now;
    fed_core_lose(&client->core, was_clean, detail); /* what came before is read first */
}

void fed_component_client_deadline(struct fed_component_client *client, const struct fed_now *now)
{
    struct fed_core *core = &client->core;
    if (!core->has_ended && now->mono_ms >= core->until_ms)
        fail(client, rows[client->state].timeout, "");
}

void fed_component_client_stop(struct fed_component_client *client, const struct fed_now *now,
                               enum fed_close reason)
{
    if (client->core.has_ended || client->state == STATE_CLOSING)
        return;
    if (client->state != STATE_OPEN || !fed_close_takes_rest(reason)) {
        fail(client, reason, "");
        return;
    }
    /* stanzas that are on their way still count (RFC 6120, 4.4) */
    fed_core_reason(&client->core, reason, "");
    fed_core_put_end(&client->core);
    go(client, now, STATE_CLOSING);
}

bool fed_component_client_ask(struct fed_component_client *client, const struct fed_now *now)
{
    char domain[DNS_DOMAIN_UNICODE_MAX], home[DNS_DOMAIN_UNICODE_MAX];
    struct gp_buf *out = &client->core.output;
    if (client->ask_id[0] || client->state != STATE_OPEN || client->core.has_ended)
        return false;
    client->make_id(client->arg, client->ask_id);
    gp_buf_append_text(out, "<iq type='get'");
    fed_put_attribute(out, "from", gp_span_text(dns_domain_unicode(&client->domain, domain)));
    fed_put_attribute(out, "to", gp_span_text(dns_domain_unicode(&client->home, home)));
    fed_put_attribute(out, "id", gp_span_text(client->ask_id));
    gp_buf_append_text(out, "><ping xmlns='" FED_NS_PING "'/></iq>");
    fed_core_arm(&client->core, now, &rows[STATE_OPEN]);
    return true;
}

bool fed_component_client_set_settings(struct fed_component_client *client,
                                       const struct fed_now *now,
                                       const struct fed_settings *settings)
{
    (void)now;
    fed_core_set_settings(&client->core, settings);
    return false;
}

bool fed_component_client_is_open(const struct fed_component_client *client)
{
    return client->state == STATE_OPEN && !client->core.has_ended;
}

struct gp_buf *fed_component_client_output(struct fed_component_client *client)
{
    return &client->core.output;
}

int64_t fed_component_client_deadline_ms(const struct fed_component_client *client)
{
    return client->core.until_ms;
}

bool fed_component_client_wants_bytes(const struct fed_component_client *client)
{
    return fed_core_wants_bytes(&client->core) && !client->core.is_lost;
}

const char *fed_component_client_lang(const struct fed_component_client *client)
{
    return fed_xml_header(client->core.xml)->lang;
}
