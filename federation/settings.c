/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/settings.h"

#include "federation/jid.h"

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
    const struct fed_home *home = NULL;
    if (settings->home_count > 0)
        home = bsearch(domain, settings->homes, settings->home_count, sizeof(*settings->homes),
                       compare_home);
    bool is_any = !home && settings->any_home && dns_domain_is_set(domain) &&
                  !fed_settings_partner(settings, domain);
    return is_any ? settings->any_home : home;
}

bool fed_partner_wants_contacts(const struct fed_partner *partner)
{
    return partner->type == FED_PUBLIC_UNVERIFIED ||
           (partner->shadow && partner->shadow->type == FED_PUBLIC_UNVERIFIED);
}

bool fed_home_admits(const struct fed_home *home, struct gp_span jid)
{
    char bare[FED_BARE_MAX];
    if ((!home->has_allowed_users && home->denied_users.count == 0) || fed_jid_local(jid).len == 0)
        return true;
    struct gp_span key = fed_jid_bare(jid, &home->domain, bare);
    return (!home->has_allowed_users || gp_names_has(&home->allowed_users, key)) &&
           !gp_names_has(&home->denied_users, key);
}

bool fed_settings_blocks(const struct fed_settings *settings, const struct dns_domain *domain)
{
    char dotted[DNS_DOMAIN_MAX + 1];
    size_t len = strlen(domain->ascii);
    if (settings->blocked.count == 0)
        return false;
    dotted[0] = '.';
    memcpy(dotted + 1, domain->ascii, len + 1);
    if (gp_names_has(&settings->blocked, gp_span_make(dotted + 1, len)))
        return true;
    for (const char *at = dotted; at; at = strchr(at + 1, '.'))
        if (gp_names_has(&settings->blocked, gp_span_text(at)))
            return true;
    return false;
}

const struct fed_partner *fed_settings_partner(const struct fed_settings *settings,
                                               const struct dns_domain *domain)
{
    if (fed_settings_blocks(settings, domain))
        return NULL;
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

unsigned fed_home_inside(const struct fed_home *home, struct gp_span jid)
{
    char bare[FED_BARE_MAX];
    if (home->elsewhere_count == 0 || fed_jid_local(jid).len == 0)
        return home->inside;
    struct gp_span key = fed_jid_bare(jid, &home->domain, bare);
    for (size_t i = 0; i < home->elsewhere_count; i++)
        if (gp_names_has(&home->elsewhere[i].users, key))
            return home->elsewhere[i].inside;
    return home->inside;
}

bool fed_home_is_on(const struct fed_home *home, unsigned inside)
{
    bool is_on = home->inside == inside;
    for (size_t i = 0; i < home->elsewhere_count; i++)
        is_on |= home->elsewhere[i].inside == inside;
    return is_on;
}

enum gp_code fed_settings_each_foreign(const struct fed_settings *settings, unsigned inside,
                                       fed_domain_fn *fn, void *arg)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < settings->partner_count && code == GP_OK; i++)
        for (size_t j = 0; j < settings->partners[i].domain_count && code == GP_OK; j++)
            code = fn(arg, &settings->partners[i].domains[j]);
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++)
        if (!fed_home_is_on(&settings->homes[i], inside))
            code = fn(arg, &settings->homes[i].domain);
    return code;
}

bool fed_settings_is_same(const struct fed_settings *settings, const struct dns_domain *a,
                          const struct dns_domain *b)
{
    return dns_domain_equal(fed_settings_primary(settings, a), fed_settings_primary(settings, b));
}
