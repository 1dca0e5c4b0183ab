/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may issue the certificate: T12. The site's issuer is ca.example. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#define ACCOUNT "caa-account-uri = \"https://ca.example/7\""
#define METHOD  "caa-validation-methods = {\"dns-01\"}"

static void set(struct fixture *fx, const char *tag, const char *value)
{
    const struct dns_rdata record = fixture_caa(fx, 0, tag, value);
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, &record, 1);
}

static void other_issuer(struct fixture *fx)
{
    set(fx, "issue", "other.example");
}

static void nobody(struct fixture *fx)
{
    set(fx, "issue", ";");
}

static void malformed(struct fixture *fx)
{
    set(fx, "issue", "ca.example; =");
}

static void several(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_caa(fx, 0, "issue", "other.example"),
                                        fixture_caa(fx, 0, "ISSUE", " CA.example ")};
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, records, 2);
}

static void for_reports_only(struct fixture *fx)
{
    set(fx, "iodef", "mailto:security@alpha.example");
}

static void strange_and_critical(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_caa(fx, 0, "issue", "ca.example"),
                                        fixture_caa(fx, 128, "tbs", "x")};
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, records, 2);
}

static void for_an_account(struct fixture *fx)
{
    set(fx, "issue", "ca.example; accounturi=https://ca.example/7");
}

static void by_methods(struct fixture *fx)
{
    set(fx, "issue", "ca.example; validationmethods=http-01,dns-01");
}

static void by_another_method(struct fixture *fx)
{
    set(fx, "issue", "ca.example; validationmethods=http-01");
}

static void above_only(struct fixture *fx)
{
    const struct dns_rdata record = fixture_caa(fx, 0, "issue", "other.example");
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, NULL, 0);
    fixture_set_aside(fx, "example", DNS_TYPE_CAA, DNS_SECURE, &record, 1);
}

static void none_at_all(struct fixture *fx)
{
    fixture_set_aside(fx, "alpha.example", DNS_TYPE_CAA, DNS_SECURE, NULL, 0);
}

static void failed(struct fixture *fx)
{
    fixture_fail(fx, "alpha.example", DNS_TYPE_CAA, DNS_INSECURE, "SERVFAIL");
}

static void no_issuer(struct fixture *fx)
{
    fx->config->domains[0].caa_issuer_count = 0;
}

const struct readiness_row readiness_rows_caa[] = {
    {"T12", "another issuer", "", NULL, other_issuer, APP_FAIL, "does not permit ca.example"},
    {"T12", "what to publish", "", NULL, other_issuer, APP_FAIL, "issue \"ca.example\""},
    {"T12", "nobody", "", NULL, nobody, APP_FAIL, "0 issue \";\""},
    {"T12", "malformed permits nobody", "", NULL, malformed, APP_FAIL, "does not permit"},
    {"T12", "one of several, in any case", "", NULL, several, APP_PASS, "permits ca.example"},
    {"T12", "no word of issuers", "", NULL, for_reports_only, APP_PASS, "names no authority"},
    {"T12", "critical", "", NULL, strange_and_critical, APP_FAIL, "critical"},
    {"T12", "our account", ACCOUNT, NULL, for_an_account, APP_PASS, ""},
    {"T12", "some account", "", NULL, for_an_account, APP_FAIL, "caa-account-uri"},
    {"T12", "our method", METHOD, NULL, by_methods, APP_PASS, ""},
    {"T12", "another method", METHOD, NULL, by_another_method, APP_FAIL, "other ways of proof"},
    {"T12", "of the domain above", "", NULL, above_only, APP_FAIL, "example CAA"},
    {"T12", "none at all", "", NULL, none_at_all, APP_PASS, "every authority may issue"},
    {"T12", "failed", "", NULL, failed, APP_UNKNOWN, "SERVFAIL"},
    {"T12", "nobody is named", "", NULL, no_issuer, APP_SKIP, "caa-issuer"},
};
const size_t readiness_rows_caa_count = GP_ARRAY_LEN(readiness_rows_caa);
