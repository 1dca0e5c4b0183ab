/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair that a stream of the partner's, on worker 1, carries (XEP-0288). */
#include "tests/unit/unit.h"

#include "tests/unit/parcels.h"
#include "tests/unit/router_world.h"

#include <stdio.h>
#include <stdlib.h>

static struct fed_carrier_news *make_news(enum fed_carrier_event what, uint64_t serial,
                                          const struct dns_domain *partner)
{
    struct fed_carrier_news *news = calloc(1, sizeof(*news));
    news->what = what;
    news->carrier = (struct fed_carrier){1, serial};
    news->home = domain_of("alpha.example");
    news->partner = *partner;
    return news;
}

static void hear(struct world *world, enum fed_carrier_event what, uint64_t serial, uint64_t done)
{
    struct fed_carrier_news *news = make_news(what, serial, &world->near);
    news->done = done;
    fed_router_hear(world->router, news);
}

/* The next one for a carrier is the stanza with this id; it is the caller's. */
static struct fed_parcel *expect_carried(struct world *world, uint64_t serial, const char *id)
{
    char wanted[64];
    struct fed_parcel *parcel = fed_queue_take(&world->posted);
    snprintf(wanted, sizeof(wanted), " id='%s'", id);
    assert_non_null(parcel);
    assert_int_equal(parcel->errand, FED_CARRY);
    assert_int_equal(parcel->carrier.serial, serial);
    assert_true(world->was_must);
    if (!parcel_has(parcel, wanted))
        fail_msg("%s: %.*s", id, GP_SPAN_ARG(fed_parcel_stanza(parcel)));
    return parcel;
}

static void give_back(struct world *world, struct fed_parcel *parcel, enum fed_remains remains)
{
    parcel->errand = FED_RETURNED;
    parcel->remains = remains;
    fed_router_deliver(world->router, parcel);
}

static void a_pair_goes_on_when_its_carrier_is_gone_in_order(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    hear(&world, FED_CARRIER_UP, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_CARRIED);
    static const char *const ids[] = {"1", "2", "3", "4"};
    struct fed_parcel *parcels[4];
    for (size_t i = 0; i < GP_ARRAY_LEN(ids); i++) {
        world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, ids[i]);
        parcels[i] = expect_carried(&world, 7, ids[i]);
    }
    fed_parcel_destroy(parcels[0]);
    hear(&world, FED_CARRIER_DONE, 7, 1);
    assert_int_equal(fed_router_waiting(world.router), 3);
    hear(&world, FED_CARRIER_UP, 8, 0); /* a better one waits for the end of this one (e.8) */
    give_back(&world, parcels[1], FED_RESEND);
    give_back(&world, parcels[2], FED_SEND);
    hear(&world, FED_CARRIER_DOWN, 7, 1);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "5");
    assert_int_equal(world.posted.count, 0); /* the fourth is still on its way back */
    assert_int_equal(fed_router_waiting(world.router), 4);
    give_back(&world, parcels[3], FED_SEND);
    struct fed_parcel *late = expect_carried(&world, 8, "2");
    assert_true(parcel_has(late, "urn:xmpp:delay"));
    fed_parcel_destroy(late);
    for (size_t i = 2; i < GP_ARRAY_LEN(ids); i++)
        fed_parcel_destroy(expect_carried(&world, 8, ids[i]));
    fed_parcel_destroy(expect_carried(&world, 8, "5"));
    hear(&world, FED_CARRIER_DONE, 8, 4);
    assert_int_equal(fed_router_waiting(world.router), 0);
    hear(&world, FED_CARRIER_DOWN, 8, 4);
    assert_int_equal(world_pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

static void a_carrier_gets_no_more_than_it_may_owe(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world.settings.limits.unacked_stanzas = 1;
    hear(&world, FED_CARRIER_UP, 7, 0);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    struct fed_parcel *first = expect_carried(&world, 7, "1");
    assert_int_equal(world.posted.count, 0);
    fed_parcel_destroy(first);
    hear(&world, FED_CARRIER_DONE, 7, 1);
    first = expect_carried(&world, 7, "2");
    fed_router_flush(world.router); /* whoever carries it gives it back now */
    give_back(&world, first, FED_RESEND);
    world_expect_error(&world, "2", "remote-server-timeout");
    assert_int_equal(fed_router_waiting(world.router), 0);
    world_close(&world);
}

/* Prosody sends what waits right behind the header that opens its stream. */
static void a_carrier_is_known_before_anything_that_came_on_it_is_answered(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    fed_router_tell(world.router, make_news(FED_CARRIER_UP, 7, &world.near));
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    fed_parcel_destroy(expect_carried(&world, 7, "1"));
    assert_int_equal(world.context.counters.attempts, 0);
    assert_int_equal(world.told, 0);
    /* What has no hurry goes behind what was posted; to another worker everything goes by letter.
     */
    fed_router_tell(world.router, make_news(FED_CARRIER_DOWN, 7, &world.near));
    assert_int_equal(world.told, 1);
    assert_int_equal(world.told_worker, 0);
    fed_router_tell(world.router, make_news(FED_CARRIER_UP, 8, &world.far));
    assert_int_equal(world.told, 2);
    assert_int_equal(world.told_worker, 1);
    world_close(&world);
}

/* The best way that is left: not one that has gone before it was needed. */
static void a_spare_carrier_that_is_gone_is_not_taken(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    hear(&world, FED_CARRIER_UP, 7, 0);
    hear(&world, FED_CARRIER_UP, 8, 0);
    hear(&world, FED_CARRIER_DOWN, 8, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_CARRIED);
    hear(&world, FED_CARRIER_DOWN, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

static void a_carrier_gets_no_more_bytes_than_it_may_owe(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    hear(&world, FED_CARRIER_UP, 7, 0);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    struct fed_parcel *parcel = expect_carried(&world, 7, "1");
    size_t bytes = fed_parcel_bytes(parcel);
    fed_parcel_destroy(parcel);
    world.settings.limits.queue_bytes = (uint32_t)(2 * bytes);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    fed_parcel_destroy(expect_carried(&world, 7, "2"));
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    assert_int_equal(world.posted.count, 0);
    struct fed_carrier_news *news = make_news(FED_CARRIER_DONE, 7, &world.near);
    news->done = 1;
    news->done_bytes = bytes;
    fed_router_hear(world.router, news);
    fed_parcel_destroy(expect_carried(&world, 7, "3"));
    world_close(&world);
}

static void after_a_flush_no_carrier_is_taken(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    fed_router_flush(world.router);
    hear(&world, FED_CARRIER_UP, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

/* Its patience begins anew when it has to be sent once more, and nobody else's does: either kind
 * waits as long as it may, whatever stands in front. */
static void what_is_late_waits_for_the_next_way(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    struct gp_timer *timer = gp_timer_create(world.loop, world_stop_loop, world.loop);
    world.settings.limits.queue_ms = 10;
    hear(&world, FED_CARRIER_UP, 7, 0);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    struct fed_parcel *parcel = expect_carried(&world, 7, "1");
    gp_timer_set(timer, 20);
    gp_loop_run(world.loop);
    give_back(&world, parcel, FED_RESEND);
    hear(&world, FED_CARRIER_DOWN, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_TRYING);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    world_expect_error(&world, "2", "remote-server-timeout");
    assert_int_equal(world.posted.count, 0);
    assert_int_equal(fed_router_waiting(world.router), 1);
    world.settings.limits.queue_ms = fed_limits_default.queue_ms;
    world.settings.limits.resend_ms = 10;
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    world_expect_error(&world, "1", "remote-server-timeout");
    assert_int_equal(world.posted.count, 0);
    fed_router_flush(world.router);
    world_expect_error(&world, "3", "remote-server-timeout");
    gp_timer_destroy(timer);
    world_close(&world);
}

static void what_is_late_outlives_a_failure(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_LATER);
    hear(&world, FED_CARRIER_UP, 7, 0);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    give_back(&world, expect_carried(&world, 7, "1"), FED_RESEND);
    hear(&world, FED_CARRIER_DOWN, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_TRYING);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    world_expect_error(&world, "2", "remote-server-not-found");
    assert_int_equal(world_pair_state(&world), FED_PAIR_RESTING);
    assert_int_equal(fed_router_waiting(world.router), 1);
    fed_router_flush(world.router);
    world_expect_error(&world, "1", "remote-server-timeout");
    world_close(&world);
}

static void an_attempt_under_way_is_not_left_for_a_carrier(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_LATER);
    world_deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    hear(&world, FED_CARRIER_UP, 7, 0);
    assert_int_equal(world_pair_state(&world), FED_PAIR_TRYING);
    struct fed_parcel *parcel = world_take_posted(&world); /* it fails, and the stanza does not */
    assert_int_equal(parcel->errand, FED_CARRY);
    fed_parcel_destroy(parcel);
    assert_int_equal(world_pair_state(&world), FED_PAIR_CARRIED);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_goes_on_when_its_carrier_is_gone_in_order),
        cmocka_unit_test(a_carrier_gets_no_more_than_it_may_owe),
        cmocka_unit_test(a_carrier_is_known_before_anything_that_came_on_it_is_answered),
        cmocka_unit_test(a_spare_carrier_that_is_gone_is_not_taken),
        cmocka_unit_test(a_carrier_gets_no_more_bytes_than_it_may_owe),
        cmocka_unit_test(after_a_flush_no_carrier_is_taken),
        cmocka_unit_test(what_is_late_waits_for_the_next_way),
        cmocka_unit_test(what_is_late_outlives_a_failure),
        cmocka_unit_test(an_attempt_under_way_is_not_left_for_a_carrier),
    };
    return cmocka_run_group_tests_name("fed_ride", tests, NULL, NULL);
}
