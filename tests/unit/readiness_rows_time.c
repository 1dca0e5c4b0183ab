/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept, and for how long: Z5, Z6, Z9, M. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

static struct app_seen_zone *zone_of(struct fixture *fx)
{
    return fx->seen->zones;
}

static void long_negative(struct fixture *fx)
{
    zone_of(fx)->negative_s = 7200;
}

static void no_negative(struct fixture *fx)
{
    zone_of(fx)->negative_s = 0;
}

static void ttls_in_a_set(struct fixture *fx)
{
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1].least_ttl_s = 300;
}

static void ttls_of_servers(struct fixture *fx)
{
    struct app_seen_reply *reply = &fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->replies[1];
    reply->ttl_s = reply->least_ttl_s = 86400;
}

static void ttl_of_nothing(struct fixture *fx)
{
    struct app_seen_rrset *rrset = fixture_rrset(fx, FX_HOST, DNS_TYPE_A);
    for (size_t i = 0; i < 2; i++)
        rrset->replies[i].ttl_s = rrset->replies[i].least_ttl_s = 0;
}

/* Before the switch: both SRV sets name another host, with a low TTL for a long time. */

static void set_ttl(struct fixture *fx, const char *name, enum dns_type type, uint32_t ttl_s)
{
    struct app_seen_rrset *rrset = fixture_rrset(fx, name, type);
    for (size_t i = 0; i < zone_of(fx)->server_count; i++)
        rrset->replies[i].ttl_s = rrset->replies[i].least_ttl_s = ttl_s;
}

#define OLD_SRV "10 0 5269 older.alpha.example."

static void to_switch(struct fixture *fx)
{
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, "old.alpha.example");
    fixture_set_srv(fx, FX_DIRECT_SRV, 5270, "old.alpha.example");
}

static void known_long(struct fixture *fx)
{
    fixture_known_for_long(fx, 300);
}

static void lowered_lately(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, FX_DAY_S, 3600);
}

static void lowered_with_a_silence(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 7200, 10000);
    fixture_silence(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 5000);
}

static void lowered_from_ages(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 30 * FX_DAY_S, 20 * FX_DAY_S);
}

static void never_lowered(struct fixture *fx)
{
    set_ttl(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 2 * FX_DAY_S);
    fixture_since(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 30 * FX_DAY_S);
    fixture_since(fx, FX_DIRECT_SRV, DNS_TYPE_SRV, 30 * FX_DAY_S);
}

static void first_look(struct fixture *fx)
{
    set_ttl(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 300);
}

static void no_journal(struct fixture *fx)
{
    assert_int_equal(app_histories_create(fx->seen, "the journal is broken", &fx->histories, NULL),
                     GP_OK);
}

static void disagreeing(struct fixture *fx)
{
    fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[1].count = 0;
    known_long(fx);
}

static void switched_lately(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 300, 1200);
    fx->phase = APP_DECOMMISSION;
}

static void switched_in_time(struct fixture *fx)
{
    known_long(fx);
    fx->phase = APP_DECOMMISSION;
}

static void to_be_removed(struct fixture *fx)
{
    fx->phase = APP_DECOMMISSION;
}

static void address_is_new(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_HOST, DNS_TYPE_A, "", 7200, 3600);
}

static void address_seen_first(struct fixture *fx)
{
    known_long(fx);
    fixture_since(fx, FX_HOST, DNS_TYPE_A, 60);
}

static void service_is_new(struct fixture *fx)
{
    fixture_before(fx, FX_DIRECT_SRV, DNS_TYPE_SRV, "", 3600, 60);
}

static void no_address(struct fixture *fx)
{
    to_switch(fx);
    fixture_remove(fx, FX_HOST, DNS_TYPE_A);
}

static void aaaa_is_known(struct fixture *fx)
{
    fixture_since(fx, FX_HOST, DNS_TYPE_AAAA, 30 * FX_DAY_S);
}

static void low_still(struct fixture *fx)
{
    set_ttl(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 300);
}

static void low_of_late(struct fixture *fx)
{
    set_ttl(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, 300);
    fixture_before(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, OLD_SRV, 300, 1200);
}

static void servers_named_differently(struct fixture *fx)
{
    struct app_seen_reply *reply = &fixture_rrset(fx, FX_ZONE, DNS_TYPE_NS)->replies[1];
    reply->records[0] = fixture_ns(fx, "ns9.example");
}

static void moved_lately(struct fixture *fx)
{
    known_long(fx);
    fixture_before(fx, FX_ZONE, DNS_TYPE_NS, "ns7.example.", FX_DAY_S, 3600);
}

const struct readiness_row readiness_rows_time[] = {
    {"Z5", "too long", "", NULL, long_negative, APP_WARN, "7200 s"},
    {"Z5", "the effect", "", NULL, long_negative, APP_WARN, "2 h"},
    {"Z5", "not said", "", NULL, no_negative, APP_UNKNOWN, "no server has said"},
    {"Z6", "differ in a set", "", NULL, ttls_in_a_set, APP_WARN, "from 300 s to 3600 s"},
    {"Z6", "differ between servers", "", NULL, ttls_of_servers, APP_WARN, "ns2.example: 86400 s"},
    {"Z6", "nothing", "", NULL, ttl_of_nothing, APP_WARN, "TTL is 0"},
    {"Z9", "servers are named differently", "", to_switch, servers_named_differently, APP_FAIL,
     "it is being moved"},
    {"Z9", "the same with nothing to switch", "", NULL, servers_named_differently, APP_WARN,
     "RFC 6781"},
    {"Z9", "moved lately", "", to_switch, moved_lately, APP_WAIT, "2027-01-16T07:00:00Z"},
    {"Z9", "moved lately, with nothing to switch", "", NULL, moved_lately, APP_PASS, ""},
    {"Z9", "the first look", "", to_switch, first_look, APP_WAIT, "is not known"},
    {"Z9", "no journal", "", to_switch, no_journal, APP_UNKNOWN, "the journal is broken"},
    {"Z9", "known for long", "", to_switch, known_long, APP_PASS, "that it had"},
    {"M1", "lowered lately", "", to_switch, lowered_lately, APP_WAIT, "2027-01-16T07:00:00Z"},
    {"M1", "and a server was silent", "", to_switch, lowered_with_a_silence, APP_WAIT,
     "1 d 0 h more"},
    {"M1", "from a TTL that many caches cut", "", to_switch, lowered_from_ages, APP_WAIT,
     "above 7 d"},
    {"M1", "not lowered", "", to_switch, never_lowered, APP_WARN, "first lower its TTL to 300 s"},
    {"M1", "the first look", "", to_switch, first_look, APP_WAIT, "86400 s before that is assumed"},
    {"M1", "no journal", "", to_switch, no_journal, APP_UNKNOWN, "the journal is broken"},
    {"M1", "no journal, nothing to change", "", NULL, no_journal, APP_PASS, "as planned"},
    {"M1", "servers differ", "", to_switch, disagreeing, APP_UNKNOWN, "see Z1 and Z2"},
    {"M1", "known for long", "", to_switch, known_long, APP_PASS, "no copy with a longer one"},
    {"M1", "switched lately, before the end", "", NULL, switched_lately, APP_WAIT,
     "2027-01-15T08:40:00Z"},
    {"M1", "switched unseen, before the end", "", NULL, to_be_removed, APP_WAIT,
     "2027-01-16T08:00:00Z"},
    {"M1", "switched long ago, before the end", "", NULL, switched_in_time, APP_PASS,
     "nobody holds older"},
    {"M1", "not switched, before the end", "", to_switch, to_be_removed, APP_UNKNOWN,
     "has not begun"},
    {"M2", "an address is new", "", to_switch, address_is_new, APP_WAIT, "2027-01-15T09:00:00Z"},
    {"M2", "perhaps it is", "", to_switch, address_seen_first, APP_WAIT, "2027-01-15T08:09:00Z"},
    {"M2", "a service is new, and used", "", NULL, service_is_new, APP_WAIT,
     "2027-01-15T08:59:00Z"},
    {"M2", "not there", "", no_address, aaaa_is_known, APP_SKIP, "10 min 0 s"},
    {"M2", "no journal", "", to_switch, no_journal, APP_UNKNOWN, "the journal is broken"},
    {"M2", "known for long", "", to_switch, known_long, APP_PASS, ""},
    {"M3", "low still", "", NULL, low_still, APP_WARN, "3600 IN SRV 10 0 5269 gw1.alpha.example."},
    {"M3", "low of late", "", NULL, low_of_late, APP_PASS, "changed lately"},
};
const size_t readiness_rows_time_count = GP_ARRAY_LEN(readiness_rows_time);
