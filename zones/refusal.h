/* SPDX-License-Identifier: BSD-2-Clause */
/* What must not be published, because of what DNS holds already. Pure. */
#ifndef GP_ZONES_REFUSAL_H
#define GP_ZONES_REFUSAL_H

#include "zones/plan.h"
#include "zones/published.h"

/* Errors (GP_ERR_INPUT) name the record that would break something, and what to do. */
GP_MUST_USE enum gp_code zone_refuse(const struct zone_plan *plan,
                                     const struct zone_published *published, struct gp_err *err);

#endif
