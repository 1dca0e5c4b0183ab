/* SPDX-License-Identifier: BSD-2-Clause */
/* Which TLSA records stand for a domain that connects to us. */
#include "federation/sender.h"
#include "tests/unit/route_world.h"
#include "tests/unit/unit.h"

#define TLS_NONE  "_xmpps-server._tcp.beta.example SRV secure nodata"
#define TLS_FAILS "_xmpps-server._tcp.beta.example SRV bogus"
#define TLS_MUTE  "_xmpps-server._tcp.beta.example SRV failed"

static const struct {
    const char *name;
    const char *lines[WORLD_LINES_MAX];
    size_t count;
    bool has_failed;
} rows[] = {
    {"both services",
     {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, GW1_TLSA,
      "_5270._tcp.gw1.beta.example TLSA secure 3 1 1 32*cd"},
     2,
     false},
    {"one service", {SRV_SECURE, TLS_NONE, GW1_V4, GW1_NO_V6, GW1_TLSA}, 1, false},
    {"none",
     {SRV_SECURE, TLS_NONE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA secure nodata"},
     0,
     false},
    {"unsigned", {SRV_INSECURE, TLS_INSECURE, GW1_INSECURE, GW1_NO_V6_INSECURE}, 0, false},
    {"unsigned, and a server that stumbles",
     {SRV_INSECURE, TLS_MUTE, GW1_INSECURE, GW1_NO_V6_INSECURE},
     0,
     false},
    {"TLSA held back",
     {SRV_SECURE, TLS_NONE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA bogus"},
     0,
     true},
    {"addresses held back",
     {SRV_SECURE, TLS_NONE, "gw1.beta.example A failed", GW1_NO_V6},
     0,
     true},
    {"one service held back", {SRV_SECURE, TLS_FAILS, GW1_V4, GW1_NO_V6, GW1_TLSA}, 0, true},
    {"denied", {SRV_DENIED, TLS_DENIED}, 0, false},
};

static void own_servers_records_stand_for_a_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world_run run;
        struct fed_sender_tlsa tlsa;
        assert_int_equal(world_start(&run, "beta.example", rows[i].lines, FAKE_AT_ONCE, 0), GP_OK);
        gp_loop_run(run.loop);
        fed_sender_tlsa_of(run.route, &tlsa);
        if (tlsa.count != rows[i].count || tlsa.has_failed != rows[i].has_failed)
            fail_msg("%s: %zu records, failed %d: %s", rows[i].name, tlsa.count, tlsa.has_failed,
                     run.route->sentence);
        world_finish(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(own_servers_records_stand_for_a_domain)};
    return cmocka_run_group_tests_name("fed_sender", tests, NULL, NULL);
}
