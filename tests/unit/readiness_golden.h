/* SPDX-License-Identifier: BSD-2-Clause */
/* A report in each of its forms, and the files of tests/golden/check that it is compared with. */
#ifndef GP_TESTS_READINESS_GOLDEN_H
#define GP_TESTS_READINESS_GOLDEN_H

#include "readiness/report/report.h"

typedef void golden_fn(const struct app_report *report, FILE *to);

golden_fn golden_text, golden_json, golden_prometheus, golden_html;
/* With a line for the exit status behind it. */
golden_fn golden_nagios;

/* What is printed; to be freed. */
char *golden_print(const struct app_report *report, golden_fn *print);

/* Fails unless it is what the file holds; with GOLDEN_UPDATE in the environment it is from then
 * on. */
void golden_compare(const char *file, const struct app_report *report, golden_fn *print);

#endif
