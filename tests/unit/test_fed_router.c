/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a worker's router takes stanzas, and what becomes of those for a partner that cannot be
 * reached. This is worker 0 of two; the inside link of alpha.example belongs to worker 1, so
 * everything that goes inwards is seen on its way there.
 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "federation/router.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/parcels.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS     2
#define PATIENCE_MS 20000
#define STANZA_NS   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"

struct world {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct gp_log log;
    struct fed_home homes[2];
    struct fed_partner partner;
    struct dns_domain near, far; /* partners whose pairs belong to worker 0 and 1 */
    struct dns_domain domains[2];
    struct fed_settings settings;
    struct fed_context context;
    struct fed_router *router;
    bool is_full;             /* the other worker takes what must go, nothing else */
    struct fed_queue posted;  /* to the other worker */
    bool was_must, is_waited; /* of the last one; the loop stops at the next */
    unsigned told;            /* how often news went by letter, and to which worker the last did */
    unsigned told_worker;
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static enum gp_code on_send(void *arg, unsigned worker, struct fed_parcel *parcel, bool must_go)
{
    struct world *world = arg;
    assert_int_equal(worker, 1);
    if (world->is_full && !must_go)
        return GP_ERR_LIMIT;
    world->was_must = must_go;
    fed_queue_put(&world->posted, parcel);
    if (world->is_waited)
        gp_loop_stop(world->loop);
    return GP_OK;
}

static void on_tell(void *arg, unsigned worker, struct fed_carrier_news *news)
{
    struct world *world = arg;
    world->told++;
    world->told_worker = worker;
    free(news);
}

static void on_congested(void *arg, unsigned inside, bool is_congested)
{
    (void)arg, (void)inside, (void)is_congested;
    fail_msg("no inside link of this worker can be congested");
}

/* A partner whose pair with alpha.example belongs to the worker. */
static struct dns_domain partner_of(unsigned worker)
{
    struct dns_domain home = domain_of("alpha.example");
    for (unsigned i = 0; i < 1000; i++) {
        char text[32];
        snprintf(text, sizeof(text), "p%u.example", i);
        struct dns_domain partner = domain_of(text);
        if (fed_router_owner(&home, &partner, WORKERS) == worker)
            return partner;
    }
    fail_msg("no pair belongs to worker %u", worker);
    return home;
}

static void world_open(struct world *world, enum fake_when when)
{
    static const char *const lines[] = {NULL};
    static const char *const homes[] = {"alpha.example", "beta.example"};
    struct gp_err err = {0};
    *world = (struct world){.loop = gp_loop_create(), .near = partner_of(0), .far = partner_of(1)};
    world->guard = gp_timer_create(world->loop, on_guard, NULL);
    gp_timer_set(world->guard, PATIENCE_MS);
    gp_log_init(&world->log, open("/dev/null", O_WRONLY | O_CLOEXEC), GP_LOG_ERROR, GP_LOG_TEXT);
    fed_queue_init(&world->posted);
    for (size_t i = 0; i < GP_ARRAY_LEN(homes); i++)
        world->homes[i] = (struct fed_home){.domain = domain_of(homes[i]), .inside = i == 0};
    world->domains[0] = world->near;
    world->domains[1] = world->far;
    world->partner = (struct fed_partner){.domain_count = 2, .domains = world->domains};
    world->settings = (struct fed_settings){.home_count = 2,
                                            .homes = world->homes,
                                            .partner_count = 1,
                                            .partners = &world->partner,
                                            .limits = fed_limits_default};
    world->context = (struct fed_context){
        .loop = world->loop,
        .settings = &world->settings,
        .resolver = &fake_resolver_create(world->loop, PATIENCE_MS, lines, when)->super,
        .route = {.max_targets = 4},
        .log = &world->log,
        .rnd = &gp_rnd_system};
    const struct fed_inside_settings insides[] = {
        {.name = "echo", .kind = FED_INSIDE_ECHO, .index = 0},
        {.name = "far", .kind = FED_INSIDE_COMPONENT, .index = 1}};
    const struct fed_post post = {.worker = 0,
                                  .worker_count = WORKERS,
                                  .send = on_send,
                                  .tell = on_tell,
                                  .congested = on_congested,
                                  .arg = world};
    if (fed_router_create(&world->context, insides, 2, &post, &world->router, &err) != GP_OK)
        fail_msg("%s", err.text);
}

static void world_close(struct world *world)
{
    assert_int_equal(world->posted.count, 0);
    fed_router_destroy(world->router);
    dns_resolver_destroy(world->context.resolver);
    gp_timer_destroy(world->guard);
    gp_loop_destroy(world->loop);
    close(world->log.fd);
}

/* A message between a home domain and a partner, as it goes in a direction. */
static void deliver(struct world *world, enum fed_direction direction, const char *from,
                    const char *to, const char *id)
{
    char text[300];
    snprintf(text, sizeof(text), "<message from='%s' to='%s' id='%s'/>", from, to, id);
    fed_router_deliver(world->router, parcel_read(direction, text));
}

/* Waits for it if need be. */
static struct fed_parcel *take_posted(struct world *world)
{
    while (world->posted.count == 0) {
        world->is_waited = true;
        gp_loop_run(world->loop);
        world->is_waited = false;
    }
    return fed_queue_take(&world->posted);
}

/* The oldest parcel for the other worker is this error, for alpha.example. */
static void expect_error(struct world *world, const char *id, const char *condition)
{
    char wanted_id[64], wanted[128];
    struct fed_parcel *parcel = take_posted(world);
    snprintf(wanted_id, sizeof(wanted_id), " id='%s' type='error'", id);
    snprintf(wanted, sizeof(wanted), "<%s " STANZA_NS "/>", condition);
    if (!parcel_has(parcel, wanted_id) || !parcel_has(parcel, wanted))
        fail_msg("%s %s: %.*s", id, condition, GP_SPAN_ARG(fed_parcel_stanza(parcel)));
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_string_equal(parcel->home.ascii, "alpha.example");
    assert_true(world->was_must); /* inwards nothing is lost */
    fed_parcel_destroy(parcel);
}

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
    deliver(&world, FED_TO_INSIDE, world.near.ascii, "alpha.example", "1");
    struct fed_parcel *parcel = take_posted(&world);
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_true(world.was_must);
    fed_parcel_destroy(parcel);

    deliver(&world, FED_TO_PARTNER, "alpha.example", world.far.ascii, "2");
    parcel = take_posted(&world);
    assert_int_equal(parcel->direction, FED_TO_PARTNER);
    assert_false(world.was_must); /* it can still be answered */
    fed_parcel_destroy(parcel);
    world.is_full = true;
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.far.ascii, "3");
    expect_error(&world, "3", "resource-constraint");
    assert_int_equal(world.context.counters.stanzas_bounced, 1);
    world_close(&world);
}

/* RFC 6120, 10.5 */
static void home_domains_talk_inside(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    deliver(&world, FED_TO_PARTNER, "beta.example", "alpha.example", "1");
    struct fed_parcel *parcel = take_posted(&world);
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
    deliver(&world, FED_TO_PARTNER, "alpha.example", "stranger.example", "1");
    expect_error(&world, "1", "not-allowed");
    assert_int_equal(world.context.counters.stanzas_bounced, 1);
    deliver(&world, FED_TO_INSIDE, "stranger.example", "other.example", "2");
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

static void note_state(void *arg, const struct fed_pair_status *status)
{
    enum fed_pair_state *state = arg;
    *state = status->state;
}

static enum fed_pair_state pair_state(const struct world *world)
{
    enum fed_pair_state state = FED_PAIR_OPEN;
    assert_int_equal(fed_router_each_pair(world->router, note_state, &state), 1);
    return state;
}

static void stanzas_wait_for_the_way_and_share_its_failure(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_LATER);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    assert_int_equal(fed_router_waiting(world.router), 2);
    assert_int_equal(pair_state(&world), FED_PAIR_TRYING);
    expect_error(&world, "1", "remote-server-not-found");
    expect_error(&world, "2", "remote-server-not-found");
    assert_int_equal(fed_router_waiting(world.router), 0);
    assert_int_equal(pair_state(&world), FED_PAIR_RESTING);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    assert_int_equal(world.posted.count, 1); /* at once: the partner has its rest */
    expect_error(&world, "3", "remote-server-not-found");
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
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
    expect_error(&world, "3", "resource-constraint");
    assert_int_equal(fed_router_waiting(world.router), 2);
    fed_router_flush(world.router);
    expect_error(&world, "1", "remote-server-timeout");
    expect_error(&world, "2", "remote-server-timeout");
    assert_int_equal(fed_router_waiting(world.router), 0);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "4");
    expect_error(&world, "4", "remote-server-timeout");
    world_close(&world);
}

/* Once what waits has been answered, nothing new begins to wait. */
static void after_a_flush_no_pair_is_tried(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    fed_router_flush(world.router);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    assert_int_equal(world.posted.count, 1);
    expect_error(&world, "1", "remote-server-timeout");
    assert_int_equal(pair_state(&world), FED_PAIR_IDLE);
    assert_int_equal(world.context.counters.attempts, 0);
    world_close(&world);
}

static void note_rest(void *arg, const struct fed_pair_status *status)
{
    int64_t *until_ms = arg;
    assert_int_equal(status->state, FED_PAIR_RESTING);
    *until_ms = status->retry_ms;
}

static void stop_loop(void *arg)
{
    gp_loop_stop(arg);
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
    struct gp_timer *timer = gp_timer_create(world.loop, stop_loop, world.loop);
    for (size_t i = 0; i < GP_ARRAY_LEN(rests); i++) {
        int64_t before_ms = gp_clock_mono_ms();
        deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
        expect_error(&world, "1", "remote-server-not-found");
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
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    expect_error(&world, "1", "remote-server-timeout");
    assert_int_equal(pair_state(&world), FED_PAIR_TRYING);
    world_close(&world);
}

/* A stream of the partner's on worker 1 that carries the pair (XEP-0288). */

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
    assert_int_equal(pair_state(&world), FED_PAIR_CARRIED);
    static const char *const ids[] = {"1", "2", "3", "4"};
    struct fed_parcel *parcels[4];
    for (size_t i = 0; i < GP_ARRAY_LEN(ids); i++) {
        deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, ids[i]);
        parcels[i] = expect_carried(&world, 7, ids[i]);
    }
    fed_parcel_destroy(parcels[0]);
    hear(&world, FED_CARRIER_DONE, 7, 1);
    assert_int_equal(fed_router_waiting(world.router), 3);
    hear(&world, FED_CARRIER_UP, 8, 0); /* a better one waits for the end of this one (e.8) */
    give_back(&world, parcels[1], FED_RESEND);
    give_back(&world, parcels[2], FED_SEND);
    hear(&world, FED_CARRIER_DOWN, 7, 1);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "5");
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
    assert_int_equal(pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

static void a_carrier_gets_no_more_than_it_may_owe(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    world.settings.limits.unacked_stanzas = 1;
    hear(&world, FED_CARRIER_UP, 7, 0);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    struct fed_parcel *first = expect_carried(&world, 7, "1");
    assert_int_equal(world.posted.count, 0);
    fed_parcel_destroy(first);
    hear(&world, FED_CARRIER_DONE, 7, 1);
    first = expect_carried(&world, 7, "2");
    fed_router_flush(world.router); /* whoever carries it gives it back now */
    give_back(&world, first, FED_RESEND);
    expect_error(&world, "2", "remote-server-timeout");
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
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
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
    assert_int_equal(pair_state(&world), FED_PAIR_CARRIED);
    hear(&world, FED_CARRIER_DOWN, 7, 0);
    assert_int_equal(pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

static void a_carrier_gets_no_more_bytes_than_it_may_owe(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    hear(&world, FED_CARRIER_UP, 7, 0);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    struct fed_parcel *parcel = expect_carried(&world, 7, "1");
    size_t bytes = fed_parcel_bytes(parcel);
    fed_parcel_destroy(parcel);
    world.settings.limits.queue_bytes = (uint32_t)(2 * bytes);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "2");
    fed_parcel_destroy(expect_carried(&world, 7, "2"));
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "3");
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
    assert_int_equal(pair_state(&world), FED_PAIR_IDLE);
    world_close(&world);
}

/* Its patience begins anew when it has to be sent once more. */
static void what_is_late_waits_for_the_next_way(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_NEVER);
    struct gp_timer *timer = gp_timer_create(world.loop, stop_loop, world.loop);
    world.settings.limits.queue_ms = 10;
    hear(&world, FED_CARRIER_UP, 7, 0);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    struct fed_parcel *parcel = expect_carried(&world, 7, "1");
    gp_timer_set(timer, 20);
    gp_loop_run(world.loop);
    give_back(&world, parcel, FED_RESEND);
    hear(&world, FED_CARRIER_DOWN, 7, 0);
    assert_int_equal(pair_state(&world), FED_PAIR_TRYING);
    gp_timer_set(timer, 20);
    gp_loop_run(world.loop);
    assert_int_equal(world.posted.count, 0); /* no error either */
    assert_int_equal(fed_router_waiting(world.router), 1);
    fed_router_flush(world.router);
    expect_error(&world, "1", "remote-server-timeout");
    gp_timer_destroy(timer);
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
        deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
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
        expect_error(&world, "1", rows[i].condition ? rows[i].condition : "remote-server-timeout");
        world_close(&world);
    }
}

static void an_attempt_under_way_is_not_left_for_a_carrier(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, FAKE_LATER);
    deliver(&world, FED_TO_PARTNER, "alpha.example", world.near.ascii, "1");
    hear(&world, FED_CARRIER_UP, 7, 0);
    assert_int_equal(pair_state(&world), FED_PAIR_TRYING);
    struct fed_parcel *parcel = take_posted(&world); /* it fails, and the stanza does not */
    assert_int_equal(parcel->errand, FED_CARRY);
    fed_parcel_destroy(parcel);
    assert_int_equal(pair_state(&world), FED_PAIR_CARRIED);
    world_close(&world);
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
        cmocka_unit_test(a_pair_goes_on_when_its_carrier_is_gone_in_order),
        cmocka_unit_test(a_carrier_gets_no_more_than_it_may_owe),
        cmocka_unit_test(a_carrier_is_known_before_anything_that_came_on_it_is_answered),
        cmocka_unit_test(a_spare_carrier_that_is_gone_is_not_taken),
        cmocka_unit_test(a_carrier_gets_no_more_bytes_than_it_may_owe),
        cmocka_unit_test(after_a_flush_no_carrier_is_taken),
        cmocka_unit_test(what_is_late_waits_for_the_next_way),
        cmocka_unit_test(a_reload_decides_what_becomes_of_what_waits),
        cmocka_unit_test(an_attempt_under_way_is_not_left_for_a_carrier),
    };
    return cmocka_run_group_tests_name("fed_router", tests, NULL, NULL);
}
