/* SPDX-License-Identifier: BSD-2-Clause */
/* A route for a reader, or as JSON. */
#ifndef GP_APP_RESOLVE_REPORT_H
#define GP_APP_RESOLVE_REPORT_H

#include "dns/route.h"

#include <stdio.h>

/* For a reader: each name that was asked, then the endpoints in the order in which they would be
 * tried. */
void app_resolve_print(const struct dns_route *route, FILE *to);

/* Schema 1. */
GP_MUST_USE enum gp_code app_resolve_json(const struct dns_route *route, FILE *to,
                                          struct gp_err *err);

#endif
