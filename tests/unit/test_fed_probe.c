/* SPDX-License-Identifier: BSD-2-Clause */
/* A probe over real connections: against the peer that gateways are told to log in to, and against
 * what is no peer. */
#include "tests/unit/unit.h"

#include "federation/probe.h"
#include "federation/probe_peer.h"
#include "tests/unit/homes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define TOKEN      "0123456789abcdef0123456789abcdef"
#define TIMEOUT_MS 20000
#define SHORT_MS   150

/* The loop, and what both sides need. */
struct world {
    struct homes *homes;
    struct gp_loop *loop;
    struct fed_settings settings;
    struct fed_home home_list[2];
    struct fed_session_list sessions;
    struct fed_probe_peer *peer;
    struct gp_addr addr; /* where the probe goes */
    struct fed_probe *probe;
    struct fed_probe_result *result;
};

static void open_world(struct world *world, struct homes *homes)
{
    *world = (struct world){.homes = homes, .loop = gp_loop_create()};
    world->home_list[0].domain = homes_alpha;
    world->home_list[1].domain = homes_beta;
    world->settings = (struct fed_settings){
        .limits = fed_limits_default, .home_count = 2, .homes = world->home_list};
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &world->addr), GP_OK);
}

static void close_world(struct world *world)
{
    fed_probe_cancel(world->probe);
    fed_probe_result_destroy(world->result);
    fed_probe_peer_destroy(world->peer);
    while (world->sessions.first)
        fed_session_destroy(world->sessions.first);
    gp_loop_destroy(world->loop);
}

static void open_peer(struct world *world, struct fed_tls *tls)
{
    struct gp_err err = {0};
    const struct fed_probe_peer_setup setup = {.loop = world->loop,
                                               .settings = &world->settings,
                                               .sessions = &world->sessions,
                                               .tls = tls,
                                               .domain = &homes_alpha,
                                               .token = TOKEN};
    if (fed_probe_peer_create(&setup, &world->peer, &world->addr, &err) != GP_OK)
        fail_msg("%s", err.text);
}

static void on_result(void *arg, struct fed_probe_result *result)
{
    struct world *world = arg;
    world->probe = NULL;
    world->result = result;
    gp_loop_stop(world->loop);
}

static void start(struct world *world, struct fed_tls *tls, enum dns_service service,
                  const char *token, uint32_t timeout_ms)
{
    const struct fed_probe_setup setup = {.loop = world->loop,
                                          .settings = &world->settings,
                                          .sessions = &world->sessions,
                                          .tls = tls,
                                          .addr = world->addr,
                                          .service = service,
                                          .domain = homes_alpha,
                                          .purpose = FED_OUT_LOOK,
                                          .offers_alpn = true,
                                          .token = token,
                                          .timeout_ms = timeout_ms};
    assert_int_equal(fed_probe_start(&setup, on_result, world, &world->probe, NULL), GP_OK);
    assert_null(world->result); /* never inside the call */
}

static void probe(struct world *world, enum dns_service service, const char *token,
                  uint32_t timeout_ms)
{
    start(world, world->homes->gateway, service, token, timeout_ms);
    gp_loop_run(world->loop);
    assert_non_null(world->result);
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

/* With the peer. */

static void a_probe_with_its_token_logs_in(void **state)
{
    struct world world;
    open_world(&world, *state);
    open_peer(&world, world.homes->gateway);
    probe(&world, DNS_SERVICE_STARTTLS, TOKEN, TIMEOUT_MS);
    const struct fed_probe_result *result = world.result;
    const struct fed_probe_peer_result *peer = fed_probe_peer_result(world.peer);
    assert_int_equal(result->stage, FED_PROBE_LOGGED_IN);
    assert_string_equal(result->sentence, "");
    assert_true(result->offer.starttls && result->offer.external && result->offer.is_known);
    assert_true(result->hello[0].is_seen && result->hello[0].has_version);
    assert_string_equal(result->hello[1].from, "alpha.example");
    assert_int_equal(result->tls->chain, FED_CHAIN_TRUSTED);
    assert_int_equal(result->chain_count, 1);
    assert_memory_equal(result->chain[0]->spki_sha256, result->tls->peer->spki_sha256, 32);
    assert_true(peer->was_met && peer->was_logged_in);
    assert_says(peer->sentence, "PKIX");
    close_world(&world);
}

static void without_its_token_nobody_is_our_own_domain(void **state)
{
    static const char *const tokens[] = {NULL, "0123456789abcdef0123456789abcde0",
                                         "0123456789abcdef"};
    for (size_t i = 0; i < GP_ARRAY_LEN(tokens); i++) {
        struct world world;
        open_world(&world, *state);
        open_peer(&world, world.homes->gateway);
        probe(&world, DNS_SERVICE_STARTTLS, tokens[i], TIMEOUT_MS);
        assert_int_equal(world.result->stage, FED_PROBE_GREETED);
        assert_int_equal(world.result->reason, FED_CLOSE_PEER_ERROR);
        assert_says(world.result->sentence, "policy-violation");
        assert_non_null(world.result->tls);
        assert_false(fed_probe_peer_result(world.peer)->was_met);
        assert_false(fed_probe_peer_result(world.peer)->was_logged_in);
        close_world(&world);
    }
}

/* The probe shows an expired certificate, or finds one: it is a fact, and the login fails on the
 * other side. */
static void an_expired_certificate_is_no_login(void **state)
{
    struct homes *homes = *state;
    struct pki expired = pki_issue(&homes->root, &(struct pki_spec){.subject = "alpha",
                                                                    .names = "DNS:alpha.example",
                                                                    .starts_days = -20,
                                                                    .ends_days = -10});
    const struct pki *list = &expired;
    struct fed_tls *tls = homes_tls(homes, &homes_alpha, &list, 1);
    struct world world;
    open_world(&world, homes);
    open_peer(&world, tls);
    start(&world, tls, DNS_SERVICE_STARTTLS, TOKEN, TIMEOUT_MS);
    gp_loop_run(world.loop);
    assert_int_equal(world.result->stage, FED_PROBE_GREETED);
    assert_int_equal(world.result->tls->chain, FED_CHAIN_UNTRUSTED);
    assert_says(world.result->tls->chain_reason, "expired");
    assert_true(fed_probe_peer_result(world.peer)->was_met);
    assert_false(fed_probe_peer_result(world.peer)->was_logged_in);
    assert_says(fed_probe_peer_result(world.peer)->sentence, "expired");
    close_world(&world);
    fed_tls_destroy(tls);
    pki_release(&expired);
}

/* With what is no peer: takes each connection, says something or nothing, and keeps it open. */

struct stranger {
    int listener, taken;
    const char *says;
    struct gp_watch *watch;
};

static void on_guest(void *arg, unsigned ready)
{
    struct stranger *stranger = arg;
    struct gp_addr peer, local;
    size_t sent = 0;
    (void)ready;
    if (gp_io_accept(stranger->listener, &stranger->taken, &peer, &local) == GP_IO_DONE)
        (void)gp_io_write(stranger->taken, stranger->says, strlen(stranger->says), &sent);
}

static void open_stranger(struct world *world, struct stranger *stranger, const char *says)
{
    *stranger = (struct stranger){.listener = -1, .taken = -1, .says = says};
    assert_int_equal(gp_io_listen(&world->addr, false, &stranger->listener, NULL), GP_OK);
    stranger->watch = gp_watch_create(world->loop, stranger->listener, on_guest, stranger);
    gp_watch_set(stranger->watch, GP_READ);
}

static void close_stranger(struct stranger *stranger)
{
    gp_watch_destroy(stranger->watch);
    gp_io_close(&stranger->listener);
    gp_io_close(&stranger->taken);
}

static void strangers_are_told_in_words(void **state)
{
    static const char header[] = "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
                                 "xmlns:stream='http://etherx.jabber.org/streams' id='x' "
                                 "from='alpha.example' version='1.0'>";
    static const struct {
        const char *name, *says;
        enum dns_service service;
        enum fed_probe_stage stage;
        const char *sentence;
    } rows[] = {
        {"a web server", "HTTP/1.0 400 Bad Request\r\n\r\n", DNS_SERVICE_STARTTLS,
         FED_PROBE_CONNECTED, "the XML is not well-formed"},
        {"silence", "", DNS_SERVICE_STARTTLS, FED_PROBE_CONNECTED, ", waiting for a stream header"},
        {"a header alone", header, DNS_SERVICE_STARTTLS, FED_PROBE_ANSWERED,
         ", waiting for features"},
        {"no TLS", "HTTP/1.0 400 Bad Request\r\n\r\n", DNS_SERVICE_DIRECT_TLS, FED_PROBE_CONNECTED,
         "the TLS handshake failed"},
        {"silence instead of TLS", "", DNS_SERVICE_DIRECT_TLS, FED_PROBE_CONNECTED,
         ", TLS handshake"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct stranger stranger;
        open_world(&world, *state);
        open_stranger(&world, &stranger, rows[i].says);
        probe(&world, rows[i].service, TOKEN, SHORT_MS);
        if (world.result->stage != rows[i].stage)
            fail_msg("%s: stage %d: %s", rows[i].name, world.result->stage, world.result->sentence);
        assert_says(world.result->sentence, rows[i].sentence);
        assert_null(world.result->tls);
        close_stranger(&stranger);
        close_world(&world);
    }
}

static void nobody_is_there(void **state)
{
    struct world world;
    int fd = -1;
    open_world(&world, *state);
    assert_int_equal(gp_io_listen(&world.addr, false, &fd, NULL), GP_OK);
    gp_io_close(&fd);
    probe(&world, DNS_SERVICE_STARTTLS, NULL, TIMEOUT_MS);
    assert_int_equal(world.result->stage, FED_PROBE_NOTHING);
    assert_string_equal(world.result->sentence, "connection refused");
    close_world(&world);
}

/* The listener's queue is full, so that the system drops what comes. */
static void nobody_answers(void **state)
{
    struct world world;
    int listener = -1, fillers[4];
    open_world(&world, *state);
    assert_int_equal(gp_io_listen(&world.addr, false, &listener, NULL), GP_OK);
    assert_int_equal(listen(listener, 0), 0);
    for (size_t i = 0; i < GP_ARRAY_LEN(fillers); i++)
        assert_int_equal(gp_io_connect(&world.addr, &fillers[i], NULL), GP_OK);
    probe(&world, DNS_SERVICE_DIRECT_TLS, NULL, SHORT_MS);
    assert_int_equal(world.result->stage, FED_PROBE_NOTHING);
    assert_says(world.result->sentence, "no answer within ");
    for (size_t i = 0; i < GP_ARRAY_LEN(fillers); i++)
        gp_io_close(&fillers[i]);
    gp_io_close(&listener);
    close_world(&world);
}

static void on_stop(void *arg)
{
    gp_loop_stop(arg);
}

/* Nothing is called afterwards, whatever was under way; the sanitizers look for what is left. */
static void a_cancelled_probe_is_silent(void **state)
{
    for (int delay_ms = 0; delay_ms < 4; delay_ms++) {
        struct world world;
        open_world(&world, *state);
        open_peer(&world, world.homes->gateway);
        struct gp_timer *timer = gp_timer_create(world.loop, on_stop, world.loop);
        start(&world, world.homes->gateway, DNS_SERVICE_STARTTLS, TOKEN, TIMEOUT_MS);
        gp_timer_set(timer, delay_ms);
        gp_loop_run(world.loop);
        if (!world.result) {
            fed_probe_cancel(world.probe);
            world.probe = NULL;
            gp_timer_set(timer, 20);
            gp_loop_run(world.loop);
            assert_null(world.result);
        }
        gp_timer_destroy(timer);
        close_world(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_probe_with_its_token_logs_in),
        cmocka_unit_test(without_its_token_nobody_is_our_own_domain),
        cmocka_unit_test(an_expired_certificate_is_no_login),
        cmocka_unit_test(strangers_are_told_in_words),
        cmocka_unit_test(nobody_is_there),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(a_cancelled_probe_is_silent),
    };
    return cmocka_run_group_tests(tests, homes_set_up, homes_tear_down);
}
