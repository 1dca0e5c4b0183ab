/* SPDX-License-Identifier: BSD-2-Clause */
/* TLSA records: S4, N. */
#include "tests/unit/unit.h"

#include "base/digest.h"
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

/* A domain of the configuration has it, but not on this host. */
static void key_of_beta(struct fixture *fx)
{
    uint8_t digest[GP_DIGEST_MAX];
    gp_digest(GP_SHA256, "next", strlen("next"), digest);
    if (fx->config->domain_count > 1) /* made public, the site has one */
        memcpy(fx->config->domains[1].spki_sha256, digest, 32);
}

static void certificate_of_beta(struct fixture *fx)
{
    static const char text[] = "another certificate"; /* as the fixture has it for "next" */
    uint8_t digest[GP_DIGEST_MAX];
    gp_digest(GP_SHA256, text, strlen(text), digest);
    memcpy(fx->config->domains[1].certificate_sha256, digest, 32);
}

static void next_certificate(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_tlsa(fx, 3, 0, 1, "next"),
                                        fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY)};
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

/* N4: the key that is to come is "next". */
static void set_next_key(struct fixture *fx)
{
    uint8_t digest[GP_DIGEST_MAX];
    gp_digest(GP_SHA256, "next", strlen("next"), digest);
    memcpy(fx->config->domains[0].next_spki_sha256, digest, 32);
}

static void next_key_published(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_tlsa(fx, 3, 1, 1, "next"),
                                        fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY)};
    set_next_key(fx);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
    fixture_set(fx, FX_DIRECT_TLSA, DNS_TYPE_TLSA, DNS_SECURE, COUNT(records));
}

static void next_key_added_lately(struct fixture *fx)
{
    fixture_known_for_long(fx, FX_TTL_S);
    fixture_before(fx, FX_TLSA, DNS_TYPE_TLSA, "3 1 1 aa", FX_TTL_S, 3600);
}

static void next_key_known_for_long(struct fixture *fx)
{
    fixture_known_for_long(fx, FX_TTL_S);
}

/* Two TTLs end now. */
static void next_key_known_until_now(struct fixture *fx)
{
    fixture_known_for_long(fx, FX_TTL_S);
    fixture_before(fx, FX_TLSA, DNS_TYPE_TLSA, "3 1 1 aa", FX_TTL_S, 2 * FX_TTL_S);
}

static void next_key_missing_at_one(struct fixture *fx)
{
    fixture_rrset(fx, FX_TLSA, DNS_TYPE_TLSA)->replies[1].records[0] =
        fixture_tlsa(fx, 3, 1, 1, "former");
}

static void next_key_not_seen(struct fixture *fx)
{
    fixture_rrset(fx, FX_TLSA, DNS_TYPE_TLSA)->replies[1] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

static void insecure_services(struct fixture *fx)
{
    fixture_domain(fx)->endpoints->srv_is_secure = false;
}

static void full_data(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 3, 1, 0, FX_OWN_KEY);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void strange_kind(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 4, 1, 1, FX_OWN_KEY);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void of_authority(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 2, 0, 1, FX_OWN_KEY);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void alias_of_tlsa(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY);
    fixture_alias(fx, FX_TLSA, DNS_TYPE_TLSA, "tlsa.alpha.example", &record, 1);
}

static void insecure_alias(struct fixture *fx)
{
    alias_of_tlsa(fx);
    fixture_make_insecure(fx, FX_TLSA, DNS_TYPE_TLSA);
}

static void short_digest(struct fixture *fx)
{
    struct dns_rdata record = fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY);
    record.len -= 1;
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

/* As SHA-256 under the number of SHA-512. */
static void wrong_matching(struct fixture *fx)
{
    struct dns_rdata record = fixture_tlsa(fx, 3, 1, 2, FX_OWN_KEY);
    record.len = 3 + 32;
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void no_data(struct fixture *fx)
{
    struct dns_rdata record = fixture_tlsa(fx, 3, 0, 0, FX_OWN_KEY);
    record.len = 3;
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
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
    {"N4", "not published", "next-key = \"next.key\"", set_next_key, NULL, APP_WARN,
     "IN TLSA 3 1 1"},
    {"N4", "published, and not seen before", "next-key = \"next.key\"", next_key_published, NULL,
     APP_WARN, "safe to use from 2027-01-15T10:00:00Z on"},
    {"N4", "published lately", "next-key = \"next.key\"", next_key_published, next_key_added_lately,
     APP_WARN, "safe to use from 2027-01-15T09:00:00Z on"},
    {"N4", "published for long", "next-key = \"next.key\"", next_key_published,
     next_key_known_for_long, APP_PASS, "next.key is published, and safe to use since"},
    {"N4", "to the second", "next-key = \"next.key\"", next_key_published, next_key_known_until_now,
     APP_PASS, "safe to use since 2027-01-15T08:00:00Z"},
    {"N4", "not by one server", "next-key = \"next.key\"", next_key_published,
     next_key_missing_at_one, APP_WARN, "ns2.example"},
    {"N4", "one server not seen", "next-key = \"next.key\"", next_key_published, next_key_not_seen,
     APP_UNKNOWN, "ns2.example"},
    {"N4", "no DANE", "dane = no", NULL, NULL, APP_SKIP, "no DANE"},
    {"N4", "not known", "", unseen_tlsa, NULL, APP_UNKNOWN, "the time was up"},
    {"N5", "a key that nobody has", "", next_tlsa, NULL, APP_WARN, "does not know"},
    {"N5", "of another domain", "", next_tlsa, key_of_beta, APP_WARN, "the key of beta.example"},
    {"N5", "a certificate of another domain", "dane = yes", next_certificate, certificate_of_beta,
     APP_WARN, "the key of beta.example"},
    {"N5", "the same key otherwise", "", good_kinds, NULL, APP_PASS, "all the same"},
    {"N5", "none", "", no_tlsa, NULL, APP_SKIP, "N1"},
    {"N5", "bogus", "", bogus_tlsa, NULL, APP_UNKNOWN, "S4"},
    {"N6", "usage 1, whole certificate", "", good_kinds, NULL, APP_WARN, "each renewal"},
    {"N6", "usage 1", "", good_kinds, NULL, APP_WARN, "public authorities"},
    {"N6", "in full", "", full_data, NULL, APP_WARN, "in full"},
    {"N6", "of no known kind", "", strange_kind, NULL, APP_WARN, "nobody knows"},
    {"N6", "of an authority", "", of_authority, NULL, APP_PASS, ""},
    {"N7", "insecure", "", insecure_tlsa, NULL, APP_WARN, "not signed"},
    {"N7", "insecure service records", "", NULL, insecure_services, APP_WARN, "S2"},
    {"N7", "none", "", no_tlsa, NULL, APP_SKIP, "N1"},
    {"N8", "secure", "", alias_of_tlsa, NULL, APP_WARN, "partners follow it"},
    {"N8", "insecure", "", insecure_alias, NULL, APP_WARN, "do not follow it"},
    {"N8", "the way out", "", alias_of_tlsa, NULL, APP_WARN, "IN CNAME tlsa.alpha.example."},
    {"N8", "not seen", "", unseen_tlsa, NULL, APP_UNKNOWN, "the time was up"},
    {"N9", "too short", "", short_digest, NULL, APP_FAIL, "31 octets where the digest has 32"},
    {"N9", "another digest", "", wrong_matching, NULL, APP_FAIL, "where the digest has 64"},
    {"N9", "no data", "", no_data, NULL, APP_FAIL, "without any data"},
    {"N9", "malformed", "", malformed_tlsa, NULL, APP_FAIL, "malformed"},
};
const size_t readiness_rows_dane_count = GP_ARRAY_LEN(readiness_rows_dane);
