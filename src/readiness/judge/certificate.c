/* SPDX-License-Identifier: BSD-2-Clause */
/* T6 to T11: the certificate that is served, on each address. */
#include "readiness/judge/judging.h"

#include "base/digest.h"

#include <string.h>

#define DAY_S     86400
#define NAMES_MAX 2000 /* of a certificate, as text */

static const char *say_names(struct app_judging *judging, const struct fed_cert *cert)
{
    struct gp_buf names;
    gp_buf_init(&names, NAMES_MAX);
    fed_cert_names_text(cert, &names);
    const char *text = app_say(judging, "%.*s", GP_SPAN_ARG(gp_buf_span(&names)));
    gp_buf_finish(&names);
    return text;
}

/* Calls fn for each probe that has seen a certificate. */
static void each_certificate(struct app_judging *judging, const struct app_seen_domain *seen,
                             const struct app_domain *domain, app_probe_fn *fn)
{
    const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = fn};
    app_each_probe(judging, seen, domain, &walk);
}

/* T6 */

enum fed_identity app_identity_of(const struct app_seen_endpoint *endpoint,
                                  const struct app_seen_probe *probe)
{
    const struct fed_tls_facts *tls = probe->result->tls;
    bool is_target_secure = endpoint->origin == DNS_FROM_SRV && endpoint->srv_is_secure;
    const struct fed_reference reference = {
        .domain = probe->domain, .target = is_target_secure ? &endpoint->srv.target : NULL};
    if (!tls->peer)
        return FED_IDENTITY_NONE;
    return fed_identity_match(tls->peer, &reference, tls->has_dns_constraints);
}

static void fix_certificate(struct app_judging *judging, struct app_finding *finding,
                            const struct app_domain *domain)
{
    if (app_is_public(judging))
        app_fix(judging, finding, APP_FIX_DO,
                "get a certificate with the DNS name %s, and let the server use it",
                domain->name.ascii);
    else
        app_fix(judging, finding, APP_FIX_DO,
                "get a certificate with the DNS name %s, put it into %s, and reload gatepost",
                domain->name.ascii, domain->certificate);
}

static void judge_name(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                       const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const char *target = app_say_name(judging, &endpoint->srv.target);
    enum fed_identity identity = app_identity_of(endpoint, probe);
    struct app_finding *finding;
    if (!probe->result->tls->peer) {
        fix_certificate(judging, app_find(judging, APP_FAIL, subject, "shows no certificate"),
                        domain);
        return;
    }
    const char *names = say_names(judging, probe->result->tls->peer);
    switch (identity) {
    case FED_IDENTITY_SRV:
    case FED_IDENTITY_DNS:
    case FED_IDENTITY_XMPP_ADDR:
        finding = app_find(judging, APP_PASS, subject, "the certificate stands for %s (%s)",
                           domain->name.ascii, fed_identity_text(identity));
        app_show(judging, finding, "%s", names);
        return;
    case FED_IDENTITY_TARGET:
        finding = app_find(judging, APP_WARN, subject,
                           "the certificate stands for the host %s only: enough for partners that "
                           "validate DNSSEC, all others look for %s",
                           target, domain->name.ascii);
        break;
    case FED_IDENTITY_NONE:
    default:
        finding = app_find(judging, APP_FAIL, subject,
                           "the certificate does not stand for %s: partners look for the name of "
                           "the domain that they write to, not for that of the host",
                           domain->name.ascii);
        break;
    }
    app_show(judging, finding, "%s", names);
    fix_certificate(judging, finding, domain);
}

void app_judge_t6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_certificate(judging, seen, domain, judge_name);
}

/* T7 */

/* The home domain, other than its own, whose key the probe was shown; NULL: none. */
static const struct app_domain *domain_with_key(const struct app_config *config,
                                                const struct app_seen_probe *probe)
{
    for (size_t i = 0; i < config->domain_count; i++)
        if (app_is_our_key(probe->result, &config->domains[i]) &&
            !dns_domain_equal(&config->domains[i].name, &probe->domain))
            return &config->domains[i];
    return NULL;
}

static void judge_choice(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                         const struct app_seen_probe *probe, const struct app_domain *domain)
{
    enum fed_identity identity = app_identity_of(endpoint, probe);
    const char *name = app_say(judging, "%s", probe->domain.ascii);
    const char *subject =
        app_say(judging, "%s for %s", app_say_probe(judging, endpoint, probe), name);
    struct app_finding *finding;
    (void)domain;
    if (identity != FED_IDENTITY_NONE && identity != FED_IDENTITY_TARGET) {
        app_find(judging, APP_PASS, subject, "the certificate of the domain that is asked for");
        return;
    }
    const struct app_domain *other = domain_with_key(judging->input->config, probe);
    if (!other && probe->kind == APP_PROBE_PARTNER) {
        app_find(judging, APP_SKIP, subject, "shows none of this gateway's certificates (T6, T11)");
        return;
    }
    if (other)
        finding = app_find(judging, APP_FAIL, subject,
                           "shows the certificate of %s instead: the name that is asked for (SNI) "
                           "is not heeded there",
                           other->name.ascii);
    else
        finding = app_find(judging, APP_FAIL, subject, "shows a certificate for other names");
    if (probe->result->tls->peer)
        app_show(judging, finding, "%s", say_names(judging, probe->result->tls->peer));
    app_fix(judging, finding, APP_FIX_DO,
            "have the endpoint choose the certificate by SNI; gatepost does, with \"certificate\" "
            "in the section of each domain");
}

void app_judge_t7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_probe_walk others = {
        .kind = APP_PROBE_SNI, .stage = FED_PROBE_SECURED, .fn = judge_choice};
    each_certificate(judging, seen, domain, judge_choice);
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_SNI) {
                app_each_probe(judging, seen, domain, &others);
                return;
            }
}

/* T8 */

static bool is_in_its_dates(const struct fed_cert *cert, int64_t now_s)
{
    return cert->not_before_s <= now_s && now_s <= cert->not_after_s;
}

bool app_is_dane_only(const struct fed_tls_facts *tls)
{
    return tls && tls->chain == FED_CHAIN_UNTRUSTED && tls->dane == FED_DANE_MATCHED &&
           tls->peer->is_self_issued;
}

static void fix_chain(struct app_judging *judging, struct app_finding *finding,
                      const struct fed_probe_result *result, const struct app_domain *domain)
{
    const struct fed_cert *last =
        result->chain_count > 0 ? result->chain[result->chain_count - 1] : result->tls->peer;
    for (size_t i = 0; i < result->chain_count; i++)
        app_show(judging, finding, "sent: %s, issued by %s", result->chain[i]->subject,
                 result->chain[i]->issuer);
    if (last->is_self_issued)
        app_fix(judging, finding, APP_FIX_DO,
                app_is_public(judging)
                    ? "use a certificate of an authority that others trust"
                    : "use a certificate of an authority that partners trust, or name this one in "
                      "\"tls { ca-file }\" if only closed partners matter");
    else if (app_is_public(judging))
        app_fix(judging, finding, APP_FIX_DO,
                "let the server send the certificate of \"%s\" as well; if it is a root, it is one "
                "that is not trusted here",
                last->issuer);
    else
        app_fix(judging, finding, APP_FIX_DO,
                "append the certificate of \"%s\" to %s, behind those that are there, and restart "
                "gatepost; if it is a root, it is one that is not trusted here",
                last->issuer, domain->certificate);
}

static void judge_chain(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_tls_facts *tls = probe->result->tls;
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (tls->chain == FED_CHAIN_TRUSTED) {
        app_find(judging, APP_PASS, subject, "the chain leads to a trusted authority");
    } else if (tls->chain == FED_CHAIN_NONE) {
        fix_certificate(judging, app_find(judging, APP_FAIL, subject, "shows no certificate"),
                        domain);
    } else if (!is_in_its_dates(tls->peer, judging->input->now_s)) {
        app_find(judging, APP_UNKNOWN, subject,
                 "cannot be judged while the certificate is out of its dates (T9, T10)");
    } else if (app_is_dane_only(tls)) {
        finding = app_find(judging, APP_WARN, subject,
                           "%s; its TLSA record vouches for it, to partners that use DANE",
                           tls->chain_reason);
        fix_chain(judging, finding, probe->result, domain);
    } else {
        finding = app_find(judging, APP_FAIL, subject, "%s", tls->chain_reason);
        fix_chain(judging, finding, probe->result, domain);
    }
}

void app_judge_t8(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_certificate(judging, seen, domain, judge_chain);
}

/* T9, T10 */

static void judge_end(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                      const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_tls_facts *tls = probe->result->tls;
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (!tls->peer) {
        app_find(judging, APP_UNKNOWN, subject, "shows no certificate");
        return;
    }
    bool is_chain_first =
        tls->chain_not_after_s > 0 && tls->chain_not_after_s < tls->peer->not_after_s;
    int64_t end_s = is_chain_first ? tls->chain_not_after_s : tls->peer->not_after_s;
    int64_t left_s = end_s - judging->input->now_s;
    const char *what = is_chain_first ? "a certificate of its authorities" : "the certificate";
    const char *end = app_say_time(judging, end_s);
    enum app_status status = left_s < APP_CERTIFICATE_FAIL_DAYS * DAY_S   ? APP_FAIL
                             : left_s < APP_CERTIFICATE_WARN_DAYS * DAY_S ? APP_WARN
                                                                          : APP_PASS;
    struct app_finding *finding =
        left_s < 0 ? app_find(judging, status, subject, "%s expired at %s", what, end)
                   : app_find(judging, status, subject, "%s lasts until %s", what, end);
    if (status != APP_PASS && app_is_public(judging))
        app_fix(judging, finding, APP_FIX_DO, "renew the certificate");
    else if (status != APP_PASS)
        app_fix(judging, finding, APP_FIX_DO, "renew the certificate in %s and reload gatepost",
                domain->certificate);
}

void app_judge_t9(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_certificate(judging, seen, domain, judge_end);
}

static void judge_begin(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_cert *cert = probe->result->tls->peer;
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    (void)domain;
    if (!cert) {
        app_find(judging, APP_UNKNOWN, subject, "shows no certificate");
    } else if (cert->not_before_s <= judging->input->now_s) {
        app_find(judging, APP_PASS, subject, "the certificate is valid since %s",
                 app_say_time(judging, cert->not_before_s));
    } else {
        finding = app_find(judging, APP_FAIL, subject, "the certificate is not valid before %s",
                           app_say_time(judging, cert->not_before_s));
        app_show(judging, finding, "this machine's clock says %s",
                 app_say_time(judging, judging->input->now_s));
        app_fix(judging, finding, APP_FIX_DO,
                "correct this machine's clock, or use the former certificate until then");
    }
}

void app_judge_t10(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    each_certificate(judging, seen, domain, judge_begin);
}

/* T11 */

static const struct app_seen_home *home_of(const struct app_seen_gateway *gateway,
                                           const struct dns_domain *domain)
{
    for (size_t i = 0; i < gateway->home_count; i++)
        if (dns_domain_equal(&gateway->homes[i].domain, domain))
            return &gateway->homes[i];
    return NULL;
}

static void judge_key(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                      const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_home *home = home_of(&judging->input->seen->gateway, &domain->name);
    const struct fed_cert *cert = probe->result->tls->peer;
    const char *subject = app_say_probe(judging, endpoint, probe);
    char hex[GP_DIGEST_HEX_MAX];
    struct app_finding *finding;
    if (!cert) {
        app_find(judging, APP_UNKNOWN, subject, "shows no certificate");
        return;
    }
    if (app_is_our_key(probe->result, domain) && cert->not_after_s == domain->not_after_s) {
        app_find(judging, APP_PASS, subject, "serves the certificate of %s", domain->certificate);
        return;
    }
    if (app_is_our_key(probe->result, domain)) {
        finding = app_find(judging, APP_WARN, subject,
                           "serves the right key with another certificate than that of %s",
                           domain->certificate);
        app_show(judging, finding, "served: lasts until %s",
                 app_say_time(judging, cert->not_after_s));
        app_show(judging, finding, "on disk: lasts until %s",
                 app_say_time(judging, domain->not_after_s));
        app_fix(judging, finding, APP_FIX_DO, "reload gatepost, so that it loads the certificate");
        return;
    }
    gp_digest_hex(cert->spki_sha256, sizeof(cert->spki_sha256), hex);
    bool is_loaded = home && strcmp(home->spki_hex, hex) == 0;
    finding = app_find(judging, APP_FAIL, subject, "serves another key than that of %s",
                       domain->certificate);
    app_show(judging, finding, "served: certificate of %s, issued by %s", cert->subject,
             cert->issuer);
    if (is_loaded)
        app_fix(judging, finding, APP_FIX_DO,
                "reload gatepost: it still has the key that was there when it read the file");
    else
        app_fix(judging, finding, APP_FIX_DO,
                "see what answers there (I1); a load balancer or another process has its own key");
}

void app_judge_t11(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    each_certificate(judging, seen, domain, judge_key);
}
