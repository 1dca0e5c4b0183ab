/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/self.h"

#include "base/clock.h"
#include "base/text.h"
#include "federation/ns.h"
#include "federation/xml_out.h"

void fed_self_open(struct gp_buf *out, const struct fed_node *node, const char *type,
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

/* XEP-0157, 3, in a form of XEP-0128. */
static void put_contacts(struct gp_buf *out, const struct fed_settings *settings)
{
    static const char *const names[FED_CONTACT_KINDS] = {
        [FED_CONTACT_ABUSE] = "abuse-addresses",       [FED_CONTACT_ADMIN] = "admin-addresses",
        [FED_CONTACT_FEEDBACK] = "feedback-addresses", [FED_CONTACT_SALES] = "sales-addresses",
        [FED_CONTACT_SECURITY] = "security-addresses", [FED_CONTACT_STATUS] = "status-addresses",
        [FED_CONTACT_SUPPORT] = "support-addresses",
    };
    bool has_any = false;
    for (size_t i = 0; i < FED_CONTACT_KINDS; i++)
        has_any |= settings->contacts[i].count > 0;
    if (!has_any)
        return;
    gp_buf_append_text(out, "<x xmlns='" FED_NS_DATA "' type='result'>"
                            "<field var='FORM_TYPE' type='hidden'><value>" FED_NS_SERVERINFO
                            "</value></field>");
    for (size_t i = 0; i < FED_CONTACT_KINDS; i++) {
        const struct fed_contact *contact = &settings->contacts[i];
        if (contact->count == 0)
            continue;
        gp_buf_printf(out, "<field var='%s' type='list-multi'>", names[i]);
        for (size_t j = 0; j < contact->count; j++) {
            gp_buf_append_text(out, "<value>");
            gp_text_xml(out, gp_span_text(contact->uris[j]));
            gp_buf_append_text(out, "</value>");
        }
        gp_buf_append_text(out, "</field>");
    }
    gp_buf_append_text(out, "</x>");
}

static void put_info(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s)
{
    (void)wall_s;
    gp_buf_append_text(out, "<query xmlns='" FED_NS_DISCO_INFO "'>"
                            "<identity category='component' type='generic' name='gatepost'/>"
                            "<feature var='" FED_NS_DISCO_INFO
                            "'/><feature var='" FED_NS_DISCO_ITEMS "'/>"
                            "<feature var='" FED_NS_PING "'/><feature var='" FED_NS_VERSION "'/>"
                            "<feature var='" FED_NS_TIME "'/>");
    put_contacts(out, settings);
    gp_buf_append_text(out, "</query>");
}

static void put_items(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s)
{
    (void)settings;
    (void)wall_s;
    gp_buf_append_text(out, "<query xmlns='" FED_NS_DISCO_ITEMS "'/>");
}

static void put_nothing(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s)
{
    (void)out;
    (void)settings;
    (void)wall_s;
}

static void put_version(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s)
{
    (void)settings;
    (void)wall_s;
    gp_buf_append_text(out, "<query xmlns='" FED_NS_VERSION "'><name>gatepost</name>"
                            "<version>" GP_VERSION "</version></query>");
}

static void put_time(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s)
{
    char utc[GP_CLOCK_TEXT_MAX];
    (void)settings;
    gp_buf_printf(out, "<time xmlns='" FED_NS_TIME "'><tzo>+00:00</tzo><utc>%s</utc></time>",
                  gp_clock_text(wall_s, utc));
}

/* What is asked, and what goes into the result. */
static const struct question {
    const char *ns, *name;
    void (*put)(struct gp_buf *out, const struct fed_settings *settings, int64_t wall_s);
} questions[] = {
    {FED_NS_PING, "ping", put_nothing},       /* XEP-0199 */
    {FED_NS_DISCO_INFO, "query", put_info},   /* XEP-0030 */
    {FED_NS_DISCO_ITEMS, "query", put_items}, /* XEP-0030, 4.1: empty is no error */
    {FED_NS_VERSION, "query", put_version},   /* XEP-0092; no os: nobody's business */
    {FED_NS_TIME, "time", put_time},          /* XEP-0202 */
};

static const struct question *find_question(const struct fed_node *query)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(questions); i++)
        if (fed_node_is(query, questions[i].ns, questions[i].name))
            return &questions[i];
    return NULL;
}

static const struct fed_stanza_error bad_request = {.type = "modify", .condition = "bad-request"};
static const struct fed_stanza_error no_such_node = {.type = "cancel",
                                                     .condition = "item-not-found"};
static const struct fed_stanza_error no_such_service = {.type = "cancel",
                                                        .condition = "service-unavailable"};

static void refuse(struct gp_buf *out, const struct fed_node *node, const struct fed_parcel *parcel,
                   const struct fed_stanza_error *error)
{
    const char *id = fed_node_attribute(node, "id");
    fed_stanza_put_error(out, parcel->kind, fed_parcel_from(parcel), fed_parcel_to(parcel),
                         gp_span_text(id), error);
}

static bool answer_iq(struct gp_buf *out, const struct fed_settings *settings,
                      const struct fed_node *node, const struct fed_parcel *parcel, int64_t wall_s,
                      bool only_domain)
{
    struct gp_span to = fed_parcel_to(parcel);
    bool is_for_user = only_domain && memchr(to.at, '@', to.len);
    if (parcel->type == FED_TYPE_RESULT || parcel->type == FED_TYPE_ERROR)
        return false;
    if ((parcel->type != FED_TYPE_GET && parcel->type != FED_TYPE_SET) ||
        !fed_node_attribute(node, "id") || !node->first || node->first->next) {
        refuse(out, node, parcel, &bad_request); /* RFC 6120, 8.2.3 */
        return true;
    }
    const struct question *question = is_for_user ? NULL : find_question(node->first);
    if (!question || parcel->type == FED_TYPE_SET) {
        refuse(out, node, parcel, &no_such_service);
    } else if (question->put == put_info && fed_node_attribute(node->first, "node")) {
        refuse(out, node, parcel, &no_such_node); /* XEP-0030, 7 */
    } else {
        fed_self_open(out, node, "result", parcel);
        gp_buf_append_char(out, '>');
        question->put(out, settings, wall_s);
        gp_buf_append_text(out, "</iq>");
    }
    return true;
}

/* There is nobody to subscribe to (RFC 6121, 3.1.3). */
static bool answer_presence(struct gp_buf *out, const struct fed_node *node,
                            const struct fed_parcel *parcel)
{
    if (parcel->type != FED_TYPE_SUBSCRIBE)
        return false;
    fed_self_open(out, node, "unsubscribed", parcel);
    gp_buf_append_text(out, "/>");
    return true;
}

bool fed_self_answer(const struct fed_settings *settings, const struct fed_node *node,
                     const struct fed_parcel *parcel, int64_t wall_s, bool only_domain,
                     struct gp_buf *out)
{
    switch (parcel->kind) {
    case FED_MESSAGE:
        if (!fed_stanza_may_bounce(parcel->kind, parcel->type))
            return false;
        refuse(out, node, parcel, &no_such_service);
        return true;
    case FED_IQ:
        return answer_iq(out, settings, node, parcel, wall_s, only_domain);
    case FED_PRESENCE:
        return answer_presence(out, node, parcel);
    }
    return false;
}
