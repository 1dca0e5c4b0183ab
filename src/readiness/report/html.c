/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report as one page that needs nothing else: no script, no font, no picture from anywhere. A
 * policy in it forbids even what a fault of escaping could smuggle in.
 */
#include "readiness/report/page.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define PAGE_BYTES_MAX (64 * 1048576)
#define SUBJECTS_MAX   40 /* that are named for one finding; JSON has all */

void app_page_text(struct app_page *page, const char *text)
{
    gp_text_xml(&page->out, gp_span_text(text));
}

static void put(struct app_page *page, const char *markup)
{
    gp_buf_append_text(&page->out, markup);
}

const char *app_page_class(enum app_status status)
{
    static const char *const classes[] = {
        [APP_PASS] = "pass",       [APP_SKIP] = "skip", [APP_WARN] = "warn",
        [APP_UNKNOWN] = "unknown", [APP_WAIT] = "wait", [APP_FAIL] = "fail",
    };
    return classes[status];
}

/* A check mark, a cross, a question mark, ...: for those who see no colours. */
static const char *sign_of(enum app_status status)
{
    static const char *const signs[] = {
        [APP_PASS] = "&#10003;", [APP_SKIP] = "&#8211;",         [APP_WARN] = "!",
        [APP_UNKNOWN] = "?",     [APP_WAIT] = "&#8987;&#65038;", [APP_FAIL] = "&#10005;",
    };
    return signs[status];
}

void app_page_status(struct app_page *page, enum app_status status, const char *word)
{
    gp_buf_printf(&page->out, "<span class=\"status %s\"><span aria-hidden=\"true\">%s</span> ",
                  app_page_class(status), sign_of(status));
    app_page_text(page, word);
    put(page, "</span>");
}

/* Head. */

static void put_domains(struct app_page *page)
{
    const struct app_seen_domain *first = page->report->seen->domains;
    size_t others = 0;
    for (const struct app_seen_domain *at = first; at && at->next; at = at->next)
        others++;
    if (first)
        app_page_text(page, first->domain.ascii);
    if (others > 0)
        gp_buf_printf(&page->out, " and %zu more", others);
}

static void put_head(struct app_page *page)
{
    put(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'unsafe-inline'\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    app_page_text(page, app_verdict_text(page->report->findings->verdict));
    put(page, ": ");
    put_domains(page);
    put(page, "</title>\n<style>\n");
    put(page, app_page_css);
    put(page, "</style>\n</head>\n<body>\n");
}

static void put_fact(struct app_page *page, const char *name, const char *value)
{
    put(page, "<div><dt>");
    put(page, name);
    put(page, "</dt><dd>");
    app_page_text(page, value);
    put(page, "</dd></div>");
}

/* As people write it. */
static const char *time_text(int64_t wall_s, char text[GP_CLOCK_TEXT_MAX + 4])
{
    char time[GP_CLOCK_TEXT_MAX];
    gp_clock_text(wall_s, time);
    snprintf(text, GP_CLOCK_TEXT_MAX + 4, "%.10s %.8s UTC", time, time + 11);
    return text;
}

static void put_lead(struct app_page *page)
{
    const struct app_report *report = page->report;
    enum app_verdict verdict = report->findings->verdict;
    char text[APP_VERDICT_TEXT_MAX], span[GP_CLOCK_SPAN_MAX], time[GP_CLOCK_TEXT_MAX + 4];
    gp_buf_printf(&page->out, "<header class=\"lead %s\">\n<h1>Readiness of <strong>",
                  app_page_class(app_verdict_status(verdict)));
    put_domains(page);
    gp_buf_printf(&page->out,
                  "</strong></h1>\n<p class=\"verdict\"><span aria-hidden=\"true\">%s</span> ",
                  sign_of(app_verdict_status(verdict)));
    app_page_text(page, app_verdict_text(verdict));
    if (report->findings->safe_at_s != 0)
        gp_buf_printf(&page->out, " <small>until %s</small>",
                      time_text(report->findings->safe_at_s, time));
    put(page, "</p>\n<p class=\"reason\">");
    app_page_text(page, app_report_verdict_text(report->findings, text));
    put(page, "</p>\n<dl class=\"facts\">");
    put_fact(page, "Phase", app_phase_name(report->phase));
    put_fact(page, "Seen from", report->vantage);
    put_fact(page, "Seen at", time_text(report->seen->started_s, time));
    put_fact(page, "It took", gp_clock_span_text(report->seen->duration_ms, span));
    if (report->at_s != 0)
        put_fact(page, "Judged as of", time_text(report->at_s, time));
    put(page, "</dl>\n</header>\n<main>\n");
}

/* Steps. */

static void put_step_checks(struct app_page *page, enum app_step step, enum app_status status,
                            const char *label)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    const char *before = label;
    for (size_t i = 0; i < count; i++) {
        if (checks[i].step != step || page->worst[i] != (int)status ||
            (status == APP_SKIP && page->is_accepted[i]))
            continue;
        put(page, before);
        /* What wants attention has a finding below, where one can jump to. */
        gp_buf_printf(&page->out, status >= APP_WARN ? "<a href=\"#check-%s\">%s</a>" : "%s%s",
                      status >= APP_WARN ? checks[i].id : "", checks[i].id);
        before = ", ";
    }
    if (before != label)
        put(page, "</p>");
}

static void put_step_accepted(struct app_page *page, enum app_step step)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    const char *before = "<p>Accepted: ";
    bool has_any = false;
    for (size_t i = 0; i < count; i++) {
        if (checks[i].step != step || !page->is_accepted[i])
            continue;
        gp_buf_printf(&page->out, "%s%s", before, checks[i].id);
        before = ", ";
        has_any = true;
    }
    put(page, has_any ? "</p>" : "");
}

static void put_step(struct app_page *page, enum app_step step)
{
    static const char *const labels[] = {
        [APP_PASS] = "<p>Passed: ",       [APP_SKIP] = "<p>Not called for: ",
        [APP_WARN] = "<p>Worth a look: ", [APP_UNKNOWN] = "<p>Not known: ",
        [APP_WAIT] = "<p>Takes time: ",   [APP_FAIL] = "<p>To be corrected: ",
    };
    int worst = app_step_worst(page->worst, step);
    gp_buf_printf(&page->out, "<li%s%s%s><span class=\"number\" aria-hidden=\"true\">%d</span><h3>",
                  worst == APP_NOT_FOUND ? "" : " class=\"",
                  worst == APP_NOT_FOUND ? "" : app_page_class((enum app_status)worst),
                  worst == APP_NOT_FOUND ? "" : "\"", (int)step + 1);
    app_page_text(page, app_step_title(step));
    put(page, "</h3>");
    if (worst != APP_NOT_FOUND) {
        put(page, "<p>");
        app_page_status(page, (enum app_status)worst, app_status_text((enum app_status)worst));
        put(page, "</p>");
    } else {
        put(page, !app_step_has_checks(step) ? "<p>" APP_STEP_NOT_CHECKED "</p>"
                  : page->report->is_partial ? "<p>No check of it was asked for.</p>"
                                             : "<p>No check of this phase.</p>");
    }
    for (int status = APP_FAIL; status >= APP_PASS; status--)
        put_step_checks(page, step, (enum app_status)status, labels[status]);
    put_step_accepted(page, step);
    put(page, "</li>\n");
}

static void put_steps(struct app_page *page)
{
    put(page, "<section aria-labelledby=\"steps\"><h2 id=\"steps\">The six steps of the "
              "migration</h2>\n<ol class=\"steps\">\n");
    for (int step = 0; step < APP_STEP_COUNT; step++)
        put_step(page, (enum app_step)step);
    put(page, "</ol></section>\n");
}

/* Findings. */

static void put_subject(struct app_page *page, const struct app_finding *finding)
{
    if (page->has_several && finding->domain && !strstr(finding->subject, finding->domain->ascii)) {
        app_page_text(page, finding->domain->ascii);
        put(page, ": ");
    }
    app_page_text(page, finding->subject);
    if (finding->vantage) {
        put(page, " (seen from ");
        app_page_text(page, finding->vantage);
        put(page, ")");
    }
}

/* The checks of a line; the first finding of each is where a step's link leads. */
static void put_checks(struct app_page *page, const struct app_line *line)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    const char *before = "";
    for (const struct app_line_part *at = line->checks; at; at = at->next) {
        const struct app_check *check = at->finding->check;
        bool *has_anchor = &page->has_anchor[check - checks];
        put(page, before);
        gp_buf_printf(&page->out, "<span class=\"check\"%s%s%s>%s</span>",
                      *has_anchor ? "" : " id=\"check-", *has_anchor ? "" : check->id,
                      *has_anchor ? "" : "\"", check->id);
        *has_anchor = true;
        if (!line->checks->next) {
            put(page, " ");
            app_page_text(page, check->title);
        }
        before = ", ";
    }
}

static void put_others(struct app_page *page, const struct app_line *line)
{
    size_t left = line->subject_count - 1, most = SUBJECTS_MAX;
    const char *before = "<p class=\"others\">Also: ";
    if (left == 0)
        return;
    for (const struct app_line_part *at = line->subjects->next; at && most > 0; at = at->next) {
        put(page, before);
        put_subject(page, at->finding);
        before = ", ";
        most--;
        left--;
    }
    if (left > 0)
        gp_buf_printf(&page->out, ", and %zu more", left);
    put(page, "</p>\n");
}

static void put_fixes(struct app_page *page, const struct app_finding *finding)
{
    static const char *const verbs[] = {
        [APP_FIX_PUBLISH] = "<span class=\"verb\">Publish</span><code>",
        [APP_FIX_REMOVE] = "<span class=\"verb\">Remove</span><code>",
        [APP_FIX_RUN] = "<span class=\"verb\">Run</span><code>",
        [APP_FIX_DO] = "<span class=\"verb\">What to do</span><p>",
    };
    if (!finding->fixes)
        return;
    put(page, "<ul class=\"fixes\">");
    for (const struct app_fix *at = finding->fixes; at; at = at->next) {
        put(page, "<li>");
        put(page, verbs[at->kind]);
        app_page_text(page, at->text);
        put(page, at->kind == APP_FIX_DO ? "</p></li>" : "</code></li>");
    }
    put(page, "</ul>\n");
}

static void put_finding(struct app_page *page, const struct app_line *line)
{
    const struct app_finding *first = line->first;
    gp_buf_printf(&page->out, "<article class=\"finding %s\">\n<p class=\"head\">",
                  app_page_class(first->status));
    app_page_status(page, first->status, app_status_text(first->status));
    put(page, "<span>");
    put_checks(page, line);
    put(page, "</span></p>\n<p class=\"subject\">");
    put_subject(page, first);
    put(page, "</p>\n<h3>");
    app_page_text(page, first->sentence);
    put(page, "</h3>\n");
    put_others(page, line);
    if (first->evidence) {
        put(page, "<ul class=\"evidence\">");
        for (const struct app_evidence *at = first->evidence; at; at = at->next) {
            put(page, "<li>");
            app_page_text(page, at->text);
            put(page, "</li>");
        }
        put(page, "</ul>\n");
    }
    put_fixes(page, first);
    put(page, "</article>\n");
}

static size_t count_lines(const struct app_line *first, bool is_of_accepted)
{
    size_t count = 0;
    for (const struct app_line *at = first; at; at = at->next)
        count += is_of_accepted == (at->first->accepted != NULL);
    return count;
}

/* One section; nothing when there is nothing in it. */
static void put_list(struct app_page *page, const char *name, const char *head,
                     const struct app_line *first, bool is_of_accepted)
{
    size_t count = count_lines(first, is_of_accepted);
    if (count == 0)
        return;
    gp_buf_printf(&page->out,
                  "<section aria-labelledby=\"list-%s\"><h2 id=\"list-%s\">%s "
                  "<span class=\"count\">%zu</span></h2>\n",
                  name, name, head, count);
    for (const struct app_line *at = first; at; at = at->next)
        if (is_of_accepted == (at->first->accepted != NULL))
            put_finding(page, at);
    put(page, "</section>\n");
}

static void put_notes(struct app_page *page)
{
    if (!page->report->findings->notes)
        return;
    put(page, "<section aria-labelledby=\"notes\"><h2 id=\"notes\">About the check itself</h2>\n");
    for (const struct app_note *at = page->report->findings->notes; at; at = at->next) {
        put(page, "<p>");
        app_page_text(page, at->text);
        put(page, "</p>\n");
    }
    put(page, "</section>\n");
}

static void put_findings(struct app_page *page)
{
    static const char *const heads[] = {
        [APP_WARN] = "Worth a look",
        [APP_UNKNOWN] = "Could not be found out",
        [APP_WAIT] = "Takes time",
        [APP_FAIL] = "To be corrected",
    };
    for (int status = APP_FAIL; status >= APP_WARN; status--)
        put_list(page, app_page_class((enum app_status)status), heads[status],
                 page->lines->of[status], false);
    put_list(page, "accepted", "Accepted", page->lines->of[APP_SKIP], true);
    put_notes(page);
}

/* Folded, a row each. */
static void put_quiet(struct app_page *page, enum app_status status, const char *head)
{
    size_t count = count_lines(page->lines->of[status], false);
    if (count == 0)
        return;
    gp_buf_printf(&page->out,
                  "<details><summary>%s <span class=\"count\">%zu</span></summary>\n"
                  "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\"><table>"
                  "<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Of what</th>"
                  "<th scope=\"col\">Seen</th></tr></thead><tbody>\n",
                  head, count, head);
    for (const struct app_line *at = page->lines->of[status]; at; at = at->next) {
        if (at->first->accepted)
            continue;
        gp_buf_printf(&page->out, "<tr><th scope=\"row\">%s</th><td>", at->first->check->id);
        put_subject(page, at->first);
        if (at->subject_count > 1)
            gp_buf_printf(&page->out, " and %zu more", at->subject_count - 1);
        put(page, "</td><td>");
        app_page_text(page, at->first->sentence);
        put(page, "</td></tr>\n");
    }
    put(page, "</tbody></table></div></details>\n");
}

/* What passed, and what does not apply. */
static void put_rest(struct app_page *page)
{
    if (count_lines(page->lines->of[APP_PASS], false) == 0 &&
        count_lines(page->lines->of[APP_SKIP], false) == 0)
        return;
    put(page, "<section aria-labelledby=\"rest\"><h2 id=\"rest\">The rest</h2>\n");
    put_quiet(page, APP_PASS, "What passed");
    put_quiet(page, APP_SKIP, "What does not apply");
    put(page, "</section>\n");
}

enum gp_code app_report_html(const struct app_report *report, FILE *to, struct gp_err *err)
{
    struct app_lines *lines = NULL;
    enum gp_code code = app_lines_create(report->findings, &lines, err);
    if (code != GP_OK)
        return code;
    struct app_page page = {.report = report, .lines = lines};
    page.has_several = report->seen->domains && report->seen->domains->next;
    gp_buf_init(&page.out, PAGE_BYTES_MAX);
    app_checks_worst(report->findings, page.worst);
    app_checks_accepted(report->findings, page.is_accepted);
    put_head(&page);
    put_lead(&page);
    if (page.has_several)
        code = app_page_domains(&page, err);
    put_steps(&page);
    put_findings(&page);
    app_page_timeline(&page);
    app_page_zones(&page);
    put_rest(&page);
    put(&page,
        "</main>\n<footer><p>gatepost " GP_VERSION ", <code>gatepost check "
        "--html</code>. What could not be found out is never taken for passed.</p></footer>\n"
        "</body>\n</html>\n");
    if (code == GP_OK && gp_buf_failed(&page.out) == GP_OK)
        fwrite(gp_buf_span(&page.out).at, 1, gp_buf_len(&page.out), to);
    else if (code == GP_OK)
        code = gp_err_set(err, gp_buf_failed(&page.out), "the page: more than %d bytes",
                          PAGE_BYTES_MAX);
    gp_buf_finish(&page.out);
    app_lines_destroy(lines);
    return code;
}
