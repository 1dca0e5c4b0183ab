/* SPDX-License-Identifier: BSD-2-Clause */
/* What `gatepost tlsa` prints. */
#ifndef GP_APP_TLSA_REPORT_H
#define GP_APP_TLSA_REPORT_H

#include "tlsa_view.h"

struct app_tlsa_report {
    const struct app_config *config;
    int64_t now_s;
    const char *trouble; /* why nothing is known of earlier runs; NULL: it is */
    size_t count;
    const struct app_tlsa_view *views;
};

/* Errors: GP_ERR_NOMEM, GP_ERR_LIMIT, GP_ERR_BUG. */
GP_MUST_USE enum gp_code app_tlsa_report_text(const struct app_tlsa_report *report,
                                              struct gp_buf *out, struct gp_err *err);
GP_MUST_USE enum gp_code app_tlsa_report_json(const struct app_tlsa_report *report,
                                              struct gp_buf *out, struct gp_err *err);

#endif
