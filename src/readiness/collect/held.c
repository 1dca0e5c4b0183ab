/* SPDX-License-Identifier: BSD-2-Clause */
/* What public resolvers hold (M4). */
#include "readiness/collect/collecting.h"

#include "readiness/compare.h"

static bool have_all_said(const struct app_seen_rrset *rrset)
{
    for (size_t i = 0; i < rrset->owner->zone->server_count; i++)
        if (rrset->replies[i].seen == APP_NOT_ASKED)
            return false;
    return true;
}

/*
 * Whoever asks a resolver has it keep the answer. So it is asked for nothing that it does not find,
 * or finds otherwise, at one of the name servers: it would keep that for others.
 */
void app_ask_resolvers(struct app_collect *collect, struct app_seen_rrset *rrset)
{
    const struct app_check_settings *check = &collect->setup.config->check;
    if (!collect->setup.wants_held || rrset->held || !app_is_sought(rrset->type) ||
        !have_all_said(rrset) || !app_agreed(rrset))
        return;
    if (!app_seen_held(collect->seen, rrset, check->resolver_count)) {
        collect->has_failed = true;
        return;
    }
    for (size_t i = 0; i < check->resolver_count; i++) {
        const struct app_ask what = {.server = check->resolvers[i],
                                     .name = &rrset->owner->name,
                                     .type = rrset->type,
                                     .wishes = DNS_WISH_RECURSION};
        app_ask(collect, &what, &rrset->held[i]);
    }
}
