/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose an endpoint is, by what the configuration says; and where in the cutover DNS is. */
#include "readiness/judge/judging.h"

bool app_is_public(const struct app_judging *judging)
{
    return judging->input->config->is_public;
}

const struct app_host *app_host_of(const struct app_domain *domain, const struct dns_name *name)
{
    for (size_t i = 0; domain && i < domain->host_count; i++)
        if (dns_name_equal(&domain->hosts[i].name, name))
            return &domain->hosts[i];
    return NULL;
}

uint16_t app_port_of(const struct app_host *host, enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
}

bool app_offers(const struct app_domain *domain, enum dns_service service)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (app_port_of(&domain->hosts[i], service) != 0)
            return true;
    return false;
}

bool app_host_has(const struct app_host *host, const struct gp_addr *addr)
{
    for (size_t i = 0; i < host->address_count; i++)
        if (gp_addr_same_host(&host->addresses[i], addr))
            return true;
    return false;
}

bool app_is_our_address(const struct app_domain *domain, const struct gp_addr *addr)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (app_host_has(&domain->hosts[i], addr))
            return true;
    return false;
}

bool app_is_legacy_address(const struct app_domain *domain, const struct gp_addr *addr)
{
    const struct app_legacy *legacy = domain->legacy;
    for (size_t i = 0; legacy && i < legacy->address_count; i++)
        if (gp_addr_same_host(&legacy->addresses[i], addr))
            return !app_is_our_address(domain, addr);
    return false;
}

bool app_is_legacy_name(const struct app_domain *domain, const struct dns_name *name)
{
    const struct app_legacy *legacy = domain->legacy;
    for (size_t i = 0; legacy && i < legacy->host_count; i++)
        if (dns_name_equal(&legacy->hosts[i].host, name))
            return true;
    for (size_t i = 0; legacy && i < legacy->direct_tls_host_count; i++)
        if (dns_name_equal(&legacy->direct_tls_hosts[i].host, name))
            return true;
    return false;
}

/* Whether one of the endpoint's addresses, as DNS has them, passes the test. */
typedef bool is_address_fn(const struct app_domain *domain, const struct gp_addr *addr);

static bool has_address(const struct app_seen_endpoint *endpoint, const struct app_domain *domain,
                        is_address_fn *is_wanted)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(endpoint->addresses); i++) {
        const struct app_seen_rrset *rrset = endpoint->addresses[i];
        size_t count = 0;
        const struct dns_rdata *records = rrset ? app_seen_records(rrset, &count) : NULL;
        struct gp_addr addr;
        for (size_t k = 0; k < count; k++)
            if (dns_addr_decode(rrset->type, records[k], &addr) == GP_OK &&
                is_wanted(domain, &addr))
                return true;
    }
    return false;
}

enum app_system app_system_of(const struct app_domain *domain,
                              const struct app_seen_endpoint *endpoint)
{
    if (app_host_of(domain, &endpoint->srv.target))
        return APP_SYSTEM_OURS;
    if (app_is_legacy_name(domain, &endpoint->srv.target) ||
        has_address(endpoint, domain, app_is_legacy_address))
        return APP_SYSTEM_LEGACY;
    if (endpoint->origin == DNS_FROM_FALLBACK && has_address(endpoint, domain, app_is_our_address))
        return APP_SYSTEM_OURS;
    return APP_SYSTEM_FOREIGN;
}

bool app_is_published(const struct app_seen_endpoint *endpoint)
{
    return endpoint->role == APP_ENDPOINT_PUBLISHED && !dns_name_is_root(&endpoint->srv.target);
}

bool app_is_to_serve(const struct app_domain *domain, const struct app_seen_endpoint *endpoint)
{
    return (endpoint->role == APP_ENDPOINT_PUBLISHED || endpoint->role == APP_ENDPOINT_PLANNED) &&
           app_system_of(domain, endpoint) != APP_SYSTEM_LEGACY;
}

bool app_leads_to(const struct app_seen_domain *seen, const struct app_domain *domain,
                  enum app_system system)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (app_is_published(at) && app_system_of(domain, at) == system)
            return true;
    return false;
}

bool app_is_before_switch(const struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct app_domain *domain)
{
    return domain->legacy && app_phase_is_before_switch(judging->input->phase) &&
           !app_leads_to(seen, domain, APP_SYSTEM_OURS);
}

const char *app_endpoint_kind(const struct app_domain *domain,
                              const struct app_seen_endpoint *endpoint)
{
    if (app_system_of(domain, endpoint) == APP_SYSTEM_LEGACY)
        return "legacy";
    return endpoint->role == APP_ENDPOINT_PLANNED     ? "planned"
           : endpoint->role == APP_ENDPOINT_PUBLISHED ? "published"
                                                      : NULL;
}
