/* SPDX-License-Identifier: BSD-2-Clause */
/* Names, records and servers: Z, S2, S3, V, A1, A5. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

#define COUNT(records) (records), GP_ARRAY_LEN(records)

static void bogus_srv(struct fixture *fx)
{
    fixture_fail(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_BOGUS, "signature expired");
}

static void failed_srv(struct fixture *fx)
{
    fixture_fail(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_INSECURE, "SERVFAIL");
}

static void insecure_srv(struct fixture *fx)
{
    fixture_make_insecure(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
}

static void unseen_srv(struct fixture *fx)
{
    fixture_forget(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
}

static void bogus_address(struct fixture *fx)
{
    fixture_fail(fx, FX_HOST, DNS_TYPE_A, DNS_BOGUS, "no signatures");
}

static void insecure_address(struct fixture *fx)
{
    fixture_make_insecure(fx, FX_HOST, DNS_TYPE_AAAA);
}

static void no_starttls_srv(struct fixture *fx)
{
    fixture_remove(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV);
}

static void no_direct_srv(struct fixture *fx)
{
    fixture_remove(fx, FX_DIRECT_SRV, DNS_TYPE_SRV);
}

static void wrong_port(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5222, FX_HOST);
}

static void foreign_target(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                        fixture_srv(fx, 20, 5269, "legacy.alpha.example")};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

static void only_foreign(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "legacy.alpha.example");
}

static void alias(struct fixture *fx)
{
    const struct dns_rdata v6 = fixture_addr(fx, FX_IPV6), v4 = fixture_addr(fx, FX_IPV4);
    fixture_alias(fx, FX_HOST, DNS_TYPE_AAAA, "real.alpha.example", &v6, 1);
    fixture_alias(fx, FX_HOST, DNS_TYPE_A, "real.alpha.example", &v4, 1);
}

static void literal(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, FX_IPV4);
}

static void zone_twice(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "gw1.alpha.example.alpha.example");
}

static void underscore(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "gw_1.alpha.example");
}

static void one_label(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "gw1");
}

static void lone_dot(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 0, ".");
}

static void direct_dot(struct fixture *fx)
{
    fixture_set_srv(fx, FX_DIRECT_SRV, 0, ".");
}

static void dot_among_others(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                        fixture_srv(fx, 0, 0, ".")};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

static void shared_port(struct fixture *fx)
{
    fixture_set_srv(fx, FX_DIRECT_SRV, 5269, FX_HOST);
}

static void missing_aaaa(struct fixture *fx)
{
    fixture_remove(fx, FX_HOST, DNS_TYPE_AAAA);
}

static void other_address(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, "198.51.100.99");
    fixture_set(fx, FX_HOST, DNS_TYPE_A, DNS_SECURE, &record, 1);
}

static void more_addresses(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_addr(fx, FX_IPV4),
                                        fixture_addr(fx, "198.51.100.99")};
    fixture_set(fx, FX_HOST, DNS_TYPE_A, DNS_SECURE, COUNT(records));
}

/* Nothing shows that it is the gateway that answers. */
static void not_met(struct fixture *fx)
{
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            probe->was_met = false;
}

static void private_address(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, "10.1.2.3");
    fixture_set(fx, FX_HOST, DNS_TYPE_A, DNS_SECURE, &record, 1);
}

static void loopback_address(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, "::1");
    fixture_set(fx, FX_HOST, DNS_TYPE_AAAA, DNS_SECURE, &record, 1);
}

static struct app_seen_server *server(struct fixture *fx)
{
    return &fx->seen->zones->servers[1];
}

static struct app_seen_reply *reply(struct fixture *fx, size_t index)
{
    return &fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[index];
}

static void dead_server(struct fixture *fx)
{
    for (size_t i = 0; i < 2; i++)
        server(fx)->soa[i] =
            (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no answer within 3.0 s"};
    *reply(fx, 1) = server(fx)->soa[0];
}

static void server_without_tcp(struct fixture *fx)
{
    server(fx)->soa[DNS_TCP] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "connection refused"};
}

static void lame_server(struct fixture *fx)
{
    server(fx)->soa[DNS_UDP].is_authoritative = server(fx)->soa[DNS_TCP].is_authoritative = false;
}

static void refusing_server(struct fixture *fx)
{
    server(fx)->soa[DNS_UDP].rcode = server(fx)->soa[DNS_TCP].rcode = 5;
}

static void no_family_for_server(struct fixture *fx)
{
    dead_server(fx);
    fx->seen->has_ipv4 = false;
}

/* The server's only other address is of the family that this machine has. */
static void other_family_of_server(struct fixture *fx)
{
    struct app_seen_zone *zone = fx->seen->zones;
    zone->servers[1] = zone->servers[0];
    assert_int_equal(gp_addr_parse("2001:db8::53", &server(fx)->addr), GP_OK);
    dead_server(fx);
    fx->seen->has_ipv6 = false;
}

static void unasked_server(struct fixture *fx)
{
    server(fx)->soa[DNS_UDP] =
        (struct app_seen_reply){.seen = APP_NOT_ASKED, .why = "the check ended"};
}

static void lost_zone(struct fixture *fx)
{
    struct app_seen_owner *owner = fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->owner;
    owner->seen = APP_NOTHING_CAME;
    owner->why = "SERVFAIL";
    owner->zone = NULL;
}

static void stale_server(struct fixture *fx)
{
    server(fx)->soa[DNS_UDP].serial = 6;
    reply(fx, 1)->records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
}

/* The stale one has the higher serial, as after a move of the zone; the plan decides. */
static void stale_by_plan(struct fixture *fx)
{
    server(fx)->soa[DNS_UDP].serial = 2025010100;
    reply(fx, 1)->records[0] = fixture_srv(fx, 10, 5269, "old.alpha.example");
}

static void missing_at_server(struct fixture *fx)
{
    reply(fx, 1)->count = 0;
    reply(fx, 1)->rcode = 3;
}

static void other_order(struct fixture *fx)
{
    struct dns_rdata *a = reply(fx, 0)->records, *b = reply(fx, 1)->records;
    a[1] = b[0] = fixture_srv(fx, 20, 5269, "gw2.alpha.example");
    b[1] = a[0];
    reply(fx, 0)->count = reply(fx, 1)->count = 2;
}

static void same_target_twice(struct fixture *fx)
{
    const struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                        fixture_srv(fx, 20, 5269, FX_HOST)};
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

static void capital_target(struct fixture *fx)
{
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1].has_capitals = true;
}

static void address_beside_srv(struct fixture *fx)
{
    const struct dns_rdata record = fixture_addr(fx, "198.51.100.99");
    fixture_set_aside(fx, FX_DIRECT_SRV, DNS_TYPE_A, DNS_SECURE, &record, 1);
}

/* By a wildcard, as there is no service record. */
static void address_for_all_names(struct fixture *fx)
{
    address_beside_srv(fx);
    fixture_remove(fx, FX_DIRECT_SRV, DNS_TYPE_SRV);
}

/* Weight 0 and weight 5 at one priority. */
static void weight_zero_beside(struct fixture *fx)
{
    struct dns_rdata records[] = {fixture_srv(fx, 10, 5269, FX_HOST),
                                  fixture_srv(fx, 10, 5269, "gw2.alpha.example")};
    uint8_t *copy = gp_arena_alloc(&fx->seen->arena, records[1].len);
    memcpy(copy, records[1].at, records[1].len);
    copy[3] = 5;
    records[1].at = copy;
    fixture_set(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, DNS_SECURE, COUNT(records));
}

const struct readiness_row readiness_rows_dns[] = {
    {"Z1", "a dead server", "", NULL, dead_server, APP_FAIL, "ns2.example at 192.0.2.2"},
    {"Z1", "no TCP", "", NULL, server_without_tcp, APP_FAIL, "over TCP: connection refused"},
    {"Z1", "without authority", "", NULL, lame_server, APP_FAIL, "without authority"},
    {"Z1", "REFUSED", "", NULL, refusing_server, APP_FAIL, "answers REFUSED"},
    {"Z1", "no such family here", "", NULL, no_family_for_server, APP_UNKNOWN, "no IPv4"},
    {"Z1", "one family is enough to ask", "", NULL, other_family_of_server, APP_SKIP, "no IPv6"},
    {"Z2", "of what can be asked", "", NULL, other_family_of_server, APP_PASS, ""},
    {"Z1", "not asked", "", NULL, unasked_server, APP_UNKNOWN, "was not asked"},
    {"Z1", "a zone that is not found", "", NULL, lost_zone, APP_UNKNOWN, FX_HOST},
    {"Z2", "stale by serial", "", NULL, stale_server, APP_FAIL, "ns2.example"},
    {"Z2", "says which records", "", NULL, stale_server, APP_FAIL, "5269 old.alpha.example."},
    {"Z2", "stale by the plan", "", NULL, stale_by_plan, APP_FAIL, "ns2.example"},
    {"Z2", "missing at one", "", NULL, missing_at_server, APP_FAIL, "nothing"},
    {"Z2", "the order does not matter", "", NULL, other_order, APP_PASS, ""},
    {"Z2", "a dead server", "", NULL, dead_server, APP_UNKNOWN, "ns2.example"},
    {"S2", "bogus", "", bogus_srv, NULL, APP_FAIL, "signature expired"},
    {"S2", "insecure with DANE", "", insecure_srv, NULL, APP_FAIL, "sign the zone alpha.example"},
    {"S2", "insecure without DANE", "dane = no", insecure_srv, NULL, APP_PASS, "insecure"},
    {"S2", "failed", "", failed_srv, NULL, APP_UNKNOWN, "SERVFAIL"},
    {"S2", "not seen", "", unseen_srv, NULL, APP_UNKNOWN, "the time was up"},
    {"S3", "bogus", "", bogus_address, NULL, APP_FAIL, FX_HOST " A"},
    {"S3", "insecure with DANE", "", insecure_address, NULL, APP_FAIL, FX_HOST " AAAA"},
    {"V1", "none", "", no_starttls_srv, NULL, APP_FAIL, "10 0 5269 gw1.alpha.example."},
    {"V1", "our host is not named", "", only_foreign, NULL, APP_FAIL, "does not name " FX_HOST},
    {"V1", "not known", "", failed_srv, NULL, APP_UNKNOWN, "not known"},
    {"V1", "bogus", "", bogus_srv, NULL, APP_UNKNOWN, "S2"},
    {"V1", "denied", "", lone_dot, NULL, APP_SKIP, "V6"},
    {"V2", "none", "", no_direct_srv, NULL, APP_FAIL, "10 0 5270 gw1.alpha.example."},
    {"V3", "wrong port", "", wrong_port, NULL, APP_FAIL, "on port 5269, not 5222"},
    {"V3", "what to remove", "", wrong_port, NULL, APP_FAIL, "IN SRV 10 0 5222 gw1.alpha.example."},
    {"V3", "no host of ours", "", only_foreign, NULL, APP_SKIP, ""},
    {"V4", "an alias", "", alias, NULL, APP_FAIL, "an alias of real.alpha.example"},
    {"V4", "the way out", "", alias, NULL, APP_FAIL, "IN CNAME real.alpha.example."},
    {"V5", "an address", "", literal, NULL, APP_FAIL, "an address"},
    {"V5", "the final dot", "", zone_twice, NULL, APP_FAIL, "final dot"},
    {"V5", "no host name", "", underscore, NULL, APP_FAIL, "RFC 1123"},
    {"V5", "one label", "", one_label, NULL, APP_FAIL, "not a full host name"},
    {"V6", "a lone dot", "", lone_dot, NULL, APP_FAIL, "must not try"},
    {"V6", "a lone dot for direct TLS", "", direct_dot, NULL, APP_FAIL, "_xmpps-server"},
    {"V7", "a dot among others", "", dot_among_others, NULL, APP_FAIL, "0 0 0 ."},
    {"V8", "one port for both", "", shared_port, NULL, APP_FAIL, FX_HOST ":5269"},
    {"V12", "a foreign target", "", foreign_target, NULL, APP_FAIL, "legacy.alpha.example"},
    {"V14", "one target twice", "", same_target_twice, NULL, APP_WARN, "IN SRV 20 0 5269"},
    {"V14", "weight 0 among others", "", weight_zero_beside, NULL, APP_WARN, "weight 0 beside"},
    {"V14", "capital letters", "", NULL, capital_target, APP_WARN, "at alpha.example: ns2.example"},
    {"V14", "an address beside", "", NULL, address_beside_srv, APP_WARN, "IN A 198.51.100.99"},
    {"V14", "a wildcard's address", "", address_for_all_names, NULL, APP_PASS, "nothing odd"},
    {"V14", "not known", "", failed_srv, NULL, APP_UNKNOWN, "SERVFAIL"},
    {"A1", "AAAA is missing", "", missing_aaaa, NULL, APP_FAIL, "IN AAAA 2001:db8::5"},
    {"A1", "another address", "", other_address, NULL, APP_FAIL, "198.51.100.5 is missing"},
    {"A2", "one more address", "", more_addresses, NULL, APP_WARN, "198.51.100.99"},
    {"A2", "nobody's address", "", more_addresses, not_met, APP_FAIL, "IN A 198.51.100.99"},
    {"A2", "not known", "", bogus_address, NULL, APP_UNKNOWN, "S3"},
    {"A1", "not known", "", bogus_address, NULL, APP_UNKNOWN, "S3"},
    {"A5", "private", "", private_address, NULL, APP_FAIL, "10.1.2.3 is private"},
    {"A5", "loopback", "", loopback_address, NULL, APP_FAIL, "::1 is loopback"},
};
const size_t readiness_rows_dns_count = GP_ARRAY_LEN(readiness_rows_dns);
