/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a partner: every row of spec-digest c.2 to c.7, with a resolver whose world is text.
 */
#include "tests/unit/unit.h"

#include "dns/route.h"
#include "tests/unit/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX 12

/* Lines that several worlds share. */
#define SRV_SECURE         "_xmpp-server._tcp.beta.example SRV secure 10 5 5269 gw1.beta.example"
#define SRV_INSECURE       "_xmpp-server._tcp.beta.example SRV insecure 10 5 5269 gw1.beta.example"
#define SRV_DENIED         "_xmpp-server._tcp.beta.example SRV secure 0 0 0 ."
#define TLS_SECURE         "_xmpps-server._tcp.beta.example SRV secure 10 5 5270 gw1.beta.example"
#define TLS_INSECURE       "_xmpps-server._tcp.beta.example SRV insecure 10 5 5270 gw1.beta.example"
#define TLS_DENIED         "_xmpps-server._tcp.beta.example SRV secure 0 0 0 ."
#define GW1_V4             "gw1.beta.example A secure 192.0.2.1"
#define GW1_V6             "gw1.beta.example AAAA secure 2001:db8::1"
#define GW1_NO_V6          "gw1.beta.example AAAA secure nodata"
#define GW1_INSECURE       "gw1.beta.example A insecure 192.0.2.1"
#define GW1_NO_V6_INSECURE "gw1.beta.example AAAA insecure nodata"
#define GW1_TLSA           "_5269._tcp.gw1.beta.example TLSA secure 3 1 1 32*ab"

struct run {
    struct gp_loop *loop;
    struct dns_route *route;
    struct dns_route_op *op;
    unsigned calls;
};

static void on_route(void *arg, struct dns_route *route)
{
    struct run *run = arg;
    run->op = NULL;
    run->route = route;
    run->calls++;
    gp_loop_stop(run->loop);
}

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

static uint32_t always_zero(void *state, uint32_t bound)
{
    (void)state;
    (void)bound;
    return 0;
}

static const struct gp_rnd zero_rnd = {.below = always_zero};

/* What a route came to, as one text: "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 usable 1". */
static const char *describe(const struct dns_route *route, char *out, size_t size)
{
    static const char *const states[] = {"-", "none", "usable", "unusable", "failed"};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < route->endpoint_count; i++) {
        const struct dns_endpoint *endpoint = &route->endpoints[i];
        char name[DNS_NAME_TEXT_MAX];
        used += (size_t)snprintf(out + used, size - used, "%s%s %s:%u %s", i > 0 ? "; " : "",
                                 dns_service_text(endpoint->service),
                                 dns_name_text(&endpoint->srv.target, name), endpoint->srv.port,
                                 dns_security_text(endpoint->srv_security));
        if (endpoint->is_alias)
            used += (size_t)snprintf(out + used, size - used, " -> %s",
                                     dns_name_text(&endpoint->canonical, name));
        for (size_t k = 0; k < endpoint->address_count; k++) {
            char addr[GP_ADDR_TEXT_MAX];
            const struct dns_endpoint_address *address = &endpoint->addresses[k];
            assert_int_equal(address->addr.port, endpoint->srv.port);
            used += (size_t)snprintf(
                out + used, size - used, " %s%s%s", address->is_refused ? "!" : "",
                gp_addr_text(&address->addr, addr), address->security == DNS_SECURE ? "" : "?");
        }
        used += (size_t)snprintf(out + used, size - used, " %s", states[endpoint->tlsa_state]);
        if (endpoint->tlsa_count > 0)
            used += (size_t)snprintf(out + used, size - used, " %zu at %s", endpoint->tlsa_count,
                                     dns_name_text(&endpoint->tlsa_base, name));
        if (endpoint->skip[0] != '\0')
            used += (size_t)snprintf(out + used, size - used, " [%s]", endpoint->skip);
    }
    return out;
}

struct world {
    const char *name;
    const char *lines[LINES_MAX];
    enum dns_route_outcome outcome;
    const char *sentence;  /* part of it */
    const char *endpoints; /* as describe() has them */
};

static void check_world(const struct world *world, const struct dns_static_route *static_route,
                        const struct dns_route_settings *settings, enum fake_when when)
{
    struct run run = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, world->lines, when);
    struct dns_domain domain = domain_of("beta.example");
    char text[4000];
    assert_int_equal(dns_route_start(&fake->super, settings, &zero_rnd, &domain, static_route,
                                     on_route, &run, &run.op, NULL),
                     GP_OK);
    assert_int_equal(run.calls, 0);
    gp_loop_run(run.loop);
    assert_int_equal(run.calls, 1);
    assert_string_equal(run.route->domain.ascii, "beta.example");
    if (run.route->outcome != world->outcome || !strstr(run.route->sentence, world->sentence))
        fail_msg("%s: %s: %s", world->name, dns_route_outcome_text(run.route->outcome),
                 run.route->sentence);
    if (strcmp(describe(run.route, text, sizeof(text)), world->endpoints) != 0)
        fail_msg("%s: %s", world->name, text);
    /* every answer is kept, in the order of asking */
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < run.route->answer_count; i++) {
        char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
        const struct dns_answer *answer = run.route->answers[i];
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, " %s/%s",
                             dns_name_text(&answer->name, name), dns_type_text(answer->type, type));
    }
    assert_string_equal(text, fake->asked);
    dns_route_destroy(run.route);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(run.loop);
}

static const struct dns_route_settings defaults = {.max_targets = 16, .max_addresses = 8};

static void check_worlds(const struct world *worlds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_world(&worlds[i], NULL, &defaults, FAKE_AT_ONCE);
        check_world(&worlds[i], NULL, &defaults, FAKE_LATER);
    }
}

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
         "is private; no setting permits that network for partners]"},
    };
    check_worlds(worlds, GP_ARRAY_LEN(worlds));
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
    check_worlds(worlds, GP_ARRAY_LEN(worlds));
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
    check_worlds(worlds, GP_ARRAY_LEN(worlds));
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
    check_worlds(worlds, GP_ARRAY_LEN(worlds));
}

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
            "; no setting permits that network for partners]"                            \
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
         "169.254.169.254, which is link-local; no setting permits that network for partners]"},
        {"one address of several",
         {TARGET("5269"), "gw1.beta.example A insecure 127.0.0.1 | 192.0.2.1",
          "gw1.beta.example AAAA insecure nodata"},
         DNS_ROUTE_FOUND,
         "",
         "STARTTLS gw1.beta.example:5269 insecure !127.0.0.1? 192.0.2.1? -"},
    };
    check_worlds(worlds, GP_ARRAY_LEN(worlds));
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
    check_world(&world, NULL, &settings, FAKE_AT_ONCE);
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
        check_world(&worlds[i], NULL, &settings, FAKE_LATER);
}

static void a_target_is_asked_for_once(void **state)
{
    (void)state;
    static const char *const lines[] = {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, NULL};
    struct run run = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
    struct dns_domain domain = domain_of("beta.example");
    assert_int_equal(dns_route_start(&fake->super, &defaults, &zero_rnd, &domain, NULL, on_route,
                                     &run, &run.op, NULL),
                     GP_OK);
    gp_loop_run(run.loop);
    assert_string_equal(fake->asked,
                        " _xmpps-server._tcp.beta.example/SRV _xmpp-server._tcp.beta.example/SRV"
                        " gw1.beta.example/AAAA gw1.beta.example/A"
                        " _5270._tcp.gw1.beta.example/TLSA _5269._tcp.gw1.beta.example/TLSA");
    dns_route_destroy(run.route);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(run.loop);
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
         "10.0.0.1, which is private; no setting permits that network for partners]"},
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
        check_world(&worlds[i], &route, &defaults, FAKE_AT_ONCE);
        check_world(&worlds[i], &route, &defaults, FAKE_LATER);
    }
    /* refused before anything is asked: the answer still comes from the loop */
    static const struct world refused = {
        "port 0",
        {NULL},
        DNS_ROUTE_NO_SERVICE,
        "port 0",
        "direct TLS gw1.beta.example:0 insecure - [port 0 cannot be connected to]"};
    route.port = 0;
    check_world(&refused, &route, &defaults, FAKE_LATER);
}

static void special_domains_are_explained(void **state)
{
    (void)state;
    static const char *const lines[] = {NULL};
    struct run run = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_AT_ONCE);
    struct dns_domain domain = domain_of("beta.test");
    assert_int_equal(dns_route_start(&fake->super, &defaults, &zero_rnd, &domain, NULL, on_route,
                                     &run, &run.op, NULL),
                     GP_OK);
    gp_loop_run(run.loop);
    assert_int_equal(run.route->outcome, DNS_ROUTE_NO_SERVICE);
    assert_non_null(strstr(run.route->sentence, "RFC 6761"));
    dns_route_destroy(run.route);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(run.loop);
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
        struct run run = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
        struct dns_domain domain = domain_of("beta.example");
        assert_int_equal(dns_route_start(&fake->super, &defaults, &zero_rnd, &domain, NULL,
                                         on_route, &run, &run.op, NULL),
                         GP_OK);
        for (unsigned i = 0; i < turns && run.op; i++) {
            struct gp_timer *timer = gp_timer_create(run.loop, on_turn, run.loop);
            gp_timer_set(timer, 0);
            gp_loop_run(run.loop);
            gp_timer_destroy(timer);
        }
        assert_int_equal(run.calls, run.op ? 0 : 1);
        dns_route_cancel(run.op);
        dns_route_destroy(run.route);
        assert_int_equal(fake->waiting_count, 0);
        dns_resolver_destroy(&fake->super);
        gp_loop_destroy(run.loop);
    }
    dns_route_cancel(NULL);
    dns_route_destroy(NULL);
}

static void trouble_on_the_way_ends_the_route(void **state)
{
    (void)state;
    static const char *const lines[] = {SRV_SECURE, TLS_SECURE, GW1_V4, GW1_NO_V6, NULL};
    for (size_t refuse_after = 1; refuse_after < 6; refuse_after++) {
        struct run run = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
        struct dns_domain domain = domain_of("beta.example");
        fake->refuse_after = refuse_after;
        enum gp_code code = dns_route_start(&fake->super, &defaults, &zero_rnd, &domain, NULL,
                                            on_route, &run, &run.op, NULL);
        assert_int_equal(code, refuse_after < 2 ? GP_ERR_NOMEM : GP_OK);
        if (code == GP_OK) {
            gp_loop_run(run.loop);
            assert_int_equal(run.route->outcome, DNS_ROUTE_FAILED);
            assert_string_equal(run.route->sentence, "out of memory");
            assert_int_equal(run.route->endpoint_count, 0);
            dns_route_destroy(run.route);
        }
        assert_int_equal(fake->waiting_count, 0);
        dns_resolver_destroy(&fake->super);
        gp_loop_destroy(run.loop);
    }
}

/* A name of 253 characters leaves no room for "_xmpp-server._tcp". */
static void a_domain_may_be_too_long_for_services(void **state)
{
    (void)state;
    static const char *const lines[] = {NULL};
    char text[254];
    memset(text, 'a', 253);
    text[63] = text[127] = text[191] = '.';
    text[253] = '\0';
    struct gp_loop *loop = gp_loop_create();
    struct fake_resolver *fake = fake_resolver_create(loop, 1000, lines, FAKE_LATER);
    struct dns_domain domain = domain_of(text);
    struct dns_route_op *op;
    assert_int_equal(dns_route_start(&fake->super, &defaults, &zero_rnd, &domain, NULL, on_route,
                                     NULL, &op, NULL),
                     GP_ERR_INPUT);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(loop);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(services_decide_where_to_look),
        cmocka_unit_test(failures_open_no_weaker_way),
        cmocka_unit_test(tlsa_counts_on_a_secure_chain_only),
        cmocka_unit_test(aliases_are_followed_and_noted),
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
    return cmocka_run_group_tests_name("dns_route", tests, NULL, NULL);
}
