/* SPDX-License-Identifier: BSD-2-Clause */
/* Zones, servers, signatures: Z3, Z4, Z7, Z8, S1, S5 to S8, V13, B3. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#include <stdlib.h>

static struct app_seen_server *server(struct fixture *fx, size_t index)
{
    return &fx->seen->zones->servers[index];
}

static void older_serial(struct fixture *fx)
{
    server(fx, 1)->soa[DNS_UDP].serial = 6;
}

static void unseen_serial(struct fixture *fx)
{
    server(fx, 1)->soa[DNS_UDP] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no answer within 3.0 s"};
}

/* The host lives in a zone of its own; on_same_servers: which the same servers serve. */
static void cut_off(struct fixture *fx, bool on_same_servers)
{
    struct app_seen_zone *zone = fixture_cut(fx, FX_HOST, DNS_TYPE_A, FX_HOST);
    if (!on_same_servers)
        zone->zone->servers[0].name = fixture_name("ns.elsewhere.example");
}

static void zone_cut(struct fixture *fx)
{
    cut_off(fx, true);
}

static void foreign_zone_cut(struct fixture *fx)
{
    cut_off(fx, false);
}

static void zone_not_known(struct fixture *fx)
{
    struct app_seen_owner *owner = fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->owner;
    owner->seen = APP_NOTHING_CAME;
    owner->why = "SERVFAIL";
    owner->zone = NULL;
}

static void bogus_address(struct fixture *fx)
{
    fixture_fail(fx, FX_HOST, DNS_TYPE_A, DNS_BOGUS, "signature expired");
}

static struct app_seen_reply *reply(struct fixture *fx, enum dns_type type, size_t index)
{
    return &fixture_rrset(fx, FX_HOST, type)->replies[index];
}

static void target_without_addresses(struct fixture *fx)
{
    reply(fx, DNS_TYPE_A, 1)->count = reply(fx, DNS_TYPE_AAAA, 1)->count = 0;
}

static void target_with_one_family(struct fixture *fx)
{
    reply(fx, DNS_TYPE_A, 1)->count = 0;
}

static void addresses_not_seen(struct fixture *fx)
{
    *reply(fx, DNS_TYPE_A, 1) =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

static void target_elsewhere(struct fixture *fx)
{
    zone_cut(fx);
}

/* Z4 */

static struct app_seen_referral *referral(struct fixture *fx)
{
    return &fx->seen->zones->referrals[0];
}

static void delegated_elsewhere(struct fixture *fx)
{
    referral(fx)->servers[1] = fixture_name("old.example");
}

/* The second server is inside of the zone. */
static void move_server_inside(struct fixture *fx)
{
    struct dns_name name = fixture_name("ns2.alpha.example");
    fx->seen->zones->zone->servers[1].name = name;
    referral(fx)->servers[1] = name;
}

static void glue(struct fixture *fx, const char *addr)
{
    struct app_seen_glue *at = &referral(fx)->glue[referral(fx)->glue_count++];
    at->name = fixture_name("ns2.alpha.example");
    assert_int_equal(gp_addr_parse(addr, &at->addr), GP_OK);
}

static void missing_glue(struct fixture *fx)
{
    move_server_inside(fx);
}

static void stale_glue(struct fixture *fx)
{
    move_server_inside(fx);
    glue(fx, "192.0.2.2");
    glue(fx, "192.0.2.99");
}

static void right_glue(struct fixture *fx)
{
    move_server_inside(fx);
    glue(fx, "192.0.2.2");
}

static void parent_serves_both(struct fixture *fx)
{
    referral(fx)->is_referral = false;
}

static void parent_silent(struct fixture *fx)
{
    referral(fx)->seen = APP_NOTHING_CAME;
    referral(fx)->why = "connection refused";
}

static void parent_not_found(struct fixture *fx)
{
    fx->seen->zones->parent->seen = APP_NOTHING_CAME;
    fx->seen->zones->parent->why = "SERVFAIL";
}

/* Z8 */

static struct app_seen_reply *srv_reply(struct fixture *fx, size_t index)
{
    return &fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[index];
}

static void wildcard(struct fixture *fx)
{
    srv_reply(fx, 1)->is_wildcard = true;
}

static void wildcard_not_as_planned(struct fixture *fx)
{
    wildcard(fx);
    srv_reply(fx, 1)->records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
}

static void wildcard_alias(struct fixture *fx)
{
    srv_reply(fx, 1)->is_wildcard = srv_reply(fx, 1)->is_alias = true;
    srv_reply(fx, 1)->count = 0;
}

static void dname(struct fixture *fx)
{
    srv_reply(fx, 0)->is_dname = srv_reply(fx, 0)->is_alias = true;
}

/* In a zone that is not signed a sibling tells; with_answer: it has the same records. */
static void add_siblings(struct fixture *fx, bool with_answer)
{
    struct app_seen_rrset *srv = fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
    assert_true(app_seen_siblings(fx->seen, srv));
    for (size_t i = 0; i < 2; i++) {
        srv->siblings[i] = srv->replies[i];
        if (!with_answer)
            srv->siblings[i].count = 0;
    }
}

static void srv_zone_not_known(struct fixture *fx)
{
    struct app_seen_owner *owner = fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->owner;
    owner->seen = APP_NOTHING_CAME;
    owner->why = "SERVFAIL";
}

static void sibling_answers(struct fixture *fx)
{
    for (size_t i = 0; i < 2; i++)
        srv_reply(fx, i)->records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
    add_siblings(fx, true);
}

static void sibling_denied(struct fixture *fx)
{
    add_siblings(fx, false);
}

static void no_word(struct fixture *fx)
{
    for (size_t i = 0; i < 2; i++)
        *srv_reply(fx, i) =
            (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

/* S1 */

static void bogus_root(struct fixture *fx)
{
    fixture_fail(fx, ".", DNS_TYPE_SOA, DNS_BOGUS, "signature not yet valid");
}

static void insecure_root(struct fixture *fx)
{
    const struct dns_rdata soa = fixture_addr(fx, FX_IPV4); /* any data */
    fixture_set_aside(fx, ".", DNS_TYPE_SOA, DNS_INSECURE, &soa, 1);
}

static void nothing_secure(struct fixture *fx)
{
    insecure_root(fx);
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next)
        at->answer->security = DNS_INSECURE;
}

static void failed_root(struct fixture *fx)
{
    fixture_fail(fx, ".", DNS_TYPE_SOA, DNS_INSECURE, "no name server answered");
}

/* S5 */

static void other_ds(struct fixture *fx)
{
    const struct dns_rdata ds = fixture_ds(fx, "former");
    fixture_set(fx, "alpha.example", DNS_TYPE_DS, DNS_SECURE, &ds, 1);
}

static void former_and_present_ds(struct fixture *fx)
{
    const struct dns_rdata ds[] = {fixture_ds(fx, "former"), fixture_ds(fx, "zone")};
    fixture_set(fx, "alpha.example", DNS_TYPE_DS, DNS_SECURE, ds, GP_ARRAY_LEN(ds));
}

static void no_ds(struct fixture *fx)
{
    fixture_remove(fx, "alpha.example", DNS_TYPE_DS);
}

static void no_ds_no_keys(struct fixture *fx)
{
    no_ds(fx);
    fixture_remove(fx, "alpha.example", DNS_TYPE_DNSKEY);
}

static void failed_ds(struct fixture *fx)
{
    fixture_fail(fx, "alpha.example", DNS_TYPE_DS, DNS_INSECURE, "SERVFAIL");
}

static struct app_seen_reply *keys_at(struct fixture *fx, size_t index)
{
    return &fixture_rrset(fx, "alpha.example", DNS_TYPE_DNSKEY)->replies[index];
}

static void other_key_at_one(struct fixture *fx)
{
    keys_at(fx, 1)->records[0] = fixture_dnskey(fx, "another");
}

static void keys_not_seen(struct fixture *fx)
{
    *keys_at(fx, 1) =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

/* S6 */

static void signature_ended(struct fixture *fx)
{
    srv_reply(fx, 1)->signed_until_s = fx->now_s - 60;
}

static void signature_ends_in_an_hour(struct fixture *fx)
{
    srv_reply(fx, 1)->signed_until_s = fx->now_s + 3600;
}

static void signature_ends_in_two_days(struct fixture *fx)
{
    srv_reply(fx, 1)->signed_until_s = fx->now_s + 2 * FX_DAY_S;
}

static void signature_missing(struct fixture *fx)
{
    srv_reply(fx, 1)->signed_until_s = 0;
}

static void unsigned_zone(struct fixture *fx)
{
    fx->seen->zones->zone->security = DNS_INSECURE;
}

static void one_reply_not_seen(struct fixture *fx)
{
    *srv_reply(fx, 1) =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

/* S7 */

static void bogus_denial(struct fixture *fx)
{
    fixture_fail(fx, FX_TLSA, DNS_TYPE_A, DNS_BOGUS, "no NSEC record");
}

static void failed_denial(struct fixture *fx)
{
    fixture_fail(fx, FX_TLSA, DNS_TYPE_A, DNS_INSECURE, "SERVFAIL");
}

static void insecure_denial(struct fixture *fx)
{
    fixture_set_aside(fx, FX_TLSA, DNS_TYPE_A, DNS_INSECURE, NULL, 0);
}

/* B3 */

static void former_srv(struct fixture *fx)
{
    const struct dns_rdata srv = fixture_srv(fx, 5, 5269, "jabber.alpha.example");
    fixture_set_aside(fx, "_jabber._tcp.alpha.example", DNS_TYPE_SRV, DNS_SECURE, &srv, 1);
}

static void former_txt(struct fixture *fx)
{
    const struct dns_rdata txt = {.at = (const uint8_t *)"\3a=b", .len = 4};
    fixture_set_aside(fx, "_xmppconnect.alpha.example", DNS_TYPE_TXT, DNS_SECURE, &txt, 1);
}

static void failed_former(struct fixture *fx)
{
    fixture_fail(fx, "_jabber._tcp.alpha.example", DNS_TYPE_SRV, DNS_INSECURE, "SERVFAIL");
}

const struct readiness_row readiness_rows_servers[] = {
    {"Z3", "an older serial", "", NULL, older_serial, APP_WARN, "ns2.example at 192.0.2.2: 6"},
    {"Z3", "not seen", "", NULL, unseen_serial, APP_UNKNOWN, "no answer within"},
    {"Z4", "delegated elsewhere", "", NULL, delegated_elsewhere, APP_WARN, "to old.example"},
    {"Z4", "not delegated", "", NULL, delegated_elsewhere, APP_WARN, "not delegate to ns2.example"},
    {"Z4", "no glue", "", NULL, missing_glue, APP_WARN, "glue is missing: ns2.alpha.example"},
    {"Z4", "stale glue", "", NULL, stale_glue, APP_WARN,
     "stale glue: ns2.alpha.example 192.0.2.99"},
    {"Z4", "right glue", "", NULL, right_glue, APP_PASS, ""},
    {"Z4", "one server for both", "", NULL, parent_serves_both, APP_SKIP, "too"},
    {"Z4", "a silent parent", "", NULL, parent_silent, APP_UNKNOWN, "connection refused"},
    {"Z4", "a parent not found", "", NULL, parent_not_found, APP_UNKNOWN, "SERVFAIL"},
    {"Z8", "a wildcard", "", NULL, wildcard_not_as_planned, APP_FAIL, "a wildcard answers"},
    {"Z8", "a wildcard as planned", "", NULL, wildcard, APP_WARN, "a wildcard answers"},
    {"Z8", "an alias", "", NULL, wildcard_alias, APP_FAIL, "a wildcard answers"},
    {"Z8", "a DNAME", "", NULL, dname, APP_FAIL, "a DNAME above it"},
    {"Z8", "a sibling answers", "", NULL, sibling_answers, APP_FAIL, "a wildcard"},
    {"Z8", "a sibling does not", "", NULL, sibling_denied, APP_PASS, ""},
    {"Z8", "not seen", "", NULL, no_word, APP_UNKNOWN, "Z1"},
    {"Z8", "a zone that is not found", "", NULL, srv_zone_not_known, APP_UNKNOWN, "SERVFAIL"},
    {"S1", "bogus", "", NULL, bogus_root, APP_FAIL, "signature not yet valid"},
    {"S1", "nothing validated", "", NULL, nothing_secure, APP_FAIL, "trust-anchor-file"},
    {"S1", "nothing to validate", "dane = no", NULL, nothing_secure, APP_WARN, "nothing"},
    {"S1", "another anchor", "", NULL, insecure_root, APP_PASS, "another trust anchor"},
    {"S1", "failed", "", NULL, failed_root, APP_UNKNOWN, "no name server answered"},
    {"S1", "failed: what to do", "", NULL, failed_root, APP_UNKNOWN, "resolver { forward }"},
    {"S5", "another key", "", other_ds, NULL, APP_FAIL, "names no key"},
    {"S5", "what to publish", "", other_ds, NULL, APP_FAIL, "alpha.example. IN DS"},
    {"S5", "one of two", "", former_and_present_ds, NULL, APP_PASS, "2 DS records"},
    {"S5", "another key at one", "", NULL, other_key_at_one, APP_FAIL, "ns2.example"},
    {"S5", "none above", "", no_ds, NULL, APP_FAIL, "has no DS record"},
    {"S5", "none above, no DANE", "dane = no", no_ds, NULL, APP_WARN, "has no DS record"},
    {"S5", "not signed", "", no_ds_no_keys, NULL, APP_FAIL, "not signed"},
    {"S5", "not signed, no DANE", "dane = no", no_ds_no_keys, NULL, APP_SKIP, "not signed"},
    {"S5", "failed", "", failed_ds, NULL, APP_UNKNOWN, "SERVFAIL"},
    {"S5", "keys not seen", "", NULL, keys_not_seen, APP_UNKNOWN, "connection refused"},
    {"S6", "ended", "", NULL, signature_ended, APP_FAIL, "ended at"},
    {"S6", "in an hour", "", NULL, signature_ends_in_an_hour, APP_FAIL, "before a switch"},
    {"S6", "in two days", "", NULL, signature_ends_in_two_days, APP_WARN, "ns2.example"},
    {"S6", "missing", "", NULL, signature_missing, APP_FAIL, "without a signature"},
    {"S6", "unsigned", "", NULL, unsigned_zone, APP_SKIP, "S5"},
    {"S6", "not seen", "", NULL, one_reply_not_seen, APP_UNKNOWN, "connection refused"},
    {"S7", "bogus", "", NULL, bogus_denial, APP_WARN, "no NSEC record"},
    {"S7", "failed", "", NULL, failed_denial, APP_UNKNOWN, "SERVFAIL"},
    {"S7", "insecure", "", NULL, insecure_denial, APP_PASS, "needs no proof"},
    {"B3", "a service record", "", NULL, former_srv, APP_WARN, "IN SRV 5 0 5269 jabber.alpha"},
    {"B3", "a text", "", NULL, former_txt, APP_WARN, "IN TXT \"a=b\""},
    {"B3", "failed", "", NULL, failed_former, APP_UNKNOWN, "SERVFAIL"},
    {"Z7", "a cut", "", NULL, zone_cut, APP_WARN, "in gw1.alpha.example: gw1.alpha.example"},
    {"Z7", "other servers", "", NULL, foreign_zone_cut, APP_WARN, "on other name servers"},
    {"Z7", "a zone that is not found", "", NULL, zone_not_known, APP_UNKNOWN, "SERVFAIL"},
    {"S8", "says why", "", bogus_address, NULL, APP_WARN, "signature expired"},
    {"V13", "no address", "", NULL, target_without_addresses, APP_FAIL, "no address of gw1"},
    {"V13", "what to publish", "", NULL, target_without_addresses, APP_FAIL, "ns2.example"},
    {"V13", "one family", "", NULL, target_with_one_family, APP_PASS, ""},
    {"V13", "not seen", "", NULL, addresses_not_seen, APP_UNKNOWN, "Z1"},
    {"V13", "another zone", "", NULL, target_elsewhere, APP_SKIP, "in its own zone"},
};
const size_t readiness_rows_servers_count = GP_ARRAY_LEN(readiness_rows_servers);
