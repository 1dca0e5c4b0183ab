/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Columns of a line: status, ids, and where evidence begins. */
#define STATUS_WIDTH 7
#define ID_WIDTH     3
#define INDENT       "               "

struct printer {
    const struct app_report *report;
    FILE *to;
    bool has_several; /* domains */
    bool *is_printed; /* by number of the finding */
};

static const char *colour_of(enum app_status status)
{
    static const char *const codes[] = {
        [APP_PASS] = "\033[32m",    [APP_SKIP] = "\033[2m",  [APP_WARN] = "\033[33m",
        [APP_UNKNOWN] = "\033[35m", [APP_WAIT] = "\033[36m", [APP_FAIL] = "\033[1;31m",
    };
    return codes[status];
}

static void put_coloured(const struct printer *printer, enum app_status status, const char *text,
                         int width)
{
    if (printer->report->has_colour)
        fprintf(printer->to, "%s%-*s\033[0m", colour_of(status), width, text);
    else
        fprintf(printer->to, "%-*s", width, text);
}

static bool has_same_evidence(const struct app_finding *a, const struct app_finding *b)
{
    const struct app_evidence *x = a->evidence, *y = b->evidence;
    for (; x && y && strcmp(x->text, y->text) == 0; x = x->next)
        y = y->next;
    return !x && !y;
}

static bool has_same_fixes(const struct app_finding *a, const struct app_finding *b)
{
    const struct app_fix *x = a->fixes, *y = b->fixes;
    for (; x && y && x->kind == y->kind && strcmp(x->text, y->text) == 0; x = x->next)
        y = y->next;
    return !x && !y;
}

/*
 * Whether two findings are one line: a check says the same of several subjects. What was not seen
 * for one reason is told once, whatever checks wanted it. Where all is well, one subject's evidence
 * will do.
 */
static bool is_same_line(const struct app_finding *a, const struct app_finding *b)
{
    return a->status == b->status && a->check->step == b->check->step &&
           (a->check == b->check || a->status == APP_UNKNOWN) &&
           strcmp(a->sentence, b->sentence) == 0 && has_same_fixes(a, b) &&
           (a->status < APP_WARN || has_same_evidence(a, b));
}

/* One line's findings: first, and those behind it that are the same line. */
struct line {
    const struct app_finding *members[256];
    size_t count;
};

static void gather(struct printer *printer, const struct app_finding *first, size_t number,
                   struct line *line)
{
    line->members[0] = first;
    line->count = 1;
    for (const struct app_finding *at = first->next; at; at = at->next) {
        number++;
        if (line->count == GP_ARRAY_LEN(line->members) || printer->is_printed[number] ||
            !is_same_line(first, at))
            continue;
        printer->is_printed[number] = true;
        line->members[line->count++] = at;
    }
}

static bool is_among(const struct line *line, size_t end, const char *subject,
                     const struct app_check *check)
{
    for (size_t i = 0; i < end; i++)
        if ((subject && strcmp(line->members[i]->subject, subject) == 0) ||
            (check && line->members[i]->check == check))
            return true;
    return false;
}

static void put_ids(const struct printer *printer, const struct line *line)
{
    int width = 0;
    for (size_t i = 0; i < line->count; i++)
        if (!is_among(line, i, NULL, line->members[i]->check))
            width += fprintf(printer->to, "%s%s", i > 0 ? " " : "", line->members[i]->check->id);
    fprintf(printer->to, "%*s", width < ID_WIDTH ? ID_WIDTH - width : 0, "");
}

static void put_subject(const struct printer *printer, const struct app_finding *finding)
{
    if (printer->has_several && finding->domain &&
        !strstr(finding->subject, finding->domain->ascii))
        fprintf(printer->to, "%s: ", finding->domain->ascii);
    fputs(finding->subject, printer->to);
}

static size_t count_subjects(const struct line *line)
{
    size_t count = 0;
    for (size_t i = 0; i < line->count; i++)
        count += !is_among(line, i, line->members[i]->subject, NULL);
    return count;
}

/* The others, where they matter: what is to be done, or to be found out, concerns each of them. */
static void put_others(const struct printer *printer, const struct line *line)
{
    const char *before = INDENT "also: ";
    if (line->members[0]->status < APP_WARN)
        return;
    for (size_t i = 1; i < line->count; i++) {
        if (is_among(line, i, line->members[i]->subject, NULL))
            continue;
        fputs(before, printer->to);
        put_subject(printer, line->members[i]);
        before = ", ";
    }
    if (before[0] == ',')
        fputc('\n', printer->to);
}

static void put_evidence(const struct printer *printer, const struct app_finding *finding)
{
    for (const struct app_evidence *at = finding->evidence; at; at = at->next)
        fprintf(printer->to, INDENT "%s\n", at->text);
}

static void put_fixes(const struct printer *printer, const struct app_finding *finding)
{
    static const char *const verbs[] = {
        [APP_FIX_PUBLISH] = "publish  ",
        [APP_FIX_REMOVE] = "remove  ",
        [APP_FIX_RUN] = "run  ",
        [APP_FIX_DO] = "",
    };
    for (const struct app_fix *at = finding->fixes; at; at = at->next)
        fprintf(printer->to, "          fix: %s%s\n", verbs[at->kind], at->text);
}

static void put_line(struct printer *printer, const struct line *line)
{
    const struct app_finding *first = line->members[0];
    fputs("  ", printer->to);
    put_coloured(printer, first->status, app_status_text(first->status), STATUS_WIDTH);
    fputs("  ", printer->to);
    put_ids(printer, line);
    fputs("  ", printer->to);
    put_subject(printer, first);
    if (count_subjects(line) > 1)
        fprintf(printer->to, " and %zu more", count_subjects(line) - 1);
    fprintf(printer->to, ": %s\n", first->sentence);
    put_others(printer, line);
    put_evidence(printer, first);
    put_fixes(printer, first);
}

/* All six steps are shown (design, section 1), also one that there is no check for. */
static bool has_checks(enum app_step step)
{
    size_t count;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (checks[i].step == step)
            return true;
    return false;
}

static void put_step(struct printer *printer, enum app_step step)
{
    struct line line;
    size_t number = 0;
    bool has_head = false;
    if (!has_checks(step) && !printer->report->is_partial)
        fprintf(printer->to,
                "\n%d. %s\n  nothing is checked here yet: whether all have moved, only the "
                "administration inside knows\n",
                (int)step + 1, app_step_title(step));
    for (const struct app_finding *at = printer->report->findings->first; at;
         at = at->next, number++) {
        if (at->check->step != step || printer->is_printed[number])
            continue;
        if (!has_head)
            fprintf(printer->to, "\n%d. %s\n", (int)step + 1, app_step_title(step));
        has_head = true;
        gather(printer, at, number, &line);
        put_line(printer, &line);
    }
}

/* The verdict. */

/* Whether no finding before is of the same check, and of the status if one is given. */
static bool is_first_of_check(const struct app_findings *findings,
                              const struct app_finding *finding, bool of_status)
{
    for (const struct app_finding *at = findings->first; at != finding; at = at->next)
        if (at->check == finding->check && (!of_status || at->status == finding->status))
            return false;
    return true;
}

/* "V3, T9": the checks that have a finding of the status; those that do not count are left out,
 * unless they warn. */
static void put_checks(const struct printer *printer, enum app_status status, const char *before)
{
    const struct app_findings *findings = printer->report->findings;
    for (const struct app_finding *at = findings->first; at; at = at->next) {
        if (at->status != status || !is_first_of_check(findings, at, true) ||
            (at->check->severity != APP_BINDING && status != APP_WARN))
            continue;
        fprintf(printer->to, "%s%s", before, at->check->id);
        before = ", ";
    }
}

static size_t count_checks(const struct app_findings *findings)
{
    size_t count = 0;
    for (const struct app_finding *at = findings->first; at; at = at->next)
        count += is_first_of_check(findings, at, false);
    return count;
}

static enum app_status status_of(enum app_verdict verdict)
{
    switch (verdict) {
    case APP_NOT_READY:
        return APP_FAIL;
    case APP_TO_WAIT:
        return APP_WAIT;
    case APP_NOT_KNOWN:
        return APP_UNKNOWN;
    case APP_READY:
        break;
    }
    return APP_PASS;
}

static void put_verdict(const struct printer *printer)
{
    const struct app_findings *findings = printer->report->findings;
    fputc('\n', printer->to);
    put_coloured(printer, status_of(findings->verdict), app_verdict_text(findings->verdict), 0);
    switch (findings->verdict) {
    case APP_READY:
        fprintf(printer->to, ": %zu checks, nothing to correct", count_checks(findings));
        put_checks(printer, APP_WARN, "; worth a look: ");
        break;
    case APP_NOT_READY:
        put_checks(printer, APP_FAIL, ": to be corrected: ");
        put_checks(printer, APP_UNKNOWN, "; could not be found out: ");
        break;
    case APP_TO_WAIT:
        put_checks(printer, APP_WAIT, ": time is needed for ");
        put_checks(printer, APP_UNKNOWN, "; could not be found out: ");
        break;
    case APP_NOT_KNOWN:
        put_checks(printer, APP_UNKNOWN, ": nothing is wrong, but could not be found out: ");
        break;
    }
    fputc('\n', printer->to);
}

static void put_head(const struct printer *printer)
{
    const struct app_observations *seen = printer->report->seen;
    char time[GP_CLOCK_TEXT_MAX], span[GP_CLOCK_SPAN_MAX];
    fputs("Readiness of ", printer->to);
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next)
        fprintf(printer->to, "%s%s", at->domain.ascii, at->next ? ", " : "");
    fprintf(printer->to, ", phase %s, seen from %s at %s in %s\n",
            app_phase_name(printer->report->phase), printer->report->vantage,
            gp_clock_text(seen->started_s, time), gp_clock_span_text(seen->duration_ms, span));
}

enum gp_code app_report_text(const struct app_report *report, FILE *to, struct gp_err *err)
{
    struct printer printer = {.report = report, .to = to};
    printer.has_several = report->seen->domains && report->seen->domains->next;
    printer.is_printed = calloc(report->findings->count + 1, sizeof(*printer.is_printed));
    if (!printer.is_printed)
        return gp_err_nomem(err);
    put_head(&printer);
    for (int step = 0; step < APP_STEP_COUNT; step++)
        put_step(&printer, (enum app_step)step);
    put_verdict(&printer);
    free(printer.is_printed);
    return GP_OK;
}
