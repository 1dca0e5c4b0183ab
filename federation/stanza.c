/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stanza.h"

#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

static const char *const kinds[] = {
    [FED_MESSAGE] = "message",
    [FED_PRESENCE] = "presence",
    [FED_IQ] = "iq",
};

static const struct {
    enum fed_stanza_type type;
    const char *text;
} types[] = {
    {FED_TYPE_ERROR, "error"},
    {FED_TYPE_GET, "get"},
    {FED_TYPE_SET, "set"},
    {FED_TYPE_RESULT, "result"},
    {FED_TYPE_UNAVAILABLE, "unavailable"},
    {FED_TYPE_PROBE, "probe"},
    {FED_TYPE_SUBSCRIBE, "subscribe"},
    {FED_TYPE_SUBSCRIBED, "subscribed"},
    {FED_TYPE_UNSUBSCRIBE, "unsubscribe"},
    {FED_TYPE_UNSUBSCRIBED, "unsubscribed"},
    {FED_TYPE_CHAT, "chat"},
    {FED_TYPE_NORMAL, "normal"},
    {FED_TYPE_GROUPCHAT, "groupchat"},
    {FED_TYPE_HEADLINE, "headline"},
};

const char *fed_stanza_kind_text(enum fed_stanza_kind kind)
{
    return kinds[kind];
}

static bool read_kind(struct gp_span name, enum fed_stanza_kind *ret)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(kinds); i++)
        if (gp_span_is(name, kinds[i])) {
            *ret = (enum fed_stanza_kind)i;
            return true;
        }
    return false;
}

static enum fed_stanza_type read_type(struct gp_span type)
{
    if (!type.at)
        return FED_TYPE_NONE;
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++)
        if (gp_span_is(type, types[i].text))
            return types[i].type;
    return FED_TYPE_OTHER;
}

bool fed_stanza_is(const struct fed_xml_element *element)
{
    enum fed_stanza_kind kind;
    return element->is_content && read_kind(element->local, &kind);
}

enum fed_stanza_fault fed_stanza_read(const struct fed_xml_element *element, struct fed_stanza *ret)
{
    *ret = (struct fed_stanza){.element = element};
    if (!element->is_content || !read_kind(element->local, &ret->kind))
        return FED_STANZA_OTHER_ELEMENT;
    ret->type = read_type(element->type);
    if (element->from.len == 0 || element->to.len == 0)
        return FED_STANZA_NO_ADDRESS;
    if (dns_domain_from_jid(element->from, &ret->from, NULL) != GP_OK)
        return FED_STANZA_BAD_FROM;
    if (dns_domain_from_jid(element->to, &ret->to, NULL) != GP_OK)
        return FED_STANZA_BAD_TO;
    return FED_STANZA_OK;
}

const char *fed_stanza_fault_text(enum fed_stanza_fault fault)
{
    static const char *const texts[] = {
        [FED_STANZA_OK] = "",
        [FED_STANZA_OTHER_ELEMENT] = "it is no stanza",
        [FED_STANZA_NO_ADDRESS] = "\"from\" or \"to\" is missing",
        [FED_STANZA_BAD_FROM] = "\"from\" is no JID",
        [FED_STANZA_BAD_TO] = "\"to\" is no JID",
    };
    return texts[fault];
}

bool fed_stanza_is_sound(const struct fed_stanza *stanza)
{
    if (stanza->kind != FED_IQ || !fed_stanza_may_bounce(stanza->kind, stanza->type))
        return true;
    return (stanza->type == FED_TYPE_GET || stanza->type == FED_TYPE_SET) &&
           stanza->element->id.at && stanza->element->child_count == 1;
}

void fed_stanza_forward(const struct fed_stanza *stanza, const char *stream_lang,
                        struct gp_buf *out)
{
    const struct fed_xml_element *element = stanza->element;
    const char *bytes = element->bytes.at;
    size_t done = element->name_end;
    gp_buf_append(out, bytes, done);
    for (size_t i = 0; i < element->carry_count; i++)
        fed_put_declaration(out, element->carry[i].prefix, element->carry[i].uri);
    if (stream_lang && !element->lang.at) /* RFC 6120, 8.1.5 */
        fed_put_attribute(out, "xml:lang", gp_span_text(stream_lang));
    if (element->content_ns_len > 0) {
        gp_buf_append(out, bytes + done, element->content_ns_at - done);
        done = element->content_ns_at + element->content_ns_len;
    }
    for (size_t i = 0; i < element->rescope_count; i++) {
        gp_buf_append(out, bytes + done, element->rescope[i].at - done);
        done = element->rescope[i].at + element->rescope[i].len;
    }
    gp_buf_append(out, bytes + done, element->bytes.len - done);
}

/* The rows of spec-digest e.4. */
bool fed_stanza_may_bounce(enum fed_stanza_kind kind, enum fed_stanza_type type)
{
    if (type == FED_TYPE_ERROR)
        return false; /* RFC 6120, 8.3.1: nothing answers an error */
    switch (kind) {
    case FED_IQ:
        return type != FED_TYPE_RESULT; /* RFC 6120, 8.2.3 */
    case FED_MESSAGE:
        return type != FED_TYPE_HEADLINE; /* nobody waits for an answer to one */
    case FED_PRESENCE:
        return type != FED_TYPE_UNAVAILABLE;
    }
    return false;
}

void fed_stanza_put_error(struct gp_buf *out, enum fed_stanza_kind kind, struct gp_span from,
                          struct gp_span to, struct gp_span id,
                          const struct fed_stanza_error *error)
{
    gp_buf_printf(out, "<%s", kinds[kind]);
    if (to.at)
        fed_put_attribute(out, "from", to);
    if (from.at)
        fed_put_attribute(out, "to", from);
    if (id.at)
        fed_put_attribute(out, "id", id);
    gp_buf_printf(out, " type='error'><error type='%s'", error->type);
    if (error->by)
        fed_put_attribute(out, "by", gp_span_text(error->by));
    gp_buf_printf(out, "><%s xmlns='" FED_NS_STANZA_ERRORS "'/>", error->condition);
    if (error->text) {
        gp_buf_append_text(out, "<text xmlns='" FED_NS_STANZA_ERRORS "' xml:lang='en'>");
        gp_text_xml(out, gp_span_text(error->text));
        gp_buf_append_text(out, "</text>");
    }
    gp_buf_printf(out, "</error></%s>", kinds[kind]);
}
