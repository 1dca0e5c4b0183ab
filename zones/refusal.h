/* SPDX-License-Identifier: BSD-2-Clause */
/* What must not be published, because of what DNS holds already. Pure. */
#ifndef GP_ZONES_REFUSAL_H
#define GP_ZONES_REFUSAL_H

#include "zones/change.h"
#include "zones/plan.h"
#include "zones/published.h"

/* Errors (GP_ERR_INPUT) name the record that would break something, and what to do. */

/* A record that would stand beside an alias, or at a service's target that is one. */
GP_MUST_USE enum gp_code zone_refuse_aliases(const struct zone_plan *plan,
                                             const struct zone_published *published,
                                             struct gp_err *err);

/* TLSA records none of which is for the key that is served: who goes by them would turn away (RFC
 * 7671, 8.4). What is not known is not judged, nor are those that ZONE_PREPARE leaves as they are.
 */
GP_MUST_USE enum gp_code zone_refuse_keys(const struct zone_plan *plan,
                                          const struct zone_published *published,
                                          enum zone_profile profile, struct gp_err *err);

#endif
