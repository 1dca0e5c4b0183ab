/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration takes over from the one whose place it takes. */
#include "config/config.h"

#include "federation/inside.h"

#include <string.h>

static const struct app_inside *find_inside(const struct app_config *config, const char *name)
{
    for (size_t i = 0; i < config->inside_count; i++)
        if (strcmp(config->insides[i].name, name) == 0)
            return &config->insides[i];
    return NULL;
}

/* The lowest index that no link has yet. There is one: links are no more than indexes. */
static unsigned free_index(const bool *taken)
{
    unsigned index = 0;
    while (taken[index])
        index++;
    return index;
}

static void place_insides(struct app_config *config, const struct app_config *before)
{
    bool taken[FED_INSIDE_MAX] = {false};
    for (size_t i = 0; i < config->inside_count; i++) {
        const struct app_inside *old = find_inside(before, config->insides[i].name);
        if (old)
            taken[config->insides[i].index = old->index] = true;
    }
    for (size_t i = 0; i < config->inside_count; i++) {
        if (find_inside(before, config->insides[i].name))
            continue;
        config->insides[i].index = free_index(taken);
        taken[config->insides[i].index] = true;
    }
}

static struct fed_home *find_home(struct app_config *config, const struct dns_domain *domain)
{
    for (size_t i = 0; i < config->federation.home_count; i++)
        if (dns_domain_equal(&config->federation.homes[i].domain, domain))
            return &config->federation.homes[i];
    return NULL;
}

/* Of a link that a domain names: it is there, or the configuration had not passed its checks. */
static unsigned index_of(const struct app_config *config, const char *name)
{
    const struct app_inside *inside = find_inside(config, name);
    return inside ? inside->index : 0;
}

static void place_domain(struct app_config *config, struct app_domain *domain)
{
    struct fed_home *home = find_home(config, &domain->name);
    if (!home)
        return;
    home->inside = domain->inside_index = index_of(config, domain->inside);
    for (size_t i = 0; i < domain->elsewhere_count; i++) {
        struct app_elsewhere *elsewhere = &domain->elsewhere[i];
        elsewhere->inside_index = index_of(config, elsewhere->inside);
        home->elsewhere[i].inside = elsewhere->inside_index;
    }
}

void app_config_follow(struct app_config *config, const struct app_config *before)
{
    place_insides(config, before);
    for (size_t i = 0; i < config->domain_count; i++)
        place_domain(config, &config->domains[i]);
    if (!config->dialback_secret_file && !before->dialback_secret_file)
        config->federation.dialback_secret = before->federation.dialback_secret;
}
