/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that a report may have to tell, in every form, byte for byte; and what is said of small
 * reports. After an intended change: GOLDEN_UPDATE=1 test_readiness_forms, and look at what git
 * diff says.
 */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_fixture.h"
#include "tests/unit/readiness_golden.h"
#include "tests/unit/readiness_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTIL_S     (FX_NOW_S + 2 * 3600)
#define MANY        45 /* subjects: more than any form names */
#define READY_COUNT 11
#define LONG_DOMAIN "a-domain-whose-name-is-longer-than-forty-characters.example"
#define NOT_SEEN(id)                                                                         \
    {                                                                                        \
        id, APP_UNKNOWN, .domain = LONG_DOMAIN, .subject = "gw:5269", .sentence = "not seen" \
    }
#define NOT_ASKED(id)                                                                             \
    {                                                                                             \
        id, APP_UNKNOWN, .domain = "alpha.example", .subject = "gw:5270", .sentence = "not asked" \
    }

/* Two findings that say the same but for one thing are two lines. */
static const struct made_finding made[] = {
    {"V1", APP_FAIL, "alpha.example", NULL, "_xmpp-server._tcp.alpha.example SRV", "does not exist",
     .fixes = {{APP_FIX_PUBLISH, "one <record>"}, {APP_FIX_REMOVE, "another"}}},
    {"V1", APP_FAIL, "alpha.example", NULL, "_xmpp-server._tcp", "does not exist",
     .fixes = {{APP_FIX_DO, "publish it"}, {APP_FIX_RUN, "gatepost export"}}},
    {"A3", APP_FAIL, "alpha.example", NULL, "gw:5269", "no connection | none",
     .evidence = "it <listens>", .fixes = {{APP_FIX_DO, "listen"}}, .endpoint = "planned"},
    {"A3", APP_FAIL, "alpha.example", NULL, "gw:5270", "no connection | none",
     .evidence = "it is off", .fixes = {{APP_FIX_DO, "listen"}}},
    {"A3", APP_FAIL, "alpha.example", NULL, "gw:5269", "no connection | none",
     .evidence = "it <listens>", .fixes = {{APP_FIX_DO, "listen"}}, .vantage = "outside"},
    {"T9", APP_WARN, "alpha.example", NULL, "gw:5269", "ends soon", .evidence = "in May",
     .fixes = {{APP_FIX_DO, "renew it"}}},
    {"T9", APP_WARN, "alpha.example", NULL, "gw:5270", "ends soon", .evidence = "in June",
     .fixes = {{APP_FIX_DO, "renew it"}}},
    {"V14", APP_WARN, "beta.example", NULL, "capitals", "are ugly",
     .fixes = {{APP_FIX_DO, "mend it"}}},
    {"M1", APP_WAIT, "beta.example", NULL, "beta.example SRV", "old copies", .until_s = UNTIL_S,
     .fixes = {{APP_FIX_DO, "wait"}}},
    {"M2", APP_WAIT, "beta.example", NULL, "beta.example A", "is new", .until_s = UNTIL_S - 60,
     .fixes = {{APP_FIX_DO, "wait"}}},
    {"X2", APP_UNKNOWN, "alpha.example", NULL, "advice", .sentence = "counts for nothing"},
    NOT_SEEN("I1"),
    NOT_SEEN("T1"),
    NOT_SEEN("T3"),
    NOT_SEEN("T4"),
    NOT_SEEN("T5"),
    NOT_ASKED("I1"),
    NOT_ASKED("T1"),
    NOT_ASKED("T3"),
    NOT_ASKED("T4"),
    {"V12", APP_SKIP, "alpha.example", NULL, "old.alpha.example", "accepted: it stays",
     .fixes = {{APP_FIX_REMOVE, "the old one"}}, .accepted = "it stays",
     .accepted_status = APP_WAIT, .accepted_until_s = UNTIL_S},
    {"V13", APP_SKIP, "alpha.example", NULL, "for ever", "accepted: so it is",
     .accepted = "so it is", .accepted_status = APP_FAIL},
    {"V13", APP_PASS, "beta.example", NULL, "right", .sentence = "is right"},
    {"I2", APP_SKIP, "alpha.example", NULL, "alpha.example", .sentence = "nothing is replaced"},
    {"V2", APP_PASS, "alpha.example", NULL, "one", "as planned", .evidence = "with evidence"},
    {"V2", APP_PASS, "alpha.example", NULL, "two", .sentence = "as planned"},
    {"S1", APP_PASS, NULL, NULL, "resolver", .sentence = "validates"},
    {"Z1", APP_PASS, NULL, "alpha.example", "ns1", .sentence = "answers"},
};

struct scene {
    struct fixture fx;
    struct app_findings findings;
    struct app_report report;
};

static void begin(struct scene *scene)
{
    fixture_begin(&scene->fx, FX_LEGACY);
    fixture_derive(&scene->fx);
    made_begin(&scene->findings);
    snprintf(scene->fx.config->digest, sizeof(scene->fx.config->digest), "0123456789abcdef");
    scene->report = (struct app_report){.findings = &scene->findings,
                                        .seen = scene->fx.seen,
                                        .plan = scene->fx.plan,
                                        .config = scene->fx.config,
                                        .phase = APP_GATE,
                                        .vantage = "gw1"};
}

static void end(struct scene *scene)
{
    made_end(&scene->findings);
    fixture_end(&scene->fx);
}

static void add_domain(struct scene *scene, const char *name)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(name), &domain, NULL), GP_OK);
    assert_non_null(app_seen_domain(scene->fx.seen, &domain));
}

static void begin_full(struct scene *scene)
{
    char text[40];
    begin(scene);
    add_domain(scene, "beta.example");
    add_domain(scene, LONG_DOMAIN);
    for (int i = 0; i < READY_COUNT; i++) {
        snprintf(text, sizeof(text), "ready%d.example", i);
        add_domain(scene, text);
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(made); i++)
        made_add(&scene->findings, &made[i]);
    made_note(&scene->findings, "accept \"T9\": there is <nothing> to accept");
    scene->report.at_s = FX_NOW_S + 600;
}

static void add_many(struct scene *scene)
{
    char text[40];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "server %d", i);
        made_add(&scene->findings,
                 &(struct made_finding){"Z1", APP_FAIL, .place = "elsewhere.example",
                                        .subject = gp_arena_text(&scene->findings.arena, text),
                                        .sentence = "is silent",
                                        .fixes = {{APP_FIX_DO, "repair it"}}});
    }
}

/* What stands on the page below its style sheet. */
static void print_body(const struct app_report *report, FILE *to)
{
    char *page = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&page, &len);
    assert_non_null(memory);
    golden_html(report, memory);
    fclose(memory);
    const char *body = strstr(page, "</style>");
    assert_non_null(body);
    fputs(body, to);
    free(page);
}

static void print_all(const struct app_report *report, FILE *to)
{
    struct app_report all = *report;
    all.has_all = true;
    golden_text(&all, to);
}

static void everything_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        golden_fn *print;
    } rows[] = {
        {"full.json", golden_json},     {"full.txt", golden_text}, {"full.all.txt", print_all},
        {"full.nagios", golden_nagios}, {"full.html", print_body}, {"full.prom", golden_prometheus},
    };
    struct scene scene;
    begin_full(&scene);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        golden_compare(rows[i].file, &scene.report, rows[i].print);
        if (i == 0) /* JSON is long enough */
            add_many(&scene);
    }
    end(&scene);
}

/* Small reports: what each form says of them, and what it does not. */

typedef void change_fn(struct scene *scene);

static void by_another_time(struct scene *scene)
{
    scene->report.at_s = UNTIL_S + 1;
}

static void by_a_later_time(struct scene *scene)
{
    scene->report.at_s = FX_NOW_S + 600;
}

static void a_part(struct scene *scene)
{
    scene->report.is_partial = true;
}

static void a_note(struct scene *scene)
{
    made_note(&scene->findings, "a note");
}

static void in_public(struct scene *scene)
{
    scene->fx.config->is_public = true;
}

static struct fed_tls_facts *tls_of(struct scene *scene)
{
    return fixture_probe(&scene->fx, 5269, GP_IPV4)->result->tls;
}

static void a_chain_that_ends(struct scene *scene)
{
    tls_of(scene)->chain_not_after_s = FX_NOW_S + 30 * FX_DAY_S;
}

static void another_probe(struct scene *scene)
{
    struct app_seen_probe *probe =
        fixture_add_probe(&scene->fx, fixture_probe(&scene->fx, 5269, GP_IPV4), APP_PROBE_SNI);
    probe->result->tls->peer->not_after_s = FX_NOW_S + FX_DAY_S;
}

static void no_certificate(struct scene *scene)
{
    for (struct app_seen_endpoint *endpoint = fixture_domain(&scene->fx)->endpoints; endpoint;
         endpoint = endpoint->next)
        for (struct app_seen_probe *at = endpoint->probes; at; at = at->next)
            at->seen = APP_NOTHING_CAME;
}

static void the_host_of_two(struct scene *scene)
{
    struct dns_name host = fixture_name(FX_HOST);
    add_domain(scene, "beta.example");
    app_observations_rrset(scene->fx.seen, &host, DNS_TYPE_AAAA)->answer->ttl_s = 7200;
}

static void add_words(struct scene *scene, const char *begin)
{
    struct gp_buf sentence;
    gp_buf_init(&sentence, 1000);
    gp_buf_append_text(&sentence, begin);
    while (gp_buf_len(&sentence) < 600)
        gp_buf_append_text(&sentence, "\xc3\xa4\xc3\xb6 ");
    made_add(&scene->findings,
             &(struct made_finding){
                 "V1", APP_FAIL, .domain = "alpha.example",
                 .sentence = gp_arena_text(&scene->findings.arena, gp_buf_text(&sentence))});
    gp_buf_finish(&sentence);
}

static void many_words(struct scene *scene)
{
    add_words(scene, "");
}

/* It would be cut inside a character. */
static void many_words_and_a_letter(struct scene *scene)
{
    add_words(scene, "x");
}

static void what_small_reports_say(void **state)
{
    (void)state;
    static const struct made_finding waits = {"M1", APP_WAIT, .domain = "alpha.example",
                                              .until_s = UNTIL_S},
                                     waits_less = {"M2", APP_WAIT, .domain = "alpha.example",
                                                   .until_s = UNTIL_S - 60,
                                                   .sentence = "is over sooner"},
                                     waits_more = {"M1", APP_WAIT, .domain = "alpha.example",
                                                   .until_s = UNTIL_S, .sentence = "takes longest"},
                                     unknown = {"V1", APP_UNKNOWN, .domain = "alpha.example"},
                                     advice = {"X2", APP_WARN, .domain = "alpha.example",
                                               .sentence = "some advice"},
                                     warns = {"T9", APP_WARN, .domain = "alpha.example"},
                                     fails = {"V1", APP_FAIL, .domain = "alpha.example"},
                                     has_bar = {"V1", APP_FAIL, .domain = "alpha.example",
                                                .sentence = "one | two"},
                                     passes = {"V1", APP_PASS, .domain = "alpha.example"},
                                     skips = {"V1", APP_SKIP, .domain = "alpha.example"};
    static const struct {
        const char *name;
        change_fn *change;
        const struct made_finding *findings[2];
        golden_fn *print;
        const char *words, *not_words; /* NULL: any */
    } rows[] = {
        {"ready", NULL, {&passes}, golden_text, "\nREADY: 1 check, nothing to correct\n", "look"},
        {"ready, with advice",
         NULL,
         {&passes, &advice},
         golden_text,
         "\nREADY: 2 checks, nothing to correct; worth a look: X2\n",
         NULL},
        {"unknown",
         NULL,
         {&unknown},
         golden_text,
         "\nUNKNOWN: nothing is wrong, but could not be found out: V1\n",
         NULL},
        {"wait, and unknown",
         NULL,
         {&waits, &unknown},
         golden_text,
         "\nWAIT until 2027-01-15T10:00:00Z: time is needed for M1; could not be found out: V1\n",
         NULL},
        {"fail, and unknown",
         NULL,
         {&fails, &unknown},
         golden_text,
         "\nNOT READY: to be corrected: V1; could not be found out: V1\n",
         NULL},
        {"a note alone", a_note, {&passes}, golden_text, "\n\nWARN     a note\n\n-  ", NULL},
        {"all steps",
         NULL,
         {&passes},
         golden_text,
         "\n-        1. Deploy the pool: no check of this phase\n",
         NULL},
        {"a part", a_part, {&passes}, golden_text, "in 1.2 s\n\nPASS     6. ", " 1. "},
        {"all steps, page",
         NULL,
         {&passes},
         print_body,
         "<p>No check of this phase.</p>",
         "asked for"},
        {"a part, page",
         a_part,
         {&passes},
         print_body,
         "<p>No check of it was asked for.</p>",
         "of this phase"},
        {"the rest",
         NULL,
         {&passes},
         print_body,
         "<h2 id=\"rest\">The rest</h2>",
         "does not apply"},
        {"the rest does not apply",
         NULL,
         {&skips},
         print_body,
         "<h2 id=\"rest\">The rest</h2>",
         "What passed"},
        {"there is no rest", NULL, {&fails}, print_body, "</main>", "id=\"rest\""},
        {"judged as it was", NULL, {&passes}, print_body, "<dt>Seen at</dt>", "Judged"},
        {"judged as of",
         by_a_later_time,
         {&passes},
         print_body,
         "<dt>Judged as of</dt><dd>2027-01-15 08:10:00 UTC</dd>",
         NULL},
        {"judged as of, JSON",
         by_a_later_time,
         {&passes},
         golden_json,
         "\"judged_at\": \"2027-01-15T08:10:00Z\"",
         NULL},
        {"judged as it was, JSON",
         NULL,
         {&passes},
         golden_json,
         "\"judged_at\": \"2027-01-15T08:00:00Z\"",
         NULL},
        {"wait, JSON",
         NULL,
         {&waits},
         golden_json,
         "\"domain\": \"alpha.example\",\n      \"verdict\": \"WAIT\",\n      \"safe_at\": "
         "\"2027-01-15T10:00:00Z\"",
         NULL},
        {"a configuration",
         NULL,
         {&passes},
         golden_json,
         "\"configuration\": \"0123456789abcdef\"",
         NULL},
        {"none", in_public, {&passes}, golden_json, "\"configuration\": null", NULL},
        {"plugin, ready",
         NULL,
         {&passes, &advice},
         golden_nagios,
         "GATEPOST OK - READY: 2 checks, nothing to correct; worth a look: X2 |",
         "some advice"},
        {"plugin, a warning",
         NULL,
         {&warns, &advice},
         golden_nagios,
         "\nexit status 1\n",
         "some advice"},
        {"plugin, unknown", NULL, {&unknown}, golden_nagios, "\nexit status 3\n", NULL},
        {"plugin, wait",
         NULL,
         {&waits_less, &waits_more},
         golden_nagios,
         "Z: M1 subject: takes longest; time is needed for M1, M2 |",
         "sooner"},
        {"plugin, wait, the other way",
         NULL,
         {&waits_more, &waits_less},
         golden_nagios,
         "Z: M1 subject: takes longest; ",
         "sooner"},
        {"plugin, how long", NULL, {&waits}, golden_nagios, " safe_in=7200s;;;0 ", NULL},
        {"plugin, how long by then",
         by_a_later_time,
         {&waits},
         golden_nagios,
         " safe_in=6600s;;;0 ",
         NULL},
        {"plugin, over", by_another_time, {&waits}, golden_nagios, " safe_in=0s;;;0 ", NULL},
        {"plugin, bar", NULL, {&has_bar}, golden_nagios, "one / two; ", "| two"},
        {"plugin, long, a letter more",
         many_words_and_a_letter,
         {NULL},
         golden_nagios,
         "\xc3\xa4\xc3\xb6 ... | time=",
         NULL},
        {"plugin, long",
         many_words,
         {NULL},
         golden_nagios,
         "\xc3\xa4\xc3\xb6 \xc3\xa4... | time=",
         "to be corrected"},
        {"plugin, certificate",
         NULL,
         {&passes},
         golden_nagios,
         " certificate_days=80;21:;3:",
         NULL},
        {"plugin, chain",
         a_chain_that_ends,
         {&passes},
         golden_nagios,
         " certificate_days=30;21:;3:",
         NULL},
        {"plugin, a probe for another domain",
         another_probe,
         {&passes},
         golden_nagios,
         " certificate_days=80;",
         NULL},
        {"metrics, ready",
         NULL,
         {&passes},
         golden_prometheus,
         "\nprobe_success{domain=\"alpha.example\"} 1\n",
         NULL},
        {"metrics, wait",
         NULL,
         {&waits},
         golden_prometheus,
         "\nprobe_success{domain=\"alpha.example\"} 0\n",
         NULL},
        {"metrics, unknown",
         NULL,
         {&unknown},
         golden_prometheus,
         ",verdict=\"UNKNOWN\"} 1\n",
         NULL},
        {"metrics, a certificate",
         NULL,
         {&passes},
         golden_prometheus,
         "\nprobe_ssl_earliest_cert_expiry{",
         NULL},
        {"metrics, no certificate",
         no_certificate,
         {&passes},
         golden_prometheus,
         "# TYPE probe_ssl_earliest_cert_expiry gauge\n",
         "earliest_cert_expiry{"},
        {"metrics, a host of two",
         the_host_of_two,
         {&passes},
         golden_prometheus,
         "_ttl_seconds{name=\"gw1.alpha.example\",type=\"AAAA\"} 7200\n"
         "gatepost_dns_ttl_seconds{name=\"gw1.alpha.example\",type=\"A\"} 0\n",
         "\"A\"} 0\ngatepost_dns_ttl_seconds{name=\"gw1"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct scene scene;
        begin(&scene);
        for (size_t k = 0; k < GP_ARRAY_LEN(rows[i].findings) && rows[i].findings[k]; k++)
            made_add(&scene.findings, rows[i].findings[k]);
        if (rows[i].change)
            rows[i].change(&scene);
        char *printed = golden_print(&scene.report, rows[i].print);
        if (!strstr(printed, rows[i].words))
            fail_msg("%s: no '%s' in\n%s", rows[i].name, rows[i].words, printed);
        if (rows[i].not_words && strstr(printed, rows[i].not_words))
            fail_msg("%s: '%s' in\n%s", rows[i].name, rows[i].not_words, printed);
        free(printed);
        end(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_in_every_form),
        cmocka_unit_test(what_small_reports_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
