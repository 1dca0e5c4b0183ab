/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline that comes of what was seen and planned, and how it is printed. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "posh/document.h"
#include "tests/unit/readiness_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S     3600
#define ROLLBACK_S (7 * FX_DAY_S)
#define OLD_SRV    "10 0 5269 older.alpha.example."

typedef void change_fn(struct fixture *fx);

/* Both domains of the configuration share the host. */
static void set_keys(struct fixture *fx, const char *owner, const char *former)
{
    const struct dns_rdata records[] = {fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY),
                                        fixture_tlsa(fx, 3, 1, 1, "beta"),
                                        fixture_tlsa(fx, 3, 1, 1, former ? former : "")};
    fixture_set(fx, owner, DNS_TYPE_TLSA, DNS_SECURE, records, former ? 3 : 2);
}

static void to_switch(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "old.alpha.example");
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, "old.alpha.example");
}

static void known_long(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
}

static void switched_lately(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 300, 1200);
}

static void set_document(struct fixture *fx)
{
    struct app_posh_document *posh = gp_arena_alloc(&fx->seen->arena, sizeof(*posh));
    assert_non_null(posh);
    posh->expires_s = FX_DAY_S;
    posh->prints.count = 1;
    posh->prints.list[0].kind = GP_SHA256;
    fixture_domain(fx)->posh.posh = posh;
    fixture_domain(fx)->posh.is_there = true;
}

static void with_changed_document(struct fixture *fx)
{
    set_document(fx);
    switched_lately(fx);
    fixture_before(fx, FX_ZONE, APP_TYPE_POSH, "00", 7200, 1000);
}

static void with_document(struct fixture *fx)
{
    set_document(fx);
    known_long(fx);
}

static void unlike(struct fixture *fx)
{
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1].count = 0;
    known_long(fx);
}

static void address_on_one_server(struct fixture *fx)
{
    fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->replies[1].count = 0;
    known_long(fx);
}

static void unseen(struct fixture *fx)
{
    fixture_fail(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_INSECURE, "timeout");
}

static void bogus(struct fixture *fx)
{
    fixture_fail(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_BOGUS, "signature expired");
}

static void former_key(struct fixture *fx)
{
    set_keys(fx, FX_TLSA, "former");
}

static void former_key_of_late(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_TLSA, DNS_TYPE_TLSA, "3 1 1 aa", FX_TTL_S, HOUR_S);
}

static void other_kind(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 3, 0, 1, FX_OWN_KEY);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void other_authority(struct fixture *fx)
{
    const struct dns_rdata record = fixture_caa(fx, 0, "issue", "elsewhere.example");
    fixture_set_aside(fx, FX_ZONE, DNS_TYPE_CAA, DNS_SECURE, &record, 1);
}

static void keys_without_signatures(struct fixture *fx)
{
    known_long(fx);
    fx->seen->zones->zone->security = DNS_INSECURE;
    zone_plan_destroy(fx->plan);
    assert_int_equal(app_readiness_plan(fx->config, fx->seen, &fx->plan, NULL), GP_OK);
}

static void name_of_former_days(struct fixture *fx)
{
    const struct dns_rdata record = fixture_srv(fx, 5, 5269, "jabber.alpha.example");
    known_long(fx);
    fixture_set_aside(fx, "_jabber._tcp.alpha.example", DNS_TYPE_SRV, DNS_SECURE, &record, 1);
}

static void no_direct_tls(struct fixture *fx)
{
    for (size_t i = 0; i < fx->config->domain_count; i++)
        fx->config->domains[i].hosts[0].direct_tls_port = 0;
}

struct expected {
    const char *id; /* "-": there is no such step as reason says */
    enum zone_step_state state;
    int64_t at_s;
    const char *reason; /* a part of it */
};

static const struct {
    const char *name, *options;
    change_fn *dns, *rest;
    struct expected steps[5];
} rows[] = {
    {"nothing to switch, and nothing known of before",
     "",
     NULL,
     NULL,
     {{"10", ZONE_STEP_DONE, FX_NOW_S, "planned records"},
      {"11", ZONE_STEP_LATER, FX_NOW_S + FX_DAY_S, "86400 s may just have ended"},
      {"-", 0, 0, "1"},
      {"-", 0, 0, "16"}}},
    {"the first look before a switch",
     "",
     to_switch,
     NULL,
     {{"1", ZONE_STEP_DUE, FX_NOW_S, "more than 300 s"},
      {"2", ZONE_STEP_LATER, FX_NOW_S + 120 + FX_TTL_S, "TTL of 3600 s"},
      {"10", ZONE_STEP_LATER, FX_NOW_S + 120 + FX_TTL_S, "TTL of 3600 s"},
      {"14", ZONE_STEP_OPEN, 0, "old gateway still runs"}}},
    {"everything has been known for long",
     "",
     to_switch,
     known_long,
     {{"1", ZONE_STEP_DONE, FX_NOW_S - 30 * FX_DAY_S, "At most 300 s"},
      {"10", ZONE_STEP_DUE, FX_NOW_S, "Nothing has to run out"},
      {"11", ZONE_STEP_LATER, FX_NOW_S + 120 + HOUR_S, "3600 s from"}}},
    {"switched lately",
     FX_LEGACY,
     NULL,
     switched_lately,
     {{"10", ZONE_STEP_DONE, FX_NOW_S - 1200, ""},
      {"11", ZONE_STEP_LATER, FX_NOW_S - 1200 + HOUR_S, FX_STARTTLS_SRV},
      {"13", ZONE_STEP_LATER, FX_NOW_S - 1200 + HOUR_S, ""},
      {"15", ZONE_STEP_LATER, FX_NOW_S - 1200 + HOUR_S + ROLLBACK_S, ""}}},
    {"a document outlasts the service records",
     "",
     NULL,
     with_changed_document,
     {{"8", ZONE_STEP_LATER, FX_NOW_S - 1200 + HOUR_S, ""},
      {"11", ZONE_STEP_LATER, FX_NOW_S - 1000 + 7200, "posh may be kept for 7200 s"},
      {"12", ZONE_STEP_LATER, FX_NOW_S - 1200 + HOUR_S, ""},
      {"13", ZONE_STEP_LATER, FX_NOW_S - 1000 + 7200, ""}}},
    {"a document will outlast them",
     "",
     to_switch,
     with_document,
     {{"11", ZONE_STEP_LATER, FX_NOW_S + 120 + FX_DAY_S, "posh may be kept for 86400 s"},
      {"8", ZONE_STEP_LATER, FX_NOW_S + 120 + HOUR_S, ""}}},
    {"servers differ",
     "",
     to_switch,
     unlike,
     {{"2", ZONE_STEP_OPEN, 0, "its name servers differ"},
      {"10", ZONE_STEP_OPEN, 0, FX_STARTTLS_SRV},
      {"-", 0, 0, "1"},
      {"-", 0, 0, "11"}}},
    {"an address is not on all servers yet",
     "",
     to_switch,
     address_on_one_server,
     {{"3", ZONE_STEP_OPEN, 0, FX_HOST " A: its name servers differ"},
      {"10", ZONE_STEP_OPEN, 0, FX_HOST},
      {"2", ZONE_STEP_DONE, FX_NOW_S - 29 * FX_DAY_S, ""},
      {"-", 0, 0, "13"}}},
    {"a service could not be seen",
     "",
     unseen,
     NULL,
     {{"10", ZONE_STEP_OPEN, 0, "SRV could not be seen"}, {"-", 0, 0, "11"}, {"-", 0, 0, "17"}}},
    {"a service is bogus",
     "",
     bogus,
     NULL,
     {{"10", ZONE_STEP_OPEN, 0, "could not be seen"},
      {"17", ZONE_STEP_LATER, FX_NOW_S + 300, "RFC 9520"}}},
    {"a former key is left",
     FX_LEGACY,
     former_key,
     known_long,
     {{"6", ZONE_STEP_LATER, FX_NOW_S + ROLLBACK_S, "7 d"},
      {"-", 0, 0, "5"},
      {"-", 0, 0, "7"},
      {"-", 0, 0, "1"}}},
    {"a key was added lately, and nobody wants a way back",
     "",
     former_key,
     former_key_of_late,
     {{"5", ZONE_STEP_LATER, FX_NOW_S + HOUR_S, "3600 s"},
      {"6", ZONE_STEP_LATER, FX_NOW_S + HOUR_S, FX_TLSA}}},
    {"TLSA records of another kind",
     "",
     other_kind,
     known_long,
     {{"7", ZONE_STEP_OPEN, 0, "one change at a time"},
      {"5", ZONE_STEP_LATER, FX_NOW_S + 120 + 2 * FX_TTL_S, ""},
      {"-", 0, 0, "6"}}},
    {"keys are held back where no signature covers them",
     "",
     former_key,
     keys_without_signatures,
     {{"-", 0, 0, "5"}, {"-", 0, 0, "6"}, {"-", 0, 0, "7"}}},
    {"a name of former days is no service",
     "",
     NULL,
     name_of_former_days,
     {{"10", ZONE_STEP_DONE, FX_NOW_S - 30 * FX_DAY_S, "planned records"}}},
    {"direct TLS is to be turned off",
     "",
     no_direct_tls,
     known_long,
     {{"16", ZONE_STEP_DUE, FX_NOW_S, "be kept for 600 s"}}},
    {"CAA records do not have the new authority",
     "",
     NULL,
     other_authority,
     {{"18", ZONE_STEP_OPEN, 0, FX_ZONE " CAA"}}},
};

static const struct zone_step *find_step(const struct zone_timeline *timeline, const char *id)
{
    for (size_t i = 0; i < timeline->step_count; i++)
        if (strcmp(timeline->steps[i].id, id) == 0)
            return &timeline->steps[i];
    return NULL;
}

static void compare(const char *name, const struct zone_timeline *timeline,
                    const struct expected *expected)
{
    char at[GP_CLOCK_TEXT_MAX], wanted[GP_CLOCK_TEXT_MAX];
    bool is_absent = strcmp(expected->id, "-") == 0;
    const struct zone_step *step = find_step(timeline, is_absent ? expected->reason : expected->id);
    if (is_absent) {
        if (step)
            fail_msg("%s: there is a step %s: %s", name, step->id, step->reason);
        return;
    }
    if (!step) {
        fail_msg("%s: there is no step %s", name, expected->id);
        return;
    }
    if (step->state != expected->state || step->at_s != expected->at_s ||
        !strstr(step->reason, expected->reason))
        fail_msg("%s: step %s is %s at %s (%s), not %s at %s (%s)", name, step->id,
                 zone_step_state_text(step->state), gp_clock_text(step->at_s, at), step->reason,
                 zone_step_state_text(expected->state), gp_clock_text(expected->at_s, wanted),
                 expected->reason);
}

static void make(struct fixture *fx, const char *options, change_fn *dns, change_fn *rest,
                 struct zone_timeline **ret)
{
    fixture_begin(fx, options);
    set_keys(fx, FX_TLSA, NULL);
    set_keys(fx, FX_DIRECT_TLSA, NULL);
    if (dns)
        dns(fx);
    fixture_derive(fx);
    if (rest)
        rest(fx);
    const bool wanted[FIXTURE_CHECKS_MAX] = {false};
    fixture_judge(fx, wanted);
    const struct app_judge_input input = {.seen = fx->seen,
                                          .config = fx->config,
                                          .plan = fx->plan,
                                          .histories = fixture_histories(fx),
                                          .phase = APP_GATE,
                                          .now_s = fx->now_s};
    assert_int_equal(app_timeline_create(&input, ret, NULL), GP_OK);
}

static void each_site_has_its_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fixture fx;
        struct zone_timeline *timeline;
        make(&fx, rows[i].options, rows[i].dns, rows[i].rest, &timeline);
        for (size_t k = 0; k < GP_ARRAY_LEN(rows[i].steps) && rows[i].steps[k].id; k++)
            compare(rows[i].name, timeline, &rows[i].steps[k]);
        zone_timeline_destroy(timeline);
        fixture_end(&fx);
    }
}

/* What is over, what is now, what is to come, what depends; times grow within each. */
static void steps_are_told_in_order(void **state)
{
    (void)state;
    struct fixture fx;
    struct zone_timeline *timeline;
    const struct zone_step *steps[ZONE_STEPS_MAX];
    make(&fx, FX_LEGACY, to_switch, known_long, &timeline);
    size_t count = app_timeline_sorted(timeline, steps);
    assert_true(count > 5);
    for (size_t i = 1; i < count; i++)
        assert_true(
            steps[i - 1]->state < steps[i]->state ||
            (steps[i - 1]->state == steps[i]->state && steps[i - 1]->at_s <= steps[i]->at_s));
    zone_timeline_destroy(timeline);
    fixture_end(&fx);
}

static void prints(change_fn *dns, change_fn *rest, const char *no_past, int64_t at_s,
                   const char *const *wanted, size_t count)
{
    struct fixture fx;
    struct zone_timeline *timeline;
    char *printed = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&printed, &len);
    assert_non_null(to);
    make(&fx, FX_LEGACY, dns, rest, &timeline);
    const struct app_report report = {.findings = fx.findings,
                                      .seen = fx.seen,
                                      .plan = fx.plan,
                                      .config = fx.config,
                                      .vantage = "gw1",
                                      .timeline = timeline,
                                      .at_s = at_s,
                                      .no_past = no_past,
                                      .has_timeline = true};
    assert_int_equal(app_report_text(&report, to, NULL), GP_OK);
    assert_int_equal(app_report_json(&report, to, NULL), GP_OK);
    assert_int_equal(app_report_html(&report, to, NULL), GP_OK);
    fclose(to);
    for (size_t i = 0; i < count; i++)
        if (!strstr(printed, wanted[i]))
            fail_msg("'%s' is not printed:\n%s", wanted[i], printed);
    free(printed);
    zone_timeline_destroy(timeline);
    fixture_end(&fx);
}

static void printed_with_times_and_reasons(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "Timeline of the cutover, as of 2027-01-15T08:00:00Z\n",
        "over     2027-01-15T07:40:00Z           10  Switch: ",
        "10  Switch: both service record sets in one transaction\n",
        "to come  2027-01-15T08:40:00Z  K        11  End of the mixed period: both gateways ",
        "until then, in 40 min 0 s\n    _xmpp-server._tcp.alpha.example SRV: 3600 s from ",
        "\"step\": \"11\"",
        "\"from\": \"2027-01-15T07:40:00Z\"",
        "\"at\": \"2027-01-15T08:40:00Z\"",
        "\"state\": \"later\"",
        "\"term\": \"K\"",
        "<span class=\"when\">2027-01-15 08:40 UTC, in 40 min 0 s</span>",
        "<small>step 11</small></h3><p class=\"why\">_xmpp-server._tcp.alpha.example SRV: ",
        "<line class=\"now\" x1=\"33.33%\" x2=\"33.33%\" y1=\"0\" y2=\"100%\"/>",
        "<rect class=\"bar\" x=\"0.00%\" width=\"100.00%\"",
    };
    static const char *const without[] = {"The past is not known (no journal is kept): "};
    static const char *const later[] = {
        "Timeline of the cutover, as of 2027-01-15T08:10:00Z\n",
        "both gateways must accept the domain until then, in 30 min 0 s\n",
        "<span class=\"when\">2027-01-15 08:40 UTC, in 30 min 0 s</span>",
    };
    static const char *const before[] = {
        "\ndepends                                 14  A rollback reaches everyone\n",
    };
    prints(to_switch, known_long, NULL, 0, before, GP_ARRAY_LEN(before));
    prints(NULL, switched_lately, NULL, 0, wanted, GP_ARRAY_LEN(wanted));
    prints(NULL, switched_lately, "no journal is kept", 0, without, GP_ARRAY_LEN(without));
    prints(NULL, switched_lately, NULL, FX_NOW_S + 600, later, GP_ARRAY_LEN(later));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_site_has_its_steps),
        cmocka_unit_test(steps_are_told_in_order),
        cmocka_unit_test(printed_with_times_and_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
