/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving entity's stream when it carries stanzas: whose, and for whom (RFC 6120, 8.1;
 * spec-digest b.2 states I7 and I8, e.1). */
#include "federation/stream_in_state.h"

#include "federation/ns.h"

/* Whether ret holds the stanza. */
static bool judge_stanza(struct fed_in *in, struct fed_request *ret)
{
    struct fed_stanza *stanza = &in->stanza;
    enum fed_stanza_fault fault = fed_stanza_read(fed_xml_element(in->core.xml), stanza);
    const struct fed_in_pair pair = {stanza->to, stanza->from};
    if (in->probe[0]) {
        fed_in_fail(in, FED_CLOSE_NOT_AUTHORIZED, "a probe carries none");
    } else if (fault != FED_STANZA_OK) {
        fed_in_fail(in, FED_CLOSE_ADDRESS, "%s", fed_stanza_fault_text(fault));
    } else if (!fed_in_pairs_is_valid(&in->pairs, &pair)) { /* T33, T48, T49 */
        bool is_known = fed_in_pairs_has_partner(&in->pairs, &stanza->from);
        fed_in_fail(in, is_known ? FED_CLOSE_HOST_UNKNOWN : FED_CLOSE_INVALID_FROM,
                    "%.110s to %.110s", stanza->from.ascii, stanza->to.ascii);
    } else {
        ret->what = FED_DO_STANZA;
        ret->u.stanza = stanza;
        in->core.acks.handled++; /* whoever gets it is responsible for it (b.7) */
        return true;
    }
    return false;
}

void fed_in_take_sm(struct fed_in *in, const struct fed_now *now, enum fed_sm_role role)
{
    if (!fed_core_take_sm(&in->core, now, role))
        fed_in_finish(in);
}

bool fed_in_opened(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(in->core.xml);
    if (fed_stanza_is(element)) {
        fed_core_arm(&in->core, now, &fed_in_states[FED_IN_OPEN].row); /* not idle */
        return judge_stanza(in, ret);
    }
    if (fed_core_is(&in->core, FED_NS_TLS, "starttls"))
        fed_in_refuse_tls(in, "the stream is open"); /* T25 */
    else if (gp_span_is(element->ns, FED_NS_SASL))
        fed_in_refuse_sasl(in, now, "not-authorized"); /* once is enough (T18) */
    else if (gp_span_is(element->ns, FED_NS_DIALBACK))
        fed_in_take_dialback(in, now);
    else if (gp_span_is(element->ns, FED_NS_SM))
        fed_in_take_sm(in, now, FED_SM_OPEN);
    return false;
}

/* We have said our last word, but what the peer sent before it heard that is taken. */
bool fed_in_closing(struct fed_in *in, const struct fed_now *now, struct fed_request *ret)
{
    const struct fed_xml_element *element = fed_xml_element(in->core.xml);
    if (gp_span_is(element->ns, FED_NS_SM)) /* an acknowledgement still counts */
        fed_in_take_sm(in, now, FED_SM_EARLY);
    /* What is acknowledged no more, the peer keeps: it would come twice (b.7). */
    return fed_stanza_is(element) && !in->core.acks.is_on && judge_stanza(in, ret);
}
