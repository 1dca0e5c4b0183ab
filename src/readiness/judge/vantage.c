/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/judge/vantage.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES_MAX (64 * 1048576)
#define TEXT_BYTES_MAX   2000 /* of one text of a report */
#define LIST_MAX         40   /* pieces of evidence, and fixes, of a finding */

/* Reading. */

static char *copy_safe(const char *text)
{
    struct gp_buf safe;
    gp_buf_init(&safe, 4 * TEXT_BYTES_MAX + 16);
    gp_text_escape(&safe, gp_span_text(text), TEXT_BYTES_MAX);
    const char *escaped = gp_buf_text(&safe);
    char *copy = escaped ? strdup(escaped) : NULL;
    gp_buf_finish(&safe);
    return copy;
}

static enum gp_code check_report(const struct app_json *report, const char *path,
                                 struct gp_err *err)
{
    int64_t schema = app_json_get_int(report, "schema", 0);
    if (!app_json_get_text(report, "vantage", NULL) ||
        app_json_kind(app_json_get(report, "checks")) != APP_JSON_ARRAY)
        return gp_err_set(err, GP_ERR_INPUT,
                          "merge '%s': it is no report that \"gatepost check --json\" prints",
                          path);
    if (schema != 1)
        return gp_err_set(err, GP_ERR_INPUT,
                          "merge '%s': the report is of schema %lld, this gatepost reads 1", path,
                          (long long)schema);
    return GP_OK;
}

enum gp_code app_vantage_read(const char *path, struct app_vantage **ret, struct gp_err *err)
{
    struct app_vantage *vantage = calloc(1, sizeof(*vantage));
    struct gp_buf text;
    if (!vantage)
        return gp_err_nomem(err);
    gp_buf_init(&text, REPORT_BYTES_MAX);
    enum gp_code code = gp_file_read(path, &text, err);
    if (code == GP_OK) {
        code = app_json_parse(gp_buf_span(&text), REPORT_BYTES_MAX, &vantage->report, err);
        if (code != GP_OK)
            gp_err_wrap(err, code, "merge '%s'", path);
    }
    gp_buf_finish(&text);
    if (code == GP_OK)
        code = check_report(vantage->report, path, err);
    if (code == GP_OK) {
        vantage->name = copy_safe(app_json_get_text(vantage->report, "vantage", ""));
        vantage->time = copy_safe(app_json_get_text(vantage->report, "time", ""));
        if (!vantage->name || !vantage->time)
            code = gp_err_nomem(err);
    }
    if (code != GP_OK) {
        app_vantages_destroy(vantage);
        return code;
    }
    *ret = vantage;
    return GP_OK;
}

void app_vantages_destroy(struct app_vantage *first)
{
    while (first) {
        struct app_vantage *next = first->next;
        app_json_destroy(first->report);
        free(first->name);
        free(first->time);
        free(first);
        first = next;
    }
}

/* Merging. */

struct merging {
    const struct app_judge_input *input;
    struct app_findings *findings;
    struct app_finding **end;
    struct gp_map unknown; /* own findings that are UNKNOWN, by check, domain and subject */
    bool has_failed;       /* no memory */
};

static const char *keep(struct merging *merging, const char *text)
{
    struct gp_buf safe;
    gp_buf_init(&safe, 4 * TEXT_BYTES_MAX + 16);
    gp_text_escape(&safe, gp_span_text(text), TEXT_BYTES_MAX);
    const char *copy =
        gp_arena_copy(&merging->findings->arena, gp_buf_span(&safe).at, gp_buf_len(&safe));
    gp_buf_finish(&safe);
    merging->has_failed = merging->has_failed || !copy;
    return copy ? copy : "";
}

/* The check that this run makes too; NULL. */
static const struct app_check *check_of(const struct merging *merging, const char *id)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return app_check_is_made(merging->input, i) ? &checks[i] : NULL;
    return NULL;
}

/* False: about a domain that is not of this run. */
static bool find_domain(const struct merging *merging, const struct app_json *node,
                        const struct dns_domain **ret)
{
    const char *text = app_json_get_text(node, "domain", NULL);
    struct dns_domain name;
    *ret = NULL;
    if (!text)
        return true;
    if (dns_domain_from_text(gp_span_text(text), &name, NULL) != GP_OK)
        return false;
    const struct app_seen_domain *seen = app_observations_domain(merging->input->seen, &name);
    *ret = seen ? &seen->domain : NULL;
    return seen != NULL;
}

/* What was seen there: PASS, WARN, WAIT or FAIL. What could not be, says nothing here. */
static bool find_status(const struct app_json *node, const struct app_check *check,
                        enum app_status *ret)
{
    static const enum app_status seen[] = {APP_PASS, APP_WARN, APP_WAIT, APP_FAIL};
    const char *text = app_json_get_text(node, "status", "");
    for (size_t i = 0; i < GP_ARRAY_LEN(seen); i++) {
        if (strcmp(text, app_status_text(seen[i])) != 0)
            continue;
        *ret = check->severity == APP_ADVICE && seen[i] > APP_WARN ? APP_WARN : seen[i];
        return true;
    }
    return false;
}

static void take_evidence(struct merging *merging, const struct app_json *list,
                          struct app_finding *finding)
{
    struct app_evidence **end = &finding->evidence;
    for (size_t i = 0; i < app_json_count(list) && i < LIST_MAX; i++) {
        struct app_evidence *evidence =
            gp_arena_alloc(&merging->findings->arena, sizeof(*evidence));
        if (!evidence) {
            merging->has_failed = true;
            return;
        }
        evidence->text = keep(merging, app_json_text(app_json_at(list, i), ""));
        *end = evidence;
        end = &evidence->next;
    }
}

static enum app_fix_kind fix_kind(const char *action)
{
    for (int kind = APP_FIX_PUBLISH; kind < APP_FIX_DO; kind++)
        if (strcmp(action, app_fix_kind_text((enum app_fix_kind)kind)) == 0)
            return (enum app_fix_kind)kind;
    return APP_FIX_DO;
}

static void take_fixes(struct merging *merging, const struct app_json *list,
                       struct app_finding *finding)
{
    struct app_fix **end = &finding->fixes;
    for (size_t i = 0; i < app_json_count(list) && i < LIST_MAX; i++) {
        const struct app_json *at = app_json_at(list, i);
        struct app_fix *fix = gp_arena_alloc(&merging->findings->arena, sizeof(*fix));
        if (!fix) {
            merging->has_failed = true;
            return;
        }
        fix->kind = fix_kind(app_json_get_text(at, "action", ""));
        fix->text = keep(merging, app_json_get_text(at, "text", ""));
        *end = fix;
        end = &fix->next;
    }
}

static void set_key(struct gp_buf *key, const struct app_finding *finding)
{
    gp_buf_reset(key);
    gp_buf_printf(key, "%s\x1f%s\x1f%s", finding->check->id,
                  finding->domain ? finding->domain->ascii : "", finding->subject);
}

/* What this run could not find out, and that vantage did. */
static void decide(struct merging *merging, const struct app_finding *by)
{
    struct gp_buf key;
    gp_buf_init(&key, 65536);
    set_key(&key, by);
    struct app_finding *own = gp_map_remove(&merging->unknown, gp_buf_span(&key));
    gp_buf_finish(&key);
    if (!own)
        return;
    const char *sentence = gp_arena_printf(&merging->findings->arena, "decided from %s (here: %s)",
                                           by->vantage, own->sentence);
    merging->has_failed = merging->has_failed || !sentence;
    own->status = APP_SKIP;
    own->sentence = sentence ? sentence : "";
    own->evidence = NULL;
    own->fixes = NULL;
}

/* NULL: it says none. */
static const struct dns_name *take_place(struct merging *merging, const struct app_json *node)
{
    struct dns_name name;
    const char *text = app_json_get_text(node, "place", NULL);
    if (!text || dns_name_from_text(text, &name) != GP_OK)
        return NULL;
    struct dns_name *place = gp_arena_alloc(&merging->findings->arena, sizeof(*place));
    merging->has_failed = merging->has_failed || !place;
    if (place)
        *place = name;
    return place;
}

/* Without a time, as those of an older version are, nothing is known of how long it takes: 0. */
static int64_t until_of(const struct app_json *node, enum app_status status)
{
    int64_t until_s = 0;
    const char *text = app_json_get_text(node, "until", "");
    return status == APP_WAIT && gp_clock_parse(text, &until_s) == GP_OK ? until_s : 0;
}

static void take(struct merging *merging, const struct app_vantage *vantage,
                 const struct app_json *node)
{
    const struct app_check *check = check_of(merging, app_json_get_text(node, "id", ""));
    const struct dns_domain *domain = NULL;
    enum app_status status = APP_PASS;
    if (!check || !find_domain(merging, node, &domain) || !find_status(node, check, &status))
        return;
    struct app_finding *finding = gp_arena_alloc(&merging->findings->arena, sizeof(*finding));
    if (!finding) {
        merging->has_failed = true;
        return;
    }
    *finding = (struct app_finding){.check = check, .domain = domain, .status = status};
    finding->subject = keep(merging, app_json_get_text(node, "subject", ""));
    finding->sentence = keep(merging, app_json_get_text(node, "sentence", ""));
    finding->vantage = vantage->name;
    finding->place = domain ? NULL : take_place(merging, node);
    finding->until_s = until_of(node, status);
    take_evidence(merging, app_json_get(node, "evidence"), finding);
    take_fixes(merging, app_json_get(node, "fix"), finding);
    *merging->end = finding;
    merging->end = &finding->next;
    merging->findings->count++;
    decide(merging, finding);
}

static void note_unknown(struct merging *merging)
{
    struct gp_buf key;
    gp_buf_init(&key, 65536);
    merging->end = &merging->findings->first;
    for (; *merging->end; merging->end = &(*merging->end)->next) {
        if ((*merging->end)->status != APP_UNKNOWN)
            continue;
        set_key(&key, *merging->end);
        if (gp_map_put(&merging->unknown, gp_buf_span(&key), *merging->end) != GP_OK)
            merging->has_failed = true;
    }
    gp_buf_finish(&key);
}

enum gp_code app_merge(const struct app_judge_input *input, struct app_findings *findings,
                       struct gp_err *err)
{
    struct merging merging = {.input = input, .findings = findings};
    if (!input->vantages)
        return GP_OK;
    gp_map_init(&merging.unknown);
    note_unknown(&merging);
    for (const struct app_vantage *at = input->vantages; at; at = at->next) {
        const struct app_json *checks = app_json_get(at->report, "checks");
        for (size_t i = 0; i < app_json_count(checks); i++)
            take(&merging, at, app_json_at(checks, i));
    }
    gp_map_finish(&merging.unknown);
    return merging.has_failed ? gp_err_nomem(err) : GP_OK;
}
