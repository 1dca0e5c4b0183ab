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

static bool make_room(struct fed_trace *trace)
{
    if (trace->count == FED_STEPS_MAX)
        return false;
    if (trace->count % FED_STEPS_GROW != 0)
        return true;
    size_t size = (trace->count + FED_STEPS_GROW) * sizeof(*trace->steps);
    struct fed_step *grown = realloc(trace->steps, size);
    if (grown)
        trace->steps = grown;
    return grown != NULL;
}

static void add(struct fed_trace *trace, int64_t at_ms, const char *text)
{
    char *copy = make_room(trace) ? strdup(text) : NULL;
    if (!copy)
        return;
    trace->steps[trace->count++] = (struct fed_step){.at_ms = at_ms, .text = copy};
    if (trace->fn)
        trace->fn(trace->arg, &trace->steps[trace->count - 1]);
}

struct fed_trace *fed_trace_copy(const struct fed_trace *trace)
{
    struct fed_trace *copy = calloc(1, sizeof(*copy));
    if (!copy)
        return NULL;
    copy->started_ms = trace->started_ms;
    copy->started_wall_s = trace->started_wall_s;
    for (size_t i = 0; i < trace->count; i++)
        add(copy, trace->steps[i].at_ms, trace->steps[i].text);
    return copy;
}

void fed_trace_note(struct fed_trace *trace, const char *format, ...)
{
    char text[FED_STEP_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add(trace, gp_clock_mono_ms() - trace->started_ms, text);
}
