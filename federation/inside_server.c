/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside link to an XMPP server: gatepost connects to it as a component for each partner domain
 * (XEP-0114), so that the server takes what partners send for that of components, and hands over
 * what is for them (design, section 7; spec-digest f.3).
 *
 *   CONNECTING --TCP up--> NEGOTIATING --handshake taken--> OPEN
 *        ^                      |                             |
 *        |                      +--refused, lost-------+------+
 *        +--pause over-- RESTING <---------------------+
 *
 * A configured partner's stream is always wanted. A stranger's is made by the first stanza and goes
 * when nobody has used it for long.
 */
#include "base/clock.h"
#include "federation/backoff.h"
#include "federation/inside_ops.h"
#include "federation/machine.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_UNCONFIRMED_MAX 500 /* stanzas of one partner; then its streams are not read */

struct server;

/* The stream of one partner domain; behind its door as long as that exists. */
struct way {
    struct server *server;
    struct fed_door *door;
    int fd; /* while connecting; else -1 */
    struct gp_watch *watch;
    struct gp_timer
        *timer; /* patience with connecting, the end of a rest, or of a stranger's use */
    struct fed_session *session; /* negotiating, open */
    bool is_open;
    unsigned failures; /* in a row */
    bool has_told_of_foreigners;
    uint64_t asked_bytes; /* the stream's bytes that the question under way is about */
    uint64_t stanzas;
};

struct server {
    struct fed_inside *inside;
    struct fed_context *context;
    bool is_quiet;
};

/* A home domain of the link: the server itself, for questions. Not set when the link has none. */
static struct dns_domain server_name(const struct server *server)
{
    const struct fed_settings *settings = server->context->settings;
    for (size_t i = 0; i < settings->home_count; i++)
        if (fed_home_is_on(&settings->homes[i], fed_inside_settings(server->inside)->index))
            return settings->homes[i].domain;
    return (struct dns_domain){""};
}

static void connect_now(struct way *way);

static const struct fed_limits *limits_of(const struct way *way)
{
    return &way->server->context->settings->limits;
}

static void report(const struct way *way, const char *event, enum gp_log_level level,
                   const char *sentence)
{
    const struct fed_inside_settings *settings = fed_inside_settings(way->server->inside);
    char address[GP_ADDR_TEXT_MAX], stanzas[24];
    snprintf(stanzas, sizeof(stanzas), "%llu", (unsigned long long)way->stanzas);
    gp_log_write(way->server->context->log, level, event,
                 GP_LOG_FIELDS({"inside", settings->name}, {"partner", way->door->partner.ascii},
                               {"address", gp_addr_port_text(&settings->address, address)},
                               {"stanzas", way->is_open ? stanzas : NULL}),
                 "%s", sentence);
}

/* What has to be mended at the server, where its refusal is about a configuration. */
static const char *hint(enum fed_close reason)
{
    switch (reason) {
    case FED_CLOSE_INSIDE_SECRET:
        return "; secret-file of this inside section has to hold what stands there as "
               "component_secret (Prosody) or password (ejabberd) of the component";
    case FED_CLOSE_INSIDE_UNKNOWN:
        return "; it needs a Component section (Prosody) or an entry under hosts of "
               "ejabberd_service "
               "for it: \"gatepost export --inside\" prints them";
    case FED_CLOSE_INSIDE_CONFLICT:
        return "; end the other component, or take its configuration away";
    default:
        return "";
    }
}

/* Resting. */

/* What needs a person (spec-digest f.2) begins where the rest ends. */
static int64_t rest_ms(const struct way *way, bool is_refused)
{
    const struct fed_limits *limits = limits_of(way);
    return fed_backoff_ms(way->server->context->rnd, way->failures,
                          is_refused ? limits->inside_retry_max_ms : limits->inside_retry_min_ms,
                          is_refused ? limits->retry_max_ms : limits->inside_retry_max_ms);
}

static void way_destroy(struct way *way)
{
    gp_watch_destroy(way->watch);
    gp_io_close(&way->fd);
    gp_timer_destroy(way->timer);
    fed_session_destroy(way->session);
    way->door->stream = NULL;
    free(way);
}

/* A stranger's door that nothing waits for goes; every other way is tried again after a while. */
static void rest(struct way *way, bool is_refused)
{
    struct fed_door *door = way->door;
    struct fed_inside *inside = way->server->inside;
    if (!door->is_kept && door->queue.count == 0) {
        way_destroy(way);
        fed_inside_forget(inside, door);
    } else if (!way->server->is_quiet) {
        gp_timer_set(way->timer, rest_ms(way, is_refused));
    }
}

/* Nothing came of an attempt. Only the first failure of a row is news, but for what somebody has to
 * mend. */
static void fail(struct way *way, enum fed_close reason, const char *sentence)
{
    bool is_refused = fed_close_next(reason) == FED_THEN_BACKOFF;
    bool is_news = way->failures++ == 0 || is_refused;
    report(way, is_refused ? "inside-refused" : "inside-unreachable",
           is_news ? GP_LOG_WARNING : GP_LOG_DEBUG, sentence);
    fed_inside_went(way->server->inside, way->door, 0, sentence);
    rest(way, is_refused);
}

static void on_timer(void *arg)
{
    struct way *way = arg;
    int64_t idle_ms = gp_clock_mono_ms() - way->door->used_ms;
    if (way->fd >= 0) {
        gp_watch_destroy(way->watch);
        way->watch = NULL;
        gp_io_close(&way->fd);
        fail(way, FED_CLOSE_LOST, "the server inside does not answer");
    } else if (!way->session) {
        connect_now(way);
    } else if (idle_ms >= limits_of(way)->idle_ms) {
        fed_session_stop(way->session, FED_CLOSE_IDLE);
    } else {
        gp_timer_set(way->timer, limits_of(way)->idle_ms - idle_ms);
    }
}

/* The session. */

/* Asks whether all is taken in that was sent, unless the answer to that is under way already. */
static void ask(struct way *way)
{
    struct fed_component_client *machine = fed_session_machine(way->session);
    struct fed_now now = fed_now();
    uint64_t end_bytes =
        fed_session_sent_bytes(way->session) + gp_buf_len(fed_component_client_output(machine));
    if (fed_component_client_ask(machine, &now))
        way->asked_bytes = end_bytes;
}

/* The server sends for a domain that does not live on it: another component of it, or a host that
 * gatepost was not told of. Nobody outside could answer, so the sender hears of it (e.1). */
static void refuse_foreigner(struct way *way, const struct fed_stanza *stanza)
{
    static const struct fed_stanza_error error = {
        .type = "cancel",
        .condition = "not-allowed",
        .text = "this domain does not federate: it is no home domain of the gateway",
    };
    const struct fed_xml_element *element = stanza->element;
    struct fed_component_client *machine = fed_session_machine(way->session);
    char sentence[2 * DNS_DOMAIN_MAX];
    if (!way->has_told_of_foreigners) {
        way->has_told_of_foreigners = true;
        snprintf(sentence, sizeof(sentence),
                 "the server inside sends for %s, which is no home domain of this link",
                 stanza->from.ascii);
        report(way, "inside-foreign", GP_LOG_WARNING, sentence);
    }
    if (fed_component_client_is_open(machine) && fed_stanza_may_bounce(stanza->kind, stanza->type))
        fed_stanza_put_error(fed_component_client_output(machine), stanza->kind, element->from,
                             element->to, element->id, &error);
}

static void take_stanza(struct way *way, const struct fed_stanza *stanza)
{
    struct fed_inside *inside = way->server->inside;
    const struct fed_home *home = fed_settings_home(way->server->context->settings, &stanza->from);
    if (!home || !fed_home_is_on(home, fed_inside_settings(inside)->index)) {
        refuse_foreigner(way, stanza);
        return;
    }
    way->stanzas++;
    if (!fed_inside_took(inside, way->door, &home->domain, stanza,
                         fed_component_client_lang(fed_session_machine(way->session))))
        fed_session_pause(way->session, true);
}

static void session_on_request(void *arg, struct fed_session *session,
                               const struct fed_request *request)
{
    struct way *way = arg;
    (void)session;
    if (request->what == FED_DO_STANZA) {
        take_stanza(way, request->u.stanza);
    } else if (request->what == FED_DO_CONFIRMED) {
        fed_inside_confirmed(way->server->inside, way->door, way->asked_bytes);
        if (way->door->unconfirmed.count > 0)
            ask(way);
    } else if (request->what == FED_DO_OPEN) {
        way->is_open = true;
        way->failures = 0;
        way->stanzas = 0;
        report(way, "inside-open", GP_LOG_INFO, "the server inside has taken the component");
        if (!way->door->is_kept)
            gp_timer_set(way->timer, limits_of(way)->idle_ms);
        fed_inside_came(way->server->inside, way->door);
    }
}

static void session_on_drained(void *arg, struct fed_session *session)
{
    struct way *way = arg;
    (void)session;
    fed_inside_drained(way->server->inside);
}

static void session_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                           const char *detail)
{
    struct way *way = arg;
    char sentence[FED_DOOR_TROUBLE_MAX];
    snprintf(sentence, sizeof(sentence), "%s%s%.120s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail, hint(reason));
    way->session = NULL;
    gp_timer_clear(way->timer);
    if (!way->is_open) {
        fail(way, reason, sentence);
        return;
    }
    bool is_ours = fed_close_fault(reason) == FED_BY_US || reason == FED_CLOSE_IDLE;
    report(way, "inside-close", is_ours ? GP_LOG_INFO : GP_LOG_WARNING, sentence);
    way->is_open = false;
    fed_inside_went(way->server->inside, way->door, fed_session_sent_bytes(session), sentence);
    rest(way, fed_close_next(reason) == FED_THEN_BACKOFF);
}

static const struct fed_session_owner session_owner = {
    .start_tls = fed_session_no_tls,
    .on_request = session_on_request,
    .on_drained = session_on_drained,
    .on_end = session_on_end,
};

/* Connecting. */

static struct fed_session *start_session(struct way *way, int fd)
{
    struct fed_context *context = way->server->context;
    struct fed_now now = fed_now();
    const struct fed_component_client_setup setup = {
        .settings = context->settings,
        .secret = fed_inside_settings(way->server->inside)->secret,
        .domain = way->door->partner,
        .home = server_name(way->server),
        .make_id = fed_make_id,
    };
    const struct fed_session_setup session = {
        .loop = context->loop,
        .limits = &context->settings->limits,
        .list = &context->sessions,
        .link = fed_link_create(fd),
        .type = &fed_machine_component_client,
        .machine = fed_component_client_create(&setup, &now),
        .owner = &session_owner,
        .arg = way,
    };
    return fed_session_create(&session);
}

static void unreachable(struct way *way, int error)
{
    char text[FED_LINK_ERROR_MAX], sentence[FED_LINK_ERROR_MAX + 60];
    snprintf(sentence, sizeof(sentence), "the server inside cannot be reached: %s",
             fed_link_errno_text(error, text));
    fail(way, FED_CLOSE_LOST, sentence);
}

static void on_connected(void *arg, unsigned ready)
{
    struct way *way = arg;
    int fd = way->fd, error = gp_io_connect_error(fd);
    (void)ready;
    gp_timer_clear(way->timer);
    gp_watch_destroy(way->watch);
    way->watch = NULL;
    way->fd = -1;
    if (error != 0) {
        gp_io_close(&fd);
        unreachable(way, error);
        return;
    }
    way->session = start_session(way, fd);
    if (!way->session)
        fail(way, FED_CLOSE_NO_MEMORY, fed_close_text(FED_CLOSE_NO_MEMORY));
}

static void connect_now(struct way *way)
{
    struct gp_err err = {0};
    const struct gp_addr *address = &fed_inside_settings(way->server->inside)->address;
    if (gp_io_connect(address, &way->fd, &err) != GP_OK) {
        fail(way, FED_CLOSE_LOST, err.text);
        return;
    }
    way->watch = gp_watch_create(way->server->context->loop, way->fd, on_connected, way);
    if (!way->watch) {
        gp_io_close(&way->fd);
        fail(way, FED_CLOSE_NO_MEMORY, fed_close_text(FED_CLOSE_NO_MEMORY));
        return;
    }
    gp_watch_set(way->watch, GP_WRITE);
    gp_timer_set(way->timer, limits_of(way)->connect_ms);
}

/* The link. */

static enum gp_code server_create(struct fed_inside *inside, void **ret_state, struct gp_err *err)
{
    struct server *server = calloc(1, sizeof(*server));
    if (!server)
        return gp_err_nomem(err);
    server->inside = inside;
    server->context = fed_inside_context(inside);
    *ret_state = server;
    return GP_OK;
}

static enum gp_code server_reach(void *state, struct fed_door *door)
{
    struct server *server = state;
    struct way *way = calloc(1, sizeof(*way));
    if (!way)
        return GP_ERR_NOMEM;
    way->server = server;
    way->door = door;
    way->fd = -1;
    way->timer = gp_timer_create(server->context->loop, on_timer, way);
    if (!way->timer) {
        free(way);
        return GP_ERR_NOMEM;
    }
    door->stream = way;
    gp_timer_set(way->timer, 0); /* connects at the loop's next turn */
    return GP_OK;
}

static void server_resume(void *state)
{
    const struct server *server = state;
    for (struct fed_door *door = fed_inside_doors(server->inside); door; door = door->next) {
        const struct way *way = door->stream;
        if (way->session && fed_session_is_paused(way->session))
            fed_session_pause(way->session, false);
    }
}

static void server_quiet(void *state)
{
    struct server *server = state;
    server->is_quiet = true;
    for (struct fed_door *door = fed_inside_doors(server->inside); door; door = door->next) {
        struct way *way = door->stream;
        gp_timer_clear(way->timer);
        gp_watch_destroy(way->watch);
        way->watch = NULL;
        gp_io_close(&way->fd);
        if (way->session)
            fed_session_pause(way->session, true);
    }
}

static void server_stop(void *state)
{
    struct server *server = state;
    for (struct fed_door *door = fed_inside_doors(server->inside); door; door = door->next) {
        struct way *way = door->stream;
        if (way->session)
            fed_session_stop(way->session, FED_CLOSE_SHUTDOWN);
    }
}

static void server_abandon(struct fed_door *door, enum fed_close reason)
{
    struct way *way = door->stream;
    if (way->session) {
        report(way, "inside-close", GP_LOG_INFO, "the inside link was changed or removed");
        fed_session_stop(way->session, reason);
        fed_session_give(way->session, &fed_session_nobody, NULL);
        way->session = NULL;
    }
    way_destroy(way);
}

static void server_destroy(void *state)
{
    struct server *server = state;
    for (struct fed_door *door = fed_inside_doors(server->inside); door; door = door->next)
        if (door->stream)
            way_destroy(door->stream);
    free(server);
}

static struct gp_buf *server_output(struct fed_door *door)
{
    struct way *way = door->stream;
    struct fed_component_client *machine = fed_session_machine(way->session);
    bool takes_more = fed_component_client_is_open(machine) && !fed_session_is_full(way->session) &&
                      door->unconfirmed.count < FED_UNCONFIRMED_MAX;
    return takes_more ? fed_component_client_output(machine) : NULL;
}

static uint64_t server_sent(struct fed_door *door)
{
    struct way *way = door->stream;
    uint64_t end_bytes = fed_session_sent_bytes(way->session) +
                         gp_buf_len(fed_component_client_output(fed_session_machine(way->session)));
    way->stanzas++;
    ask(way);
    fed_session_kick(way->session);
    return end_bytes;
}

static struct gp_addr server_peer(const struct fed_door *door)
{
    const struct way *way = door->stream;
    return fed_session_peer(way->session);
}

const struct fed_inside_ops fed_inside_server_ops = {
    .key = FED_DOOR_BY_PARTNER,
    .is_confirming = true,
    .create = server_create,
    .destroy = server_destroy,
    .reach = server_reach,
    .output = server_output,
    .sent = server_sent,
    .peer = server_peer,
    .resume = server_resume,
    .abandon = server_abandon,
    .quiet = server_quiet,
    .stop = server_stop,
};
