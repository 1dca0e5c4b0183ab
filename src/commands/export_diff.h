/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost export --diff: what is planned against what each authoritative server holds. */
#ifndef GP_APP_EXPORT_DIFF_H
#define GP_APP_EXPORT_DIFF_H

#include "published.h"
#include "zones/change.h"

/* Borrowed for the call. */
struct app_export_diff {
    const char *digest; /* of the configuration */
    const struct app_published *published;
    const struct zone_changes *changes;
    bool is_json;
};

/* How many addresses of servers, each counted for each zone that it serves. */
struct app_export_result {
    size_t asked;
    size_t different; /* hold something else than is planned */
    size_t unknown;   /* did not tell all; may be among the different as well */
};

/* Appends to out, whose own failure the caller looks for. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_export_compare(const struct app_export_diff *diff, struct gp_buf *out,
                                            struct app_export_result *ret, struct gp_err *err);

#endif
