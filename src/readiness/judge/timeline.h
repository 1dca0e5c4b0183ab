/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline of the cutover of all domains that were looked at, out of what was seen and what is
 * planned. */
#ifndef GP_APP_READINESS_TIMELINE_H
#define GP_APP_READINESS_TIMELINE_H

#include "readiness/judge/check.h"
#include "zones/timeline.h"

/* Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_timeline_create(const struct app_judge_input *input,
                                             struct zone_timeline **ret, struct gp_err *err);

/* The steps as one goes through them: what is over, what can be done, what is to come, each by its
 * time; and what depends on something else. Returns their number. */
size_t app_timeline_sorted(const struct zone_timeline *timeline,
                           const struct zone_step *ret[ZONE_STEPS_MAX]);

/* "over", "now", "to come", "depends". */
const char *app_step_state_word(enum zone_step_state state);

#endif
