/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timeline on the page: each step in words, with a strip beside it on which its wait is drawn.
 * All strips have one scale and a line for now. Without a picture nothing is lost, since the words
 * have every time.
 */
#include "readiness/report/page.h"

#include "base/clock.h"

#define HOUR_S 3600
#define DAY_S  86400

/* What the strips reach over, in wall seconds. */
struct scale {
    int64_t first_s, last_s, now_s;
    int64_t tick_s;
    const char *tick_text;
};

static int64_t start_of(const struct zone_step *step)
{
    return step->from_s != 0 ? step->from_s : step->at_s;
}

/* As far ahead as the mixed period, or as anything else when that is over; as far back as there is
 * something, but no more than half of it all. */
static void find_scale(const struct zone_timeline *timeline, int64_t now_s, struct scale *ret)
{
    int64_t ahead_s = now_s, back_s = now_s;
    for (size_t i = 0; i < timeline->step_count; i++) {
        const struct zone_step *step = &timeline->steps[i];
        if (step->at_s > ahead_s)
            ahead_s = step->at_s;
        if (start_of(step) > 0 && start_of(step) < back_s)
            back_s = start_of(step);
    }
    if (timeline->dead_all_s > now_s)
        ahead_s = timeline->dead_all_s;
    if (ahead_s > now_s && now_s - back_s > ahead_s - now_s)
        back_s = now_s - (ahead_s - now_s);
    if (ahead_s == back_s)
        ahead_s = back_s + HOUR_S;
    *ret = (struct scale){.first_s = back_s, .last_s = ahead_s, .now_s = now_s};
}

static void find_ticks(struct scale *scale)
{
    static const struct {
        int64_t every_s;
        const char *text;
    } ticks[] = {{600, "10 minutes"},      {HOUR_S, "hour"},      {6 * HOUR_S, "6 hours"},
                 {DAY_S, "day"},           {7 * DAY_S, "7 days"}, {30 * DAY_S, "30 days"},
                 {365 * DAY_S, "365 days"}};
    int64_t span_s = scale->last_s - scale->first_s;
    for (size_t i = 0; i < GP_ARRAY_LEN(ticks); i++) {
        scale->tick_s = ticks[i].every_s;
        scale->tick_text = ticks[i].text;
        if (span_s / ticks[i].every_s <= 12)
            return;
    }
}

/* In percent; what lies outside is at the edge. */
static double place_of(const struct scale *scale, int64_t at_s)
{
    double part = (double)(at_s - scale->first_s) / (double)(scale->last_s - scale->first_s);
    return part < 0 ? 0 : part > 1 ? 100 : part * 100;
}

/* "2026-12-01 11:02 UTC" */
static const char *time_text(int64_t wall_s, char text[GP_CLOCK_TEXT_MAX + 4])
{
    char time[GP_CLOCK_TEXT_MAX];
    gp_clock_text(wall_s, time);
    snprintf(text, GP_CLOCK_TEXT_MAX + 4, "%.10s %.5s UTC", time, time + 11);
    return text;
}

static void put_line(struct app_page *page, const char *name, double place)
{
    gp_buf_printf(&page->out,
                  "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"100%%\"/>", name,
                  place, place);
}

static void put_ticks(struct app_page *page, const struct scale *scale)
{
    int64_t at_s = scale->first_s - scale->first_s % scale->tick_s + scale->tick_s;
    for (; at_s < scale->last_s; at_s += scale->tick_s)
        put_line(page, "tick", place_of(scale, at_s));
}

/* Filled what is over, hollow what is to come; an arrow for what lies further ahead. */
static void put_strip(struct app_page *page, const struct scale *scale,
                      const struct zone_step *step)
{
    double from = place_of(scale, start_of(step)), to = place_of(scale, step->at_s);
    gp_buf_append_text(&page->out, "<svg class=\"strip\" aria-hidden=\"true\">");
    put_ticks(page, scale);
    gp_buf_append_text(&page->out, "<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"50%\" "
                                   "y2=\"50%\"/>");
    if (to > from)
        gp_buf_printf(&page->out,
                      "<rect class=\"bar\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"5\" height=\"10\"/>",
                      from, to - from);
    put_line(page, "now", place_of(scale, scale->now_s));
    if (step->at_s > scale->last_s)
        gp_buf_append_text(&page->out, "<svg class=\"beyond\" x=\"100%\" y=\"50%\">"
                                       "<path d=\"M0 -6L9 0L0 6z\"/></svg>");
    else
        gp_buf_printf(&page->out, "<circle class=\"end\" cx=\"%.2f%%\" cy=\"50%%\" r=\"5\"/>", to);
    gp_buf_append_text(&page->out, "</svg>");
}

static void put_axis(struct app_page *page, const struct scale *scale)
{
    double now = place_of(scale, scale->now_s);
    char first[GP_CLOCK_TEXT_MAX + 4], last[GP_CLOCK_TEXT_MAX + 4];
    gp_buf_printf(&page->out,
                  "<li class=\"axis\" aria-hidden=\"true\"><svg class=\"strip\">"
                  "<text class=\"now\" x=\"%.2f%%\" y=\"11\" text-anchor=\"%s\">now</text>"
                  "<text x=\"0\" y=\"29\">%s</text>"
                  "<text x=\"100%%\" y=\"29\" text-anchor=\"end\">%s</text></svg></li>\n",
                  now,
                  now < 10   ? "start"
                  : now > 90 ? "end"
                             : "middle",
                  time_text(scale->first_s, first), time_text(scale->last_s, last));
}

static void put_when(struct app_page *page, const struct zone_step *step, int64_t now_s)
{
    char at[GP_CLOCK_TEXT_MAX + 4], span[GP_CLOCK_SPAN_MAX];
    if (step->state == ZONE_STEP_OPEN)
        return;
    gp_buf_printf(&page->out, "<span class=\"when\">%s%s",
                  step->state == ZONE_STEP_DONE || step->at_s < now_s ? "since " : "",
                  time_text(step->at_s, at));
    if (step->at_s > now_s)
        gp_buf_printf(&page->out, ", in %s", gp_clock_span_text((step->at_s - now_s) * 1000, span));
    gp_buf_append_text(&page->out, "</span>");
}

static void put_step(struct app_page *page, const struct scale *scale, const struct zone_step *step)
{
    static const enum app_status tones[] = {
        [ZONE_STEP_DONE] = APP_PASS,
        [ZONE_STEP_DUE] = APP_WARN,
        [ZONE_STEP_LATER] = APP_WAIT,
        [ZONE_STEP_OPEN] = APP_SKIP,
    };
    gp_buf_printf(&page->out, "<li class=\"%s %s\"><div><p class=\"head\">",
                  app_page_class(tones[step->state]), zone_step_state_text(step->state));
    app_page_status(page, tones[step->state], app_step_state_word(step->state));
    put_when(page, step, scale->now_s);
    gp_buf_append_text(&page->out, "</p><h3>");
    app_page_text(page, step->title);
    gp_buf_printf(&page->out, " <small>step %s</small></h3><p class=\"why\">", step->id);
    app_page_text(page, step->reason);
    gp_buf_append_text(&page->out, "</p></div>");
    if (step->state != ZONE_STEP_OPEN)
        put_strip(page, scale, step);
    gp_buf_append_text(&page->out, "</li>\n");
}

static bool is_anything_replaced(const struct app_report *report)
{
    for (const struct app_seen_domain *at = report->seen->domains; at; at = at->next) {
        const struct app_domain *domain = app_config_domain(report->config, &at->domain);
        if (domain && domain->legacy)
            return true;
    }
    return false;
}

/* Where nothing is replaced and DNS is as planned there is no cutover. */
static bool is_called_for(const struct app_report *report)
{
    return report->timeline && report->phase != APP_ROUTINE &&
           (!report->timeline->is_switched || is_anything_replaced(report));
}

void app_page_timeline(struct app_page *page)
{
    const struct app_report *report = page->report;
    const struct zone_step *steps[ZONE_STEPS_MAX];
    struct scale scale;
    if (!is_called_for(report))
        return;
    size_t count = app_timeline_sorted(report->timeline, steps);
    find_scale(report->timeline, report->at_s != 0 ? report->at_s : report->seen->started_s,
               &scale);
    find_ticks(&scale);
    gp_buf_printf(&page->out,
                  "<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">When each step of the "
                  "cutover is safe</h2>\n<p class=\"note\">A bar is a wait: hollow while it lasts, "
                  "full when it is over. All have one scale, with a mark every %s.",
                  scale.tick_text);
    if (report->no_past) {
        gp_buf_append_text(&page->out, " The past is not known: ");
        app_page_text(page, report->no_past);
        gp_buf_append_text(&page->out, ".");
    }
    gp_buf_append_text(&page->out, "</p>\n<ol class=\"timeline\">\n");
    put_axis(page, &scale);
    for (size_t i = 0; i < count; i++)
        put_step(page, &scale, steps[i]);
    gp_buf_append_text(&page->out, "</ol></section>\n");
}
