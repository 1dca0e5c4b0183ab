/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan of records, and its lines. */
#include "tests/unit/unit.h"

#include "zones/format.h"
#include "zones/refusal.h"
#include "zones/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Settings are written in a few words: hosts and homes by number. */

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    assert_int_equal(dns_name_from_text(text, &name), GP_OK);
    return name;
}

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

static struct gp_addr addr_of(const char *text)
{
    struct gp_addr addr;
    assert_int_equal(gp_addr_parse(text, &addr), GP_OK);
    return addr;
}

static const struct zone_key key_a = {{0xaa, 1}}, key_b = {{0xbb, 2}}, key_c = {{0xcc, 3}};

#define KEY_A_TEXT "aa01000000000000000000000000000000000000000000000000000000000000"
#define KEY_B_TEXT "bb02000000000000000000000000000000000000000000000000000000000000"

/* Two domains on one shared host; the first has a second host in a zone of somebody else. */
struct world {
    struct gp_addr shared_addresses[2], other_addresses[1];
    struct zone_host alpha_hosts[2], beta_hosts[1];
    struct zone_home homes[2];
    struct zone_settings settings;
};

static void make_world(struct world *world)
{
    memset(world, 0, sizeof(*world));
    world->shared_addresses[0] = addr_of("2001:db8:1::1");
    world->shared_addresses[1] = addr_of("8.8.4.1");
    world->other_addresses[0] = addr_of("8.8.4.2");
    world->alpha_hosts[0] = (struct zone_host){.name = name_of("gw1.alpha.example"),
                                               .address_count = 2,
                                               .addresses = world->shared_addresses,
                                               .priority = 10,
                                               .weight = 5,
                                               .starttls_port = 5269,
                                               .direct_tls_port = 5270};
    world->alpha_hosts[1] = (struct zone_host){.name = name_of("gw2.hoster.example"),
                                               .address_count = 1,
                                               .addresses = world->other_addresses,
                                               .priority = 20,
                                               .starttls_port = 5269};
    world->beta_hosts[0] = world->alpha_hosts[0];
    world->beta_hosts[0].direct_tls_port = 0;
    world->homes[0] = (struct zone_home){.domain = domain_of("alpha.example"),
                                         .ttl_s = 3600,
                                         .wants_dane = true,
                                         .key_count = 1,
                                         .keys = &key_a,
                                         .host_count = 2,
                                         .hosts = world->alpha_hosts};
    world->homes[1] = (struct zone_home){.domain = domain_of("beta.example"),
                                         .ttl_s = 300,
                                         .key_count = 1,
                                         .keys = &key_b,
                                         .host_count = 1,
                                         .hosts = world->beta_hosts};
    world->settings = (struct zone_settings){.home_count = 2, .homes = world->homes};
}

/* Places all owners: below alpha.example signed, below beta.example not, hoster.example not known.
 */
static size_t place_all(const struct zone_settings *settings, struct zone_place *places, size_t max)
{
    static const struct {
        const char *apex;
        enum zone_signing signing;
    } zones[] = {{"alpha.example", ZONE_SIGNED},
                 {"beta.example", ZONE_UNSIGNED},
                 {"hoster.example", ZONE_NOT_KNOWN}};
    struct gp_arena arena;
    struct dns_name *owners;
    size_t count;
    gp_arena_init(&arena, 1000000);
    assert_int_equal(zone_plan_owners(settings, &arena, &owners, &count, NULL), GP_OK);
    assert_true(count <= max);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < GP_ARRAY_LEN(zones); j++) {
            struct dns_name apex = name_of(zones[j].apex);
            if (dns_name_is_within(&owners[i], &apex))
                places[i] = (struct zone_place){owners[i], apex, zones[j].signing};
        }
    gp_arena_finish(&arena);
    return count;
}

static void put_changes(const struct zone_plan *plan, struct gp_buf *out)
{
    struct zone_changes changes;
    const struct zone_export export = {.digest = "0123456789abcdef", .changes = &changes};
    struct gp_arena arena;
    gp_arena_init(&arena, 1000000);
    assert_int_equal(zone_changes_make(plan, NULL, ZONE_STEADY, &arena, &changes, NULL), GP_OK);
    assert_int_equal(zone_format_zone(&export, out, NULL), GP_OK);
    gp_arena_finish(&arena);
}

/* All lines of the plan; comments only where with_comments says so. The caller frees it. */
static char *plan_text(const struct zone_settings *settings, bool with_comments)
{
    struct zone_place places[50];
    struct zone_plan *plan;
    struct gp_buf out;
    struct gp_err err = {.code = GP_OK};
    size_t count = place_all(settings, places, GP_ARRAY_LEN(places));
    if (zone_plan_create(settings, places, count, &plan, &err) != GP_OK)
        fail_msg("%s", err.text);
    gp_buf_init(&out, 100000);
    if (with_comments)
        put_changes(plan, &out);
    for (size_t i = 0; i < plan->part_count && !with_comments; i++)
        for (size_t j = 0; j < plan->parts[i].record_count; j++) {
            gp_buf_append_text(&out, plan->parts[i].records[j].held ? ";" : "");
            assert_int_equal(zone_text_record(&plan->parts[i].records[j], &out, NULL), GP_OK);
        }
    zone_plan_destroy(plan);
    char *text = strdup(gp_buf_text(&out));
    gp_buf_finish(&out);
    return text;
}

static void plan_has_every_record_once(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    char *text = plan_text(&world.settings, false);
    assert_string_equal(
        text, "_xmpp-server._tcp.alpha.example.\t3600\tIN\tSRV\t10 5 5269 gw1.alpha.example.\n"
              "_xmpp-server._tcp.alpha.example.\t3600\tIN\tSRV\t20 0 5269 gw2.hoster.example.\n"
              "_xmpps-server._tcp.alpha.example.\t3600\tIN\tSRV\t10 5 5270 gw1.alpha.example.\n"
              "gw1.alpha.example.\t300\tIN\tA\t8.8.4.1\n"
              "gw1.alpha.example.\t300\tIN\tAAAA\t2001:db8:1::1\n"
              "_5269._tcp.gw1.alpha.example.\t300\tIN\tTLSA\t3 1 1 " KEY_A_TEXT "\n"
              "_5269._tcp.gw1.alpha.example.\t300\tIN\tTLSA\t3 1 1 " KEY_B_TEXT "\n"
              "_5270._tcp.gw1.alpha.example.\t300\tIN\tTLSA\t3 1 1 " KEY_A_TEXT "\n"
              "_xmpp-server._tcp.beta.example.\t300\tIN\tSRV\t10 5 5269 gw1.alpha.example.\n"
              "_xmpps-server._tcp.beta.example.\t300\tIN\tSRV\t0 0 0 .\n"
              "gw2.hoster.example.\t3600\tIN\tA\t8.8.4.2\n"
              ";_5269._tcp.gw2.hoster.example.\t3600\tIN\tTLSA\t3 1 1 " KEY_A_TEXT "\n");
    char *again = plan_text(&world.settings, false);
    assert_string_equal(text, again);
    free(text);
    free(again);
}

static void every_record_has_its_reason(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    char *text = plan_text(&world.settings, true);
    static const char *const parts[] = {
        "; Zone alpha.example (signed)\n\n",
        "; Zone beta.example (not signed)\n\n",
        "; Zone hoster.example (not known to be signed)\n\n",
        "; Partners of alpha.example connect here with STARTTLS (RFC 6120, 3.2.1).\n_xmpp-server",
        "; beta.example offers no direct TLS, and says so (RFC 2782).\n_xmpps-server",
        "in a signed zone publish this record.\n;_5269._tcp.gw2",
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(parts); i++)
        if (!strstr(text, parts[i]))
            fail_msg("missing: %s\nin:\n%s", parts[i], text);
    /* Every line is a comment with more than its semicolon, a record, or empty. */
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        assert_true(line[0] != ';' || line[1] != '\0');
    free(text);
}

static void dane_is_a_matter_of_the_host(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    /* Nobody wants it: no TLSA at all. */
    world.homes[0].wants_dane = false;
    char *text = plan_text(&world.settings, false);
    assert_null(strstr(text, "TLSA"));
    free(text);
    /* The other one wants it: on the shared port stand both keys, on ports of the first alone none.
     */
    world.homes[1].wants_dane = true;
    text = plan_text(&world.settings, false);
    assert_non_null(strstr(text, "_5269._tcp.gw1.alpha.example.\t300\tIN\tTLSA\t3 1 1 aa01"));
    assert_non_null(strstr(text, "_5269._tcp.gw1.alpha.example.\t300\tIN\tTLSA\t3 1 1 bb02"));
    assert_null(strstr(text, "_5270"));
    assert_null(strstr(text, "_tcp.gw2"));
    free(text);
    /* One certificate for both: one record. */
    world.homes[1].keys = &key_a;
    text = plan_text(&world.settings, false);
    char *first = strstr(text, "_5269._tcp.gw1");
    assert_non_null(first);
    assert_null(strstr(first + 1, "_5269._tcp.gw1"));
    free(text);
}

static void tlsa_waits_for_signatures(void **state)
{
    (void)state;
    static const struct {
        enum zone_signing signing;
        bool is_held;
    } rows[] = {{ZONE_SIGNED, false}, {ZONE_UNSIGNED, true}, {ZONE_NOT_KNOWN, true}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct zone_place places[50];
        struct zone_plan *plan;
        make_world(&world);
        size_t count = place_all(&world.settings, places, GP_ARRAY_LEN(places));
        for (size_t j = 0; j < count; j++)
            places[j].signing = rows[i].signing;
        assert_int_equal(zone_plan_create(&world.settings, places, count, &plan, NULL), GP_OK);
        for (size_t j = 0; j < plan->part_count; j++)
            for (size_t k = 0; k < plan->parts[j].record_count; k++) {
                const struct zone_record *record = &plan->parts[j].records[k];
                assert_int_equal(record->held != NULL,
                                 record->type == DNS_TYPE_TLSA && rows[i].is_held);
            }
        zone_plan_destroy(plan);
    }
}

/* Every record of a plan is found by its set, and the set is all that is found. */
static void sets_are_found(void **state)
{
    struct world world;
    struct zone_place places[50];
    struct zone_plan *plan;
    struct dns_name nobody = name_of("nobody.example");
    size_t count, found = 0, listed = 0;
    (void)state;
    make_world(&world);
    count = place_all(&world.settings, places, GP_ARRAY_LEN(places));
    assert_int_equal(zone_plan_create(&world.settings, places, count, &plan, NULL), GP_OK);
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++) {
            const struct zone_record *record = &plan->parts[i].records[k];
            const struct zone_record *set =
                zone_plan_set(plan, &record->owner, record->type, &count);
            assert_true(record >= set && record < set + count);
            for (size_t n = 0; n < count; n++)
                assert_true(zone_record_same_set(record, &set[n]));
            found += record == set ? count : 0;
            listed++;
        }
    assert_int_equal(found, listed);
    assert_null(zone_plan_set(plan, &nobody, DNS_TYPE_A, &count));
    assert_int_equal(count, 0);
    assert_null(zone_plan_set(plan, &world.alpha_hosts[0].name, DNS_TYPE_SRV, &count));
    assert_int_equal(count, 0);
    zone_plan_destroy(plan);
}

/* What they share is planned once, in a memory that grows with their number alone. */
static void many_domains_on_one_host(void **state)
{
    enum {
        MANY = 2000
    };
    struct world world;
    struct gp_arena arena;
    struct zone_plan *plan;
    struct dns_name *owners;
    size_t count = 0;
    (void)state;
    make_world(&world);
    struct zone_home *homes = calloc(MANY, sizeof(*homes));
    struct zone_place *places = calloc(2 * MANY + 4, sizeof(*places));
    assert_true(homes && places);
    for (size_t i = 0; i < MANY; i++) {
        char name[40];
        snprintf(name, sizeof(name), "d%zu.alpha.example", i);
        homes[i] = world.homes[0];
        homes[i].domain = domain_of(name);
        homes[i].host_count = 1;
    }
    const struct zone_settings settings = {.home_count = MANY, .homes = homes};
    gp_arena_init(&arena, 64 * 1048576);
    assert_int_equal(zone_plan_owners(&settings, &arena, &owners, &count, NULL), GP_OK);
    assert_int_equal(count, 2 * MANY + 3); /* the services; the host, and its ports */
    for (size_t i = 0; i < count; i++)
        places[i] = (struct zone_place){owners[i], name_of("example"), ZONE_SIGNED};
    assert_int_equal(zone_plan_create(&settings, places, count, &plan, NULL), GP_OK);
    assert_int_equal(plan->part_count, 1);
    assert_int_equal(plan->parts[0].record_count,
                     2 * MANY + world.alpha_hosts[0].address_count + 2);
    zone_plan_destroy(plan);
    gp_arena_finish(&arena);
    free(homes);
    free(places);
}

/* What would break is refused, with a sentence. */

enum fault {
    FAULT_PRIVATE,
    FAULT_LOOPBACK,
    FAULT_TARGET,
    FAULT_NO_ADDRESS,
    FAULT_NO_PLACE,
    FAULT_OUTSIDE,
    FAULT_LONG
};

static void what_would_break_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum fault fault;
        const char *sentence;
    } rows[] = {
        {FAULT_PRIVATE, "address 10.0.0.1 is"},
        {FAULT_LOOPBACK, "address ::1 is loopback"},
        {FAULT_TARGET, "_gw.alpha.example is no host name"},
        {FAULT_NO_ADDRESS, "gw1.alpha.example has no address"},
        {FAULT_NO_PLACE, "the zone of _xmpp-server._tcp.beta.example is not known"},
        {FAULT_OUTSIDE, "lies outside of the zone other.example"},
        {FAULT_LONG, "too long"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct zone_place places[50];
        struct zone_plan *plan = NULL;
        struct gp_err err = {.code = GP_OK};
        char longest[DNS_DOMAIN_MAX];
        make_world(&world);
        size_t count = place_all(&world.settings, places, GP_ARRAY_LEN(places));
        switch (rows[i].fault) {
        case FAULT_PRIVATE:
            world.shared_addresses[1] = addr_of("10.0.0.1");
            break;
        case FAULT_LOOPBACK:
            world.shared_addresses[0] = addr_of("::1");
            break;
        case FAULT_TARGET:
            world.alpha_hosts[0].name = name_of("_gw.alpha.example");
            break;
        case FAULT_NO_ADDRESS:
            world.alpha_hosts[0].address_count = 0;
            break;
        case FAULT_NO_PLACE:
            for (size_t j = 0; j < count; j++)
                if (places[j].signing == ZONE_UNSIGNED)
                    places[j].owner = name_of("elsewhere.example");
            break;
        case FAULT_OUTSIDE:
            places[0].apex = name_of("other.example");
            break;
        case FAULT_LONG:
            memset(longest, 'a', sizeof(longest));
            for (size_t at = 60; at < 240; at += 61)
                longest[at] = '.';
            memcpy(longest + 240, ".example", sizeof(".example"));
            world.homes[0].domain = domain_of(longest);
            break;
        }
        assert_int_equal(zone_plan_create(&world.settings, places, count, &plan, &err),
                         GP_ERR_INPUT);
        assert_null(plan);
        if (!strstr(err.text, rows[i].sentence))
            fail_msg("%s: %s", rows[i].sentence, err.text);
    }
}

static void named_networks_are_fine(void **state)
{
    (void)state;
    struct world world;
    struct gp_network network;
    make_world(&world);
    world.shared_addresses[1] = addr_of("127.0.0.1");
    assert_int_equal(gp_network_parse("127.0.0.0/8", &network), GP_OK);
    world.settings.networks = &network;
    world.settings.network_count = 1;
    char *text = plan_text(&world.settings, false);
    assert_non_null(strstr(text, "IN\tA\t127.0.0.1\n"));
    free(text);
}

static void data_is_text_without_its_owner(void **state)
{
    (void)state;
    struct zone_record record = {.owner = name_of("x.example"), .type = DNS_TYPE_TLSA};
    struct gp_buf out;
    record.data.tlsa = (struct dns_tlsa){3, 1, 1, sizeof(key_a.spki_sha256), key_a.spki_sha256};
    gp_buf_init(&out, 1000);
    assert_int_equal(zone_text_data(&record, &out, NULL), GP_OK);
    assert_string_equal(gp_buf_text(&out), "3 1 1 " KEY_A_TEXT);
    gp_buf_reset(&out);
    record.type = DNS_TYPE_SRV;
    record.data.srv = (struct dns_srv){1, 65535, 443, name_of("gw.example")};
    assert_int_equal(zone_text_data(&record, &out, NULL), GP_OK);
    assert_string_equal(gp_buf_text(&out), "1 65535 443 gw.example.");
    gp_buf_reset(&out);
    record.type = DNS_TYPE_CAA;
    record.data.caa = (struct dns_caa){128, gp_span_text("issue"),
                                       gp_span_text("ca.example; accounturi=\"x\\y\"")};
    assert_int_equal(zone_text_data(&record, &out, NULL), GP_OK);
    assert_string_equal(gp_buf_text(&out), "128 issue \"ca.example; accounturi=\\\"x\\\\y\\\"\"");
    gp_buf_finish(&out);
}

/* TLSA records are for a key that is served, as far as that is known. */
static void keys_that_are_served_are_among_the_records(void **state)
{
    (void)state;
    static const struct {
        const char *name, *owner;
        const struct zone_key *served;
        const char *trouble;
        bool is_refused;
        bool is_preparing;
        size_t published; /* while preparing: how many records are there */
        const char *unread;
    } rows[] = {
        {"one of them", "_5269._tcp.gw1.alpha.example", &key_a, NULL, false, false, 0, NULL},
        {"the other", "_5269._tcp.gw1.alpha.example", &key_b, NULL, false, false, 0, NULL},
        {"neither", "_5269._tcp.gw1.alpha.example", &key_c, NULL, true, false, 0, NULL},
        {"of another port", "_5270._tcp.gw1.alpha.example", &key_b, NULL, true, false, 0, NULL},
        {"not known", "_5270._tcp.gw1.alpha.example", &key_b, "nobody answers", false, false, 0,
         NULL},
        {"held", "_5269._tcp.gw2.hoster.example", &key_c, NULL, false, false, 0, NULL},
        {"no records", "_5271._tcp.gw1.alpha.example", &key_c, NULL, false, false, 0, NULL},
        {"stay as they are", "_5269._tcp.gw1.alpha.example", &key_c, NULL, false, true, 1, NULL},
        {"the first ones", "_5269._tcp.gw1.alpha.example", &key_c, NULL, true, true, 0, NULL},
        {"the first ones, right", "_5269._tcp.gw1.alpha.example", &key_a, NULL, false, true, 0,
         NULL},
        {"unread", "_5269._tcp.gw1.alpha.example", &key_c, NULL, true, true, 1, "no answer"},
    };
    struct world world;
    struct zone_place places[50];
    struct zone_plan *plan;
    make_world(&world);
    size_t count = place_all(&world.settings, places, GP_ARRAY_LEN(places));
    assert_int_equal(zone_plan_create(&world.settings, places, count, &plan, NULL), GP_OK);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_err err = {0};
        struct zone_served_key served = {.owner = name_of(rows[i].owner),
                                         .domain = domain_of("alpha.example"),
                                         .addr = addr_of("8.8.4.1"),
                                         .trouble = rows[i].trouble,
                                         .key = *rows[i].served};
        struct zone_published_set set = {.owner = served.owner,
                                         .type = DNS_TYPE_TLSA,
                                         .trouble = rows[i].unread,
                                         .record_count = rows[i].published};
        const struct zone_published published = {
            .set_count = 1, .sets = &set, .key_count = 1, .keys = &served};
        enum gp_code code = zone_refuse_keys(
            plan, &published, rows[i].is_preparing ? ZONE_PREPARE : ZONE_STEADY, &err);
        if (code != (rows[i].is_refused ? GP_ERR_INPUT : GP_OK))
            fail_msg("%s: %s", rows[i].name, err.text);
    }
    zone_plan_destroy(plan);
}

/* Wire form in, and what of it is the same. */

static void records_are_read_and_compared(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum dns_type type;
        const char *wire;
        size_t len;
        const char *text; /* NULL: malformed */
    } rows[] = {
        {"SRV", DNS_TYPE_SRV, "\0\1\0\2\x14\x95\2gw\0", 10, "1 2 5269 gw."},
        {"SRV, none", DNS_TYPE_SRV, "\0\0\0\0\0\0\0", 7, "0 0 0 ."},
        {"SRV, short", DNS_TYPE_SRV, "\0\1\0\2\x14\x95", 6, NULL},
        {"A", DNS_TYPE_A, "\xc0\0\2\1", 4, "192.0.2.1"},
        {"A, long", DNS_TYPE_A, "\xc0\0\2\1\1", 5, NULL},
        {"TLSA", DNS_TYPE_TLSA, "\2\0\1\xab\xcd", 5, "2 0 1 abcd"},
        {"TLSA, short", DNS_TYPE_TLSA, "\2\0", 2, NULL},
        {"CAA", DNS_TYPE_CAA, "\0\5issueca.example", 17, "0 issue \"ca.example\""},
        {"CAA, empty", DNS_TYPE_CAA, "\0\5issue", 7, "0 issue \"\""},
        {"CAA, no tag", DNS_TYPE_CAA, "\0\0issue", 7, NULL},
        {"CAA, long tag", DNS_TYPE_CAA, "\0\6issue", 7, NULL},
        {"CAA, tag", DNS_TYPE_CAA, "\0\5iss-e;", 8, NULL},
        {"another type", DNS_TYPE_TXT, "\1a", 2, NULL},
    };
    struct zone_record before = {.type = DNS_TYPE_OPT};
    struct gp_buf out;
    gp_buf_init(&out, 1000);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_rdata wire = {(const uint8_t *)rows[i].wire, (uint16_t)rows[i].len};
        struct zone_record record = {.ttl_s = 1}, again = {.ttl_s = 2};
        enum gp_code code = zone_record_read(rows[i].type, wire, &record);
        if ((code == GP_OK) != (rows[i].text != NULL))
            fail_msg("%s", rows[i].name);
        if (code != GP_OK)
            continue;
        gp_buf_reset(&out);
        assert_int_equal(zone_text_data(&record, &out, NULL), GP_OK);
        assert_string_equal(gp_buf_text(&out), rows[i].text);
        assert_int_equal(zone_record_read(rows[i].type, wire, &again), GP_OK);
        assert_true(zone_record_same_data(&record, &again));
        assert_false(before.type == record.type && zone_record_same_data(&before, &record));
        before = record;
    }
    gp_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_has_every_record_once),
        cmocka_unit_test(every_record_has_its_reason),
        cmocka_unit_test(dane_is_a_matter_of_the_host),
        cmocka_unit_test(tlsa_waits_for_signatures),
        cmocka_unit_test(sets_are_found),
        cmocka_unit_test(many_domains_on_one_host),
        cmocka_unit_test(what_would_break_is_refused),
        cmocka_unit_test(named_networks_are_fine),
        cmocka_unit_test(data_is_text_without_its_owner),
        cmocka_unit_test(keys_that_are_served_are_among_the_records),
        cmocka_unit_test(records_are_read_and_compared),
    };
    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
