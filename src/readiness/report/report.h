/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings for people and for machines. */
#ifndef GP_APP_REPORT_H
#define GP_APP_REPORT_H

#include "readiness/judge/timeline.h"

#include <stdio.h>

/* What stands above the findings. Borrowed for the call. */
struct app_report {
    const struct app_findings *findings;
    const struct app_observations *seen;
    const struct app_config *config;
    const struct zone_plan *plan;
    enum app_phase phase;
    const char *vantage;                  /* from where it was looked: the name of this machine */
    int64_t at_s;                         /* judged as if it were then; 0: as it was */
    const struct zone_timeline *timeline; /* NULL: nothing is planned */
    const char *no_past; /* why nothing is known of earlier runs; NULL: a journal is kept */
    bool has_colour;     /* text: for a terminal */
    size_t width;        /* text: of the terminal, in columns; 0: no line is broken */
    bool is_partial;     /* a part of the checks was asked for */
    bool has_all;        /* text: also what passed, with its evidence */
    bool has_timeline;   /* text: the timeline is wanted, too */
};

/*
 * What wants attention, each with its fix, the most urgent first; a line for each of the six steps;
 * the verdict as the last line. Findings that say the same of several subjects are one line; what
 * wants to be corrected never is.
 */
GP_MUST_USE enum gp_code app_report_text(const struct app_report *report, FILE *to,
                                         struct gp_err *err);

/* Schema 1 of docs/check.md: every finding by itself. Errors: as app_json_print(). */
GP_MUST_USE enum gp_code app_report_json(const struct app_report *report, FILE *to,
                                         struct gp_err *err);

/* One line with performance data, as Nagios and its kin read it; *ret_status is for them too: 0, 1,
 * 2 or 3. */
GP_MUST_USE enum gp_code app_report_nagios(const struct app_report *report, FILE *to,
                                           int *ret_status, struct gp_err *err);

/* Metrics in the text format of Prometheus, for the textfile collector of its node exporter. */
GP_MUST_USE enum gp_code app_report_prometheus(const struct app_report *report, FILE *to,
                                               struct gp_err *err);

/* One page of HTML that needs nothing else, for people who were not there. */
GP_MUST_USE enum gp_code app_report_html(const struct app_report *report, FILE *to,
                                         struct gp_err *err);

/* What the verdict rests on, such as "to be corrected: V3, T9"; returns out. */
#define APP_VERDICT_TEXT_MAX 2000
const char *app_report_verdict_text(const struct app_findings *findings,
                                    char out[APP_VERDICT_TEXT_MAX]);

/* When the first certificate ends of all that the domain's endpoints of a service showed, with
 * their chains; 0 when none was seen. Wall clock. */
int64_t app_report_certificate_end(const struct app_seen_domain *domain, enum dns_service service);

#endif
