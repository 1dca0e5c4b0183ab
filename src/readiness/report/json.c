/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/report.h"

#include "base/clock.h"
#include "json.h"
#include "readiness/report/lines.h"
#include "readiness/report/verdicts.h"

#define SCHEMA 1

/* 0 is no time. */
static void put_time(struct app_json_writer *json, const char *name, int64_t wall_s)
{
    char text[GP_CLOCK_TEXT_MAX];
    app_json_put_text(json, name, wall_s != 0 ? gp_clock_text(wall_s, text) : NULL);
}

static void put_finding(struct app_json_writer *json, const struct app_report *report,
                        const struct app_finding *finding)
{
    char until[GP_CLOCK_TEXT_MAX], place[DNS_NAME_TEXT_MAX];
    app_json_open_object(json, NULL);
    app_json_put_text(json, "id", finding->check->id);
    app_json_put_text(json, "status", app_status_text(finding->status));
    app_json_put_text(json, "group", app_step_name(finding->check->step));
    app_json_put_text(json, "title", finding->check->title);
    app_json_put_bool(json, "binding", finding->check->severity == APP_BINDING);
    app_json_put_text(json, "domain", finding->domain ? finding->domain->ascii : NULL);
    app_json_put_text(json, "place", finding->place ? dns_name_text(finding->place, place) : NULL);
    app_json_put_text(json, "endpoint", finding->endpoint);
    app_json_put_text(json, "vantage", finding->vantage ? finding->vantage : report->vantage);
    app_json_put_text(json, "subject", finding->subject);
    app_json_put_text(json, "sentence", finding->sentence);
    if (finding->accepted) {
        app_json_open_object(json, "accepted");
        app_json_put_text(json, "reason", finding->accepted->reason);
        app_json_put_text(json, "status", app_status_text(finding->accepted_status));
        if (finding->accepted->until_s != 0)
            app_json_put_text(json, "until", gp_clock_text(finding->accepted->until_s, until));
        else
            app_json_put_null(json, "until");
        app_json_close(json);
    } else {
        app_json_put_null(json, "accepted");
    }
    put_time(json, "until", finding->until_s);
    app_json_open_array(json, "evidence");
    for (const struct app_evidence *at = finding->evidence; at; at = at->next)
        app_json_put_text(json, NULL, at->text);
    app_json_close(json);
    app_json_open_array(json, "fix");
    for (const struct app_fix *at = finding->fixes; at; at = at->next) {
        app_json_open_object(json, NULL);
        app_json_put_text(json, "action", app_fix_kind_text(at->kind));
        app_json_put_text(json, "text", at->text);
        app_json_close(json);
    }
    app_json_close(json);
    app_json_close(json);
}

static void put_checks(struct app_json_writer *json, const char *key,
                       const bool has[APP_CHECKS_MAX])
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    app_json_open_array(json, key);
    for (size_t i = 0; i < count; i++)
        if (has[i])
            app_json_put_text(json, NULL, checks[i].id);
    app_json_close(json);
}

static void put_verdicts(struct app_json_writer *json, const struct app_verdicts *verdicts)
{
    app_json_open_array(json, "verdicts");
    for (size_t i = 0; i < verdicts->count; i++) {
        const struct app_domain_verdict *verdict = verdicts->list[i];
        app_json_open_object(json, NULL);
        app_json_put_text(json, "domain", verdict->domain->domain.ascii);
        app_json_put_text(json, "verdict", app_verdict_text(verdict->verdict));
        put_time(json, "safe_at", verdict->safe_at_s);
        put_checks(json, "fail", verdict->has[APP_FAIL]);
        put_checks(json, "wait", verdict->has[APP_WAIT]);
        put_checks(json, "unknown", verdict->has[APP_UNKNOWN]);
        put_checks(json, "warn", verdict->has[APP_WARN]);
        app_json_close(json);
    }
    app_json_close(json);
}

/* In the order in which one goes through them. */
static void put_timeline(struct app_json_writer *json, const struct zone_timeline *timeline)
{
    const struct zone_step *steps[ZONE_STEPS_MAX];
    size_t count = timeline ? app_timeline_sorted(timeline, steps) : 0;
    app_json_open_array(json, "timeline");
    for (size_t i = 0; i < count; i++) {
        app_json_open_object(json, NULL);
        app_json_put_text(json, "step", steps[i]->id);
        app_json_put_text(json, "title", steps[i]->title);
        app_json_put_text(json, "state", zone_step_state_text(steps[i]->state));
        put_time(json, "from", steps[i]->from_s);
        put_time(json, "at", steps[i]->at_s);
        app_json_put_text(json, "term", zone_term_text(steps[i]->term));
        app_json_put_text(json, "reason", steps[i]->reason);
        app_json_close(json);
    }
    app_json_close(json);
}

enum gp_code app_report_json(const struct app_report *report, FILE *to, struct gp_err *err)
{
    struct app_verdicts *verdicts = NULL;
    enum gp_code code = app_verdicts_create(report->findings, report->seen, &verdicts, err);
    if (code != GP_OK)
        return code;
    struct app_json_writer *json = app_json_writer_create_to(to);
    char time[GP_CLOCK_TEXT_MAX];
    app_json_put_int(json, "schema", SCHEMA);
    app_json_put_text(json, "version", GP_VERSION);
    app_json_put_text(json, "verdict", app_verdict_text(report->findings->verdict));
    put_time(json, "safe_at", report->findings->safe_at_s);
    app_json_put_text(json, "phase", app_phase_name(report->phase));
    app_json_put_text(json, "vantage", report->vantage);
    app_json_put_text(json, "time", gp_clock_text(report->seen->started_s, time));
    put_time(json, "judged_at", report->at_s != 0 ? report->at_s : report->seen->started_s);
    app_json_put_int(json, "duration_ms", report->seen->duration_ms);
    app_json_put_text(json, "configuration",
                      report->config->is_public ? NULL : report->config->digest);
    app_json_open_array(json, "domains");
    for (const struct app_seen_domain *at = report->seen->domains; at; at = at->next)
        app_json_put_text(json, NULL, at->domain.ascii);
    app_json_close(json);
    put_verdicts(json, verdicts);
    app_json_open_array(json, "checks");
    for (const struct app_finding *at = report->findings->first; at; at = at->next)
        put_finding(json, report, at);
    app_json_close(json);
    put_timeline(json, report->timeline);
    app_json_open_array(json, "notes");
    for (const struct app_note *at = report->findings->notes; at; at = at->next)
        app_json_put_text(json, NULL, at->text);
    app_json_close(json);
    code = app_json_print(json, to, err);
    app_verdicts_destroy(verdicts);
    app_json_writer_destroy(json);
    return code;
}
