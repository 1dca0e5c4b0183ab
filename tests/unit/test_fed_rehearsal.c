/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain that lives as long as a check, over real connections: whose keys it knows, whom it asks
 * about, and how many may come. */
#include "tests/unit/unit.h"

#include "federation/dialback.h"
#include "federation/probe.h"
#include "federation/rehearsal.h"

#include <stdio.h>

#define TIMEOUT_MS 20000
#define MANY       64 /* connections that are taken at a time */

static const struct dns_domain stage = {"stage.example"}, home = {"home.example"},
                               other = {"other.example"};

/* A stage, and one who comes to it. */
struct world {
    struct gp_loop *loop;
    struct fed_session_list sessions;
    struct fed_tls *tls; /* of the stage: nobody is trusted */
    struct fed_rehearsal *rehearsal;
    struct gp_addr addr;
    struct fed_home comer;
    struct fed_settings settings; /* of the one who comes */
    struct fed_probe *probe;
    struct fed_probe_result *result;
    /* What the stage asked, and is told. */
    unsigned key_count, proof_count;
    struct dns_domain asked_about;
    enum fed_verdict verdict;
};

static void on_key(void *arg, const struct dns_domain *about, const char *stream_id,
                   const char *key)
{
    struct world *world = arg;
    struct gp_span id = gp_span_text(stream_id);
    world->key_count++;
    world->asked_about = *about;
    /* what its authoritative server would look at */
    assert_true(fed_dialback_check(&world->settings.dialback_secret, gp_span_text(stage.ascii),
                                   gp_span_text(about->ascii), id, gp_span_text(key)));
    fed_rehearsal_answer(world->rehearsal, about, world->verdict);
}

static void on_proved(void *arg, const struct dns_domain *who)
{
    struct world *world = arg;
    world->proof_count++;
    assert_true(dns_domain_equal(who, &home));
}

static void open_world(struct world *world)
{
    static const struct fed_rehearsal_owner owner = {.on_key = on_key, .on_proved = on_proved};
    const struct fed_tls_identity identity = {.domain = stage};
    *world = (struct world){.loop = gp_loop_create(), .verdict = FED_VERDICT_VALID};
    world->settings = (struct fed_settings){
        .home_count = 1, .homes = &world->comer, .limits = fed_limits_default};
    world->comer.domain = home;
    gp_secret_random(&world->settings.dialback_secret);
    assert_int_equal(fed_tls_create(&identity, 1, FED_TLS_NO_ANCHORS, &world->tls, NULL), GP_OK);
    const struct fed_rehearsal_setup setup = {.loop = world->loop,
                                              .limits = &fed_limits_default,
                                              .sessions = &world->sessions,
                                              .tls = world->tls,
                                              .domain = &stage,
                                              .shown = &stage,
                                              .owner = &owner,
                                              .arg = world};
    assert_int_equal(fed_rehearsal_create(&setup, &world->rehearsal, &world->addr, NULL), GP_OK);
}

static void close_world(struct world *world)
{
    fed_probe_cancel(world->probe);
    fed_probe_result_destroy(world->result);
    while (world->sessions.first)
        fed_session_destroy(world->sessions.first);
    fed_rehearsal_destroy(world->rehearsal);
    fed_tls_destroy(world->tls);
    gp_loop_destroy(world->loop);
}

static void on_result(void *arg, struct fed_probe_result *result)
{
    struct world *world = arg;
    world->probe = NULL;
    world->result = result;
    gp_loop_stop(world->loop);
}

/* Comes to the stage, and waits for what becomes of it. */
static const struct fed_probe_result *come(struct world *world, struct fed_probe_setup setup)
{
    fed_probe_result_destroy(world->result);
    world->result = NULL;
    setup.loop = world->loop;
    setup.sessions = &world->sessions;
    setup.tls = world->tls;
    setup.addr = world->addr;
    setup.service = DNS_SERVICE_STARTTLS;
    setup.domain = stage;
    setup.timeout_ms = TIMEOUT_MS;
    assert_int_equal(fed_probe_start(&setup, on_result, world, &world->probe, NULL), GP_OK);
    gp_loop_run(world->loop);
    assert_non_null(world->result);
    return world->result;
}

/* With a key, as a home domain does. */
static const struct fed_probe_result *send_key(struct world *world, const struct dns_domain *as)
{
    const struct fed_probe_setup setup = {
        .settings = &world->settings, .as = as, .purpose = FED_OUT_REHEARSE};
    return come(world, setup);
}

/* As the authoritative server: it knows the keys of its settings, and no others. */

static void only_its_own_keys_are_valid(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_own;
        enum fed_verdict expected;
    } rows[] = {{"its own", true, FED_VERDICT_VALID}, {"another", false, FED_VERDICT_INVALID}};
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct fed_settings *settings =
            rows[i].is_own ? fed_rehearsal_settings(world.rehearsal) : &world.settings;
        char key[FED_DIALBACK_KEY_MAX];
        assert_true(fed_dialback_key(&settings->dialback_secret, gp_span_text(home.ascii),
                                     gp_span_text(stage.ascii), gp_span_text("id"), key));
        const struct fed_probe_setup setup = {.settings = &world.settings,
                                              .as = &home,
                                              .purpose = FED_OUT_VERIFY,
                                              .verify_id = "id",
                                              .verify_key = key};
        const struct fed_probe_result *result = come(&world, setup);
        if (!result->has_verdict || result->verdict != rows[i].expected)
            fail_msg("%s: %s", rows[i].name, result->sentence);
    }
    close_world(&world);
}

/* As the receiving server: one key of each that is expected. */

static void who_is_expected_proves_itself(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    assert_int_equal(fed_rehearsal_expect(world.rehearsal, &home, NULL), GP_OK);
    assert_int_equal(send_key(&world, &home)->stage, FED_PROBE_LOGGED_IN);
    const struct fed_rehearsal_result *result = fed_rehearsal_result(world.rehearsal, &home);
    assert_true(result->was_asked && result->was_proved);
    assert_int_equal(result->connections, 1);
    assert_true(gp_addr_same_host(&result->from, &world.addr));
    assert_int_equal(world.key_count, 1);
    assert_int_equal(world.proof_count, 1);
    assert_true(dns_domain_equal(&world.asked_about, &home));
    close_world(&world);
}

static void a_key_that_is_not_right_proves_nothing(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    world.verdict = FED_VERDICT_INVALID;
    assert_int_equal(fed_rehearsal_expect(world.rehearsal, &home, NULL), GP_OK);
    assert_int_equal(send_key(&world, &home)->reason, FED_CLOSE_KEY_REFUSED);
    assert_false(fed_rehearsal_result(world.rehearsal, &home)->was_proved);
    assert_int_equal(world.proof_count, 0);
    close_world(&world);
}

static void nobody_is_asked_about_who_is_not_expected(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    assert_int_equal(fed_rehearsal_expect(world.rehearsal, &home, NULL), GP_OK);
    assert_int_equal(send_key(&world, &other)->reason, FED_CLOSE_KEY_UNCHECKED);
    assert_int_equal(send_key(&world, &home)->stage, FED_PROBE_LOGGED_IN);
    assert_int_equal(send_key(&world, &home)->reason, FED_CLOSE_KEY_UNCHECKED); /* a second one */
    assert_int_equal(world.key_count, 1);
    close_world(&world);
}

static void who_is_dismissed_is_expected_no_more(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    assert_int_equal(fed_rehearsal_expect(world.rehearsal, &home, NULL), GP_OK);
    fed_rehearsal_dismiss(world.rehearsal, &home);
    assert_int_equal(send_key(&world, &home)->reason, FED_CLOSE_KEY_UNCHECKED);
    assert_int_equal(world.key_count, 0);
    close_world(&world);
}

/* The certificate that was made on the spot: it names the domain, and nobody vouches for it. */
static void its_certificate_proves_nothing(void **state)
{
    (void)state;
    struct world world;
    open_world(&world);
    assert_int_equal(fed_rehearsal_expect(world.rehearsal, &home, NULL), GP_OK);
    const struct fed_tls_facts *tls = send_key(&world, &home)->tls;
    assert_int_equal(tls->chain, FED_CHAIN_UNTRUSTED);
    assert_true(tls->peer->is_self_issued && !tls->peer->has_weak_key);
    assert_int_equal(tls->peer->name_count, 1);
    assert_true(gp_span_is(tls->peer->names[0].text, "stage.example"));
    close_world(&world);
}

static void on_closed(void *arg, unsigned ready)
{
    struct world *world = arg;
    (void)ready;
    gp_loop_stop(world->loop);
}

/* They are taken in the order in which they came. */
static void so_many_may_come(void **state)
{
    (void)state;
    int fds[MANY + 1];
    struct world world;
    open_world(&world);
    for (size_t i = 0; i < GP_ARRAY_LEN(fds); i++)
        assert_int_equal(gp_io_connect(&world.addr, &fds[i], NULL), GP_OK);
    struct gp_watch *watch = gp_watch_create(world.loop, fds[MANY], on_closed, &world);
    gp_watch_set(watch, GP_READ);
    gp_loop_run(world.loop);
    gp_watch_destroy(watch);
    assert_int_equal(fed_rehearsal_turned_away(world.rehearsal), 1);
    assert_int_equal(world.sessions.count, MANY);
    for (size_t i = 0; i < GP_ARRAY_LEN(fds); i++)
        gp_io_close(&fds[i]);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_its_own_keys_are_valid),
        cmocka_unit_test(who_is_expected_proves_itself),
        cmocka_unit_test(a_key_that_is_not_right_proves_nothing),
        cmocka_unit_test(nobody_is_asked_about_who_is_not_expected),
        cmocka_unit_test(who_is_dismissed_is_expected_no_more),
        cmocka_unit_test(its_certificate_proves_nothing),
        cmocka_unit_test(so_many_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
