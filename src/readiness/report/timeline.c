/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/writing.h"

#include "base/clock.h"

#define INDENT "    "

/* A wait is long: what is left of it says more than its end. */
static void put_left(struct gp_buf *line, const struct zone_step *step, int64_t now_s)
{
    char span[GP_CLOCK_SPAN_MAX];
    if (step->state == ZONE_STEP_LATER)
        gp_buf_printf(line, ", in %s", gp_clock_span_text((step->at_s - now_s) * 1000, span));
}

void app_text_put_timeline(struct app_text *text)
{
    const struct app_report *report = text->report;
    const struct zone_step *steps[ZONE_STEPS_MAX];
    size_t count = app_timeline_sorted(report->timeline, steps);
    int64_t now_s = report->at_s != 0 ? report->at_s : report->seen->started_s;
    char time[GP_CLOCK_TEXT_MAX];
    fprintf(text->to, "\nTimeline of the cutover, as of %s\n\n", gp_clock_text(now_s, time));
    if (report->no_past) {
        gp_buf_printf(&text->line,
                      "The past is not known (%s): an old TTL is taken as it is now or assumed.",
                      report->no_past);
        app_text_end_line(text, 0);
        fputc('\n', text->to);
    }
    for (size_t i = 0; i < count; i++) {
        const struct zone_step *step = steps[i];
        app_text_begin_line(text, "%-7s  %-20s  %-7s  %-2s  ", app_step_state_word(step->state),
                            step->at_s != 0 ? gp_clock_text(step->at_s, time) : "",
                            step->term != ZONE_TERM_NONE ? zone_term_text(step->term) : "",
                            step->id);
        gp_buf_append_text(&text->line, step->title);
        put_left(&text->line, step, now_s);
        app_text_end_line(text, text->column);
        app_text_begin_line(text, INDENT);
        gp_buf_append_text(&text->line, step->reason);
        app_text_end_line(text, text->column);
    }
}
