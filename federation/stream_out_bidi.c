/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that the peer uses as well (XEP-0288; spec-digest b.6): asked for before authentication;
 * what comes in is the inverse of the one pair that the stream is for. */
#include "federation/stream_out_state.h"

#include "federation/ns.h"
#include "federation/xml_out.h"

bool fed_out_wants_bidi(const struct fed_out *out)
{
    /* Only inside TLS (XEP-0288, 2.2), whose certificate was judged before anything was said. */
    return out->offer.bidi && out->policy->bidi && !out->is_one_way && out->core.tls &&
           out->purpose == FED_OUT_RELAY;
}

void fed_out_put_bidi(struct fed_out *out)
{
    const struct fed_limits_out limits = fed_limits_told(&out->core.settings->limits, true);
    fed_put_bidi(&out->core.output, &limits);
    out->is_bidi = true;
}

void fed_out_stanza(struct fed_out *out, const struct fed_now *now)
{
    struct fed_stanza *stanza = &out->stanza;
    enum fed_stanza_fault fault = fed_stanza_read(fed_xml_element(out->core.xml), stanza);
    bool is_open = out->state == FED_OUT_OPEN || out->state == FED_OUT_CLOSING;
    if (!out->is_bidi || !is_open) {
        fed_out_fail(out, FED_CLOSE_NOT_AUTHORIZED, "this stream carries ours only");
    } else if (fault != FED_STANZA_OK) {
        fed_out_fail(out, FED_CLOSE_ADDRESS, fed_stanza_fault_text(fault));
    } else if (!dns_domain_equal(&stanza->from, &out->partner)) {
        fed_out_fail(out, FED_CLOSE_INVALID_FROM, stanza->from.ascii);
    } else if (!dns_domain_equal(&stanza->to, &out->home)) {
        fed_out_fail(out, FED_CLOSE_HOST_UNKNOWN, stanza->to.ascii);
    } else if (out->state == FED_OUT_OPEN || !out->core.acks.is_on) {
        /* what is acknowledged no more, the peer keeps: it would come twice (b.7) */
        out->has_stanza = true;
        out->core.acks.handled++; /* whoever gets it is responsible for it (b.7) */
        if (out->state == FED_OUT_OPEN)
            fed_core_arm(&out->core, now, &fed_out_states[FED_OUT_OPEN].row);
    }
}

/*
 * The peer would prove another pair on this stream (XEP-0288, 2.2). It is told, gracefully, to do
 * so on a stream of its own (b.4: resource-constraint).
 */
bool fed_out_refuse_result(struct fed_out *out)
{
    if (!out->is_bidi || !fed_core_is(&out->core, FED_NS_DIALBACK, "result"))
        return false;
    const struct fed_node *node = fed_core_tree(&out->core);
    if (!node || fed_node_attribute(node, "type"))
        return false;
    const struct fed_dialback_out answer = {
        .name = "result",
        .from = fed_node_attribute(node, "to"),
        .to = fed_node_attribute(node, "from"),
        .type = "error",
        .condition = "resource-constraint",
    };
    fed_put_dialback(&out->core.output, &answer);
    return true;
}
