/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   RESOLVING --route--> DIALLING --connected--> NEGOTIATING --open or verdict--> (told, gone)
 *       |                   ^  |                     |
 *       |                   |  +--nothing left--+    | closed, and its reason says "next endpoint"
 *       |                   +-------------------|----+
 *       +--no way--> (failed, told, gone) <-----+----- deadline
 */
#include "federation/attempt.h"

#include "federation/attempt_steps.h"
#include "federation/dial.h"
#include "federation/dialback.h"
#include "federation/other_host.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

struct fed_attempt {
    struct fed_attempt *next, **link; /* the context's */
    struct fed_context *context;
    enum fed_out_purpose purpose;
    struct dns_domain home, partner;
    const struct fed_partner *policy;
    char verify_id[128], verify_key[FED_DIALBACK_KEY_MAX + 64];
    const struct fed_cert *verify_cert;
    char token[GP_RND_ID_MAX];
    bool is_fixed; /* to the address that it was given */
    bool shows_none;
    const struct fed_tls_anchors *anchors; /* NULL: the context's */
    bool is_one_way;
    const struct fed_attempt_owner *owner;
    void *arg;
    struct gp_timer *deadline;
    struct dns_route_op *route_op;       /* RESOLVING */
    struct dns_route *route;             /* owned; DIALLING, NEGOTIATING */
    struct fed_dial *dial;               /* owned; likewise */
    const struct dns_endpoint *endpoint; /* the one negotiated with */
    struct fed_session *session;         /* NEGOTIATING */
    enum fed_bounce bounce;              /* what the last endpoint's failure means for stanzas */
    char sentence[FED_STEP_TEXT_MAX];
    bool was_connected;          /* some endpoint took our connection */
    unsigned hops;               /* that a peer sent us elsewhere */
    struct fed_posh_op *posh_op; /* of the endpoint negotiated with */
    struct fed_trace *trace;     /* owned */
    struct fed_steps steps;      /* of the stream that is negotiated */
};

static void on_deadline(void *arg);
static void on_route(void *arg, struct dns_route *route);
static void dial_next(struct fed_attempt *attempt);

static void cancel_posh(struct fed_attempt *attempt)
{
    if (attempt->posh_op)
        attempt->context->posh->cancel(attempt->posh_op);
    attempt->posh_op = NULL;
}

static void destroy(struct fed_attempt *attempt)
{
    cancel_posh(attempt);
    gp_timer_destroy(attempt->deadline);
    dns_route_cancel(attempt->route_op);
    fed_dial_destroy(attempt->dial);
    fed_session_destroy(attempt->session);
    dns_route_destroy(attempt->route);
    fed_trace_destroy(attempt->trace);
    *attempt->link = attempt->next;
    if (attempt->next)
        attempt->next->link = attempt->link;
    free(attempt);
}

void fed_attempt_keep_one_way(struct fed_attempt *attempt)
{
    attempt->is_one_way = true;
    if (attempt->session)
        fed_out_keep_one_way(fed_session_machine(attempt->session));
}

void fed_attempt_cancel(struct fed_attempt *attempt)
{
    if (attempt)
        destroy(attempt);
}

/* The last act: the owner hears of it after the attempt has let go of everything. */
static void fail(struct fed_attempt *attempt, enum fed_bounce bounce, const char *sentence)
{
    const struct fed_attempt_owner *owner = attempt->owner;
    void *arg = attempt->arg;
    struct fed_failure failure = {.bounce = bounce};
    struct fed_trace *trace = attempt->trace;
    attempt->trace = NULL;
    snprintf(failure.sentence, sizeof(failure.sentence), "%s", sentence);
    destroy(attempt);
    owner->on_failed(arg, &failure, trace);
}

static void on_deadline(void *arg)
{
    struct fed_attempt *attempt = arg;
    char sentence[FED_STEP_TEXT_MAX];
    fed_trace_note(attempt->trace, "given up: the whole attempt took too long");
    snprintf(sentence, sizeof(sentence), "given up after %u s%s%.500s",
             attempt->context->settings->limits.attempt_ms / 1000,
             attempt->sentence[0] ? "; last: " : "", attempt->sentence);
    fail(attempt, FED_BOUNCE_TIMEOUT, sentence);
}

/* Negotiation. */

static enum gp_code on_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                 struct gp_err *err)
{
    struct fed_attempt *attempt = arg;
    const struct dns_endpoint *endpoint = attempt->endpoint;
    (void)session;
    const struct fed_tls_connect how = {
        .home = attempt->shows_none ? NULL : &attempt->home,
        .server_name = attempt->partner.ascii, /* C3: always the partner's domain */
        .offers_alpn = true,
        .tlsa = endpoint->tlsa_state == DNS_TLSA_USABLE ? endpoint->tlsa : NULL,
        .tlsa_count = endpoint->tlsa_state == DNS_TLSA_USABLE ? endpoint->tlsa_count : 0,
    };
    enum gp_code code = fed_link_tls_connect(link, attempt->context->tls, &how, err);
    if (code == GP_OK && attempt->anchors)
        fed_link_tls_trust(link, attempt->anchors);
    return code;
}

static void on_turn(void *arg, struct fed_session *session)
{
    struct fed_attempt *attempt = arg;
    fed_steps_observe(&attempt->steps, fed_session_machine(session), attempt->trace);
}

static void hand_over(struct fed_attempt *attempt, const struct fed_request *request)
{
    const struct fed_attempt_owner *owner = attempt->owner;
    void *arg = attempt->arg;
    struct fed_session *session = attempt->session;
    enum fed_proof proof = request->u.pair.proof;
    attempt->steps.state = fed_out_state_text(fed_session_machine(session)); /* is told below */
    on_turn(attempt, session);
    fed_trace_note(attempt->trace, "open: %s", fed_proof_text(proof));
    struct fed_trace *trace = attempt->trace;
    attempt->trace = NULL;
    attempt->session = NULL;
    destroy(attempt);
    owner->on_open(arg, session, proof, trace);
}

static void tell_verdict(struct fed_attempt *attempt, enum fed_verdict verdict)
{
    const struct fed_attempt_owner *owner = attempt->owner;
    void *arg = attempt->arg;
    struct fed_trace *trace = attempt->trace;
    attempt->trace = NULL;
    fed_session_give(attempt->session, &fed_session_nobody, NULL); /* ends by itself */
    attempt->session = NULL;
    destroy(attempt);
    owner->on_verdict(arg, verdict, trace);
}

static void tell_evidence(struct fed_attempt *attempt, const struct fed_evidence *evidence)
{
    struct fed_now now = fed_now();
    fed_trace_note(attempt->trace, "POSH: %s", evidence->text);
    fed_out_looked_up(fed_session_machine(attempt->session), &now, evidence);
    fed_session_kick(attempt->session);
}

static void on_prints(void *arg, const struct fed_posh_prints *prints)
{
    struct fed_attempt *attempt = arg;
    struct fed_evidence evidence;
    attempt->posh_op = NULL;
    fed_posh_weigh(fed_out_tls(fed_session_machine(attempt->session))->peer, prints, &evidence);
    tell_evidence(attempt, &evidence);
}

static void fetch_prints(struct fed_attempt *attempt)
{
    const struct fed_posh_source *posh = attempt->context->posh;
    struct fed_evidence evidence = {.source = FED_SOURCE_POSH, .found = FED_FOUND_FAILED};
    struct gp_err err = {.text = "nothing is fetched here"};
    if (posh && posh->start(posh->arg, &attempt->partner, on_prints, attempt, &attempt->posh_op,
                            &err) == GP_OK)
        return;
    snprintf(evidence.text, sizeof(evidence.text), "%.150s", err.text);
    tell_evidence(attempt, &evidence);
}

static void on_request(void *arg, struct fed_session *session, const struct fed_request *request)
{
    struct fed_attempt *attempt = arg;
    (void)session;
    if (request->what == FED_DO_OPEN)
        hand_over(attempt, request);
    else if (request->what == FED_DO_RESULT)
        tell_verdict(attempt, request->u.verdict);
    else if (request->what == FED_DO_POSH)
        fetch_prints(attempt);
}

/*
 * The peer sends us to another host: as if the configuration had named it, so that the certificate
 * there has to be the partner's all the same (RFC 6120, 4.9.3.19). False when we do not go.
 */
static bool follow(struct fed_attempt *attempt, const char *text)
{
    struct fed_context *context = attempt->context;
    struct dns_static_route other;
    struct gp_err err = {0};
    if (attempt->is_fixed) {
        fed_trace_note(attempt->trace, "not followed: its address is fixed");
        return false;
    }
    if (attempt->hops >= FED_OTHER_HOST_HOPS) {
        fed_trace_note(attempt->trace, "not followed: sent on %u times already", attempt->hops);
        return false;
    }
    if (!fed_other_host_read(text, attempt->endpoint->service, &other, &err) ||
        dns_route_start(context->resolver, &context->route, context->rnd, &attempt->partner, &other,
                        on_route, attempt, &attempt->route_op, &err) != GP_OK) {
        fed_trace_note(attempt->trace, "%s", err.text);
        return false;
    }
    attempt->hops++;
    attempt->was_connected = false; /* not there yet */
    fed_dial_destroy(attempt->dial);
    dns_route_destroy(attempt->route);
    attempt->dial = NULL;
    attempt->route = NULL;
    attempt->endpoint = NULL;
    return true;
}

/* This endpoint will not do. Its reason says whether another one may. */
static void on_end(void *arg, struct fed_session *session, enum fed_close reason,
                   const char *detail)
{
    struct fed_attempt *attempt = arg;
    char address[GP_ADDR_TEXT_MAX], target[DNS_NAME_TEXT_MAX];
    struct gp_addr peer = fed_session_peer(session);
    on_turn(attempt, session);
    dns_name_text(&attempt->endpoint->srv.target, target);
    cancel_posh(attempt);
    attempt->session = NULL;
    attempt->bounce = fed_close_bounce(reason);
    snprintf(attempt->sentence, sizeof(attempt->sentence), "%s%s%.400s (%.80s, %s)",
             fed_close_text(reason), detail[0] ? ": " : "", detail, target,
             gp_addr_port_text(&peer, address));
    fed_trace_note(attempt->trace, "%s", attempt->sentence);
    fed_dial_note(attempt->dial, attempt->sentence);
    if (reason == FED_CLOSE_MOVED &&
        follow(attempt, fed_out_other_host(fed_session_machine(session))))
        return;
    if (fed_close_next(reason) == FED_THEN_NEXT)
        dial_next(attempt);
    else
        fail(attempt, attempt->bounce, attempt->sentence);
}

static const struct fed_session_owner session_owner = {
    .start_tls = on_start_tls,
    .on_request = on_request,
    .on_turn = on_turn,
    .on_end = on_end,
};

static enum gp_code negotiate(struct fed_attempt *attempt, struct fed_link *link)
{
    struct fed_context *context = attempt->context;
    struct fed_now now = fed_now();
    const struct fed_out_setup setup = {
        .settings = context->settings,
        .purpose = attempt->purpose,
        .home = attempt->home,
        .partner = attempt->partner,
        .policy = attempt->policy,
        .endpoint = attempt->endpoint,
        .token = attempt->token[0] ? attempt->token : NULL,
        .verify_id = attempt->verify_id,
        .verify_key = attempt->verify_key,
        .verify_cert = attempt->verify_cert,
        .is_one_way = attempt->is_one_way,
    };
    const struct fed_session_setup session = {
        .loop = context->loop,
        .limits = &context->settings->limits,
        .list = &context->sessions,
        .link = link,
        .type = &fed_machine_out,
        .machine = fed_out_create(&setup, &now),
        .owner = &session_owner,
        .arg = attempt,
    };
    attempt->session = fed_session_create(&session);
    return attempt->session ? GP_OK : GP_ERR_NOMEM;
}

/* Dialling. */

/* Nothing is left to try: the sentence of whatever came closest. */
static void exhausted(struct fed_attempt *attempt)
{
    enum fed_bounce bounce = attempt->bounce;
    for (size_t i = 0; i < fed_dial_target_count(attempt->dial); i++) {
        const struct fed_dial_target *target = fed_dial_target(attempt->dial, i);
        char address[GP_ADDR_TEXT_MAX];
        if (target->is_reached)
            continue;
        if (target->addr.family)
            fed_trace_note(attempt->trace, "%s: %s", gp_addr_port_text(&target->addr, address),
                           target->result);
        else
            fed_trace_note(attempt->trace, "%s", target->result);
        if (!attempt->was_connected)
            snprintf(attempt->sentence, sizeof(attempt->sentence), "%s%s%.500s",
                     target->addr.family ? gp_addr_port_text(&target->addr, address) : "",
                     target->addr.family ? ": " : "", target->result);
    }
    if (!attempt->was_connected) /* classes C and C-fallback of e.3 */
        bounce = attempt->route->endpoint_count > 0 &&
                         attempt->route->endpoints[0].origin == DNS_FROM_FALLBACK
                     ? FED_BOUNCE_NOT_FOUND
                     : FED_BOUNCE_TIMEOUT;
    fail(attempt, bounce, attempt->sentence[0] ? attempt->sentence : "there is nothing to try");
}

static void on_connected(void *arg, struct fed_link *link, const struct fed_dial_target *target)
{
    struct fed_attempt *attempt = arg;
    char address[GP_ADDR_TEXT_MAX];
    if (!link) {
        exhausted(attempt);
        return;
    }
    attempt->was_connected = true;
    attempt->steps = (struct fed_steps){.state = NULL};
    attempt->endpoint = &attempt->route->endpoints[target->endpoint];
    fed_trace_note(attempt->trace, "connected to %s, %s", gp_addr_port_text(&target->addr, address),
                   dns_service_text(attempt->endpoint->service));
    if (negotiate(attempt, link) != GP_OK)
        fail(attempt, FED_BOUNCE_RESOURCE, "out of memory");
}

static void dial_next(struct fed_attempt *attempt)
{
    fed_dial_next(attempt->dial, on_connected, attempt);
}

static enum gp_code make_dial(struct fed_attempt *attempt)
{
    const struct fed_context *context = attempt->context;
    const struct fed_dial_setup setup = {
        .loop = context->loop,
        .route = attempt->route,
        .limits = &context->settings->limits,
        .own = context->own_addresses,
        .own_count = context->own_address_count,
        .allows_own = attempt->purpose == FED_OUT_PROBE,
    };
    attempt->dial = fed_dial_create(&setup);
    return attempt->dial ? GP_OK : GP_ERR_NOMEM;
}

/* Resolving. */

static void on_route(void *arg, struct dns_route *route)
{
    struct fed_attempt *attempt = arg;
    attempt->route_op = NULL;
    attempt->route = route;
    fed_policy_narrow(attempt->policy, route);
    fed_trace_note(attempt->trace, "%s", route->sentence);
    switch (route->outcome) {
    case DNS_ROUTE_FOUND:
        break;
    case DNS_ROUTE_NO_SERVICE:
        fail(attempt, FED_BOUNCE_NOT_FOUND, route->sentence);
        return;
    case DNS_ROUTE_FAILED:
    case DNS_ROUTE_BOGUS: /* never a fallback (design, section 6) */
        fail(attempt, FED_BOUNCE_NOT_FOUND_WAIT, route->sentence);
        return;
    }
    if (make_dial(attempt) == GP_OK)
        dial_next(attempt);
    else
        fail(attempt, FED_BOUNCE_RESOURCE, "out of memory");
}

/* Who is told where to go needs no DNS. */
static enum gp_code make_route(struct fed_attempt *attempt, const struct fed_attempt_setup *setup)
{
    const struct gp_addr *address = setup->address;
    struct dns_route *route = calloc(1, sizeof(*route));
    struct dns_endpoint *endpoint = calloc(1, sizeof(*endpoint));
    if (!route || !endpoint) {
        free(route);
        free(endpoint);
        return GP_ERR_NOMEM;
    }
    endpoint->origin = DNS_FROM_STATIC;
    endpoint->service = setup->service;
    endpoint->srv.port = address->port;
    dns_name_from_domain(&attempt->partner, &endpoint->srv.target);
    endpoint->address_count = 1;
    endpoint->addresses[0].addr = *address;
    if (setup->tlsa_count > 0)
        endpoint->tlsa_state = DNS_TLSA_USABLE;
    for (size_t i = 0; i < setup->tlsa_count && i < DNS_ROUTE_TLSA_MAX; i++)
        endpoint->tlsa[endpoint->tlsa_count++] = setup->tlsa[i];
    route->domain = attempt->partner;
    route->outcome = DNS_ROUTE_FOUND;
    route->endpoint_count = 1;
    route->endpoints = endpoint;
    attempt->route = route;
    return make_dial(attempt);
}

static void copy_text(char *to, size_t size, const char *from)
{
    if (from)
        snprintf(to, size, "%s", from);
}

enum gp_code fed_attempt_start(const struct fed_attempt_setup *setup, struct fed_attempt **ret,
                               struct gp_err *err)
{
    struct fed_context *context = setup->context;
    struct fed_attempt *attempt = calloc(1, sizeof(*attempt));
    if (!attempt)
        return gp_err_nomem(err);
    attempt->context = context;
    attempt->next = context->attempts;
    attempt->link = &context->attempts;
    if (attempt->next)
        attempt->next->link = &attempt->next;
    context->attempts = attempt;
    attempt->purpose = setup->purpose;
    attempt->home = *setup->home;
    attempt->partner = *setup->partner;
    attempt->policy = setup->policy;
    attempt->verify_cert = setup->verify_cert;
    attempt->is_fixed = setup->address != NULL;
    attempt->shows_none = setup->shows_none;
    attempt->anchors = setup->anchors;
    attempt->is_one_way = setup->is_one_way;
    attempt->owner = setup->owner;
    attempt->arg = setup->arg;
    attempt->trace = fed_trace_create();
    if (attempt->trace) {
        attempt->trace->fn = setup->on_step;
        attempt->trace->arg = setup->arg;
    }
    copy_text(attempt->verify_id, sizeof(attempt->verify_id), setup->verify_id);
    copy_text(attempt->verify_key, sizeof(attempt->verify_key), setup->verify_key);
    copy_text(attempt->token, sizeof(attempt->token), setup->token);
    attempt->deadline = gp_timer_create(context->loop, on_deadline, attempt);
    enum gp_code code = attempt->deadline && attempt->trace ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK && setup->address) {
        code = make_route(attempt, setup);
        if (code != GP_OK)
            gp_err_nomem(err);
        else
            dial_next(attempt);
    } else if (code == GP_OK) {
        code = dns_route_start(context->resolver, &context->route, context->rnd, &attempt->partner,
                               setup->policy->has_route ? &setup->policy->route : NULL, on_route,
                               attempt, &attempt->route_op, err);
    }
    if (code != GP_OK) {
        destroy(attempt);
        return code;
    }
    gp_timer_set(attempt->deadline, context->settings->limits.attempt_ms);
    *ret = attempt;
    return GP_OK;
}

void fed_attempts_set_settings(struct fed_context *context, const struct fed_settings *before)
{
    struct fed_attempt *next;
    for (struct fed_attempt *attempt = context->attempts; attempt; attempt = next) {
        enum fed_close reason;
        next = attempt->next;
        if (!fed_settings_own(before, attempt->policy))
            continue;
        attempt->policy = fed_settings_partner(context->settings, &attempt->partner);
        if (fed_close_of_settings(before, context->settings, &attempt->home, &attempt->partner,
                                  &reason))
            fail(attempt, fed_close_bounce(reason), fed_close_text(reason));
    }
}
