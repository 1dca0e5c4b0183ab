/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes: which of them a check looks at, and what is found where there is none. */
#include "readiness/judge/judging.h"

bool app_can_reach(const struct app_judging *judging, const struct gp_addr *addr)
{
    const struct app_observations *seen = judging->input->seen;
    return addr->family == GP_IPV6 ? seen->has_ipv6 : seen->has_ipv4;
}

const struct app_seen_probe *app_sibling_probe(const struct app_seen_probe *probe,
                                               enum app_probe_kind kind)
{
    for (const struct app_seen_probe *at = probe->endpoint->probes; at; at = at->next)
        if (at->kind == kind && gp_addr_same_host(&at->addr, &probe->addr))
            return at;
    return NULL;
}

bool app_speaks(const struct app_seen_probe *probe)
{
    enum fed_probe_stage stage =
        probe->service == DNS_SERVICE_STARTTLS ? FED_PROBE_ANSWERED : FED_PROBE_SECURED;
    return probe->seen == APP_CAME && probe->result->stage >= stage;
}

bool app_are_services_known(const struct app_seen_domain *seen)
{
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        if (seen->srv[i]->seen != APP_CAME || seen->srv[i]->answer->outcome == DNS_FAILED)
            return false;
    return true;
}

void app_find_no_target(struct app_judging *judging, const struct app_seen_domain *seen)
{
    if (app_are_services_known(seen))
        app_find(judging, APP_SKIP, seen->domain.ascii,
                 "no service record names a target (V1, V2, V6)");
    else
        app_find(judging, APP_UNKNOWN, seen->domain.ascii,
                 "not seen: the service records could not be looked up");
}

static const char *no_endpoint_text(const struct app_seen_domain *seen,
                                    const struct app_domain *domain)
{
    return !app_are_services_known(seen) ? "not seen: the service records could not be looked up"
           : app_leads_to(seen, domain, APP_SYSTEM_LEGACY)
               ? "not seen: DNS names only the legacy gateway (V1, V12)"
               : "not seen: DNS names no endpoint that could be connected to";
}

static bool is_walked_over(enum app_walk_over over, const struct app_domain *domain,
                           const struct app_seen_endpoint *endpoint)
{
    switch (over) {
    case APP_OVER_SERVING:
        break;
    case APP_OVER_PUBLISHED:
        return app_is_published(endpoint);
    case APP_OVER_LEGACY:
        return endpoint->role != APP_ENDPOINT_APEX &&
               app_system_of(domain, endpoint) == APP_SYSTEM_LEGACY;
    }
    return app_is_to_serve(domain, endpoint);
}

static bool is_looked_at(const struct app_probe_walk *walk, const struct app_domain *domain,
                         const struct app_seen_endpoint *endpoint)
{
    return is_walked_over(walk->over, domain, endpoint) &&
           !(walk->direct_tls_only && endpoint->service != DNS_SERVICE_DIRECT_TLS) &&
           !(walk->starttls_only && endpoint->service != DNS_SERVICE_STARTTLS) &&
           !dns_name_is_root(&endpoint->srv.target);
}

static void look_at(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_probe *probe, const struct app_domain *domain,
                    const struct app_probe_walk *walk)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (probe->seen != APP_CAME)
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->why);
    else if (probe->result->stage < walk->stage)
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->result->sentence);
    else
        walk->fn(judging, endpoint, probe, domain);
}

void app_each_probe(struct app_judging *judging, const struct app_seen_domain *seen,
                    const struct app_domain *domain, const struct app_probe_walk *walk)
{
    size_t before = judging->found;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        size_t count = 0;
        if (!is_looked_at(walk, domain, at))
            continue;
        judging->endpoint = app_endpoint_kind(domain, at);
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == walk->kind && ++count)
                look_at(judging, at, probe, domain, walk);
        /* What is planned and published was probed as published. */
        if (count == 0 && walk->kind == APP_PROBE_PARTNER && at->role == APP_ENDPOINT_PUBLISHED)
            app_find(judging, APP_UNKNOWN, app_say_endpoint(judging, at),
                     "not seen: no address of it is known");
    }
    judging->endpoint = NULL;
    if (judging->found == before)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "%s", no_endpoint_text(seen, domain));
}
