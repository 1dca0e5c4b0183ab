/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of everything that a router keeps, step by step: draining and stopping. */
#include "federation/router_state.h"

void fed_router_quiet(struct fed_router *router)
{
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        if (router->insides[i])
            fed_inside_quiet(router->insides[i]);
    router->is_quiet = true;
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_hurry(pair);
}

void fed_router_dismiss(struct fed_router *router, enum fed_close reason)
{
    size_t pos = 0;
    router->is_dismissing = true;
    router->dismissal = reason;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_dismiss(pair, reason);
}

size_t fed_router_shared(const struct fed_router *router)
{
    size_t shared = 0, pos = 0;
    for (const struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        shared += fed_pair_is_shared(pair);
    return shared;
}

size_t fed_router_waiting(const struct fed_router *router)
{
    size_t waiting = 0, pos = 0;
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        waiting += router->insides[i] ? fed_inside_waiting(router->insides[i]) : 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));) {
        struct fed_pair_status status;
        fed_pair_status(pair, &status);
        waiting += status.queued;
    }
    return waiting;
}

size_t fed_router_streams(const struct fed_router *router)
{
    size_t count = 0;
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        count += router->insides[i] ? fed_inside_streams(router->insides[i]) : 0;
    return count;
}

void fed_router_flush(struct fed_router *router)
{
    router->is_flushing = true;
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        if (router->insides[i])
            fed_inside_flush(router->insides[i]);
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_flush(pair);
}

void fed_router_part(struct fed_router *router)
{
    for (size_t i = 0; i < FED_INSIDE_MAX; i++)
        if (router->insides[i])
            fed_inside_stop(router->insides[i]);
}

bool fed_router_has_parted(const struct fed_router *router)
{
    if (fed_router_streams(router) > 0 || fed_router_waiting(router) > 0)
        return false;
    for (const struct fed_session *session = router->context->sessions.first; session;
         session = fed_session_next(session))
        if (!fed_session_partner(session) && !fed_session_has_ended(session))
            return false;
    return true;
}

void fed_router_stop(struct fed_router *router)
{
    size_t pos = 0;
    for (struct fed_pair *pair; (pair = gp_map_next(&router->pairs, &pos));)
        fed_pair_stop(pair, FED_CLOSE_SHUTDOWN);
}
