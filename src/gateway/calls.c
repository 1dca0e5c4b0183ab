/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control socket can be asked; status has a file of its own. */
#include "gateway/gateway.h"
#include "gateway/trace.h"

#include "base/clock.h"
#include "federation/attempt.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

/* expect and seen: probes of `gatepost check` (design, section 10). */

struct probe_call {
    struct app_errand errand;
    struct app_call *call;
    char token[GP_RND_ID_MAX];
    struct fed_stand_in stand_in; /* that it may come as; not set: it is for none */
    bool is_known;                /* some worker has heard of the token */
    bool has_failed;
    struct fed_probe_seen seen;
};

static void drop_probe(struct app_errand *errand)
{
    struct probe_call *probe = (struct probe_call *)errand;
    app_call_refuse(probe->call, "the gateway has stopped");
    free(probe);
}

static bool visit_expect(struct app_errand *errand, struct app_worker *worker)
{
    struct probe_call *probe = (struct probe_call *)errand;
    if (fed_inbound_expect(app_worker_inbound(worker), probe->token, &probe->stand_in) != GP_OK)
        probe->has_failed = true;
    return true;
}

static bool visit_seen(struct app_errand *errand, struct app_worker *worker)
{
    struct probe_call *probe = (struct probe_call *)errand;
    struct fed_probe_seen seen;
    if (fed_inbound_seen(app_worker_inbound(worker), probe->token, &seen) != GP_OK)
        return true;
    probe->is_known = true;
    if (seen.is_seen)
        probe->seen = seen;
    return true;
}

static void expect_back(struct app_errand *errand, void *arg)
{
    struct probe_call *probe = (struct probe_call *)errand;
    (void)arg;
    if (probe->has_failed) {
        app_call_refuse(probe->call, "out of memory");
    } else {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_bool(json, "ok", true);
        app_call_answer(probe->call, json);
    }
    free(probe);
}

static void seen_back(struct app_errand *errand, void *arg)
{
    struct probe_call *probe = (struct probe_call *)errand;
    char text[GP_ADDR_TEXT_MAX];
    (void)arg;
    if (!probe->is_known) {
        app_call_refuse(probe->call, "this token was not announced");
    } else {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_bool(json, "ok", true);
        app_json_put_bool(json, "seen", probe->seen.is_seen);
        if (probe->seen.is_seen) {
            app_json_put_text(json, "listener", gp_addr_port_text(&probe->seen.listener, text));
            app_json_put_text(json, "peer", gp_addr_port_text(&probe->seen.peer, text));
            app_json_put_bool(json, "authenticated", probe->seen.is_authenticated);
        }
        app_call_answer(probe->call, json);
    }
    free(probe);
}

/*
 * A made-up domain for a rehearsal of dialback. It is below "invalid", where nobody ever is (RFC
 * 6761, 6.4): no key and no admission of a rehearsal is worth anything with a partner's name.
 */
static bool read_made_up(const char *text, struct dns_domain *ret)
{
    static const char below[] = ".invalid";
    size_t len;
    if (dns_domain_from_text(gp_span_text(text), ret, NULL) != GP_OK)
        return false;
    len = strlen(ret->ascii);
    return len > strlen(below) && strcmp(ret->ascii + len - strlen(below), below) == 0;
}

/* True without one. Its server is on this machine, as whoever may use the control socket is. */
static bool read_stand_in(const struct app_json *request, struct fed_stand_in *ret)
{
    const char *domain = app_json_get_text(request, "domain", "");
    const char *authority = app_json_get_text(request, "authority", "");
    if (!*domain)
        return true;
    return read_made_up(domain, &ret->domain) &&
           gp_addr_parse_port(authority, 0, &ret->authority) == GP_OK && ret->authority.port != 0 &&
           gp_addr_reach(&ret->authority) == GP_REACH_LOOPBACK;
}

static void probe_call(struct app_gateway *gateway, struct app_call *call,
                       const struct app_json *request, app_errand_fn *visit,
                       app_errand_home_fn *back)
{
    const char *token = app_json_get_text(request, "token", "");
    struct fed_stand_in stand_in = {.domain = {""}};
    struct probe_call *probe = NULL;
    if (!read_stand_in(request, &stand_in)) {
        app_call_refuse(call, "\"domain\" is not below \"invalid\", or \"authority\" is not a "
                              "loopback address with a port");
        return;
    }
    if (strlen(token) < 16 || strlen(token) >= GP_RND_ID_MAX) {
        app_call_refuse(call, "a token has 16 to 32 characters");
        return;
    }
    probe = calloc(1, sizeof(*probe));
    if (!probe) {
        app_call_refuse(call, "out of memory");
        return;
    }
    probe->errand.drop = drop_probe;
    probe->call = call;
    probe->stand_in = stand_in;
    memcpy(probe->token, token, strlen(token));
    app_errand_start(&probe->errand, &gateway->workers, gateway->mailbox, visit, back);
}

/* login: the gateway logs in somewhere as it would at a partner, by its certificate (check X5) or,
 * at a made-up domain, by a dialback key (X4). */

struct login {
    struct app_errand errand;
    struct app_call *call;
    struct dns_domain domain;
    struct dns_domain partner; /* the same, or a made-up one */
    struct gp_addr address;
    enum dns_service service;
    char token[GP_RND_ID_MAX]; /* "" for none */
    struct fed_partner policy; /* no domains: only what the stream machine asks about */
    struct fed_attempt *attempt;
    struct app_json_writer *json;
    bool is_done;
};

/* Takes the trace; may be NULL. */
static void set_result(struct login *login, bool is_ok, const char *sentence,
                       struct fed_trace *trace)
{
    login->json = app_json_writer_create();
    app_json_put_bool(login->json, "ok", true);
    app_json_put_bool(login->json, "logged_in", is_ok);
    app_json_put_text(login->json, "sentence", sentence);
    app_json_open_array(login->json, "steps");
    for (size_t i = 0; trace && i < trace->count; i++)
        app_json_put_text(login->json, NULL, trace->steps[i].text);
    app_json_close(login->json);
    fed_trace_destroy(trace);
    login->is_done = true;
}

static void login_opened(void *arg, struct fed_session *session, enum fed_proof proof,
                         struct fed_trace *trace)
{
    struct login *login = arg;
    char sentence[128];
    login->attempt = NULL;
    fed_session_give(session, &fed_session_nobody, NULL); /* has served its purpose */
    snprintf(sentence, sizeof(sentence), "logged in (%s)", fed_proof_text(proof));
    set_result(login, true, sentence, trace);
    app_errand_go_on(&login->errand);
}

static void login_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct login *login = arg;
    login->attempt = NULL;
    set_result(login, false, failure->sentence, trace);
    app_errand_go_on(&login->errand);
}

static void login_leave(struct app_errand *errand)
{
    struct login *login = (struct login *)errand;
    fed_attempt_cancel(login->attempt);
    login->attempt = NULL;
    set_result(login, false, "the gateway is stopping", NULL);
    app_errand_go_on(errand);
}

static const struct fed_attempt_owner login_owner = {.on_open = login_opened,
                                                     .on_failed = login_failed};

static bool visit_login(struct app_errand *errand, struct app_worker *worker)
{
    struct login *login = (struct login *)errand;
    struct gp_err err = {0};
    if (login->is_done)
        return true; /* one worker is enough */
    bool is_rehearsal = !dns_domain_equal(&login->domain, &login->partner);
    const struct fed_attempt_setup setup = {
        .context = app_worker_context(worker),
        .purpose = is_rehearsal ? FED_OUT_REHEARSE : FED_OUT_PROBE,
        .home = &login->domain,
        .partner = &login->partner,
        .shows_none = is_rehearsal, /* a certificate would prove it without a key */
        .policy = &login->policy,
        .token = login->token[0] ? login->token : NULL,
        .address = &login->address,
        .service = login->service,
        .owner = &login_owner,
        .arg = login,
    };
    if (fed_attempt_start(&setup, &login->attempt, &err) == GP_OK)
        return false;
    set_result(login, false, err.text, NULL);
    return true;
}

static void login_back(struct app_errand *errand, void *arg)
{
    struct login *login = (struct login *)errand;
    (void)arg;
    app_call_answer(login->call, login->json);
    free(login);
}

static void drop_login(struct app_errand *errand)
{
    struct login *login = (struct login *)errand;
    app_json_writer_destroy(login->json);
    app_call_refuse(login->call, "the gateway has stopped");
    free(login);
}

static void login_call(struct app_gateway *gateway, struct app_call *call,
                       const struct app_json *request)
{
    struct dns_domain domain, partner;
    struct gp_addr address;
    struct gp_err err = {0};
    const char *made_up = app_json_get_text(request, "partner", "");
    const char *text = app_json_get_text(request, "address", "");
    const char *token = app_json_get_text(request, "token", "");
    bool is_direct = strcmp(app_json_get_text(request, "service", ""), "direct-tls") == 0;
    if (dns_domain_from_text(gp_span_text(app_json_get_text(request, "domain", "")), &domain,
                             &err) != GP_OK ||
        !app_config_domain(gateway->config, &domain)) {
        app_call_refuse(call, "login: \"domain\" is not one of this gateway's domains");
        return;
    }
    partner = domain;
    if (*made_up && !read_made_up(made_up, &partner)) {
        app_call_refuse(call, "login: \"partner\" is not below \"invalid\"");
        return;
    }
    if (gp_addr_parse_port(text, 0, &address) != GP_OK || address.port == 0) {
        app_call_refuse(call, "login: \"address\" is not an address with a port");
        return;
    }
    if (strlen(token) >= GP_RND_ID_MAX) {
        app_call_refuse(call, "login: \"token\" is longer than 32 characters");
        return;
    }
    if (gateway->is_stopping) { /* no worker would send it away */
        app_call_refuse(call, "the gateway is stopping");
        return;
    }
    struct login *login = calloc(1, sizeof(*login));
    if (!login) {
        app_call_refuse(call, "out of memory");
        return;
    }
    login->errand.leave = login_leave;
    login->errand.drop = drop_login;
    login->call = call;
    login->domain = domain;
    login->partner = partner;
    login->address = address;
    memcpy(login->token, token, strlen(token));
    login->service = is_direct ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS;
    app_errand_start(&login->errand, &gateway->workers, gateway->mailbox, visit_login, login_back);
}

void app_gateway_on_call(void *arg, struct app_call *call, const struct app_json *request)
{
    struct app_gateway *gateway = arg;
    const char *command = app_json_get_text(request, "command", "");
    const char *partner = app_json_get_text(request, "partner", "");
    if (strcmp(command, "status") == 0 && *partner)
        app_gateway_partner_status(gateway, call, partner);
    else if (strcmp(command, "status") == 0)
        app_gateway_status(gateway, call);
    else if (strcmp(command, "close") == 0)
        app_gateway_close(gateway, call, partner);
    else if (strcmp(command, "probe") == 0)
        app_gateway_probe(gateway, call, partner, app_json_get_text(request, "home", ""));
    else if (strcmp(command, "ping") == 0)
        app_gateway_ping(gateway, call, partner, app_json_get_text(request, "home", ""));
    else if (strcmp(command, "trace") == 0)
        app_gateway_trace(gateway, call, partner);
    else if (strcmp(command, "reload") == 0)
        app_gateway_reload(gateway, call);
    else if (strcmp(command, "expect") == 0)
        probe_call(gateway, call, request, visit_expect, expect_back);
    else if (strcmp(command, "seen") == 0)
        probe_call(gateway, call, request, visit_seen, seen_back);
    else if (strcmp(command, "login") == 0)
        login_call(gateway, call, request);
    else if (strcmp(command, "drain") == 0)
        app_gateway_drain(gateway, call, request);
    else
        app_call_refuse(call, "unknown command");
}
