/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of a legacy section: nothing in it may be one of our own, or nothing could tell the two
 * apart. */
#include "config/build.h"

#include <stdio.h>

struct judge {
    const struct app_config *config;
    const struct app_legacy *legacy;
    const struct app_text_section *section;
    struct app_problems *problems;
    char where[DNS_DOMAIN_MAX + 24]; /* `domain "alpha.example": legacy` */
};

/* Both lists of hosts, one behind the other; NULL behind the end. */
static const struct dns_static_route *host_at(const struct app_legacy *legacy, size_t index)
{
    if (index < legacy->host_count)
        return &legacy->hosts[index];
    index -= legacy->host_count;
    return index < legacy->direct_tls_host_count ? &legacy->direct_tls_hosts[index] : NULL;
}

static unsigned line_of(const struct judge *judge, const struct dns_static_route *host)
{
    return app_text_line(judge->section,
                         host->service == DNS_SERVICE_STARTTLS ? "host" : "direct-tls-host");
}

static bool is_our_name(const struct app_config *config, const struct dns_name *name)
{
    for (size_t i = 0; i < config->domain_count; i++)
        for (size_t j = 0; j < config->domains[i].host_count; j++)
            if (dns_name_equal(&config->domains[i].hosts[j].name, name))
                return true;
    return false;
}

/* Addresses and SRV records leave caches at different times: only under a name of its own does
 * nobody reach the one system with what he knows of the other. */
static void judge_hosts(const struct judge *judge)
{
    const struct dns_static_route *host, *other;
    char name[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; (host = host_at(judge->legacy, i)); i++) {
        unsigned line = line_of(judge, host);
        dns_name_text(&host->host, name);
        if (is_our_name(judge->config, &host->host))
            app_problem(judge->problems, line,
                        "%s: %s is a host of ours: what replaces the legacy gateway needs a name "
                        "of its own",
                        judge->where, name);
        for (size_t j = 0; j < i && (other = host_at(judge->legacy, j)); j++)
            if (other->port == host->port && dns_name_equal(&other->host, &host->host))
                app_problem(judge->problems, line, "%s: %s:%u is given twice", judge->where, name,
                            host->port);
    }
}

static bool has_port(const struct app_legacy *legacy, uint16_t port)
{
    const struct dns_static_route *host;
    for (size_t i = 0; (host = host_at(legacy, i)); i++)
        if (host->port == port)
            return true;
    return false;
}

/* Whether a host of ours has the address, with a port that the legacy gateway has, too. */
static const struct app_host *our_host_at(const struct judge *judge, const struct gp_addr *addr)
{
    const struct app_config *config = judge->config;
    for (size_t i = 0; i < config->domain_count; i++)
        for (size_t j = 0; j < config->domains[i].host_count; j++) {
            const struct app_host *host = &config->domains[i].hosts[j];
            if (!has_port(judge->legacy, host->starttls_port) &&
                !has_port(judge->legacy, host->direct_tls_port))
                continue;
            for (size_t k = 0; k < host->address_count; k++)
                if (gp_addr_same_host(&host->addresses[k], addr))
                    return host;
        }
    return NULL;
}

static void judge_addresses(const struct judge *judge)
{
    const struct app_legacy *legacy = judge->legacy;
    unsigned line = app_text_line(judge->section, "address");
    char text[GP_ADDR_TEXT_MAX], name[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < legacy->address_count; i++) {
        const struct gp_addr *addr = &legacy->addresses[i];
        const struct app_host *ours = our_host_at(judge, addr);
        gp_addr_text(addr, text);
        if (ours)
            app_problem(judge->problems, line,
                        "%s: address: %s is the address of our host \"%s\", on the same port",
                        judge->where, text, dns_name_text(&ours->name, name));
        for (size_t j = 0; j < i; j++)
            if (gp_addr_same_host(&legacy->addresses[j], addr))
                app_problem(judge->problems, line, "%s: address: %s is given twice", judge->where,
                            text);
    }
}

void app_config_judge_legacy(const struct app_config *config, const struct app_domain *domain,
                             const struct app_text_section *section, struct app_problems *problems)
{
    struct judge judge = {config, domain->legacy, section, problems, ""};
    if (!domain->legacy)
        return;
    snprintf(judge.where, sizeof(judge.where), "domain \"%s\": legacy", domain->name.ascii);
    judge_hosts(&judge);
    judge_addresses(&judge);
}
