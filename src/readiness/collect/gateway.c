/* SPDX-License-Identifier: BSD-2-Clause */
/* The running gateway's own word, over its control socket (control/control.h). */
#include "readiness/collect/collecting.h"

#include "federation/probe_peer.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT_MS 5000
#define LOGIN_TIMEOUT_MS  20000
#define KEY_TIMEOUT_MS    40000 /* with the questions about it */
#define PING_TIMEOUT_MS   20000

/* One question, whatever it is about. */
struct call {
    struct app_op op;
    struct app_question *question;
    struct app_json_writer *request; /* owned until it is asked */
    uint32_t timeout_ms;
    enum gp_code code; /* why it could not even be asked */
    enum gp_code (*prepare)(struct call *call, struct gp_err *err); /* NULL: there is nothing to */
    void (*take)(struct call *call, const struct app_json *answer);
    void (*fail)(struct call *call, const char *why, enum gp_code code);
    /* What it is about. */
    struct app_seen_probe *probe;
    app_probe_then_fn *then;
    struct app_seen_domain *domain;
    struct app_seen_login *login; /* of the domain */
    struct app_seen_partner *partner;
    struct fed_probe_peer *peer; /* owned */
};

static void let_go(struct call *call)
{
    app_json_writer_destroy(call->request);
    fed_probe_peer_destroy(call->peer);
    call->request = NULL;
    call->peer = NULL;
}

static void on_answer(void *arg, struct app_json *answer, const struct gp_err *err)
{
    struct call *call = arg;
    struct app_collect *collect = call->op.collect;
    if (!answer)
        call->fail(call, app_keep(collect, err->text), err->code);
    else if (app_json_get_bool(answer, "ok", false))
        call->take(call, answer);
    else
        call->fail(call, app_keep(collect, app_json_get_text(answer, "error", "refused")),
                   GP_ERR_DENIED);
    app_json_destroy(answer);
    let_go(call);
    app_op_done(&call->op);
}

static enum gp_code start_call(struct app_op *base, struct gp_err *err)
{
    struct call *call = (struct call *)base;
    const struct app_collect_setup *setup = &base->collect->setup;
    enum gp_code code = call->prepare ? call->prepare(call, err) : GP_OK;
    if (code != GP_OK)
        return code;
    struct app_json_writer *request = call->request;
    call->request = NULL;
    code = app_control_ask(setup->loop, setup->config->control_socket, request, call->timeout_ms,
                           on_answer, call, &call->question, err);
    call->code = code;
    return code;
}

static void give_up_call(struct app_op *base, const char *why)
{
    struct call *call = (struct call *)base;
    call->fail(call, why, call->code);
    let_go(call);
}

static void cancel_call(struct app_op *base)
{
    app_question_cancel(((struct call *)base)->question);
}

static const struct app_op_type call_type = {
    .start = start_call, .give_up = give_up_call, .cancel = cancel_call};

/* NULL when there is no memory. */
static struct call *make_call(const char *command)
{
    struct call *call = calloc(1, sizeof(*call));
    if (!call)
        return NULL;
    call->timeout_ms = ANSWER_TIMEOUT_MS;
    call->request = app_json_writer_create();
    app_json_put_text(call->request, "command", command);
    return call;
}

static void ask_in(struct app_collect *collect, struct call *call, struct app_lane *lane)
{
    if (call)
        call->op.domain = call->probe ? call->probe->endpoint->domain : call->domain;
    app_op_add(collect, call ? &call->op : NULL, &call_type, lane);
}

static void ask(struct app_collect *collect, struct call *call)
{
    ask_in(collect, call, &collect->control);
}

/* status */

static const char *keep_text(struct app_collect *collect, const struct app_json *node,
                             const char *key)
{
    return app_keep(collect, app_json_get_text(node, key, ""));
}

static void take_listeners(struct app_collect *collect, const struct app_json *list)
{
    struct app_seen_gateway *gateway = &collect->seen->gateway;
    size_t count = app_json_count(list);
    gateway->listeners = gp_arena_alloc(&collect->seen->arena, count * sizeof(*gateway->listeners));
    for (size_t i = 0; gateway->listeners && i < count; i++) {
        const struct app_json *node = app_json_at(list, i);
        const char *service = app_json_get_text(node, "service", "");
        struct app_seen_listener *listener = &gateway->listeners[gateway->listener_count];
        if (gp_addr_parse_port(app_json_get_text(node, "address", ""), 0, &listener->addr) != GP_OK)
            continue;
        listener->service =
            strcmp(service, "direct-tls") == 0 ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS;
        gateway->listener_count++;
    }
}

/* A domain's inside link: its own way there, or where the link has one for each partner, every one
 * of them. */
static void take_inside(struct app_collect *collect, struct app_seen_home *home, const char *name,
                        const struct app_json *insides)
{
    for (size_t i = 0; i < app_json_count(insides); i++) {
        const struct app_json *node = app_json_at(insides, i);
        const char *domain = app_json_get_text(node, "domain", NULL);
        if (strcmp(app_json_get_text(node, "name", ""), name) != 0 ||
            (domain && strcmp(domain, home->domain.ascii) != 0))
            continue;
        bool is_up = strcmp(app_json_get_text(node, "state", ""), "up") == 0;
        home->is_inside_up = is_up && (home->is_inside_up || !home->is_inside_known);
        home->is_inside_known = true;
        if (!is_up && !home->inside_trouble)
            home->inside_trouble = keep_text(collect, node, "trouble");
    }
}

static void take_homes(struct app_collect *collect, const struct app_json *list,
                       const struct app_json *insides)
{
    struct app_seen_gateway *gateway = &collect->seen->gateway;
    size_t count = app_json_count(list);
    gateway->homes = gp_arena_alloc(&collect->seen->arena, count * sizeof(*gateway->homes));
    for (size_t i = 0; gateway->homes && i < count; i++) {
        const struct app_json *node = app_json_at(list, i);
        struct gp_span name = gp_span_text(app_json_get_text(node, "domain", ""));
        struct app_seen_home *home = &gateway->homes[gateway->home_count];
        if (dns_domain_from_text(name, &home->domain, NULL) != GP_OK)
            continue;
        home->spki_hex = keep_text(collect, node, "spki_sha256");
        take_inside(collect, home, app_json_get_text(node, "inside", ""), insides);
        gateway->home_count++;
    }
}

/* Every domain waits for it. */
static void end_status(struct app_collect *collect, enum app_seen seen, const char *why)
{
    collect->seen->gateway.seen = seen;
    collect->seen->gateway.why = why;
    for (struct app_seen_domain *at = collect->seen->domains; at; at = at->next)
        app_stir(collect, at);
}

static void take_status(struct call *call, const struct app_json *answer)
{
    struct app_collect *collect = call->op.collect;
    struct app_seen_gateway *gateway = &collect->seen->gateway;
    const struct app_json *config = app_json_get(answer, "config");
    end_status(collect, APP_CAME, NULL);
    gateway->version = keep_text(collect, answer, "version");
    gateway->started = keep_text(collect, answer, "started");
    gateway->config_path = keep_text(collect, config, "path");
    gateway->config_digest = keep_text(collect, config, "digest");
    take_listeners(collect, app_json_get(answer, "listeners"));
    take_homes(collect, app_json_get(answer, "domains"), app_json_get(answer, "insides"));
}

static void fail_status(struct call *call, const char *why, enum gp_code code)
{
    struct app_seen_gateway *gateway = &call->op.collect->seen->gateway;
    gateway->is_absent = code == GP_ERR_NOT_FOUND;
    end_status(call->op.collect, APP_NOTHING_CAME,
               gateway->is_absent ? "the gateway does not run" : why);
}

void app_want_status(struct app_collect *collect)
{
    struct call *call = make_call("status");
    if (call) {
        call->take = take_status;
        call->fail = fail_status;
    }
    ask(collect, call);
}

/* expect */

static void take_expect(struct call *call, const struct app_json *answer)
{
    (void)answer;
    call->then(call->op.collect, call->probe);
}

/* The probe goes all the same, as a stranger would. */
static void fail_expect(struct call *call, const char *why, enum gp_code code)
{
    (void)code;
    call->probe->token[0] = '\0';
    call->probe->told_why = why;
    call->then(call->op.collect, call->probe);
    app_probe_told(call->op.collect);
}

void app_want_expect(struct app_collect *collect, struct app_seen_probe *probe,
                     app_probe_then_fn *then)
{
    struct call *call = make_call("expect");
    if (call) {
        app_json_put_text(call->request, "token", probe->token);
        call->take = take_expect;
        call->fail = fail_expect;
        call->probe = probe;
        call->then = then;
    }
    ask(collect, call);
}

/* seen */

static void take_seen(struct call *call, const struct app_json *answer)
{
    struct app_seen_probe *probe = call->probe;
    probe->told = APP_CAME;
    probe->told_why = NULL;
    probe->was_met =
        app_json_get_bool(answer, "seen", false) &&
        gp_addr_parse_port(app_json_get_text(answer, "listener", ""), 0, &probe->listener) == GP_OK;
    probe->was_logged_in = app_json_get_bool(answer, "authenticated", false);
    app_probe_told(call->op.collect);
}

static void fail_seen(struct call *call, const char *why, enum gp_code code)
{
    (void)code;
    call->probe->told = APP_NOTHING_CAME;
    call->probe->told_why = why;
    app_probe_told(call->op.collect);
}

void app_want_seen(struct app_collect *collect, struct app_seen_probe *probe)
{
    struct call *call = make_call("seen");
    if (call) {
        app_json_put_text(call->request, "token", probe->token);
        call->take = take_seen;
        call->fail = fail_seen;
        call->probe = probe;
    }
    ask(collect, call);
}

/* login */

/* What both say of it, the gateway and the peer that it came to. */
static void fill_login(struct call *call, const struct app_json *answer, bool was_let_in,
                       bool was_met, const char *peer_sentence)
{
    struct app_seen_login *login = call->login;
    login->seen = APP_CAME;
    login->why = NULL;
    login->was_logged_in = app_json_get_bool(answer, "logged_in", false) && was_let_in;
    login->was_met = was_met;
    login->sentence = keep_text(call->op.collect, answer, "sentence");
    login->peer_sentence = app_keep(call->op.collect, peer_sentence);
}

static void fail_login(struct call *call, const char *why, enum gp_code code)
{
    (void)code;
    call->login->seen = APP_NOTHING_CAME;
    call->login->why = why;
}

static void take_login(struct call *call, const struct app_json *answer)
{
    const struct fed_probe_peer_result *result = fed_probe_peer_result(call->peer);
    fill_login(call, answer, result->was_logged_in, result->was_met, result->sentence);
}

/* Only when it is to be used: there may be thousands of domains. */
static enum gp_code open_peer(struct call *call, struct gp_err *err)
{
    struct app_collect *collect = call->op.collect;
    char token[GP_RND_ID_MAX], text[GP_ADDR_TEXT_MAX];
    struct gp_addr addr;
    gp_rnd_id(token);
    const struct fed_probe_peer_setup setup = {
        .loop = collect->setup.loop,
        .settings = &collect->setup.config->federation,
        .sessions = &collect->sessions,
        .tls = collect->setup.tls,
        .domain = &call->domain->domain,
        .token = token,
    };
    enum gp_code code = fed_probe_peer_create(&setup, &call->peer, &addr, err);
    if (code != GP_OK)
        return code;
    app_json_put_text(call->request, "domain", call->domain->domain.ascii);
    app_json_put_text(call->request, "address", gp_addr_port_text(&addr, text));
    app_json_put_text(call->request, "service", "starttls");
    app_json_put_text(call->request, "token", token);
    return GP_OK;
}

void app_want_login(struct app_collect *collect, struct app_seen_domain *domain)
{
    if (collect->seen->gateway.seen != APP_CAME) {
        domain->login.why = collect->seen->gateway.why;
        return;
    }
    struct call *call = make_call("login");
    if (call) {
        call->timeout_ms = LOGIN_TIMEOUT_MS;
        call->take = take_login;
        call->fail = fail_login;
        call->prepare = open_peer;
        call->domain = domain;
        call->login = &domain->login;
    }
    ask(collect, call);
}

/* A rehearsal's stand-in, and the login there by a dialback key. */

static void take_stand_in(struct call *call, const struct app_json *answer)
{
    (void)answer;
    call->domain->rehearsal.seen = APP_CAME;
    call->domain->rehearsal.why = NULL;
    app_rehearse(call->op.collect, call->domain);
}

static void fail_stand_in(struct call *call, const char *why, enum gp_code code)
{
    struct app_seen_rehearsal *seen = &call->domain->rehearsal;
    (void)code;
    seen->seen = seen->login.seen = APP_NOTHING_CAME;
    seen->why = seen->login.why = why;
}

void app_want_stand_in(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_seen_rehearsal *seen = &domain->rehearsal;
    struct call *call = make_call("expect");
    char text[GP_ADDR_TEXT_MAX];
    if (call) {
        app_json_put_text(call->request, "token", seen->token);
        app_json_put_text(call->request, "domain", seen->stand_in.ascii);
        app_json_put_text(call->request, "authority", gp_addr_port_text(&seen->authority, text));
        call->take = take_stand_in;
        call->fail = fail_stand_in;
        call->domain = domain;
    }
    ask(collect, call);
}

static void take_key(struct call *call, const struct app_json *answer)
{
    const struct fed_rehearsal_result *result =
        fed_rehearsal_result(call->op.collect->rehearsal, &call->domain->domain);
    fill_login(call, answer, result->was_proved, result->was_asked, result->sentence);
}

void app_want_key(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_seen_rehearsal *seen = &domain->rehearsal;
    struct call *call = make_call("login");
    char text[GP_ADDR_TEXT_MAX];
    if (call) {
        app_json_put_text(call->request, "domain", domain->domain.ascii);
        app_json_put_text(call->request, "partner", seen->stand_in.ascii);
        app_json_put_text(call->request, "address", gp_addr_port_text(&seen->authority, text));
        app_json_put_text(call->request, "service", "starttls");
        call->timeout_ms = KEY_TIMEOUT_MS;
        call->take = take_key;
        call->fail = fail_login;
        call->domain = domain;
        call->login = &domain->rehearsal.login;
    }
    ask(collect, call);
}

/* ping */

static void take_ping(struct call *call, const struct app_json *answer)
{
    struct app_seen_ping *ping = &call->partner->ping;
    const char *outcome = app_json_get_text(answer, "outcome", "");
    ping->why = "the gateway does not say what came of it";
    for (unsigned i = 0; i < FED_PING_OUTCOMES; i++)
        if (strcmp(fed_ping_outcome_text((enum fed_ping_outcome)i), outcome) == 0) {
            ping->seen = APP_CAME;
            ping->outcome = (enum fed_ping_outcome)i;
            ping->why = NULL;
        }
    ping->took_ms = app_json_get_int(answer, "took_ms", 0);
    ping->sentence = keep_text(call->op.collect, answer, "sentence");
}

static void fail_ping(struct call *call, const char *why, enum gp_code code)
{
    call->partner->ping.seen = APP_NOTHING_CAME;
    call->partner->ping.why = code == GP_ERR_NOT_FOUND ? "the gateway does not run" : why;
}

void app_want_ping(struct app_collect *collect, struct app_seen_partner *partner)
{
    struct call *call = make_call("ping");
    if (call) {
        app_json_put_text(call->request, "partner", partner->domain.ascii);
        app_json_put_text(call->request, "home", collect->setup.domains[0].ascii);
        call->timeout_ms = PING_TIMEOUT_MS;
        call->take = take_ping;
        call->fail = fail_ping;
        call->partner = partner;
    }
    ask_in(collect, call, &collect->pings);
}
