/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells a finding from its neighbour: to the second, whose word counts, and what is left out.
 */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#define COUNT(records) (records), GP_ARRAY_LEN(records)
#define OLD_SRV        "10 0 5269 old.alpha.example."

static struct app_seen_rrset *srv(struct fixture *fx)
{
    return fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
}

static struct app_seen_probe *probe(struct fixture *fx)
{
    return fixture_probe(fx, 5269, GP_IPV6);
}

/* The same record with another weight. */
static struct dns_rdata with_weight(struct fixture *fx, struct dns_rdata record, uint8_t weight)
{
    uint8_t *copy = gp_arena_alloc(&fx->seen->arena, record.len);
    memcpy(copy, record.at, record.len);
    copy[3] = weight;
    return (struct dns_rdata){.at = copy, .len = record.len};
}

/* Zones: whose word counts. */

static void newer_than_planned(struct fixture *fx)
{
    fx->seen->zones->servers[1].soa[DNS_UDP].serial = 8;
    srv(fx)->replies[1].records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
}

/* Neither is as planned. */
static void both_differ(struct fixture *fx)
{
    srv(fx)->replies[0].records[0] = fixture_srv(fx, 10, 5269, "one.alpha.example");
    srv(fx)->replies[1].records[0] = fixture_srv(fx, 10, 5269, "two.alpha.example");
}

/* RFC 1982: 7 comes after it. */
static void serial_wraps(struct fixture *fx)
{
    both_differ(fx);
    fx->seen->zones->servers[1].soa[DNS_UDP].serial = UINT32_MAX - 10;
}

static void negative_to_the_second(struct fixture *fx)
{
    fx->seen->zones->negative_s = 3600;
}

static void negative_and_a_second(struct fixture *fx)
{
    fx->seen->zones->negative_s = 3601;
}

static void one_server_without_it(struct fixture *fx)
{
    fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->replies[1] =
        (struct app_seen_reply){.seen = APP_CAME, .is_authoritative = true};
}

static void signature_ends_now(struct fixture *fx)
{
    srv(fx)->replies[1].signed_until_s = fx->now_s;
}

static void siblings_not_seen(struct fixture *fx)
{
    assert_true(app_seen_siblings(fx->seen, srv(fx)));
}

static void keys_in_a_zone_of_their_own(struct fixture *fx)
{
    fixture_cut(fx, FX_TLSA, DNS_TYPE_TLSA, "_tcp.gw1.alpha.example");
}

static void keys_of_the_legacy_gateway_elsewhere(struct fixture *fx)
{
    fixture_cut(fx, "_5269._tcp.old.alpha.example", DNS_TYPE_TLSA, "old.alpha.example");
}

/* Time: what had been said ends with this second. */

static void moved_until_now(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
    fixture_before(fx, FX_ZONE, DNS_TYPE_NS, "ns7.example.", 7200, 7200);
}

static void to_switch(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "old.alpha.example");
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, "old.alpha.example");
}

static void switched_until_now(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 7200, 7200);
}

static void off_until_now(struct fixture *fx)
{
    switched_until_now(fx);
    fixture_stop_at(fixture_probe_of(fx, FX_LEGACY_HOST, 5269), FED_PROBE_NOTHING, FED_CLOSE_DONE,
                    "");
}

static void legacy_lasts_to_the_second(struct fixture *fx)
{
    switched_until_now(fx);
    fixture_probe_of(fx, FX_LEGACY_HOST, 5269)->result->tls->peer->not_after_s =
        fx->now_s + fx->config->domains[0].legacy->rollback_s;
}

static void chain_of_the_legacy_gateway_ends(struct fixture *fx)
{
    fixture_probe_of(fx, FX_LEGACY_HOST, 5269)->result->tls->chain_not_after_s = fx->now_s + 60;
}

static void no_journal(struct fixture *fx)
{
    assert_int_equal(app_histories_create(fx->seen, "the journal is broken", &fx->histories, NULL),
                     GP_OK);
}

static void legacy_address_at_apex(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, FX_LEGACY_IPV4);
    fixture_set(fx, FX_ZONE, DNS_TYPE_A, DNS_SECURE, &record, 1);
}

static void known_long(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
}

/* The resolver still has it. */
static void servers_deny_the_address(struct fixture *fx)
{
    struct app_seen_rrset *rrset = fixture_rrset(fx, FX_HOST, DNS_TYPE_A);
    for (size_t i = 0; i < 2; i++)
        rrset->replies[i].count = 0;
    fixture_known_for_long(fx, 300);
}

/* Service records: the order of trial. */

static void greater_weight_last(struct fixture *fx)
{
    const struct dns_rdata records[] = {
        fixture_srv(fx, 10, 5269, FX_HOST),
        with_weight(fx, fixture_srv(fx, 10, 5269, "gw2.alpha.example"), 5)};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

static void another_weight(struct fixture *fx)
{
    const struct dns_rdata record = with_weight(fx, fixture_srv(fx, 10, 5269, FX_HOST), 5);
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, &record, 1);
}

/* What is served. */

static void usage_of_an_authority(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 0, 1, 1, "authority");
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void served_by_the_authority(struct fixture *fx)
{
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *one = at->probes; one; one = one->next)
            if (one->kind == APP_PROBE_PARTNER && at->srv.port == 5269 && at->tlsa) {
                fixture_add_authority(one, "authority");
                one->result->tls->dane = FED_DANE_NOT_USED;
            }
}

static void unknown_selector(struct fixture *fx)
{
    const struct dns_rdata record = fixture_tlsa(fx, 3, 2, 1, FX_OWN_KEY);
    fixture_set(fx, FX_TLSA, DNS_TYPE_TLSA, DNS_SECURE, &record, 1);
}

static void dane_not_used(struct fixture *fx)
{
    probe(fx)->result->tls->dane = FED_DANE_NOT_USED;
}

/* Such as one whose chain does not verify. */
static void mismatch_all_the_same(struct fixture *fx)
{
    probe(fx)->result->tls->dane = FED_DANE_MISMATCH;
}

static void ended_for_another_reason(struct fixture *fx)
{
    fixture_stop_at(probe(fx), FED_PROBE_ANSWERED, FED_CLOSE_PEER_ERROR, "policy-violation");
}

static void another_name_that_dane_makes_good(struct fixture *fx)
{
    fixture_set_name(probe(fx), "other.example");
}

static void our_key_for_another_name(struct fixture *fx)
{
    fixture_set_name(probe(fx), "other.example");
    probe(fx)->result->tls->dane = FED_DANE_NOT_USED;
}

#define LEGACY_AT_APEX "legacy { host = \"alpha.example:5269\"  address = " FX_LEGACY_IPV4 " }"

const struct readiness_row readiness_rows_bounds[] = {
    {"Z2", "the plan before the serial", "", NULL, newer_than_planned, APP_FAIL,
     "alpha.example: ns2.example"},
    {"Z2", "the first of equals", "", NULL, both_differ, APP_FAIL, "alpha.example: ns2.example"},
    {"Z2", "serials go round", "", NULL, serial_wraps, APP_FAIL, "alpha.example: ns2.example"},
    {"Z5", "to the second", "", NULL, negative_to_the_second, APP_PASS, "3600 s"},
    {"Z5", "a second more", "", NULL, negative_and_a_second, APP_WARN, "3601 s"},
    {"Z6", "where there is none", "", NULL, one_server_without_it, APP_PASS, FX_HOST " A"},
    {"Z7", "keys of the legacy gateway", FX_LEGACY, fixture_before_switch,
     keys_of_the_legacy_gateway_elsewhere, APP_PASS, "all its names"},
    {"Z8", "whether a wildcard answers is not known", "", NULL, siblings_not_seen, APP_UNKNOWN,
     FX_STARTTLS_SRV},
    {"Z9", "to the second", "", to_switch, moved_until_now, APP_PASS, "that it had"},
    {"S5", "a zone of keys alone", "", NULL, keys_in_a_zone_of_their_own, APP_UNKNOWN,
     "_tcp.gw1.alpha.example"},
    {"S6", "to the second", "", NULL, signature_ends_now, APP_FAIL, "that ended at"},
    {"I2", "to the second", FX_LEGACY, fixture_legacy_in_dns, off_until_now, APP_SKIP,
     "not needed any more"},
    {"I6", "to the second", FX_LEGACY, NULL, switched_until_now, APP_PASS, "no server leads"},
    {"I6", "no journal", FX_LEGACY, NULL, no_journal, APP_PASS, "no server leads"},
    {"I6", "the domain's own address", LEGACY_AT_APEX, legacy_address_at_apex, known_long, APP_PASS,
     "no server leads"},
    {"I7", "to the second", FX_LEGACY, fixture_legacy_in_dns, legacy_lasts_to_the_second, APP_PASS,
     "needed until"},
    {"I7", "the chain ends first", FX_LEGACY, fixture_before_switch,
     chain_of_the_legacy_gateway_ends, APP_FAIL, "too early"},
    {"M1", "to the second", "", to_switch, switched_until_now, APP_PASS, "no copy with a longer"},
    {"M2", "denied by the servers", "", NULL, servers_deny_the_address, APP_PASS, "is no new name"},
    {"V10", "a foreign one beside", "", greater_weight_last, NULL, APP_PASS, "a foreign system"},
    {"V11", "the greater weight first", "", greater_weight_last, NULL, APP_PASS,
     "(XEP-0368): gw2.alpha.example:5269"},
    {"V11", "one service after the other", "", NULL, NULL, APP_PASS,
     "direct TLS, then gw1.alpha.example:5269"},
    {"V11", "another weight", "", another_weight, NULL, APP_WARN, "another order than planned"},
    {"N2", "of the authority", "", usage_of_an_authority, served_by_the_authority, APP_WARN,
     "of usage 2 or 3"},
    {"N2", "an unknown selector", "", unknown_selector, dane_not_used, APP_FAIL, "does not match"},
    {"N2", "a mismatch whatever the records say", "", NULL, mismatch_all_the_same, APP_FAIL,
     "matches no TLSA record"},
    {"T3", "ended for another reason", "", NULL, ended_for_another_reason, APP_PASS,
     "as a server to servers"},
    {"T4", "by DANE", "", NULL, another_name_that_dane_makes_good, APP_PASS,
     "the right certificate to who asks for the domain, and"},
    {"T7", "our key for another name", "", NULL, our_key_for_another_name, APP_SKIP,
     "none of this gateway's certificates"},
};
const size_t readiness_rows_bounds_count = GP_ARRAY_LEN(readiness_rows_bounds);
