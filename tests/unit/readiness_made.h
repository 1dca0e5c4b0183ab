/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings that nobody has found: for what is made of them. */
#ifndef GP_TESTS_READINESS_MADE_H
#define GP_TESTS_READINESS_MADE_H

#include "readiness/judge/check.h"

struct made_finding {
    const char *check; /* id */
    enum app_status status;
    const char *domain, *place; /* NULL: it concerns all */
    const char *subject, *sentence;
    const char *evidence, *vantage, *endpoint; /* NULL: none */
    struct {
        enum app_fix_kind kind;
        const char *text; /* NULL: none */
    } fixes[2];
    int64_t until_s;
    const char *accepted; /* with which reason; NULL: it is not */
    enum app_status accepted_status;
    int64_t accepted_until_s;
};

/* The findings are empty, and have an arena for what they hold. */
void made_begin(struct app_findings *findings);
/* At the end; with the verdict and the time of all. */
void made_add(struct app_findings *findings, const struct made_finding *made);
void made_note(struct app_findings *findings, const char *text);
void made_end(struct app_findings *findings);

#endif
