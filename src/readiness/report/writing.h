/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text, line by line: text.c, table.c and timeline.c. A line's begin is printed at once, its
 * words are appended to .line, and app_text_end_line() prints them, broken where the terminal ends.
 */
#ifndef GP_APP_REPORT_WRITING_H
#define GP_APP_REPORT_WRITING_H

#include "readiness/report/report.h"
#include "readiness/report/verdicts.h"

struct app_text {
    const struct app_report *report;
    FILE *to;
    struct gp_buf line;
    size_t column;     /* where it begins: behind what was printed already */
    enum gp_code code; /* GP_ERR_NOMEM: a line could not be made */
};

void app_text_init(struct app_text *text, const struct app_report *report, FILE *to);
void app_text_finish(struct app_text *text);

/* A status or a verdict at the line's begin, in its colour where the report has colours; padded to
 * the width. */
void app_text_put_status(struct app_text *text, enum app_status status, const char *word,
                         int width);

/* Text at the line's begin, such as an indent, where the line is never broken. */
void app_text_begin_line(struct app_text *text, const char *format, ...) GP_PRINTF(2, 3);

/* Prints the line. Where the report has a width, what does not fit goes on below, indented; a word
 * that is longer than that stays whole. */
void app_text_end_line(struct app_text *text, size_t indent);

/* How each domain stands, and why: those that want most attention first, each kind in the order in
 * which they were named. */
void app_text_put_table(struct app_text *text, const struct app_verdicts *verdicts);

/* The steps of the cutover, each with its time and its reason. */
void app_text_put_timeline(struct app_text *text);

#endif
