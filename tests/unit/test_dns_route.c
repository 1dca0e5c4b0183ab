/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a partner: what the answers make of it, row by row of spec-digest c.4 to c.7.
 */
#include "tests/unit/unit.h"

#include "tests/unit/route_world.h"

static void services_decide_where_to_look(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"both services",
         {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "name 2 endpoints, 2 usable",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 none; "
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"direct TLS alone",
         {TLS_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "name 1 endpoint, 1 usable",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 none"},
        {"STARTTLS denied",
         {TLS_SECURE, SRV_DENIED, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 none"},
        {"direct TLS denied",
         {TLS_DENIED, SRV_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"a dot beside targets is dropped",
         {"_xmpp-server._tcp.beta.example SRV secure 0 0 0 . | 10 5 5269 gw1.beta.example", GW1_V4,
          GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"both denied",
         {TLS_DENIED, SRV_DENIED, "beta.example A secure 192.0.2.9"},
         DNS_ROUTE_NO_SERVICE,
         "beta.example publishes that it offers no XMPP federation",
         ""},
        {"one denied, one absent",
         {SRV_DENIED, "beta.example A secure 192.0.2.9"},
         DNS_ROUTE_NO_SERVICE,
         "publishes that it offers no XMPP federation",
         ""},
        {"none: the domain's own addresses",
         {"beta.example A secure 192.0.2.9", "beta.example AAAA insecure 2001:db8::9",
          "_5269._tcp.beta.example TLSA secure 3 1 1 32*ab"},
         DNS_ROUTE_FOUND,
         "beta.example has no SRV records; its own addresses are used",
         "STARTTLS beta.example:5269 insecure 2001:db8::9? 192.0.2.9 -"},
        {"none: the domain is an alias",
         {"beta.example A insecure -> web.alpha.example 192.0.2.9",
          "beta.example AAAA insecure -> web.alpha.example nodata"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS beta.example:5269 insecure -> web.alpha.example 192.0.2.9? -"},
        {"nothing at all",
         {NULL},
         DNS_ROUTE_NO_SERVICE,
         "beta.example does not exist",
         "STARTTLS beta.example:5269 insecure - [beta.example does not exist]"},
        {"a domain without addresses",
         {"beta.example A insecure nodata", "beta.example AAAA insecure nodata"},
         DNS_ROUTE_NO_SERVICE,
         "beta.example has neither SRV records nor addresses",
         "STARTTLS beta.example:5269 insecure - [beta.example has no addresses]"},
        {"the domain's own addresses are private",
         {"beta.example A insecure 10.0.0.1", "beta.example AAAA insecure nodata"},
         DNS_ROUTE_NO_SERVICE,
         "beta.example has no SRV records, and beta.example leads to 10.0.0.1, which is private",
         "STARTTLS beta.example:5269 insecure !10.0.0.1? - [beta.example leads to 10.0.0.1, which "
         "is private; private-networks does not name it]"},
    };
    world_check_all(worlds, GP_ARRAY_LEN(worlds));
}

static void failures_open_no_weaker_way(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"bogus, and the domain has addresses",
         {"_xmpp-server._tcp.beta.example SRV bogus", "beta.example A secure 192.0.2.9"},
         DNS_ROUTE_BOGUS,
         "_xmpp-server._tcp.beta.example is bogus (signature expired)",
         ""},
        {"failed, and the domain has addresses",
         {"_xmpp-server._tcp.beta.example SRV failed", "beta.example A secure 192.0.2.9"},
         DNS_ROUTE_FAILED,
         "the SRV lookup of _xmpp-server._tcp.beta.example failed (no usable answer within 10.0 s)",
         ""},
        {"bogus is said before failed",
         {"_xmpps-server._tcp.beta.example SRV failed", "_xmpp-server._tcp.beta.example SRV bogus"},
         DNS_ROUTE_BOGUS,
         "_xmpp-server._tcp.beta.example is bogus",
         ""},
        {"direct TLS held back in a signed zone",
         {"_xmpps-server._tcp.beta.example SRV failed", SRV_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FAILED,
         "_xmpps-server._tcp.beta.example",
         ""},
        {"direct TLS failed in an unsigned zone",
         {"_xmpps-server._tcp.beta.example SRV failed", SRV_INSECURE, GW1_INSECURE,
          GW1_NO_V6_INSECURE},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1? -"},
        {"direct TLS bogus",
         {"_xmpps-server._tcp.beta.example SRV bogus", SRV_INSECURE, GW1_INSECURE},
         DNS_ROUTE_BOGUS,
         "_xmpps-server._tcp.beta.example is bogus",
         ""},
        {"STARTTLS failed, direct TLS is vouched for",
         {"_xmpp-server._tcp.beta.example SRV bogus", TLS_SECURE, GW1_V4, GW1_NO_V6},
         DNS_ROUTE_FOUND,
         "",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 none"},
        {"STARTTLS failed, direct TLS is not vouched for",
         {"_xmpp-server._tcp.beta.example SRV failed", TLS_INSECURE, GW1_INSECURE},
         DNS_ROUTE_FAILED,
         "_xmpp-server._tcp.beta.example",
         ""},
        {"a malformed record makes its service fail, with all its records",
         {"_xmpps-server._tcp.beta.example SRV insecure 10 5 5270 gw1.beta.example | malformed",
          SRV_INSECURE, GW1_INSECURE, GW1_NO_V6_INSECURE},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1? -"},
        {"a malformed record alone",
         {"_xmpp-server._tcp.beta.example SRV secure malformed"},
         DNS_ROUTE_FAILED,
         "_xmpp-server._tcp.beta.example has a malformed SRV record",
         ""},
        {"denied and failed",
         {"_xmpp-server._tcp.beta.example SRV failed", TLS_DENIED},
         DNS_ROUTE_FAILED,
         "_xmpp-server._tcp.beta.example",
         ""},
        {"addresses bogus",
         {SRV_SECURE, "gw1.beta.example A bogus", GW1_V6},
         DNS_ROUTE_BOGUS,
         "the A record of gw1.beta.example is bogus (signature expired)",
         "STARTTLS gw1.beta.example:5269 secure - [the A record of gw1.beta.example is bogus "
         "(signature expired)]"},
        {"one family failed",
         {SRV_SECURE, "gw1.beta.example AAAA failed", GW1_V4},
         DNS_ROUTE_FAILED,
         "the AAAA lookup of gw1.beta.example failed",
         "STARTTLS gw1.beta.example:5269 secure - [the AAAA lookup of gw1.beta.example failed (no "
         "usable answer within 10.0 s)]"},
        {"both families failed, the bogus one is said",
         {SRV_SECURE, "gw1.beta.example AAAA failed", "gw1.beta.example A bogus"},
         DNS_ROUTE_BOGUS,
         "the A record of gw1.beta.example is bogus",
         "STARTTLS gw1.beta.example:5269 secure - [the A record of gw1.beta.example is bogus "
         "(signature expired)]"},
        {"one target failed, the other will do",
         {"_xmpp-server._tcp.beta.example SRV secure 10 5 5269 gw1.beta.example | 20 5 5269 "
          "gw2.beta.example",
          "gw1.beta.example A failed", "gw2.beta.example A secure 192.0.2.2",
          "gw2.beta.example AAAA secure nodata"},
         DNS_ROUTE_FOUND,
         "name 2 endpoints, 1 usable",
         "STARTTLS gw1.beta.example:5269 secure - [the A lookup of gw1.beta.example failed (no "
         "usable answer within 10.0 s)]; STARTTLS gw2.beta.example:5269 secure 192.0.2.2 none"},
        {"fallback failed",
         {"beta.example AAAA bogus", "beta.example A secure 192.0.2.9"},
         DNS_ROUTE_BOGUS,
         "the AAAA record of beta.example is bogus",
         "STARTTLS beta.example:5269 insecure - [the AAAA record of beta.example is bogus "
         "(signature expired)]"},
    };
    world_check_all(worlds, GP_ARRAY_LEN(worlds));
}

static void tlsa_counts_on_a_secure_chain_only(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"usable",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 usable 1 at gw1.beta.example"},
        {"each port has its own",
         {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, GW1_TLSA,
          "_5270._tcp.gw1.beta.example TLSA secure 3 1 1 32*01 | 2 0 1 32*02"},
         DNS_ROUTE_FOUND,
         "",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 usable 2 at gw1.beta.example; "
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 usable 1 at gw1.beta.example"},
        {"none usable",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA secure 1 1 1 32*ab"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 unusable"},
        {"insecure",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA insecure 3 1 1 32*ab"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 none"},
        {"bogus: no connection to this target",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA bogus"},
         DNS_ROUTE_BOGUS,
         "_5269._tcp.gw1.beta.example is bogus (signature expired)",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 failed [_5269._tcp.gw1.beta.example is "
         "bogus (signature expired)]"},
        {"failed: no connection to this target",
         {SRV_SECURE, GW1_V4, GW1_NO_V6, "_5269._tcp.gw1.beta.example TLSA failed"},
         DNS_ROUTE_FAILED,
         "the TLSA lookup of _5269._tcp.gw1.beta.example failed",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 failed [the TLSA lookup of "
         "_5269._tcp.gw1.beta.example failed (no usable answer within 10.0 s)]"},
        {"SRV insecure: not asked",
         {SRV_INSECURE, GW1_V4, GW1_NO_V6, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1 -"},
        {"addresses insecure: not asked",
         {SRV_SECURE, GW1_INSECURE, GW1_NO_V6_INSECURE, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 192.0.2.1? -"},
        {"one family secure",
         {SRV_SECURE, GW1_INSECURE, GW1_V6, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure 2001:db8::1 192.0.2.1? usable 1 at "
         "gw1.beta.example"},
        {"security is kept for each service",
         {SRV_INSECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, GW1_TLSA,
          "_5270._tcp.gw1.beta.example TLSA secure 3 1 1 32*01"},
         DNS_ROUTE_FOUND,
         "",
         "direct TLS gw1.beta.example:5270 secure 192.0.2.1 usable 1 at gw1.beta.example; "
         "STARTTLS gw1.beta.example:5269 insecure 192.0.2.1 -"},
    };
    world_check_all(worlds, GP_ARRAY_LEN(worlds));
}

#define ALIAS_V4    "gw1.beta.example A secure -> host.alpha.example 192.0.2.1"
#define ALIAS_NO_V6 "gw1.beta.example AAAA secure -> host.alpha.example nodata"

static void aliases_are_followed_and_noted(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {"the final name's records count first",
         {SRV_SECURE, ALIAS_V4, ALIAS_NO_V6, GW1_TLSA,
          "_5269._tcp.host.alpha.example TLSA secure 3 1 1 32*01 | 3 1 1 32*02"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example 192.0.2.1 usable 2 at "
         "host.alpha.example"},
        {"then those of the target",
         {SRV_SECURE, ALIAS_V4, ALIAS_NO_V6, GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example 192.0.2.1 usable 1 at "
         "gw1.beta.example"},
        {"unusable records of the final name are records",
         {SRV_SECURE, ALIAS_V4, ALIAS_NO_V6, GW1_TLSA,
          "_5269._tcp.host.alpha.example TLSA secure 0 1 1 32*01"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example 192.0.2.1 unusable"},
        {"a failure at the final name is not passed over",
         {SRV_SECURE, ALIAS_V4, ALIAS_NO_V6, GW1_TLSA, "_5269._tcp.host.alpha.example TLSA bogus"},
         DNS_ROUTE_BOGUS,
         "_5269._tcp.host.alpha.example is bogus",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example 192.0.2.1 failed "
         "[_5269._tcp.host.alpha.example is bogus (signature expired)]"},
        {"an insecure alias: nothing is asked",
         {SRV_SECURE, "gw1.beta.example A insecure -> host.alpha.example 192.0.2.1",
          "gw1.beta.example AAAA insecure -> host.alpha.example nodata", GW1_TLSA},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example 192.0.2.1? -"},
        {"an alias that leads nowhere",
         {SRV_SECURE, "gw1.beta.example A secure -> host.alpha.example nxdomain",
          "gw1.beta.example AAAA secure -> host.alpha.example nxdomain"},
         DNS_ROUTE_NO_SERVICE,
         "beta.example names no endpoint that can be used: gw1.beta.example does not exist",
         "STARTTLS gw1.beta.example:5269 secure -> host.alpha.example - [gw1.beta.example does not "
         "exist]"},
    };
    world_check_all(worlds, GP_ARRAY_LEN(worlds));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_decide_where_to_look),
        cmocka_unit_test(failures_open_no_weaker_way),
        cmocka_unit_test(tlsa_counts_on_a_secure_chain_only),
        cmocka_unit_test(aliases_are_followed_and_noted),
    };
    return cmocka_run_group_tests_name("dns_route", tests, NULL, NULL);
}
