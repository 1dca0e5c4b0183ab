/* SPDX-License-Identifier: BSD-2-Clause */
/* What "gatepost check" prints, in which form and to where. */
#ifndef GP_APP_CHECK_OUTPUT_H
#define GP_APP_CHECK_OUTPUT_H

#include "readiness/report/report.h"

/* As the command line has it. */
struct app_check_output {
    bool is_json, is_nagios, is_prometheus, has_all, has_timeline;
    const char *file; /* NULL: standard output */
    const char *page; /* where the page of HTML goes besides; NULL: nowhere */
};

/* Whether that makes sense together; says on stderr what does not. */
bool app_check_output_is_usable(const struct app_check_output *output);

/*
 * Prints the report; *ret_status is the exit status that it stands for. A file is replaced as a
 * whole.
 */
GP_MUST_USE enum gp_code app_check_print(const struct app_check_output *output,
                                         struct app_report *report, int *ret_status,
                                         struct gp_err *err);

#endif
