/* SPDX-License-Identifier: BSD-2-Clause */
/* What an attempt at a partner did, step by step, in words: for the log, status and the last
 * failure of a partner. */
#ifndef GP_FED_TRACE_H
#define GP_FED_TRACE_H

#include "base/err.h"

#define FED_STEPS_MAX     48 /* later ones are left out */
#define FED_STEP_TEXT_MAX 640

struct fed_step {
    int64_t at_ms; /* since the start */
    char *text;    /* owned; printable */
};

/* Told of each step when it is noted. */
typedef void fed_step_fn(void *arg, const struct fed_step *step);

struct fed_trace {
    fed_step_fn *fn; /* NULL: nobody is told */
    void *arg;
    int64_t started_ms; /* monotonic */
    int64_t started_wall_s;
    size_t count;
    struct fed_step *steps; /* owned */
};

/* NULL when there is no memory. */
struct fed_trace *fed_trace_create(void);
void fed_trace_destroy(struct fed_trace *trace);

/* With the same steps, as far as there is memory. NULL when there is none. */
struct fed_trace *fed_trace_copy(const struct fed_trace *trace);

/* Adds a step. Without memory for it the step is left out: a trace is help, not duty. */
void fed_trace_note(struct fed_trace *trace, const char *format, ...) GP_PRINTF(2, 3);

#endif
