/* SPDX-License-Identifier: BSD-2-Clause */
#include "tlsa.h"

#include "base/digest.h"

#include <stdio.h>

static void add_place(const struct app_host *host, enum dns_service service,
                      struct app_tlsa_place *places, size_t *count)
{
    struct app_tlsa_place place = {.host = host, .service = service};
    char labels[24];
    place.port = service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
    snprintf(labels, sizeof(labels), "_%u._tcp", place.port);
    /* a name that becomes too long cannot be published either */
    if (place.port != 0 && dns_name_below(labels, &host->name, &place.owner) == GP_OK)
        places[(*count)++] = place;
}

enum gp_code app_tlsa_places(const struct app_domain *domain, struct gp_arena *arena,
                             struct app_tlsa_place **ret, size_t *ret_count, struct gp_err *err)
{
    size_t count = 0;
    struct app_tlsa_place *places =
        gp_arena_alloc(arena, domain->host_count * DNS_SERVICE_COUNT * sizeof(*places));
    if (!places)
        return gp_err_nomem(err);
    for (size_t i = 0; i < domain->host_count; i++) {
        add_place(&domain->hosts[i], DNS_SERVICE_STARTTLS, places, &count);
        add_place(&domain->hosts[i], DNS_SERVICE_DIRECT_TLS, places, &count);
    }
    *ret = places;
    *ret_count = count;
    return GP_OK;
}

size_t app_tlsa_key_count(const struct app_config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->domain_count; i++)
        for (size_t k = 0; k < config->domains[i].host_count; k++)
            count += DNS_SERVICE_COUNT * config->domains[i].hosts[k].address_count;
    return count;
}

void app_tlsa_want_keys(const struct app_domain *domain, const struct app_tlsa_place *place,
                        struct app_wanted_key *keys, size_t *count)
{
    for (size_t i = 0; i < place->host->address_count; i++) {
        struct app_wanted_key *key = &keys[(*count)++];
        *key = (struct app_wanted_key){.owner = place->owner,
                                       .domain = domain->name,
                                       .service = place->service,
                                       .addr = place->host->addresses[i]};
        key->addr.port = place->port;
    }
}

const char *app_tlsa_text(const uint8_t spki_sha256[32], char text[APP_TLSA_TEXT_MAX])
{
    char hex[GP_DIGEST_HEX_MAX];
    snprintf(text, APP_TLSA_TEXT_MAX, "3 1 1 %s", gp_digest_hex(spki_sha256, 32, hex));
    return text;
}

void app_tlsa_put_line(struct gp_buf *out, const struct dns_name *owner, uint32_t ttl_s,
                       const uint8_t spki_sha256[32])
{
    char name[DNS_NAME_TEXT_MAX], text[APP_TLSA_TEXT_MAX];
    gp_buf_printf(out, "%s. %u IN TLSA %s\n", dns_name_text(owner, name), ttl_s,
                  app_tlsa_text(spki_sha256, text));
}
