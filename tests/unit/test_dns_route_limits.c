/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a partner: what is refused, capped and cancelled, and static routes (spec-digest c.2;
 * threats.md, T64, T65, T69). */
#include "tests/unit/unit.h"

#include "tests/unit/route_world.h"

static void what_leads_inside_is_refused(void **state)
{
    (void)state;
#define TARGET(port) "_xmpp-server._tcp.beta.example SRV insecure 0 0 " port " gw1.beta.example"
#define REFUSED(addr, reach)                                                             \
    {                                                                                    \
        "address " addr,                                                                 \
            {TARGET("5269"), "gw1.beta.example AAAA insecure " addr,                     \
             "gw1.beta.example A insecure nodata"},                                      \
            DNS_ROUTE_NO_SERVICE, "gw1.beta.example leads to " addr ", which is " reach, \
            "STARTTLS gw1.beta.example:5269 insecure !" addr                             \
            "? - [gw1.beta.example leads to " addr ", which is " reach                   \
            "; private-networks does not name it]"                                       \
    }
    static const struct world worlds[] = {
        {"ssh",
         {TARGET("22"), GW1_V4},
         DNS_ROUTE_NO_SERVICE,
         "port 22 is refused: below 1024 only 443 is connected to",
         "STARTTLS gw1.beta.example:22 insecure - [port 22 is refused: below 1024 only 443 is "
         "connected to]"},
        {"the last privileged port",
         {TARGET("1023"), GW1_V4},
         DNS_ROUTE_NO_SERVICE,
         "port 1023",
         "STARTTLS gw1.beta.example:1023 insecure - [port 1023 is refused: below 1024 only 443 is "
         "connected to]"},
        {"no port",
         {TARGET("0"), GW1_V4},
         DNS_ROUTE_NO_SERVICE,
         "port 0",
         "STARTTLS gw1.beta.example:0 insecure - [port 0 cannot be connected to]"},
        {"https",
         {TARGET("443"), GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:443 insecure 192.0.2.1 -"},
        {"the first unprivileged port",
         {TARGET("1024"), GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:1024 insecure 192.0.2.1 -"},
        {"an address as the target",
         {"_xmpp-server._tcp.beta.example SRV insecure 0 0 5269 127.0.0.1"},
         DNS_ROUTE_NO_SERVICE,
         "the target 127.0.0.1 is an IP address, not a host name",
         "STARTTLS 127.0.0.1:5269 insecure - [the target 127.0.0.1 is an IP address, not a host "
         "name]"},
        REFUSED("::1", "loopback"),
        REFUSED("::ffff:127.0.0.1", "loopback"),
        REFUSED("::ffff:10.1.2.3", "private"),
        REFUSED("fd00::1", "private"),
        REFUSED("fe80::1", "link-local"),
        REFUSED("ff02::1", "multicast"),
        REFUSED("64:ff9b::a9fe:a9fe", "link-local"),
        REFUSED("2002:a00:1::1", "private"),
        {"IPv4 of the cloud's metadata",
         {TARGET("5269"), "gw1.beta.example A insecure 169.254.169.254",
          "gw1.beta.example AAAA insecure nodata"},
         DNS_ROUTE_NO_SERVICE,
         "which is link-local",
         "STARTTLS gw1.beta.example:5269 insecure !169.254.169.254? - [gw1.beta.example leads to "
         "169.254.169.254, which is link-local; private-networks does not name it]"},
        {"one address of several",
         {TARGET("5269"), "gw1.beta.example A insecure 127.0.0.1 | 192.0.2.1",
          "gw1.beta.example AAAA insecure nodata"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure !127.0.0.1? 192.0.2.1? -"},
    };
    world_check_all(worlds, GP_ARRAY_LEN(worlds));
}

static void networks_of_the_configuration_are_permitted(void **state)
{
    (void)state;
    static const struct world world = {
        "a lab network",
        {TARGET("5269"), "gw1.beta.example A insecure 10.1.2.3 | 10.2.0.1",
         "gw1.beta.example AAAA insecure fd00::5"},
        DNS_ROUTE_FOUND,
        "",
        "STARTTLS gw1.beta.example:5269 insecure !fd00::5? 10.1.2.3? !10.2.0.1? -"};
    struct gp_network network;
    assert_int_equal(gp_network_parse("10.1.0.0/16", &network), GP_OK);
    struct dns_route_settings settings = {
        .max_targets = 16, .max_addresses = 8, .networks = &network, .network_count = 1};
    world_check(&world, NULL, &settings, FAKE_AT_ONCE);
}

static void targets_and_addresses_are_capped(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"two of three targets, in order",
         {"_xmpp-server._tcp.beta.example SRV insecure 30 0 5269 c.beta.example | 10 0 5269 "
          "a.beta.example | 20 0 5269 b.beta.example",
          "a.beta.example A insecure 192.0.2.1", "b.beta.example A insecure 192.0.2.2",
          "a.beta.example AAAA insecure nodata", "b.beta.example AAAA insecure nodata"},
         DNS_ROUTE_FOUND,
         "2 endpoints",
         "STARTTLS a.beta.example:5269 insecure 192.0.2.1? -; STARTTLS b.beta.example:5269 "
         "insecure 192.0.2.2? -"},
        {"three addresses, the families take turns",
         {SRV_INSECURE, "gw1.beta.example AAAA insecure 2001:db8::1 | 2001:db8::2 | 2001:db8::3",
          "gw1.beta.example A insecure 192.0.2.1 | 192.0.2.2"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure 2001:db8::1? 192.0.2.1? 2001:db8::2? -"},
    };
    struct dns_route_settings settings = {.max_targets = 2, .max_addresses = 3};
    for (size_t i = 0; i < GP_ARRAY_LEN(worlds); i++)
        world_check(&worlds[i], NULL, &settings, FAKE_LATER);
}

static void a_target_is_asked_for_once(void **state)
{
    (void)state;
    static const char *const lines[] = {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, NULL};
    struct world_run run;
    assert_int_equal(world_start(&run, "beta.example", lines, FAKE_LATER, 0), GP_OK);
    gp_loop_run(run.loop);
    assert_string_equal(run.fake->asked,
                        " _xmpps-server._tcp.beta.example/SRV _xmpp-server._tcp.beta.example/SRV"
                        " gw1.beta.example/AAAA gw1.beta.example/A"
                        " _5270._tcp.gw1.beta.example/TLSA _5269._tcp.gw1.beta.example/TLSA");
    world_finish(&run);
}

static void a_static_route_replaces_the_services(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"a privileged port is the administrator's wish",
         {"gw1.beta.example A secure 192.0.2.1", GW1_NO_V6, SRV_DENIED, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "the configuration has a route to beta.example",
         "direct TLS gw1.beta.example:853 insecure 192.0.2.1 -"},
        {"a network must still be permitted",
         {"gw1.beta.example A secure 10.0.0.1", GW1_NO_V6},
         DNS_ROUTE_NO_SERVICE,
         "which is private",
         "direct TLS gw1.beta.example:853 insecure !10.0.0.1 - [gw1.beta.example leads to "
         "10.0.0.1, which is private; private-networks does not name it]"},
        {"bogus",
         {"gw1.beta.example A bogus", GW1_NO_V6},
         DNS_ROUTE_BOGUS,
         "the A record of gw1.beta.example is bogus",
         "direct TLS gw1.beta.example:853 insecure - [the A record of gw1.beta.example is bogus "
         "(signature expired)]"},
    };
    struct dns_static_route route = {.port = 853, .service = DNS_SERVICE_DIRECT_TLS};
    assert_int_equal(dns_name_from_text("gw1.beta.example", &route.host), GP_OK);
    for (size_t i = 0; i < GP_ARRAY_LEN(worlds); i++) {
        world_check(&worlds[i], &route, &world_settings, FAKE_AT_ONCE);
        world_check(&worlds[i], &route, &world_settings, FAKE_LATER);
    }
    /* refused before anything is asked: the answer still comes from the loop */
    static const struct world refused = {
        "port 0",
        {NULL},
        DNS_ROUTE_NO_SERVICE,
        "port 0",
        "direct TLS gw1.beta.example:0 insecure - [port 0 cannot be connected to]"};
    route.port = 0;
    world_check(&refused, &route, &world_settings, FAKE_LATER);
}

static void special_domains_are_explained(void **state)
{
    (void)state;
    static const char *const lines[] = {NULL};
    struct world_run run;
    assert_int_equal(world_start(&run, "beta.test", lines, FAKE_AT_ONCE, 0), GP_OK);
    gp_loop_run(run.loop);
    assert_int_equal(run.route->outcome, DNS_ROUTE_NO_SERVICE);
    assert_non_null(strstr(run.route->sentence, "RFC 6761"));
    world_finish(&run);
}

static void on_turn(void *arg)
{
    gp_loop_stop(arg);
}

/* Cancelled after each number of turns of the loop: never a call, never a leak. */
static void a_route_can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    static const char *const lines[] = {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, GW1_TLSA, NULL};
    for (unsigned turns = 0; turns < 12; turns++) {
        struct world_run run;
        assert_int_equal(world_start(&run, "beta.example", lines, FAKE_LATER, 0), GP_OK);
        for (unsigned i = 0; i < turns && run.op; i++) {
            struct gp_timer *timer = gp_timer_create(run.loop, on_turn, run.loop);
            gp_timer_set(timer, 0);
            gp_loop_run(run.loop);
            gp_timer_destroy(timer);
        }
        assert_int_equal(run.calls, run.op ? 0 : 1);
        dns_route_cancel(run.op);
        world_finish(&run);
    }
    dns_route_cancel(NULL);
    dns_route_destroy(NULL);
}

static void trouble_on_the_way_ends_the_route(void **state)
{
    (void)state;
    static const char *const lines[] = {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, NULL};
    for (size_t refuse_after = 1; refuse_after < 6; refuse_after++) {
        struct world_run run;
        enum gp_code code = world_start(&run, "beta.example", lines, FAKE_LATER, refuse_after);
        assert_int_equal(code, refuse_after < 2 ? GP_ERR_NOMEM : GP_OK);
        if (code == GP_OK) {
            gp_loop_run(run.loop);
            assert_int_equal(run.route->outcome, DNS_ROUTE_FAILED);
            assert_string_equal(run.route->sentence, "out of memory");
            assert_int_equal(run.route->endpoint_count, 0);
        }
        world_finish(&run);
    }
}

/* A name of 253 characters leaves no room for "_xmpp-server._tcp". */
static void a_domain_may_be_too_long_for_services(void **state)
{
    (void)state;
    static const char *const lines[] = {NULL};
    struct world_run run;
    char text[254];
    memset(text, 'a', 253);
    text[63] = text[127] = text[191] = '.';
    text[253] = '\0';
    assert_int_equal(world_start(&run, text, lines, FAKE_LATER, 0), GP_ERR_INPUT);
    world_finish(&run);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leads_inside_is_refused),
        cmocka_unit_test(networks_of_the_configuration_are_permitted),
        cmocka_unit_test(targets_and_addresses_are_capped),
        cmocka_unit_test(a_target_is_asked_for_once),
        cmocka_unit_test(a_static_route_replaces_the_services),
        cmocka_unit_test(special_domains_are_explained),
        cmocka_unit_test(a_route_can_be_cancelled_at_any_time),
        cmocka_unit_test(trouble_on_the_way_ends_the_route),
        cmocka_unit_test(a_domain_may_be_too_long_for_services),
    };
    return cmocka_run_group_tests_name("dns_route_limits", tests, NULL, NULL);
}
