/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DNS holds now where the configuration wants records: every authoritative server of each
 * record set of the plan is asked, all at once, past every cache; the validating resolver says
 * where the zones are and whether they are signed.
 */
#ifndef GP_APP_PUBLISHED_H
#define GP_APP_PUBLISHED_H

#include "config/config.h"
#include "readiness/collect.h"
#include "zones/plan.h"
#include "zones/published.h"

struct app_published {
    struct app_observations *seen; /* what each server says by itself; owned */
    struct zone_plan *plan;        /* each name in the zone where it was found; owned */
    struct zone_published sets; /* what they agree on: a set for each of the plan, in its order */
    struct gp_arena arena;      /* holds sets */
};

/* Every record set of the plan, once; memory of the arena. For app_collect_setup.sets. Errors: as
 * zone_plan_create(). */
GP_MUST_USE enum gp_code app_published_wanted(const struct app_config *config,
                                              struct gp_arena *arena, struct app_wanted **ret,
                                              size_t *ret_count, struct gp_err *err);

/*
 * Out of observations that were collected with those sets; takes seen, also on failure. Errors:
 * GP_ERR_DNS when a zone could not be found; as zone_plan_create().
 */
GP_MUST_USE enum gp_code app_published_read(const struct app_config *config,
                                            struct app_observations *seen,
                                            struct app_published **ret, struct gp_err *err);

/*
 * Both, with a resolver and a loop of its own: returns when all is known or timeout_ms are over.
 * For commands. Errors: those of both, and of dns_resolver_create_local().
 */
GP_MUST_USE enum gp_code app_published_ask(const struct app_config *config, uint32_t timeout_ms,
                                           struct app_published **ret, struct gp_err *err);

/* NULL is fine. */
void app_published_destroy(struct app_published *published);

#endif
