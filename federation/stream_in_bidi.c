/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that a peer opened and lets us use as well (XEP-0288; spec-digest b.6): for the inverse
 * of each valid pair. */
#include "federation/stream_in_state.h"

#include "federation/ns.h"

bool fed_in_offers_bidi(const struct fed_in *in)
{
    return in->core.tls && in->policy && in->policy->bidi && !in->probe[0];
}

void fed_in_take_bidi(struct fed_in *in)
{
    if (in->is_bidi || !fed_in_offers_bidi(in) || !fed_core_is(&in->core, FED_NS_BIDI, "bidi"))
        return;
    const struct fed_node *node = fed_core_tree(&in->core);
    const struct fed_node *limits = node ? fed_node_child(node, FED_NS_LIMITS, "limits") : NULL;
    in->is_bidi = true;
    if (limits)
        fed_peer_limits_read(limits, &in->core.peer);
}

bool fed_in_carries(const struct fed_in *in, const struct dns_domain *home,
                    const struct dns_domain *partner)
{
    const struct fed_in_pair pair = {*home, *partner};
    const struct fed_partner *policy = fed_settings_partner(in->core.settings, partner);
    return in->is_bidi && policy && policy->bidi && fed_in_pairs_is_valid(&in->pairs, &pair);
}

bool fed_in_send(struct fed_in *in, const struct fed_now *now, struct gp_span stanza)
{
    if (in->state != FED_IN_OPEN || in->core.has_ended)
        return false;
    gp_buf_append_span(&in->core.output, stanza);
    fed_core_arm(&in->core, now, &fed_in_states[FED_IN_OPEN].row);
    fed_acks_sent(&in->core.acks, &in->core.settings->limits, now->mono_ms);
    fed_core_speak(&in->core, now);
    return gp_buf_failed(&in->core.output) == GP_OK;
}

bool fed_in_has_acks(const struct fed_in *in)
{
    return in->core.acks.is_on;
}

size_t fed_in_max_bytes(const struct fed_in *in)
{
    return in->core.peer.max_bytes > 0 ? in->core.peer.max_bytes : SIZE_MAX;
}
