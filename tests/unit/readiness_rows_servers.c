/* SPDX-License-Identifier: BSD-2-Clause */
/* Zones, servers, signatures: Z3, Z7, S8, V13. */
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
    struct dns_name apex = fixture_name(FX_HOST);
    struct app_seen_zone *zone = app_seen_zone(fx->seen, &apex);
    struct dns_zone *found = calloc(1, sizeof(*found));
    assert_non_null(found);
    found->is_found = true;
    found->apex = apex;
    found->server_count = 1;
    found->servers[0] = fx->seen->zones->zone->servers[0];
    if (!on_same_servers)
        found->servers[0].name = fixture_name("ns.elsewhere.example");
    assert_true(app_seen_zone_found(fx->seen, zone, found));
    fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->owner->zone = zone;
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

const struct readiness_row readiness_rows_servers[] = {
    {"Z3", "an older serial", "", NULL, older_serial, APP_WARN, "ns2.example at 192.0.2.2: 6"},
    {"Z3", "not seen", "", NULL, unseen_serial, APP_UNKNOWN, "no answer within"},
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
