/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line for Nagios, Icinga and their kin (Monitoring Plugins Development Guidelines, "Plugin
 * Output for Nagios"): status, what is worst, and performance data behind a bar. No colour ever.
 */
#include "readiness/report/report.h"

#include "base/clock.h"
#include "readiness/report/lines.h"

#include <string.h>

#define LINE_MAX_BYTES 900 /* transports such as NRPE cut at 1,024 bytes */
#define TEXT_BYTES     500 /* of what stands before the performance data */
#define DAY_S          86400

enum {
    OK,
    WARNING,
    CRITICAL,
    UNKNOWN
};

/* What takes time warns; so does what is worth a look, as far as it counts. */
static int status_of(const struct app_findings *findings)
{
    switch (findings->verdict) {
    case APP_NOT_READY:
        return CRITICAL;
    case APP_TO_WAIT:
        return WARNING;
    case APP_NOT_KNOWN:
        return UNKNOWN;
    case APP_READY:
        break;
    }
    for (const struct app_finding *at = findings->first; at; at = at->next)
        if (at->status == APP_WARN && at->check->severity == APP_BINDING)
            return WARNING;
    return OK;
}

/* The finding that says most about the status: of several that wait, the one that waits longest. */
static const struct app_finding *worst(const struct app_findings *findings)
{
    const struct app_finding *found = NULL;
    for (const struct app_finding *at = findings->first; at; at = at->next)
        if (at->status >= APP_WARN && at->check->severity == APP_BINDING &&
            (!found || at->status > found->status ||
             (at->status == found->status && at->until_s > found->until_s)))
            found = at;
    return found;
}

/* A bar begins the performance data, and a finding's text must not. */
static void put_safe(struct gp_buf *out, const char *text)
{
    for (; *text; text++)
        gp_buf_append_char(out, (char)(*text == '|' ? '/' : *text));
}

/* Cut between characters, not inside one. */
static size_t cut(const struct gp_buf *text, size_t most)
{
    size_t len = gp_buf_len(text);
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)gp_buf_span(text).at[most] & 0xC0) == 0x80)
        most--;
    return most;
}

static void put_text(struct gp_buf *out, const struct app_findings *findings, int status)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const struct app_finding *first = worst(findings);
    char rests_on[APP_VERDICT_TEXT_MAX], time[GP_CLOCK_TEXT_MAX];
    struct gp_buf text;
    gp_buf_init(&text, 65536);
    gp_buf_printf(&text, "GATEPOST %s - %s", words[status], app_verdict_text(findings->verdict));
    if (findings->safe_at_s != 0)
        gp_buf_printf(&text, " until %s", gp_clock_text(findings->safe_at_s, time));
    gp_buf_append_text(&text, ": ");
    if (first) {
        gp_buf_printf(&text, "%s ", first->check->id);
        put_safe(&text, first->subject);
        gp_buf_append_text(&text, ": ");
        put_safe(&text, first->sentence);
        gp_buf_append_text(&text, "; ");
    }
    put_safe(&text, app_report_verdict_text(findings, rests_on));
    size_t len = cut(&text, TEXT_BYTES);
    gp_buf_append(out, gp_buf_span(&text).at, len);
    gp_buf_append_text(out, len < gp_buf_len(&text) ? "..." : "");
    gp_buf_finish(&text);
}

static int64_t earliest_end(const struct app_observations *seen)
{
    int64_t end_s = 0;
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next)
        for (int i = 0; i < DNS_SERVICE_COUNT; i++) {
            int64_t this_s = app_report_certificate_end(at, (enum dns_service)i);
            if (this_s != 0 && (end_s == 0 || this_s < end_s))
                end_s = this_s;
        }
    return end_s;
}

static int64_t left(int64_t until_s, int64_t now_s)
{
    return until_s > now_s ? until_s - now_s : 0;
}

/* 'label'=value[unit];[warn];[crit];[least]; a range "21:" alerts below 21. */
static void put_data(struct gp_buf *out, const struct app_report *report)
{
    static const struct {
        const char *label;
        enum app_status status;
    } counts[] = {
        {"fail", APP_FAIL}, {"wait", APP_WAIT}, {"unknown", APP_UNKNOWN}, {"warn", APP_WARN}};
    size_t found[APP_FAIL + 1] = {0};
    int64_t end_s = earliest_end(report->seen);
    int64_t duration_ms = report->seen->duration_ms;
    int64_t judged_s = report->at_s != 0 ? report->at_s : report->seen->started_s;
    for (const struct app_finding *at = report->findings->first; at; at = at->next)
        found[at->status]++;
    gp_buf_printf(out, " | time=%lld.%03llds;;;0", (long long)(duration_ms / 1000),
                  (long long)(duration_ms % 1000));
    for (size_t i = 0; i < GP_ARRAY_LEN(counts); i++)
        gp_buf_printf(out, " %s=%zu;;;0", counts[i].label, found[counts[i].status]);
    if (report->findings->safe_at_s != 0)
        gp_buf_printf(out, " safe_in=%llds;;;0",
                      (long long)left(report->findings->safe_at_s, judged_s));
    if (end_s != 0)
        gp_buf_printf(out, " certificate_days=%lld;%d:;%d:",
                      (long long)((end_s - report->seen->started_s) / DAY_S),
                      APP_CERTIFICATE_WARN_DAYS, APP_CERTIFICATE_FAIL_DAYS);
}

enum gp_code app_report_nagios(const struct app_report *report, FILE *to, int *ret_status,
                               struct gp_err *err)
{
    struct gp_buf line;
    enum gp_code code = GP_OK;
    int status = status_of(report->findings);
    gp_buf_init(&line, LINE_MAX_BYTES);
    put_text(&line, report->findings, status);
    put_data(&line, report);
    if (gp_buf_failed(&line) == GP_OK)
        fprintf(to, "%.*s\n", GP_SPAN_ARG(gp_buf_span(&line)));
    else
        code = gp_err_nomem(err);
    gp_buf_finish(&line);
    *ret_status = status;
    return code;
}
