/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/report.h"

#include "base/clock.h"

#define INDENT "    "

/* A wait is long: what is left of it says more than its end. */
static void put_left(const struct zone_step *step, int64_t now_s, FILE *to)
{
    char span[GP_CLOCK_SPAN_MAX];
    if (step->state == ZONE_STEP_LATER)
        fprintf(to, ", in %s", gp_clock_span_text((step->at_s - now_s) * 1000, span));
}

void app_report_timeline(const struct app_report *report, FILE *to)
{
    const struct zone_step *steps[ZONE_STEPS_MAX];
    size_t count = app_timeline_sorted(report->timeline, steps);
    int64_t now_s = report->at_s != 0 ? report->at_s : report->seen->started_s;
    char time[GP_CLOCK_TEXT_MAX];
    fprintf(to, "\nTimeline of the cutover, as of %s\n\n", gp_clock_text(now_s, time));
    if (report->no_past)
        fprintf(to, "The past is not known (%s): an old TTL is taken as it is now or assumed.\n\n",
                report->no_past);
    for (size_t i = 0; i < count; i++) {
        const struct zone_step *step = steps[i];
        bool has_term = step->term != ZONE_TERM_NONE;
        fprintf(to, "%-7s  %-20s  %-7s  %-2s  %s", app_step_state_word(step->state),
                step->at_s != 0 ? gp_clock_text(step->at_s, time) : "",
                has_term ? zone_term_text(step->term) : "", step->id, step->title);
        put_left(step, now_s, to);
        fprintf(to, "\n" INDENT "%s\n", step->reason);
    }
}
