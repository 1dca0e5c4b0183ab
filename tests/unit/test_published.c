/* SPDX-License-Identifier: BSD-2-Clause */
/* What the servers of a zone agree on, set by set. */
#include "tests/unit/unit.h"

#include "published.h"

#include <stdio.h>
#include <stdlib.h>

static const char config_text[] =
    "domain \"alpha.example\" {\n"
    "    certificate = \"alpha.crt\"  key = \"alpha.key\"  inside = \"echo\"  dane = no\n"
    "    host \"gw1.alpha.example\" { address = \"198.51.100.5\" }\n"
    "}\n"
    "inside \"echo\" { kind = echo }\n";

/* Two servers, which know nothing at first. */
struct world {
    struct app_config *config;
    struct app_observations *seen;
    struct app_seen_rrset *addresses; /* of the host */
};

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

static struct app_seen_zone *make_zone(struct app_observations *seen)
{
    struct dns_name apex = name_of("alpha.example");
    struct app_seen_zone *zone = app_seen_zone(seen, &apex);
    struct dns_zone *found = calloc(1, sizeof(*found));
    *found = (struct dns_zone){.is_found = true, .apex = apex, .server_count = 2};
    for (size_t i = 0; i < found->server_count; i++) {
        found->servers[i].name = name_of(i == 0 ? "ns1.example" : "ns2.example");
        found->servers[i].address_count = 1;
        assert_int_equal(
            gp_addr_parse(i == 0 ? "192.0.2.1" : "192.0.2.2", &found->servers[i].addresses[0]),
            GP_OK);
    }
    assert_true(app_seen_zone_found(seen, zone, found));
    return zone;
}

static void begin(struct world *world)
{
    struct gp_arena arena;
    struct app_wanted *wanted;
    struct gp_err err = {0};
    size_t count = 0;
    if (app_config_parse(gp_span_text(config_text), "/etc/gatepost/gatepost.conf", &world->config,
                         NULL, &err) != GP_OK)
        fail_msg("%s", err.text);
    world->seen = app_observations_create();
    struct app_seen_zone *zone = make_zone(world->seen);
    gp_arena_init(&arena, 1000000);
    assert_int_equal(app_published_wanted(world->config, &arena, &wanted, &count, &err), GP_OK);
    assert_int_equal(count, 6); /* both services, the address; and what gaps_are_known has */
    for (size_t i = 0; i < count; i++) {
        struct app_seen_rrset *rrset =
            app_seen_rrset(world->seen, &wanted[i].owner, wanted[i].type);
        rrset->owner->seen = APP_CAME;
        rrset->owner->zone = zone;
        assert_true(app_seen_replies(world->seen, rrset));
        for (size_t k = 0; k < zone->server_count; k++)
            rrset->replies[k] = (struct app_seen_reply){.seen = APP_CAME, .is_authoritative = true};
        if (wanted[i].type == DNS_TYPE_A)
            world->addresses = rrset;
    }
    gp_arena_finish(&arena);
}

static struct dns_rdata records[] = {{(const uint8_t *)"\xc6\x33\x64\x05", 4},
                                     {(const uint8_t *)"\xc6\x33\x64\x06", 4},
                                     {(const uint8_t *)"\xc6\x33\x64", 3}};

/* What a server says of the host's addresses; none but the named field differs from an empty,
 * authoritative answer. */
static const struct app_seen_reply
    nothing = {.seen = APP_CAME, .is_authoritative = true},
    absent = {.seen = APP_CAME, .is_authoritative = true, .rcode = 3},
    silent = {.seen = APP_NOTHING_CAME, .why = "no answer within 6.0 s"},
    refused = {.seen = APP_CAME, .is_authoritative = true, .rcode = 5},
    lame = {.seen = APP_CAME, .count = 1, .records = records, .ttl_s = 60},
    alias = {.seen = APP_CAME, .is_authoritative = true, .is_alias = true},
    one = {.seen = APP_CAME, .is_authoritative = true, .count = 1, .records = records, .ttl_s = 60},
    one_longer = {.seen = APP_CAME,
                  .is_authoritative = true,
                  .count = 1,
                  .records = records,
                  .ttl_s = 7200},
    other = {.seen = APP_CAME, .is_authoritative = true, .count = 1, .records = records + 1},
    wildcard = {.seen = APP_CAME,
                .is_authoritative = true,
                .is_wildcard = true,
                .count = 1,
                .records = records,
                .ttl_s = 60},
    wildcard_alias = {.seen = APP_CAME,
                      .is_authoritative = true,
                      .is_wildcard = true,
                      .is_alias = true},
    malformed = {.seen = APP_CAME, .is_authoritative = true, .count = 1, .records = records + 2};

static void servers_are_taken_together(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const struct app_seen_reply *first, *second;
        size_t record_count;
        uint32_t ttl_s;
        bool is_alias;
        const char *trouble; /* in it; NULL: none */
    } rows[] = {
        {"the same", &one, &one, 1, 60, false, NULL},
        {"neither has it", &nothing, &absent, 0, 0, false, NULL},
        {"the longer TTL counts", &one, &one_longer, 1, 7200, false, NULL},
        {"one is silent", &silent, &one, 1, 60, false, NULL},
        {"one refuses", &one, &refused, 1, 60, false, NULL},
        {"a lame one does not count", &lame, &other, 1, 0, false, NULL},
        {"both are aliases", &alias, &alias, 0, 0, true, NULL},
        {"a wildcard's record is none", &wildcard, &wildcard, 0, 0, false, NULL},
        {"a wildcard's alias is none", &wildcard_alias, &nothing, 0, 0, false, NULL},
        {"other records", &one, &other, 0, 0, false,
         "ns1.example (192.0.2.1) and ns2.example (192.0.2.2) hold different records"},
        {"one has none", &nothing, &one, 0, 0, false, "hold different records"},
        {"alias or not", &alias, &nothing, 0, 0, false, "hold different records"},
        {"all are silent", &silent, &silent, 0, 0, false,
         "ns1.example (192.0.2.1): no answer within 6.0 s"},
        {"all refuse", &refused, &refused, 0, 0, false, "REFUSED"},
        {"all are lame", &lame, &lame, 0, 0, false, "answers without authority"},
        {"malformed", &malformed, &malformed, 0, 0, false, "malformed"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct app_published *published = NULL;
        struct dns_name host = name_of("gw1.alpha.example");
        begin(&world);
        world.addresses->replies[0] = *rows[i].first;
        world.addresses->replies[1] = *rows[i].second;
        assert_int_equal(app_published_read(world.config, world.seen, &published, NULL), GP_OK);
        const struct zone_published_set *set =
            zone_published_find(&published->sets, &host, DNS_TYPE_A);
        assert_non_null(set);
        if ((set->trouble != NULL) != (rows[i].trouble != NULL) ||
            (set->trouble && !strstr(set->trouble, rows[i].trouble)))
            fail_msg("%s: %s", rows[i].name, set->trouble ? set->trouble : "no trouble");
        if (!set->trouble && (set->record_count != rows[i].record_count ||
                              set->ttl_s != rows[i].ttl_s || set->is_alias != rows[i].is_alias))
            fail_msg("%s: %zu records, TTL %u", rows[i].name, set->record_count, set->ttl_s);
        app_published_destroy(published);
        app_config_destroy(world.config);
    }
}

/* Nothing is to be there, but whoever finds something goes by it. */
static void gaps_are_known(void **state)
{
    static const struct {
        const char *owner;
        enum dns_type type;
    } rows[] = {{"_5269._tcp.gw1.alpha.example", DNS_TYPE_TLSA},
                {"_5270._tcp.gw1.alpha.example", DNS_TYPE_TLSA},
                {"gw1.alpha.example", DNS_TYPE_AAAA}};
    struct world world;
    struct app_published *published = NULL;
    (void)state;
    begin(&world);
    assert_int_equal(app_published_read(world.config, world.seen, &published, NULL), GP_OK);
    assert_int_equal(published->sets.set_count, 3);
    assert_int_equal(published->gap_count, GP_ARRAY_LEN(rows));
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name owner = name_of(rows[i].owner);
        assert_int_equal(published->gaps[i].type, rows[i].type);
        assert_true(dns_name_equal(&published->gaps[i].owner, &owner));
    }
    app_published_destroy(published);
    app_config_destroy(world.config);
}

/* Only what is not planned, whichever family that is. */
static void gaps_are_beside_the_plan(void **state)
{
    static const struct {
        const char *dane, *addresses;
        size_t count;
        enum dns_type last;
    } rows[] = {
        {"no", "\"198.51.100.5\"", 6, DNS_TYPE_AAAA},
        {"no", "\"2001:db8::5\"", 6, DNS_TYPE_A},
        {"no", "{\"198.51.100.5\", \"2001:db8::5\"}", 6, DNS_TYPE_TLSA},
        {"yes", "{\"198.51.100.5\", \"2001:db8::5\"}", 6, DNS_TYPE_TLSA}, /* all planned */
        {"yes", "\"198.51.100.5\"", 6, DNS_TYPE_AAAA},
    };
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char text[600];
        struct app_config *config;
        struct app_wanted *wanted;
        struct gp_arena arena;
        struct gp_err err = {0};
        size_t count = 0;
        snprintf(text, sizeof(text),
                 "domain \"alpha.example\" {\n"
                 "    certificate = c  key = k  inside = \"echo\"  dane = %s\n"
                 "    host \"gw1.alpha.example\" { address = %s }\n"
                 "}\n"
                 "inside \"echo\" { kind = echo }\n",
                 rows[i].dane, rows[i].addresses);
        gp_arena_init(&arena, 1000000);
        if (app_config_parse(gp_span_text(text), "/etc/gatepost/gatepost.conf", &config, NULL,
                             &err) != GP_OK ||
            app_published_wanted(config, &arena, &wanted, &count, &err) != GP_OK)
            fail_msg("%zu: %s", i, err.text);
        if (count != rows[i].count || wanted[count - 1].type != rows[i].last)
            fail_msg("%zu: %zu sets, the last of type %d", i, count, (int)wanted[count - 1].type);
        gp_arena_finish(&arena);
        app_config_destroy(config);
    }
}

static void zone_that_was_not_found_is_no_guess(void **state)
{
    (void)state;
    struct world world;
    struct app_published *published = NULL;
    struct gp_err err = {0};
    begin(&world);
    world.addresses->owner->seen = APP_NOTHING_CAME;
    world.addresses->owner->why = "the lookup failed";
    assert_int_equal(app_published_read(world.config, world.seen, &published, &err), GP_ERR_DNS);
    assert_string_equal(err.text, "the zone of gw1.alpha.example: the lookup failed");
    app_config_destroy(world.config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_are_taken_together),
        cmocka_unit_test(gaps_are_known),
        cmocka_unit_test(gaps_are_beside_the_plan),
        cmocka_unit_test(zone_that_was_not_found_is_no_guess),
    };
    return cmocka_run_group_tests_name("published", tests, NULL, NULL);
}
