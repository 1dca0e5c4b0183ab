/* SPDX-License-Identifier: BSD-2-Clause */
/* The section that says what the readiness check goes by, and limits. */
#include "tests/unit/unit.h"

#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* Of ten addresses. */
#define TEN                                                                             \
    "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,10.0.0.8,10.0.0.9," \
    "10.0.0.10"

static const char before[] = "inside \"echo\" { kind = echo }  partner \"b.example\" { }\n"
                             "domain \"alpha.example\" { certificate = c  key = k  inside = echo\n"
                             "host \"gw1.alpha.example\" { address = 192.0.2.2 } }\n";

static enum gp_code parse(const char *section, struct app_config **ret, struct gp_err *err)
{
    char text[2000];
    snprintf(text, sizeof(text), "%s%s\n", before, section);
    return app_config_parse(gp_span_text(text), "/etc/gatepost/test.conf", ret, NULL, err);
}

static void public_resolvers_are_addresses(void **state)
{
    (void)state;
    struct app_config *config = NULL;
    assert_int_equal(parse("check { public-resolvers = { 192.0.2.53, \"[2001:db8::53]:5353\" } }",
                           &config, NULL),
                     GP_OK);
    assert_int_equal(config->check.resolver_count, 2);
    assert_int_equal(config->check.resolvers[0].port, 53);
    assert_int_equal(config->check.resolvers[1].port, 5353);
    app_config_destroy(config);
}

static void a_probe_domain_may_be_at_the_usual_port(void **state)
{
    (void)state;
    struct app_config *config = NULL;
    assert_int_equal(parse("check { probe-domain = probe.example.net\n"
                           "probe-listen = 198.51.100.9 }",
                           &config, NULL),
                     GP_OK);
    assert_string_equal(config->check.probe_domain.ascii, "probe.example.net");
    assert_int_equal(config->check.probe_listen.port, 5269);
    assert_null(config->check.probe_certificate);
    app_config_destroy(config);
}

static void faults_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *section, *sentence; /* part of it, with the line; NULL: nothing is wrong */
    } rows[] = {
        {"check { }", NULL},
        {"check { public-resolvers = {" TEN
         ",10.1.0.1,10.1.0.2,10.1.0.3,10.1.0.4,10.1.0.5,10.1.0.6} }",
         NULL},
        {"check {\npublic-resolvers = {" TEN
         ",10.1.0.1,10.1.0.2,10.1.0.3,10.1.0.4,10.1.0.5,10.1.0.6,10.1.0.7} }",
         ":5: check: public-resolvers: 17 addresses, allowed: up to 16"},
        {"check {\nprobe-domain = probe.example.net }",
         ":5: check: probe-domain: it is of no use without probe-listen"},
        {"check {\nprobe-listen = 198.51.100.9 }",
         ":5: check: probe-listen: it is of no use without probe-domain"},
        {"check {\nprobe-domain = alpha.example\nprobe-listen = 198.51.100.9 }",
         ":5: check: probe-domain: alpha.example is served here"},
        {"check {\nprobe-domain = probe.example.net\nprobe-listen = 198.51.100.9\n"
         "probe-key = /k.pem }",
         ":7: check: probe-key: it is of no use without probe-certificate"},
        {"check {\npublic-resolvers = dns.example }", ":5: check: public-resolvers: 'dns.example'"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_err err = {.text = ""};
        enum gp_code code = parse(rows[i].section, &config, &err);
        if (code != (rows[i].sentence ? GP_ERR_CONFIG : GP_OK) ||
            (rows[i].sentence && !strstr(err.text, rows[i].sentence)))
            fail_msg("%s: %s", rows[i].section, err.text);
        app_config_destroy(config);
    }
}

/* What one of them allows, the other has to leave room for. */
static void limits_belong_together(void **state)
{
    (void)state;
    static const struct {
        const char *section, *sentence;
    } rows[] = {
        {"limits { retry-min = 10min }", ":4: limits: retry-min must not be more than retry-max"},
        {"limits {\n retry-max = 2s }", ":5: limits: retry-min must not be more than retry-max"},
        {"limits { inside-retry-min = 5min }",
         ":4: limits: inside-retry-min must not be more than inside-ret"},
        {"limits { inside-retry-max = 30min }",
         ":4: limits: inside-retry-max must not be more than retry-max"},
        {"limits { connect-timeout = 60s attempt-timeout = 50s }",
         ":4: limits: connect-timeout must not be"},
        {"limits { verify-timeout = 60s dialback-timeout = 50s }",
         ":4: limits: verify-timeout must not be"},
        {"limits { header-timeout = 60s setup-timeout = 50s }",
         ":4: limits: header-timeout must not be more"},
        {"limits { tls-timeout = 60s setup-timeout = 50s }",
         ":4: limits: tls-timeout must not be more"},
        {"limits { connections-per-address = 2000 connections = 1000 }",
         ":4: limits: connections-per-address"},
        {"limits { verifies-per-stream = 200 verifies-per-address = 100 }",
         ":4: limits: verifies-per-stream"},
        {"limits { verifies-per-address = 1000 verifies = 900 }",
         ":4: limits: verifies-per-address must not"},
        {"limits { stanza-bytes = 10MiB }",
         ":4: limits: stanza-bytes must not be more than queue-bytes"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config = NULL;
        struct gp_err err = {.text = ""};
        if (parse(rows[i].section, &config, &err) != GP_ERR_CONFIG ||
            !strstr(err.text, rows[i].sentence))
            fail_msg("%s: %s", rows[i].section, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_resolvers_are_addresses),
        cmocka_unit_test(a_probe_domain_may_be_at_the_usual_port),
        cmocka_unit_test(faults_are_told),
        cmocka_unit_test(limits_belong_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
