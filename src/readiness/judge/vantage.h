/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports of other runs, made elsewhere: what a check sees depends on where it looks from. Their
 * findings join those of this run, each with the name of its vantage.
 */
#ifndef GP_APP_VANTAGE_H
#define GP_APP_VANTAGE_H

#include "json.h"
#include "readiness/judge/check.h"

/* One report: where it was made, and what it says. */
struct app_vantage {
    struct app_vantage *next;
    char *name, *time;       /* owned; printable */
    struct app_json *report; /* owned */
};

/* Reads what "gatepost check --json" has printed. Errors: GP_ERR_INPUT (it is no such report, or of
 * another schema), GP_ERR_SYSTEM, GP_ERR_LIMIT; they name the file. */
GP_MUST_USE enum gp_code app_vantage_read(const char *path, struct app_vantage **ret,
                                          struct gp_err *err);
/* All of them. NULL is fine. */
void app_vantages_destroy(struct app_vantage *first);

/*
 * Adds the findings of the vantages about the domains and checks of this run, but for those that
 * could not be found out there either. What was UNKNOWN here and was seen there is decided by it:
 * SKIP. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_merge(const struct app_judge_input *input,
                                   struct app_findings *findings, struct gp_err *err);

#endif
