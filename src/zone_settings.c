/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone_settings.h"

#include "dns/zone.h"

#include <stdlib.h>
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

/* Looking up. */

#define LOOKUPS_AT_ONCE 32

struct finder;

struct lookup {
    struct finder *finder;
    struct dns_zone_op *op;   /* NULL: idle */
    struct zone_place *place; /* what it fills */
};

struct finder {
    struct gp_loop *loop;
    struct dns_resolver *resolver;
    const struct dns_name *owners;
    struct zone_place *places;
    size_t count, started, finished;
    struct lookup lookups[LOOKUPS_AT_ONCE];
    enum gp_code code; /* why it stopped */
    struct gp_err *err;
};

static void start_next(struct lookup *lookup);

static void stop(struct finder *finder, enum gp_code code)
{
    finder->code = code;
    gp_loop_stop(finder->loop);
}

static void on_zone(void *arg, struct dns_zone *zone)
{
    struct lookup *lookup = arg;
    struct finder *finder = lookup->finder;
    lookup->op = NULL;
    finder->finished++;
    if (zone->is_found) {
        lookup->place->apex = zone->apex;
        lookup->place->signing = zone->security == DNS_SECURE ? ZONE_SIGNED : ZONE_UNSIGNED;
        if (finder->finished == finder->count)
            stop(finder, GP_OK);
        else
            start_next(lookup);
    } else {
        char name[DNS_NAME_TEXT_MAX];
        stop(finder, gp_err_set(finder->err, GP_ERR_DNS, "the zone of %s: %s",
                                dns_name_text(&lookup->place->owner, name), zone->failure));
    }
    dns_zone_destroy(zone);
}

static void start_next(struct lookup *lookup)
{
    struct finder *finder = lookup->finder;
    if (finder->started == finder->count || finder->code != GP_OK)
        return;
    const struct dns_name *owner = &finder->owners[finder->started];
    lookup->place = &finder->places[finder->started++];
    *lookup->place = (struct zone_place){.owner = *owner};
    enum gp_code code =
        dns_zone_start(finder->resolver, owner, on_zone, lookup, &lookup->op, finder->err);
    if (code != GP_OK)
        stop(finder, code);
}

enum gp_code app_zone_find(const struct dns_settings *settings, const struct dns_name *owners,
                           size_t count, struct zone_place *ret_places, struct gp_err *err)
{
    struct finder finder = {.owners = owners, .places = ret_places, .count = count, .err = err};
    if (count == 0)
        return GP_OK;
    finder.loop = gp_loop_create();
    if (!finder.loop)
        return gp_err_nomem(err);
    finder.code = dns_resolver_create_local(finder.loop, settings, &finder.resolver, err);
    if (finder.code == GP_OK) {
        for (size_t i = 0; i < LOOKUPS_AT_ONCE; i++) {
            finder.lookups[i].finder = &finder;
            start_next(&finder.lookups[i]);
        }
        if (finder.code == GP_OK)
            gp_loop_run(finder.loop);
        for (size_t i = 0; i < LOOKUPS_AT_ONCE; i++)
            dns_zone_cancel(finder.lookups[i].op);
        dns_resolver_destroy(finder.resolver);
    }
    gp_loop_destroy(finder.loop);
    return finder.code;
}
