/* SPDX-License-Identifier: BSD-2-Clause */
/* What each address of each authoritative server says, past every cache. */
#include "readiness/collect/collecting.h"

static void ask(struct app_collect *collect, struct app_seen_zone *zone, size_t server,
                const struct dns_name *name, enum dns_type type, enum dns_transport transport,
                struct app_seen_reply *into)
{
    const struct app_ask what = {.server = zone->servers[server].addr,
                                 .zone = zone,
                                 .transport = transport,
                                 .name = name,
                                 .type = type,
                                 .wishes = DNS_WISH_SIGNATURES};
    app_ask(collect, &what, into);
}

/* Whether each server answers at all, over both transports; once for each zone. */
static void ask_soa(struct app_collect *collect, struct app_seen_zone *zone)
{
    if (zone->is_asked)
        return;
    zone->is_asked = true;
    for (size_t i = 0; i < zone->server_count; i++) {
        struct app_seen_reply *soa = zone->servers[i].soa;
        ask(collect, zone, i, &zone->zone->apex, DNS_TYPE_SOA, DNS_UDP, &soa[DNS_UDP]);
        ask(collect, zone, i, &zone->zone->apex, DNS_TYPE_SOA, DNS_TCP, &soa[DNS_TCP]);
    }
}

/* A name beside the owner's that is new each time, so that nothing but a wildcard can answer. */
static bool make_sibling(const struct dns_name *owner, struct dns_name *ret)
{
    char label[GP_RND_ID_MAX];
    struct dns_name parent;
    dns_name_parent(owner, &parent);
    gp_rnd_id(label);
    return dns_name_below(label, &parent, ret) == GP_OK;
}

/* In a signed zone the signature tells where a record comes from (Z8). Who wants record sets to
 * change them has to know it of all. */
static bool needs_sibling(const struct app_collect *collect, const struct app_seen_rrset *rrset)
{
    const struct dns_zone *zone = rrset->owner->zone->zone;
    return zone->security == DNS_INSECURE && !dns_name_equal(&rrset->owner->name, &zone->apex) &&
           (collect->setup.set_count > 0 || rrset->type == DNS_TYPE_SRV ||
            rrset->type == DNS_TYPE_TLSA);
}

static void ask_sibling(struct app_collect *collect, struct app_seen_rrset *rrset)
{
    struct app_seen_zone *zone = rrset->owner->zone;
    struct dns_name sibling;
    if (!make_sibling(&rrset->owner->name, &sibling))
        return;
    if (!app_seen_siblings(collect->seen, rrset)) {
        collect->has_failed = true;
        return;
    }
    for (size_t i = 0; i < zone->server_count; i++)
        ask(collect, zone, i, &sibling, rrset->type, DNS_UDP, &rrset->siblings[i]);
}

void app_ask_servers(struct app_collect *collect, struct app_seen_rrset *rrset)
{
    struct app_seen_zone *zone = rrset->owner->zone;
    if (rrset->replies || rrset->type == DNS_TYPE_DS) /* DS is the parent's (RFC 4035, 2.4) */
        return;
    if (!app_seen_replies(collect->seen, rrset)) {
        collect->has_failed = true;
        return;
    }
    ask_soa(collect, zone);
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_ask what = {.server = zone->servers[i].addr,
                                     .zone = zone,
                                     .name = &rrset->owner->name,
                                     .type = rrset->type,
                                     .wishes = DNS_WISH_SIGNATURES,
                                     .then = app_ask_resolvers,
                                     .rrset = rrset};
        app_ask(collect, &what, &rrset->replies[i]);
    }
    if (needs_sibling(collect, rrset))
        ask_sibling(collect, rrset);
}
