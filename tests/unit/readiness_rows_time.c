/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept, and for how long: Z5, Z6. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_rows.h"

static struct app_seen_zone *zone_of(struct fixture *fx)
{
    return fx->seen->zones;
}

static void long_negative(struct fixture *fx)
{
    zone_of(fx)->servers[1].soa[DNS_UDP].negative_s = 7200;
}

static void long_proofs(struct fixture *fx)
{
    fixture_rrset(fx, FX_HOST, DNS_TYPE_A)->replies[0].negative_s = 86400;
}

static void no_negative(struct fixture *fx)
{
    for (size_t i = 0; i < zone_of(fx)->server_count; i++)
        for (size_t k = 0; k < 2; k++)
            zone_of(fx)->servers[i].soa[k].negative_s = 0;
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

const struct readiness_row readiness_rows_time[] = {
    {"Z5", "too long", "", NULL, long_negative, APP_WARN, "7200 s"},
    {"Z5", "the effect", "", NULL, long_negative, APP_WARN, "2 h"},
    {"Z5", "proofs last longer than the SOA says", "", NULL, long_proofs, APP_WARN, "86400 s"},
    {"Z5", "not said", "", NULL, no_negative, APP_UNKNOWN, "no server has said"},
    {"Z6", "differ in a set", "", NULL, ttls_in_a_set, APP_WARN, "from 300 s to 3600 s"},
    {"Z6", "differ between servers", "", NULL, ttls_of_servers, APP_WARN, "ns2.example: 86400 s"},
    {"Z6", "nothing", "", NULL, ttl_of_nothing, APP_WARN, "TTL is 0"},
};
const size_t readiness_rows_time_count = GP_ARRAY_LEN(readiness_rows_time);
