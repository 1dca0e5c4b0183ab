/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server inside is given, in which order, and what becomes of it when the server goes away.
 */
#include "tests/unit/unit.h"

#include "tests/unit/inside_site.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAMS_MAX 8
#define STRANGERS   1000 /* as FED_INSIDE_STRANGERS_MAX */
#define MESSAGE(id) "<message from='a@p.example' to='b@alpha.example' id='" id "'/>"
#define AVAILABLE   "<presence from='a@p.example' to='b@alpha.example'/>"
#define SUBSCRIBE(id) \
    "<presence from='a@p.example' to='b@alpha.example' type='subscribe' id='" id "'/>"
#define REQUEST(id) \
    "<iq from='a@p.example' to='alpha.example' type='get' id='" id "'><q xmlns='x'/></iq>"
#define AWAY "undelivered remote-server-timeout "
#define HEADER                                        \
    "<stream:stream xmlns='jabber:component:accept' " \
    "xmlns:stream='http://etherx.jabber.org/streams' id='1'>"

struct server;

/* One component's connection. It takes every secret. */
struct stream {
    struct server *server;
    int fd;
    struct gp_watch *watch;
    struct gp_buf heard;
    bool has_header, is_open;
};

struct server {
    struct site *site;
    int fd;
    struct gp_watch *watch;
    struct stream streams[STREAMS_MAX];
    size_t count;
};

static void say(const struct stream *stream, const char *text)
{
    size_t sent = 0;
    assert_int_equal(gp_io_write(stream->fd, text, strlen(text), &sent), GP_IO_DONE);
    assert_int_equal(sent, strlen(text));
}

static const char *words_of(struct stream *stream)
{
    const char *text = stream ? gp_buf_text(&stream->heard) : NULL;
    return text ? text : "";
}

static void on_bytes(void *arg, unsigned ready)
{
    struct stream *stream = arg;
    size_t room = 0, got = 0;
    char *at = gp_buf_room(&stream->heard, 1, &room);
    (void)ready;
    enum gp_io_result result = gp_io_read(stream->fd, at, room, &got);
    if (result == GP_IO_DONE)
        gp_buf_wrote(&stream->heard, got);
    else if (result != GP_IO_AGAIN)
        gp_watch_set(stream->watch, 0);
    const char *text = words_of(stream);
    if (!stream->has_header && strstr(text, "to='")) {
        stream->has_header = true;
        say(stream, HEADER);
    } else if (!stream->is_open && strstr(text, "</handshake>")) {
        stream->is_open = true;
        say(stream, "<handshake/>");
    }
}

static void on_connection(void *arg, unsigned ready)
{
    struct server *server = arg;
    struct gp_addr peer, local;
    struct stream *stream = &server->streams[server->count];
    (void)ready;
    assert_true(server->count < STREAMS_MAX);
    if (gp_io_accept(server->fd, &stream->fd, &peer, &local) != GP_IO_DONE)
        return;
    server->count++;
    stream->server = server;
    stream->has_header = stream->is_open = false;
    gp_buf_init(&stream->heard, 1u << 20);
    stream->watch = gp_watch_create(server->site->loop, stream->fd, on_bytes, stream);
    gp_watch_set(stream->watch, GP_READ);
}

static void server_start(struct server *server, struct site *site)
{
    *server = (struct server){.site = site, .fd = -1};
    assert_int_equal(gp_io_listen(&site->address, false, &server->fd, NULL), GP_OK);
    server->watch = gp_watch_create(site->loop, server->fd, on_connection, server);
    gp_watch_set(server->watch, GP_READ);
}

static void server_stop(struct server *server)
{
    gp_watch_destroy(server->watch);
    gp_io_close(&server->fd);
    for (size_t i = 0; i < server->count; i++) {
        gp_watch_destroy(server->streams[i].watch);
        gp_io_close(&server->streams[i].fd);
        gp_buf_finish(&server->streams[i].heard);
    }
}

/* The stream of p.example; NULL: it is not there yet. gamma.example lives elsewhere, so the server
 * has a component for it too. */
static struct stream *find_stream(struct server *server)
{
    for (size_t i = 0; i < server->count; i++)
        if (server->streams[i].is_open && strstr(words_of(&server->streams[i]), "to='p.example'"))
            return &server->streams[i];
    return NULL;
}

struct hope {
    struct server *server;
    const char *text;
    unsigned questions;
};

static bool has_heard(const void *arg)
{
    const struct hope *hope = arg;
    const char *text = words_of(find_stream(hope->server));
    unsigned questions = 0;
    for (const char *at = text; (at = strstr(at, "<ping ")); at++)
        questions++;
    return strstr(text, hope->text) && questions >= hope->questions;
}

static void hear(struct server *server, const char *text, unsigned questions)
{
    const struct hope hope = {server, text, questions};
    site_wait(server->site, has_heard, &hope);
}

/* Answers the last question. */
static void confirm(struct server *server)
{
    struct stream *stream = find_stream(server);
    assert_non_null(stream);
    const char *at = words_of(stream), *last = NULL;
    char answer[200];
    while ((at = strstr(at, "to='alpha.example' id='")))
        last = at += strlen("to='alpha.example' id='");
    assert_non_null(last);
    snprintf(answer, sizeof(answer),
             "<iq type='result' from='alpha.example' to='p.example' id='%.*s'/>",
             (int)strcspn(last, "'"), last);
    say(stream, answer);
}

/* Each text behind the one before. */
static void assert_order(struct server *server, const char *const *texts, size_t count)
{
    const char *at = words_of(find_stream(server));
    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(at, texts[i]);
        if (!found || strstr(found + 1, texts[i]))
            fail_msg("%s did not come once and in order", texts[i]);
        at = found;
    }
}

static void what_was_held_arrives_in_order_and_presence_does_not(void **state)
{
    (void)state;
    static const char *const texts[] = {MESSAGE("1"), SUBSCRIBE("2"), REQUEST("3"), MESSAGE("4")};
    struct site site;
    struct server server;
    site_open(&site, FED_INSIDE_SERVER);
    for (size_t i = 0; i < GP_ARRAY_LEN(texts); i++) {
        if (i == 2) {
            site_deliver(&site, AVAILABLE);
            site_expect(&site, AWAY AVAILABLE "\n");
        }
        site_deliver(&site, texts[i]);
    }
    assert_int_equal(fed_inside_waiting(site.inside), GP_ARRAY_LEN(texts));
    server_start(&server, &site);
    hear(&server, MESSAGE("4"), 1);
    site_deliver(&site, MESSAGE("5"));
    hear(&server, MESSAGE("5"), 1);
    assert_order(&server, texts, GP_ARRAY_LEN(texts));
    assert_null(strstr(words_of(find_stream(&server)), AVAILABLE));
    assert_int_equal(fed_inside_waiting(site.inside), 0);
    confirm(&server);
    hear(&server, MESSAGE("5"), 2); /* the first question was about the first stanza alone */
    confirm(&server);
    site_settle(&site);
    server_stop(&server);
    site_settle(&site);
    site_close(&site); /* nothing was given back */
}

static void what_was_not_confirmed_is_answered(void **state)
{
    (void)state;
    struct site site;
    struct server server;
    site_open(&site, FED_INSIDE_SERVER);
    server_start(&server, &site);
    site_deliver(&site, MESSAGE("1"));
    hear(&server, MESSAGE("1"), 1);
    confirm(&server);
    site_settle(&site);
    site_deliver(&site, MESSAGE("2"));
    site_deliver(&site, AVAILABLE);
    site_deliver(&site, REQUEST("3"));
    hear(&server, REQUEST("3"), 2);
    server_stop(&server);
    site_expect(&site, AWAY MESSAGE("2") "\n" AWAY REQUEST("3") "\n");
    site_deliver(&site, MESSAGE("4")); /* and the next one waits for the next stream */
    server_start(&server, &site);
    hear(&server, MESSAGE("4"), 1);
    confirm(&server);
    site_settle(&site);
    server_stop(&server);
    site_settle(&site);
    site_close(&site);
}

static void what_is_held_too_long_is_answered(void **state)
{
    (void)state;
    struct site site;
    site_open(&site, FED_INSIDE_SERVER);
    site.settings.limits.hold_ms = 100;
    site_deliver(&site, MESSAGE("1"));
    site_deliver(&site, REQUEST("2"));
    site_expect(&site, AWAY MESSAGE("1") "\n" AWAY REQUEST("2") "\n");
    site_close(&site);
}

static void a_foreign_domain_of_the_server_is_refused(void **state)
{
    (void)state;
    struct site site;
    struct server server;
    site_open(&site, FED_INSIDE_SERVER);
    server_start(&server, &site);
    site_deliver(&site, MESSAGE("1"));
    hear(&server, MESSAGE("1"), 1);
    confirm(&server);
    say(find_stream(&server), "<message from='x@other.example' to='a@p.example' id='9'/>"
                              "<message from='x@beta.example' to='a@p.example'/>");
    site_expect(&site, "stanza beta.example <message from='x@beta.example' to='a@p.example'/>\n");
    hear(&server, "<not-allowed ", 1);
    server_stop(&server);
    site_settle(&site);
    site_close(&site);
}

/* Each costs a connection, so there is a bound (T59). */
static void strangers_are_bounded(void **state)
{
    (void)state;
    static const char error[] =
        "undelivered resource-constraint <message from='a@p%d.example' to='b@alpha.example'/>\n";
    struct site site;
    char text[200];
    site_open(&site, FED_INSIDE_SERVER);
    for (int i = 0; i < STRANGERS; i++) {
        snprintf(text, sizeof(text), "<message from='a@p%d.example' to='b@alpha.example'/>", i);
        site_deliver(&site, text);
    }
    assert_int_equal(fed_inside_waiting(site.inside), STRANGERS);
    site_deliver(&site, "<message from='b@p1.example' to='b@alpha.example'/>");
    assert_int_equal(fed_inside_waiting(site.inside), STRANGERS + 1); /* that one is known */
    snprintf(text, sizeof(text), "<message from='a@p%d.example' to='b@alpha.example'/>", STRANGERS);
    site_deliver(&site, text);
    snprintf(text, sizeof(text), error, STRANGERS);
    assert_string_equal(gp_buf_text(&site.news), text);
    gp_buf_reset(&site.news);
    site_close(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_held_arrives_in_order_and_presence_does_not),
        cmocka_unit_test(what_was_not_confirmed_is_answered),
        cmocka_unit_test(what_is_held_too_long_is_answered),
        cmocka_unit_test(a_foreign_domain_of_the_server_is_refused),
        cmocka_unit_test(strangers_are_bounded),
    };
    return cmocka_run_group_tests_name("fed_inside_server", tests, NULL, NULL);
}
