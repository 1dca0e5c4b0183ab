/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/mirror.h"

#include <stdlib.h>

static bool add_domains(struct fed_mirror *mirror, const struct fed_settings *settings,
                        unsigned inside)
{
    struct fed_partner *server = &mirror->server;
    server->domains = calloc(settings->home_count + 1, sizeof(*server->domains));
    if (!server->domains)
        return false;
    for (size_t i = 0; i < settings->home_count; i++)
        if (fed_home_is_on(&settings->homes[i], inside))
            server->domains[server->domain_count++] = settings->homes[i].domain;
    return true;
}

struct fed_mirror *fed_mirror_create(const struct fed_mirror_setup *setup)
{
    struct fed_mirror *mirror = calloc(1, sizeof(*mirror));
    if (!mirror)
        return NULL;
    if (!add_domains(mirror, setup->settings, setup->inside)) {
        free(mirror);
        return NULL;
    }
    bool has_secret = setup->secret->len > 0;
    mirror->server.tls = FED_TLS_REQUIRED;
    mirror->server.sasl = FED_SASL_OPTIONAL;
    mirror->server.dialback = has_secret ? FED_DIALBACK_ALLOWED : FED_DIALBACK_REFUSED;
    /* A pin is a TLSA record 3 1 1 that the configuration vouches for instead of DNSSEC. */
    mirror->server.requires_dane = mirror->server.uses_dane_client = setup->has_pins;
    mirror->settings.limits = setup->settings->limits;
    mirror->settings.dialback_secret =
        has_secret ? *setup->secret : setup->settings->dialback_secret;
    mirror->settings.any_home = &mirror->others;
    mirror->settings.partners = &mirror->server;
    mirror->settings.partner_count = 1;
    return mirror;
}

void fed_mirror_destroy(struct fed_mirror *mirror)
{
    if (!mirror)
        return;
    gp_secret_wipe(&mirror->settings.dialback_secret);
    free(mirror->server.domains);
    free(mirror);
}
