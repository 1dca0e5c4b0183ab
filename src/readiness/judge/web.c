/* SPDX-License-Identifier: BSD-2-Clause */
/* B1, B2: what is published over HTTPS, past the service records. */
#include "readiness/judge/judging.h"

#include "posh/document.h"
#include "posh/host_meta.h"

#include <inttypes.h>
#include <string.h>

/* Finds what there is to say of a document that holds nothing to judge; false when it does. Of one
 * that is waited for that is no good news. */
static bool is_without(struct app_judging *judging, const struct app_seen_document *seen,
                       bool is_late)
{
    if (seen->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, seen->url, "not seen: %s", seen->why);
    } else if (!seen->is_there && !is_late) {
        app_show(judging, app_find(judging, APP_PASS, seen->url, "there is none"), "%s", seen->why);
    } else if (seen->is_there && seen->fault) {
        struct app_finding *finding =
            app_find(judging, APP_WARN, seen->url, "cannot be used: %s", seen->fault);
        app_fix(judging, finding, APP_FIX_DO, "take %s away, or correct it", seen->url);
    } else {
        return !seen->is_there;
    }
    return true;
}

/* Before the old gateway goes: nobody may hold a document from before. True: that is waited for. */
static bool is_waited_for(struct app_judging *judging, const struct app_seen_domain *seen,
                          const char *subject, enum dns_type type)
{
    const struct app_histories *histories = judging->input->histories;
    struct dns_name name;
    struct zone_wait wait;
    struct app_finding *finding;
    dns_name_from_domain(&seen->domain, &name);
    zone_wait_for_document(app_history(histories, &name, type), &wait);
    if (judging->input->phase != APP_DECOMMISSION || wait.until_s <= judging->input->now_s)
        return false;
    if (histories->trouble) {
        finding = app_find(judging, APP_UNKNOWN, subject, "how long it says so is not known: %s",
                           histories->trouble);
        app_fix_journal(judging, finding);
        return true;
    }
    finding =
        app_wait(judging, wait.until_s, subject, "partners may still hold what it said before");
    app_show(judging, finding, "%s", app_say_wait(judging, &wait));
    return true;
}

/* B1 (XEP-0487) */

static bool is_our_port(const struct app_domain *domain, const struct gp_addr *addr)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (app_host_has(&domain->hosts[i], addr) && domain->hosts[i].direct_tls_port == addr->port)
            return true;
    return false;
}

static bool is_our_name(const struct app_domain *domain, const char *name)
{
    struct dns_name host;
    return strcmp(name, domain->name.ascii) == 0 ||
           (dns_name_from_text(name, &host) == GP_OK && app_host_of(domain, &host));
}

/* The address that somebody else has, or that has no direct TLS on the port; NULL: none. */
static const struct gp_addr *foreign_address(const struct app_domain *domain,
                                             const struct app_host_meta_link *link)
{
    for (size_t i = 0; i < link->ip_count; i++)
        if (!is_our_port(domain, &link->ips[i]))
            return &link->ips[i];
    return NULL;
}

static bool has_our_pin(const struct app_host_meta *meta, const struct app_domain *domain)
{
    for (size_t i = 0; i < meta->pin_count; i++)
        if (memcmp(meta->pins[i], domain->spki_sha256, sizeof(meta->pins[i])) == 0)
            return true;
    return meta->pin_count == 0;
}

static void fail_link(struct app_judging *judging, const char *subject, bool is_early,
                      const char *sentence)
{
    struct app_finding *finding =
        app_find(judging, is_early ? APP_WARN : APP_FAIL, subject, "%s", sentence);
    app_fix(judging, finding, APP_FIX_DO,
            "%s: partners that know this document look at no service records (XEP-0487)",
            is_early ? "change it together with DNS" : "correct it, or take it away");
}

static void judge_link(struct app_judging *judging, const char *subject, bool is_before,
                       const struct app_host_meta_link *link, const struct app_domain *domain)
{
    const struct gp_addr *foreign = foreign_address(domain, link);
    char text[GP_ADDR_TEXT_MAX];
    if (link->kind != APP_LINK_TLS)
        fail_link(judging, subject, false,
                  app_say(judging, "leads to %s, which gatepost does not offer",
                          link->kind == APP_LINK_QUIC ? "QUIC" : link->where));
    else if (foreign && app_is_legacy_address(domain, foreign) && is_before)
        fail_link(
            judging, subject, true,
            app_say(judging, "leads to the legacy gateway, %s", gp_addr_port_text(foreign, text)));
    else if (foreign)
        fail_link(judging, subject, false,
                  app_say(judging, "leads to %s, where no host of this gateway has direct TLS",
                          gp_addr_port_text(foreign, text)));
    else if (link->ip_count == 0)
        fail_link(judging, subject, false, "has a link without an address");
    else if (!is_our_name(domain, link->sni))
        fail_link(judging, subject, false,
                  app_say(judging, "lets partners ask for \"%s\" (SNI)", link->sni));
    else
        app_find(judging, APP_PASS, subject, "leads to this gateway");
}

void app_judge_b1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_host_meta *meta = seen->host_meta.host_meta;
    const char *subject = seen->host_meta.url;
    bool is_late = is_waited_for(judging, seen, subject, APP_TYPE_HOST_META);
    if (is_without(judging, &seen->host_meta, is_late))
        return;
    if (!meta->has_xmpp) {
        app_find(judging, APP_PASS, subject, "is not about servers (no \"xmpp\")");
        return;
    }
    if (meta->link_count == 0)
        fail_link(judging, subject, false, "leads servers nowhere");
    for (size_t i = 0; i < meta->link_count; i++)
        judge_link(judging, subject, app_is_before_switch(judging, seen, domain), &meta->links[i],
                   domain);
    if (!has_our_pin(meta, domain))
        fail_link(judging, subject, false, "pins other keys than that of the certificate");
}

/* B2 (RFC 7711) */

static void judge_print(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                        const struct app_seen_probe *probe,
                        const struct app_seen_document *document)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct fed_evidence evidence;
    if (!probe->result->tls->peer) {
        app_find(judging, APP_UNKNOWN, subject, "shows no certificate");
        return;
    }
    fed_posh_weigh(probe->result->tls->peer, &document->posh->prints, &evidence);
    if (evidence.found == FED_FOUND_MATCH) {
        app_show(judging,
                 app_find(judging, APP_PASS, subject, "the certificate is one of those in %s",
                          document->url),
                 "it may be kept for %" PRId64 " s", document->posh->expires_s);
    } else {
        struct app_finding *finding = app_find(
            judging, APP_FAIL, subject, "the certificate is none of those in %s", document->url);
        app_show(judging, finding, "%s; it may be kept for %" PRId64 " s", evidence.text,
                 document->posh->expires_s);
        app_fix(judging, finding, APP_FIX_DO,
                "add the certificate's fingerprint, or take the document away: it is stale");
    }
}

static void judge_prints(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                         const struct app_seen_probe *probe, const struct app_domain *domain)
{
    judge_print(judging, endpoint, probe,
                &app_observations_domain(judging->input->seen, &domain->name)->posh);
}

void app_judge_b2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_SECURED, .fn = judge_prints};
    bool is_late = is_waited_for(judging, seen, seen->posh.url, APP_TYPE_POSH);
    if (!is_without(judging, &seen->posh, is_late))
        app_each_probe(judging, seen, domain, &walk);
}
