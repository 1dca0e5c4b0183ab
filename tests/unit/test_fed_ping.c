/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to a partner in a home domain's own name: what goes out, and what comes of it. This is
 * worker 0 of two. A stream of the partner's on worker 1 carries the pair, so that every question
 * is seen on its way there; the inside link belongs to worker 1 as well, so that whatever goes
 * inwards is seen, too.
 */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "federation/ns.h"
#include "federation/ping.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/parcels.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS     2
#define PATIENCE_MS 20000
#define LONG_MS     PATIENCE_MS
#define HEADER      "<stream:stream xmlns='" FED_NS_SERVER "' xmlns:stream='" FED_NS_STREAM "'>"

struct world {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct gp_log log;
    struct fed_home home;
    struct fed_partner partner;
    struct dns_domain name; /* the partner's; the pair belongs to worker 0 */
    struct fed_settings settings;
    struct fed_context context;
    struct fed_router *router;
    struct fed_queue posted; /* to worker 1 */
    struct fed_ping *ping;
    struct fed_ping_result result;
    unsigned results;
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static enum gp_code on_send(void *arg, unsigned worker, struct fed_parcel *parcel, bool must_go)
{
    struct world *world = arg;
    (void)must_go;
    assert_int_equal(worker, 1);
    fed_queue_put(&world->posted, parcel);
    return GP_OK;
}

static void on_result(void *arg, const struct fed_ping_result *result)
{
    struct world *world = arg;
    world->ping = NULL;
    world->result = *result;
    world->results++;
    gp_loop_stop(world->loop);
}

/* A domain whose pair with the home domain belongs to worker 0: "START0.example" or a later one. */
static struct dns_domain name_with(const char *start)
{
    struct dns_domain home = domain_of("alpha.example");
    for (unsigned i = 0; i < 1000; i++) {
        char text[32];
        snprintf(text, sizeof(text), "%s%u.example", start, i);
        struct dns_domain partner = domain_of(text);
        if (fed_router_owner(&home, &partner, WORKERS) == 0)
            return partner;
    }
    fail_msg("no pair belongs to worker 0");
    return home;
}

/* The partner has a stream that both directions use. */
static void carry(struct world *world)
{
    struct fed_carrier_news *news = calloc(1, sizeof(*news));
    news->what = FED_CARRIER_UP;
    news->carrier = (struct fed_carrier){1, 7};
    news->home = world->home.domain;
    news->partner = world->name;
    fed_router_hear(world->router, news);
}

static int set_up(void **state)
{
    static const char *const lines[] = {NULL};
    struct world *world = calloc(1, sizeof(*world));
    struct gp_err err = {0};
    world->loop = gp_loop_create();
    world->name = name_with("p");
    world->guard = gp_timer_create(world->loop, on_guard, NULL);
    gp_timer_set(world->guard, PATIENCE_MS);
    gp_log_init(&world->log, open("/dev/null", O_WRONLY | O_CLOEXEC), GP_LOG_ERROR, GP_LOG_TEXT);
    fed_queue_init(&world->posted);
    world->home = (struct fed_home){.domain = domain_of("alpha.example"), .inside = 1};
    world->partner = (struct fed_partner){
        .domain_count = 1, .domains = &world->name, .kinds = fed_kind_bit(FED_IQ)};
    world->settings = (struct fed_settings){.home_count = 1,
                                            .homes = &world->home,
                                            .partner_count = 1,
                                            .partners = &world->partner,
                                            .is_open = true,
                                            .stranger = {.kinds = fed_kind_bit(FED_IQ)},
                                            .limits = fed_limits_default};
    world->context = (struct fed_context){
        .loop = world->loop,
        .settings = &world->settings,
        .resolver = &fake_resolver_create(world->loop, PATIENCE_MS, lines, FAKE_LATER)->super,
        .route = {.max_targets = 4},
        .log = &world->log,
        .rnd = &gp_rnd_system};
    const struct fed_inside_settings inside = {
        .name = "far", .kind = FED_INSIDE_COMPONENT, .index = 1};
    const struct fed_post post = {
        .worker = 0, .worker_count = WORKERS, .send = on_send, .arg = world};
    if (fed_router_create(&world->context, &inside, 1, &post, &world->router, &err) != GP_OK)
        fail_msg("%s", err.text);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    assert_int_equal(world->posted.count, 0);
    fed_ping_cancel(world->ping);
    fed_router_destroy(world->router);
    dns_resolver_destroy(world->context.resolver);
    gp_timer_destroy(world->guard);
    gp_loop_destroy(world->loop);
    close(world->log.fd);
    free(world);
    return 0;
}

static void start(struct world *world, uint32_t timeout_ms)
{
    struct gp_err err = {0};
    if (fed_ping_start(world->router, &world->home.domain, &world->name, timeout_ms, on_result,
                       world, &world->ping, &err) != GP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(world->results, 0); /* never inside the call */
}

static void expect_result(struct world *world, enum fed_ping_outcome outcome, const char *words)
{
    gp_loop_run(world->loop);
    assert_int_equal(world->results, 1);
    assert_string_equal(fed_ping_outcome_text(world->result.outcome),
                        fed_ping_outcome_text(outcome));
    if (!strstr(world->result.sentence, words))
        fail_msg("not '%s': %s", words, world->result.sentence);
}

/* The question on its way to the carrier; its id. */
static void take_question(struct world *world, char id[128])
{
    struct fed_parcel *parcel = fed_queue_take(&world->posted);
    char wanted[512];
    assert_non_null(parcel);
    assert_int_equal(parcel->errand, FED_CARRY);
    snprintf(id, 128, "%.*s", GP_SPAN_ARG(fed_parcel_id(parcel)));
    snprintf(wanted, sizeof(wanted),
             "<iq from='alpha.example' to='%s' type='get' id='%s'><ping xmlns='urn:xmpp:ping'/>"
             "</iq>",
             world->name.ascii, id);
    assert_true(gp_span_is(fed_parcel_stanza(parcel), wanted));
    fed_parcel_destroy(parcel);
}

/* A stanza comes from a partner. */
static void hear(struct world *world, const char *text)
{
    struct fed_xml *xml = fed_xml_create(&fed_limits_default, true);
    struct fed_stanza stanza;
    fed_xml_feed(xml, gp_span_text(HEADER));
    assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
    fed_xml_feed(xml, gp_span_text(text));
    assert_int_equal(fed_xml_next(xml), FED_XML_ELEMENT);
    assert_int_equal(fed_stanza_read(fed_xml_element(xml), &stanza), FED_STANZA_OK);
    (void)fed_router_from_partner(world->router, &stanza, NULL);
    fed_xml_destroy(xml);
}

static void hear_iq(struct world *world, const char *from, const char *to, const char *type,
                    const char *id, const char *inner)
{
    char text[1024];
    snprintf(text, sizeof(text), "<iq from='%s' to='%s' type='%s' id='%s'>%s</iq>", from, to, type,
             id, inner);
    hear(world, text);
}

/* The parcel for worker 1 that goes there for this. */
static void expect_posted(struct world *world, enum fed_errand errand)
{
    struct fed_parcel *parcel = fed_queue_take(&world->posted);
    assert_non_null(parcel);
    assert_int_equal(parcel->direction, FED_TO_INSIDE);
    assert_int_equal(parcel->errand, errand);
    fed_parcel_destroy(parcel);
}

static void an_answer_is_caught(void **state)
{
    struct world *world = *state;
    char id[128];
    carry(world);
    start(world, LONG_MS);
    take_question(world, id);
    hear_iq(world, world->name.ascii, "alpha.example", "result", id, "");
    expect_result(world, FED_PING_ANSWERED, "");
    assert_string_equal(world->result.sentence, "");
    hear_iq(world, world->name.ascii, "alpha.example", "result", id, ""); /* again: to nobody */
    assert_int_equal(world->posted.count, 0);
}

/* It shows the way as well. */
static void an_error_is_an_answer(void **state)
{
    struct world *world = *state;
    char id[128];
    carry(world);
    start(world, LONG_MS);
    take_question(world, id);
    hear_iq(world, world->name.ascii, "alpha.example", "error", id,
            "<error type='cancel'><service-unavailable xmlns='" FED_NS_STANZA_ERRORS "'/></error>");
    expect_result(world, FED_PING_ANSWERED, "service-unavailable");
}

/* On whatever worker it arrives: to the one that its id names. */
static void answers_go_to_the_worker_that_asked(void **state)
{
    struct world *world = *state;
    char id[128], other[160];
    carry(world);
    start(world, LONG_MS);
    take_question(world, id);
    assert_int_equal(strncmp(id, "gatepost-ping:0:", 16), 0);
    snprintf(other, sizeof(other), "gatepost-ping:1:%s", id + 16);
    hear_iq(world, world->name.ascii, "alpha.example", "result", other, "");
    expect_posted(world, FED_PONG);

    /* as worker 1 would send it here */
    char text[512];
    snprintf(text, sizeof(text), "<iq from='%s' to='alpha.example' type='result' id='%s'/>",
             world->name.ascii, id);
    struct fed_parcel *parcel = parcel_read(FED_TO_INSIDE, text);
    parcel->errand = FED_PONG;
    fed_router_deliver(world->router, parcel);
    expect_result(world, FED_PING_ANSWERED, "");
}

/* Only the partner that was asked can answer, and only an answer is caught. */
static void what_is_no_answer_goes_inside(void **state)
{
    struct world *world = *state;
    char id[128];
    static const struct {
        const char *to, *type, *id;
    } rows[] = {
        {"alpha.example", "get", NULL},
        {"user@alpha.example", "result", NULL},
        {"alpha.example", "result", "another"},
        {"alpha.example", "result", "gatepost-ping:0:guessed:1"},
        {"alpha.example", "result", "gatepost-ping:2:guessed:1"}, /* there is no such worker */
        {"alpha.example", "result", "gatepost-ping:0"},
        {"alpha.example", "result", "gatepost-ping:"},
    };
    carry(world);
    start(world, LONG_MS);
    take_question(world, id);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        hear_iq(world, world->name.ascii, rows[i].to, rows[i].type, rows[i].id ? rows[i].id : id,
                "<ping xmlns='urn:xmpp:ping'/>");
        expect_posted(world, FED_DELIVER);
    }
    hear_iq(world, "stranger.example", "alpha.example", "result", id, "");
    assert_int_equal(world->results, 0);
    hear_iq(world, world->name.ascii, "alpha.example", "result", id, "");
    expect_result(world, FED_PING_ANSWERED, "");
}

static void silence_ends_with_the_deadline(void **state)
{
    struct world *world = *state;
    char id[128];
    carry(world);
    start(world, 1);
    take_question(world, id);
    expect_result(world, FED_PING_SILENT, "no answer");
    hear_iq(world, world->name.ascii, "alpha.example", "result", id, ""); /* too late: to nobody */
    assert_int_equal(world->posted.count, 0);
}

/* As a user would hear; but nobody inside hears of it. */
static void what_cannot_be_delivered_is_told(void **state)
{
    struct world *world = *state;
    start(world, LONG_MS);
    expect_result(world, FED_PING_UNDELIVERED, "does not exist");
    world->results = 0;
    start(world, LONG_MS); /* at once: the partner has its rest */
    expect_result(world, FED_PING_UNDELIVERED, "does not exist");
}

/* A partner that uses our id again is answered as ever. */
static void only_questions_of_ours_are_given_back(void **state)
{
    struct world *world = *state;
    char id[128], text[512];
    carry(world);
    start(world, LONG_MS);
    take_question(world, id);
    snprintf(text, sizeof(text), "<iq from='%s' to='other.example' type='get' id='%s'><q/></iq>",
             world->name.ascii, id);
    fed_router_deliver(world->router, parcel_read(FED_TO_INSIDE, text));
    assert_int_equal(world->context.counters.stanzas_bounced, 1);
    while (world->posted.count > 0)
        fed_parcel_destroy(fed_queue_take(&world->posted));
}

static void the_policy_holds(void **state)
{
    struct world *world = *state;
    world->partner.kinds = fed_kind_bit(FED_MESSAGE);
    start(world, LONG_MS);
    expect_result(world, FED_PING_REFUSED, fed_refusal_text(FED_REFUSED_KIND));
}

/* Whatever the policy for strangers is. */
static void nobody_but_a_partner_is_asked(void **state)
{
    struct world *world = *state;
    struct dns_domain stranger = name_with("s");
    struct gp_err err = {0};
    assert_int_equal(fed_ping_start(world->router, &world->home.domain, &stranger, LONG_MS,
                                    on_result, world, &world->ping, &err),
                     GP_ERR_DENIED);
    assert_non_null(strstr(err.text, "is not a partner of the configuration"));
    world->home.domain = domain_of("gamma.example"); /* a reload came in between */
    struct dns_domain home = domain_of("alpha.example");
    assert_int_equal(fed_ping_start(world->router, &home, &world->name, LONG_MS, on_result, world,
                                    &world->ping, &err),
                     GP_ERR_DENIED);
    assert_non_null(strstr(err.text, "is not a domain of this gateway"));
}

static void there_is_a_bound(void **state)
{
    struct world *world = *state;
    struct fed_ping *pings[FED_PINGS_MAX];
    struct gp_err err = {0};
    char id[128];
    carry(world);
    for (size_t i = 0; i < FED_PINGS_MAX; i++) {
        assert_int_equal(fed_ping_start(world->router, &world->home.domain, &world->name, LONG_MS,
                                        on_result, world, &pings[i], &err),
                         GP_OK);
        take_question(world, id);
    }
    assert_int_equal(fed_ping_start(world->router, &world->home.domain, &world->name, LONG_MS,
                                    on_result, world, &world->ping, &err),
                     GP_ERR_LIMIT);
    for (size_t i = 0; i < FED_PINGS_MAX; i++)
        fed_ping_cancel(pings[i]);
    start(world, LONG_MS);
    take_question(world, id);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(an_answer_is_caught),
        ROW(an_error_is_an_answer),
        ROW(answers_go_to_the_worker_that_asked),
        ROW(what_is_no_answer_goes_inside),
        ROW(silence_ends_with_the_deadline),
        ROW(what_cannot_be_delivered_is_told),
        ROW(only_questions_of_ours_are_given_back),
        ROW(the_policy_holds),
        ROW(nobody_but_a_partner_is_asked),
        ROW(there_is_a_bound),
    };
    return cmocka_run_group_tests_name("fed_ping", tests, NULL, NULL);
}
