/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/refusal.h"

#include "base/digest.h"

#include <string.h>

static enum gp_code refuse_alias(const struct zone_record *record, struct gp_err *err)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    dns_name_text(&record->owner, name);
    if (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA)
        return gp_err_set(err, GP_ERR_INPUT,
                          "%s is an alias (CNAME), and partners give up where a service record "
                          "names one (RFC 2782): publish its addresses there instead, or name "
                          "another host",
                          name);
    return gp_err_set(err, GP_ERR_INPUT,
                      "%s is an alias (CNAME), and a %s record cannot stand beside it (RFC 1034, "
                      "3.6.2): remove the alias first",
                      name, dns_type_text((uint16_t)record->type, type));
}

enum gp_code zone_refuse_aliases(const struct zone_plan *plan,
                                 const struct zone_published *published, struct gp_err *err)
{
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++) {
            const struct zone_record *record = &plan->parts[i].records[k];
            const struct zone_published_set *set =
                zone_published_find(published, &record->owner, record->type);
            if (set && set->is_alias)
                return refuse_alias(record, err);
        }
    return GP_OK;
}

/* Whether TLSA records are to be published for it, and whether one of them is for the key. */
static void look_up(const struct zone_plan *plan, const struct zone_served_key *served,
                    bool *ret_has_records, bool *ret_has_key)
{
    size_t count = 0;
    const struct zone_record *set = zone_plan_set(plan, &served->owner, DNS_TYPE_TLSA, &count);
    *ret_has_records = *ret_has_key = false;
    for (size_t i = 0; i < count; i++) {
        if (set[i].held)
            continue;
        *ret_has_records = true;
        *ret_has_key |= memcmp(set[i].data.tlsa.data, served->key.spki_sha256, ZONE_KEY_LEN) == 0;
    }
}

/* Of what is published already, preparing changes the TTL alone. */
static bool stays(const struct zone_published *published, const struct dns_name *owner,
                  enum zone_profile profile)
{
    const struct zone_published_set *set =
        profile == ZONE_PREPARE ? zone_published_find(published, owner, DNS_TYPE_TLSA) : NULL;
    return set && !set->trouble && set->record_count > 0;
}

enum gp_code zone_refuse_keys(const struct zone_plan *plan, const struct zone_published *published,
                              enum zone_profile profile, struct gp_err *err)
{
    char owner[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX], hex[2 * ZONE_KEY_LEN + 1];
    for (size_t i = 0; i < published->key_count; i++) {
        const struct zone_served_key *served = &published->keys[i];
        bool has_records, has_key;
        if (stays(published, &served->owner, profile))
            continue;
        look_up(plan, served, &has_records, &has_key);
        if (!served->trouble && has_records && !has_key)
            return gp_err_set(err, GP_ERR_INPUT,
                              "TLSA records at %s: none is for the key that %s serves for %s "
                              "(SHA-256 %s), so partners that go by them would turn away (RFC "
                              "7671, 8.4): have the new certificate served first, or name the "
                              "one that is served",
                              dns_name_text(&served->owner, owner),
                              gp_addr_port_text(&served->addr, addr), served->domain.ascii,
                              gp_digest_hex(served->key.spki_sha256, ZONE_KEY_LEN, hex));
    }
    return GP_OK;
}
