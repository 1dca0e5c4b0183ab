/* SPDX-License-Identifier: BSD-2-Clause */
/* What plan.c and plan_records.c share. */
#ifndef GP_ZONES_PLAN_IMPL_H
#define GP_ZONES_PLAN_IMPL_H

#include "zones/plan.h"

/* The records of one name and type, which stand together. */
struct zone_plan_set {
    size_t first, count;               /* in the list */
    const struct zone_record *records; /* in the part; NULL until that is made */
};

/* Records in the order of the plan, before anybody said where their owners live. */
struct zone_plan_list {
    size_t count;
    struct zone_record *records; /* in the arena */
};

/* Fills sets, which is empty: by owner and type, struct zone_plan_set of the arena. Errors: as
 * zone_plan_create(). */
GP_MUST_USE enum gp_code zone_plan_list(const struct zone_settings *settings,
                                        struct gp_arena *arena, struct gp_map *sets,
                                        struct zone_plan_list *ret, struct gp_err *err);

#endif
