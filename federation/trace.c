/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/trace.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FED_STEPS_GROW 8

struct fed_trace *fed_trace_create(void)
{
    struct fed_trace *trace = calloc(1, sizeof(*trace));
    if (!trace)
        return NULL;
    trace->started_ms = gp_clock_mono_ms();
    trace->started_wall_s = gp_clock_wall_s();
    return trace;
}

void fed_trace_destroy(struct fed_trace *trace)
{
    if (!trace)
        return;
    for (size_t i = 0; i < trace->count; i++)
        free(trace->steps[i].text);
    free(trace->steps);
    free(trace);
}

void fed_trace_note(struct fed_trace *trace, const char *format, ...)
{
    char text[FED_STEP_TEXT_MAX];
    va_list args;
    if (trace->count == FED_STEPS_MAX)
        return;
    if (trace->count % FED_STEPS_GROW == 0) {
        size_t size = (trace->count + FED_STEPS_GROW) * sizeof(*trace->steps);
        struct fed_step *grown = realloc(trace->steps, size);
        if (!grown)
            return;
        trace->steps = grown;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    char *copy = strdup(text);
    if (copy)
        trace->steps[trace->count++] =
            (struct fed_step){.at_ms = gp_clock_mono_ms() - trace->started_ms, .text = copy};
}
