/* SPDX-License-Identifier: BSD-2-Clause */
/* I4, X3, X4: dialback, gone through to its end in both directions (XEP-0220, 2). */
#include "readiness/judge/judging.h"

/* X3 */

static void judge_inbound(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_probe *rehearsal = app_sibling_probe(probe, APP_PROBE_DIALBACK);
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (!probe->was_met) {
        app_find(judging, APP_UNKNOWN, subject,
                 "not tried: it was not shown that this gateway answers (I1)");
    } else if (!rehearsal || rehearsal->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not tried: %s",
                 rehearsal ? rehearsal->why : "the check was cut short");
    } else if (rehearsal->result->stage == FED_PROBE_LOGGED_IN) {
        app_find(judging, APP_PASS, subject,
                 "takes a dialback key, and asks the server of the domain that sent it");
    } else {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject, "does not get to the end of dialback: %s",
                     rehearsal->result->sentence);
        app_fix(judging, finding, APP_FIX_RUN,
                "journalctl -u gatepost | grep gatepost-check.invalid");
        app_fix(judging, finding, APP_FIX_DO,
                "mend what the gateway's log says of the made-up domain of this check");
    }
}

void app_judge_x3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_inbound};
    if (judging->input->seen->probe_domain)
        app_judge_called_x3(judging, seen, domain);
    else if (seen->rehearsal.seen == APP_CAME)
        app_each_probe(judging, seen, domain, &walk);
    else
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "not tried: %s", seen->rehearsal.why);
}

/* X4: a partner that gets a key asks whom DNS names, which need not be who sent it. */

static void fix_secret(struct app_judging *judging, struct app_finding *finding)
{
    if (judging->input->seen->probe_domain)
        app_fix(judging, finding, APP_FIX_DO,
                "give every server that answers for the domain one dialback secret (XEP-0185; "
                "Prosody: dialback_secret), or let DNS name one of them alone");
    else
        app_fix(judging, finding, APP_FIX_DO,
                "give what answers there the secret of \"dialback-secret-file\" (Prosody: "
                "dialback_secret), and gatepost that file; on every host that answers for the "
                "domain");
}

/* A strict server hears nobody without a certificate, and as whom the check comes can have none. */
static void find_unheard(struct app_judging *judging, const char *subject,
                         const struct fed_probe_result *result)
{
    const struct app_seen_probe_domain *own = judging->input->seen->probe_domain;
    const char *as = own ? own->way.domain.ascii : "gatepost-check.invalid";
    struct app_finding *finding =
        app_find(judging, APP_UNKNOWN, subject, "could not be asked about a dialback key: %s",
                 result->sentence);
    app_fix(judging, finding, APP_FIX_DO,
            "let it hear %s, as which this check comes (Prosody: s2s_insecure_domains = { \"%s\" "
            "})",
            as, as);
}

static void judge_verdict(struct app_judging *judging, const struct app_seen_probe *question,
                          const char *subject, const struct app_domain *domain)
{
    const struct fed_probe_result *result = question->result;
    const struct app_seen_domain *seen =
        app_observations_domain(judging->input->seen, &domain->name);
    const char *key = judging->input->seen->probe_domain
                          ? app_say(judging, "the dialback key of %s", domain->name.ascii)
                          : "the gateway's dialback key";
    struct app_finding *finding;
    char text[GP_ADDR_TEXT_MAX];
    if (!result->has_verdict) {
        find_unheard(judging, subject, result);
        return;
    }
    switch (result->verdict) {
    case FED_VERDICT_VALID:
        app_find(judging, APP_PASS, subject, "partners that ask here are told that %s is valid",
                 key);
        break;
    case FED_VERDICT_INVALID:
        finding = app_find(judging, APP_FAIL, subject,
                           "partners that ask here are told that %s is invalid: what answers has "
                           "another secret",
                           key);
        app_show(judging, finding, "the key came from %s",
                 gp_addr_text(&seen->rehearsal.key_from, text));
        fix_secret(judging, finding);
        break;
    case FED_VERDICT_NOT_FOUND:
        finding = app_find(judging, APP_FAIL, subject,
                           "partners that ask here about %s are told that %s is not served", key,
                           domain->name.ascii);
        app_fix(judging, finding, APP_FIX_DO, "see what answers there (I1, X1)");
        break;
    case FED_VERDICT_TIMEOUT:
        app_find(judging, APP_UNKNOWN, subject, "does not say whether %s is valid", key);
        break;
    }
}

static void judge_question(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_probe *question = app_sibling_probe(probe, APP_PROBE_QUESTION);
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (!question || question->seen != APP_CAME)
        app_find(judging, APP_UNKNOWN, subject, "not asked about the dialback key: %s",
                 question ? question->why : "the check was cut short");
    else
        judge_verdict(judging, question, subject, domain);
}

void app_judge_x4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {.over = APP_OVER_PUBLISHED,
                                               .kind = APP_PROBE_PARTNER,
                                               .stage = FED_PROBE_ANSWERED,
                                               .fn = judge_question};
    const struct app_seen_login *login = &seen->rehearsal.login;
    const char *subject = app_say(judging, "%s, from the gateway", seen->domain.ascii);
    if (judging->input->seen->probe_domain) {
        if (app_judge_called_x4(judging, seen))
            app_each_probe(judging, seen, domain, &walk);
    } else if (seen->rehearsal.key) {
        app_each_probe(judging, seen, domain, &walk);
    } else if (login->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not tried: %s", login->why);
    } else {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject, "the gateway does not send a dialback key");
        app_show(judging, finding, "the gateway: %s", login->sentence);
        app_show(judging, finding, "the peer: %s", login->peer_sentence);
        app_fix(judging, finding, APP_FIX_DO, "mend what the gateway says of it");
    }
}

/* I4: a key of our making is right, and a wrong one is not, or it would say so of any. */

static void judge_control(struct app_judging *judging, const struct app_seen_probe *wrong,
                          const char *subject)
{
    if (!wrong || wrong->seen != APP_CAME || !wrong->result->has_verdict) {
        app_find(judging, APP_UNKNOWN, subject,
                 "says that our key is valid, but was not heard about a wrong one");
    } else if (wrong->result->verdict != FED_VERDICT_VALID) {
        app_find(judging, APP_PASS, subject,
                 "knows our secret: our key is valid, a wrong one is not");
    } else {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject,
                     "says of any dialback key that it is valid: anybody can come as the domain");
        app_fix(judging, finding, APP_FIX_DO, "mend or turn off dialback there (XEP-0220, 2.3)");
    }
}

static void judge_legacy(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                         const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_probe *made = app_sibling_probe(probe, APP_PROBE_MADE_KEY);
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (!made || made->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not asked about our key: %s",
                 made ? made->why : "the check was cut short");
    } else if (!made->result->has_verdict) {
        find_unheard(judging, subject, made->result);
    } else if (made->result->verdict == FED_VERDICT_VALID) {
        judge_control(judging, app_sibling_probe(probe, APP_PROBE_WRONG_KEY), subject);
    } else if (made->result->verdict == FED_VERDICT_INVALID) {
        finding = app_find(judging, APP_FAIL, subject,
                           "has another dialback secret: until DNS leads to gatepost alone, "
                           "partners ask here about gatepost's keys, and the other way round");
        fix_secret(judging, finding);
    } else if (made->result->verdict == FED_VERDICT_NOT_FOUND) {
        finding = app_find(judging, APP_FAIL, subject, "says that it does not serve %s",
                           domain->name.ascii);
        app_fix(judging, finding, APP_FIX_DO,
                "leave the domain there until the switch is over (I2)");
    } else {
        app_find(judging, APP_UNKNOWN, subject, "does not say whether our key is valid");
    }
}

void app_judge_i4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {.over = APP_OVER_LEGACY,
                                               .kind = APP_PROBE_PARTNER,
                                               .stage = FED_PROBE_ANSWERED,
                                               .fn = judge_legacy};
    if (!judging->input->config->dialback_secret_file) {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, seen->domain.ascii,
                     "gatepost makes a dialback secret of its own at each start, which nobody else "
                     "knows");
        fix_secret(judging, finding);
    } else {
        app_each_probe(judging, seen, domain, &walk);
    }
}
