/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents over HTTPS, from a web server in the same loop. */
#include "tests/unit/unit.h"

#include "tests/unit/fake_resolver.h"
#include "tests/unit/homes.h"
#include "tests/unit/tls_server.h"

#include "posh/web.h"

#include <stdio.h>

#define PATIENCE_MS   20000
#define BODY_MAX      1000
#define HEADER_MAX    16384 /* as in https.c */
#define HEADER_LINE   "X-Filler: "
#define LINE_BYTES    1000 /* of a header, in bytes */
#define STATUS_OK     "HTTP/1.1 200 OK\r\n"
#define URL_MAX       100
#define REFUSED       "127.0.0.1"
#define PERMITTED     "127.0.0.2"
#define PERMITTED_NET PERMITTED "/32"

struct world {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct gp_network network;
    struct dns_route_settings route;
    struct dns_resolver *resolver;
    struct app_web *web;
    struct tls_server server;
    enum app_web_found found;
    char body[BODY_MAX + 1], why[200];
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it");
}

static void world_open(struct world *world, const struct homes *homes, const char *const *lines)
{
    struct gp_err err = {0};
    *world = (struct world){.loop = gp_loop_create()};
    world->guard = gp_timer_create(world->loop, on_guard, NULL);
    gp_timer_set(world->guard, PATIENCE_MS);
    tls_server_open(&world->server, world->loop, &homes->alpha, "\r\n\r\n");
    assert_int_equal(gp_network_parse(PERMITTED_NET, &world->network), GP_OK);
    world->route = (struct dns_route_settings){
        .max_targets = 1, .max_addresses = 4, .networks = &world->network, .network_count = 1};
    world->resolver = &fake_resolver_create(world->loop, PATIENCE_MS, lines, FAKE_LATER)->super;
    const struct app_web_setup setup = {.loop = world->loop,
                                        .resolver = world->resolver,
                                        .route = &world->route,
                                        .rnd = &gp_rnd_system,
                                        .ca_file = homes->root_file};
    if (app_web_create(&setup, &world->web, &err) != GP_OK)
        fail_msg("%s", err.text);
}

static void world_close(struct world *world)
{
    app_web_destroy(world->web);
    dns_resolver_destroy(world->resolver);
    tls_server_close(&world->server);
    gp_timer_destroy(world->guard);
    gp_loop_destroy(world->loop);
}

static void on_answer(void *arg, const struct app_web_answer *answer)
{
    struct world *world = arg;
    world->found = answer->found;
    if (answer->found == APP_WEB_DOCUMENT)
        snprintf(world->body, sizeof(world->body), "%.*s", GP_SPAN_ARG(answer->body));
    else
        snprintf(world->why, sizeof(world->why), "%s", answer->why);
    gp_loop_stop(world->loop);
}

static void fetch(struct world *world)
{
    char url[URL_MAX];
    struct app_web_op *op;
    struct gp_err err = {0};
    snprintf(url, sizeof(url), "https://alpha.example:%u/document", world->server.addr.port);
    if (app_web_start(world->web, url, BODY_MAX, on_answer, world, &op, &err) != GP_OK)
        fail_msg("%s", err.text);
    gp_loop_run(world->loop);
}

/* T64: a host may have addresses of both kinds, in any order. */
static void refused_addresses_are_not_connected_to(void **state)
{
    static const char *const rows[][3] = {
        {"alpha.example A insecure " REFUSED " | " PERMITTED, "alpha.example AAAA insecure nodata"},
        {"alpha.example A insecure " PERMITTED " | " REFUSED, "alpha.example AAAA insecure nodata"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        struct gp_addr permitted;
        world_open(&world, *state, rows[i]);
        assert_int_equal(gp_addr_parse(PERMITTED, &permitted), GP_OK);
        gp_buf_append_text(&world.server.answer, STATUS_OK "Content-Length: 4\r\n\r\nword");
        fetch(&world);
        if (world.found != APP_WEB_DOCUMENT || strcmp(world.body, "word") != 0)
            fail_msg("%s: %s", rows[i][0], world.why);
        assert_memory_equal(world.server.local.bytes, permitted.bytes, 4);
        world_close(&world);
    }
}

/* Header lines of as many bytes, the status and the empty line included, and the body. */
static void put_answer(struct gp_buf *out, size_t bytes, size_t body_bytes)
{
    size_t end = bytes - strlen("\r\n");
    gp_buf_printf(out, STATUS_OK "Content-Length: %zu\r\n", body_bytes);
    while (gp_buf_len(out) < end) {
        size_t left = end - gp_buf_len(out);
        size_t len = left < (size_t)2 * LINE_BYTES ? left : LINE_BYTES;
        gp_buf_printf(out, HEADER_LINE "%0*d\r\n",
                      (int)(len - strlen(HEADER_LINE) - strlen("\r\n")), 0);
    }
    gp_buf_append_text(out, "\r\n");
    assert_int_equal(gp_buf_len(out), bytes);
    gp_buf_printf(out, "%0*d", (int)body_bytes, 0);
}

static void answers_are_bounded(void **state)
{
    static const char *const lines[] = {"alpha.example A insecure " PERMITTED,
                                        "alpha.example AAAA insecure nodata", NULL};
    static const struct {
        const char *name;
        size_t header_bytes, body_bytes;
        const char *why; /* NULL: it is taken */
    } rows[] = {
        {"small", 200, 1, NULL},
        {"as big as may be", HEADER_MAX, BODY_MAX, NULL},
        {"too long a header", HEADER_MAX + 1, 1, "the header of the answer is too long"},
        {"too long a document", 200, BODY_MAX + 1, "the document is too long"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        world_open(&world, *state, lines);
        put_answer(&world.server.answer, rows[i].header_bytes, rows[i].body_bytes);
        fetch(&world);
        enum app_web_found expected = rows[i].why ? APP_WEB_FAILED : APP_WEB_DOCUMENT;
        if (world.found != expected || strcmp(world.why, rows[i].why ? rows[i].why : "") != 0)
            fail_msg("%s: %s", rows[i].name, world.why);
        if (!rows[i].why)
            assert_int_equal(strlen(world.body), rows[i].body_bytes);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_addresses_are_not_connected_to),
        cmocka_unit_test(answers_are_bounded),
    };
    return cmocka_run_group_tests_name("posh_web", tests, homes_set_up, homes_tear_down);
}
