/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost export --if-ready: the check that comes first. */
#ifndef GP_APP_EXPORT_CHECK_H
#define GP_APP_EXPORT_CHECK_H

#include "zones/change.h"

/*
 * Makes the check of the phase in which such records are published: of prepare, gate, or, since the
 * long TTL comes when the old gateway may go, decommission. Returns its exit status; unless that is
 * APP_EXIT_OK, what it found is on stderr. path: of the configuration.
 */
int app_export_check(const char *path, enum zone_profile profile);

#endif
