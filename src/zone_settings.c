/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone_settings.h"

#include <string.h>

/* "ca.example; accounturi=https://ca.example/1; validationmethods=dns-01,http-01" (RFC 8659, 4.2;
 * RFC 8657). NULL when there is no memory. */
static const char *caa_value(const struct app_domain *domain, const struct dns_domain *issuer,
                             struct gp_arena *arena)
{
    static const char *const methods[] = {APP_CAA_METHODS};
    const char *text = gp_arena_text(arena, issuer->ascii), *separator = "; validationmethods=";
    if (text && domain->caa_account_uri)
        text = gp_arena_printf(arena, "%s; accounturi=%s", text, domain->caa_account_uri);
    for (size_t i = 0; i < GP_ARRAY_LEN(methods) && text; i++)
        if (domain->caa_validation_methods & 1u << i) {
            text = gp_arena_printf(arena, "%s%s%s", text, separator, methods[i]);
            separator = ",";
        }
    return text;
}

uint32_t app_low_ttl_s(const struct app_domain *domain)
{
    return domain->low_ttl_s < domain->ttl_s ? domain->low_ttl_s : domain->ttl_s;
}

static bool fill_home(const struct app_domain *domain, struct gp_arena *arena,
                      struct zone_home *home)
{
    size_t key_count = domain->next_key ? 2 : 1;
    struct zone_key *keys = gp_arena_alloc(arena, key_count * sizeof(*keys));
    struct zone_host *hosts = gp_arena_alloc(arena, domain->host_count * sizeof(*hosts));
    const char **issues =
        gp_arena_alloc(arena, (domain->caa_issuer_count + 1) * sizeof(const char *));
    if (!keys || !hosts || !issues)
        return false;
    memcpy(keys[0].spki_sha256, domain->spki_sha256, ZONE_KEY_LEN);
    if (domain->next_key)
        memcpy(keys[1].spki_sha256, domain->next_spki_sha256, ZONE_KEY_LEN);
    for (size_t i = 0; i < domain->caa_issuer_count; i++)
        if (!(issues[i] = caa_value(domain, &domain->caa_issuers[i], arena)))
            return false;
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
                               .low_ttl_s = app_low_ttl_s(domain),
                               .wants_dane = domain->wants_dane,
                               .key_count = key_count,
                               .keys = keys,
                               .caa_count = domain->caa_issuer_count,
                               .caa_issues = issues,
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
    /* Without a configuration nothing is planned, not even that there is no service. */
    *ret = (struct zone_settings){.home_count = config->is_public ? 0 : config->domain_count,
                                  .homes = homes,
                                  .network_count = config->federation.network_count,
                                  .networks = config->federation.networks};
    return GP_OK;
}

void app_zone_guess(const struct app_config *config, const struct dns_name *owner,
                    struct zone_place *ret)
{
    struct dns_name above = *owner;
    char text[DNS_NAME_TEXT_MAX];
    *ret = (struct zone_place){.owner = *owner, .signing = ZONE_NOT_KNOWN};
    for (; !dns_name_is_root(&above); dns_name_parent(&above, &above)) {
        struct gp_span name = gp_span_text(dns_name_text(&above, text));
        if (!gp_map_find(&config->domains_by_name, name))
            continue;
        ret->apex = above;
        return;
    }
    above = *owner;
    while (above.wire[1] == '_') /* the labels of a service or a port */
        dns_name_parent(&above, &above);
    dns_name_parent(&above, &ret->apex);
}
