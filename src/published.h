/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DNS holds now where the configuration wants records: every authoritative server of each
 * record set of the plan is asked, all at once, past every cache; the validating resolver says
 * where the zones are and whether they are signed.
 */
#ifndef GP_APP_PUBLISHED_H
#define GP_APP_PUBLISHED_H

#include "config/config.h"
#include "readiness/collect/collect.h"
#include "zones/plan.h"
#include "zones/published.h"

struct app_published {
    struct app_observations *seen; /* what each server says by itself; owned */
    struct zone_plan *plan;        /* each name in the zone where it was found; owned */
    struct zone_published sets; /* what they agree on: a set for each of the plan, in its order */
    /* Record sets that the plan leaves empty, and that would act on the endpoint: the other family
     * of a host's addresses, TLSA records at a port that is to have none. */
    size_t gap_count;
    const struct app_wanted *gaps;
    struct gp_arena arena; /* holds sets and gaps */
};

/* Every record set of the plan, and every gap, once; memory of the arena. For
 * app_collect_setup.sets. Errors: as zone_plan_create(). */
GP_MUST_USE enum gp_code app_published_wanted(const struct app_config *config,
                                              struct gp_arena *arena, struct app_wanted **ret,
                                              size_t *ret_count, struct gp_err *err);

/*
 * Every address and port that the plan has TLSA records for, with each domain that is served there;
 * memory of the arena. For app_collect_setup.keys. Errors: as zone_plan_create().
 */
GP_MUST_USE enum gp_code app_published_keys(const struct app_config *config, struct gp_arena *arena,
                                            struct app_wanted_key **ret, size_t *ret_count,
                                            struct gp_err *err);

/*
 * Out of observations that were collected with those sets and keys; takes seen, also on failure.
 * Errors: GP_ERR_DNS when a zone could not be found; as zone_plan_create().
 */
GP_MUST_USE enum gp_code app_published_read(const struct app_config *config,
                                            struct app_observations *seen,
                                            struct app_published **ret, struct gp_err *err);

/*
 * Only asks for record sets and keys, with a resolver and a loop of its own: returns when all is
 * known or timeout_ms are over. For commands. Errors: those of app_tls_create() and of
 * dns_resolver_create_local().
 */
GP_MUST_USE enum gp_code app_published_collect(const struct app_config *config,
                                               const struct app_wanted *sets, size_t set_count,
                                               const struct app_wanted_key *keys, size_t key_count,
                                               uint32_t timeout_ms, struct app_observations **ret,
                                               struct gp_err *err);

/*
 * All of it, likewise. Errors: those of the above.
 */
GP_MUST_USE enum gp_code app_published_ask(const struct app_config *config, uint32_t timeout_ms,
                                           struct app_published **ret, struct gp_err *err);

/* NULL is fine. */
void app_published_destroy(struct app_published *published);

#endif
