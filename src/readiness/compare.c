/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/compare.h"

#include <string.h>

static bool is_same_data(struct dns_rdata a, struct dns_rdata b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static size_t count_of(struct dns_rdata data, const struct dns_rdata *records, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += is_same_data(data, records[i]);
    return found;
}

bool app_same_records(const struct dns_rdata *a, size_t a_count, const struct dns_rdata *b,
                      size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (count_of(a[i], a, a_count) != count_of(a[i], b, b_count))
            return false;
    return true;
}

static bool is_same_srv(const struct dns_srv *a, const struct dns_srv *b)
{
    return a->priority == b->priority && a->weight == b->weight && a->port == b->port &&
           dns_name_equal(&a->target, &b->target);
}

/* The plan holds TLSA 3 1 1 alone (RFC 7671, 5.1). */
static bool is_key(const struct dns_tlsa *tlsa, const struct zone_key *key)
{
    return tlsa->usage == 3 && tlsa->selector == 1 && tlsa->matching == 1 &&
           tlsa->data_len == ZONE_KEY_LEN &&
           memcmp(tlsa->data, key->spki_sha256, ZONE_KEY_LEN) == 0;
}

bool app_is_same_record(const struct zone_record *record, struct dns_rdata data)
{
    struct dns_srv srv;
    struct gp_addr addr;
    struct dns_tlsa tlsa;
    switch (record->type) {
    case DNS_TYPE_SRV:
        return dns_srv_decode(data, &srv) == GP_OK && is_same_srv(&srv, &record->data.srv);
    case DNS_TYPE_TLSA:
        return dns_tlsa_decode(data, &tlsa) == GP_OK && is_key(&tlsa, &record->data.key);
    default:
        return dns_addr_decode(record->type, data, &addr) == GP_OK &&
               gp_addr_same_host(&addr, &record->data.addr);
    }
}

/* The plan names each record once, so that with equal numbers all being there is being the same. */
bool app_is_planned(const struct zone_plan *plan, const struct dns_name *owner, enum dns_type type,
                    const struct dns_rdata *records, size_t count)
{
    size_t planned = 0;
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++) {
            const struct zone_record *record = &plan->parts[i].records[k];
            bool is_there = false;
            if (record->type != type || !dns_name_equal(&record->owner, owner))
                continue;
            planned++;
            for (size_t n = 0; n < count && !is_there; n++)
                is_there = app_is_same_record(record, records[n]);
            if (!is_there)
                return false;
        }
    return planned > 0 && planned == count;
}
