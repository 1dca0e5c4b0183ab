/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How each domain of a check stands by itself. What is found about domains together, such as a name
 * server, counts for those alone that depend on it.
 */
#ifndef GP_APP_VERDICTS_H
#define GP_APP_VERDICTS_H

#include "readiness/judge/check.h"
#include "readiness/report/lines.h"

struct app_domain_verdict {
    const struct app_seen_domain *domain;
    enum app_verdict verdict;
    int64_t safe_at_s; /* of APP_TO_WAIT; 0: no time is known */
    /* By number of the check: which has found that about the domain. What does not count is left
     * out, unless it warns. */
    bool has[APP_FAIL + 1][APP_CHECKS_MAX];
};

struct app_verdicts {
    struct gp_arena arena;
    size_t count;
    struct app_domain_verdict **list;   /* in the order of the domains */
    struct app_domain_verdict **urgent; /* those that want most attention first */
    struct gp_map index;                /* by domain */
};

/* seen and findings outlive the verdicts. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_verdicts_create(const struct app_findings *findings,
                                             const struct app_observations *seen,
                                             struct app_verdicts **ret, struct gp_err *err);
/* That of a domain of the check; NULL when it is none. */
const struct app_domain_verdict *app_verdicts_find(const struct app_verdicts *verdicts,
                                                   const struct dns_domain *domain);

/* Appends what the verdict rests on: "to be corrected V3, T9; worth a look N6"; nothing, where all
 * is well. */
void app_verdict_reason(struct gp_buf *out, const struct app_domain_verdict *verdict);

/* NULL is fine. */
void app_verdicts_destroy(struct app_verdicts *verdicts);

#endif
