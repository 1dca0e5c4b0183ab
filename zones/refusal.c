/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/refusal.h"

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

enum gp_code zone_refuse(const struct zone_plan *plan, const struct zone_published *published,
                         struct gp_err *err)
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
