/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/reload.h"

enum gp_code fed_reload(struct fed_router *router, struct fed_inbound *inbound,
                        const struct fed_reload *to, struct gp_err *err)
{
    struct fed_context *context = fed_router_context(router);
    const struct fed_settings *before = context->settings;
    context->settings = to->settings;
    context->route = to->route;
    context->tls = to->tls;
    context->own_addresses = to->own_addresses;
    context->own_address_count = to->own_address_count;
    /* Links first, since answers may go there; streams last, so that whoever hears of their end has
     * its new policy. */
    enum gp_code code = fed_router_set_settings(router, before, to->insides, to->inside_count, err);
    fed_inbound_set_settings(inbound);
    fed_attempts_set_settings(context, before);
    for (struct fed_session *session = context->sessions.first; session;
         session = fed_session_next(session))
        fed_session_set_settings(session, to->settings);
    return code;
}
