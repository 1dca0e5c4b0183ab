/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/report.h"

#include "base/clock.h"
#include "readiness/report/lines.h"
#include "readiness/report/table.h"

#include <string.h>

#define STATUS_WIDTH 7
#define ID_WIDTH     3
#define INDENT       "    "
#define OTHERS_MAX   12 /* further subjects of a line that are named without --all */

struct printer {
    const struct app_report *report;
    const struct app_lines *lines;
    FILE *to;
    const struct app_verdicts *verdicts; /* NULL: there is one domain */
    bool has_several;                    /* domains */
    int worst[APP_CHECKS_MAX];           /* by number of the check */
    bool is_accepted[APP_CHECKS_MAX];
};

static void put_coloured(const struct printer *printer, enum app_status status, const char *text,
                         int width)
{
    app_text_put_coloured(printer->report, printer->to, status, text, width);
}

/* Lines. */

static void put_ids(const struct printer *printer, const struct app_line *line)
{
    int width = 0;
    for (const struct app_line_part *at = line->checks; at; at = at->next)
        width +=
            fprintf(printer->to, "%s%s", at == line->checks ? "" : " ", at->finding->check->id);
    fprintf(printer->to, "%*s", width < ID_WIDTH ? ID_WIDTH - width : 0, "");
}

static void put_subject(const struct printer *printer, const struct app_finding *finding)
{
    if (printer->has_several && finding->domain &&
        !strstr(finding->subject, finding->domain->ascii))
        fprintf(printer->to, "%s: ", finding->domain->ascii);
    fputs(finding->subject, printer->to);
    if (finding->vantage)
        fprintf(printer->to, " (seen from %s)", finding->vantage);
}

/* The others, where they matter: what is to be done, or to be found out, concerns each of them. */
static void put_others(const struct printer *printer, const struct app_line *line)
{
    size_t left = line->subject_count - 1;
    size_t most = printer->report->has_all ? left : OTHERS_MAX;
    const char *before = INDENT "also: ";
    if (line->first->status < APP_WARN || left == 0)
        return;
    for (const struct app_line_part *at = line->subjects->next; at && most > 0; at = at->next) {
        fputs(before, printer->to);
        put_subject(printer, at->finding);
        before = ", ";
        most--;
        left--;
    }
    if (left > 0)
        fprintf(printer->to, ", and %zu more (--all names them)", left);
    fputc('\n', printer->to);
}

static void put_fixes(const struct printer *printer, const struct app_finding *finding)
{
    for (const struct app_fix *at = finding->fixes; at; at = at->next)
        fprintf(printer->to, INDENT "fix: %s%s%s\n",
                at->kind == APP_FIX_DO ? "" : app_fix_kind_text(at->kind),
                at->kind == APP_FIX_DO ? "" : "  ", at->text);
}

static void put_line(const struct printer *printer, const struct app_line *line)
{
    const struct app_finding *first = line->first;
    put_coloured(printer, first->status, app_status_text(first->status), STATUS_WIDTH);
    fputs("  ", printer->to);
    put_ids(printer, line);
    fputs("  ", printer->to);
    put_subject(printer, first);
    if (line->subject_count > 1)
        fprintf(printer->to, " and %zu more", line->subject_count - 1);
    fprintf(printer->to, ": %s\n", first->sentence);
    put_others(printer, line);
    for (const struct app_evidence *at = first->evidence; at; at = at->next)
        fprintf(printer->to, INDENT "%s\n", at->text);
    put_fixes(printer, first);
}

/* Of several domains, those that are READY are told of in the table alone. */
static bool is_shown(const struct printer *printer, const struct app_line *line)
{
    if (!printer->verdicts || printer->report->has_all || line->first->status != APP_WARN)
        return true;
    for (const struct app_line_part *at = line->subjects; at; at = at->next)
        if (!at->finding->domain ||
            app_verdicts_find(printer->verdicts, at->finding->domain)->verdict != APP_READY)
            return true;
    return false;
}

/* What wants attention, the most urgent first; then what was accepted, which is never hidden. */
static void put_attention(const struct printer *printer)
{
    bool has_lines = false;
    for (int status = APP_FAIL; status >= APP_WARN; status--)
        for (const struct app_line *at = printer->lines->of[status]; at; at = at->next) {
            if (!is_shown(printer, at))
                continue;
            put_line(printer, at);
            has_lines = true;
        }
    for (const struct app_line *at = printer->lines->of[APP_SKIP]; at; at = at->next)
        if (at->first->accepted) {
            put_line(printer, at);
            has_lines = true;
        }
    for (const struct app_note *at = printer->report->findings->notes; at; at = at->next) {
        put_coloured(printer, APP_WARN, app_status_text(APP_WARN), STATUS_WIDTH);
        fprintf(printer->to, "  %s\n", at->text);
        has_lines = true;
    }
    if (has_lines)
        fputc('\n', printer->to);
}

/* Steps. */

/* "; to be corrected V3, T9": the step's checks that are chosen. */
static void put_step_checks(const struct printer *printer, enum app_step step, const char *label,
                            const bool chosen[APP_CHECKS_MAX], const char **before)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    bool has_any = false;
    for (size_t i = 0; i < count; i++) {
        if (checks[i].step != step || !chosen[i])
            continue;
        if (has_any)
            fprintf(printer->to, ", %s", checks[i].id);
        else
            fprintf(printer->to, "%s%s %s", *before, label, checks[i].id);
        has_any = true;
    }
    if (has_any)
        *before = "; ";
}

/* One line: how the step stands, and which of its checks came out how. */
static void put_step_line(const struct printer *printer, enum app_step step, int worst)
{
    static const char *const labels[] = {
        [APP_PASS] = "passed",       [APP_SKIP] = "not called for", [APP_WARN] = "worth a look",
        [APP_UNKNOWN] = "not known", [APP_WAIT] = "takes time",     [APP_FAIL] = "to be corrected",
    };
    const char *before = ": ";
    if (worst == APP_NOT_FOUND)
        fprintf(printer->to, "%-*s", STATUS_WIDTH, "-");
    else
        put_coloured(printer, (enum app_status)worst, app_status_text((enum app_status)worst),
                     STATUS_WIDTH);
    fprintf(printer->to, "  %d. %s", (int)step + 1, app_step_title(step));
    if (!app_step_has_checks(step))
        fputs(": " APP_STEP_NOT_CHECKED, printer->to);
    else if (worst == APP_NOT_FOUND)
        fputs(": no check of this phase", printer->to);
    for (int status = APP_FAIL; status >= APP_PASS; status--) {
        bool chosen[APP_CHECKS_MAX];
        for (size_t i = 0; i < APP_CHECKS_MAX; i++)
            chosen[i] =
                printer->worst[i] == status && !(status == APP_SKIP && printer->is_accepted[i]);
        put_step_checks(printer, step, labels[status], chosen, &before);
    }
    put_step_checks(printer, step, "accepted", printer->is_accepted, &before);
    fputc('\n', printer->to);
}

static void put_step_passed(const struct printer *printer, enum app_step step)
{
    for (int status = APP_SKIP; status >= APP_PASS; status--)
        for (const struct app_line *at = printer->lines->of[status]; at; at = at->next)
            if (at->first->check->step == step && !at->first->accepted)
                put_line(printer, at);
}

/* All six steps are shown (design, section 1), also one that there is no check for. */
static void put_steps(const struct printer *printer)
{
    for (int step = 0; step < APP_STEP_COUNT; step++) {
        int worst = app_step_worst(printer->worst, (enum app_step)step);
        if (worst == APP_NOT_FOUND && printer->report->is_partial)
            continue;
        put_step_line(printer, (enum app_step)step, worst);
        if (printer->report->has_all)
            put_step_passed(printer, (enum app_step)step);
    }
}

/* The verdict. */

static void put_verdict(const struct printer *printer)
{
    const struct app_report *report = printer->report;
    char text[APP_VERDICT_TEXT_MAX], time[GP_CLOCK_TEXT_MAX];
    fputc('\n', printer->to);
    put_coloured(printer, app_verdict_status(report->findings->verdict),
                 app_verdict_text(report->findings->verdict), 0);
    if (report->findings->safe_at_s != 0)
        fprintf(printer->to, " until %s", gp_clock_text(report->findings->safe_at_s, time));
    fprintf(printer->to, ": %s\n", app_report_verdict_text(report->findings, text));
}

static void put_head(const struct printer *printer)
{
    const struct app_report *report = printer->report;
    const struct app_observations *seen = report->seen;
    char time[GP_CLOCK_TEXT_MAX], span[GP_CLOCK_SPAN_MAX];
    size_t left = OTHERS_MAX;
    fputs("Readiness of ", printer->to);
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next) {
        if (left-- == 0 && !report->has_all && at->next) {
            fputs("...", printer->to);
            break;
        }
        fprintf(printer->to, "%s%s", at->domain.ascii, at->next ? ", " : "");
    }
    fprintf(printer->to, ", phase %s, seen from %s at %s in %s", app_phase_name(report->phase),
            report->vantage, gp_clock_text(seen->started_s, time),
            gp_clock_span_text(seen->duration_ms, span));
    if (report->at_s != 0)
        fprintf(printer->to, ", judged as of %s", gp_clock_text(report->at_s, time));
    fputs("\n\n", printer->to);
}

enum gp_code app_report_text(const struct app_report *report, FILE *to, struct gp_err *err)
{
    struct app_lines *lines = NULL;
    struct app_verdicts *verdicts = NULL;
    bool has_several = report->seen->domains && report->seen->domains->next;
    enum gp_code code = app_lines_create(report->findings, &lines, err);
    if (code == GP_OK && has_several)
        code = app_verdicts_create(report->findings, report->seen, &verdicts, err);
    if (code == GP_OK) {
        struct printer printer = {.report = report,
                                  .lines = lines,
                                  .to = to,
                                  .verdicts = verdicts,
                                  .has_several = has_several};
        app_checks_worst(report->findings, printer.worst);
        app_checks_accepted(report->findings, printer.is_accepted);
        put_head(&printer);
        if (verdicts)
            app_text_put_table(report, verdicts, to);
        put_attention(&printer);
        put_steps(&printer);
        if (report->has_timeline && report->timeline)
            app_report_timeline(report, to);
        put_verdict(&printer);
    }
    app_verdicts_destroy(verdicts);
    app_lines_destroy(lines);
    return code;
}
