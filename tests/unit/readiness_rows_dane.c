/* SPDX-License-Identifier: BSD-2-Clause */
/* TLSA records: S4, N. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#define COUNT(records) (records), GP_ARRAY_LEN(records)

static void bogus_tlsa(struct fixture *fx)
{
    fixture_fail(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_BOGUS, "no signatures");
}

static void insecure_tlsa(struct fixture *fx)
{
    fixture_make_insecure(fx, FX_TLSA, DNS_TYPE_TLSA);
}

static void wrong_port(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5222, FX_HOST);
}

static void no_tlsa(struct fixture *fx)
{
    fixture_remove(fx, FX_TLSA, DNS_TYPE_TLSA);
}

static void unseen_tlsa(struct fixture *fx)
{
    fixture_forget(fx, FX_TLSA, DNS_TYPE_TLSA);
}

static void other_tlsa(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 3, 1, 1, "other");
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void next_tlsa(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_tlsa(fx, 3, 1, 1, "next"),
                                        fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY)};
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

static void extra_kind(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY),
                                        fixture_tlsa(fx, 3, 0, 1, "other")};
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

static void good_kinds(struct fixture *fx)
{
    const struct dns_rdata records[] = {
        fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY), fixture_tlsa(fx, 3, 0, 1, FX_OWN_KEY),
        fixture_tlsa(fx, 3, 1, 2, FX_OWN_KEY), fixture_tlsa(fx, 1, 1, 1, FX_OWN_KEY)};
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

static void malformed_tlsa(struct fixture *fx)
{
    struct dns_rdata records[] = {fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY),
                                  fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY)};
    records[1].len = 2;
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

static struct app_seen_probe *probe(struct fixture *fx)
{
    return fixture_probe(fx, 5269, GP_IPV6);
}

static void dane_mismatch(struct fixture *fx)
{
    probe(fx)->result->tls->dane = FED_DANE_MISMATCH;
}

static void dane_not_used(struct fixture *fx)
{
    probe(fx)->result->tls->dane = FED_DANE_NOT_USED;
}

const struct readiness_row readiness_rows_dane[] = {
    {"S4", "bogus", "", bogus_tlsa, NULL, APP_FAIL, FX_TLSA},
    {"S4", "insecure with DANE", "", insecure_tlsa, NULL, APP_FAIL, FX_TLSA},
    {"S4", "none, and none wanted", "dane = no", no_tlsa, NULL, APP_SKIP, "wants none"},
    {"N1", "none", "", no_tlsa, NULL, APP_FAIL, "IN TLSA 3 1 1"},
    {"N1", "none wanted", "dane = no", no_tlsa, NULL, APP_SKIP, "no DANE"},
    {"N1", "a wrong port", "", wrong_port, NULL, APP_SKIP, "V3"},
    {"N1", "not seen", "", unseen_tlsa, NULL, APP_UNKNOWN, "the time was up"},
    {"N2", "mismatch", "", other_tlsa, dane_mismatch, APP_FAIL, "does not match"},
    {"N2", "what to publish", "", other_tlsa, dane_mismatch, APP_FAIL, "IN TLSA 3 1 1"},
    {"N2", "matches, insecure", "", insecure_tlsa, dane_not_used, APP_WARN, "sign the zone"},
    {"N2", "current and next", "", next_tlsa, NULL, APP_PASS, ""},
    {"N2", "none", "", no_tlsa, NULL, APP_SKIP, "N1"},
    {"N2", "bogus", "", bogus_tlsa, NULL, APP_UNKNOWN, "S4"},
    {"N3", "a kind that does not match", "", extra_kind, NULL, APP_FAIL, "3 0 1"},
    {"N3", "all kinds match", "", good_kinds, NULL, APP_PASS, ""},
    {"N3", "current and next", "", next_tlsa, NULL, APP_PASS, ""},
    {"N3", "malformed", "", malformed_tlsa, NULL, APP_FAIL, "malformed"},
    {"N3", "none matches at all", "", other_tlsa, dane_mismatch, APP_SKIP, "N2"},
};
const size_t readiness_rows_dane_count = GP_ARRAY_LEN(readiness_rows_dane);
