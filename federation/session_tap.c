/* SPDX-License-Identifier: BSD-2-Clause */
/* Whoever listens to a session hears what is said on it, and what becomes of it. */
#include "federation/session_state.h"

#include <stdio.h>

static struct fed_tap_stream tap_stream(const struct fed_session *session)
{
    struct fed_tap_stream stream = {
        .number = session->number,
        .is_outbound = fed_session_is_outbound(session),
        .peer = session->peer,
    };
    const struct dns_domain *partner = fed_session_partner(session);
    if (partner)
        stream.partner = *partner;
    return stream;
}

/* An inbound stream says in its header who it is: until then nobody can listen. */
void fed_session_hear(void *arg, const struct fed_xml *xml, enum fed_xml_event event)
{
    struct fed_session *session = arg;
    struct gp_err err = {0};
    if (!session->list->taps)
        return;
    struct fed_tap_stream stream = tap_stream(session);
    const char *from = event == FED_XML_HEADER ? fed_xml_header(xml)->from : NULL;
    if (from && !dns_domain_is_set(&stream.partner) &&
        dns_domain_from_text(gp_span_text(from), &stream.partner, &err) != GP_OK)
        return;
    fed_tap_event(session->list->taps, &stream, false, xml, event);
}

/* What has been put into the output in this turn is not sent yet. */
void fed_session_hear_ourselves(struct fed_session *session)
{
    if (!session->list->taps) {
        fed_echo_finish(&session->echo);
        return;
    }
    struct fed_tap_stream stream = tap_stream(session);
    struct gp_span output = gp_buf_span(session->type->output(session->machine));
    fed_echo_read(&session->echo, session->list->taps, &stream, output,
                  session->sent_bytes + output.len);
}

void fed_session_list_listen(struct fed_session_list *list, struct fed_tap *tap)
{
    if (!list->taps)
        for (struct fed_session *session = list->first; session; session = session->next)
            fed_echo_skip(&session->echo, session->sent_bytes +
                                              gp_buf_len(session->type->output(session->machine)));
    tap->next = list->taps;
    list->taps = tap;
}

void fed_session_tell(const struct fed_session *session, const char *what, const char *detail)
{
    char text[FED_TAP_TEXT_MAX];
    if (!session->list->taps)
        return;
    struct fed_tap_stream stream = tap_stream(session);
    snprintf(text, sizeof(text), "%s%s%s", what, detail[0] ? ": " : "", detail);
    fed_tap_tell(session->list->taps, &stream, true, text);
}
