/* SPDX-License-Identifier: BSD-2-Clause */
/* The zone that holds a name, and its servers. */
#include "tests/unit/unit.h"

#include "dns/zone.h"
#include "tests/unit/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>

#define LINES_MAX 12

struct run {
    struct gp_loop *loop;
    struct dns_zone *zone;
    struct dns_zone_op *op;
    unsigned calls;
};

static void on_zone(void *arg, struct dns_zone *zone)
{
    struct run *run = arg;
    run->op = NULL;
    run->zone = zone;
    run->calls++;
    gp_loop_stop(run->loop);
}

static void start(struct run *run, struct fake_resolver *fake, const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    assert_int_equal(dns_zone_start(&fake->super, &name, on_zone, run, &run->op, NULL), GP_OK);
    assert_int_equal(run->calls, 0);
}

/* "beta.example secure 7: ns1.beta.example 192.0.2.1 2001:db8::1; ns2.alpha.example [why not]" */
static const char *describe(const struct dns_zone *zone, char *out, size_t size)
{
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    size_t used;
    if (!zone->is_found) {
        snprintf(out, size, "%s", zone->failure);
        return out;
    }
    used = (size_t)snprintf(out, size, "%s %s %u:", dns_name_text(&zone->apex, name),
                            dns_security_text(zone->security), zone->soa.serial);
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct dns_zone_server *server = &zone->servers[i];
        used += (size_t)snprintf(out + used, size - used, "%s %s", i > 0 ? ";" : "",
                                 dns_name_text(&server->name, name));
        for (size_t k = 0; k < server->address_count; k++) {
            assert_int_equal(server->addresses[k].port, 53);
            used += (size_t)snprintf(out + used, size - used, " %s",
                                     gp_addr_text(&server->addresses[k], addr));
        }
        if (server->failure[0] != '\0')
            used += (size_t)snprintf(out + used, size - used, " [%s]", server->failure);
    }
    return out;
}

static void zones_are_found_by_climbing(void **state)
{
    (void)state;
#define SOA "beta.example SOA secure soa"
#define NS  "beta.example NS secure ns2.alpha.example | ns1.beta.example"
#define NS1 "ns1.beta.example A secure 192.0.2.1", "ns1.beta.example AAAA secure 2001:db8::1"
#define NS2 "ns2.alpha.example A insecure 192.0.2.2", "ns2.alpha.example AAAA insecure nodata"
#define FOUND \
    "beta.example secure 7: ns1.beta.example 2001:db8::1 192.0.2.1; ns2.alpha.example 192.0.2.2"
    static const struct {
        const char *name;
        const char *start;
        const char *lines[LINES_MAX];
        const char *expected;
    } rows[] = {
        {"at the apex", "beta.example", {SOA, NS, NS1, NS2}, FOUND},
        {"below it", "_xmpp-server._tcp.beta.example", {SOA, NS, NS1, NS2}, FOUND},
        {"from a name without data",
         "gw1.beta.example",
         {"gw1.beta.example SOA secure nodata", SOA, NS, NS1, NS2},
         FOUND},
        {"from an alias into another zone",
         "www.beta.example",
         {"www.beta.example SOA secure -> alpha.example soa", SOA, NS, NS1, NS2},
         FOUND},
        {"up to the root",
         "beta.example",
         {". SOA insecure soa", ". NS insecure ns.example", "ns.example A insecure 192.0.2.1"},
         ". insecure 7: ns.example 192.0.2.1"},
        {"a server without addresses",
         "beta.example",
         {SOA, NS, NS1},
         "beta.example secure 7: ns1.beta.example 2001:db8::1 192.0.2.1; ns2.alpha.example "
         "[ns2.alpha.example has no addresses]"},
        {"a server that is half known",
         "beta.example",
         {SOA, NS, NS1, "ns2.alpha.example A insecure 192.0.2.2", "ns2.alpha.example AAAA failed"},
         "beta.example secure 7: ns1.beta.example 2001:db8::1 192.0.2.1; ns2.alpha.example "
         "192.0.2.2 [the AAAA lookup of ns2.alpha.example failed (no usable answer within 10.0 "
         "s)]"},
        {"bogus",
         "beta.example",
         {"beta.example SOA bogus", "example SOA secure soa"},
         "the SOA record of beta.example is bogus (signature expired)"},
        {"failed on the way",
         "_tcp.beta.example",
         {"beta.example SOA failed", "example SOA secure soa"},
         "the SOA lookup of beta.example failed (no usable answer within 10.0 s)"},
        {"servers failed",
         "beta.example",
         {SOA, "beta.example NS failed"},
         "the NS lookup of beta.example failed (no usable answer within 10.0 s)"},
        {"no servers", "beta.example", {SOA}, "the zone has no NS records"},
        {"nothing", "beta.example", {NULL}, "not even the root has a SOA record"},
    };
    static const enum fake_when whens[] = {FAKE_AT_ONCE, FAKE_LATER};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(whens); k++) {
            struct run run = {.loop = gp_loop_create()};
            struct fake_resolver *fake =
                fake_resolver_create(run.loop, 1000, rows[i].lines, whens[k]);
            char text[2000];
            start(&run, fake, rows[i].start);
            gp_loop_run(run.loop);
            assert_int_equal(run.calls, 1);
            if (strcmp(describe(run.zone, text, sizeof(text)), rows[i].expected) != 0)
                fail_msg("%s: %s", rows[i].name, text);
            dns_zone_destroy(run.zone);
            dns_resolver_destroy(&fake->super);
            gp_loop_destroy(run.loop);
        }
}

static void servers_are_capped_and_sorted(void **state)
{
    (void)state;
    char servers[1000] = "example NS secure";
    for (int i = 20; i > 0; i--)
        snprintf(servers + strlen(servers), sizeof(servers) - strlen(servers), "%s ns%02d.example",
                 i < 20 ? " |" : "", i);
    const char *const lines[] = {"example SOA secure soa", servers, NULL};
    struct run run = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
    start(&run, fake, "example");
    gp_loop_run(run.loop);
    assert_int_equal(run.zone->server_count, DNS_ZONE_SERVERS_MAX);
    for (size_t i = 1; i < run.zone->server_count; i++) {
        char before[DNS_NAME_TEXT_MAX], after[DNS_NAME_TEXT_MAX];
        assert_true(strcmp(dns_name_text(&run.zone->servers[i - 1].name, before),
                           dns_name_text(&run.zone->servers[i].name, after)) < 0);
    }
    dns_zone_destroy(run.zone);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(run.loop);
}

static void on_turn(void *arg)
{
    gp_loop_stop(arg);
}

static void the_search_can_be_cancelled_at_any_time(void **state)
{
    (void)state;
    static const char *const lines[] = {SOA, NS, NS1, NS2, NULL};
    for (unsigned turns = 0; turns < 14; turns++) {
        struct run run = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
        start(&run, fake, "_xmpp-server._tcp.beta.example");
        for (unsigned i = 0; i < turns && run.op; i++) {
            struct gp_timer *timer = gp_timer_create(run.loop, on_turn, run.loop);
            gp_timer_set(timer, 0);
            gp_loop_run(run.loop);
            gp_timer_destroy(timer);
        }
        dns_zone_cancel(run.op);
        dns_zone_destroy(run.zone);
        assert_int_equal(fake->waiting_count, 0);
        dns_resolver_destroy(&fake->super);
        gp_loop_destroy(run.loop);
    }
    dns_zone_cancel(NULL);
    dns_zone_destroy(NULL);
}

static void a_refused_question_ends_the_search(void **state)
{
    (void)state;
    static const char *const lines[] = {SOA, NS, NS1, NS2, NULL};
    for (size_t refuse_after = 1; refuse_after < 6; refuse_after++) {
        struct run run = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(run.loop, 1000, lines, FAKE_LATER);
        fake->refuse_after = refuse_after;
        start(&run, fake, "beta.example");
        gp_loop_run(run.loop);
        assert_false(run.zone->is_found);
        assert_string_equal(run.zone->failure, "out of memory");
        dns_zone_destroy(run.zone);
        assert_int_equal(fake->waiting_count, 0);
        dns_resolver_destroy(&fake->super);
        gp_loop_destroy(run.loop);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_found_by_climbing),
        cmocka_unit_test(servers_are_capped_and_sorted),
        cmocka_unit_test(the_search_can_be_cancelled_at_any_time),
        cmocka_unit_test(a_refused_question_ends_the_search),
    };
    return cmocka_run_group_tests_name("dns_zone", tests, NULL, NULL);
}
