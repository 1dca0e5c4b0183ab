/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings for people and for machines. */
#ifndef GP_APP_REPORT_H
#define GP_APP_REPORT_H

#include "readiness/check.h"

#include <stdio.h>

/* What stands above the findings. Borrowed for the call. */
struct app_report {
    const struct app_findings *findings;
    const struct app_observations *seen;
    const struct app_config *config;
    enum app_phase phase;
    const char *vantage; /* from where it was looked: the name of this machine */
    bool has_colour;     /* text: for a terminal */
    bool is_partial;     /* text: a part of the checks was asked for */
};

/* The six steps with their findings, and the verdict as the last line. A step without any check
 * says so. Findings that say the same
 * of several subjects are one line; what wants to be corrected never is. */
GP_MUST_USE enum gp_code app_report_text(const struct app_report *report, FILE *to,
                                         struct gp_err *err);

/* Schema 1 of docs/check.md: every finding by itself. Errors: as app_json_print(). */
GP_MUST_USE enum gp_code app_report_json(const struct app_report *report, FILE *to,
                                         struct gp_err *err);

#endif
