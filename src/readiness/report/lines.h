/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings as people read them: those that say the same of several subjects are one line. What was
 * not seen for one reason is told once, whatever checks wanted it; where all is well, one subject's
 * evidence will do. What wants to be corrected is never put together with something else.
 */
#ifndef GP_APP_REPORT_LINES_H
#define GP_APP_REPORT_LINES_H

#include "readiness/judge/check.h"

/* A finding of a line, because of its subject or because of its check. */
struct app_line_part {
    struct app_line_part *next;
    const struct app_finding *finding;
};

struct app_line {
    struct app_line *next;
    const struct app_finding *first;
    size_t subject_count;
    struct app_line_part *subjects,
        **subjects_end;                         /* one for each subject, the first one's first */
    struct app_line_part *checks, **checks_end; /* one for each check, likewise */
};

struct app_lines {
    struct gp_arena arena;
    struct app_line *of[APP_FAIL + 1]; /* by status, in the order of their first findings */
};

/* findings outlive the lines. The work grows with their number, not with its square. Errors:
 * GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_lines_create(const struct app_findings *findings,
                                          struct app_lines **ret, struct gp_err *err);
void app_lines_destroy(struct app_lines *lines);

/* How each check came out: *ret has, by its number in app_checks(), the worst status among its
 * findings, or APP_NOT_FOUND without any. */
#define APP_CHECKS_MAX 128
#define APP_NOT_FOUND  (-1)
void app_checks_worst(const struct app_findings *findings, int ret[APP_CHECKS_MAX]);

/* Whether something that the check found is accepted. */
void app_checks_accepted(const struct app_findings *findings, bool ret[APP_CHECKS_MAX]);

/* Appends before, label and the ids of the checks that are chosen, such as "; to be corrected V3,
 * T9", and has what comes next begin with "; ". Nothing, when none is. */
void app_checks_put(struct gp_buf *out, const bool chosen[APP_CHECKS_MAX], const char *label,
                    const char **before);

/* The worst of a step's checks; APP_NOT_FOUND when none of them was made. */
int app_step_worst(const int worst[APP_CHECKS_MAX], enum app_step step);

/* Whether there is a check for the step at all: for "Move all users" there is none. */
bool app_step_has_checks(enum app_step step);

/* What is said of a step that nothing is checked in. */
#define APP_STEP_NOT_CHECKED \
    "nothing is checked here: whether all have moved, only the administration inside knows"

/* The status that a verdict comes from. */
enum app_status app_verdict_status(enum app_verdict verdict);

#endif
