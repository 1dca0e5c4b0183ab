/* SPDX-License-Identifier: BSD-2-Clause */
/* How the initiating entity's stream ends (RFC 6120, 4.4; spec-digest b.3, state O14). */
#include "federation/stream_out_state.h"

#include "federation/ns.h"

void fed_out_finish(struct fed_out *out)
{
    bool is_handshaking = out->state == FED_OUT_TLS && !out->core.tls;
    if (out->core.has_ended)
        return;
    fed_core_put_end(&out->core);
    fed_core_end(&out->core, !is_handshaking);
}

void fed_out_fail(struct fed_out *out, enum fed_close reason, const char *detail)
{
    fed_core_reason(&out->core, reason, detail);
    fed_out_finish(out);
}

/* Stanzas on a stream that goes both ways, or the word that ours have arrived (b.7). Else there is
 * nothing that the peer may say. */
static bool has_rest(const struct fed_out *out)
{
    const struct fed_acks *acks = &out->core.acks;
    return out->is_bidi || (acks->is_on && acks->acked != acks->sent);
}

void fed_out_leave(struct fed_out *out, const struct fed_now *now, enum fed_close reason)
{
    if (out->state != FED_OUT_OPEN || !fed_close_takes_rest(reason) || !has_rest(out)) {
        fed_out_fail(out, reason, "");
        return;
    }
    fed_core_reason(&out->core, reason, "");
    fed_core_take_leave(&out->core);
    fed_out_go(out, now, FED_OUT_CLOSING);
}

bool fed_out_closing(struct fed_out *out, const struct fed_now *now)
{
    if (gp_span_is(fed_xml_element(out->core.xml)->ns, FED_NS_SM) &&
        !fed_core_take_sm(&out->core, now, FED_SM_ASKED))
        fed_out_finish(out);
    return true;
}

void fed_out_stop(struct fed_out *out, const struct fed_now *now, enum fed_close reason)
{
    if (out->state != FED_OUT_CLOSING)
        fed_out_leave(out, now, reason);
}
