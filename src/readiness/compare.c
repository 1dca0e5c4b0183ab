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

bool app_is_sought(enum dns_type type)
{
    return type == DNS_TYPE_SRV || type == DNS_TYPE_A || type == DNS_TYPE_AAAA ||
           type == DNS_TYPE_TLSA;
}

bool app_is_same_reply(const struct app_seen_reply *a, const struct app_seen_reply *b)
{
    return a->is_alias == b->is_alias &&
           app_same_records(a->records, a->count, b->records, b->count);
}

bool app_is_newer_serial(uint32_t serial, uint32_t than)
{
    return (int32_t)(serial - than) > 0;
}

/* How many servers say the same as this one, which counts too. */
static size_t votes_for(const struct app_seen_zone *zone, const struct app_seen_rrset *rrset,
                        size_t server)
{
    size_t votes = 0;
    for (size_t i = 0; i < zone->server_count; i++)
        votes += app_seen_is_word(&rrset->replies[i]) &&
                 app_is_same_reply(&rrset->replies[server], &rrset->replies[i]);
    return votes;
}

static bool says_the_planned(const struct zone_plan *plan, const struct app_seen_rrset *rrset,
                             size_t server)
{
    const struct app_seen_reply *reply = &rrset->replies[server];
    return !reply->is_alias &&
           app_is_planned(plan, &rrset->owner->name, rrset->type, reply->records, reply->count);
}

static bool is_better(const struct zone_plan *plan, const struct app_seen_zone *zone,
                      const struct app_seen_rrset *rrset, size_t a, size_t b)
{
    uint32_t serial_a = zone->servers[a].soa[DNS_UDP].serial;
    uint32_t serial_b = zone->servers[b].soa[DNS_UDP].serial;
    bool a_is_planned = says_the_planned(plan, rrset, a);
    if (a_is_planned != says_the_planned(plan, rrset, b))
        return a_is_planned;
    if (serial_a != serial_b)
        return app_is_newer_serial(serial_a, serial_b);
    return votes_for(zone, rrset, a) > votes_for(zone, rrset, b);
}

size_t app_reference_server(const struct zone_plan *plan, const struct app_seen_zone *zone,
                            const struct app_seen_rrset *rrset)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < zone->server_count; i++)
        if (app_seen_is_word(&rrset->replies[i]) &&
            (best == SIZE_MAX || is_better(plan, zone, rrset, i, best)))
            best = i;
    return best;
}

const struct app_seen_reply *app_agreed(const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    const struct app_seen_reply *agreed = NULL;
    for (size_t i = 0; zone && rrset->replies && i < zone->server_count;) {
        const struct dns_name *name = zone->servers[i].name;
        bool was_heard = false;
        for (; i < zone->server_count && zone->servers[i].name == name; i++) {
            const struct app_seen_reply *reply = &rrset->replies[i];
            if (!app_seen_is_word(reply))
                continue;
            if (reply->is_alias || reply->count == 0 ||
                (agreed && !app_is_same_reply(agreed, reply)))
                return NULL;
            agreed = reply;
            was_heard = true;
        }
        if (!was_heard)
            return NULL;
    }
    return agreed;
}

bool app_is_same_record(const struct zone_record *record, struct dns_rdata data)
{
    struct zone_record other;
    return zone_record_read(record->type, data, &other) == GP_OK &&
           zone_record_same_data(record, &other);
}

/* The plan names each record once, so that with equal numbers all being there is being the same. */
bool app_is_planned(const struct zone_plan *plan, const struct dns_name *owner, enum dns_type type,
                    const struct dns_rdata *records, size_t count)
{
    size_t planned = 0;
    const struct zone_record *set = zone_plan_set(plan, owner, type, &planned);
    for (size_t i = 0; i < planned; i++) {
        bool is_there = false;
        for (size_t k = 0; k < count && !is_there; k++)
            is_there = app_is_same_record(&set[i], records[k]);
        if (!is_there)
            return false;
    }
    return planned > 0 && planned == count;
}

bool app_is_by_wildcard(const struct app_seen_rrset *rrset, size_t server)
{
    const struct app_seen_reply *reply = &rrset->replies[server];
    const struct app_seen_reply *sibling = rrset->siblings ? &rrset->siblings[server] : NULL;
    if (reply->is_wildcard)
        return true;
    return sibling && app_seen_is_word(sibling) && sibling->is_alias == reply->is_alias &&
           (sibling->count > 0 || sibling->is_alias) &&
           app_same_records(sibling->records, sibling->count, reply->records, reply->count);
}

size_t app_count_planned(const struct zone_plan *plan, const struct dns_name *owner,
                         enum dns_type type)
{
    size_t count = 0, planned = 0;
    const struct zone_record *set = zone_plan_set(plan, owner, type, &planned);
    for (size_t i = 0; i < planned; i++)
        count += !set[i].held;
    return count;
}

static bool is_lone_dot(enum dns_type type, const struct dns_rdata *records, size_t count)
{
    struct dns_srv srv;
    return type == DNS_TYPE_SRV && count == 1 && dns_srv_decode(records[0], &srv) == GP_OK &&
           dns_name_is_root(&srv.target);
}

enum zone_standing app_standing(const struct app_observations *seen, const struct zone_plan *plan,
                                const struct dns_name *owner, enum dns_type type)
{
    size_t count = 0, planned = app_count_planned(plan, owner, type);
    const struct app_seen_rrset *rrset = app_observations_rrset(seen, owner, type);
    if (!rrset || rrset->seen != APP_CAME || rrset->answer->outcome == DNS_FAILED)
        return ZONE_UNSEEN;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    if (count == 0)
        return planned > 0 ? ZONE_NOTHING : ZONE_AS_PLANNED;
    if (planned == 0)
        return is_lone_dot(type, records, count) ? ZONE_AS_PLANNED : ZONE_OTHERWISE;
    return app_is_planned(plan, owner, type, records, count) ? ZONE_AS_PLANNED : ZONE_OTHERWISE;
}

bool app_is_switching(const struct app_observations *seen, const struct zone_plan *plan,
                      const struct app_seen_domain *domain)
{
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++) {
        const struct app_seen_rrset *rrset = domain->srv[i];
        if (rrset && app_standing(seen, plan, &rrset->owner->name, rrset->type) == ZONE_OTHERWISE)
            return true;
    }
    return false;
}
