/* SPDX-License-Identifier: BSD-2-Clause */
/* What the zones layer is told, out of the configuration. */
#ifndef GP_APP_ZONE_SETTINGS_H
#define GP_APP_ZONE_SETTINGS_H

#include "config/config.h"
#include "zones/plan.h"

/* Borrows from config; what has to be made is the arena's. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_zone_settings(const struct app_config *config, struct gp_arena *arena,
                                           struct zone_settings *ret, struct gp_err *err);

/* The TTL around a change: low-ttl, but where ttl is lower still. */
uint32_t app_low_ttl_s(const struct app_domain *domain);

/*
 * Where a name lives as far as the configuration tells: in the closest home domain above it.
 * Otherwise in the domain above its host, which is a guess. Signing is ZONE_NOT_KNOWN.
 */
void app_zone_guess(const struct app_config *config, const struct dns_name *owner,
                    struct zone_place *ret);

#endif
