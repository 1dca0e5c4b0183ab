/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBSERVATIONS_BYTES_MAX (1024 * 1048576)

/* What is true of everything at first. */
static const char not_asked[] = "the check ended before it came to this";

/* Keys of the index: what it is, the type of a record set, the name. */
enum kind {
    KIND_ZONE,
    KIND_OWNER,
    KIND_RRSET,
    KIND_DOMAIN,
    KIND_PARENT
};

struct key {
    char bytes[3 + DNS_NAME_WIRE_MAX];
    size_t len;
};

static struct gp_span make_key(struct key *key, enum kind kind, uint16_t type, const void *name,
                               size_t len)
{
    key->bytes[0] = (char)kind;
    key->bytes[1] = (char)(type >> 8);
    key->bytes[2] = (char)(type & 0xff);
    memcpy(key->bytes + 3, name, len);
    key->len = 3 + len;
    return gp_span_make(key->bytes, key->len);
}

struct app_observations *app_observations_create(void)
{
    struct app_observations *seen = calloc(1, sizeof(*seen));
    if (!seen)
        return NULL;
    gp_arena_init(&seen->arena, OBSERVATIONS_BYTES_MAX);
    gp_map_init(&seen->index);
    seen->domains_end = &seen->domains;
    seen->zones_end = &seen->zones;
    seen->owners_end = &seen->owners;
    seen->rrsets_end = &seen->rrsets;
    seen->partners_end = &seen->partners;
    seen->parents_end = &seen->parents;
    seen->gateway.why = not_asked;
    return seen;
}

static void finish_partner(struct app_seen_partner *partner)
{
    dns_route_destroy(partner->route);
    for (struct app_seen_look *look = partner->looks; look; look = look->next)
        fed_probe_result_destroy(look->result);
}

void app_observations_destroy(struct app_observations *seen)
{
    if (!seen)
        return;
    for (struct app_seen_zone *zone = seen->zones; zone; zone = zone->next)
        dns_zone_destroy(zone->zone);
    for (struct app_seen_rrset *rrset = seen->rrsets; rrset; rrset = rrset->next)
        dns_answer_destroy(rrset->answer);
    for (struct app_seen_parent *parent = seen->parents; parent; parent = parent->next)
        dns_zone_destroy(parent->zone);
    for (struct app_seen_domain *domain = seen->domains; domain; domain = domain->next)
        for (struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
            for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
                fed_probe_result_destroy(probe->result);
    for (struct app_seen_partner *partner = seen->partners; partner; partner = partner->next)
        finish_partner(partner);
    if (seen->probe_domain)
        finish_partner(&seen->probe_domain->way);
    gp_map_finish(&seen->index);
    gp_arena_finish(&seen->arena);
    free(seen);
}

/* Zeroed memory that the index finds under key; NULL when there is none. */
static void *make(struct app_observations *seen, struct gp_span key, size_t size)
{
    void *item = gp_arena_alloc(&seen->arena, size);
    return item && gp_map_put(&seen->index, key, item) == GP_OK ? item : NULL;
}

struct app_seen_zone *app_seen_zone(struct app_observations *seen, const struct dns_name *apex)
{
    struct key key;
    struct gp_span at = make_key(&key, KIND_ZONE, 0, apex->wire, apex->len);
    struct app_seen_zone *zone = gp_map_find(&seen->index, at);
    if (!zone && (zone = make(seen, at, sizeof(*zone)))) {
        zone->owners_end = &zone->owners;
        *seen->zones_end = zone;
        seen->zones_end = &zone->next;
    }
    return zone;
}

struct app_seen_owner *app_seen_owner(struct app_observations *seen, const struct dns_name *name)
{
    struct key key;
    struct gp_span at = make_key(&key, KIND_OWNER, 0, name->wire, name->len);
    struct app_seen_owner *owner = gp_map_find(&seen->index, at);
    if (!owner && (owner = make(seen, at, sizeof(*owner)))) {
        owner->name = *name;
        owner->why = not_asked;
        *seen->owners_end = owner;
        seen->owners_end = &owner->next;
    }
    return owner;
}

struct app_seen_rrset *app_seen_rrset(struct app_observations *seen, const struct dns_name *name,
                                      enum dns_type type)
{
    struct key key;
    struct gp_span at = make_key(&key, KIND_RRSET, (uint16_t)type, name->wire, name->len);
    struct app_seen_rrset *rrset = gp_map_find(&seen->index, at);
    if (rrset)
        return rrset;
    struct app_seen_owner *owner = app_seen_owner(seen, name);
    if (!owner || !(rrset = make(seen, at, sizeof(*rrset))))
        return NULL;
    struct app_seen_rrset **end = &owner->rrsets;
    while (*end)
        end = &(*end)->next_of_owner;
    *end = rrset;
    rrset->owner = owner;
    rrset->type = type;
    rrset->why = not_asked;
    *seen->rrsets_end = rrset;
    seen->rrsets_end = &rrset->next;
    return rrset;
}

struct app_seen_domain *app_seen_domain(struct app_observations *seen,
                                        const struct dns_domain *domain)
{
    struct key key;
    struct gp_span at = make_key(&key, KIND_DOMAIN, 0, domain->ascii, strlen(domain->ascii));
    struct app_seen_domain *found = gp_map_find(&seen->index, at);
    if (!found && (found = make(seen, at, sizeof(*found)))) {
        found->domain = *domain;
        found->login.why = not_asked;
        found->host_meta.url = found->posh.url = found->domain.ascii;
        found->host_meta.why = found->posh.why = not_asked;
        found->rehearsal.why = found->rehearsal.login.why = not_asked;
        *seen->domains_end = found;
        seen->domains_end = &found->next;
    }
    return found;
}

struct app_seen_parent *app_seen_parent(struct app_observations *seen, const struct dns_name *name)
{
    struct key key;
    struct gp_span at = make_key(&key, KIND_PARENT, 0, name->wire, name->len);
    struct app_seen_parent *parent = gp_map_find(&seen->index, at);
    if (!parent && (parent = make(seen, at, sizeof(*parent)))) {
        parent->name = *name;
        parent->why = not_asked;
        *seen->parents_end = parent;
        seen->parents_end = &parent->next;
    }
    return parent;
}

const struct app_seen_domain *app_observations_domain(const struct app_observations *seen,
                                                      const struct dns_domain *domain)
{
    struct key key;
    return gp_map_find(&seen->index,
                       make_key(&key, KIND_DOMAIN, 0, domain->ascii, strlen(domain->ascii)));
}

const struct app_seen_owner *app_observations_owner(const struct app_observations *seen,
                                                    const struct dns_name *name)
{
    struct key key;
    return gp_map_find(&seen->index, make_key(&key, KIND_OWNER, 0, name->wire, name->len));
}

const struct app_seen_rrset *app_observations_rrset(const struct app_observations *seen,
                                                    const struct dns_name *name, enum dns_type type)
{
    struct key key;
    return gp_map_find(&seen->index,
                       make_key(&key, KIND_RRSET, (uint16_t)type, name->wire, name->len));
}

struct app_seen_endpoint *app_seen_endpoint(struct app_observations *seen,
                                            struct app_seen_domain *domain)
{
    struct app_seen_endpoint *endpoint = gp_arena_alloc(&seen->arena, sizeof(*endpoint));
    struct app_seen_endpoint **end = &domain->endpoints;
    while (*end)
        end = &(*end)->next;
    *end = endpoint;
    return endpoint;
}

struct app_seen_probe *app_seen_probe(struct app_observations *seen,
                                      struct app_seen_endpoint *endpoint)
{
    struct app_seen_probe *probe = gp_arena_alloc(&seen->arena, sizeof(*probe));
    struct app_seen_probe **end = &endpoint->probes;
    if (!probe)
        return NULL;
    probe->endpoint = endpoint;
    probe->why = probe->told_why = not_asked;
    while (*end)
        end = &(*end)->next;
    *end = probe;
    return probe;
}

struct app_seen_partner *app_seen_partner(struct app_observations *seen,
                                          const struct dns_domain *domain)
{
    struct app_seen_partner *partner = gp_arena_alloc(&seen->arena, sizeof(*partner));
    if (!partner)
        return NULL;
    partner->domain = *domain;
    partner->why = not_asked;
    *seen->partners_end = partner;
    seen->partners_end = &partner->next;
    return partner;
}

struct app_seen_probe_domain *app_seen_probe_domain(struct app_observations *seen,
                                                    const struct dns_domain *domain)
{
    seen->probe_domain = gp_arena_alloc(&seen->arena, sizeof(*seen->probe_domain));
    if (!seen->probe_domain)
        return NULL;
    seen->probe_domain->way.domain = *domain;
    seen->probe_domain->way.why = not_asked;
    return seen->probe_domain;
}

struct app_seen_look *app_seen_look(struct app_observations *seen, struct app_seen_partner *partner)
{
    struct app_seen_look *look = gp_arena_alloc(&seen->arena, sizeof(*look));
    struct app_seen_look **end = &partner->looks;
    if (!look)
        return NULL;
    look->why = not_asked;
    while (*end)
        end = &(*end)->next;
    *end = look;
    return look;
}

bool app_seen_zone_found(struct app_observations *seen, struct app_seen_zone *at,
                         struct dns_zone *zone)
{
    size_t count = 0;
    at->zone = zone;
    for (size_t i = 0; i < zone->server_count; i++)
        count += zone->servers[i].address_count;
    at->servers = gp_arena_alloc(&seen->arena, count * sizeof(*at->servers));
    if (!at->servers)
        return false;
    for (size_t i = 0; i < zone->server_count; i++)
        for (size_t k = 0; k < zone->servers[i].address_count; k++)
            at->servers[at->server_count++] =
                (struct app_seen_server){.name = &zone->servers[i].name,
                                         .addr = zone->servers[i].addresses[k],
                                         .soa = {{.why = not_asked}, {.why = not_asked}}};
    return true;
}

void app_seen_lives_in(struct app_seen_owner *owner, struct app_seen_zone *zone)
{
    owner->seen = APP_CAME;
    owner->why = NULL;
    owner->zone = zone;
    *zone->owners_end = owner;
    zone->owners_end = &owner->next_in_zone;
}

static struct app_seen_reply *make_replies(struct app_observations *seen, size_t count)
{
    struct app_seen_reply *replies = gp_arena_alloc(&seen->arena, count * sizeof(*replies));
    for (size_t i = 0; replies && i < count; i++)
        replies[i].why = not_asked;
    return replies;
}

bool app_seen_replies(struct app_observations *seen, struct app_seen_rrset *rrset)
{
    rrset->replies = make_replies(seen, rrset->owner->zone->server_count);
    return rrset->replies != NULL;
}

bool app_seen_siblings(struct app_observations *seen, struct app_seen_rrset *rrset)
{
    rrset->siblings = make_replies(seen, rrset->owner->zone->server_count);
    return rrset->siblings != NULL;
}

bool app_seen_held(struct app_observations *seen, struct app_seen_rrset *rrset,
                   size_t resolver_count)
{
    rrset->held = make_replies(seen, resolver_count);
    return rrset->held != NULL;
}

bool app_seen_has_records(const struct app_seen_rrset *rrset)
{
    return rrset && rrset->seen == APP_CAME && rrset->answer->outcome == DNS_RECORDS;
}

const struct dns_rdata *app_seen_records(const struct app_seen_rrset *rrset, size_t *ret_count)
{
    bool has_records = app_seen_has_records(rrset);
    *ret_count = has_records ? rrset->answer->count : 0;
    return has_records ? rrset->answer->records : NULL;
}

bool app_seen_has_address(const struct app_seen_rrset *rrset, const struct gp_addr *addr)
{
    struct gp_addr found;
    size_t count = 0;
    const struct dns_rdata *records = rrset ? app_seen_records(rrset, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (dns_addr_decode(rrset->type, records[i], &found) == GP_OK &&
            gp_addr_same_host(&found, addr))
            return true;
    return false;
}

bool app_seen_is_out_of_reach(const struct app_observations *seen, const struct app_seen_zone *zone,
                              const struct app_seen_server *server)
{
    if (server->addr.family == GP_IPV6 ? seen->has_ipv6 : seen->has_ipv4)
        return false;
    for (size_t i = 0; i < zone->server_count; i++)
        if (zone->servers[i].name == server->name && zone->servers[i].soa[DNS_UDP].seen == APP_CAME)
            return true;
    return false;
}

bool app_seen_is_word(const struct app_seen_reply *reply)
{
    return reply->seen == APP_CAME && reply->is_authoritative &&
           (reply->rcode == DNS_RCODE_NOERROR || reply->rcode == DNS_RCODE_NXDOMAIN);
}

const char *app_seen_fault(const struct app_seen_reply *reply, char text[APP_SEEN_FAULT_MAX])
{
    char rcode[DNS_RCODE_TEXT_MAX];
    if (app_seen_is_word(reply))
        return NULL;
    if (reply->seen != APP_CAME)
        return reply->why;
    if (reply->rcode == DNS_RCODE_NOERROR || reply->rcode == DNS_RCODE_NXDOMAIN)
        return "answers without authority: it does not serve the zone";
    snprintf(text, APP_SEEN_FAULT_MAX, "answers %s", dns_rcode_text(reply->rcode, rcode));
    return text;
}
