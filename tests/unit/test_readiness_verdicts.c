/* SPDX-License-Identifier: BSD-2-Clause */
/* How each of several domains stands, what counts for it, and the table of them. */
#include "tests/unit/unit.h"

#include "readiness/report/verdicts.h"
#include "tests/unit/readiness_fixture.h"
#include "tests/unit/readiness_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0
#define BETA  1

struct site {
    struct fixture fx;
    struct app_findings findings;
};

static void begin(struct site *site)
{
    fixture_begin(&site->fx, "");
    fixture_derive(&site->fx);
    struct app_seen_domain *beta =
        app_seen_domain(site->fx.seen, &site->fx.config->domains[BETA].name);
    assert_non_null(beta);
    for (int i = 0; i < DNS_SERVICE_COUNT; i++) {
        struct dns_name owner;
        assert_int_equal(dns_name_from_text("_srv.beta.example", &owner), GP_OK);
        beta->srv[i] = app_seen_rrset(site->fx.seen, &owner, DNS_TYPE_SRV);
    }
    struct app_seen_endpoint *endpoint = gp_arena_alloc(&site->fx.seen->arena, sizeof(*endpoint));
    const struct dns_name host = fixture_name("gw6.beta.example");
    assert_non_null(endpoint);
    *endpoint = (struct app_seen_endpoint){
        .addresses = {app_seen_rrset(site->fx.seen, &host, DNS_TYPE_AAAA), NULL}};
    beta->endpoints = endpoint;
    made_begin(&site->findings);
    site->fx.seen->zones->zone->apex = fixture_name("zone.alpha.example");
}

static void end(struct site *site)
{
    made_end(&site->findings);
    fixture_end(&site->fx);
}

/* about: a domain by its letter, 'a' or 'b'; a name or a zone by a digit; '*': all. */
static void find(struct site *site, const char *id, enum app_status status, char about,
                 int64_t until_s)
{
    static const char *const places[] = {
        "zone.alpha.example", "elsewhere.example", FX_STARTTLS_SRV, FX_HOST, FX_TLSA,
        "_srv.beta.example",  "gw6.beta.example",
    };
    struct made_finding made = {
        .check = id, .status = status, .until_s = until_s, .subject = "s", .sentence = "t"};
    if (about == 'a' || about == 'b')
        made.domain = about == 'a' ? "alpha.example" : "beta.example";
    else if (about != '*')
        made.place = places[about - '0'];
    made_add(&site->findings, &made);
}

static void what_counts_for_whom(void **state)
{
    (void)state;
    static const struct {
        const char *name, *id;
        enum app_status status;
        char about; /* see find() */
        enum app_verdict alpha, beta;
    } rows[] = {
        {"nothing", "V1", APP_PASS, 'a', APP_READY, APP_READY},
        {"of one", "V1", APP_FAIL, 'a', APP_NOT_READY, APP_READY},
        {"of the other", "V1", APP_UNKNOWN, 'b', APP_READY, APP_NOT_KNOWN},
        {"takes time", "M1", APP_WAIT, 'a', APP_TO_WAIT, APP_READY},
        {"a warning", "V1", APP_WARN, 'a', APP_READY, APP_READY},
        {"advice", "X2", APP_UNKNOWN, 'a', APP_READY, APP_READY},
        {"takes time, but is advice", "X2", APP_WAIT, 'a', APP_READY, APP_READY},
        {"a name server of one", "Z1", APP_FAIL, '0', APP_NOT_READY, APP_READY},
        {"a name server of neither", "Z1", APP_FAIL, '1', APP_READY, APP_READY},
        {"the service record of one", "S1", APP_FAIL, '2', APP_NOT_READY, APP_READY},
        {"the host of one", "S1", APP_UNKNOWN, '3', APP_NOT_KNOWN, APP_READY},
        {"the key of one", "S1", APP_FAIL, '4', APP_NOT_READY, APP_READY},
        {"the service record of the other", "S1", APP_FAIL, '5', APP_READY, APP_NOT_READY},
        {"a host with IPv6 alone", "S1", APP_FAIL, '6', APP_READY, APP_NOT_READY},
        {"the resolver of both", "S1", APP_FAIL, '*', APP_NOT_READY, APP_NOT_READY},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct site site;
        struct app_verdicts *verdicts = NULL;
        begin(&site);
        find(&site, rows[i].id, rows[i].status, rows[i].about, 0);
        assert_int_equal(app_verdicts_create(&site.findings, site.fx.seen, &verdicts, NULL), GP_OK);
        assert_int_equal(verdicts->count, 2);
        if (verdicts->list[ALPHA]->verdict != rows[i].alpha ||
            verdicts->list[BETA]->verdict != rows[i].beta)
            fail_msg("%s: %s, %s", rows[i].name, app_verdict_text(verdicts->list[ALPHA]->verdict),
                     app_verdict_text(verdicts->list[BETA]->verdict));
        app_verdicts_destroy(verdicts);
        end(&site);
    }
}

static void the_latest_wait_counts(void **state)
{
    (void)state;
    struct site site;
    struct app_verdicts *verdicts = NULL;
    begin(&site);
    find(&site, "M1", APP_WAIT, 'a', 300);
    find(&site, "M2", APP_WAIT, 'a', 500);
    find(&site, "Z9", APP_WAIT, '0', 400);
    find(&site, "M1", APP_WAIT, 'b', 900);
    find(&site, "V1", APP_FAIL, 'b', 0);
    assert_int_equal(app_verdicts_create(&site.findings, site.fx.seen, &verdicts, NULL), GP_OK);
    assert_int_equal(verdicts->list[ALPHA]->safe_at_s, 500);
    assert_int_equal(verdicts->list[BETA]->safe_at_s, 0); /* no time will mend it */
    app_verdicts_destroy(verdicts);
    end(&site);
}

enum form {
    SHORT,
    ALL,
    PAGE
};

static char *printed(struct site *site, enum form form)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    const struct app_report report = {.findings = &site->findings,
                                      .seen = site->fx.seen,
                                      .plan = site->fx.plan,
                                      .config = site->fx.config,
                                      .phase = APP_GATE,
                                      .vantage = "gw1",
                                      .has_all = form == ALL};
    enum gp_code code =
        form == PAGE ? app_report_html(&report, to, NULL) : app_report_text(&report, to, NULL);
    assert_int_equal(code, GP_OK);
    fclose(to);
    return text;
}

/* What is worth a look at a domain that is READY, the table names; details come with --all. */
static void the_table(void **state)
{
    (void)state;
    struct site site;
    begin(&site);
    find(&site, "V1", APP_FAIL, 'b', 0);
    find(&site, "T9", APP_WARN, 'b', 0);
    find(&site, "V14", APP_WARN, 'a', 0);
    char *text = printed(&site, SHORT), *all = printed(&site, ALL), *page = printed(&site, PAGE);
    const char *table = "\n\nNOT READY  beta.example   to be corrected V1; worth a look T9\n"
                        "READY      alpha.example  worth a look V14\n\n";
    if (!strstr(text, table) || !strstr(all, table))
        fail_msg("%s", text);
    assert_non_null(strstr(text, "FAIL     V1 "));
    assert_non_null(strstr(text, "WARN     T9 "));
    assert_null(strstr(text, "WARN     V14 "));
    assert_non_null(strstr(all, "WARN     V14 "));
    const char *row = strstr(page, "<tr><th scope=\"row\">beta.example</th><td>");
    assert_non_null(row);
    assert_non_null(strstr(row, "</td><td>to be corrected V1; worth a look T9</td></tr>\n"
                                "<tr><th scope=\"row\">alpha.example</th>"));
    free(text);
    free(all);
    free(page);
    end(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_for_whom),
        cmocka_unit_test(the_latest_wait_counts),
        cmocka_unit_test(the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
