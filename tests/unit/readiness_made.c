/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_made.h"

#include <string.h>

void made_begin(struct app_findings *findings)
{
    *findings = (struct app_findings){.first = NULL};
    gp_arena_init(&findings->arena, 1048576);
}

void made_end(struct app_findings *findings)
{
    gp_arena_finish(&findings->arena);
}

static void *make(struct app_findings *findings, size_t size)
{
    void *made = gp_arena_alloc(&findings->arena, size);
    assert_non_null(made);
    return made;
}

static const struct app_check *check_of(const char *id)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return &checks[i];
    fail_msg("no check %s", id);
    return NULL;
}

static void add_fixes(struct app_findings *findings, struct app_finding *finding,
                      const struct made_finding *made)
{
    struct app_fix **end = &finding->fixes;
    for (size_t i = 0; i < GP_ARRAY_LEN(made->fixes) && made->fixes[i].text; i++) {
        *end = make(findings, sizeof(**end));
        **end = (struct app_fix){.kind = made->fixes[i].kind, .text = made->fixes[i].text};
        end = &(*end)->next;
    }
}

static void set_accepted(struct app_findings *findings, struct app_finding *finding,
                         const struct made_finding *made)
{
    struct app_acceptance *accepted = make(findings, sizeof(*accepted));
    *accepted = (struct app_acceptance){
        .reason = gp_arena_text(&findings->arena, made->accepted),
        .until_s = made->accepted_until_s,
    };
    finding->accepted = accepted;
    finding->accepted_status = made->accepted_status;
}

void made_add(struct app_findings *findings, const struct made_finding *made)
{
    struct app_finding **end = &findings->first;
    while (*end)
        end = &(*end)->next;
    struct app_finding *finding = *end = make(findings, sizeof(*finding));
    *finding = (struct app_finding){
        .check = check_of(made->check),
        .status = made->status,
        .until_s = made->until_s,
        .subject = made->subject ? made->subject : "subject",
        .sentence = made->sentence ? made->sentence : "sentence",
        .vantage = made->vantage,
        .endpoint = made->endpoint,
    };
    if (made->domain) {
        struct dns_domain *domain = make(findings, sizeof(*domain));
        assert_int_equal(dns_domain_from_text(gp_span_text(made->domain), domain, NULL), GP_OK);
        finding->domain = domain;
    }
    if (made->place) {
        struct dns_name *place = make(findings, sizeof(*place));
        assert_int_equal(dns_name_from_text(made->place, place), GP_OK);
        finding->place = place;
    }
    if (made->evidence) {
        finding->evidence = make(findings, sizeof(*finding->evidence));
        *finding->evidence = (struct app_evidence){.text = made->evidence};
    }
    if (made->accepted)
        set_accepted(findings, finding, made);
    add_fixes(findings, finding, made);
    findings->count++;
    findings->verdict = app_verdict_of(findings->first);
    findings->safe_at_s = findings->verdict == APP_TO_WAIT ? app_safe_at(findings->first) : 0;
}

void made_note(struct app_findings *findings, const char *text)
{
    struct app_note *note = make(findings, sizeof(*note));
    *note = (struct app_note){.next = findings->notes, .text = text};
    findings->notes = note;
}
