/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a worker's router takes stanzas, and what becomes of those for a partner that cannot be
 * reached.
 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "tests/unit/parcels.h"
#include "tests/unit/router_world.h"

#include <stdio.h>

static void every_pair_has_one_owner(void **state)
{
    (void)state;
    struct dns_domain home = domain_of("alpha.example");
    unsigned counts[3] = {0};
    for (unsigned i = 0; i < 300; i++) {
        char text[32];
        snprintf(text, sizeof(text), "p%u.example", i);
        struct dns_domain partner = domain_of(text);
        unsigned owner = fed_router_owner(&home, &partner, 3);
        assert_true(owner < 3);
        assert_int_equal(fed_router_owner(&home, &partner, 3), owner);
        assert_int_equal(fed_router_owner(&home, &partner, 1), 0);
        counts[owner]++;
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(counts); i++)
        assert_in_range(counts[i], 50, 150); /* about a third each */
}

static void stanzas_go_to_the_worker_that_owns_the_way(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world_deliver(&world, FED_TO_INSIDE, world.near.ascii, "alpha.example", "1");
    struct fed_parcel *parcel = world_take_posted(&world);
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_true(world.was_must);
    fed_parcel_destroy(parcel);

    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.far.ascii, "2");
    parcel = world_take_posted(&world);
    assert_int_equal(parcel->direction, FED_TO_PARTNER);
    assert_false(world.was_must); /* it can still be answered */
    fed_parcel_destroy(parcel);
    world.is_full = true;
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.far.ascii, "3");
    world_expect_error(&world, "3", "resource-constraint");
    assert_int_equal(world.context.counters.stanzas_bounced, 1);
    world_close(&world);
}

/* RFC 6120, 10.5 */
static void home_domains_talk_inside(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world_deliver(&world, FED_TO_PARTNER, "beta.example", "alpha.example", "1");
    struct fed_parcel *parcel = world_take_posted(&world);
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_string_equal(parcel->home.ascii, "alpha.example");
    assert_string_equal(parcel->partner.ascii, "beta.example");
    fed_parcel_destroy(parcel);
    world_close(&world);
}

static void what_goes_nowhere_is_answered(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", "stranger.example", "1");
    world_expect_error(&world, "1", "not-allowed");
    assert_int_equal(world.context.counters.stanzas_bounced, 1);
    world_deliver(&world, FED_TO_INSIDE, "stranger.example", "other.example", "2");
    assert_int_equal(world.context.counters.stanzas_bounced, 2); /* but nobody may hear of it: */
    assert_int_equal(world.context.counters.stanzas_dropped, 1);
    world_close(&world);
}

static void congestion_is_known_by_home_domain(void **state)
{
    (void)state;
    struct world world;
    struct dns_domain other = domain_of("other.example");
    world_open(&world, FAKE_NEVER);
    assert_false(fed_router_is_congested(world.router, &world.homes[0].domain));
    fed_router_set_congested(world.router, 1, true);
    assert_true(fed_router_is_congested(world.router, &world.homes[0].domain));
    assert_false(fed_router_is_congested(world.router, &world.homes[1].domain));
    assert_false(fed_router_is_congested(world.router, &other));
    fed_router_set_congested(world.router, 1, false);
    assert_false(fed_router_is_congested(world.router, &world.homes[0].domain));
    world_close(&world);
}

/* The pair behind the router. */

static void stanzas_wait_for_the_way_and_share_its_failure(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_LATER);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    assert_int_equal(fed_router_waiting(world.router), 2);
    assert_int_equal(world_pair_state(&world), FED_PAIR_TRYING);
    world_expect_error(&world, "1", "remote-server-not-found");
    world_expect_error(&world, "2", "remote-server-not-found");
    assert_int_equal(fed_router_waiting(world.router), 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_RESTING);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    assert_int_equal(world.posted.count, 1); /* at once: the partner has its rest */
    world_expect_error(&world, "3", "remote-server-not-found");
    assert_int_equal(world.context.counters.attempts, 1);
    assert_int_equal(world.context.counters.attempts_failed, 1);
    world_close(&world);
}

static void queues_are_bounded(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world.settings.limits.queue_stanzas = 2;
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    world_expect_error(&world, "3", "resource-constraint");
    assert_int_equal(fed_router_waiting(world.router), 2);
    fed_router_flush(world.router);
    world_expect_error(&world, "1", "remote-server-timeout");
    world_expect_error(&world, "2", "remote-server-timeout");
    assert_int_equal(fed_router_waiting(world.router), 0);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "4");
    world_expect_error(&world, "4", "remote-server-timeout");
    world_close(&world);
}

/* Once what waits has been answered, nothing new begins to wait. */
static void after_a_flush_no_pair_is_tried(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    fed_router_flush(world.router);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    assert_int_equal(world.posted.count, 1);
    world_expect_error(&world, "1", "remote-server-timeout");
    assert_int_equal(world_pair_state(&world), FED_PAIR_IDLE);
    assert_int_equal(world.context.counters.attempts, 0);
    world_close(&world);
}

static void note_rest(void *arg, const struct fed_pair_status *status)
{
    int64_t *until_ms = arg;
    assert_int_equal(status->state, FED_PAIR_RESTING);
    *until_ms = status->retry_ms;
}

/* Doubled after each failure up to a bound, and never the same for all (RFC 6120, 3.3). */
static void rests_grow(void **state)
{
    (void)state;
    static const int64_t rests[] = {40, 80, 150, 150};
    struct world world;
    int64_t until_ms = 0;
    world_open(&world, FAKE_LATER);
    world.settings.limits.retry_min_ms = 40;
    world.settings.limits.retry_max_ms = 150;
    struct gp_timer *timer = gp_timer_create(world.loop, world_stop_loop, world.loop);
    for (size_t i = 0; i < GP_ARRAY_LEN(rests); i++) {
        int64_t before_ms = gp_clock_mono_ms();
        world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
        world_expect_error(&world, "1", "remote-server-not-found");
        fed_router_each_pair(world.router, note_rest, &until_ms);
        assert_in_range(until_ms, before_ms + rests[i] / 2, gp_clock_mono_ms() + rests[i]);
        gp_timer_set(timer, until_ms - gp_clock_mono_ms() + 1);
        gp_loop_run(world.loop);
    }
    assert_int_equal(world.context.counters.attempts, GP_ARRAY_LEN(rests));
    gp_timer_destroy(timer);
    world_close(&world);
}

static void patience_ends(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world.settings.limits.queue_ms = 10;
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    world_expect_error(&world, "1", "remote-server-timeout");
    assert_int_equal(world_pair_state(&world), FED_PAIR_TRYING);
    world_close(&world);
}

/* What waits while the way is looked up, and the configuration changes. */
static void a_reload_decides_what_becomes_of_what_waits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_gone, is_other; /* the partner, or its terms are */
        uint64_t attempts;
        const char *condition; /* NULL: it waits on */
    } rows[] = {
        {"the same", false, false, 1, NULL},
        {"other terms", false, true, 2, NULL},
        {"the partner is gone", true, false, 1, "not-allowed"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct gp_err err = {0};
        world_open(&world, FAKE_NEVER);
        world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
        struct fed_settings after = world.settings;
        struct fed_partner partner = world.partner;
        after.partners = &partner;
        after.partner_count = !rows[i].is_gone;
        partner.terms += rows[i].is_other;
        world.context.settings = &after;
        const struct fed_inside_settings echo = {.name = "echo", .kind = FED_INSIDE_ECHO};
        assert_int_equal(fed_router_set_settings(world.router, &world.settings, &echo, 1, &err),
                         GP_OK);
        if (world.context.counters.attempts != rows[i].attempts)
            fail_msg("%s: %u attempts", rows[i].name, (unsigned)world.context.counters.attempts);
        assert_int_equal(fed_router_waiting(world.router), rows[i].condition == NULL);
        if (!rows[i].condition)
            fed_router_flush(world.router);
        world_expect_error(&world, "1",
                           rows[i].condition ? rows[i].condition : "remote-server-timeout");
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_has_one_owner),
        cmocka_unit_test(stanzas_go_to_the_worker_that_owns_the_way),
        cmocka_unit_test(home_domains_talk_inside),
        cmocka_unit_test(what_goes_nowhere_is_answered),
        cmocka_unit_test(congestion_is_known_by_home_domain),
        cmocka_unit_test(stanzas_wait_for_the_way_and_share_its_failure),
        cmocka_unit_test(queues_are_bounded),
        cmocka_unit_test(after_a_flush_no_pair_is_tried),
        cmocka_unit_test(rests_grow),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(a_reload_decides_what_becomes_of_what_waits),
    };
    return cmocka_run_group_tests_name("fed_router", tests, NULL, NULL);
}
