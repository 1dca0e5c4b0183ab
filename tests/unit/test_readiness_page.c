/* SPDX-License-Identifier: BSD-2-Clause */
/* The pictures of the page: what each name server says, and how long each step of the cutover has
 * to wait. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_fixture.h"
#include "tests/unit/readiness_golden.h"
#include "tests/unit/readiness_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_S     3600
#define MOST_ZONES 40
#define SRV        "<code>10 0 5269 gw1.alpha.example.</code>"
#define SAME       "<td class=\"same\">&#10003; the same</td>"
#define AS_PLANNED "<td class=\"same\"><small>" SRV "</small></td>"
#define DIFFERS    "<td class=\"fail\">&#8800; differs"
#define NO_ANSWER  "<td class=\"fail\">&#10005; no answer<small>"

/* What each of the two servers says of the service record. */
struct replies {
    struct fixture *fx;
    struct app_seen_rrset *rrset;
    struct app_seen_reply *one, *two;
    struct app_seen_server *servers;
};

typedef void change_fn(struct replies *replies);

static char *printed(struct fixture *fx, const struct zone_timeline *timeline, int64_t at_s,
                     enum app_phase phase)
{
    struct app_findings findings;
    made_begin(&findings);
    const struct app_report report = {.findings = &findings,
                                      .seen = fx->seen,
                                      .plan = fx->plan,
                                      .config = fx->config,
                                      .timeline = timeline,
                                      .at_s = at_s,
                                      .phase = phase,
                                      .vantage = "gw1"};
    char *page = golden_print(&report, golden_html);
    made_end(&findings);
    return page;
}

static void is_silent(struct replies *replies)
{
    *replies->two = (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "timed <out>"};
}

static void was_not_asked(struct replies *replies)
{
    *replies->two = (struct app_seen_reply){.seen = APP_NOT_ASKED, .why = "time is over"};
}

/* This machine cannot try the address, but the server answers on another one. */
static void is_out_of_reach(struct replies *replies)
{
    is_silent(replies);
    replies->fx->seen->has_ipv6 = false;
    replies->servers[1].addr = (struct gp_addr){.family = GP_IPV6};
    replies->servers[1].name = replies->servers[0].name;
}

static void has_no_authority(struct replies *replies)
{
    replies->two->is_authoritative = false;
}

static void fails(struct replies *replies)
{
    *replies->two = (struct app_seen_reply){
        .seen = APP_CAME, .is_authoritative = true, .rcode = DNS_RCODE_SERVFAIL};
}

static void is_an_alias(struct replies *replies)
{
    replies->two->is_alias = true;
}

static void has_nothing(struct replies *replies)
{
    replies->two->count = 0;
}

/* What is planned is right, also when it is a minority that says so. */
static void the_first_has_nothing(struct replies *replies)
{
    replies->one->count = 0;
    replies->servers[0].soa[DNS_UDP].serial++;
}

static void nobody_says_anything(struct replies *replies)
{
    is_silent(replies);
    *replies->one = *replies->two;
}

/* Whether the name exists at all is no difference: it has no such record either way. */
static void both_have_nothing(struct replies *replies)
{
    replies->one->count = replies->two->count = 0;
    replies->two->rcode = DNS_RCODE_NXDOMAIN;
}

static void what_each_server_says(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        change_fn *change;
        const char *row; /* behind its name */
    } rows[] = {
        {"as planned", NULL, AS_PLANNED SAME "</tr>"},
        {"silent", is_silent, AS_PLANNED NO_ANSWER "timed &lt;out&gt;</small></td></tr>"},
        {"not asked", was_not_asked, AS_PLANNED "<td class=\"same\">&#8211; not asked</td></tr>"},
        {"out of reach", is_out_of_reach,
         AS_PLANNED "<td class=\"same\">&#8211; not asked</td></tr>"},
        {"without authority", has_no_authority,
         AS_PLANNED NO_ANSWER
         "answers without authority: it does not serve the zone</small></td></tr>"},
        {"a failure", fails, AS_PLANNED NO_ANSWER "answers SERVFAIL</small></td></tr>"},
        {"an alias", is_an_alias, AS_PLANNED DIFFERS "an alias</td></tr>"},
        {"nothing", has_nothing, AS_PLANNED DIFFERS "no such record</td></tr>"},
        {"the first differs", the_first_has_nothing,
         DIFFERS "no such record</td>" AS_PLANNED "</tr>"},
        {"nobody", nobody_says_anything,
         NO_ANSWER "timed &lt;out&gt;</small></td>" NO_ANSWER
                   "timed &lt;out&gt;</small></td></tr>"},
        {"both nothing", both_have_nothing, "<td class=\"same\">no such record</td>" SAME "</tr>"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fixture fx;
        fixture_begin(&fx, "");
        fixture_derive(&fx);
        struct app_seen_rrset *rrset = fixture_rrset(&fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
        struct replies replies = {&fx, rrset, &rrset->replies[0], &rrset->replies[1],
                                  rrset->owner->zone->servers};
        if (rows[i].change)
            rows[i].change(&replies);
        char *page = printed(&fx, NULL, 0, APP_GATE);
        const char *row =
            strstr(page, "_xmpp-server.<wbr>_tcp.<wbr>alpha.<wbr>example <small>SRV</small></th>");
        assert_non_null(row);
        row = strstr(row, "</th>") + strlen("</th>");
        if (strncmp(row, rows[i].row, strlen(rows[i].row)) != 0)
            fail_msg("%s: %.600s", rows[i].name, row);
        free(page);
        fixture_end(&fx);
    }
}

static void serials(void **state)
{
    (void)state;
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    fx.seen->zones->servers[1].soa[DNS_UDP].seen = APP_NOTHING_CAME;
    char *page = printed(&fx, NULL, 0, APP_GATE);
    assert_non_null(strstr(page, "SOA</small></th><td>7</td><td>&#8211; not seen</td></tr>"));
    free(page);
    fixture_end(&fx);
}

/* A key is told by its tag; of what is long there are 160 characters. */
static void records_for_people(void **state)
{
    (void)state;
    static const uint8_t data[100] = {3, 1, 0};
    const struct dns_rdata whole = {.at = data, .len = sizeof(data)};
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_set(&fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &whole, 1);
    fixture_derive(&fx);
    char *page = printed(&fx, NULL, 0, APP_GATE);
    assert_non_null(strstr(page, "<code>257, algorithm 13, key tag "));
    const char *record = strstr(page, "<code>3 1 0 000000");
    assert_non_null(record);
    record += strlen("<code>");
    assert_int_equal(strcspn(record, "<"), 160 + strlen("..."));
    assert_int_equal(strncmp(record + 160, "...</code>", strlen("...</code>")), 0);
    free(page);
    fixture_end(&fx);
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

/* Zones that have no server are not shown, of the others each with its own records. */
static void zones_by_themselves(void **state)
{
    (void)state;
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    struct app_seen_zone *alpha = fx.seen->zones;
    for (int i = 0; i <= MOST_ZONES; i++) {
        char name[40];
        snprintf(name, sizeof(name), "zone%d.example", i);
        struct dns_name apex = fixture_name(name);
        struct app_seen_zone *zone = app_seen_zone(fx.seen, &apex);
        assert_non_null(zone);
        zone->server_count = i == 0 ? 0 : alpha->server_count;
        zone->servers = alpha->servers;
        zone->zone = alpha->zone;
    }
    char *page = printed(&fx, NULL, 0, APP_GATE);
    assert_int_equal(count_of(page, "<caption>Zone "), MOST_ZONES);
    assert_int_equal(count_of(page, "_xmpp-server.<wbr>"), 1);
    assert_null(strstr(page, "<th scope=\"col\">Record</th></tr>"));
    assert_non_null(strstr(page, "<p class=\"note\">1 further zones are not shown here"));
    free(page);
    for (struct app_seen_zone *at = fx.seen->zones; at; at = at->next)
        if (at != alpha)
            at->zone = NULL;
    fixture_end(&fx);
}

/* The timeline. */

struct picture {
    const char *name;
    struct zone_step step; /* beside one that is over since an hour, and one that ends in an hour */
    int64_t dead_all_s;
    const char *words, *not_words; /* NULL: any */
};

static void strips_of_the_timeline(void **state)
{
    (void)state;
    static const int64_t now_s = FX_NOW_S;
    static const struct picture rows[] = {
        {"over",
         {"8", "t", ZONE_STEP_DONE, now_s - 1800, now_s - 3600, ZONE_TERM_TTL, "r"},
         0,

         "<rect class=\"bar\" x=\"0.00%\" width=\"25.00%\" y=\"5\" height=\"10\"/>"
         "<line class=\"now\" x1=\"50.00%\" x2=\"50.00%\" y1=\"0\" y2=\"100%\"/>"
         "<circle class=\"end\" cx=\"25.00%\"",
         "beyond"},
        {"since",
         {"8", "t", ZONE_STEP_DONE, now_s - 1800, 0, ZONE_TERM_NONE, "r"},
         0,

         "<span class=\"when\">since 2027-01-15 07:30 UTC</span>",
         NULL},
        {"due since",
         {"8", "t", ZONE_STEP_DUE, now_s - 1800, 0, ZONE_TERM_NONE, "r"},
         0,

         "<li class=\"warn due\"><div><p class=\"head\"><span class=\"status warn\"><span "
         "aria-hidden=\"true\">!</span> now</span><span class=\"when\">since 2027-01-15 07:30 UTC",
         NULL},
        {"due now",
         {"8", "t", ZONE_STEP_DUE, now_s, 0, ZONE_TERM_NONE, "r"},
         0,

         "now</span><span class=\"when\">2027-01-15 08:00 UTC</span>",
         "now</span><span class=\"when\">since"},
        {"later",
         {"8", "t", ZONE_STEP_LATER, now_s + 1800, now_s, ZONE_TERM_TTL, "r"},
         0,

         "<span class=\"when\">2027-01-15 08:30 UTC, in 30 min 0 s</span>",
         NULL},
        {"depends",
         {"8", "t", ZONE_STEP_OPEN, 0, 0, ZONE_TERM_NONE, "r"},
         0,

         "depends</span></p><h3>t <small>step 8</small></h3><p class=\"why\">r</p></div></li>",
         NULL},
        {"ticks",
         {"8", "t", ZONE_STEP_DUE, now_s, 0, ZONE_TERM_NONE, "r"},
         0,

         "with a mark every 10 minutes.",
         NULL},
        {"a day",
         {"8", "t", ZONE_STEP_LATER, now_s + FX_DAY_S, now_s, ZONE_TERM_TTL, "r"},
         0,

         "with a mark every 6 hours.",
         NULL},
        {"as far as the mixed period",
         {"8", "t", ZONE_STEP_LATER, now_s + FX_DAY_S, now_s, ZONE_TERM_TTL, "r"},
         now_s + 2 * HOUR_S,

         "<text x=\"100%\" y=\"29\" text-anchor=\"end\">2027-01-15 10:00 UTC</text>",
         NULL},
        {"what lies beyond",
         {"8", "t", ZONE_STEP_LATER, now_s + FX_DAY_S, now_s, ZONE_TERM_TTL, "r"},
         now_s + 2 * HOUR_S,

         "<svg class=\"beyond\" x=\"100%\" y=\"50%\"><path d=\"M0 -6L9 0L0 6z\"/></svg></svg>",
         NULL},
        {"the past is half of it at most",
         {"8", "t", ZONE_STEP_DONE, now_s - FX_DAY_S, 0, ZONE_TERM_NONE, "r"},
         0,

         "<text class=\"now\" x=\"50.00%\" y=\"11\" text-anchor=\"middle\">now</text>"
         "<text x=\"0\" y=\"29\">2027-01-15 07:00 UTC</text>",
         NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct zone_step steps[] = {
            {"1", "begin", ZONE_STEP_DONE, now_s - HOUR_S, 0, ZONE_TERM_NONE, "begin"},
            rows[i].step,
            {"9", "end", ZONE_STEP_LATER, now_s + HOUR_S, now_s, ZONE_TERM_TTL, "end"}};
        const struct zone_timeline timeline = {
            .steps = steps, .step_count = GP_ARRAY_LEN(steps), .dead_all_s = rows[i].dead_all_s};
        struct fixture fx;
        fixture_begin(&fx, "");
        fixture_derive(&fx);
        fx.seen->started_s = now_s - 60; /* it is judged as of now */
        char *page = printed(&fx, &timeline, now_s, APP_GATE);
        const char *body = strstr(page, "<body>");
        assert_non_null(body);
        if (!strstr(body, rows[i].words))
            fail_msg("%s: no '%s' in\n%s", rows[i].name, rows[i].words, body);
        if (rows[i].not_words && strstr(body, rows[i].not_words))
            fail_msg("%s: '%s' in\n%s", rows[i].name, rows[i].not_words, body);
        free(page);
        fixture_end(&fx);
    }
}

static void only_of_a_cutover(void **state)
{
    (void)state;
    static const struct {
        const char *options; /* of the domain */
        bool is_switched;
        enum app_phase phase;
        bool is_shown;
    } rows[] = {
        {"", false, APP_GATE, true},     {FX_LEGACY, false, APP_GATE, true},
        {"", true, APP_GATE, false},     {FX_LEGACY, true, APP_SWITCHED, true},
        {"", false, APP_ROUTINE, false}, {FX_LEGACY, true, APP_ROUTINE, false},
    };
    struct zone_step step = {"1", "begin", ZONE_STEP_DUE, FX_NOW_S, 0, ZONE_TERM_NONE, "begin"};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct zone_timeline timeline = {
            .steps = &step, .step_count = 1, .is_switched = rows[i].is_switched};
        struct fixture fx;
        fixture_begin(&fx, rows[i].options);
        fixture_derive(&fx);
        char *page = printed(&fx, &timeline, FX_NOW_S, rows[i].phase);
        if ((strstr(page, "<h2 id=\"timeline\">") != NULL) != rows[i].is_shown)
            fail_msg("row %zu", i);
        free(page);
        fixture_end(&fx);
    }
}

/* Where all is at one time, the scale still has a length. */
static void a_moment(void **state)
{
    (void)state;
    struct zone_step step = {"1", "begin", ZONE_STEP_DUE, FX_NOW_S, 0, ZONE_TERM_NONE, "begin"};
    const struct zone_timeline timeline = {.steps = &step, .step_count = 1};
    struct fixture fx;
    fixture_begin(&fx, "");
    fixture_derive(&fx);
    char *page = printed(&fx, &timeline, FX_NOW_S, APP_GATE);
    assert_non_null(strstr(page,
                           "<text class=\"now\" x=\"0.00%\" y=\"11\" text-anchor=\"start\">now"
                           "</text><text x=\"0\" y=\"29\">2027-01-15 08:00 UTC</text><text "
                           "x=\"100%\" y=\"29\" text-anchor=\"end\">2027-01-15 09:00 UTC"));
    free(page);
    fixture_end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_server_says),
        cmocka_unit_test(serials),
        cmocka_unit_test(records_for_people),
        cmocka_unit_test(zones_by_themselves),
        cmocka_unit_test(strips_of_the_timeline),
        cmocka_unit_test(only_of_a_cutover),
        cmocka_unit_test(a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
