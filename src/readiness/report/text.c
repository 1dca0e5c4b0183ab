/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/report.h"

#include "base/clock.h"
#include "readiness/report/lines.h"
#include "readiness/report/writing.h"

#include <string.h>

#define STATUS_WIDTH 7
#define ID_WIDTH     3
#define IDS_MAX      4 /* checks that are named ahead of what they found */
#define INDENT       "    "
#define OTHERS_MAX   12 /* further subjects of a line that are named without --all */

struct printer {
    const struct app_report *report;
    const struct app_lines *lines;
    struct app_text *text;
    const struct app_verdicts *verdicts; /* NULL: there is one domain */
    bool has_several;                    /* domains */
    int worst[APP_CHECKS_MAX];           /* by number of the check */
    bool is_accepted[APP_CHECKS_MAX];
};

static void put_status(const struct printer *printer, enum app_status status)
{
    app_text_put_status(printer->text, status, app_status_text(status), STATUS_WIDTH);
    app_text_begin_line(printer->text, "  ");
}

static void put_plain(const struct printer *printer, const char *before, const char *words)
{
    app_text_begin_line(printer->text, INDENT "%s", before);
    gp_buf_append_text(&printer->text->line, words);
    app_text_end_line(printer->text, printer->text->column);
}

/* Lines. */

static size_t count_parts(const struct app_line_part *first)
{
    size_t count = 0;
    for (const struct app_line_part *at = first; at; at = at->next)
        count++;
    return count;
}

static void put_ids(const struct printer *printer, const struct app_line *line, const char *between)
{
    for (const struct app_line_part *at = line->checks; at; at = at->next)
        gp_buf_printf(&printer->text->line, "%s%s", at == line->checks ? "" : between,
                      at->finding->check->id);
}

static void put_subject(const struct printer *printer, const struct app_finding *finding)
{
    struct gp_buf *out = &printer->text->line;
    if (printer->has_several && finding->domain &&
        !strstr(finding->subject, finding->domain->ascii))
        gp_buf_printf(out, "%s: ", finding->domain->ascii);
    gp_buf_append_text(out, finding->subject);
    if (finding->vantage)
        gp_buf_printf(out, " (seen from %s)", finding->vantage);
}

/* The others, where they matter: what is to be done, or to be found out, concerns each of them. */
static void put_others(const struct printer *printer, const struct app_line *line)
{
    size_t left = line->subject_count - 1;
    size_t most = printer->report->has_all ? left : OTHERS_MAX;
    struct gp_buf *out = &printer->text->line;
    const char *before = "";
    if (line->first->status < APP_WARN || left == 0)
        return;
    app_text_begin_line(printer->text, INDENT "also: ");
    for (const struct app_line_part *at = line->subjects->next; at && most > 0; at = at->next) {
        gp_buf_append_text(out, before);
        put_subject(printer, at->finding);
        before = ", ";
        most--;
        left--;
    }
    if (left > 0)
        gp_buf_printf(out, ", and %zu more (--all names them)", left);
    app_text_end_line(printer->text, printer->text->column);
}

/* A record or a command is never broken: it is there to be copied. */
static void put_fixes(const struct printer *printer, const struct app_finding *finding)
{
    for (const struct app_fix *at = finding->fixes; at; at = at->next)
        if (at->kind == APP_FIX_DO)
            put_plain(printer, "fix: ", at->text);
        else
            fprintf(printer->text->to, INDENT "fix: %s  %s\n", app_fix_kind_text(at->kind),
                    at->text);
}

/* "FAIL     V3   _xmpp-server._tcp.alpha.example SRV: does not exist" */
static void put_heading(const struct printer *printer, const struct app_line *line,
                        size_t check_count)
{
    const struct app_finding *first = line->first;
    struct gp_buf *out = &printer->text->line;
    put_status(printer, first->status);
    if (check_count > IDS_MAX)
        gp_buf_printf(out, "%zu checks", check_count);
    else
        put_ids(printer, line, " ");
    size_t len = gp_buf_len(out);
    gp_buf_printf(out, "%*s  ", (int)(len < ID_WIDTH ? ID_WIDTH - len : 0), "");
    put_subject(printer, first);
    if (line->subject_count > 1)
        gp_buf_printf(out, " and %zu more", line->subject_count - 1);
    gp_buf_printf(out, ": %s", first->sentence);
    app_text_end_line(printer->text, printer->text->column + ID_WIDTH + 2);
}

static void put_line(const struct printer *printer, const struct app_line *line)
{
    size_t check_count = count_parts(line->checks);
    put_heading(printer, line, check_count);
    if (check_count > IDS_MAX) {
        app_text_begin_line(printer->text, INDENT "checks: ");
        put_ids(printer, line, ", ");
        app_text_end_line(printer->text, printer->text->column);
    }
    put_others(printer, line);
    for (const struct app_evidence *at = line->first->evidence; at; at = at->next)
        put_plain(printer, "", at->text);
    put_fixes(printer, line->first);
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
        put_status(printer, APP_WARN);
        gp_buf_append_text(&printer->text->line, at->text);
        app_text_end_line(printer->text, printer->text->column);
        has_lines = true;
    }
    if (has_lines)
        fputc('\n', printer->text->to);
}

/* Steps. */

/* One line: how the step stands, and which of its checks came out how. */
static void put_step_line(const struct printer *printer, enum app_step step, int worst)
{
    static const char *const labels[] = {
        [APP_PASS] = "passed",       [APP_SKIP] = "not called for", [APP_WARN] = "worth a look",
        [APP_UNKNOWN] = "not known", [APP_WAIT] = "takes time",     [APP_FAIL] = "to be corrected",
    };
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    struct gp_buf *out = &printer->text->line;
    bool chosen[APP_CHECKS_MAX] = {false};
    const char *before = ": ";
    if (worst != APP_NOT_FOUND)
        put_status(printer, (enum app_status)worst);
    else
        app_text_begin_line(printer->text, "%-*s  ", STATUS_WIDTH, "-");
    gp_buf_printf(out, "%d. %s", (int)step + 1, app_step_title(step));
    if (!app_step_has_checks(step))
        gp_buf_append_text(out, ": " APP_STEP_NOT_CHECKED);
    else if (worst == APP_NOT_FOUND)
        gp_buf_append_text(out, ": no check of this phase");
    for (int status = APP_FAIL; status >= APP_PASS; status--) {
        for (size_t i = 0; i < count; i++)
            chosen[i] = checks[i].step == step && printer->worst[i] == status &&
                        !(status == APP_SKIP && printer->is_accepted[i]);
        app_checks_put(out, chosen, labels[status], &before);
    }
    for (size_t i = 0; i < count; i++)
        chosen[i] = checks[i].step == step && printer->is_accepted[i];
    app_checks_put(out, chosen, "accepted", &before);
    app_text_end_line(printer->text, printer->text->column + strlen("1. "));
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
    const struct app_findings *findings = printer->report->findings;
    struct gp_buf *out = &printer->text->line;
    char text[APP_VERDICT_TEXT_MAX], time[GP_CLOCK_TEXT_MAX];
    fputc('\n', printer->text->to);
    app_text_put_status(printer->text, app_verdict_status(findings->verdict),
                        app_verdict_text(findings->verdict), 0);
    if (findings->safe_at_s != 0)
        gp_buf_printf(out, " until %s", gp_clock_text(findings->safe_at_s, time));
    gp_buf_printf(out, ": %s", app_report_verdict_text(findings, text));
    app_text_end_line(printer->text, strlen(INDENT));
}

static void put_head(const struct printer *printer)
{
    const struct app_report *report = printer->report;
    const struct app_observations *seen = report->seen;
    struct gp_buf *out = &printer->text->line;
    char time[GP_CLOCK_TEXT_MAX], span[GP_CLOCK_SPAN_MAX];
    size_t left = OTHERS_MAX;
    gp_buf_append_text(out, "Readiness of ");
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next) {
        if (left-- == 0 && !report->has_all && at->next) {
            gp_buf_append_text(out, "...");
            break;
        }
        gp_buf_printf(out, "%s%s", at->domain.ascii, at->next ? ", " : "");
    }
    gp_buf_printf(out, ", phase %s, seen from %s at %s in %s", app_phase_name(report->phase),
                  report->vantage, gp_clock_text(seen->started_s, time),
                  gp_clock_span_text(seen->duration_ms, span));
    if (report->at_s != 0)
        gp_buf_printf(out, ", judged as of %s", gp_clock_text(report->at_s, time));
    app_text_end_line(printer->text, strlen(INDENT));
    fputc('\n', printer->text->to);
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
        struct app_text text;
        struct printer printer = {.report = report,
                                  .lines = lines,
                                  .text = &text,
                                  .verdicts = verdicts,
                                  .has_several = has_several};
        app_text_init(&text, report, to);
        app_checks_worst(report->findings, printer.worst);
        app_checks_accepted(report->findings, printer.is_accepted);
        put_head(&printer);
        if (verdicts)
            app_text_put_table(&text, verdicts);
        put_attention(&printer);
        put_steps(&printer);
        if (report->has_timeline && report->timeline)
            app_text_put_timeline(&text);
        put_verdict(&printer);
        code = text.code == GP_OK ? GP_OK : gp_err_nomem(err);
        app_text_finish(&text);
    }
    app_verdicts_destroy(verdicts);
    app_lines_destroy(lines);
    return code;
}
