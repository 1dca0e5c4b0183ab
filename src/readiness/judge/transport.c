/* SPDX-License-Identifier: BSD-2-Clause */
/* T2, T3, T4, T13: how an endpoint does what it does, where the way matters to some partners. */
#include "readiness/judge/judging.h"

#include <string.h>

/* T2 */

static void judge_need(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                       const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_offer *offer = &probe->result->offer;
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (!offer->starttls) {
        app_find(judging, APP_SKIP, subject, "STARTTLS is not offered (T1)");
    } else if (offer->starttls_required) {
        app_find(judging, APP_PASS, subject, "STARTTLS is required (RFC 6120, 5.3.1)");
    } else {
        struct app_finding *finding =
            app_find(judging, APP_WARN, subject,
                     "STARTTLS is offered and not required: whoever strips the offer gets streams "
                     "in clear");
        app_fix(judging, finding, APP_FIX_DO,
                "require encryption (Prosody: s2s_require_encryption = true; ejabberd: "
                "s2s_use_starttls: required)%s",
                app_is_public(judging)
                    ? ""
                    : "; gatepost always does, but for partners with \"tls = optional\"");
    }
}

void app_judge_t2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {.kind = APP_PROBE_PARTNER,
                                               .stage = FED_PROBE_ANSWERED,
                                               .starttls_only = true,
                                               .fn = judge_need};
    const struct app_seen_rrset *srv = seen->srv[DNS_SERVICE_STARTTLS];
    if (srv->seen == APP_CAME && dns_service_classify(srv->answer) == DNS_CLASS_DENIED)
        app_find(judging, APP_SKIP, seen->domain.ascii, "no STARTTLS is published");
    else
        app_each_probe(judging, seen, domain, &walk);
}

/* T3: our side always asks for jabber:server; who has another language says so in either of two
 * ways. */

static bool speaks_otherwise(const struct fed_probe_result *result)
{
    static const char condition[] = "invalid-namespace";
    return result->reason == FED_CLOSE_NAMESPACE ||
           (result->reason == FED_CLOSE_PEER_ERROR &&
            strncmp(result->detail, condition, strlen(condition)) == 0);
}

static void judge_namespace(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                            const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (!speaks_otherwise(result)) {
        app_find(judging, APP_PASS, subject, "speaks as a server to servers (jabber:server)");
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject, "speaks XMPP, but not as a server to servers");
    app_show(judging, finding, "%s", result->sentence);
    app_fix(judging, finding, APP_FIX_DO,
            "correct the port in the service record, or what listens there: it is one for clients "
            "or components, as port 5222 mostly is");
}

void app_judge_t3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_ANSWERED, .fn = judge_namespace};
    app_each_probe(judging, seen, domain, &walk);
}

/* T4: partners ask for the service domain (XEP-0368), those that go by DANE for the target (RFC
 * 7673, 4.1). */

static bool is_good(const struct app_seen_endpoint *endpoint, const struct app_seen_probe *probe,
                    bool is_by_dane)
{
    const struct fed_tls_facts *tls = probe->result->tls;
    return is_by_dane ? tls->dane == FED_DANE_MATCHED
                      : app_identity_of(endpoint, probe) != FED_IDENTITY_NONE;
}

static void show_served(struct app_judging *judging, struct app_finding *finding,
                        const char *asked_for, const struct app_seen_probe *probe)
{
    const struct fed_cert *peer = probe->result->tls->peer;
    app_show(judging, finding, "asked for %s: %s", asked_for,
             peer ? peer->subject : "no certificate");
}

static void fix_choice(struct app_judging *judging, struct app_finding *finding,
                       const char *missing)
{
    app_fix(judging, finding, APP_FIX_DO,
            "have whatever ends TLS there show the domain's certificate to who asks for %s (SNI), "
            "too",
            missing);
}

static void judge_both_names(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                             const struct app_seen_probe *probe, const struct app_seen_probe *other,
                             const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const char *target = app_say_name(judging, &endpoint->srv.target);
    bool is_by_dane = probe->result->tls->dane == FED_DANE_MATCHED;
    bool is_good_for_domain = app_identity_of(endpoint, probe) != FED_IDENTITY_NONE || is_by_dane;
    bool is_good_for_target = is_good(endpoint, other, is_by_dane);
    struct app_finding *finding;
    if (is_good_for_domain && is_good_for_target) {
        app_find(judging, APP_PASS, subject,
                 "shows the right certificate to who asks for the domain, and for the host");
    } else if (is_good_for_domain) {
        finding = app_find(judging, is_by_dane ? APP_FAIL : APP_WARN, subject,
                           "shows another certificate to who asks for the host, as partners do "
                           "that use DANE (RFC 7673)");
        show_served(judging, finding, target, other);
        fix_choice(judging, finding, target);
    } else if (is_good_for_target) {
        finding = app_find(judging, APP_FAIL, subject,
                           "shows the right certificate to who asks for the host alone: partners "
                           "ask for the domain (XEP-0368)");
        show_served(judging, finding, domain->name.ascii, probe);
        fix_choice(judging, finding, domain->name.ascii);
    } else {
        app_find(judging, APP_SKIP, subject,
                 "shows a wrong certificate whatever name is asked for (T6, N2)");
    }
}

static void judge_sni(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                      const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_probe *other = app_sibling_probe(probe, APP_PROBE_TARGET_SNI);
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (!other) {
        app_find(judging, APP_PASS, subject, "the host is named like the domain: one name to ask");
    } else if (other->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "was not asked for the host: %s", other->why);
    } else if (other->result->stage >= FED_PROBE_SECURED) {
        judge_both_names(judging, endpoint, probe, other, domain);
    } else if (other->result->stage == FED_PROBE_NOTHING) {
        app_find(judging, APP_UNKNOWN, subject, "was not asked for the host: %s",
                 other->result->sentence);
    } else {
        bool is_by_dane = probe->result->tls->dane == FED_DANE_MATCHED;
        const char *target = app_say_name(judging, &endpoint->srv.target);
        struct app_finding *finding =
            app_find(judging, is_by_dane ? APP_FAIL : APP_WARN, subject,
                     "TLS fails for who asks for the host, as partners do that use DANE (RFC "
                     "7673): %s",
                     other->result->sentence);
        fix_choice(judging, finding, target);
    }
}

void app_judge_t4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_sni};
    app_each_probe(judging, seen, domain, &walk);
}

/* T13 (RFC 5280, 4.2.1.12) */

static void judge_purpose(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_cert *peer = probe->result->tls->peer;
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (!peer) {
        app_find(judging, APP_UNKNOWN, subject, "shows no certificate");
    } else if (peer->is_for_client) {
        app_find(judging, APP_PASS, subject, "%s",
                 peer->has_purpose ? "the certificate is for clients as well"
                                   : "the certificate names no purpose: any will do");
    } else {
        struct app_finding *finding =
            app_find(judging, APP_WARN, subject,
                     "the certificate is not for clients: strict partners refuse a login with it, "
                     "and only dialback is left towards them");
        app_fix(judging, finding, APP_FIX_DO,
                "see that dialback works (X3, X4, I4): most public authorities no longer issue "
                "certificates with the purpose of TLS clients; one of your own, or one that still "
                "does, would help as well");
    }
}

void app_judge_t13(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_purpose};
    app_each_probe(judging, seen, domain, &walk);
}
