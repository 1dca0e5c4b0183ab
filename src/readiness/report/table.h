/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the text that is about several domains: a line for each. */
#ifndef GP_APP_REPORT_TABLE_H
#define GP_APP_REPORT_TABLE_H

#include "readiness/report/report.h"
#include "readiness/report/verdicts.h"

/* Text in the status's colour, where the report has colours; padded to the width. */
void app_text_put_coloured(const struct app_report *report, FILE *to, enum app_status status,
                           const char *text, int width);

/* How each domain stands, and why: those that want most attention first, each kind in the order in
 * which they were named. */
void app_text_put_table(const struct app_report *report, const struct app_verdicts *verdicts,
                        FILE *to);

#endif
