/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X3, X4 by way of the probe domain, at anybody's server. That nobody calls back is that server's
 * fault only if the way to the probe domain is right; otherwise it may be the fault of whoever runs
 * the check.
 */
#include "readiness/judge/judging.h"

static const struct app_seen_probe_domain *probe_domain(const struct app_judging *judging)
{
    return judging->input->seen->probe_domain;
}

/* Its name. */
static const char *ours(const struct app_judging *judging)
{
    return probe_domain(judging)->way.domain.ascii;
}

static const char *say_listen(struct app_judging *judging)
{
    char text[GP_ADDR_TEXT_MAX];
    return app_say(judging, "%s", gp_addr_port_text(&probe_domain(judging)->listen, text));
}

/* The way to us. */

static bool is_us(const struct app_seen_look *look)
{
    return look->seen == APP_CAME && look->result->has_verdict &&
           look->result->verdict == FED_VERDICT_VALID;
}

/* What is wrong with the way to the probe domain; NULL: it has been shown to be right. */
static const char *way_trouble(struct app_judging *judging)
{
    const struct app_seen_probe_domain *own = probe_domain(judging);
    char text[GP_ADDR_TEXT_MAX];
    if (own->way.seen != APP_CAME)
        return app_say(judging, "%s was not looked up: %s", ours(judging), own->way.why);
    if (own->way.route->outcome != DNS_ROUTE_FOUND)
        return app_say(judging, "%s: %s", ours(judging), own->way.route->sentence);
    for (const struct app_seen_look *at = own->way.looks; at; at = at->next) {
        if (is_us(at))
            continue;
        gp_addr_port_text(&at->addr, text);
        if (at->seen != APP_CAME)
            return app_say(judging, "%s leads to %s, which was not tried: %s", ours(judging), text,
                           at->why);
        if (at->result->has_verdict)
            return app_say(judging, "%s leads to %s, where another server answers", ours(judging),
                           text);
        return app_say(judging, "%s leads to %s, where the check was not found: %s", ours(judging),
                       text, at->result->sentence);
    }
    if (own->turned_away > 0)
        return app_say(judging, "%u connections were turned away, too many at a time",
                       own->turned_away);
    return NULL;
}

/* Whether DNS leads to where the check listens, so that what is wrong is on the way there. */
static bool is_led_here(const struct app_judging *judging)
{
    const struct app_seen_probe_domain *own = probe_domain(judging);
    for (const struct app_seen_look *at = own->way.looks; at; at = at->next)
        if (at->service != DNS_SERVICE_STARTTLS || at->addr.port != own->listen.port ||
            !gp_addr_same_host(&at->addr, &own->listen))
            return false;
    return own->way.looks != NULL;
}

static void fix_way(struct app_judging *judging, struct app_finding *finding)
{
    const struct gp_addr *listen = &probe_domain(judging)->listen;
    char text[GP_ADDR_TEXT_MAX];
    if (is_led_here(judging)) {
        app_fix(judging, finding, APP_FIX_DO,
                "let connections to %s in here, from everywhere and from this machine",
                say_listen(judging));
        return;
    }
    app_fix(judging, finding, APP_FIX_PUBLISH, "_xmpp-server._tcp.%s. 300 IN SRV 0 0 %u %s.",
            ours(judging), listen->port, ours(judging));
    if (gp_addr_reach(listen) == GP_REACH_PUBLIC)
        app_fix(judging, finding, APP_FIX_PUBLISH, "%s. 300 IN %s %s", ours(judging),
                listen->family == GP_IPV6 ? "AAAA" : "A", gp_addr_text(listen, text));
    else
        app_fix(judging, finding, APP_FIX_DO,
                "publish for %s the address under which others reach port %u of this machine",
                ours(judging), listen->port);
    if (probe_domain(judging)->way.looks)
        app_fix(judging, finding, APP_FIX_DO, "take away what leads %s elsewhere", ours(judging));
}

/* It did not come to its end. */
static void find_failure(struct app_judging *judging, const char *subject, const char *sentence,
                         const struct app_seen_rehearsal *seen)
{
    const char *trouble = way_trouble(judging);
    struct app_finding *finding = trouble ? app_find(judging, APP_UNKNOWN, subject,
                                                     "%s; this may be why: %s", sentence, trouble)
                                          : app_find(judging, APP_FAIL, subject, "%s", sentence);
    if (seen->connections == 0)
        app_show(judging, finding, "it has not connected to %s at %s", ours(judging),
                 say_listen(judging));
    else
        app_show(judging, finding, "it has connected to %s at %s, the last time: %s", ours(judging),
                 say_listen(judging),
                 seen->login.peer_sentence[0] ? seen->login.peer_sentence
                                              : "and was there to the end");
    if (trouble) {
        fix_way(judging, finding);
        return;
    }
    app_show(judging, finding, "whoever looks up %s gets here: it was tried", ours(judging));
    if (seen->key && !seen->login.was_logged_in) { /* on the stream on which it would have asked */
        app_fix(judging, finding, APP_FIX_DO,
                "correct what X4 says: the key that it has sent here itself is not right");
        return;
    }
    app_fix(judging, finding, APP_FIX_DO,
            "see that its server can resolve %s and connect to %s, and what its log says of that "
            "domain",
            ours(judging), say_listen(judging));
}

/* X3 */

/* Whether it does not want us, whatever dialback would say. */
static bool is_refused(const struct fed_probe_result *result)
{
    static const char *const conditions[] = {"policy-violation", "not-authorized", "forbidden",
                                             "not-allowed"};
    if (result->reason != FED_CLOSE_PEER_ERROR && result->reason != FED_CLOSE_KEY_UNCHECKED)
        return false;
    for (size_t i = 0; i < GP_ARRAY_LEN(conditions); i++)
        if (strncmp(result->detail, conditions[i], strlen(conditions[i])) == 0)
            return true;
    return false;
}

/* Whether certificates are all that it goes by. */
static bool is_without_dialback(const struct fed_probe_result *result)
{
    return result->reason == FED_CLOSE_NO_AUTH ||
           (is_refused(result) && result->offer.is_known && !result->offer.dialback);
}

/* That says nothing of how dialback works with others. */
static void find_refused(struct app_judging *judging, const char *subject,
                         const struct fed_probe_result *result)
{
    struct app_finding *finding = app_find(judging, APP_UNKNOWN, subject,
                                           "does not let %s in, so that dialback was not tried: %s",
                                           ours(judging), result->sentence);
    if (app_is_public(judging))
        app_fix(judging, finding, APP_FIX_DO,
                "have it let %s in, in spite of its certificate (Prosody: s2s_insecure_domains = { "
                "\"%s\" })",
                ours(judging), ours(judging));
    else
        app_fix(judging, finding, APP_FIX_DO,
                "have it let %s in, in spite of its certificate (gatepost: partner \"%s\" { "
                "dialback = allowed }; Prosody: s2s_insecure_domains = { \"%s\" })",
                ours(judging), ours(judging), ours(judging));
    app_fix(judging, finding, APP_FIX_DO,
            "if it is strict about certificates: show it a good one (--probe-certificate)");
}

static void find_proved(struct app_judging *judging, const char *subject,
                        const struct app_seen_rehearsal *seen)
{
    if (seen->connections > 0)
        app_find(judging, APP_PASS, subject,
                 "takes a dialback key of %s, and asks its server about it", ours(judging));
    else
        app_find(judging, APP_PASS, subject,
                 "takes a dialback key of %s for its certificate's sake, without asking its server",
                 ours(judging));
}

static void judge_inbound(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_probe *call = app_sibling_probe(probe, APP_PROBE_DIALBACK);
    const struct app_seen_domain *seen =
        app_observations_domain(judging->input->seen, &domain->name);
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (!call || call->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not tried: %s",
                 call ? call->why : "the check was cut short");
    } else if (call->result->stage == FED_PROBE_LOGGED_IN) {
        find_proved(judging, subject, &seen->rehearsal);
    } else if (is_without_dialback(call->result)) {
        app_find(judging, APP_SKIP, subject, "offers no dialback (X2)");
    } else if (is_refused(call->result)) {
        find_refused(judging, subject, call->result);
    } else {
        find_failure(judging, subject,
                     app_say(judging, "does not get to the end of dialback with %s: %s",
                             ours(judging), call->result->sentence),
                     &seen->rehearsal);
    }
}

void app_judge_called_x3(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_inbound};
    if (seen->rehearsal.seen == APP_CAME)
        app_each_probe(judging, seen, domain, &walk);
    else
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "not tried: %s", seen->rehearsal.why);
}

/* X4 */

/* How far the best of the calls came: whether one was let in, and whether dialback is all that was
 * missing. */
struct calls {
    bool has_entered, has_dialback;
};

static struct calls calls_of(const struct app_seen_domain *seen)
{
    struct calls calls = {.has_entered = false};
    bool has_any = false;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next) {
            if (probe->kind != APP_PROBE_DIALBACK || probe->seen != APP_CAME)
                continue;
            has_any = true;
            calls.has_entered |= probe->result->stage == FED_PROBE_LOGGED_IN;
            calls.has_dialback |= !is_without_dialback(probe->result);
        }
    calls.has_dialback |= !has_any;
    return calls;
}

bool app_judge_called_x4(struct app_judging *judging, const struct app_seen_domain *seen)
{
    const struct app_seen_rehearsal *rehearsal = &seen->rehearsal;
    const char *subject = app_say(judging, "%s, to %s", seen->domain.ascii, ours(judging));
    struct calls calls = calls_of(seen);
    if (rehearsal->key)
        return true;
    if (rehearsal->login.seen != APP_CAME)
        app_find(judging, APP_UNKNOWN, subject, "not tried: %s", rehearsal->login.why);
    else if (!calls.has_dialback)
        app_find(judging, APP_SKIP, subject, "offers no dialback (X2)");
    else if (!calls.has_entered)
        app_find(judging, APP_UNKNOWN, subject, "not tried: no address has let %s in (X3)",
                 ours(judging));
    else
        find_failure(judging, subject,
                     app_say(judging, "has taken a ping of %s, and opens no stream there to answer",
                             ours(judging)),
                     rehearsal);
    return false;
}
