/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reload says has changed, what it takes over, and what it leaves alone. */
#include "tests/unit/unit.h"

#include "config/changes.h"
#include "config/options.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH      "/etc/gatepost/test.conf"
#define LINES_MAX 8

static const char base[] = "domain \"alpha.example\" {\n"
                           "    certificate = a.pem  key = a.key  inside = echo\n"
                           "    host \"gw1.alpha.example\" { address = 192.0.2.1 }\n"
                           "}\n"
                           "inside \"echo\" { kind = echo }\n";

static struct app_config *parse(const char *text)
{
    struct app_config *config = NULL;
    struct gp_err err = {0};
    struct gp_buf whole;
    gp_buf_init(&whole, 100000);
    gp_buf_append_text(&whole, base);
    gp_buf_append_text(&whole, text);
    if (app_config_parse(gp_buf_span(&whole), PATH, &config, NULL, &err) != GP_OK)
        fail_msg("%s: %s", text, err.text);
    gp_buf_finish(&whole);
    return config;
}

static const struct {
    const char *name, *before, *after;
    const char *done[LINES_MAX], *waiting[LINES_MAX];
} rows[] = {
    {"nothing", "partner \"b.example\" { }", "partner \"b.example\" { }", {NULL}, {NULL}},
    {"another spelling",
     "partner \"b.example\" { }",
     "partner \"B.Example\" { tls = required }\nlog { level = info }",
     {NULL},
     {NULL}},
    {"partner added",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\npartner \"c.example\" { dialback = allowed }",
     {"partner \"c.example\" added"},
     {NULL}},
    {"partner removed",
     "partner \"b.example\" { }\npartner \"c.example\" { }",
     "partner \"b.example\" { }",
     {"partner \"c.example\" removed"},
     {NULL}},
    {"partner changed",
     "partner \"b.example\" { }",
     "partner \"b.example\" { dialback = allowed  description = \"friends\" }",
     {"partner \"b.example\": description: nothing -> \"friends\"",
      "partner \"b.example\": dialback: refused -> allowed"},
     {NULL}},
    {"partner with another domain",
     "partner \"b.example\" { additional-domains = { c.example } }",
     "partner \"b.example\" { additional-domains = { c.example, d.example } }",
     {"partner \"b.example\": additional-domains: { \"c.example\" } -> "
      "{ \"c.example\", \"d.example\" }"},
     {NULL}},
    {"open federation",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\nfederation = open",
     {"federation: allow-list -> open"},
     {NULL}},
    {"strangers",
     "federation = open",
     "federation = open\nstranger { dialback = allowed }",
     {"stranger: dialback: refused -> allowed"},
     {NULL}},
    {"whom to write to",
     "partner \"b.example\" { }\ncontact { abuse = \"mailto:a@b.example\" }",
     "partner \"b.example\" { }\ncontact { abuse = \"mailto:c@b.example\" }",
     {"contact: abuse: { \"mailto:a@b.example\" } -> { \"mailto:c@b.example\" }"},
     {NULL}},
    {"conditions on trial",
     "partner \"b.example\" { }\npartner \"c.example\" { shadow { stanza-rate = 7 } }\n"
     "partner \"d.example\" { shadow { stanza-rate = 7 } }",
     "partner \"b.example\" { shadow { stanza-rate = 7 } }\n"
     "partner \"c.example\" { shadow { stanza-rate = 8 } }\npartner \"d.example\" { }",
     {"partner \"b.example\": shadow added", "partner \"c.example\": shadow: stanza-rate: 7 -> 8",
      "partner \"d.example\": shadow removed"},
     {NULL}},
    {"conditions on trial for strangers",
     "federation = open\nstranger { dialback = allowed }",
     "federation = open\nstranger { dialback = allowed  shadow { dialback = refused } }",
     {"stranger: shadow added"},
     {NULL}},
    {"users elsewhere",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    inside-users \"one\" { file = a }\n    inside-users \"two\" { file = b } }\n"
     "inside \"one\" { kind = echo }\ninside \"two\" { kind = echo }",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    inside-users \"three\" { file = c }\n    inside-users \"one\" { file = d } }\n"
     "inside \"one\" { kind = echo }\ninside \"two\" { kind = echo }\n"
     "inside \"three\" { kind = echo }",
     {"domain \"z.example\": inside-users \"two\" removed",
      "domain \"z.example\": inside-users \"three\" added",
      "domain \"z.example\": inside-users \"one\": file: \"/etc/gatepost/a\" -> "
      "\"/etc/gatepost/d\"",
      "inside \"three\" added"},
     {NULL}},
    {"domain added",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\n"
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"gw1.alpha.example\" { address = 192.0.2.1 } }",
     {"domain \"z.example\" added"},
     {NULL}},
    {"hosts",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    host \"z2.example\" { address = 192.0.2.2 } }",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z2.example\" { address = 192.0.2.3 }\n"
     "    host \"z3.example\" { address = 192.0.2.1 } }",
     {"domain \"z.example\": host \"z1.example\" removed",
      "domain \"z.example\": host \"z2.example\": address: { \"192.0.2.2\" } -> "
      "{ \"192.0.2.3\" }",
      "domain \"z.example\": host \"z3.example\" added"},
     {NULL}},
    {"legacy added",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 } }",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    legacy { host = \"old.example:5269\" address = 192.0.2.7 } }",
     {"domain \"z.example\": legacy added"},
     {NULL}},
    {"legacy changed",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    legacy { host = \"old.example:5269\" address = 192.0.2.7 } }",
     "domain \"z.example\" { certificate = z.pem  key = z.key  inside = echo\n"
     "    host \"z1.example\" { address = 192.0.2.1 }\n"
     "    legacy { host = \"old.example:5270\" address = 192.0.2.7 rollback = 1d } }",
     {"domain \"z.example\": legacy: host: { \"old.example:5269\" } -> "
      "{ \"old.example:5270\" }",
      "domain \"z.example\": legacy: rollback: 7d -> 1d"},
     {NULL}},
    {"inside links",
     "partner \"b.example\" { }\n"
     "inside \"one\" { kind = component  listen = \"127.0.0.1:5347\"  secret-file = s }\n"
     "inside \"two\" { kind = echo }",
     "partner \"b.example\" { }\n"
     "inside \"three\" { kind = echo }\n"
     "inside \"one\" { kind = component  listen = \"127.0.0.1:5348\"  secret-file = s }",
     {"inside \"two\" removed", "inside \"three\" added",
      "inside \"one\": listen: \"127.0.0.1:5347\" -> \"127.0.0.1:5348\""},
     {NULL}},
    {"what is there once",
     "partner \"b.example\" { }\n"
     "check { accept \"S1\" { reason = old }  accept \"S2\" { reason = old } }",
     "partner \"b.example\" { }\nresolver { timeout = 7s }\ntls { ca-file = ca.pem }\n"
     "check { low-ttl = 7min  accept \"S2\" { reason = new }  accept \"S3\" { reason = new } }",
     {"tls: ca-file: nothing -> \"/etc/gatepost/ca.pem\"", "check: low-ttl: 5min -> 7min",
      "check: accept \"S1\" removed", "check: accept \"S2\": reason: \"old\" -> \"new\"",
      "check: accept \"S3\" added"},
     {"resolver: timeout: 10s -> 7s"}},
    {"limits and log",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\nlimits { idle-timeout = 10min }\nlog { level = debug }",
     {"log: level: info -> debug", "limits: idle-timeout: 1h -> 10min"},
     {NULL}},
    {"what waits for a restart",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\nworkers = 2\ncontrol { socket = /run/other }\n"
     "listen { address = \"::\" }\nlisten { address = 0.0.0.0  starttls-port = 5299 }",
     {NULL},
     {"workers: 1 -> 2", "control: socket: \"/run/gatepost/control.sock\" -> \"/run/other\"",
      "listen: starttls-port: 5269 -> 5299"}},
    {"fewer sockets",
     "partner \"b.example\" { }",
     "partner \"b.example\" { }\nlisten { address = \"::\" }",
     {NULL},
     {"listen: 2 sections -> 1"}},
};

static void assert_lines(const char *name, const char *const *expected,
                         const struct app_changes *changes)
{
    size_t count = 0;
    for (; count < LINES_MAX && expected[count]; count++) {
        if (count >= changes->count)
            fail_msg("%s: '%s' is missing", name, expected[count]);
        if (strcmp(changes->list[count], expected[count]) != 0)
            fail_msg("%s: '%s', not '%s'", name, changes->list[count], expected[count]);
    }
    if (count < changes->count)
        fail_msg("%s: '%s' too", name, changes->list[count]);
}

/* Of what is changed anywhere something is told. */
static void every_section_is_compared(void **state)
{
    (void)state;
    for (enum app_section kind = APP_SECTION_ROOT + 1; kind < APP_SECTION_COUNT; kind++) {
        const char *name = app_section_row(kind)->name;
        bool is_told = false;
        for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
            for (size_t k = 0; k < LINES_MAX; k++)
                is_told = is_told || (rows[i].done[k] && strstr(rows[i].done[k], name)) ||
                          (rows[i].waiting[k] && strstr(rows[i].waiting[k], name));
        if (!is_told)
            fail_msg("%s: no row above is about such a section", name);
    }
}

static void changes_are_told_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *before = parse(rows[i].before), *after = parse(rows[i].after);
        struct app_changes done, waiting;
        assert_int_equal(app_config_compare(before, before, after, &done, &waiting, NULL), GP_OK);
        assert_lines(rows[i].name, rows[i].done, &done);
        assert_lines(rows[i].name, rows[i].waiting, &waiting);
        app_changes_finish(&done);
        app_changes_finish(&waiting);
        app_config_destroy(before);
        app_config_destroy(after);
    }
}

/* What waits is compared with the start, so it is named until somebody restarts. */
static void waiting_is_compared_with_the_start(void **state)
{
    (void)state;
    struct app_config *started = parse("partner \"b.example\" { }");
    struct app_config *later = parse("partner \"b.example\" { }\nworkers = 2");
    struct app_changes done, waiting;
    assert_int_equal(app_config_compare(started, later, later, &done, &waiting, NULL), GP_OK);
    assert_lines("again", (const char *const[]){"workers: 1 -> 2", NULL}, &waiting);
    app_changes_finish(&done);
    app_changes_finish(&waiting);
    assert_int_equal(app_config_compare(started, later, started, &done, &waiting, NULL), GP_OK);
    assert_int_equal(waiting.count, 0);
    app_changes_finish(&done);
    app_changes_finish(&waiting);
    app_config_destroy(started);
    app_config_destroy(later);
}

static void add_name(struct gp_names *names, const char *name)
{
    assert_int_equal(gp_names_add(names, gp_span_text(name)), GP_OK);
    gp_names_seal(names);
}

static void files_are_compared_by_what_is_in_them(void **state)
{
    (void)state;
    static const char certificate[] =
        "domain \"alpha.example\": certificate: sha256 0000000000000000..., ends "
        "1970-01-01T00:00:00Z -> sha256 ab00000000000000..., ends 1970-01-02T00:00:00Z";
    static const char text[] = "partner \"b.example\" { }\n"
                               "inside \"one\" { kind = component  listen = \"127.0.0.1:5347\"  "
                               "secret-file = s }\n"
                               "domain \"z.example\" { certificate = z.pem  key = z.key\n"
                               "    inside = echo  host \"z1.example\" { address = 192.0.2.1 }\n"
                               "    inside-users \"one\" { file = a } }";
    struct app_config *before = parse(text), *after = parse(text);
    struct app_changes done, waiting;
    after->domains[0].certificate_sha256[0] = 0xab;
    after->domains[0].not_after_s = 86400;
    gp_secret_random(&after->insides[1].secret);
    gp_secret_random(&after->federation.dialback_secret);
    struct gp_names *blocked = &after->federation.blocked;
    assert_int_equal(gp_names_add(blocked, gp_span_text("bad.example")), GP_OK);
    assert_int_equal(gp_names_add(blocked, gp_span_text("worse.example")), GP_OK);
    gp_names_seal(blocked);
    struct fed_home *home = &after->federation.homes[1];
    add_name(&home->allowed_users, "a@z.example");
    add_name(&home->denied_users, "b@z.example");
    add_name(&home->elsewhere[0].users, "c@z.example");
    assert_int_equal(app_config_compare(before, before, after, &done, &waiting, NULL), GP_OK);
    assert_lines("files",
                 (const char *const[]){
                     "another dialback secret", "blocked domains: 2 added, 0 removed", certificate,
                     "domain \"z.example\": inside-users \"one\": 1 added, 0 removed",
                     "domain \"z.example\": users who may: 1 added, 0 removed",
                     "domain \"z.example\": users who may not: 1 added, 0 removed",
                     "inside \"one\": another secret", NULL},
                 &done);
    app_changes_finish(&done);
    app_changes_finish(&waiting);
    app_config_destroy(before);
    app_config_destroy(after);
}

/* A link keeps its index when others come, go and change places; a new one takes one that is free.
 */
static void inside_links_keep_their_index(void **state)
{
    (void)state;
    struct app_config *before = parse("partner \"b.example\" { }\n"
                                      "inside \"one\" { kind = echo }\n"
                                      "inside \"two\" { kind = echo }");
    struct app_config *after = parse("partner \"b.example\" { }\n"
                                     "inside \"two\" { kind = echo }\n"
                                     "inside \"three\" { kind = echo }\n"
                                     "domain \"z.example\" { certificate = z.pem  key = z.key\n"
                                     "    inside = two\n"
                                     "    host \"gw1.alpha.example\" { address = 192.0.2.1 } }");
    app_config_follow(after, before);
    assert_string_equal(after->insides[0].name, "echo");
    assert_int_equal(after->insides[0].index, 0);
    assert_string_equal(after->insides[1].name, "two");
    assert_int_equal(after->insides[1].index, 2);
    assert_string_equal(after->insides[2].name, "three");
    assert_int_equal(after->insides[2].index, 1);
    assert_int_equal(app_config_domain(after, &after->domains[1].name)->inside_index, 2);
    assert_int_equal(fed_settings_home(&after->federation, &after->domains[1].name)->inside, 2);
    app_config_destroy(before);
    app_config_destroy(after);
}

/* One out of a file goes with the file. */
static void secret_of_a_file_does_not_stay(void **state)
{
    (void)state;
    struct app_config *before = parse("partner \"b.example\" { }\ndialback-secret-file = s");
    struct app_config *after = parse("partner \"b.example\" { }");
    gp_secret_random(&before->federation.dialback_secret);
    gp_secret_random(&after->federation.dialback_secret);
    app_config_follow(after, before);
    assert_memory_not_equal(&before->federation.dialback_secret, &after->federation.dialback_secret,
                            sizeof(struct gp_secret));
    app_config_destroy(before);
    app_config_destroy(after);
}

static void random_secret_stays(void **state)
{
    (void)state;
    struct app_config *before = parse("partner \"b.example\" { }");
    struct app_config *after = parse("partner \"b.example\" { }");
    gp_secret_random(&before->federation.dialback_secret);
    gp_secret_random(&after->federation.dialback_secret);
    app_config_follow(after, before);
    assert_memory_equal(&before->federation.dialback_secret, &after->federation.dialback_secret,
                        sizeof(struct gp_secret));
    app_config_destroy(before);
    app_config_destroy(after);
}

/* Terms. */

static const struct {
    const char *name, *before, *after;
    bool is_same;
} terms_rows[] = {
    {"nothing", "", "", true},
    {"default written out", "", "tls = required", true},
    {"description", "", "description = friends", true},
    {"additional domain", "", "additional-domains = c.example", true},
    {"rate", "", "stanza-rate = 7", true},
    {"stanzas", "", "stanzas = message", true},
    {"connections", "", "connection-limit = 7", true},
    {"dialback", "", "dialback = allowed", false},
    {"dane", "", "require-dane = yes", false},
    {"route", "", "route = \"gw.b.example:5269\"", false},
};

static struct app_config *partner_with(const char *options)
{
    char text[200];
    snprintf(text, sizeof(text), "partner \"b.example\" { %s }", options);
    return parse(text);
}

static void terms_say_which_streams_go_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(terms_rows); i++) {
        struct app_config *before = partner_with(terms_rows[i].before);
        struct app_config *after = partner_with(terms_rows[i].after);
        bool is_same = before->federation.partners[0].terms == after->federation.partners[0].terms;
        if (is_same != terms_rows[i].is_same)
            fail_msg("%s: %s", terms_rows[i].name, is_same ? "the same" : "not the same");
        app_config_destroy(before);
        app_config_destroy(after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_is_compared),
        cmocka_unit_test(changes_are_told_in_words),
        cmocka_unit_test(waiting_is_compared_with_the_start),
        cmocka_unit_test(files_are_compared_by_what_is_in_them),
        cmocka_unit_test(inside_links_keep_their_index),
        cmocka_unit_test(random_secret_stays),
        cmocka_unit_test(secret_of_a_file_does_not_stay),
        cmocka_unit_test(terms_say_which_streams_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
