/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked at first, since nothing has to be known for it but the configuration. */
#include "readiness/collect/collecting.h"

#include "base/io.h"

#include <stdlib.h>

/*
 * Which families can be tried from here at all. IPv4 mostly leaves through a translation of
 * addresses, so that a private one will do; IPv6 does not, and a local address alone leads nowhere.
 */
static void note_families(struct app_observations *seen)
{
    struct gp_addr *addresses = NULL;
    size_t count = 0;
    bool has_public = false, has_private = false;
    if (gp_io_own_addresses(&addresses, &count, NULL) != GP_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        enum gp_reach reach = gp_addr_reach(&addresses[i]);
        if (addresses[i].family == GP_IPV6)
            seen->has_ipv6 = seen->has_ipv6 || reach == GP_REACH_PUBLIC;
        has_public = has_public || (addresses[i].family == GP_IPV4 && reach == GP_REACH_PUBLIC);
        has_private = has_private || (addresses[i].family == GP_IPV4 && reach == GP_REACH_PRIVATE);
    }
    seen->has_ipv4 = has_public || has_private;
    seen->is_translated = has_private && !has_public;
    free(addresses);
}

/* Names of former days (B3). */
static bool want_former(struct app_collect *collect, const struct dns_name *domain)
{
    struct dns_name owner;
    return (dns_name_below("_jabber._tcp", domain, &owner) != GP_OK ||
            app_want_answer(collect, &owner, DNS_TYPE_SRV)) &&
           (dns_name_below("_xmppconnect", domain, &owner) != GP_OK ||
            app_want_answer(collect, &owner, DNS_TYPE_TXT));
}

/* What has no business at the name of service records (V14). */
static bool want_company(struct app_collect *collect, const struct dns_name *owner)
{
    static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT};
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++)
        if (!app_want_answer(collect, owner, types[i]))
            return false;
    return true;
}

/* Who may issue the domain's certificates: the closest name that says it counts (T12). */
static bool want_permission(struct app_collect *collect, const struct dns_name *domain)
{
    struct dns_name name;
    for (name = *domain; !dns_name_is_root(&name); dns_name_parent(&name, &name))
        if (!app_want_answer(collect, &name, DNS_TYPE_CAA))
            return false;
    return true;
}

/* Whether the resolver can validate: nothing is secure if the root is not (S1). */
static bool want_self_test(struct app_collect *collect)
{
    struct dns_name root;
    return dns_name_from_text(".", &root) == GP_OK &&
           app_want_answer(collect, &root, DNS_TYPE_SOA) != NULL;
}

/* Without a configuration there is none to be asked. */
static void leave_gateway(struct app_observations *seen)
{
    seen->gateway.seen = APP_NOTHING_CAME;
    seen->gateway.why = "there is no gateway to be asked (--public)";
}

static bool ask_domain(struct app_collect *collect, const struct dns_domain *name)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    const struct app_domain *config = app_config_domain(collect->setup.config, name);
    struct app_seen_domain *domain = app_seen_domain(collect->seen, name);
    struct dns_name base, owner;
    dns_name_from_domain(name, &base);
    if (!domain || !want_former(collect, &base) ||
        (config->caa_issuer_count > 0 && !want_permission(collect, &base)))
        return false;
    for (unsigned i = 0; i < DNS_SERVICE_COUNT; i++) {
        const char *labels = dns_service_labels((enum dns_service)i);
        if (dns_name_below(labels, &base, &owner) != GP_OK ||
            !(domain->srv[i] = app_want_rrset(collect, &owner, DNS_TYPE_SRV)) ||
            (collect->setup.wants_company && !want_company(collect, &owner)))
            return false;
        app_await(collect, domain, domain->srv[i]);
    }
    for (size_t i = 0; i < config->host_count; i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(types); k++)
            if (!app_want_rrset(collect, &config->hosts[i].name, types[k]))
                return false;
    app_want_documents(collect, domain);
    return true;
}

static bool list_unchecked(struct app_collect *collect)
{
    const struct app_config *config = collect->setup.config;
    collect->unchecked = gp_arena_alloc(&collect->seen->arena,
                                        config->domain_count * sizeof(*collect->unchecked) + 1);
    for (size_t i = 0; i < config->domain_count && collect->unchecked; i++)
        if (!app_observations_domain(collect->seen, &config->domains[i].name))
            collect->unchecked[collect->unchecked_count++] = &config->domains[i];
    return collect->unchecked != NULL;
}

bool app_ask_first(struct app_collect *collect)
{
    const struct app_collect_setup *setup = &collect->setup;
    note_families(collect->seen);
    if (setup->domain_count > 0)
        app_web_begin(collect);
    for (size_t i = 0; i < setup->domain_count; i++)
        if (!ask_domain(collect, &setup->domains[i]))
            return false;
    if (!list_unchecked(collect))
        return false;
    for (size_t i = 0; i < setup->set_count; i++)
        if (!app_want_rrset(collect, &setup->sets[i].owner, setup->sets[i].type))
            return false;
    if (setup->domain_count > 0 && !want_self_test(collect))
        return false;
    if (setup->domain_count > 0 && setup->config->is_public)
        leave_gateway(collect->seen);
    else if (setup->domain_count > 0)
        app_want_status(collect);
    collect->seen->has_partners = setup->wants_partners;
    collect->seen->has_pings = setup->wants_partners && setup->wants_pings;
    if (setup->wants_partners)
        app_want_partners(collect);
    return app_want_keys(collect);
}
