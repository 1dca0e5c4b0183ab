/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/closing.h"

void fed_close_partner(struct fed_context *context, const struct dns_domain *partner,
                       struct fed_closing *ret)
{
    for (struct fed_session *session = context->sessions.first; session;
         session = fed_session_next(session)) {
        const struct dns_domain *peer = fed_session_partner(session);
        if (!peer || fed_session_has_ended(session) ||
            !fed_settings_is_same(context->settings, peer, partner))
            continue;
        fed_session_stop(session, FED_CLOSE_ASKED);
        if (fed_session_is_outbound(session))
            ret->outbound++;
        else
            ret->inbound++;
    }
}
