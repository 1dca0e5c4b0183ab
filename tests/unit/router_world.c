/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/router_world.h"

#include "tests/unit/parcels.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define STANZA_NS   "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"

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

void world_open(struct world *world, enum fake_when when)
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

void world_close(struct world *world)
{
    assert_int_equal(world->posted.count, 0);
    fed_router_destroy(world->router);
    dns_resolver_destroy(world->context.resolver);
    gp_timer_destroy(world->guard);
    gp_loop_destroy(world->loop);
    close(world->log.fd);
}

void world_deliver(struct world *world, enum fed_direction direction, const char *from,
                   const char *to, const char *id)
{
    char text[300];
    snprintf(text, sizeof(text), "<message from='%s' to='%s' id='%s'/>", from, to, id);
    fed_router_deliver(world->router, parcel_read(direction, text));
}

struct fed_parcel *world_take_posted(struct world *world)
{
    while (world->posted.count == 0) {
        world->is_waited = true;
        gp_loop_run(world->loop);
        world->is_waited = false;
    }
    return fed_queue_take(&world->posted);
}

void world_expect_error(struct world *world, const char *id, const char *condition)
{
    char wanted_id[64], wanted[128];
    struct fed_parcel *parcel = world_take_posted(world);
    snprintf(wanted_id, sizeof(wanted_id), " id='%s' type='error'", id);
    snprintf(wanted, sizeof(wanted), "<%s " STANZA_NS "/>", condition);
    if (!parcel_has(parcel, wanted_id) || !parcel_has(parcel, wanted))
        fail_msg("%s %s: %.*s", id, condition, GP_SPAN_ARG(fed_parcel_stanza(parcel)));
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_string_equal(parcel->home.ascii, "alpha.example");
    assert_true(world->was_must); /* inwards nothing is lost */
    fed_parcel_destroy(parcel);
}

static void note_state(void *arg, const struct fed_pair_status *status)
{
    enum fed_pair_state *state = arg;
    *state = status->state;
}

enum fed_pair_state world_pair_state(const struct world *world)
{
    enum fed_pair_state state = FED_PAIR_OPEN;
    assert_int_equal(fed_router_each_pair(world->router, note_state, &state), 1);
    return state;
}

void world_stop_loop(void *arg)
{
    gp_loop_stop(arg);
}
