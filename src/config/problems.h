/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong, or weak, in a configuration: all of it, each with its line. */
#ifndef GP_APP_PROBLEMS_H
#define GP_APP_PROBLEMS_H

#include "base/buf.h"

#define APP_PROBLEMS_MAX 100 /* more are counted, not told */

struct app_problems {
    const char *path;      /* borrowed: the file, for messages */
    struct gp_buf *report; /* borrowed, or NULL: each error as a line */
    struct gp_err *first;  /* borrowed, or NULL: the first error */
    size_t count;          /* errors */
    bool is_out_of_memory;
    size_t warning_count;
    char **warnings; /* owned until somebody takes them */
};

void app_problems_init(struct app_problems *problems, const char *path, struct gp_buf *report,
                       struct gp_err *first);
void app_problems_finish(struct app_problems *problems);

/* An error: "FILE:LINE: sentence"; line 0: it has none. */
void app_problem(struct app_problems *problems, unsigned line, const char *format, ...)
    GP_PRINTF(3, 4);

/* Something that works and is weak. */
void app_warning(struct app_problems *problems, unsigned line, const char *format, ...)
    GP_PRINTF(3, 4);

/* There was no memory to go on: what is told is not all. */
void app_problem_nomem(struct app_problems *problems);

/* GP_OK when there was no error. */
enum gp_code app_problems_code(const struct app_problems *problems);

#endif
