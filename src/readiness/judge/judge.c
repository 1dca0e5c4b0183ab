/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/judge/judging.h"
#include "readiness/judge/vantage.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_BYTES_MAX (1024 * 1048576)

static const struct app_check checks[] = {
#define APP_CHECK(id, step, scope, severity, phases, title, function) \
    {id, APP_STEP_##step, APP_##scope, APP_##severity, phases, title, function},
#include "readiness/judge/checks.def"
#undef APP_CHECK
};

const struct app_check *app_checks(size_t *ret_count)
{
    *ret_count = GP_ARRAY_LEN(checks);
    return checks;
}

static const struct {
    const char *name;
    char letter;
} phases[] = {
    [APP_PREPARE] = {"prepare", 'P'},   [APP_GATE] = {"gate", 'G'},
    [APP_SWITCHED] = {"switched", 'S'}, [APP_DECOMMISSION] = {"decommission", 'D'},
    [APP_ROUTINE] = {"routine", 'R'},
};
_Static_assert(GP_ARRAY_LEN(phases) == APP_PHASE_COUNT, "a row for each phase");

const char *app_phase_name(enum app_phase phase)
{
    return phases[phase].name;
}

bool app_check_counts(const struct app_check *check, enum app_phase phase)
{
    return strchr(check->phases, phases[phase].letter) != NULL;
}

bool app_phase_is_before_switch(enum app_phase phase)
{
    return phase == APP_PREPARE || phase == APP_GATE;
}

static const struct {
    const char *name, *title;
} steps[] = {
    [APP_STEP_POOL] = {"pool", "Deploy the pool"},
    [APP_STEP_EDGE] = {"edge", "Deploy the edge"},
    [APP_STEP_USERS] = {"users", "Move all users"},
    [APP_STEP_CERTIFICATES] = {"certificates", "Create access policies and certificates"},
    [APP_STEP_FEDERATION] = {"federation", "Enable federation"},
    [APP_STEP_DNS] = {"dns", "Update DNS"},
};
_Static_assert(GP_ARRAY_LEN(steps) == APP_STEP_COUNT, "a row for each step");

const char *app_step_name(enum app_step step)
{
    return steps[step].name;
}

const char *app_step_title(enum app_step step)
{
    return steps[step].title;
}

const char *app_status_text(enum app_status status)
{
    static const char *const texts[] = {
        [APP_PASS] = "PASS",       [APP_SKIP] = "SKIP", [APP_WARN] = "WARN",
        [APP_UNKNOWN] = "UNKNOWN", [APP_WAIT] = "WAIT", [APP_FAIL] = "FAIL",
    };
    return texts[status];
}

const char *app_verdict_text(enum app_verdict verdict)
{
    static const char *const texts[] = {
        [APP_READY] = "READY",
        [APP_NOT_READY] = "NOT READY",
        [APP_TO_WAIT] = "WAIT",
        [APP_NOT_KNOWN] = "UNKNOWN",
    };
    return texts[verdict];
}

const char *app_fix_kind_text(enum app_fix_kind kind)
{
    static const char *const texts[] = {
        [APP_FIX_PUBLISH] = "publish",
        [APP_FIX_REMOVE] = "remove",
        [APP_FIX_RUN] = "run",
        [APP_FIX_DO] = "do",
    };
    return texts[kind];
}

enum app_verdict app_verdict_of(const struct app_finding *first)
{
    enum app_status worst = APP_PASS;
    for (const struct app_finding *at = first; at; at = at->next)
        if (at->check->severity == APP_BINDING && at->status > worst)
            worst = at->status;
    switch (worst) {
    case APP_FAIL:
        return APP_NOT_READY;
    case APP_WAIT:
        return APP_TO_WAIT;
    case APP_UNKNOWN:
        return APP_NOT_KNOWN;
    case APP_PASS:
    case APP_SKIP:
    case APP_WARN:
        break;
    }
    return APP_READY;
}

/* What there would have to be for the check to be made; NULL: it can be made. */
static const char *missing_text(const struct app_judging *judging, const struct app_domain *domain)
{
    const struct app_check *check = judging->check;
    const struct app_config *config = judging->input->config;
    if (check->scope == APP_REPLACED && !domain->legacy)
        return config->is_public
                   ? "without a configuration nothing is known to be replaced (--public)"
                   : "nothing is replaced: the domain has no section \"legacy\"";
    if (check->scope == APP_CONFIGURED && config->is_public)
        return "there is no configuration to compare with (--public)";
    if (check->scope == APP_SERVED && config->is_public)
        return "there is no gateway to be asked (--public)";
    if (check->scope == APP_CALLED && config->is_public && !judging->input->seen->probe_domain)
        return "nobody can be called back here without a domain of yours for it (--probe-domain)";
    return NULL;
}

int64_t app_safe_at(const struct app_finding *first)
{
    int64_t at_s = 0;
    for (const struct app_finding *at = first; at; at = at->next)
        if (at->check->severity == APP_BINDING && at->status == APP_WAIT && at->until_s > at_s)
            at_s = at->until_s;
    return at_s;
}

static void judge(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    judging->domain = seen ? &seen->domain : NULL;
    judging->place = NULL;
    judging->found = 0;
    const char *missing = seen ? missing_text(judging, domain) : NULL;
    if (missing)
        app_find(judging, APP_SKIP, seen->domain.ascii, "%s", missing);
    else
        judging->check->judge(judging, seen, domain);
    /* A check that says nothing would look like one that found nothing. */
    GP_ASSERT(judging->found > 0 || judging->has_failed);
}

static void judge_row(struct app_judging *judging)
{
    const struct app_judge_input *input = judging->input;
    if (judging->check->scope == APP_ALL_AT_ONCE) {
        judge(judging, NULL, NULL);
        return;
    }
    for (const struct app_seen_domain *seen = input->seen->domains; seen; seen = seen->next)
        judge(judging, seen, app_config_domain(input->config, &seen->domain));
}

bool app_check_is_made(const struct app_judge_input *input, size_t number)
{
    return input->wanted ? input->wanted[number] : app_check_counts(&checks[number], input->phase);
}

enum gp_code app_judge(const struct app_judge_input *input, struct app_findings **ret,
                       struct gp_err *err)
{
    struct app_findings *findings = calloc(1, sizeof(*findings));
    if (!findings)
        return gp_err_nomem(err);
    gp_arena_init(&findings->arena, FINDINGS_BYTES_MAX);
    struct app_judging judging = {.input = input, .findings = findings, .end = &findings->first};
    for (size_t i = 0; i < GP_ARRAY_LEN(checks); i++) {
        judging.check = &checks[i];
        if (app_check_is_made(input, i))
            judge_row(&judging);
    }
    if (judging.has_failed || app_merge(input, findings, err) != GP_OK ||
        app_accept(input, findings, err) != GP_OK) {
        app_findings_destroy(findings);
        return gp_err_nomem(err);
    }
    findings->verdict = app_verdict_of(findings->first);
    if (findings->verdict == APP_TO_WAIT)
        findings->safe_at_s = app_safe_at(findings->first);
    *ret = findings;
    return GP_OK;
}

void app_findings_destroy(struct app_findings *findings)
{
    if (!findings)
        return;
    gp_arena_finish(&findings->arena);
    free(findings);
}
