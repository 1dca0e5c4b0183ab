/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of other runs: what is taken from them, what is decided by them, and what is refused. */
#include "tests/unit/unit.h"

#include "readiness/judge/vantage.h"
#include "tests/unit/readiness_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUBJECT "gw1.alpha.example:5269 at 198.51.100.5"
#define REPORT(checks) \
    "{\"schema\": 1, \"vantage\": \"outside\", \"time\": \"then\", \"checks\": [" checks "]}"
#define FINDING(id, status, domain)                                                \
    "{\"id\": \"" id "\", \"status\": \"" status "\", \"domain\": " domain         \
    ", \"subject\": \"" SUBJECT "\", \"sentence\": \"as seen there\\u001b[31m\", " \
    "\"evidence\": [\"e\", 7], \"fix\": [{\"action\": \"run\", \"text\": \"dig\"}, 3]}"
#define ALPHA "\"alpha.example\""

static void write_report(char path[32], const char *text)
{
    snprintf(path, 32, "/tmp/gatepost-merge-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* A3 cannot be told from here, and the report is merged. */
static struct app_vantage *judge(struct fixture *fx, const char *text)
{
    bool wanted[FIXTURE_CHECKS_MAX] = {false};
    struct app_vantage *vantage = NULL;
    struct gp_err err = {0};
    size_t count = 0;
    char path[32];
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        wanted[i] = strcmp(checks[i].id, "A3") == 0 || strcmp(checks[i].id, "O1") == 0;
    fixture_begin(fx, "");
    fixture_derive(fx);
    struct app_seen_probe *probe = fixture_probe(fx, 5269, GP_IPV4);
    fixture_stop_at(probe, FED_PROBE_NOTHING, FED_CLOSE_DONE, "");
    fx->seen->is_translated = true;
    write_report(path, text);
    if (app_vantage_read(path, &vantage, &err) != GP_OK)
        fail_msg("%s", err.text);
    unlink(path);
    const struct app_judge_input input = {.seen = fx->seen,
                                          .config = fx->config,
                                          .plan = fx->plan,
                                          .phase = APP_GATE,
                                          .wanted = wanted,
                                          .vantages = vantage,
                                          .now_s = fx->now_s};
    assert_int_equal(app_judge(&input, &fx->findings, &err), GP_OK);
    return vantage;
}

static const struct app_finding *find(const struct fixture *fx, bool is_merged)
{
    for (const struct app_finding *at = fx->findings->first; at; at = at->next)
        if (strcmp(at->subject, SUBJECT) == 0 && (at->vantage != NULL) == is_merged)
            return at;
    return NULL;
}

static void merged(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        int merged; /* status; -1: nothing is taken */
        enum app_status own;
        enum app_verdict verdict;
    } rows[] = {
        {"seen there", REPORT(FINDING("A3", "PASS", ALPHA)), APP_PASS, APP_SKIP, APP_READY},
        {"wrong there", REPORT(FINDING("A3", "FAIL", ALPHA)), APP_FAIL, APP_SKIP, APP_NOT_READY},
        {"not seen there", REPORT(FINDING("A3", "UNKNOWN", ALPHA)), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"skipped there", REPORT(FINDING("A3", "SKIP", ALPHA)), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"no status", REPORT(FINDING("A3", "FINE", ALPHA)), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"another domain", REPORT(FINDING("A3", "FAIL", "\"gamma.example\"")), -1, APP_UNKNOWN,
         APP_NOT_KNOWN},
        {"no domain", REPORT(FINDING("A3", "PASS", "\"-\"")), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"another check", REPORT(FINDING("T9", "FAIL", ALPHA)), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"no check", REPORT(FINDING("V99", "FAIL", ALPHA)), -1, APP_UNKNOWN, APP_NOT_KNOWN},
        {"no finding", REPORT("7, null, []"), -1, APP_UNKNOWN, APP_NOT_KNOWN},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fixture fx;
        struct app_vantage *vantage = judge(&fx, rows[i].text);
        const struct app_finding *own = find(&fx, false), *other = find(&fx, true);
        if (!own || own->status != rows[i].own || fx.findings->verdict != rows[i].verdict ||
            (other ? (int)other->status : -1) != rows[i].merged)
            fail_msg("%s: here %s, %s", rows[i].name, own ? app_status_text(own->status) : "-",
                     app_verdict_text(fx.findings->verdict));
        if (other) {
            assert_string_equal(other->vantage, "outside");
            assert_null(strchr(other->sentence, '\033')); /* moves no terminal */
            assert_int_equal(other->fixes->kind, APP_FIX_RUN);
            assert_non_null(strstr(own->sentence, "decided from outside"));
        }
        app_vantages_destroy(vantage);
        fixture_end(&fx);
    }
}

/* What waits there is waited for here, for as long as was computed there. */
static void a_wait_comes_with_its_time(void **state)
{
    (void)state;
    static const struct {
        const char *name, *until;
        int64_t safe_at_s;
    } rows[] = {
        {"a time", "\"2027-01-15T08:00:00Z\"", 1800000000},
        {"none", "null", 0},
        {"no time", "\"soon\"", 0},
        {"a number", "1800000000", 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fixture fx;
        char text[600];
        snprintf(text, sizeof(text),
                 REPORT("{\"id\": \"A3\", \"status\": \"WAIT\", \"domain\": " ALPHA
                        ", \"subject\": \"" SUBJECT "\", \"sentence\": \"s\", \"until\": %s}"),
                 rows[i].until);
        struct app_vantage *vantage = judge(&fx, text);
        const struct app_finding *other = find(&fx, true);
        if (!other || other->until_s != rows[i].safe_at_s ||
            fx.findings->safe_at_s != rows[i].safe_at_s || fx.findings->verdict != APP_TO_WAIT)
            fail_msg("%s: until %lld", rows[i].name, other ? (long long)other->until_s : -1);
        app_vantages_destroy(vantage);
        fixture_end(&fx);
    }
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "merge"},
        {"not json", "merge"},
        {"{\"schema\": 1", "merge"},
        {"[]", "merge"},
        {"{}", "no report"},
        {"{\"schema\": 1, \"vantage\": \"x\", \"checks\": {}}", "no report"},
        {"{\"schema\": 1, \"checks\": []}", "no report"},
        {"{\"schema\": 2, \"vantage\": \"x\", \"checks\": []}", "of schema 2"},
        {"{\"vantage\": \"x\", \"checks\": []}", "of schema 0"},
    };
    struct app_vantage *vantage = NULL;
    struct gp_err err = {0};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char path[32];
        write_report(path, rows[i].text);
        enum gp_code code = app_vantage_read(path, &vantage, &err);
        unlink(path);
        if (code == GP_OK || !strstr(err.text, path) || !strstr(err.text, rows[i].words))
            fail_msg("%s: %s", rows[i].text, code == GP_OK ? "taken" : err.text);
    }
    assert_int_not_equal(app_vantage_read("/nowhere.json", &vantage, &err), GP_OK);
    assert_non_null(strstr(err.text, "/nowhere.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged),
        cmocka_unit_test(a_wait_comes_with_its_time),
        cmocka_unit_test(what_is_no_report_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
