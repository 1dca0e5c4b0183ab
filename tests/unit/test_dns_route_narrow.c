/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy leaves of a route: only secure answers, no direct TLS. */
#include "tests/unit/unit.h"

#include "tests/unit/route_world.h"

typedef void narrow_fn(struct dns_route *route);

static void check(const struct world *world, narrow_fn *narrow)
{
    struct world_run run;
    char text[4000];
    assert_int_equal(world_start(&run, "beta.example", world->lines, FAKE_AT_ONCE, 0), GP_OK);
    gp_loop_run(run.loop);
    narrow(run.route);
    narrow(run.route); /* nothing changes twice */
    if (run.route->outcome != world->outcome || !strstr(run.route->sentence, world->sentence))
        fail_msg("%s: %s: %s", world->name, dns_route_outcome_text(run.route->outcome),
                 run.route->sentence);
    if (strcmp(world_describe(run.route, text, sizeof(text)), world->endpoints) != 0)
        fail_msg("%s: %s", world->name, text);
    world_finish(&run);
}

static void every_answer_has_to_be_secure(void **state)
{
    (void)state;
#define NOT_SECURED(what) what " is not secured by DNSSEC, which is required"
    static const struct world worlds[] = {
        {"all secure",
         {SRV_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "1 usable",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"the service",
         {SRV_INSECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FAILED,
         NOT_SECURED("_xmpp-server._tcp.beta.example SRV"),
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1 - "
         "[" NOT_SECURED("_xmpp-server._tcp.beta.example SRV") "]"},
        {"the other service is not there, insecurely",
         {SRV_SECURE, "_xmpps-server._tcp.beta.example SRV insecure nodata", GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FAILED,
         NOT_SECURED("_xmpps-server._tcp.beta.example SRV"),
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none "
         "[" NOT_SECURED("_xmpps-server._tcp.beta.example SRV") "]"},
        {"an address",
         {SRV_SECURE, GW1_INSECURE, GW1_NO_V6},
         DNS_ROUTE_FAILED,
         NOT_SECURED("gw1.beta.example A"),
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1? - "
         "[" NOT_SECURED("gw1.beta.example A") "]"},
        {"an address that is not there, insecurely",
         {SRV_SECURE, GW1_V4, GW1_NO_V6_INSECURE},
         DNS_ROUTE_FAILED,
         NOT_SECURED("gw1.beta.example AAAA"),
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none "
         "[" NOT_SECURED("gw1.beta.example AAAA") "]"},
        {"one target of two",
         {"_xmpp-server._tcp.beta.example SRV secure 1 0 5269 gw1.beta.example | 2 0 5269 "
          "gw2.alpha.example",
          GW1_INSECURE, GW1_NO_V6, "gw2.alpha.example A secure 192.0.2.2",
          "gw2.alpha.example AAAA secure nodata"},
         DNS_ROUTE_FOUND,
         "2 usable",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1? - "
         "[" NOT_SECURED(
             "gw1.beta.example A") "]; "
                                   "STARTTLS gw2.alpha.example:5269 secure 192.0.2.2 none"},
        {"no services, securely",
         {"beta.example A secure 192.0.2.9", "beta.example AAAA secure nodata"},
         DNS_ROUTE_FOUND,
         "its own addresses are used",
         "STARTTLS beta.example:5269 insecure 192.0.2.9 -"},
        {"no services, insecurely",
         {"_xmpp-server._tcp.beta.example SRV insecure nxdomain", "beta.example A secure 192.0.2.9",
          "beta.example AAAA secure nodata"},
         DNS_ROUTE_FAILED,
         NOT_SECURED("_xmpp-server._tcp.beta.example SRV"),
         "STARTTLS beta.example:5269 insecure 192.0.2.9 - "
         "[" NOT_SECURED("_xmpp-server._tcp.beta.example SRV") "]"},
        {"an insecure TLSA record only means that there is no DANE",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA insecure 3 1 1 32*ab"},
         DNS_ROUTE_FOUND,
         "1 usable",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"what is refused anyway keeps its reason",
         {SRV_INSECURE, "gw1.beta.example A insecure 10.0.0.1", GW1_NO_V6_INSECURE},
         DNS_ROUTE_NO_SERVICE,
         "which is private",
         "STARTTLS gw1.beta.example:5269 insecure !10.0.0.1? - [gw1.beta.example leads to "
         "10.0.0.1, which is private; private-networks does not name it]"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(worlds); i++)
        check(&worlds[i], dns_route_require_secure);
}

static void direct_tls_can_be_avoided(void **state)
{
    (void)state;
#define AVOIDED "its policy is to do without TLS"
    static const struct world worlds[] = {
        {"both services",
         {SRV_INSECURE, TLS_INSECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "2 usable",
         "direct TLS gw1.beta.example:5270 insecure 192.0.2.1 - [" AVOIDED "]; "
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1 -"},
        {"direct TLS alone",
         {TLS_INSECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_NO_SERVICE,
         AVOIDED,
         "direct TLS gw1.beta.example:5270 insecure 192.0.2.1 - [" AVOIDED "]"},
        {"a TLSA record says that there is TLS",
         {TLS_SECURE, GW1_V4, GW1_NO_V6, "_5270._tcp.gw1.beta.example TLSA secure 3 1 1 32*ab"},
         DNS_ROUTE_FOUND,
         "1 usable",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 usable 1 at gw1.beta.example"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(worlds); i++)
        check(&worlds[i], dns_route_avoid_direct_tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_has_to_be_secure),
        cmocka_unit_test(direct_tls_can_be_avoided),
    };
    return cmocka_run_group_tests_name("dns_route_narrow", tests, NULL, NULL);
}
