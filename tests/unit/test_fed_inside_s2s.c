/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside link to a server that knows S2S alone, with a real server behind it: the left one of
 * the neighbours, alpha.example, which takes gatepost for gamma.example. Both sides prove
 * themselves by a dialback key made of the secret that they share.
 */
#include "tests/unit/unit.h"

#include "tests/unit/neighbours.h"
#include "federation/dialback.h"
#include "tests/unit/parcels.h"
#include "tests/unit/visitor.h"

#include <stdio.h>
#include <sys/resource.h>

#define SECRET   "a secret that both have"
#define BIG      20000
#define BIG_MAX  (BIG + 200)
#define GUESTS   1000 /* as FED_S2S_GUESTS_MAX in inside_s2s_guest.c */
#define NEWS_MAX 100000
#define PING(id)                                                     \
    "<iq from='gamma.example' to='alpha.example' type='get' id='" id \
    "'><ping xmlns='urn:xmpp:ping'/></iq>"

struct world {
    struct neighbours both; /* first: a neighbour's wait leads back here */
    struct fed_home home;
    struct fed_partner partner;
    struct dns_domain gamma;
    struct fed_settings settings;
    struct fed_context context;
    struct gp_secret secret;
    struct gp_network peer;
    struct gp_addr listen; /* of the link */
    struct fed_inside *inside;
    struct gp_buf news; /* a line for whatever the router would be told */
    size_t wanted;      /* bytes of it */
    bool is_congested;
    size_t guests;       /* connections that are to be there */
    int fds[GUESTS + 1]; /* theirs */
};

static bool on_stanza(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                      const struct fed_stanza *stanza, const char *lang)
{
    struct world *world = arg;
    (void)inside, (void)lang;
    gp_buf_printf(&world->news, "from %s: %.*s\n", home->ascii, GP_SPAN_ARG(stanza->element->id));
    return true;
}

static void on_undelivered(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                           enum fed_bounce bounce, const char *text)
{
    struct world *world = arg;
    (void)inside, (void)text;
    gp_buf_printf(&world->news, "undelivered: %s\n", fed_bounce_condition(bounce));
    fed_parcel_destroy(parcel);
}

static void on_congested(void *arg, struct fed_inside *inside, bool is_congested)
{
    struct world *world = arg;
    (void)inside;
    world->is_congested = is_congested;
}

static const struct fed_inside_owner owner = {
    .on_stanza = on_stanza, .on_undelivered = on_undelivered, .on_congested = on_congested};

static struct gp_addr free_address(void)
{
    struct gp_addr address;
    int fd = -1;
    assert_int_equal(gp_addr_parse_port("127.0.0.1", 0, &address), GP_OK);
    assert_int_equal(gp_io_listen(&address, false, &fd, NULL), GP_OK);
    gp_io_close(&fd);
    return address;
}

/* How the link is made; 0: as usual. */
struct how {
    uint32_t unacked_stanzas, send_bytes;
    bool is_direct_tls;
};

static void world_open_with(struct world *world, const struct homes *homes, const struct how *how)
{
    struct gp_err err = {0};
    *world = (struct world){.gamma = domain_of("gamma.example"), .listen = free_address()};
    neighbours_open(&world->both, homes);
    struct gateway *server = &world->both.left;
    gp_buf_init(&world->news, NEWS_MAX);
    world->secret.len = strlen(SECRET);
    memcpy(world->secret.bytes, SECRET, strlen(SECRET));
    world->peer = world->both.network;
    world->home.domain = server->name;
    world->partner = (struct fed_partner){.domain_count = 1, .domains = &world->gamma};
    world->settings = (struct fed_settings){.home_count = 1,
                                            .homes = &world->home,
                                            .partner_count = 1,
                                            .partners = &world->partner,
                                            .limits = server->settings.limits};
    if (how->unacked_stanzas > 0)
        world->settings.limits.unacked_stanzas = how->unacked_stanzas;
    if (how->send_bytes > 0)
        world->settings.limits.send_bytes = how->send_bytes;
    world->context = world->both.right.context;
    world->context.sessions = (struct fed_session_list){.first = NULL};
    world->context.attempts = NULL;
    world->context.settings = &world->settings;
    world->context.tls = homes->gateway;
    const struct fed_inside_settings settings = {.name = "server",
                                                 .kind = FED_INSIDE_S2S,
                                                 .listen = world->listen,
                                                 .address = server->addr,
                                                 .is_direct_tls = how->is_direct_tls,
                                                 .secret = &world->secret,
                                                 .peer_count = 1,
                                                 .peers = &world->peer};
    server->settings.dialback_secret = world->secret;
    server->partner->sasl = FED_SASL_OPTIONAL;
    server->partner->dialback = FED_DIALBACK_ALLOWED;
    server->partner->route.port = world->listen.port;
    if (fed_inside_create(&world->context, &settings, &owner, world, &world->inside, &err) != GP_OK)
        fail_msg("%s", err.text);
}

static void world_open(struct world *world, const struct homes *homes)
{
    world_open_with(world, homes, &(struct how){0});
}

static void world_close(struct world *world)
{
    fed_inside_destroy(world->inside);
    while (world->context.sessions.first)
        fed_session_destroy(world->context.sessions.first);
    gp_buf_finish(&world->news);
    neighbours_close(&world->both);
}

static void deliver(struct world *world, const char *stanza)
{
    fed_inside_deliver(world->inside, parcel_read(FED_TO_INSIDE, stanza));
}

/* As much as is expected. */
static bool has_news(struct neighbours *both)
{
    const struct world *world = (const struct world *)both;
    return gp_buf_len(&world->news) >= world->wanted;
}

static void expect_news(struct world *world, const char *news)
{
    world->wanted = strlen(news);
    neighbours_wait(&world->both, has_news);
    assert_string_equal(gp_buf_text(&world->news), news);
    gp_buf_reset(&world->news);
}

/* However short stanzas are held for a server that is away: this one is on its way. */
static void both_directions_are_proved_by_the_secret(void **state)
{
    struct world world;
    world_open(&world, *state);
    world.settings.limits.hold_ms = 1;
    deliver(&world, PING("1"));
    expect_news(&world, "from alpha.example: 1\n");
    assert_int_equal(world.both.left.context.counters.stanzas_in, 1);
    deliver(&world, PING("2"));
    expect_news(&world, "from alpha.example: 2\n");
    assert_int_equal(world.both.left.context.counters.attempts, 1);
    world_close(&world);
}

struct rows {
    size_t count;
    struct fed_inside_status list[4];
};

static void note_row(void *arg, const struct fed_inside_status *status)
{
    struct rows *rows = arg;
    assert_true(rows->count < GP_ARRAY_LEN(rows->list));
    rows->list[rows->count++] = *status;
}

static void the_status_has_a_row_for_each_stream(void **state)
{
    struct world world;
    struct rows rows = {0};
    world_open(&world, *state);
    fed_inside_each(world.inside, note_row, &rows);
    assert_int_equal(rows.count, 0); /* there is none before a stanza */
    deliver(&world, PING("1"));
    expect_news(&world, "from alpha.example: 1\n");
    fed_inside_each(world.inside, note_row, &rows);
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < rows.count; i++) {
        const struct fed_inside_status *row = &rows.list[i];
        assert_string_equal(row->home->ascii, "alpha.example");
        assert_string_equal(row->partner->ascii, "gamma.example");
        assert_true(row->is_up && row->since_ms > 0 && row->peer.family == GP_IPV4);
        assert_int_equal(row->more, 0);
        assert_string_equal(row->direction, i == 0 ? "in" : "out");
        assert_int_equal(row->delivered, i == 0);
        assert_int_equal(row->taken, i == 1);
    }
    world_close(&world);
}

static size_t held(const struct world *world)
{
    struct rows rows = {0};
    fed_inside_each(world->inside, note_row, &rows);
    assert_true(rows.count > 0);
    return rows.list[0].held;
}

/* Without acknowledgements (this server offers none to whom it knows by dialback) a stanza makes
 * room for the next one when it was sent: in whatever way the stream was full. */
static void what_waits_goes_on_when_something_was_sent(void **state)
{
    static const struct {
        const char *name;
        struct how how;
    } rows[] = {
        {"stanzas", {.unacked_stanzas = 1}},
        {"bytes", {.send_bytes = 10}},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct world world;
        world_open_with(&world, *state, &rows[i].how);
        deliver(&world, PING("1"));
        expect_news(&world, "from alpha.example: 1\n");
        deliver(&world, PING("2"));
        deliver(&world, PING("3"));
        deliver(&world, PING("4"));
        if (held(&world) != 2 || !world.is_congested)
            fail_msg("%s: %zu wait", rows[i].name, held(&world));
        expect_news(&world, "from alpha.example: 2\nfrom alpha.example: 3\n"
                            "from alpha.example: 4\n");
        assert_int_equal(held(&world), 0);
        assert_false(world.is_congested);
        world_close(&world);
    }
}

static void make_big(char text[BIG_MAX])
{
    snprintf(text, BIG_MAX,
             "<message from='gamma.example' to='alpha.example'><body>%0*d</body></message>", BIG,
             0);
}

/* Not even what needs no room on the stream. */
static void nothing_overtakes_what_waits(void **state)
{
    struct world world;
    char text[BIG_MAX];
    world_open_with(&world, *state, &(struct how){.unacked_stanzas = 1});
    world.both.left.settings.limits.stanza_bytes = BIG;
    deliver(&world, PING("1"));
    expect_news(&world, "from alpha.example: 1\n");
    deliver(&world, PING("2"));
    deliver(&world, PING("3"));
    make_big(text);
    deliver(&world, text);
    assert_int_equal(gp_buf_len(&world.news), 0);
    assert_int_equal(held(&world), 2);
    expect_news(&world, "undelivered: policy-violation\n"
                        "from alpha.example: 2\nfrom alpha.example: 3\n");
    world_close(&world);
}

/* XEP-0478, 4 */
static void what_is_too_big_for_the_server_is_answered(void **state)
{
    struct world world;
    char text[BIG_MAX];
    world_open(&world, *state);
    world.both.left.settings.limits.stanza_bytes = BIG;
    deliver(&world, PING("1"));
    expect_news(&world, "from alpha.example: 1\n");
    make_big(text);
    deliver(&world, text);
    expect_news(&world, "undelivered: policy-violation\n");
    deliver(&world, PING("2"));
    expect_news(&world, "from alpha.example: 2\n");
    assert_int_equal(world.both.left.context.counters.accepted, 1); /* all on one stream */
    world_close(&world);
}

/* The server closes its stream in order: it takes what it was sent until then, and the rest goes
 * behind it on the next one, which is on its way: nothing has to be held. */
static void what_waits_goes_on_by_the_next_stream(void **state)
{
    struct world world;
    struct rows rows = {0};
    world_open_with(&world, *state, &(struct how){.unacked_stanzas = 1});
    world.settings.limits.hold_ms = 0;
    deliver(&world, PING("1"));
    expect_news(&world, "from alpha.example: 1\n");
    deliver(&world, PING("2"));
    deliver(&world, PING("3"));
    deliver(&world, PING("4"));
    assert_int_equal(held(&world), 2);
    assert_int_equal(fed_inbound_dismiss(world.both.left.inbound, FED_CLOSE_DRAINED, 0), 1);
    expect_news(&world, "from alpha.example: 2\nfrom alpha.example: 3\n"
                        "from alpha.example: 4\n");
    deliver(&world, PING("5"));
    expect_news(&world, "from alpha.example: 5\n");
    assert_int_equal(world.both.left.context.counters.accepted, 2);
    assert_int_equal(world.both.left.context.counters.stanzas_in, 5);
    fed_inside_each(world.inside, note_row, &rows);
    assert_int_equal(rows.list[0].delivered, 5);
    world_close(&world);
}

/* What a server inside opens to us. */

static void prove(struct world *world, struct visitor *visitor, const char *partner,
                  struct gp_span stream_id)
{
    char key[FED_DIALBACK_KEY_MAX], text[300];
    assert_true(fed_dialback_key(&world->secret, gp_span_text(partner),
                                 gp_span_text("alpha.example"), stream_id, key));
    snprintf(text, sizeof(text), "<db:result from='alpha.example' to='%s'>%s</db:result>", partner,
             key);
    visitor_converse(visitor, text, "type='valid'");
}

static size_t count_rows(const struct world *world, size_t *ret_more)
{
    struct rows rows = {0};
    fed_inside_each(world->inside, note_row, &rows);
    *ret_more = rows.list[0].more;
    return rows.count;
}

/* XEP-0220, 2.6.2: one for each pair would be too many rows. */
static void a_stream_of_several_pairs_has_one_row(void **state)
{
    static const char *const partners[] = {"gamma.example", "delta.example", "epsilon.example"};
    struct world world;
    struct visitor visitor;
    char id[100];
    int fd = -1;
    size_t more;
    world_open_with(&world, *state, &(struct how){.is_direct_tls = true});
    assert_int_equal(gp_io_connect(&world.listen, &fd, NULL), GP_OK);
    visitor_open(&visitor, &world.both, fd);
    visitor_greet(&visitor, "alpha.example", "gamma.example", "");
    const char *at = strstr(gp_buf_text(&visitor.heard), " id='") + strlen(" id='");
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "'"), at);
    assert_int_equal(count_rows(&world, &more), 0); /* it is nobody's yet */
    for (size_t i = 0; i < GP_ARRAY_LEN(partners); i++) {
        prove(&world, &visitor, partners[i], gp_span_text(id));
        assert_int_equal(count_rows(&world, &more), 1);
        assert_int_equal(more, i);
    }
    visitor_close(&visitor);
    world_close(&world);
}

static bool has_guests(struct neighbours *both)
{
    const struct world *world = (const struct world *)both;
    return fed_inside_streams(world->inside) == world->guests;
}

static void expect_guests(struct world *world, size_t guests)
{
    world->guests = guests;
    neighbours_wait(&world->both, has_guests);
}

static bool is_turned_away(struct neighbours *both)
{
    const struct world *world = (const struct world *)both;
    char byte;
    size_t len;
    return gp_io_read(world->fds[GUESTS], &byte, 1, &len) == GP_IO_EOF;
}

static void connections_are_bounded(void **state)
{
    struct world world;
    struct rlimit before;
    world_open(&world, *state);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit enough = {before.rlim_max, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &enough), 0);
    for (size_t i = 0; i < GUESTS; i++) {
        assert_int_equal(gp_io_connect(&world.listen, &world.fds[i], NULL), GP_OK);
        expect_guests(&world, i + 1);
    }
    assert_int_equal(gp_io_connect(&world.listen, &world.fds[GUESTS], NULL), GP_OK);
    neighbours_wait(&world.both, is_turned_away);
    assert_int_equal(fed_inside_streams(world.inside), GUESTS);
    gp_io_close(&world.fds[0]);
    expect_guests(&world, GUESTS - 1);
    assert_int_equal(gp_io_connect(&world.listen, &world.fds[0], NULL), GP_OK);
    expect_guests(&world, GUESTS);
    for (size_t i = 0; i <= GUESTS; i++)
        gp_io_close(&world.fds[i]);
    world_close(&world);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_are_proved_by_the_secret),
        cmocka_unit_test(the_status_has_a_row_for_each_stream),
        cmocka_unit_test(what_waits_goes_on_when_something_was_sent),
        cmocka_unit_test(nothing_overtakes_what_waits),
        cmocka_unit_test(what_waits_goes_on_by_the_next_stream),
        cmocka_unit_test(a_stream_of_several_pairs_has_one_row),
        cmocka_unit_test(connections_are_bounded),
        cmocka_unit_test(what_is_too_big_for_the_server_is_answered),
    };
    return cmocka_run_group_tests_name("fed_inside_s2s", tests, homes_set_up, homes_tear_down);
}
