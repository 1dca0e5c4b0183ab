/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/inside_site.h"

#include "tests/unit/parcels.h"
#include "tests/unit/unit.h"

#include "base/digest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS    20000
#define NEWS_MAX       (16u << 20)
#define SETTLING_TURNS 50
#define SECRET         "secret"

/* Waiting: the loop turns until something has become true. */

typedef bool condition_fn(const void *arg);

struct wait {
    struct gp_loop *loop;
    struct gp_task task;
    condition_fn *is_true;
    const void *arg;
};

static void on_turn(void *arg)
{
    struct wait *wait = arg;
    if (wait->is_true(wait->arg))
        gp_loop_stop(wait->loop);
    else
        gp_task_post(&wait->task);
}

static void wait_until(struct site *site, condition_fn *is_true, const void *arg)
{
    struct wait wait = {.loop = site->loop, .is_true = is_true, .arg = arg};
    gp_timer_set(site->guard, PATIENCE_MS);
    gp_task_init(&wait.task, site->loop, on_turn, &wait);
    gp_task_post(&wait.task);
    gp_loop_run(site->loop);
    gp_timer_clear(site->guard);
}

void site_wait(struct site *site, bool (*is_true)(const void *arg), const void *arg)
{
    wait_until(site, is_true, arg);
}

struct expectation {
    struct gp_buf *buf;
    const char *text;
};

/* Enough has come to compare. */
static bool has_come(const void *arg)
{
    const struct expectation *expectation = arg;
    return gp_buf_len(expectation->buf) >= strlen(expectation->text);
}

static void expect(struct site *site, struct gp_buf *buf, const char *text)
{
    const struct expectation expectation = {.buf = buf, .text = text};
    wait_until(site, has_come, &expectation);
    if (!gp_span_is(gp_buf_span(buf), text))
        fail_msg("expected: %.2000s\ncame:     %.2000s", text, gp_buf_text(buf));
    gp_buf_reset(buf);
}

static void on_guard(void *arg)
{
    struct site *site = arg;
    fail_msg("nothing more came of it; the news: %.2000s", gp_buf_text(&site->news));
}

/* The owner */

static bool on_stanza(void *arg, struct fed_inside *inside, const struct dns_domain *home,
                      const struct fed_stanza *stanza, const char *lang)
{
    struct site *site = arg;
    (void)inside;
    gp_buf_printf(&site->news, "stanza %s ", home->ascii);
    fed_stanza_forward(stanza, lang, &site->news);
    gp_buf_append_char(&site->news, '\n');
    return !site->is_behind;
}

static void on_parcel(void *arg, struct fed_inside *inside, struct fed_parcel *parcel)
{
    struct site *site = arg;
    (void)inside;
    assert_int_equal(parcel->direction, FED_TO_PARTNER);
    gp_buf_printf(&site->news, "parcel %.*s\n", GP_SPAN_ARG(fed_parcel_stanza(parcel)));
    fed_parcel_destroy(parcel);
}

static void on_undelivered(void *arg, struct fed_inside *inside, struct fed_parcel *parcel,
                           enum fed_bounce bounce, const char *text)
{
    struct site *site = arg;
    (void)inside;
    assert_true(text[0] != '\0');
    gp_buf_printf(&site->news, "undelivered %s %.*s\n", fed_bounce_condition(bounce),
                  GP_SPAN_ARG(fed_parcel_stanza(parcel)));
    fed_parcel_destroy(parcel);
}

static void on_congested(void *arg, struct fed_inside *inside, bool is_congested)
{
    struct site *site = arg;
    (void)inside;
    gp_buf_printf(&site->news, "congested %s\n", is_congested ? "yes" : "no");
}

static const struct fed_inside_owner owner = {.on_stanza = on_stanza,
                                              .on_parcel = on_parcel,
                                              .on_undelivered = on_undelivered,
                                              .on_congested = on_congested};

/* The site */

static struct gp_addr free_address(void)
{
    struct gp_addr address;
    int fd = -1;
    assert_int_equal(gp_addr_parse("127.0.0.1", &address), GP_OK);
    assert_int_equal(gp_io_listen(&address, false, &fd, NULL), GP_OK);
    gp_io_close(&fd);
    return address;
}

void site_open(struct site *site, enum fed_inside_kind kind)
{
    static const char *const homes[] = {"alpha.example", "beta.example", "gamma.example"};
    struct gp_err err = {0};
    *site = (struct site){.loop = gp_loop_create(), .address = free_address()};
    site->guard = gp_timer_create(site->loop, on_guard, site);
    gp_log_init(&site->log, open("/dev/null", O_WRONLY | O_CLOEXEC), GP_LOG_ERROR, GP_LOG_TEXT);
    gp_buf_init(&site->news, NEWS_MAX);
    site->secret.len = strlen(SECRET);
    memcpy(site->secret.bytes, SECRET, strlen(SECRET));
    for (size_t i = 0; i < GP_ARRAY_LEN(homes); i++)
        site->homes[i] = (struct fed_home){.domain = domain_of(homes[i]), .inside = i == 2};
    site->settings =
        (struct fed_settings){.home_count = 3, .homes = site->homes, .limits = fed_limits_default};
    site->settings.limits.inside_retry_min_ms = site->settings.limits.inside_retry_max_ms = 20;
    site->context = (struct fed_context){
        .loop = site->loop, .settings = &site->settings, .log = &site->log, .rnd = &gp_rnd_system};
    const struct fed_inside_settings settings = {.name = "site",
                                                 .kind = kind,
                                                 .listen = site->address,
                                                 .address = site->address,
                                                 .secret = &site->secret};
    if (fed_inside_create(&site->context, &settings, &owner, site, &site->inside, &err) != GP_OK)
        fail_msg("%s", err.text);
}

void site_close(struct site *site)
{
    if (gp_buf_len(&site->news) > 0)
        fail_msg("not expected: %.2000s", gp_buf_text(&site->news));
    fed_inside_destroy(site->inside);
    while (site->context.sessions.first)
        fed_session_destroy(site->context.sessions.first);
    gp_buf_finish(&site->news);
    gp_timer_destroy(site->guard);
    gp_loop_destroy(site->loop);
    close(site->log.fd);
}

void site_deliver(struct site *site, const char *stanza)
{
    fed_inside_deliver(site->inside, parcel_read(FED_TO_INSIDE, stanza));
}

void site_expect(struct site *site, const char *news)
{
    expect(site, &site->news, news);
}

static bool has_turned(const void *arg)
{
    unsigned *const *turns = arg;
    return ++**turns == SETTLING_TURNS;
}

void site_settle(struct site *site)
{
    unsigned turns = 0, *counter = &turns;
    wait_until(site, has_turned, &counter);
}

struct search {
    struct dns_domain home;
    struct fed_inside_status *found;
};

static void compare_status(void *arg, const struct fed_inside_status *status)
{
    struct search *search = arg;
    if (status->home && dns_domain_equal(status->home, &search->home))
        *search->found = *status;
}

struct fed_inside_status site_status(const struct site *site, const char *home)
{
    struct fed_inside_status status = {.home = NULL};
    struct search search = {domain_of(home), &status};
    fed_inside_each(site->inside, compare_status, &search);
    return status;
}

size_t site_held(const struct site *site, const char *home)
{
    return site_status(site, home).held;
}

/* Services */

static void on_service(void *arg, unsigned ready)
{
    struct service *service = arg;
    size_t room = 0, got = 0;
    char *at = gp_buf_room(&service->heard, 1, &room);
    (void)ready;
    enum gp_io_result result = gp_io_read(service->fd, at, room, &got);
    if (result == GP_IO_DONE)
        gp_buf_wrote(&service->heard, got);
    else if (result != GP_IO_AGAIN)
        gp_watch_set(service->watch, 0);
}

static bool has_header(const void *arg)
{
    const struct service *service = arg;
    struct gp_span heard = gp_buf_span(&service->heard);
    const char *id = memmem(heard.at, heard.len, " id='", 5);
    return id && memchr(id, '>', heard.len - (size_t)(id - heard.at));
}

static bool is_there(const void *arg)
{
    const struct service *service = arg;
    return site_status(service->site, service->domain.ascii).is_up;
}

static bool is_gone(const void *arg)
{
    return !is_there(arg);
}

void service_say(struct service *service, const char *text)
{
    size_t sent = 0;
    assert_int_equal(gp_io_write(service->fd, text, strlen(text), &sent), GP_IO_DONE);
    assert_int_equal(sent, strlen(text));
}

void service_open(struct service *service, struct site *site, const char *home)
{
    char text[300], hex[GP_DIGEST_HEX_MAX];
    uint8_t digest[GP_DIGEST_MAX];
    *service = (struct service){.site = site, .domain = domain_of(home), .fd = -1};
    gp_buf_init(&service->heard, NEWS_MAX);
    assert_int_equal(gp_io_connect(&site->address, &service->fd, NULL), GP_OK);
    service->watch = gp_watch_create(site->loop, service->fd, on_service, service);
    gp_watch_set(service->watch, GP_READ);
    snprintf(text, sizeof(text),
             "<stream:stream xmlns='jabber:component:accept' "
             "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>",
             home);
    service_say(service, text);
    wait_until(site, has_header, service);
    const char *id = strstr(gp_buf_text(&service->heard), " id='") + 5;
    snprintf(text, sizeof(text), "%.*s" SECRET, (int)strcspn(id, "'"), id);
    gp_digest(GP_SHA1, text, strlen(text), digest);
    gp_buf_reset(&service->heard);
    snprintf(text, sizeof(text), "<handshake>%s</handshake>", gp_digest_hex(digest, 20, hex));
    service_say(service, text);
    wait_until(site, is_there, service);
}

void service_close(struct service *service)
{
    gp_watch_destroy(service->watch);
    gp_io_close(&service->fd);
    gp_buf_finish(&service->heard);
    wait_until(service->site, is_gone, service);
}

void service_expect(struct service *service, const char *text)
{
    expect(service->site, &service->heard, text);
}

void service_listen(struct service *service, bool is_listening)
{
    gp_watch_set(service->watch, is_listening ? GP_READ : 0);
}
