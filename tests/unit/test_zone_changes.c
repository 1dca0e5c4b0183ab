/* SPDX-License-Identifier: BSD-2-Clause */
/* From what is published to what is planned, and the scripts that say so. */
#include "tests/unit/unit.h"

#include "zones/format.h"

#include <stdio.h>
#include <stdlib.h>

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

static const uint8_t key[ZONE_KEY_LEN] = {0xaa, 1};
#define KEY_TEXT "aa01000000000000000000000000000000000000000000000000000000000000"

enum {
    STARTTLS,
    DIRECT,
    ADDRESS,
    AUTHORITY,
    TLSA,
    SETS
};

/* A plan for one zone, and what is published there. */
struct world {
    struct zone_record planned[SETS];
    struct zone_part part;
    struct zone_plan plan;
    struct zone_record starttls[2], authorities[2];
    struct zone_published_set sets[SETS];
    struct zone_published published;
    struct gp_arena arena;
};

static struct zone_record service(const char *owner, uint16_t port, const char *target)
{
    return (struct zone_record){.owner = name_of(owner),
                                .type = DNS_TYPE_SRV,
                                .ttl_s = 3600,
                                .low_ttl_s = 300,
                                .data.srv = {10, 0, port, name_of(target)},
                                .reason = "A service."};
}

static struct zone_record authority(const char *tag, const char *value)
{
    return (struct zone_record){.owner = name_of("a.example"),
                                .type = DNS_TYPE_CAA,
                                .ttl_s = 3600,
                                .low_ttl_s = 300,
                                .data.caa = {0, gp_span_text(tag), gp_span_text(value)},
                                .reason = "An authority."};
}

static void publish(struct zone_published_set *set, uint32_t ttl_s, size_t count,
                    struct zone_record *records)
{
    set->ttl_s = ttl_s;
    set->record_count = count;
    set->records = records;
    for (size_t i = 0; i < count; i++) {
        records[i].ttl_s = ttl_s;
        records[i].low_ttl_s = 0;
        records[i].reason = NULL;
    }
}

static void make_world(struct world *world)
{
    *world = (struct world){.part = {.apex = name_of("a.example")}};
    struct zone_record *planned = world->planned;
    planned[STARTTLS] = service("_xmpp-server._tcp.a.example", 5269, "gw.a.example");
    planned[DIRECT] = service("_xmpps-server._tcp.a.example", 5270, "gw.a.example");
    planned[ADDRESS] = (struct zone_record){.owner = name_of("gw.a.example"),
                                            .type = DNS_TYPE_A,
                                            .ttl_s = 3600,
                                            .low_ttl_s = 300,
                                            .reason = "An address."};
    assert_int_equal(gp_addr_parse("192.0.2.1", &planned[ADDRESS].data.addr), GP_OK);
    planned[AUTHORITY] = authority("issue", "ca.example; accounturi=https://ca.example/7");
    planned[TLSA] = (struct zone_record){.owner = name_of("_5269._tcp.gw.a.example"),
                                         .type = DNS_TYPE_TLSA,
                                         .ttl_s = 3600,
                                         .low_ttl_s = 300,
                                         .data.tlsa = {3, 1, 1, sizeof(key), key},
                                         .reason = "A key."};
    for (size_t i = 0; i < SETS; i++)
        world->sets[i] =
            (struct zone_published_set){.owner = planned[i].owner, .type = planned[i].type};
    world->starttls[0] = service("_xmpp-server._tcp.a.example", 5269, "old.a.example");
    world->starttls[1] = service("_xmpp-server._tcp.a.example", 5269, "older.a.example");
    world->authorities[0] = authority("issue", "old.example");
    world->authorities[1] = authority("iodef", "mailto:ca@a.example");
    publish(&world->sets[STARTTLS], 7200, 2, world->starttls);
    publish(&world->sets[AUTHORITY], 60, 2, world->authorities);
    world->part.record_count = SETS;
    world->part.records = planned;
    world->part.signing = ZONE_SIGNED;
    world->plan.part_count = 1;
    world->plan.parts = &world->part;
    world->published.set_count = SETS;
    world->published.sets = world->sets;
    gp_arena_init(&world->arena, 1000000);
}

static void make_changes(struct world *world, enum zone_profile profile, struct zone_changes *ret)
{
    struct gp_err err = {0};
    if (zone_changes_make(&world->plan, &world->published, profile, &world->arena, ret, &err) !=
        GP_OK)
        fail_msg("%s", err.text);
}

/* With the header. The caller frees it. */
static char *text_of(zone_format_fn *format, const struct zone_changes *changes)
{
    const struct zone_export export = {.digest = "0123456789abcdef", .changes = changes};
    struct gp_buf out;
    struct gp_err err = {0};
    gp_buf_init(&out, 100000);
    if (format(&export, &out, &err) != GP_OK)
        fail_msg("%s", err.text);
    char *text = strdup(gp_buf_text(&out));
    assert_non_null(strstr(text, "configuration 0123456789abcdef\n"));
    gp_buf_finish(&out);
    return text;
}

/* Behind the header, which ends with the first empty line. The caller frees it. */
static char *body_of(zone_format_fn *format, const struct zone_changes *changes)
{
    char *text = text_of(format, changes);
    char *body = strdup(strstr(text, "\n\n") + 2);
    free(text);
    return body;
}

#define OLD   "_xmpp-server._tcp.a.example. IN SRV 10 0 5269 old.a.example.\n"
#define OLDER "_xmpp-server._tcp.a.example. IN SRV 10 0 5269 older.a.example.\n"

static const char forth[] =
    "; Zone a.example (signed)\n"
    "zone a.example.\n"
    "prereq yxrrset " OLD "prereq yxrrset " OLDER
    "prereq nxrrset _xmpps-server._tcp.a.example. IN SRV\n"
    "prereq nxrrset gw.a.example. IN A\n"
    "prereq yxrrset a.example. IN CAA 0 issue \"old.example\"\n"
    "prereq yxrrset a.example. IN CAA 0 iodef \"mailto:ca@a.example\"\n"
    "prereq nxrrset _5269._tcp.gw.a.example. IN TLSA\n"
    "update delete _xmpp-server._tcp.a.example. IN SRV\n"
    "update add _xmpp-server._tcp.a.example. 300 IN SRV 10 0 5269 gw.a.example.\n"
    "update add _xmpps-server._tcp.a.example. 300 IN SRV 10 0 5270 gw.a.example.\n"
    "update add gw.a.example. 300 IN A 192.0.2.1\n"
    "update delete a.example. IN CAA\n"
    "update add a.example. 300 IN CAA 0 issue "
    "\"ca.example; accounturi=https://ca.example/7\"\n"
    "update add a.example. 300 IN CAA 0 iodef \"mailto:ca@a.example\"\n"
    "update add _5269._tcp.gw.a.example. 300 IN TLSA 3 1 1 " KEY_TEXT "\n"
    "send\n";

static const char back[] =
    "; Zone a.example (signed)\n"
    "zone a.example.\n"
    "prereq yxrrset _xmpp-server._tcp.a.example. IN SRV 10 0 5269 gw.a.example.\n"
    "prereq yxrrset _xmpps-server._tcp.a.example. IN SRV 10 0 5270 gw.a.example.\n"
    "prereq yxrrset gw.a.example. IN A 192.0.2.1\n"
    "prereq yxrrset a.example. IN CAA 0 issue \"ca.example; accounturi=https://ca.example/7\"\n"
    "prereq yxrrset a.example. IN CAA 0 iodef \"mailto:ca@a.example\"\n"
    "prereq yxrrset _5269._tcp.gw.a.example. IN TLSA 3 1 1 " KEY_TEXT "\n"
    "update delete _xmpp-server._tcp.a.example. IN SRV\n"
    "update add _xmpp-server._tcp.a.example. 7200 IN SRV 10 0 5269 old.a.example.\n"
    "update add _xmpp-server._tcp.a.example. 7200 IN SRV 10 0 5269 older.a.example.\n"
    "update delete _xmpps-server._tcp.a.example. IN SRV\n"
    "update delete gw.a.example. IN A\n"
    "update delete a.example. IN CAA\n"
    "update add a.example. 60 IN CAA 0 issue \"old.example\"\n"
    "update add a.example. 60 IN CAA 0 iodef \"mailto:ca@a.example\"\n"
    "update delete _5269._tcp.gw.a.example. IN TLSA\n"
    "send\n";

static void script_and_its_mirror_image(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    make_changes(&world, ZONE_SWITCH, &changes);
    char *text = body_of(zone_format_nsupdate, &changes);
    assert_string_equal(text, forth);
    free(text);
    zone_changes_reverse(&changes);
    text = body_of(zone_format_nsupdate, &changes);
    assert_string_equal(text, back);
    free(text);
    gp_arena_finish(&world.arena);
}

static void transaction_stops_at_a_surprise(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    make_changes(&world, ZONE_STEADY, &changes);
    char *text = body_of(zone_format_knotc, &changes);
    static const struct {
        const char *part;
    } lines[] = {
        {"set -eu\n"},
        {"knotc \"$@\" zone-begin a.example.\nzone=a.example.\n"
         "knotc \"$@\" zone-unset a.example. _xmpp-server._tcp.a.example. SRV "
         "'10 0 5269 old.a.example.'\n"
         "knotc \"$@\" zone-unset a.example. _xmpp-server._tcp.a.example. SRV "
         "'10 0 5269 older.a.example.'\n"
         "! knotc \"$@\" zone-get a.example. _xmpp-server._tcp.a.example. SRV"},
        {"|| surprise '_xmpp-server._tcp.a.example. SRV'\n"
         "knotc \"$@\" zone-set a.example. _xmpp-server._tcp.a.example. 3600 SRV "
         "'10 0 5269 gw.a.example.'\n"},
        {"zone-set a.example. a.example. 3600 CAA '0 issue \"ca.example; "
         "accounturi=https://ca.example/7\"'\n"},
        {"knotc \"$@\" zone-commit \"$zone\"\nzone=\n"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(lines); i++)
        if (!strstr(text, lines[i].part))
            fail_msg("missing: %s\nin:\n%s", lines[i].part, text);
    free(text);
    gp_arena_finish(&world.arena);
}

static void only_what_differs_is_touched(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t ttl_s;
        const char *target;
        bool is_due;
    } rows[] = {
        {"as it is to be", 3600, "gw.a.example", false},
        {"another TTL", 7200, "gw.a.example", true},
        {"another target", 3600, "gw2.a.example", true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct zone_changes changes;
        make_world(&world);
        world.starttls[0] = service("_xmpp-server._tcp.a.example", 5269, rows[i].target);
        publish(&world.sets[STARTTLS], rows[i].ttl_s, 1, world.starttls);
        make_changes(&world, ZONE_STEADY, &changes);
        if (zone_set_differs(&changes.zones[0].sets[STARTTLS]) != rows[i].is_due)
            fail_msg("%s", rows[i].name);
        gp_arena_finish(&world.arena);
    }
}

static void prepare_lowers_and_adds_new_hosts(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    make_changes(&world, ZONE_PREPARE, &changes);
    char *text = body_of(zone_format_nsupdate, &changes);
    assert_string_equal(
        text, "; Zone a.example (signed)\n"
              "zone a.example.\n"
              "prereq yxrrset " OLD "prereq yxrrset " OLDER "prereq nxrrset gw.a.example. IN A\n"
              "prereq nxrrset _5269._tcp.gw.a.example. IN TLSA\n"
              "update delete _xmpp-server._tcp.a.example. IN SRV\n"
              "update add _xmpp-server._tcp.a.example. 300 IN SRV 10 0 5269 old.a.example.\n"
              "update add _xmpp-server._tcp.a.example. 300 IN SRV 10 0 5269 older.a.example.\n"
              "update add gw.a.example. 300 IN A 192.0.2.1\n"
              "update add _5269._tcp.gw.a.example. 300 IN TLSA 3 1 1 " KEY_TEXT "\n"
              "send\n");
    free(text);
    text = body_of(zone_format_generic, &changes);
    assert_non_null(strstr(text, "a.example.\t60\tIN\tTYPE257\t\\# 18 00056973737565"
                                 "6f6c642e6578616d706c65\n"));
    assert_null(strstr(text, "5270 gw.a.example."));
    free(text);
    gp_arena_finish(&world.arena);
}

/* Whatever stands for it or against it: it is published. */
static void prepare_lowers_held_records_that_are_published(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    struct zone_record published = world.planned[TLSA];
    publish(&world.sets[TLSA], 7200, 1, &published);
    world.planned[TLSA].held = "The zone is not signed.";
    make_changes(&world, ZONE_PREPARE, &changes);
    char *text = body_of(zone_format_nsupdate, &changes);
    assert_non_null(strstr(text, "update add _5269._tcp.gw.a.example. 300 IN TLSA 3 1 1 "));
    free(text);
    gp_arena_finish(&world.arena);
}

/* Neither is needed before the change: the one would be it, the other would stop a renewal. */
static void prepare_brings_no_new_services_and_issuers(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    world.sets[AUTHORITY].record_count = world.sets[STARTTLS].record_count = 0;
    make_changes(&world, ZONE_PREPARE, &changes);
    char *text = body_of(zone_format_zone, &changes);
    assert_null(strstr(text, "CAA"));
    assert_null(strstr(text, "SRV"));
    assert_non_null(strstr(text, "192.0.2.1"));
    free(text);
    gp_arena_finish(&world.arena);
}

static void held_sets_are_left_out(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    world.planned[TLSA].held = "The zone is not signed.";
    world.sets[TLSA].trouble = "nobody answered"; /* does not matter then */
    make_changes(&world, ZONE_STEADY, &changes);
    static zone_format_fn *const formats[] = {zone_format_nsupdate, zone_format_knotc};
    for (size_t i = 0; i < GP_ARRAY_LEN(formats); i++) {
        char *text = body_of(formats[i], &changes);
        assert_null(strstr(text, KEY_TEXT));
        assert_non_null(
            strstr(text, " Left out: _5269._tcp.gw.a.example. TLSA. The zone is not signed.\n"));
        free(text);
    }
    gp_arena_finish(&world.arena);
}

/* octoDNS refuses names in another order, in which numbers count as such. */
static void names_stand_in_natural_order(void **state)
{
    static const char *const planned[] = {"gw10", "gw2", "gw2a", "g", "gw", "gw010a", "gw9.b"};
    static const char *const expected[] = {"g", "gw", "gw2", "gw2a", "gw9.b", "gw10", "gw010a"};
    struct zone_record records[GP_ARRAY_LEN(planned)];
    struct world world;
    struct zone_changes changes;
    (void)state;
    make_world(&world);
    for (size_t i = 0; i < GP_ARRAY_LEN(planned); i++) {
        char name[32];
        snprintf(name, sizeof(name), "%s.a.example", planned[i]);
        records[i] = world.planned[ADDRESS];
        records[i].owner = name_of(name);
    }
    world.part.records = records;
    world.part.record_count = GP_ARRAY_LEN(planned);
    make_changes(&world, ZONE_STEADY, &changes);
    char *text = text_of(zone_format_octodns, &changes);
    const char *at = text;
    for (size_t i = 0; i < GP_ARRAY_LEN(expected); i++) {
        char key_line[32];
        snprintf(key_line, sizeof(key_line), "\n\"%s\":\n", expected[i]);
        if (!(at = strstr(at, key_line)))
            fail_msg("%s is not in its place: %s", expected[i], text);
    }
    free(text);
    gp_arena_finish(&world.arena);
}

static void what_others_published_is_quoted(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    make_world(&world);
    world.authorities[1] = authority("iodef", "mailto:\"a\\b\"@a.example");
    make_changes(&world, ZONE_STEADY, &changes);
    char *text = text_of(zone_format_dnscontrol, &changes);
    assert_non_null(strstr(text, ", CAA(\"@\", \"iodef\", \"mailto:\\\"a\\\\b\\\"@a.example\", "));
    free(text);
    text = text_of(zone_format_octodns, &changes);
    assert_non_null(strstr(text, "    value: \"mailto:\\\"a\\\\b\\\"@a.example\"\n"));
    free(text);
    gp_arena_finish(&world.arena);
}

static void what_is_not_known_gives_no_script(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    struct gp_buf out;
    struct gp_err err = {0};
    const struct zone_export export = {.digest = "", .changes = &changes};
    make_world(&world);
    world.sets[DIRECT].trouble = "nobody answered";
    make_changes(&world, ZONE_STEADY, &changes);
    gp_buf_init(&out, 100000);
    assert_int_equal(zone_format_zone(&export, &out, &err), GP_OK);
    assert_int_equal(zone_format_nsupdate(&export, &out, &err), GP_ERR_DNS);
    assert_string_equal(err.text, "what is published as SRV of _xmpps-server._tcp.a.example is not "
                                  "known: nobody answered");
    assert_int_equal(zone_format_knotc(&export, &out, &err), GP_ERR_DNS);
    assert_int_equal(zone_changes_make(&world.plan, &world.published, ZONE_PREPARE, &world.arena,
                                       &changes, &err),
                     GP_ERR_DNS);
    gp_buf_finish(&out);
    gp_arena_finish(&world.arena);
}

static void one_zone_is_picked(void **state)
{
    (void)state;
    struct world world;
    struct zone_changes changes;
    struct dns_name other = name_of("b.example"), own = name_of("A.example");
    make_world(&world);
    make_changes(&world, ZONE_STEADY, &changes);
    assert_false(zone_changes_pick(&changes, &other));
    assert_true(zone_changes_pick(&changes, &own));
    assert_int_equal(changes.zone_count, 1);
    gp_arena_finish(&world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(script_and_its_mirror_image),
        cmocka_unit_test(transaction_stops_at_a_surprise),
        cmocka_unit_test(only_what_differs_is_touched),
        cmocka_unit_test(prepare_lowers_and_adds_new_hosts),
        cmocka_unit_test(prepare_lowers_held_records_that_are_published),
        cmocka_unit_test(prepare_brings_no_new_services_and_issuers),
        cmocka_unit_test(held_sets_are_left_out),
        cmocka_unit_test(names_stand_in_natural_order),
        cmocka_unit_test(what_others_published_is_quoted),
        cmocka_unit_test(what_is_not_known_gives_no_script),
        cmocka_unit_test(one_zone_is_picked),
    };
    return cmocka_run_group_tests_name("zone_changes", tests, NULL, NULL);
}
