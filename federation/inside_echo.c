/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside link without an inside: gatepost answers for the domain itself. Messages come back as
 * they were, XEP-0199 ping, disco and version are answered, everything else gets the error that a
 * server without users gives (spec-digest e.7).
 */
#include "base/text.h"
#include "federation/inside_ops.h"
#include "federation/ns.h"
#include "federation/tree.h"
#include "federation/xml_out.h"

/* Marks our answers, so that two echoes do not talk to each other for ever. */
#define FED_NS_ECHO "urn:gatepost:echo:0"

static enum gp_code echo_create(struct fed_inside *inside, void **ret_state, struct gp_err *err)
{
    (void)err;
    *ret_state = inside; /* an echo remembers nothing */
    return GP_OK;
}

static void echo_destroy(void *state)
{
    (void)state;
}

/* "<iq type='result' from= to= id=" */
static void open_answer(struct gp_buf *out, const struct fed_node *node, const char *type,
                        const struct fed_parcel *parcel)
{
    const char *id = fed_node_attribute(node, "id");
    gp_buf_printf(out, "<%s", node->name);
    if (type)
        fed_put_attribute(out, "type", gp_span_text(type));
    fed_put_attribute(out, "from", fed_parcel_to(parcel));
    fed_put_attribute(out, "to", fed_parcel_from(parcel));
    if (id)
        fed_put_attribute(out, "id", gp_span_text(id));
}

static bool answer_message(struct gp_buf *out, const struct fed_node *node,
                           const struct fed_parcel *parcel)
{
    const char *type = fed_node_attribute(node, "type");
    const struct fed_node *body = fed_node_child(node, FED_NS_SERVER, "body");
    if (!body || fed_node_child(node, FED_NS_ECHO, NULL) || parcel->type == FED_TYPE_ERROR ||
        parcel->type == FED_TYPE_GROUPCHAT || parcel->type == FED_TYPE_HEADLINE)
        return false;
    open_answer(out, node, type, parcel);
    gp_buf_append_text(out, "><body>");
    gp_text_xml(out, gp_span_text(body->text));
    gp_buf_append_text(out, "</body><echo xmlns='" FED_NS_ECHO "'/></message>");
    return true;
}

static const char *iq_payload(const struct fed_node *query)
{
    if (fed_node_is(query, FED_NS_PING, "ping"))
        return "";
    if (fed_node_is(query, FED_NS_DISCO_INFO, "query") && !fed_node_attribute(query, "node"))
        return "<query xmlns='" FED_NS_DISCO_INFO "'>"
               "<identity category='component' type='generic' name='gatepost'/>"
               "<feature var='" FED_NS_DISCO_INFO "'/><feature var='" FED_NS_DISCO_ITEMS "'/>"
               "<feature var='" FED_NS_PING "'/><feature var='" FED_NS_VERSION "'/></query>";
    if (fed_node_is(query, FED_NS_DISCO_ITEMS, "query"))
        return "<query xmlns='" FED_NS_DISCO_ITEMS "'/>";
    if (fed_node_is(query, FED_NS_VERSION, "query"))
        return "<query xmlns='" FED_NS_VERSION "'><name>gatepost</name>"
               "<version>" GP_VERSION "</version></query>";
    return NULL;
}

static bool answer_iq(struct gp_buf *out, const struct fed_node *node,
                      const struct fed_parcel *parcel)
{
    static const struct fed_stanza_error bad_request = {.type = "modify",
                                                        .condition = "bad-request"};
    static const struct fed_stanza_error no_such_node = {.type = "cancel",
                                                         .condition = "item-not-found"};
    static const struct fed_stanza_error no_such_service = {.type = "cancel",
                                                            .condition = "service-unavailable"};
    const struct fed_stanza_error *error = NULL;
    const char *id = fed_node_attribute(node, "id");
    if (parcel->type == FED_TYPE_RESULT || parcel->type == FED_TYPE_ERROR)
        return false;
    if ((parcel->type != FED_TYPE_GET && parcel->type != FED_TYPE_SET) || !id || !node->first ||
        node->first->next)
        error = &bad_request; /* RFC 6120, 8.2.3 */
    else if (parcel->type == FED_TYPE_GET && iq_payload(node->first))
        error = NULL;
    else if (fed_node_is(node->first, FED_NS_DISCO_INFO, "query"))
        error = &no_such_node; /* XEP-0030, 7 */
    else
        error = &no_such_service;
    if (error) {
        fed_stanza_put_error(out, FED_IQ, fed_parcel_from(parcel), fed_parcel_to(parcel),
                             gp_span_text(id), error);
        return true;
    }
    open_answer(out, node, "result", parcel);
    gp_buf_printf(out, ">%s</iq>", iq_payload(node->first));
    return true;
}

/* There is nobody to subscribe to (RFC 6121, 3.1.3). */
static bool answer_presence(struct gp_buf *out, const struct fed_node *node,
                            const struct fed_parcel *parcel)
{
    if (parcel->type != FED_TYPE_SUBSCRIBE)
        return false;
    open_answer(out, node, "unsubscribed", parcel);
    gp_buf_append_text(out, "/>");
    return true;
}

static bool answer_any(struct gp_buf *out, const struct fed_node *node,
                       const struct fed_parcel *parcel)
{
    switch (parcel->kind) {
    case FED_MESSAGE:
        return answer_message(out, node, parcel);
    case FED_IQ:
        return answer_iq(out, node, parcel);
    case FED_PRESENCE:
        return answer_presence(out, node, parcel);
    }
    return false;
}

static bool echo_answer(void *state, const struct fed_parcel *parcel)
{
    struct fed_inside *inside = state;
    size_t budget = 4 * (size_t)fed_inside_context(inside)->settings->limits.stanza_bytes;
    struct gp_arena arena;
    struct gp_buf out;
    struct fed_node *node = NULL;
    struct fed_parcel *answer = NULL;
    gp_arena_init(&arena, budget);
    gp_buf_init(&out, budget);
    bool is_read =
        fed_tree_parse_bytes(fed_parcel_stanza(parcel), FED_NS_SERVER, &arena, &node) == GP_OK;
    bool is_owed = is_read && answer_any(&out, node, parcel);
    if (is_owed && gp_buf_failed(&out) == GP_OK)
        answer = fed_parcel_answer(parcel, gp_buf_span(&out));
    if (answer)
        fed_inside_answered(inside, answer);
    gp_buf_finish(&out);
    gp_arena_finish(&arena);
    return is_read && (answer || !is_owed);
}

const struct fed_inside_ops fed_inside_echo_ops = {
    .create = echo_create,
    .destroy = echo_destroy,
    .answer = echo_answer,
};
