/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a domain is on the way from its key to the next: which TLSA records each name server has,
 * since when, which key is served, and what is next. Made of what was seen and of what the journal
 * remembers; plain data.
 */
#ifndef GP_APP_TLSA_VIEW_H
#define GP_APP_TLSA_VIEW_H

#include "readiness/journal/sighting.h"
#include "tlsa.h"
#include "zones/rollover.h"

/* What one address of a name server has at one place. */
struct app_tlsa_server {
    const struct dns_name *name;
    struct gp_addr addr;
    const char *trouble; /* why it is not known, printable; NULL: it is */
    bool has_current, has_next;
    uint32_t ttl_s;
};

/* Which key an address serves for the domain. */
struct app_tlsa_served {
    struct gp_addr addr; /* with the port */
    const char *trouble; /* why it is not known, printable; NULL: it is */
    uint8_t spki_sha256[32];
    bool is_current, is_next;
    enum zone_key_state state; /* what partners know of it */
};

struct app_tlsa_view_place {
    const struct app_tlsa_place *place;
    const char *trouble; /* why nothing is known of its zone; NULL: it is */
    struct zone_rollover_place standing;
    size_t server_count, served_count, other_count;
    struct app_tlsa_server *servers; /* those that this machine can reach */
    struct app_tlsa_served *served;
    const char **others; /* "3 1 1 ...": records of other keys, each once */
};

struct app_tlsa_view {
    const struct app_domain *domain;
    bool has_next; /* a next key that is not the present one */
    enum zone_rollover verdict;
    int64_t ready_s; /* of ZONE_ROLLOVER_WAIT, else 0 */
    int64_t since_s; /* since when all servers have had both keys, everywhere; 0: they have not */
    const char *sentence; /* what is next */
    size_t place_count;
    struct app_tlsa_view_place *places;
};

/* config, domain, seen and histories are borrowed as long as the view is used; memory of the arena.
 * Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code
app_tlsa_view(const struct app_config *config, const struct app_domain *domain,
              const struct app_observations *seen, const struct app_histories *histories,
              int64_t now_s, struct gp_arena *arena, struct app_tlsa_view *ret, struct gp_err *err);

/* Appends the records that are to be published, a line of a zone file each; nothing when none is.
 */
void app_tlsa_view_put_lines(const struct app_tlsa_view *view, struct gp_buf *out);

#endif
