/* SPDX-License-Identifier: BSD-2-Clause */
/* What each check finds when all is well, and when one thing is not. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

static const struct {
    const struct readiness_row *rows;
    const size_t *count;
} tables[] = {
    {readiness_rows_dns, &readiness_rows_dns_count},
    {readiness_rows_cutover, &readiness_rows_cutover_count},
    {readiness_rows_dane, &readiness_rows_dane_count},
    {readiness_rows_endpoint, &readiness_rows_endpoint_count},
    {readiness_rows_servers, &readiness_rows_servers_count},
    {readiness_rows_caa, &readiness_rows_caa_count},
    {readiness_rows_time, &readiness_rows_time_count},
    {readiness_rows_held, &readiness_rows_held_count},
    {readiness_rows_dialogue, &readiness_rows_dialogue_count},
    {readiness_rows_called, &readiness_rows_called_count},
    {readiness_rows_bounds, &readiness_rows_bounds_count},
};

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static bool mentions(const struct app_finding *finding, const char *part)
{
    bool found = has(finding->subject, part) || has(finding->sentence, part);
    for (const struct app_evidence *at = finding->evidence; at; at = at->next)
        found = found || has(at->text, part);
    for (const struct app_fix *at = finding->fixes; at; at = at->next)
        found = found || has(at->text, part);
    return found;
}

static bool wants_fix(enum app_status status)
{
    return status == APP_FAIL || status == APP_WAIT || status == APP_WARN;
}

/* Every finding says something, and what is to be mended says how. */
static void check_form(const struct app_finding *finding, const char *name)
{
    if (!finding->subject[0] || !finding->sentence[0])
        fail_msg("%s, %s: a finding without words", finding->check->id, name);
    if (wants_fix(finding->status) && !finding->fixes)
        fail_msg("%s, %s: no fix: %s: %s", finding->check->id, name, finding->subject,
                 finding->sentence);
}

static void print_findings(const struct fixture *fx, const char *id)
{
    for (const struct app_finding *at = fx->findings->first; at; at = at->next)
        if (strcmp(at->check->id, id) == 0)
            print_message("# %s %s: %s\n", app_status_text(at->status), at->subject, at->sentence);
}

static void play(const struct readiness_row *row)
{
    struct fixture fx;
    enum app_status worst = APP_PASS;
    bool is_found = false;
    fixture_begin(&fx, row->options);
    if (row->dns)
        row->dns(&fx);
    fixture_derive(&fx);
    if (row->rest)
        row->rest(&fx);
    fixture_judge(&fx, NULL);
    for (const struct app_finding *at = fx.findings->first; at; at = at->next) {
        check_form(at, row->name);
        if (strcmp(at->check->id, row->check) != 0)
            continue;
        worst = at->status > worst ? at->status : worst;
        is_found = is_found || (at->status == row->expected && mentions(at, row->text));
    }
    if (worst != row->expected || !is_found) {
        print_findings(&fx, row->check);
        fail_msg("%s, %s: %s was expected, with '%s'", row->check, row->name,
                 app_status_text(row->expected), row->text);
    }
    fixture_end(&fx);
}

static void each_fault_is_found_by_its_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(tables); i++)
        for (size_t k = 0; k < *tables[i].count; k++)
            play(&tables[i].rows[k]);
}

/* A site that replaces nothing has nothing to find there. */
static bool is_about_the_replaced(const struct app_finding *finding)
{
    return finding->status == APP_SKIP && finding->check->scope == APP_REPLACED;
}

/* What would be said to somebody who has no configuration, and perhaps no gatepost. */
static void check_public(const struct app_finding *finding, const char *name)
{
    check_form(finding, name);
    if (mentions(finding, "gatepost") || mentions(finding, "(null)") ||
        mentions(finding, "configured"))
        fail_msg("%s, %s: %s: %s", finding->check->id, name, finding->subject, finding->sentence);
}

static void play_public(const struct readiness_row *row)
{
    struct fixture fx;
    fixture_begin(&fx, row->options);
    if (row->dns)
        row->dns(&fx);
    fixture_make_public(&fx);
    fixture_derive(&fx);
    if (row->rest)
        row->rest(&fx);
    fixture_judge(&fx, NULL);
    for (const struct app_finding *at = fx.findings->first; at; at = at->next)
        check_public(at, row->name);
    fixture_end(&fx);
}

/* The same faults at anybody's domain: what is found needs no configuration to be mended. */
static void without_a_configuration_every_fault_can_be_mended(void **state)
{
    (void)state;
    const struct readiness_row *const public_rows[] = {
        readiness_rows_dns, readiness_rows_dane, readiness_rows_endpoint, readiness_rows_servers,
        readiness_rows_called};
    const size_t counts[] = {readiness_rows_dns_count, readiness_rows_dane_count,
                             readiness_rows_endpoint_count, readiness_rows_servers_count,
                             readiness_rows_called_count};
    for (size_t i = 0; i < GP_ARRAY_LEN(public_rows); i++)
        for (size_t k = 0; k < counts[i]; k++)
            if (public_rows[i][k].options[0] == '\0')
                play_public(&public_rows[i][k]);
}

static void without_a_configuration_a_good_site_is_ready(void **state)
{
    (void)state;
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_make_public(&fx);
    fixture_derive(&fx);
    fixture_judge(&fx, NULL);
    for (const struct app_finding *at = fx.findings->first; at; at = at->next) {
        bool is_in_need = at->check->scope == APP_CONFIGURED || at->check->scope == APP_SERVED ||
                          at->check->scope == APP_CALLED || at->check->scope == APP_REPLACED ||
                          strcmp(at->check->id, "M4") == 0; /* of the names of resolvers */
        if (at->status != (is_in_need ? APP_SKIP : APP_PASS))
            fail_msg("%s %s: %s: %s", app_status_text(at->status), at->check->id, at->subject,
                     at->sentence);
    }
    assert_int_equal(fx.findings->verdict, APP_READY);
    fixture_end(&fx);
}

static void without_a_configuration_both_services_count(void **state)
{
    (void)state;
    static const struct {
        uint16_t starttls, direct; /* ports; 0: "." */
        enum app_status expected;  /* of V6 */
    } cases[] = {
        {5269, 5270, APP_PASS}, {0, 5270, APP_PASS}, {5269, 0, APP_PASS}, {0, 0, APP_FAIL}};
    for (size_t i = 0; i < GP_ARRAY_LEN(cases); i++) {
        enum app_status worst = APP_PASS;
        struct fixture fx;
        fixture_begin(&fx, "");
        fixture_set_srv(&fx, FX_STARTTLS_SRV, cases[i].starttls, cases[i].starttls ? FX_HOST : ".");
        fixture_set_srv(&fx, FX_DIRECT_SRV, cases[i].direct, cases[i].direct ? FX_HOST : ".");
        fixture_make_public(&fx);
        fixture_derive(&fx);
        fixture_judge(&fx, NULL);
        for (const struct app_finding *at = fx.findings->first; at; at = at->next)
            if (strcmp(at->check->id, "V6") == 0 && at->status > worst)
                worst = at->status;
        if (worst != cases[i].expected)
            fail_msg("case %zu: %s", i, app_status_text(worst));
        fixture_end(&fx);
    }
}

static void a_good_site_passes_every_check(void **state)
{
    (void)state;
    struct fixture fx;
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    fixture_judge(&fx, NULL);
    for (size_t i = 0; i < count; i++) {
        size_t found = 0;
        for (const struct app_finding *at = fx.findings->first; at; at = at->next) {
            found += at->check == &checks[i];
            if (at->status != APP_PASS && !is_about_the_replaced(at))
                fail_msg("%s: %s: %s", at->check->id, at->subject, at->sentence);
        }
        if (found == 0)
            fail_msg("%s found nothing", checks[i].id);
        if (found != 1 && strcmp(checks[i].id, "S5") == 0)
            fail_msg("S5 judged the only zone %zu times", found);
    }
    assert_int_equal(fx.findings->verdict, APP_READY);
    fixture_end(&fx);
}

/* Each phase of a cutover with everything as it should be then. */
static void each_phase_has_a_good_site(void **state)
{
    (void)state;
    static const struct {
        enum app_phase phase;
        bool is_before_switch, is_legacy_gone;
    } cases[] = {
        {APP_PREPARE, true, false},      {APP_GATE, true, false},    {APP_SWITCHED, false, false},
        {APP_DECOMMISSION, false, true}, {APP_ROUTINE, false, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(cases); i++) {
        bool wanted[FIXTURE_CHECKS_MAX] = {false};
        struct fixture fx;
        size_t count = 0;
        const struct app_check *checks = app_checks(&count);
        for (size_t k = 0; k < count; k++)
            wanted[k] = app_check_counts(&checks[k], cases[i].phase);
        fixture_begin(&fx, FX_LEGACY);
        fx.phase = cases[i].phase;
        if (cases[i].is_before_switch)
            fixture_before_switch(&fx);
        else if (!cases[i].is_legacy_gone)
            fixture_legacy_in_dns(&fx);
        fixture_derive(&fx);
        if (cases[i].is_legacy_gone)
            fixture_stop_at(fixture_probe_of(&fx, FX_LEGACY_HOST, 5269), FED_PROBE_NOTHING,
                            FED_CLOSE_DONE, "");
        if (cases[i].phase != APP_ROUTINE) /* until sign-off TTLs are low */
            fixture_known_for_long(&fx, 300);
        fixture_judge(&fx, wanted);
        for (const struct app_finding *at = fx.findings->first; at; at = at->next)
            if (at->status != APP_PASS && at->status != APP_SKIP)
                fail_msg("%s: %s %s: %s: %s", app_phase_name(cases[i].phase),
                         app_status_text(at->status), at->check->id, at->subject, at->sentence);
        assert_int_equal(fx.findings->verdict, APP_READY);
        fixture_end(&fx);
    }
}

static bool has_row(const char *id, enum app_status status)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(tables); i++)
        for (size_t k = 0; k < *tables[i].count; k++)
            if (strcmp(tables[i].rows[k].check, id) == 0 && tables[i].rows[k].expected == status)
                return true;
    return false;
}

static void every_check_has_a_case_in_which_it_does_not_pass(void **state)
{
    (void)state;
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++) {
        enum app_status needed = checks[i].severity == APP_BINDING ? APP_FAIL : APP_WARN;
        if (!has_row(checks[i].id, needed) && !has_row(checks[i].id, APP_WAIT))
            fail_msg("%s: no row in which it finds %s", checks[i].id, app_status_text(needed));
        if (checks[i].scope == APP_REPLACED && !has_row(checks[i].id, APP_PASS))
            fail_msg("%s: no row in which it passes", checks[i].id);
    }
}

/* Nothing at all came: everything is unknown, and nothing passes. */
static void what_was_not_seen_never_passes(void **state)
{
    (void)state;
    static const char *const owners[] = {FX_STARTTLS_SRV, FX_DIRECT_SRV};
    struct fixture fx;
    fixture_begin(&fx, FX_LEGACY);
    for (struct app_seen_rrset *at = fx.seen->rrsets; at; at = at->next) {
        dns_answer_destroy(at->answer);
        at->answer = NULL;
        at->seen = APP_NOT_ASKED;
        at->why = "no time";
        at->owner->why = "no time";
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(owners); i++)
        fixture_domain(&fx)->srv[i] = fixture_rrset(&fx, owners[i], DNS_TYPE_SRV);
    fx.seen->has_ipv4 = fx.seen->has_ipv6 = false;
    assert_int_equal(app_readiness_plan(fx.config, fx.seen, &fx.plan, NULL), GP_OK);
    fx.seen->has_partners = fx.seen->has_pings = true;
    assert_non_null(app_seen_partner(fx.seen, &fx.config->domains[1].name));
    fixture_judge(&fx, NULL);
    for (const struct app_finding *at = fx.findings->first; at; at = at->next)
        if (at->status != APP_UNKNOWN)
            fail_msg("%s: %s %s: %s", app_status_text(at->status), at->check->id, at->subject,
                     at->sentence);
    assert_int_equal(fx.findings->verdict, APP_NOT_KNOWN);
    fixture_end(&fx);
}

static void only_the_wanted_checks_are_made(void **state)
{
    (void)state;
    struct fixture fx;
    size_t count = 0;
    bool wanted[FIXTURE_CHECKS_MAX] = {false};
    const struct app_check *checks = app_checks(&count);
    assert_true(count <= GP_ARRAY_LEN(wanted));
    for (size_t i = 0; i < count; i++)
        wanted[i] = strcmp(checks[i].id, "N2") == 0;
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    fx.seen->gateway.is_absent = true; /* I1 would fail */
    fixture_judge(&fx, wanted);
    assert_int_equal(fx.findings->count, 4);
    assert_int_equal(fx.findings->verdict, APP_READY);
    fixture_end(&fx);
}

/* Whether the check found something when none was named. */
static bool is_made_in(struct fixture *fx, const struct app_check *check, enum app_phase phase)
{
    const struct app_judge_input input = {
        .seen = fx->seen,
        .config = fx->config,
        .plan = fx->plan,
        .histories = fixture_histories(fx),
        .phase = phase,
        .now_s = fx->now_s,
    };
    struct app_findings *findings = NULL;
    bool is_made = false;
    assert_int_equal(app_judge(&input, &findings, NULL), GP_OK);
    for (const struct app_finding *at = findings->first; at; at = at->next)
        is_made |= at->check == check;
    app_findings_destroy(findings);
    return is_made;
}

static void the_phase_chooses_the_checks(void **state)
{
    (void)state;
    struct fixture fx;
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    for (size_t i = 0; i < count; i++) {
        size_t phases = 0;
        for (int phase = 0; phase < APP_PHASE_COUNT; phase++) {
            bool counts = app_check_counts(&checks[i], (enum app_phase)phase);
            if (is_made_in(&fx, &checks[i], (enum app_phase)phase) != counts)
                fail_msg("%s in phase %s", checks[i].id, app_phase_name((enum app_phase)phase));
            phases += counts;
        }
        if (phases == 0 || phases != strlen(checks[i].phases))
            fail_msg("%s: phases \"%s\"", checks[i].id, checks[i].phases);
    }
    fixture_end(&fx);
}

static void the_verdict_is_the_worst_that_counts(void **state)
{
    (void)state;
    static const struct app_check binding = {.id = "B", .severity = APP_BINDING};
    static const struct app_check advice = {.id = "A", .severity = APP_ADVICE};
    static const struct {
        enum app_status binding, other, advice;
        enum app_verdict expected;
    } cases[] = {
        {APP_PASS, APP_PASS, APP_PASS, APP_READY},
        {APP_PASS, APP_SKIP, APP_PASS, APP_READY},
        {APP_PASS, APP_WARN, APP_WARN, APP_READY},
        {APP_PASS, APP_PASS, APP_UNKNOWN, APP_READY},
        {APP_PASS, APP_UNKNOWN, APP_PASS, APP_NOT_KNOWN},
        {APP_UNKNOWN, APP_WAIT, APP_PASS, APP_TO_WAIT},
        {APP_WAIT, APP_WARN, APP_PASS, APP_TO_WAIT},
        {APP_FAIL, APP_UNKNOWN, APP_PASS, APP_NOT_READY},
        {APP_FAIL, APP_WAIT, APP_PASS, APP_NOT_READY},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(cases); i++) {
        struct app_finding third = {.check = &advice, .status = cases[i].advice};
        struct app_finding second = {.next = &third, .check = &binding, .status = cases[i].other};
        struct app_finding first = {.next = &second, .check = &binding, .status = cases[i].binding};
        if (app_verdict_of(&first) != cases[i].expected)
            fail_msg("case %zu", i);
    }
    assert_int_equal(app_verdict_of(NULL), APP_READY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_site_passes_every_check),
        cmocka_unit_test(each_phase_has_a_good_site),
        cmocka_unit_test(without_a_configuration_a_good_site_is_ready),
        cmocka_unit_test(without_a_configuration_every_fault_can_be_mended),
        cmocka_unit_test(without_a_configuration_both_services_count),
        cmocka_unit_test(each_fault_is_found_by_its_check),
        cmocka_unit_test(every_check_has_a_case_in_which_it_does_not_pass),
        cmocka_unit_test(what_was_not_seen_never_passes),
        cmocka_unit_test(only_the_wanted_checks_are_made),
        cmocka_unit_test(the_phase_chooses_the_checks),
        cmocka_unit_test(the_verdict_is_the_worst_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
