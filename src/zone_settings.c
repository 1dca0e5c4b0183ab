/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone_settings.h"

#include <string.h>

static bool fill_home(const struct app_domain *domain, struct gp_arena *arena,
                      struct zone_home *home)
{
    struct zone_key *key = gp_arena_alloc(arena, sizeof(*key));
    struct zone_host *hosts = gp_arena_alloc(arena, domain->host_count * sizeof(*hosts));
    if (!key || !hosts)
        return false;
    memcpy(key->spki_sha256, domain->spki_sha256, sizeof(key->spki_sha256));
    for (size_t i = 0; i < domain->host_count; i++) {
        const struct app_host *host = &domain->hosts[i];
        hosts[i] = (struct zone_host){.name = host->name,
                                      .address_count = host->address_count,
                                      .addresses = host->addresses,
                                      .priority = host->priority,
                                      .weight = host->weight,
                                      .starttls_port = host->starttls_port,
                                      .direct_tls_port = host->direct_tls_port};
    }
    *home = (struct zone_home){.domain = domain->name,
                               .ttl_s = domain->ttl_s,
                               .wants_dane = domain->wants_dane,
                               .key_count = 1,
                               .keys = key,
                               .host_count = domain->host_count,
                               .hosts = hosts};
    return true;
}

enum gp_code app_zone_settings(const struct app_config *config, struct gp_arena *arena,
                               struct zone_settings *ret, struct gp_err *err)
{
    struct zone_home *homes = gp_arena_alloc(arena, config->domain_count * sizeof(*homes));
    if (!homes)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->domain_count; i++)
        if (!fill_home(&config->domains[i], arena, &homes[i]))
            return gp_err_nomem(err);
    *ret = (struct zone_settings){.home_count = config->domain_count,
                                  .homes = homes,
                                  .network_count = config->federation.network_count,
                                  .networks = config->federation.networks};
    return GP_OK;
}

void app_zone_guess(const struct app_config *config, const struct dns_name *owner,
                    struct zone_place *ret)
{
    struct dns_name above = *owner;
    *ret = (struct zone_place){.owner = *owner, .signing = ZONE_NOT_KNOWN};
    for (size_t i = 0; i < config->domain_count; i++) {
        struct dns_name domain;
        dns_name_from_domain(&config->domains[i].name, &domain);
        if (dns_name_is_within(owner, &domain) && domain.len > ret->apex.len)
            ret->apex = domain;
    }
    if (ret->apex.len > 0)
        return;
    while (above.wire[1] == '_') /* the labels of a service or a port */
        dns_name_parent(&above, &above);
    dns_name_parent(&above, &ret->apex);
}
