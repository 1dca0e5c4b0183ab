/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records the settings call for, wherever they will live. */
#include "zones/plan_impl.h"

#include "dns/srv.h"

#include <stdio.h>
#include <string.h>

#define PLAN_RECORDS_MAX 100000

/* A domain on a host. */
struct user {
    struct user *next;
    const struct zone_home *home;
    const struct zone_host *host; /* as the domain has it */
};

/* Those of one host, in the order of the settings. */
struct users {
    struct user *first, **end;
};

struct listing {
    const struct zone_settings *settings;
    struct gp_arena *arena;
    struct gp_map hosts; /* by name: struct users, in the arena */
    struct gp_map *sets; /* by owner and type: struct zone_plan_set, in the arena */
    size_t room;
    struct zone_plan_list list;
    struct gp_err *err;
};

/* Which domains share a host. */

static const struct user *users_of(const struct listing *listing, const struct dns_name *name)
{
    const struct users *users = gp_map_find(&listing->hosts, dns_name_span(name));
    return users->first;
}

static bool add_user(struct listing *listing, const struct zone_home *home,
                     const struct zone_host *host)
{
    struct users *users = gp_map_find(&listing->hosts, dns_name_span(&host->name));
    struct user *user = gp_arena_alloc(listing->arena, sizeof(*user));
    if (!user)
        return false;
    if (!users) {
        users = gp_arena_alloc(listing->arena, sizeof(*users));
        if (!users || gp_map_put(&listing->hosts, dns_name_span(&host->name), users) != GP_OK)
            return false;
        users->end = &users->first;
    }
    *user = (struct user){.home = home, .host = host};
    *users->end = user;
    users->end = &user->next;
    return true;
}

static bool list_users(struct listing *listing)
{
    const struct zone_settings *settings = listing->settings;
    for (size_t i = 0; i < settings->home_count; i++)
        for (size_t j = 0; j < settings->homes[i].host_count; j++)
            if (!add_user(listing, &settings->homes[i], &settings->homes[i].hosts[j]))
                return false;
    return true;
}

/* The list. */

/* The set that a record belongs to, begun when it is new. NULL when there is no memory. */
static struct zone_plan_set *set_of(struct listing *listing, const struct zone_record *record)
{
    struct dns_set_key key;
    struct gp_span at = dns_set_key(&key, &record->owner, record->type);
    struct zone_plan_set *set = gp_map_find(listing->sets, at);
    if (set)
        return set;
    set = gp_arena_alloc(listing->arena, sizeof(*set));
    if (!set || gp_map_put(listing->sets, at, set) != GP_OK)
        return NULL;
    set->first = listing->list.count;
    return set;
}

static bool has_record(const struct zone_plan_list *list, const struct zone_plan_set *set,
                       const struct zone_record *record)
{
    for (size_t i = 0; i < set->count; i++)
        if (zone_record_same_data(&list->records[set->first + i], record))
            return true;
    return false;
}

static bool make_room(struct listing *listing)
{
    struct zone_plan_list *list = &listing->list;
    size_t room = listing->room > 0 ? listing->room * 2 : 16;
    if (list->count < listing->room)
        return true;
    struct zone_record *grown = gp_arena_alloc(listing->arena, room * sizeof(*grown));
    if (!grown)
        return false;
    if (list->count > 0)
        memcpy(grown, list->records, list->count * sizeof(*grown));
    list->records = grown;
    listing->room = room;
    return true;
}

/* A record exists once, however many domains lead to it. reason or the data of a key NULL: there
 * was no memory for it. */
static enum gp_code add(struct listing *listing, struct zone_record record)
{
    struct zone_plan_list *list = &listing->list;
    struct zone_plan_set *set;
    if (!record.reason || (record.type == DNS_TYPE_TLSA && !record.data.tlsa.data) ||
        !(set = set_of(listing, &record)))
        return gp_err_nomem(listing->err);
    if (has_record(list, set, &record))
        return GP_OK;
    if (list->count == PLAN_RECORDS_MAX)
        return gp_err_set(listing->err, GP_ERR_LIMIT, "more than %d records", PLAN_RECORDS_MAX);
    if (!make_room(listing))
        return gp_err_nomem(listing->err);
    GP_ASSERT(set->first + set->count == list->count); /* those of one set stand together */
    list->records[list->count++] = record;
    set->count++;
    return GP_OK;
}

static uint16_t port_of(const struct zone_host *host, enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
}

/* Of the domain itself. */

static enum gp_code add_service(struct listing *listing, const struct zone_home *home,
                                enum dns_service service)
{
    struct zone_record record = {
        .type = DNS_TYPE_SRV, .ttl_s = home->ttl_s, .low_ttl_s = home->low_ttl_s};
    struct dns_name domain;
    bool is_offered = false;
    enum gp_code code = GP_OK;
    dns_name_from_domain(&home->domain, &domain);
    if (dns_name_below(dns_service_labels(service), &domain, &record.owner) != GP_OK)
        return gp_err_set(listing->err, GP_ERR_INPUT, "%s is too long to have service records",
                          home->domain.ascii);
    for (size_t i = 0; i < home->host_count && code == GP_OK; i++) {
        const struct zone_host *host = &home->hosts[i];
        if (port_of(host, service) == 0)
            continue;
        is_offered = true;
        record.data.srv = (struct dns_srv){.priority = host->priority,
                                           .weight = host->weight,
                                           .port = port_of(host, service),
                                           .target = host->name};
        record.reason =
            gp_arena_printf(listing->arena, "Partners of %s connect here with %s (%s).",
                            home->domain.ascii, dns_service_text(service),
                            service == DNS_SERVICE_STARTTLS ? "RFC 6120, 3.2.1" : "XEP-0368");
        code = add(listing, record);
    }
    if (is_offered || code != GP_OK)
        return code;
    /* Said aloud, so that nobody falls back to guessing (RFC 2782, "Target"). */
    record.data.srv = (struct dns_srv){.priority = 0};
    code = dns_name_from_text(".", &record.data.srv.target);
    GP_ASSERT(code == GP_OK);
    record.reason = gp_arena_printf(listing->arena, "%s offers no %s, and says so (RFC 2782).",
                                    home->domain.ascii, dns_service_text(service));
    return add(listing, record);
}

/* Addresses and keys of a host, which several domains may share. */

/* One record set has one TTL (RFC 2181, 5.2): the least that a domain on the host wants. */
static void share_ttl(const struct user *users, struct zone_record *record)
{
    record->ttl_s = record->low_ttl_s = UINT32_MAX;
    for (const struct user *at = users; at; at = at->next) {
        if (at->home->ttl_s < record->ttl_s)
            record->ttl_s = at->home->ttl_s;
        if (at->home->low_ttl_s < record->low_ttl_s)
            record->low_ttl_s = at->home->low_ttl_s;
    }
}

static bool is_reachable(const struct zone_settings *settings, const struct gp_addr *addr)
{
    for (size_t i = 0; i < settings->network_count; i++)
        if (gp_network_has(&settings->networks[i], addr))
            return true;
    return gp_addr_reach(addr) == GP_REACH_PUBLIC;
}

static enum gp_code add_addresses(struct listing *listing, const struct zone_host *host)
{
    static const struct {
        enum gp_family family;
        enum dns_type type;
    } kinds[] = {{GP_IPV4, DNS_TYPE_A}, {GP_IPV6, DNS_TYPE_AAAA}};
    struct zone_record record = {.owner = host->name};
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    enum gp_code code = GP_OK;
    dns_name_text(&host->name, name);
    if (!dns_name_is_host(&host->name))
        return gp_err_set(listing->err, GP_ERR_INPUT, "%s is no host name (RFC 1123, 2.1)", name);
    if (host->address_count == 0)
        return gp_err_set(listing->err, GP_ERR_INPUT, "host %s has no address", name);
    for (size_t i = 0; i < host->address_count; i++)
        if (!is_reachable(listing->settings, &host->addresses[i]))
            return gp_err_set(listing->err, GP_ERR_INPUT,
                              "host %s: address %s is %s: partners could not reach it; name its "
                              "network in private-networks if they can",
                              name, gp_addr_text(&host->addresses[i], addr),
                              gp_reach_text(gp_addr_reach(&host->addresses[i])));
    share_ttl(users_of(listing, &host->name), &record);
    record.reason =
        gp_arena_printf(listing->arena, "Address of %s, which service records name.", name);
    for (size_t k = 0; k < GP_ARRAY_LEN(kinds); k++)
        for (size_t i = 0; i < host->address_count && code == GP_OK; i++) {
            if (host->addresses[i].family != kinds[k].family)
                continue;
            record.type = kinds[k].type;
            record.data.addr = host->addresses[i];
            code = add(listing, record);
        }
    return code;
}

static bool serves_port(const struct zone_host *host, uint16_t port)
{
    return host->starttls_port == port || host->direct_tls_port == port;
}

/* TLSA 3 1 1 (RFC 7218): DANE-EE, SPKI, SHA2-256. */
static struct dns_tlsa tlsa_of(struct listing *listing, const struct zone_key *key)
{
    return (struct dns_tlsa){
        .usage = 3,
        .selector = 1,
        .matching = 1,
        .data_len = ZONE_KEY_LEN,
        .data = (const uint8_t *)gp_arena_copy(listing->arena, key->spki_sha256, ZONE_KEY_LEN)};
}

static enum gp_code add_keys_of(struct listing *listing, const struct zone_home *home,
                                uint16_t port, struct zone_record *record)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < home->key_count && code == GP_OK; i++) {
        record->data.tlsa = tlsa_of(listing, &home->keys[i]);
        record->reason = gp_arena_printf(
            listing->arena,
            i == 0 ? "Key of the certificate for %s on port %u (RFC 7671, 5.1)."
                   : "The next key for %s on port %u, known before it is used (RFC 7671, 8.1).",
            home->domain.ascii, port);
        code = add(listing, *record);
    }
    return code;
}

/*
 * The keys of every domain that is served on the port. As soon as one of them wants DANE all must
 * be there: the records bind whoever connects to the port, whatever domain it asks for (RFC
 * 7671, 8.1).
 */
static enum gp_code add_keys(struct listing *listing, const struct dns_name *name, uint16_t port)
{
    const struct user *users = users_of(listing, name);
    struct zone_record record = {.type = DNS_TYPE_TLSA};
    char labels[24], text[DNS_NAME_TEXT_MAX];
    struct dns_set_key key;
    bool is_wanted = false;
    enum gp_code code = GP_OK;
    snprintf(labels, sizeof(labels), "_%u._tcp", port);
    bool has_name = dns_name_below(labels, name, &record.owner) == GP_OK;
    if (has_name && gp_map_find(listing->sets, dns_set_key(&key, &record.owner, record.type)))
        return GP_OK; /* another domain has led here */
    for (const struct user *at = users; at && !is_wanted; at = at->next)
        is_wanted = at->home->wants_dane && serves_port(at->host, port);
    if (!is_wanted)
        return GP_OK;
    if (!has_name)
        return gp_err_set(listing->err, GP_ERR_INPUT, "%s is too long to have TLSA records",
                          dns_name_text(name, text));
    share_ttl(users, &record);
    for (const struct user *at = users; at && code == GP_OK; at = at->next)
        if (serves_port(at->host, port))
            code = add_keys_of(listing, at->home, port, &record);
    return code;
}

/* Every port that some domain has on the host, STARTTLS first. */
static enum gp_code add_ports(struct listing *listing, const struct zone_host *host)
{
    static const enum dns_service services[] = {DNS_SERVICE_STARTTLS, DNS_SERVICE_DIRECT_TLS};
    enum gp_code code = GP_OK;
    for (size_t k = 0; k < GP_ARRAY_LEN(services); k++) {
        uint16_t last = 0; /* mostly all have the same */
        for (const struct user *at = users_of(listing, &host->name); at && code == GP_OK;
             at = at->next) {
            uint16_t port = port_of(at->host, services[k]);
            if (port != 0 && port != last)
                code = add_keys(listing, &host->name, port);
            last = port;
        }
    }
    return code;
}

/* Who may issue certificates. They stand for the domain, so this is where an authority looks first
 * (RFC 8659, 3). */
static enum gp_code add_authorities(struct listing *listing, const struct zone_home *home)
{
    struct zone_record record = {
        .type = DNS_TYPE_CAA, .ttl_s = home->ttl_s, .low_ttl_s = home->low_ttl_s};
    enum gp_code code = GP_OK;
    dns_name_from_domain(&home->domain, &record.owner);
    for (size_t i = 0; i < home->caa_count && code == GP_OK; i++) {
        const char *value = gp_arena_text(listing->arena, home->caa_issues[i]);
        record.data.caa =
            (struct dns_caa){.tag = gp_span_text("issue"), .value = gp_span_text(value)};
        record.reason = value ? gp_arena_printf(listing->arena,
                                                "Who may issue certificates for %s and the names "
                                                "below it (RFC 8659).",
                                                home->domain.ascii)
                              : NULL;
        code = add(listing, record);
    }
    return code;
}

/* Each host once: as the first domain that names it has it. */
static enum gp_code each_host(struct listing *listing,
                              enum gp_code (*add_of)(struct listing *listing,
                                                     const struct zone_host *host))
{
    const struct zone_settings *settings = listing->settings;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < settings->home_count; i++)
        for (size_t j = 0; j < settings->homes[i].host_count && code == GP_OK; j++) {
            const struct zone_host *host = &settings->homes[i].hosts[j];
            if (users_of(listing, &host->name)->host == host)
                code = add_of(listing, host);
        }
    return code;
}

static enum gp_code add_all(struct listing *listing)
{
    const struct zone_settings *settings = listing->settings;
    enum gp_code code = list_users(listing) ? GP_OK : gp_err_nomem(listing->err);
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++) {
        code = add_service(listing, &settings->homes[i], DNS_SERVICE_STARTTLS);
        if (code == GP_OK)
            code = add_service(listing, &settings->homes[i], DNS_SERVICE_DIRECT_TLS);
    }
    if (code == GP_OK)
        code = each_host(listing, add_addresses);
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++)
        code = add_authorities(listing, &settings->homes[i]);
    if (code == GP_OK)
        code = each_host(listing, add_ports);
    return code;
}

enum gp_code zone_plan_list(const struct zone_settings *settings, struct gp_arena *arena,
                            struct gp_map *sets, struct zone_plan_list *ret, struct gp_err *err)
{
    struct listing listing = {.settings = settings, .arena = arena, .sets = sets, .err = err};
    gp_map_init(&listing.hosts);
    enum gp_code code = add_all(&listing);
    gp_map_finish(&listing.hosts);
    if (code == GP_OK)
        *ret = listing.list;
    return code;
}
