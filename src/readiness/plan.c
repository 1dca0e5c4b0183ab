/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/plan.h"

#include "zone_settings.h"

#define ARENA_BYTES_MAX (64 * 1048576)

static const struct app_seen_zone *zone_of(const struct app_observations *seen,
                                           const struct dns_name *name)
{
    const struct app_seen_owner *owner = seen ? app_observations_owner(seen, name) : NULL;
    return owner && owner->seen == APP_CAME ? owner->zone : NULL;
}

static void find_place(const struct app_config *config, const struct app_observations *seen,
                       const struct dns_name *owner, struct zone_place *place)
{
    const struct app_seen_zone *zone = zone_of(seen, owner);
    app_zone_guess(config, owner, place);
    if (!zone)
        return;
    place->apex = zone->zone->apex;
    place->signing = zone->zone->security == DNS_INSECURE ? ZONE_UNSIGNED : ZONE_SIGNED;
}

enum gp_code app_readiness_plan(const struct app_config *config,
                                const struct app_observations *seen, struct zone_plan **ret,
                                struct gp_err *err)
{
    struct zone_settings settings;
    struct dns_name *owners = NULL;
    struct zone_place *places = NULL;
    struct gp_arena arena;
    size_t count = 0;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    enum gp_code code = app_zone_settings(config, &arena, &settings, err);
    if (code == GP_OK)
        code = zone_plan_owners(&settings, &arena, &owners, &count, err);
    if (code == GP_OK && !(places = gp_arena_alloc(&arena, count * sizeof(*places))))
        code = gp_err_nomem(err);
    for (size_t i = 0; i < count && code == GP_OK; i++)
        find_place(config, seen, &owners[i], &places[i]);
    if (code == GP_OK)
        code = zone_plan_create(&settings, places, count, ret, err);
    gp_arena_finish(&arena);
    return code;
}
