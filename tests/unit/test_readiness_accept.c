/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong and accepted: shown with its reason, counting for nothing, and never for longer or
 * more than was meant. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_fixture.h"

#include <string.h>

#define OTHER "legacy.alpha.example"

/* V12: alpha.example has a record that leads to another system. */
static void make(struct fixture *fx)
{
    fixture_begin(fx, "");
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                        fixture_srv(fx, 20, 5269, OTHER)};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, records, GP_ARRAY_LEN(records));
    fixture_derive(fx);
}

static void judge(struct fixture *fx, struct app_acceptance *acceptance, const char *made)
{
    bool wanted[FIXTURE_CHECKS_MAX] = {false};
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        wanted[i] = strcmp(checks[i].id, made) == 0;
    fx->config->acceptances = acceptance;
    fx->config->acceptance_count = 1;
    fixture_judge(fx, wanted);
    fx->config->acceptances = NULL; /* not the configuration's to release */
    fx->config->acceptance_count = 0;
}

static const struct app_finding *find_about(const struct fixture *fx, const char *subject)
{
    for (const struct app_finding *at = fx->findings->first; at; at = at->next)
        if (strstr(at->subject, subject))
            return at;
    fail_msg("nothing was found about %s", subject);
    return fx->findings->first;
}

struct row {
    const char *name;
    const char *check, *made;     /* accepted, and judged */
    const char *domain, *subject; /* NULL: any */
    int64_t until_s;              /* 0: for ever */
    bool is_accepted;
    const char *note; /* NULL: none */
};

static const struct row rows[] = {
    {"whatever it is about", "V12", "V12", NULL, NULL, 0, true, NULL},
    {"its domain", "V12", "V12", "alpha.example", NULL, 0, true, NULL},
    {"a piece of its subject", "V12", "V12", NULL, "legacy.", 0, true, NULL},
    {"until later", "V12", "V12", NULL, NULL, 1800000001, true, NULL},
    {"until this very second", "V12", "V12", NULL, NULL, 1800000000, false, "has run out"},
    {"another subject", "V12", "V12", NULL, "gw2.", 0, false, "nothing to accept"},
    {"a domain that was not looked at", "V12", "V12", "gamma.example", NULL, 0, false, NULL},
    {"a check that was not made", "T9", "V12", NULL, NULL, 0, false, NULL},
    {"a check that there is not", "V99", "V12", NULL, NULL, 0, false, "no such check"},
};

static void accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct fixture fx;
        struct dns_domain domain;
        char check[8], reason[] = "until the last partner has moved", subject[40] = "";
        char *subjects[] = {subject};
        snprintf(check, sizeof(check), "%s", row->check);
        snprintf(subject, sizeof(subject), "%s", row->subject ? row->subject : "");
        struct app_acceptance acceptance = {.check = check,
                                            .reason = reason,
                                            .domain_count = row->domain != NULL,
                                            .domains = &domain,
                                            .subject_count = row->subject != NULL,
                                            .subjects = subjects,
                                            .until_s = row->until_s};
        if (row->domain)
            assert_int_equal(dns_domain_from_text(gp_span_text(row->domain), &domain, NULL), GP_OK);
        make(&fx);
        judge(&fx, &acceptance, row->made);
        const struct app_finding *finding = find_about(&fx, OTHER);
        const char *note = fx.findings->notes ? fx.findings->notes->text : NULL;
        if ((finding->status == APP_SKIP) != row->is_accepted ||
            (finding->accepted != NULL) != row->is_accepted ||
            fx.findings->verdict != (row->is_accepted ? APP_READY : APP_NOT_READY))
            fail_msg("%s: %s: %s", row->name, app_status_text(finding->status), finding->sentence);
        if ((note != NULL) != (row->note != NULL) || (note && !strstr(note, row->note)))
            fail_msg("%s: noted: %s", row->name, note ? note : "nothing");
        if (row->is_accepted) {
            assert_int_equal(finding->accepted_status, APP_FAIL);
            assert_true(strstr(finding->sentence, reason) && strstr(finding->sentence, "FAIL"));
        }
        /* What is right stays right. */
        assert_int_equal(find_about(&fx, FX_HOST)->status, APP_PASS);
        fixture_end(&fx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
