/* SPDX-License-Identifier: BSD-2-Clause */
/* From what DNS names to what is to be looked at: each result may complete what the next question
 * waits for. */
#include "readiness/collect/collecting.h"

#include <stdio.h>

#define ENDPOINTS_MAX 64 /* of one domain; nobody uses more (limits.def, max-targets) */

static bool is_settled(const struct app_seen_rrset *rrset)
{
    return !rrset || rrset->seen != APP_NOT_ASKED;
}

/* Endpoints. */

static void add_endpoint(struct app_collect *collect, struct app_seen_domain *domain,
                         const struct app_seen_endpoint *what)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    struct app_seen_endpoint *endpoint = app_seen_endpoint(collect->seen, domain);
    struct dns_name name;
    char labels[24];
    if (!endpoint) {
        collect->has_failed = true;
        return;
    }
    *endpoint = *what;
    endpoint->domain = domain;
    if (dns_name_is_root(&what->srv.target))
        return;
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++) {
        endpoint->addresses[i] = what->role == APP_ENDPOINT_APEX
                                     ? app_want_answer(collect, &what->srv.target, types[i])
                                     : app_want_rrset(collect, &what->srv.target, types[i]);
        app_await(collect, domain, endpoint->addresses[i]);
    }
    snprintf(labels, sizeof(labels), "_%u._tcp", what->srv.port);
    if (what->origin == DNS_FROM_SRV && dns_name_below(labels, &what->srv.target, &name) == GP_OK) {
        endpoint->tlsa = app_want_rrset(collect, &name, DNS_TYPE_TLSA);
        app_await(collect, domain, endpoint->tlsa);
        /* S7: there is no such address, and that can be proved */
        if (!app_want_answer(collect, &name, DNS_TYPE_A))
            collect->has_failed = true;
    }
}

static size_t add_service(struct app_collect *collect, struct app_seen_domain *domain,
                          enum dns_service service, size_t room)
{
    struct app_seen_endpoint endpoint = {.origin = DNS_FROM_SRV, .service = service};
    const struct app_seen_rrset *srv = domain->srv[service];
    size_t count = 0, added = 0;
    const struct dns_rdata *records = app_seen_records(srv, &count);
    endpoint.srv_is_secure = count > 0 && srv->answer->security == DNS_SECURE;
    for (size_t i = 0; i < count && added < room; i++) {
        if (dns_srv_decode(records[i], &endpoint.srv) != GP_OK)
            continue;
        add_endpoint(collect, domain, &endpoint);
        added++;
    }
    return added;
}

/*
 * The domain's own addresses: published when partners go there for lack of service records (RFC
 * 6120, 3.2.1). Otherwise not all of their zone is our concern, such as the addresses of a web
 * site.
 */
static void add_apex(struct app_collect *collect, struct app_seen_domain *domain,
                     enum app_endpoint_role role)
{
    struct app_seen_endpoint endpoint = {.role = role,
                                         .origin = DNS_FROM_FALLBACK,
                                         .service = DNS_SERVICE_STARTTLS,
                                         .srv = {.port = 5269}};
    dns_name_from_domain(&domain->domain, &endpoint.srv.target);
    add_endpoint(collect, domain, &endpoint);
}

static void add_planned(struct app_collect *collect, struct app_seen_domain *domain,
                        const struct app_host *host, enum dns_service service)
{
    const struct app_seen_rrset *srv = domain->srv[service];
    struct app_seen_endpoint endpoint = {
        .role = APP_ENDPOINT_PLANNED,
        .origin = DNS_FROM_SRV,
        .service = service,
        .srv = {.priority = host->priority, .weight = host->weight, .target = host->name}};
    endpoint.srv.port =
        service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
    endpoint.srv_is_secure = srv->seen == APP_CAME && srv->answer->security == DNS_SECURE;
    if (endpoint.srv.port != 0)
        add_endpoint(collect, domain, &endpoint);
}

static void add_legacy(struct app_collect *collect, struct app_seen_domain *domain,
                       const struct dns_static_route *hosts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct app_seen_endpoint endpoint = {
            .role = APP_ENDPOINT_LEGACY,
            .origin = DNS_FROM_STATIC,
            .service = hosts[i].service,
            .srv = {.port = hosts[i].port, .target = hosts[i].host}};
        add_endpoint(collect, domain, &endpoint);
    }
}

static void make_configured(struct app_collect *collect, struct app_seen_domain *domain,
                            const struct app_domain *config)
{
    for (size_t i = 0; i < config->host_count && collect->setup.wants_planned; i++) {
        add_planned(collect, domain, &config->hosts[i], DNS_SERVICE_STARTTLS);
        add_planned(collect, domain, &config->hosts[i], DNS_SERVICE_DIRECT_TLS);
    }
    if (!config->legacy)
        return;
    add_legacy(collect, domain, config->legacy->hosts, config->legacy->host_count);
    add_legacy(collect, domain, config->legacy->direct_tls_hosts,
               config->legacy->direct_tls_host_count);
}

static void make_endpoints(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_seen_rrset *starttls = domain->srv[DNS_SERVICE_STARTTLS];
    const struct app_seen_rrset *direct = domain->srv[DNS_SERVICE_DIRECT_TLS];
    size_t count = add_service(collect, domain, DNS_SERVICE_STARTTLS, ENDPOINTS_MAX);
    add_service(collect, domain, DNS_SERVICE_DIRECT_TLS, ENDPOINTS_MAX - count);
    bool is_fallback = starttls->seen == APP_CAME && direct->seen == APP_CAME &&
                       dns_service_plan(direct->answer, starttls->answer) == DNS_PLAN_FALLBACK;
    if (is_fallback)
        add_apex(collect, domain, APP_ENDPOINT_PUBLISHED);
    make_configured(collect, domain, app_config_domain(collect->setup.config, &domain->domain));
    if (!is_fallback)
        add_apex(collect, domain, APP_ENDPOINT_APEX);
}

static void advance_endpoint(struct app_collect *collect, struct app_seen_domain *domain,
                             struct app_seen_endpoint *endpoint)
{
    if (endpoint->is_probed || !is_settled(endpoint->addresses[0]) ||
        !is_settled(endpoint->addresses[1]) || !is_settled(endpoint->tlsa))
        return;
    endpoint->is_probed = true;
    app_want_probes(collect, domain, endpoint);
}

void app_advance(struct app_collect *collect, struct app_seen_domain *domain)
{
    bool is_gateway_known = collect->seen->gateway.seen != APP_NOT_ASKED;
    if (!domain->has_endpoints && is_settled(domain->srv[0]) && is_settled(domain->srv[1])) {
        domain->has_endpoints = true;
        make_endpoints(collect, domain);
    }
    if (!is_gateway_known) /* it is told of each probe first */
        return;
    for (struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        advance_endpoint(collect, domain, at);
    if (!domain->login.is_wanted) {
        domain->login.is_wanted = true;
        app_want_login(collect, domain);
    }
    app_advance_rehearsal(collect, domain);
    app_advance_calling(collect, domain);
}
