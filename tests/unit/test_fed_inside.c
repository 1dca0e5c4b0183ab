/* SPDX-License-Identifier: BSD-2-Clause */
/* What waits for a service inside is bounded, in stanzas and in bytes, whoever sends it. */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "federation/inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BODY_BYTES    8000
#define QUEUE_STANZAS 10

/* A component link, its one service, and who hears of what could not be delivered. */
struct site {
    struct gp_loop *loop;
    struct gp_timer *guard;
    struct gp_log log;
    struct fed_home home;
    struct fed_settings settings;
    struct gp_secret secret;
    struct fed_context context;
    struct fed_inside *inside;
    int fd; /* the service's end */
    struct gp_watch *watch;
    struct gp_buf heard;
    bool is_congested;
    size_t refused;
    enum fed_bounce why;
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

static bool on_stanza(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                      const struct fed_stanza *stanza, const char *lang)
{
    (void)arg, (void)inside, (void)home, (void)stanza, (void)lang;
    fail_msg("the service has sent nothing");
    return true;
}

static void on_parcel(void *arg, struct fed_inside *inside, struct fed_parcel *parcel)
{
    (void)arg, (void)inside, (void)parcel;
    fail_msg("nothing was to be answered");
}

static void on_undelivered(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                           enum fed_bounce bounce, const char *text)
{
    struct site *site = arg;
    (void)inside, (void)text;
    site->refused++;
    site->why = bounce;
    fed_parcel_destroy(parcel);
}

static void on_congested(void *arg, struct fed_inside *inside, bool is_congested)
{
    struct site *site = arg;
    (void)inside;
    site->is_congested = is_congested;
}

static const struct fed_inside_owner owner = {.on_stanza = on_stanza,
                                              .on_parcel = on_parcel,
                                              .on_undelivered = on_undelivered,
                                              .on_congested = on_congested};

/* The service: opens its stream, shows the secret, and from then on reads nothing. */
static void on_service(void *arg, unsigned ready)
{
    struct site *site = arg;
    size_t room = 0, got = 0;
    char *at = gp_buf_room(&site->heard, 1, &room);
    (void)ready;
    if (gp_io_read(site->fd, at, room - 1, &got) != GP_IO_DONE)
        return;
    gp_buf_wrote(&site->heard, got);
    struct gp_span heard = gp_buf_span(&site->heard);
    char *text = strndup(heard.at, heard.len), *id = strstr(text, " id='");
    if (strstr(text, "<handshake/>")) {
        gp_watch_set(site->watch, 0);
        gp_loop_stop(site->loop);
    } else if (id) {
        char input[128], answer[128], hex[GP_DIGEST_HEX_MAX];
        uint8_t digest[GP_DIGEST_MAX];
        size_t sent = 0, id_len = strcspn(id + 5, "'");
        int len = snprintf(input, sizeof(input), "%.*ssecret", (int)id_len, id + 5);
        gp_digest(GP_SHA1, input, (size_t)len, digest);
        gp_digest_hex(digest, 20, hex);
        len = snprintf(answer, sizeof(answer), "<handshake>%s</handshake>", hex);
        assert_int_equal(gp_io_write(site->fd, answer, (size_t)len, &sent), GP_IO_DONE);
        gp_buf_reset(&site->heard);
    }
    free(text);
}

static void keep_status(void *arg, const struct fed_inside_status *status)
{
    *(struct fed_inside_status *)arg = *status;
}

/* Of the only way to the inside. */
static struct fed_inside_status status_of(const struct site *site)
{
    struct fed_inside_status status = {.home = NULL};
    fed_inside_each(site->inside, keep_status, &status);
    return status;
}

static struct gp_addr free_address(void)
{
    struct gp_addr address;
    struct gp_err err = {0};
    int fd = -1;
    assert_int_equal(gp_addr_parse("127.0.0.1", &address), GP_OK);
    if (gp_io_listen(&address, false, &fd, &err) != GP_OK)
        fail_msg("%s", err.text);
    gp_io_close(&fd);
    return address;
}

static int set_up(void **state)
{
    static const char header[] = "<stream:stream xmlns='jabber:component:accept' "
                                 "xmlns:stream='http://etherx.jabber.org/streams' "
                                 "to='alpha.example'>";
    struct site *site = calloc(1, sizeof(*site));
    struct gp_err err = {0};
    size_t sent = 0;
    struct gp_addr address = free_address();
    site->loop = gp_loop_create();
    site->guard = gp_timer_create(site->loop, on_guard, site);
    gp_timer_set(site->guard, 20000);
    gp_log_init(&site->log, open("/dev/null", O_WRONLY | O_CLOEXEC), GP_LOG_ERROR, GP_LOG_TEXT);
    site->home = (struct fed_home){.domain = {"alpha.example"}};
    site->settings =
        (struct fed_settings){.home_count = 1, .homes = &site->home, .limits = fed_limits_default};
    site->settings.limits.queue_stanzas = QUEUE_STANZAS;
    site->settings.limits.send_bytes = 65536;
    site->secret = (struct gp_secret){.len = 6, .bytes = "secret"};
    site->context =
        (struct fed_context){.loop = site->loop, .settings = &site->settings, .log = &site->log};
    const struct fed_inside_settings settings = {
        .name = "site", .kind = FED_INSIDE_COMPONENT, .listen = address, .secret = &site->secret};
    if (fed_inside_create(&site->context, &settings, &owner, site, &site->inside, &err) != GP_OK ||
        gp_io_connect(&address, &site->fd, &err) != GP_OK)
        fail_msg("%s", err.text);
    gp_buf_init(&site->heard, 65536);
    site->watch = gp_watch_create(site->loop, site->fd, on_service, site);
    gp_watch_set(site->watch, GP_READ);
    assert_int_equal(gp_io_write(site->fd, header, sizeof(header) - 1, &sent), GP_IO_DONE);
    gp_loop_run(site->loop);
    assert_true(status_of(site).is_up);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;
    fed_inside_destroy(site->inside);
    while (site->context.sessions.first)
        fed_session_destroy(site->context.sessions.first);
    gp_watch_destroy(site->watch);
    gp_io_close(&site->fd);
    gp_buf_finish(&site->heard);
    gp_timer_destroy(site->guard);
    gp_loop_destroy(site->loop);
    close(site->log.fd);
    free(site);
    return 0;
}

/* A message with a body of BODY_BYTES. */
static struct fed_parcel *make_parcel(const struct site *site)
{
    struct fed_xml *xml = fed_xml_create(&site->settings.limits, true);
    struct fed_stanza stanza;
    char body[BODY_BYTES + 1], text[BODY_BYTES + 128];
    memset(body, 'x', BODY_BYTES);
    body[BODY_BYTES] = '\0';
    fed_xml_feed(xml, gp_span_text("<stream:stream xmlns='jabber:server' "
                                   "xmlns:stream='http://etherx.jabber.org/streams'>"));
    assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
    snprintf(text, sizeof(text),
             "<message from='a@beta.example' to='b@alpha.example'><body>%s</body></message>", body);
    fed_xml_feed(xml, gp_span_text(text));
    assert_int_equal(fed_xml_next(xml), FED_XML_ELEMENT);
    assert_int_equal(fed_stanza_read(fed_xml_element(xml), &stanza), FED_STANZA_OK);
    struct fed_parcel *parcel =
        fed_parcel_create(FED_TO_INSIDE, &site->home.domain, &stanza.from, &stanza, NULL);
    fed_xml_destroy(xml);
    return parcel;
}

/* Its partners are told to stop, but a service may write to itself, and errors come back to it. */
static void queue_for_a_slow_service_is_bounded(void **state)
{
    struct site *site = *state;
    const size_t count = 100;
    for (size_t i = 0; i < count; i++)
        fed_inside_deliver(site->inside, make_parcel(site));
    struct fed_inside_status status = status_of(site);
    assert_true(site->is_congested);
    assert_int_equal(status.held, QUEUE_STANZAS);
    assert_int_equal(site->refused, count - status.delivered - QUEUE_STANZAS);
    assert_true(site->refused > 0);
    assert_int_equal(site->why, FED_BOUNCE_RESOURCE);
}

/* A stanza of another worker travels without weight; where it waits, it has some. */
static void queue_counts_what_came_by_mailbox(void **state)
{
    struct site *site = *state;
    struct fed_queue queue;
    struct fed_parcel *parcel = make_parcel(site);
    fed_queue_init(&queue);
    parcel->letter.bytes = 0;
    fed_queue_put(&queue, parcel);
    assert_true(queue.bytes > BODY_BYTES);
    assert_ptr_equal(fed_queue_take(&queue), parcel);
    assert_int_equal(queue.bytes, 0);
    fed_parcel_destroy(parcel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(queue_for_a_slow_service_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(queue_counts_what_came_by_mailbox, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("fed_inside", tests, NULL, NULL);
}
