/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the page share: html.c and page_*.c. Everything that is not of the
 * program's own making is put by app_page_text(), which leaves no markup in it.
 */
#ifndef GP_APP_PAGE_H
#define GP_APP_PAGE_H

#include "readiness/report/report.h"
#include "readiness/report/lines.h"

struct app_page {
    const struct app_report *report;
    const struct app_lines *lines;
    int worst[APP_CHECKS_MAX]; /* by number of the check */
    bool is_accepted[APP_CHECKS_MAX];
    bool has_anchor[APP_CHECKS_MAX]; /* a finding to jump to */
    bool has_several;                /* domains */
    struct gp_buf out;
};

/* The styles: made of page.css by tools/embed.py. */
extern const char app_page_css[];

/* Text from anywhere, escaped. */
void app_page_text(struct app_page *page, const char *text);

/* "fail", ...: the class of a status; its sign, and the word beside it. */
const char *app_page_class(enum app_status status);
void app_page_status(struct app_page *page, enum app_status status, const char *word);

/* When each step of the cutover is safe; nothing in daily operation, or without a cutover. */
void app_page_timeline(struct app_page *page);

/* A table of the domains, where there are several. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_page_domains(struct app_page *page, struct gp_err *err);

/* A section for each server-by-record matrix, zone by zone. */
void app_page_zones(struct app_page *page);

#endif
