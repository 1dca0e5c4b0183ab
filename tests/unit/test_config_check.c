/* SPDX-License-Identifier: BSD-2-Clause */
/* The section that says what the readiness check goes by. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_resolvers_are_addresses),
        cmocka_unit_test(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
