/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong and accepted (check { accept }): people who see red for what they decided on stop
 * looking at all. Accepted is not passed, and never hidden; an acceptance that is of no use any
 * more is told of, or it would cover the next fault.
 */
#include "readiness/judge/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_about_domain(const struct app_acceptance *acceptance,
                            const struct app_finding *finding)
{
    for (size_t i = 0; i < acceptance->domain_count; i++)
        if (finding->domain && dns_domain_equal(finding->domain, &acceptance->domains[i]))
            return true;
    return acceptance->domain_count == 0;
}

static bool is_about_subject(const struct app_acceptance *acceptance,
                             const struct app_finding *finding)
{
    for (size_t i = 0; i < acceptance->subject_count; i++)
        if (strstr(finding->subject, acceptance->subjects[i]))
            return true;
    return acceptance->subject_count == 0;
}

static bool skip(struct app_findings *findings, struct app_finding *finding,
                 const struct app_acceptance *acceptance)
{
    const char *sentence =
        gp_arena_printf(&findings->arena, "accepted: %s (%s: %s)", acceptance->reason,
                        app_status_text(finding->status), finding->sentence);
    if (!sentence)
        return false;
    finding->sentence = sentence;
    finding->accepted = acceptance;
    finding->accepted_status = finding->status;
    finding->status = APP_SKIP;
    finding->evidence = NULL;
    finding->fixes = NULL;
    return true;
}

static bool note(struct app_findings *findings, const char *format, ...) GP_PRINTF(2, 3);

static bool note(struct app_findings *findings, const char *format, ...)
{
    struct app_note *made = gp_arena_alloc(&findings->arena, sizeof(*made));
    struct app_note **end = &findings->notes;
    va_list args;
    char text[1000];
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!made || !(made->text = gp_arena_text(&findings->arena, text)))
        return false;
    while (*end)
        end = &(*end)->next;
    *end = made;
    return true;
}

/* The number of the check; SIZE_MAX when there is none of that id. */
static size_t number_of(const char *id)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return i;
    return SIZE_MAX;
}

/* Whether something about its domains was looked at, so that it could have matched. */
static bool had_a_chance(const struct app_judge_input *input,
                         const struct app_acceptance *acceptance, size_t number)
{
    if (!app_check_is_made(input, number))
        return false;
    for (const struct app_seen_domain *at = input->seen->domains; at; at = at->next)
        for (size_t i = 0; i < acceptance->domain_count; i++)
            if (dns_domain_equal(&at->domain, &acceptance->domains[i]))
                return true;
    return acceptance->domain_count == 0;
}

static bool apply(const struct app_judge_input *input, struct app_findings *findings,
                  const struct app_acceptance *acceptance)
{
    size_t number = number_of(acceptance->check), matched = 0;
    const struct app_check *checks = app_checks(&(size_t){0});
    if (number == SIZE_MAX)
        return note(findings, "accept \"%s\": there is no such check", acceptance->check);
    bool has_ended = acceptance->until_s != 0 && input->now_s >= acceptance->until_s;
    for (struct app_finding *at = findings->first; at; at = at->next) {
        if (at->check != &checks[number] || at->status < APP_WARN ||
            !is_about_domain(acceptance, at) || !is_about_subject(acceptance, at))
            continue;
        matched++;
        if (!has_ended && !skip(findings, at, acceptance))
            return false;
    }
    if (has_ended)
        return note(findings, "accept \"%s\": it has run out; decide anew, or take it out",
                    acceptance->check);
    if (matched == 0 && had_a_chance(input, acceptance, number))
        return note(findings, "accept \"%s\": there is nothing to accept any more; take it out",
                    acceptance->check);
    return true;
}

enum gp_code app_accept(const struct app_judge_input *input, struct app_findings *findings,
                        struct gp_err *err)
{
    for (size_t i = 0; i < input->config->acceptance_count; i++)
        if (!apply(input, findings, &input->config->acceptances[i]))
            return gp_err_nomem(err);
    return GP_OK;
}
