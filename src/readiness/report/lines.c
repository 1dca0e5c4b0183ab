/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/lines.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define LINES_BYTES_MAX (256 * 1048576)
#define KEY_BYTES_MAX   (1 * 1048576)
#define SEPARATOR       "\x1f" /* in no text of a finding: they are printable */

struct gathering {
    struct app_lines *lines;
    struct app_line **ends[APP_FAIL + 1];
    struct gp_map index; /* lines, and what they have already, by key */
    struct gp_buf key;
};

/* What makes two findings one line. */
static void set_line_key(struct gp_buf *key, const struct app_finding *finding)
{
    bool is_for_any_check = finding->status == APP_UNKNOWN;
    gp_buf_reset(key);
    gp_buf_printf(key, "%d" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s", (int)finding->status,
                  is_for_any_check ? "" : finding->check->id,
                  finding->vantage ? finding->vantage : "", finding->sentence);
    for (const struct app_fix *at = finding->fixes; at; at = at->next)
        gp_buf_printf(key, SEPARATOR "%d%s", (int)at->kind, at->text);
    if (finding->status < APP_WARN)
        return;
    for (const struct app_evidence *at = finding->evidence; at; at = at->next)
        gp_buf_printf(key, SEPARATOR SEPARATOR "%s", at->text);
}

/* Whether the line has it for the first time; notes that. */
static enum gp_code is_new(struct gathering *gathering, struct app_line *line, const char *what,
                           bool *ret)
{
    gp_buf_reset(&gathering->key);
    gp_buf_printf(&gathering->key, "%p" SEPARATOR "%s", (void *)line, what);
    *ret = !gp_map_find(&gathering->index, gp_buf_span(&gathering->key));
    return *ret ? gp_map_put(&gathering->index, gp_buf_span(&gathering->key), line) : GP_OK;
}

static enum gp_code append(struct app_lines *lines, struct app_line_part ***end,
                           const struct app_finding *finding)
{
    struct app_line_part *part = gp_arena_alloc(&lines->arena, sizeof(*part));
    if (!part)
        return GP_ERR_NOMEM;
    part->finding = finding;
    **end = part;
    *end = &part->next;
    return GP_OK;
}

static struct app_line *line_of(struct gathering *gathering, const struct app_finding *finding)
{
    set_line_key(&gathering->key, finding);
    struct gp_span key = gp_buf_span(&gathering->key);
    struct app_line *line = gp_map_find(&gathering->index, key);
    if (line || gp_buf_failed(&gathering->key) != GP_OK)
        return line;
    line = gp_arena_alloc(&gathering->lines->arena, sizeof(*line));
    if (!line || gp_map_put(&gathering->index, key, line) != GP_OK)
        return NULL;
    line->first = finding;
    line->subjects_end = &line->subjects;
    line->checks_end = &line->checks;
    *gathering->ends[finding->status] = line;
    gathering->ends[finding->status] = &line->next;
    return line;
}

static enum gp_code gather(struct gathering *gathering, const struct app_finding *finding)
{
    struct app_line *line = line_of(gathering, finding);
    bool has_new_subject = false, has_new_check = false;
    if (!line || is_new(gathering, line, finding->subject, &has_new_subject) != GP_OK ||
        (has_new_subject && append(gathering->lines, &line->subjects_end, finding) != GP_OK) ||
        is_new(gathering, line, finding->check->title, &has_new_check) != GP_OK ||
        (has_new_check && append(gathering->lines, &line->checks_end, finding) != GP_OK))
        return GP_ERR_NOMEM;
    line->subject_count += has_new_subject;
    return GP_OK;
}

enum gp_code app_lines_create(const struct app_findings *findings, struct app_lines **ret,
                              struct gp_err *err)
{
    struct gathering gathering = {.lines = calloc(1, sizeof(*gathering.lines))};
    enum gp_code code = GP_OK;
    if (!gathering.lines)
        return gp_err_nomem(err);
    gp_arena_init(&gathering.lines->arena, LINES_BYTES_MAX);
    gp_map_init(&gathering.index);
    gp_buf_init(&gathering.key, KEY_BYTES_MAX);
    for (int i = 0; i <= APP_FAIL; i++)
        gathering.ends[i] = &gathering.lines->of[i];
    for (const struct app_finding *at = findings->first; at && code == GP_OK; at = at->next)
        code = gather(&gathering, at);
    gp_map_finish(&gathering.index);
    gp_buf_finish(&gathering.key);
    if (code != GP_OK) {
        app_lines_destroy(gathering.lines);
        return gp_err_nomem(err);
    }
    *ret = gathering.lines;
    return GP_OK;
}

void app_lines_destroy(struct app_lines *lines)
{
    if (!lines)
        return;
    gp_arena_finish(&lines->arena);
    free(lines);
}

/* What does not apply to one subject takes nothing from what passed for another. */
static int rank(int status)
{
    return status == APP_SKIP ? 0 : status == APP_PASS ? 1 : status;
}

static int worse(int a, int b)
{
    return b != APP_NOT_FOUND && (a == APP_NOT_FOUND || rank(b) > rank(a)) ? b : a;
}

void app_checks_worst(const struct app_findings *findings, int ret[APP_CHECKS_MAX])
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    GP_ASSERT(count <= APP_CHECKS_MAX);
    for (size_t i = 0; i < APP_CHECKS_MAX; i++)
        ret[i] = APP_NOT_FOUND;
    for (const struct app_finding *at = findings->first; at; at = at->next) {
        size_t number = (size_t)(at->check - checks);
        ret[number] = worse(ret[number], (int)at->status);
    }
}

void app_checks_accepted(const struct app_findings *findings, bool ret[APP_CHECKS_MAX])
{
    const struct app_check *checks = app_checks(&(size_t){0});
    memset(ret, 0, APP_CHECKS_MAX * sizeof(*ret));
    for (const struct app_finding *at = findings->first; at; at = at->next)
        if (at->accepted)
            ret[at->check - checks] = true;
}

void app_checks_put(struct gp_buf *out, const bool chosen[APP_CHECKS_MAX], const char *label,
                    const char **before)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    bool has_any = false;
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i])
            continue;
        if (has_any)
            gp_buf_printf(out, ", %s", checks[i].id);
        else
            gp_buf_printf(out, "%s%s %s", *before, label, checks[i].id);
        has_any = true;
    }
    if (has_any)
        *before = "; ";
}

int app_step_worst(const int worst[APP_CHECKS_MAX], enum app_step step)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    int found = APP_NOT_FOUND;
    for (size_t i = 0; i < count; i++)
        if (checks[i].step == step)
            found = worse(found, worst[i]);
    return found;
}

bool app_step_has_checks(enum app_step step)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (checks[i].step == step)
            return true;
    return false;
}

enum app_status app_verdict_status(enum app_verdict verdict)
{
    static const enum app_status statuses[] = {
        [APP_READY] = APP_PASS,
        [APP_NOT_READY] = APP_FAIL,
        [APP_TO_WAIT] = APP_WAIT,
        [APP_NOT_KNOWN] = APP_UNKNOWN,
    };
    return statuses[verdict];
}
