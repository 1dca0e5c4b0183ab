/* SPDX-License-Identifier: BSD-2-Clause */
/* X1, X2, X5, X8, X9: what is said on the stream, and what is behind it. */
#include "readiness/judge/judging.h"

#include <string.h>

/* X1 */

static void judge_service(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (result->reason == FED_CLOSE_PEER_UNKNOWN) {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject, "says that it does not serve %s: %s",
                     domain->name.ascii, result->detail);
        if (app_is_public(judging))
            app_fix(judging, finding, APP_FIX_DO,
                    "let the service records lead to a server that serves %s", domain->name.ascii);
        else
            app_fix(judging, finding, APP_FIX_DO,
                    "reload gatepost if the domain is new in %s; otherwise see what answers there "
                    "(I1)",
                    judging->input->config->path);
    } else if (result->stage >= FED_PROBE_GREETED) {
        app_find(judging, APP_PASS, subject, "serves %s", domain->name.ascii);
    } else {
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", result->sentence);
    }
}

void app_judge_x1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_CONNECTED, .fn = judge_service};
    app_each_probe(judging, seen, domain, &walk);
}

/* X2: only what is offered; which of both a partner needs is a matter of policy. */

/* Whoever shows no certificate is mostly offered no SASL EXTERNAL either. */
static void judge_public_offer(struct app_judging *judging, const struct fed_offer *offer,
                               const char *subject)
{
    if (offer->dialback || offer->external)
        app_find(judging, APP_PASS, subject, "%s offered",
                 offer->dialback && offer->external ? "dialback and SASL EXTERNAL are"
                 : offer->dialback                  ? "dialback is"
                                                    : "SASL EXTERNAL is");
    else
        app_find(judging, APP_UNKNOWN, subject,
                 "nothing is offered to who shows no certificate; others may be offered more");
}

static void judge_offer(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_offer *offer = &probe->result->offer;
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    struct app_finding *finding;
    if (app_is_public(judging)) {
        judge_public_offer(judging, offer, subject);
        return;
    }
    if (offer->external) {
        finding = app_find(judging, APP_PASS, subject, "SASL EXTERNAL is offered inside TLS");
        app_show(judging, finding, "dialback: %s",
                 offer->dialback  ? "offered"
                 : probe->was_met ? "gatepost offers it to partners, not to its own probe"
                                  : "not offered");
        return;
    }
    if (!offer->is_known)
        finding = app_find(judging, APP_WARN, subject,
                           "nothing is offered to the domain's own certificate: %s",
                           probe->result->sentence);
    else
        finding = app_find(judging, APP_WARN, subject,
                           "SASL EXTERNAL is not offered to the domain's own certificate; %s",
                           offer->dialback ? "dialback is" : "nor is dialback");
    app_fix(judging, finding, APP_FIX_DO,
            "see that the certificate leads to an authority of \"tls { ca-file }\" (T8) and "
            "stands for the domain (T6)");
}

void app_judge_x2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_GREETED, .fn = judge_offer};
    app_each_probe(judging, seen, domain, &walk);
}

/* X5 */

static void fix_login(struct app_judging *judging, struct app_finding *finding)
{
    app_fix(judging, finding, APP_FIX_DO,
            "correct the certificate (T6, T8, T9): partners judge it as this gateway does");
}

static void judge_inbound(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (result->stage == FED_PROBE_LOGGED_IN && probe->was_logged_in) {
        app_find(judging, APP_PASS, subject,
                 "the gateway takes the domain's certificate for a login");
    } else if (!probe->was_met) {
        app_find(judging, APP_UNKNOWN, subject,
                 "not tried: it was not shown that this gateway answers (I1)");
    } else {
        struct app_finding *finding =
            app_find(judging, app_is_dane_only(result->tls) ? APP_WARN : APP_FAIL, subject,
                     "the gateway does not take the domain's certificate for a login");
        app_show(judging, finding, "%s", result->sentence);
        fix_login(judging, finding);
    }
}

static bool is_any_dane_only(const struct app_seen_domain *seen)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->seen == APP_CAME && app_is_dane_only(probe->result->tls))
                return true;
    return false;
}

static void judge_outbound(struct app_judging *judging, const struct app_seen_domain *seen)
{
    const struct app_seen_login *login = &seen->login;
    const char *subject = app_say(judging, "%s, from the gateway", seen->domain.ascii);
    if (login->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not tried: %s", login->why);
    } else if (login->was_logged_in && login->was_met) {
        app_find(judging, APP_PASS, subject,
                 "the gateway logs in to a peer with the domain's certificate");
    } else {
        struct app_finding *finding =
            app_find(judging, is_any_dane_only(seen) ? APP_WARN : APP_FAIL, subject,
                     "the gateway cannot log in to a peer with the domain's certificate");
        app_show(judging, finding, "the gateway: %s", login->sentence);
        app_show(judging, finding, "the peer: %s", login->peer_sentence);
        fix_login(judging, finding);
    }
}

void app_judge_x5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_inbound};
    app_each_probe(judging, seen, domain, &walk);
    judge_outbound(judging, seen);
}

/* X8 */

static void fix_inside(struct app_judging *judging, struct app_finding *finding,
                       const struct app_inside *inside, const struct app_domain *domain)
{
    bool is_component = inside->kind == APP_INSIDE_COMPONENT;
    char address[GP_ADDR_TEXT_MAX];
    gp_addr_port_text(is_component ? &inside->listen : &inside->address, address);
    if (inside->kind == APP_INSIDE_S2S)
        app_fix(judging, finding, APP_FIX_DO,
                "let the server take streams of other servers at %s, under TLS, and by dialback, "
                "for which its DNS has to lead to gatepost",
                address);
    else if (inside->kind == APP_INSIDE_SERVER)
        app_fix(judging, finding, APP_FIX_DO,
                "let the server take components at %s, one for each partner, as \"gatepost export "
                "--inside\" prints them (XEP-0114)",
                address);
    else
        app_fix(judging, finding, APP_FIX_DO,
                "start the service, and let it connect to %s as component %s (XEP-0114)", address,
                domain->name.ascii);
}

static void judge_inside(struct app_judging *judging, const struct app_seen_home *home,
                         const struct app_domain *domain)
{
    static const char *const there[] = {
        [APP_INSIDE_ECHO] = "gatepost itself answers",
        [APP_INSIDE_SELF] = "gatepost itself answers",
        [APP_INSIDE_COMPONENT] = "the service is connected",
        [APP_INSIDE_SERVER] = "the server takes a component for each partner",
        [APP_INSIDE_S2S] = "the server takes streams of its partners from gatepost",
    };
    const struct app_inside *inside = &judging->input->config->insides[domain->inside_index];
    const char *subject = app_say(judging, "%s, inside \"%s\"", domain->name.ascii, inside->name);
    if (!home->is_inside_known) {
        bool comes_and_goes = inside->kind == APP_INSIDE_S2S;
        struct app_finding *finding = app_find(
            judging, APP_UNKNOWN, subject, "%s",
            comes_and_goes ? "no stream is open: they are opened when there is something to send"
                           : "the gateway says nothing of it");
        if (comes_and_goes)
            app_fix(judging, finding, APP_FIX_DO,
                    "send a message from a partner to a user of %s, and check again",
                    domain->name.ascii);
        return;
    }
    if (home->is_inside_up) {
        app_find(judging, APP_PASS, subject, "%s", there[inside->kind]);
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject,
                 "the %s is away: what partners send waits for a moment and is then "
                 "answered with an error",
                 inside->kind == APP_INSIDE_COMPONENT ? "service" : "server");
    if (home->inside_trouble)
        app_show(judging, finding, "the gateway: %s", home->inside_trouble);
    fix_inside(judging, finding, inside, domain);
}

void app_judge_x8(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_seen_gateway *gateway = &judging->input->seen->gateway;
    if (gateway->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "only the gateway knows: %s",
                 gateway->why);
        return;
    }
    for (size_t i = 0; i < gateway->home_count; i++)
        if (dns_domain_equal(&gateway->homes[i].domain, &seen->domain)) {
            judge_inside(judging, &gateway->homes[i], domain);
            return;
        }
    struct app_finding *finding = app_find(judging, APP_FAIL, seen->domain.ascii,
                                           "the running gateway does not serve the domain");
    app_fix(judging, finding, APP_FIX_DO, "reload gatepost, so that it reads %s",
            judging->input->config->path);
}

/* X9 */

static bool is_sent_elsewhere(const struct fed_probe_result *result)
{
    static const char condition[] = "see-other-host";
    return result->reason == FED_CLOSE_PEER_ERROR &&
           strncmp(result->detail, condition, strlen(condition)) == 0;
}

static void judge_greeting(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const struct fed_hello *hello = &result->hello[1];
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (is_sent_elsewhere(result)) {
        finding = app_find(judging, APP_FAIL, subject, "sends partners elsewhere");
        app_show(judging, finding, "%s", result->detail);
    } else if (result->stage < FED_PROBE_GREETED) {
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", result->sentence);
        return;
    } else if (result->reason == FED_CLOSE_WRONG_NAME) {
        finding = app_find(judging, APP_FAIL, subject, "answers as %s, not as %s", result->detail,
                           domain->name.ascii);
    } else if (!hello->has_id) {
        finding = app_find(judging, APP_FAIL, subject, "its stream has no id (RFC 6120, 4.7.3)");
    } else if (!hello->from[0]) {
        finding = app_find(judging, APP_FAIL, subject,
                           "does not say which domain it answers as (RFC 6120, 4.7.1)");
    } else {
        app_find(judging, APP_PASS, subject, "answers as %s, with a stream id", domain->name.ascii);
        return;
    }
    app_fix(judging, finding, APP_FIX_DO, "see what answers there (I1)");
}

void app_judge_x9(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_CONNECTED, .fn = judge_greeting};
    app_each_probe(judging, seen, domain, &walk);
}
