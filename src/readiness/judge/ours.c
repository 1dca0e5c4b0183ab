/* SPDX-License-Identifier: BSD-2-Clause */
/* A2, A6: whose addresses are published, and who answers where no record leads. */
#include "readiness/judge/judging.h"

/* A2: compared with what the configuration says that the world sees, never with the addresses of
 * this machine: behind a translation of addresses they differ, and are right. */

/* Whether the running gateway has met a probe that went there. */
static bool was_met_at(const struct app_seen_domain *seen, const struct dns_name *target,
                       const struct gp_addr *addr)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (dns_name_equal(&at->srv.target, target) && probe->was_met &&
                gp_addr_same_host(&probe->addr, addr))
                return true;
    return false;
}

static void find_strange(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_domain *domain, const struct app_host *host,
                         const struct app_seen_rrset *rrset, size_t index)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    const char *subject = app_say_rrset(judging, &host->name, rrset->type);
    char text[GP_ADDR_TEXT_MAX];
    struct gp_addr addr;
    struct app_finding *finding;
    if (dns_addr_decode(rrset->type, records[index], &addr) != GP_OK || app_host_has(host, &addr))
        return;
    gp_addr_text(&addr, text);
    if (app_is_legacy_address(domain, &addr))
        finding =
            app_find(judging, APP_FAIL, subject, "%s is an address of the legacy gateway", text);
    else if (was_met_at(seen, &host->name, &addr))
        finding =
            app_find(judging, APP_WARN, subject,
                     "%s is published and not configured, though this gateway answers there", text);
    else
        finding = app_find(judging, APP_FAIL, subject,
                           "%s is published and not configured, and it was not shown that this "
                           "gateway answers there",
                           text);
    app_fix_remove(judging, finding, &host->name, rrset->type, records[index]);
}

static void judge_addresses(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_domain *domain, const struct app_host *host,
                            enum dns_type type)
{
    const struct app_seen_rrset *rrset =
        app_observations_rrset(judging->input->seen, &host->name, type);
    const char *subject = app_say_rrset(judging, &host->name, type);
    size_t before = judging->found, count = 0;
    if (!rrset || rrset->seen != APP_CAME || rrset->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, subject, "not known: %s",
                 rrset ? app_say_failure(judging, rrset) : "it was not looked up");
        return;
    }
    app_seen_records(rrset, &count);
    for (size_t i = 0; i < count; i++)
        find_strange(judging, seen, domain, host, rrset, i);
    if (judging->found == before && count > 0)
        app_find(judging, APP_PASS, subject, "%s, configured for the host",
                 app_say_count(judging, count, "address"));
}

void app_judge_a2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < domain->host_count; i++) {
        judge_addresses(judging, seen, domain, &domain->hosts[i], DNS_TYPE_AAAA);
        judge_addresses(judging, seen, domain, &domain->hosts[i], DNS_TYPE_A);
    }
    if (judging->found == 0)
        app_find(judging, APP_SKIP, seen->domain.ascii, "no host has an address yet (A1)");
}

/* A6: whoever sees no service records, as with a resolver that cannot, goes to the domain's own
 * address (RFC 6120, 3.2.1). */

static bool is_apex(const struct app_seen_domain *seen, const struct app_seen_endpoint *endpoint)
{
    struct dns_name name;
    dns_name_from_domain(&seen->domain, &name);
    return endpoint->service == DNS_SERVICE_STARTTLS && endpoint->srv.port == 5269 &&
           dns_name_equal(&endpoint->srv.target, &name);
}

/* Whether an endpoint that is to serve the domain has shown the same key. */
static bool is_key_of_endpoint(const struct app_seen_domain *seen, const struct app_domain *domain,
                               const struct fed_probe_result *result)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (at->role != APP_ENDPOINT_APEX && app_is_to_serve(domain, at) &&
                app_is_same_key(probe->result, result))
                return true;
    return false;
}

static void judge_stranger(struct app_judging *judging, const struct app_seen_domain *seen,
                           const struct app_domain *domain, const struct app_seen_probe *probe,
                           const char *subject)
{
    bool is_legacy = app_is_legacy_address(domain, &probe->addr);
    bool is_before = app_is_before_switch(judging, seen, domain);
    struct app_finding *finding;
    if (is_legacy && is_before) {
        app_find(judging, APP_PASS, subject, "the legacy gateway answers, as before the switch");
        return;
    }
    finding = app_find(judging, APP_WARN, subject,
                       "%s answers: partners that see no service record are led to it",
                       is_legacy ? "the legacy gateway" : "another XMPP server");
    if (probe->result->sentence[0])
        app_show(judging, finding, "%s", probe->result->sentence);
    app_fix(judging, finding, APP_FIX_DO,
            "let nothing answer on port 5269 there, or lead the port to the endpoint");
}

static void judge_apex(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_domain *domain, const struct app_seen_probe *probe)
{
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, probe->endpoint, probe);
    if (probe->seen != APP_CAME)
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->why);
    else if (!app_can_reach(judging, &probe->addr))
        app_find(judging, APP_UNKNOWN, subject, "could not be tried: this machine has no %s",
                 probe->addr.family == GP_IPV6 ? "IPv6 address" : "IPv4 address");
    else if (result->stage < FED_PROBE_ANSWERED)
        app_find(judging, APP_PASS, subject, "no XMPP server answers");
    else if (probe->was_met || app_is_our_key(result, domain) ||
             is_key_of_endpoint(seen, domain, result))
        app_find(judging, APP_PASS, subject, "what answers is the endpoint of the domain");
    else
        judge_stranger(judging, seen, domain, probe, subject);
}

void app_judge_a6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_seen_endpoint *apex = NULL;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        if (!is_apex(seen, at))
            continue;
        apex = at;
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER)
                judge_apex(judging, seen, domain, probe);
    }
    if (judging->found > 0)
        return;
    for (size_t i = 0; apex && i < GP_ARRAY_LEN(apex->addresses); i++)
        if (apex->addresses[i]->seen != APP_CAME ||
            apex->addresses[i]->answer->outcome == DNS_FAILED)
            apex = NULL;
    if (apex)
        app_find(judging, APP_PASS, seen->domain.ascii, "has no address of its own");
    else
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "its addresses could not be looked up");
}
