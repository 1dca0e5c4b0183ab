/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is judged as a report, byte for byte. After an intended change: GOLDEN_UPDATE=1
 * test_readiness_report, and look at what git diff says.
 */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "tests/unit/readiness_fixture.h"
#include "tests/unit/readiness_golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUIDE_MAX 200000

/* Findings of every status, subjects that share a line, text that has to be escaped in JSON. */
static void make(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                        fixture_srv(fx, 20, 5269, "legacy.alpha.example")};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, records, GP_ARRAY_LEN(records));
    fixture_derive(fx);
    struct app_seen_probe *silent = fixture_probe(fx, 5270, GP_IPV6);
    fixture_stop_at(silent, FED_PROBE_NOTHING, FED_CLOSE_DONE, "");
    snprintf(silent->result->sentence, sizeof(silent->result->sentence), "connection refused");
    fixture_probe(fx, 5269, GP_IPV4)->result->tls->peer->not_after_s = fx->now_s + 20 * FX_DAY_S;
    fx->seen->zones->servers[1].soa[DNS_TCP] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

/* The form of a report is shown with these; a new check changes nothing here. */
static void choose(bool wanted[FIXTURE_CHECKS_MAX])
{
    static const char *const ids[] = {"X8", "I1", "A3", "T1", "T9", "T11", "X1", "X2",
                                      "Z1", "Z2", "S2", "V1", "V3", "V12", "A1", "N1"};
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    assert_true(count <= FIXTURE_CHECKS_MAX);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(ids); k++)
            wanted[i] = wanted[i] || strcmp(checks[i].id, ids[k]) == 0;
}

static void print_everything(const struct app_report *report, FILE *to)
{
    struct app_report all = *report;
    all.has_all = true;
    golden_text(&all, to);
}

static void print_narrow(const struct app_report *report, FILE *to)
{
    struct app_report narrow = *report;
    narrow.width = 60;
    golden_text(&narrow, to);
}

static void check(const char *file, bool is_good, bool has_colour, golden_fn *print)
{
    struct fixture fx;
    bool wanted[FIXTURE_CHECKS_MAX] = {false};
    fixture_begin(&fx, "");
    if (is_good)
        fixture_derive(&fx);
    else
        make(&fx);
    choose(wanted);
    fixture_judge(&fx, wanted);
    snprintf(fx.config->digest, sizeof(fx.config->digest), "0123456789abcdef"); /* of any options */
    const struct app_report report = {.findings = fx.findings,
                                      .seen = fx.seen,
                                      .plan = fx.plan,
                                      .config = fx.config,
                                      .phase = APP_GATE,
                                      .vantage = "gw1",
                                      .has_colour = has_colour};
    golden_compare(file, &report, print);
    fixture_end(&fx);
}

static void text_when_all_is_well(void **state)
{
    (void)state;
    check("ready.txt", true, false, golden_text);
}

static void text_when_it_is_not(void **state)
{
    (void)state;
    check("not-ready.txt", false, false, golden_text);
}

static void colour_for_terminals(void **state)
{
    (void)state;
    check("not-ready.colour.txt", false, true, golden_text);
}

static void json(void **state)
{
    (void)state;
    check("not-ready.json", false, false, golden_json);
}

static void text_with_what_passed(void **state)
{
    (void)state;
    check("not-ready.all.txt", false, false, print_everything);
}

static void text_on_a_narrow_terminal(void **state)
{
    (void)state;
    check("not-ready.narrow.txt", false, false, print_narrow);
}

static void nagios(void **state)
{
    (void)state;
    check("ready.nagios", true, false, golden_nagios);
    check("not-ready.nagios", false, false, golden_nagios);
}

static void prometheus(void **state)
{
    (void)state;
    check("ready.prom", true, false, golden_prometheus);
    check("not-ready.prom", false, false, golden_prometheus);
}

static void html(void **state)
{
    (void)state;
    check("not-ready.html", false, false, golden_html);
}

/* Every form says until when to wait, and says nothing of it when there is nothing to wait for. */
static void until_when_to_wait(void **state)
{
    (void)state;
    static const struct {
        golden_fn *print;
        const char *words;
    } rows[] = {
        {golden_text, "WAIT until 2027-01-15T09:00:00Z: "},
        {golden_json, "\"safe_at\": \"2027-01-15T09:00:00Z\""},
        {golden_nagios, "GATEPOST WARNING - WAIT until 2027-01-15T09:00:00Z: "},
        {golden_nagios, " safe_in=3600s;;;0"},
        {golden_prometheus, "gatepost_check_safe_at_seconds 1800003600\n"},
        {golden_html, "</span> WAIT <small>until 2027-01-15 09:00:00 UTC</small></p>"},
    };
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    fixture_judge(&fx, NULL);
    struct app_report report = {.findings = fx.findings,
                                .seen = fx.seen,
                                .plan = fx.plan,
                                .config = fx.config,
                                .vantage = "gw1"};
    fx.seen->started_s = 1800000000;
    for (int is_waiting = 0; is_waiting <= 1; is_waiting++) {
        fx.findings->verdict = is_waiting ? APP_TO_WAIT : APP_READY;
        fx.findings->safe_at_s = is_waiting ? 1800003600 : 0;
        for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
            char *printed = golden_print(&report, rows[i].print);
            if ((strstr(printed, rows[i].words) != NULL) != is_waiting)
                fail_msg("row %zu: %s", i, printed);
            free(printed);
        }
    }
    fixture_end(&fx);
}

/* docs/check.md has a row for each check, with its title and its phases. */
static void the_guide_explains_every_check(void **state)
{
    (void)state;
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    struct gp_buf guide;
    char row[200];
    gp_buf_init(&guide, GUIDE_MAX);
    assert_int_equal(gp_file_read(SOURCE_ROOT "/docs/check.md", &guide, NULL), GP_OK);
    const char *text = gp_buf_text(&guide);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++) {
        snprintf(row, sizeof(row), "\n| %s | %s | %s | ", checks[i].id, checks[i].title,
                 checks[i].phases);
        if (!strstr(text, row))
            fail_msg("docs/check.md has no row '%s'", row + 1);
    }
    gp_buf_finish(&guide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_when_all_is_well),
        cmocka_unit_test(text_when_it_is_not),
        cmocka_unit_test(colour_for_terminals),
        cmocka_unit_test(json),
        cmocka_unit_test(html),
        cmocka_unit_test(text_with_what_passed),
        cmocka_unit_test(text_on_a_narrow_terminal),
        cmocka_unit_test(nagios),
        cmocka_unit_test(prometheus),
        cmocka_unit_test(until_when_to_wait),
        cmocka_unit_test(the_guide_explains_every_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
