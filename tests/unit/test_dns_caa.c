/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of CAA records. */
#include "tests/unit/unit.h"

#include "dns/caa.h"

#include <string.h>

static void values_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        enum gp_code expected;
        const char *issuer, *account, *methods;
    } rows[] = {
        {"ca.example", GP_OK, "ca.example", "", ""},
        {" \tca.example ", GP_OK, "ca.example", "", ""},
        {";", GP_OK, "", "", ""},
        {"", GP_OK, "", "", ""},
        {"ca.example;", GP_OK, "ca.example", "", ""},
        {"ca.example; accounturi=https://ca.example/1", GP_OK, "ca.example", "https://ca.example/1",
         ""},
        {"ca.example;AccountURI = a ; validationmethods=dns-01,http-01;x=", GP_OK, "ca.example",
         "a", "dns-01,http-01"},
        {"ca.example; accounturi=a=b", GP_OK, "ca.example", "a=b", ""},
        {"ca.example; accounturi=a; accounturi=b", GP_OK, "ca.example", "b", ""},
        {"ca example", GP_ERR_INPUT, "", "", ""},
        {"ca.example; x", GP_ERR_INPUT, "", "", ""},
        {"ca.example; =x", GP_ERR_INPUT, "", "", ""},
        {"ca.example; x=a b", GP_ERR_INPUT, "", "", ""},
        {"ca.example; x-y=a", GP_ERR_INPUT, "", "", ""},
        {"ca.example; ; x=a", GP_ERR_INPUT, "", "", ""},
        {"ca.example; x=\x7f", GP_ERR_INPUT, "", "", ""},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_caa_issue issue = {0};
        /* no prefix is read beyond its end */
        for (size_t len = 0; len <= strlen(rows[i].value); len++) {
            char *copy = test_malloc(len + 1);
            memcpy(copy, rows[i].value, len);
            enum gp_code code = dns_caa_issue_read(gp_span_make(copy, len), &issue);
            assert_true(code == GP_OK || code == GP_ERR_INPUT);
            test_free(copy);
        }
        if (dns_caa_issue_read(gp_span_text(rows[i].value), &issue) != rows[i].expected)
            fail_msg("'%s'", rows[i].value);
        if (rows[i].expected != GP_OK)
            continue;
        if (!gp_span_is(issue.issuer, rows[i].issuer) ||
            !gp_span_is(issue.account_uri, rows[i].account) ||
            !gp_span_is(issue.methods, rows[i].methods))
            fail_msg("'%s': '%.*s' '%.*s' '%.*s'", rows[i].value, GP_SPAN_ARG(issue.issuer),
                     GP_SPAN_ARG(issue.account_uri), GP_SPAN_ARG(issue.methods));
    }
}

static void methods_are_found(void **state)
{
    (void)state;
    assert_true(dns_caa_has_method(gp_span_text("dns-01"), "dns-01"));
    assert_true(dns_caa_has_method(gp_span_text("http-01,DNS-01"), "dns-01"));
    assert_false(dns_caa_has_method(gp_span_text("http-01,dns-011"), "dns-01"));
    assert_false(dns_caa_has_method(gp_span_text(",,"), "dns-01"));
    assert_false(dns_caa_has_method(gp_span_text(""), "dns-01"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(methods_are_found),
    };
    return cmocka_run_group_tests_name("dns_caa", tests, NULL, NULL);
}
