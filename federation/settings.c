/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/settings.h"

#include <stdlib.h>

const struct fed_limits fed_limits_default = {
#define FED_LIMIT(field, option, unit, preset, least, most, help) .field = preset,
#include "federation/limits.def"
#undef FED_LIMIT
};

static int compare_home(const void *key, const void *row)
{
    const struct dns_domain *domain = key;
    const struct fed_home *home = row;
    return strcmp(domain->ascii, home->domain.ascii);
}

const struct fed_home *fed_settings_home(const struct fed_settings *settings,
                                         const struct dns_domain *domain)
{
    if (settings->home_count == 0)
        return NULL;
    return bsearch(domain, settings->homes, settings->home_count, sizeof(*settings->homes),
                   compare_home);
}

const struct fed_partner *fed_settings_partner(const struct fed_settings *settings,
                                               const struct dns_domain *domain)
{
    for (size_t i = 0; i < settings->partner_count; i++) {
        const struct fed_partner *partner = &settings->partners[i];
        for (size_t k = 0; k < partner->domain_count; k++)
            if (dns_domain_equal(&partner->domains[k], domain))
                return partner;
    }
    return settings->is_open ? &settings->stranger : NULL;
}

bool fed_settings_own(const struct fed_settings *settings, const struct fed_partner *policy)
{
    for (size_t i = 0; i < settings->partner_count; i++)
        if (policy == &settings->partners[i])
            return true;
    return policy == &settings->stranger;
}

const struct dns_domain *fed_settings_primary(const struct fed_settings *settings,
                                              const struct dns_domain *domain)
{
    const struct fed_partner *partner = fed_settings_partner(settings, domain);
    return partner && partner->domain_count > 0 ? &partner->domains[0] : domain;
}
