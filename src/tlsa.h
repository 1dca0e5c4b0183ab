/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a domain's TLSA records stand, and what the one of a key says. */
#ifndef GP_APP_TLSA_H
#define GP_APP_TLSA_H

#include "base/arena.h"
#include "config/config.h"
#include "readiness/collect/collect.h"

/* A host and a port of it. */
struct app_tlsa_place {
    struct dns_name owner; /* _PORT._tcp.HOST */
    const struct app_host *host;
    enum dns_service service;
    uint16_t port;
};

/* Those of a domain, in the order of the configuration; memory of the arena. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_tlsa_places(const struct app_domain *domain, struct gp_arena *arena,
                                         struct app_tlsa_place **ret, size_t *ret_count,
                                         struct gp_err *err);

/* How many addresses all places of all domains have. */
size_t app_tlsa_key_count(const struct app_config *config);

/* Asks which key each address of the place serves for the domain: appends to keys, which has room.
 */
void app_tlsa_want_keys(const struct app_domain *domain, const struct app_tlsa_place *place,
                        struct app_wanted_key *keys, size_t *count);

/* "3 1 1 ...": DANE-EE, SPKI, SHA2-256 (RFC 7671, 5.1), as dns_rdata_text() has it; returns text.
 */
#define APP_TLSA_TEXT_MAX 80
const char *app_tlsa_text(const uint8_t spki_sha256[32], char text[APP_TLSA_TEXT_MAX]);

/* Appends the record as a line of a zone file. */
void app_tlsa_put_line(struct gp_buf *out, const struct dns_name *owner, uint32_t ttl_s,
                       const uint8_t spki_sha256[32]);

#endif
