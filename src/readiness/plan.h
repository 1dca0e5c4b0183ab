/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan of records, with each name in the zone where the check has seen it. */
#ifndef GP_APP_READINESS_PLAN_H
#define GP_APP_READINESS_PLAN_H

#include "config/config.h"
#include "readiness/observe.h"
#include "zones/plan.h"

/* seen may be NULL: then, as for names whose zone was not found, the zones are guessed. Errors: as
 * zone_plan_create(). */
GP_MUST_USE enum gp_code app_readiness_plan(const struct app_config *config,
                                            const struct app_observations *seen,
                                            struct zone_plan **ret, struct gp_err *err);

#endif
