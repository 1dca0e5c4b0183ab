/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/plan.h"

#include "dns/srv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_BYTES_MAX   (64 * 1048576)
#define PLAN_RECORDS_MAX 10000

/* Records in the order of the plan, before anybody said where their owners live. */
struct list {
    const struct zone_settings *settings;
    struct gp_arena *arena;
    size_t count, room;
    struct zone_record *records;
    struct gp_err *err;
};

const char *zone_signing_text(enum zone_signing signing)
{
    static const char *const texts[] = {
        [ZONE_SIGNED] = "signed",
        [ZONE_UNSIGNED] = "not signed",
        [ZONE_NOT_KNOWN] = "not known to be signed",
    };
    return texts[signing];
}

/* A record exists once, however many domains lead to it. reason or the data of a key NULL: there
 * was no memory for it. */
static enum gp_code add(struct list *list, struct zone_record record)
{
    if (!record.reason || (record.type == DNS_TYPE_TLSA && !record.data.tlsa.data))
        return gp_err_nomem(list->err);
    for (size_t i = 0; i < list->count; i++)
        if (zone_record_same_set(&list->records[i], &record) &&
            zone_record_same_data(&list->records[i], &record))
            return GP_OK;
    if (list->count == list->room) {
        size_t room = list->room > 0 ? list->room * 2 : 16;
        struct zone_record *grown = gp_arena_alloc(list->arena, room * sizeof(*grown));
        if (!grown)
            return gp_err_nomem(list->err);
        if (list->count > 0)
            memcpy(grown, list->records, list->count * sizeof(*grown));
        list->records = grown;
        list->room = room;
    }
    if (list->count == PLAN_RECORDS_MAX)
        return gp_err_set(list->err, GP_ERR_LIMIT, "more than %d records", PLAN_RECORDS_MAX);
    list->records[list->count++] = record;
    return GP_OK;
}

static uint16_t port_of(const struct zone_host *host, enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
}

/* Of the domain itself. */

static enum gp_code add_service(struct list *list, const struct zone_home *home,
                                enum dns_service service)
{
    struct zone_record record = {
        .type = DNS_TYPE_SRV, .ttl_s = home->ttl_s, .low_ttl_s = home->low_ttl_s};
    struct dns_name domain;
    bool is_offered = false;
    enum gp_code code = GP_OK;
    dns_name_from_domain(&home->domain, &domain);
    if (dns_name_below(dns_service_labels(service), &domain, &record.owner) != GP_OK)
        return gp_err_set(list->err, GP_ERR_INPUT, "%s is too long to have service records",
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
            gp_arena_printf(list->arena, "Partners of %s connect here with %s (%s).",
                            home->domain.ascii, dns_service_text(service),
                            service == DNS_SERVICE_STARTTLS ? "RFC 6120, 3.2.1" : "XEP-0368");
        code = add(list, record);
    }
    if (is_offered || code != GP_OK)
        return code;
    /* Said aloud, so that nobody falls back to guessing (RFC 2782, "Target"). */
    record.data.srv = (struct dns_srv){.priority = 0};
    code = dns_name_from_text(".", &record.data.srv.target);
    GP_ASSERT(code == GP_OK);
    record.reason = gp_arena_printf(list->arena, "%s offers no %s, and says so (RFC 2782).",
                                    home->domain.ascii, dns_service_text(service));
    return add(list, record);
}

/* Addresses and keys of a host, which several domains may share. */

/* Whether no domain before names the host, so that each host is met once. */
static bool is_first(const struct zone_settings *settings, size_t home, size_t host)
{
    const struct dns_name *name = &settings->homes[home].hosts[host].name;
    for (size_t i = 0; i <= home; i++) {
        size_t end = i == home ? host : settings->homes[i].host_count;
        for (size_t j = 0; j < end; j++)
            if (dns_name_equal(&settings->homes[i].hosts[j].name, name))
                return false;
    }
    return true;
}

static const struct zone_host *find_host(const struct zone_home *home, const struct dns_name *name)
{
    for (size_t i = 0; i < home->host_count; i++)
        if (dns_name_equal(&home->hosts[i].name, name))
            return &home->hosts[i];
    return NULL;
}

/* One record set has one TTL (RFC 2181, 5.2): the least that a domain on the host wants. */
static void share_ttl(const struct zone_settings *settings, struct zone_record *record,
                      const struct dns_name *name)
{
    record->ttl_s = record->low_ttl_s = UINT32_MAX;
    for (size_t i = 0; i < settings->home_count; i++) {
        const struct zone_home *home = &settings->homes[i];
        if (!find_host(home, name))
            continue;
        if (home->ttl_s < record->ttl_s)
            record->ttl_s = home->ttl_s;
        if (home->low_ttl_s < record->low_ttl_s)
            record->low_ttl_s = home->low_ttl_s;
    }
}

static bool is_reachable(const struct zone_settings *settings, const struct gp_addr *addr)
{
    for (size_t i = 0; i < settings->network_count; i++)
        if (gp_network_has(&settings->networks[i], addr))
            return true;
    return gp_addr_reach(addr) == GP_REACH_PUBLIC;
}

static enum gp_code add_addresses(struct list *list, const struct zone_host *host)
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
        return gp_err_set(list->err, GP_ERR_INPUT, "%s is no host name (RFC 1123, 2.1)", name);
    if (host->address_count == 0)
        return gp_err_set(list->err, GP_ERR_INPUT, "host %s has no address", name);
    for (size_t i = 0; i < host->address_count; i++)
        if (!is_reachable(list->settings, &host->addresses[i]))
            return gp_err_set(list->err, GP_ERR_INPUT,
                              "host %s: address %s is %s: partners could not reach it; name its "
                              "network in private-networks if they can",
                              name, gp_addr_text(&host->addresses[i], addr),
                              gp_reach_text(gp_addr_reach(&host->addresses[i])));
    share_ttl(list->settings, &record, &host->name);
    record.reason =
        gp_arena_printf(list->arena, "Address of %s, which service records name.", name);
    for (size_t k = 0; k < GP_ARRAY_LEN(kinds); k++)
        for (size_t i = 0; i < host->address_count && code == GP_OK; i++) {
            if (host->addresses[i].family != kinds[k].family)
                continue;
            record.type = kinds[k].type;
            record.data.addr = host->addresses[i];
            code = add(list, record);
        }
    return code;
}

static bool serves_port(const struct zone_host *host, uint16_t port)
{
    return host && (host->starttls_port == port || host->direct_tls_port == port);
}

/* TLSA 3 1 1 (RFC 7218): DANE-EE, SPKI, SHA2-256. */
static struct dns_tlsa tlsa_of(struct list *list, const struct zone_key *key)
{
    return (struct dns_tlsa){
        .usage = 3,
        .selector = 1,
        .matching = 1,
        .data_len = ZONE_KEY_LEN,
        .data = (const uint8_t *)gp_arena_copy(list->arena, key->spki_sha256, ZONE_KEY_LEN)};
}

/*
 * The keys of every domain that is served on the port. As soon as one of them wants DANE all must
 * be there: the records bind whoever connects to the port, whatever domain it asks for (RFC
 * 7671, 8.1).
 */
static enum gp_code add_keys(struct list *list, const struct dns_name *name, uint16_t port)
{
    const struct zone_settings *settings = list->settings;
    struct zone_record record = {.type = DNS_TYPE_TLSA};
    char labels[24], text[DNS_NAME_TEXT_MAX];
    bool is_wanted = false;
    for (size_t i = 0; i < settings->home_count; i++)
        is_wanted |= settings->homes[i].wants_dane &&
                     serves_port(find_host(&settings->homes[i], name), port);
    if (!is_wanted)
        return GP_OK;
    share_ttl(settings, &record, name);
    snprintf(labels, sizeof(labels), "_%u._tcp", port);
    if (dns_name_below(labels, name, &record.owner) != GP_OK)
        return gp_err_set(list->err, GP_ERR_INPUT, "%s is too long to have TLSA records",
                          dns_name_text(name, text));
    for (size_t i = 0; i < settings->home_count; i++) {
        const struct zone_home *home = &settings->homes[i];
        if (!serves_port(find_host(home, name), port))
            continue;
        for (size_t j = 0; j < home->key_count; j++) {
            record.data.tlsa = tlsa_of(list, &home->keys[j]);
            record.reason = gp_arena_printf(
                list->arena,
                j == 0 ? "Key of the certificate for %s on port %u (RFC 7671, 5.1)."
                       : "The next key for %s on port %u, known before it is used (RFC 7671, 8.1).",
                home->domain.ascii, port);
            enum gp_code code = add(list, record);
            if (code != GP_OK)
                return code;
        }
    }
    return GP_OK;
}

/* Every port that some domain has on the host, STARTTLS first; add() drops what repeats. */
static enum gp_code add_ports(struct list *list, const struct dns_name *name)
{
    const struct zone_settings *settings = list->settings;
    static const enum dns_service services[] = {DNS_SERVICE_STARTTLS, DNS_SERVICE_DIRECT_TLS};
    enum gp_code code = GP_OK;
    for (size_t k = 0; k < GP_ARRAY_LEN(services); k++)
        for (size_t i = 0; i < settings->home_count && code == GP_OK; i++) {
            const struct zone_host *host = find_host(&settings->homes[i], name);
            if (host && port_of(host, services[k]) != 0)
                code = add_keys(list, name, port_of(host, services[k]));
        }
    return code;
}

/* Who may issue certificates. They stand for the domain, so this is where an authority looks first
 * (RFC 8659, 3). */
static enum gp_code add_authorities(struct list *list, const struct zone_home *home)
{
    struct zone_record record = {
        .type = DNS_TYPE_CAA, .ttl_s = home->ttl_s, .low_ttl_s = home->low_ttl_s};
    enum gp_code code = GP_OK;
    dns_name_from_domain(&home->domain, &record.owner);
    for (size_t i = 0; i < home->caa_count && code == GP_OK; i++) {
        const char *value = gp_arena_text(list->arena, home->caa_issues[i]);
        record.data.caa =
            (struct dns_caa){.tag = gp_span_text("issue"), .value = gp_span_text(value)};
        record.reason = value ? gp_arena_printf(list->arena,
                                                "Who may issue certificates for %s and the names "
                                                "below it (RFC 8659).",
                                                home->domain.ascii)
                              : NULL;
        code = add(list, record);
    }
    return code;
}

static enum gp_code collect(const struct zone_settings *settings, struct gp_arena *arena,
                            struct list *ret, struct gp_err *err)
{
    struct list list = {.settings = settings, .arena = arena, .err = err};
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++) {
        code = add_service(&list, &settings->homes[i], DNS_SERVICE_STARTTLS);
        if (code == GP_OK)
            code = add_service(&list, &settings->homes[i], DNS_SERVICE_DIRECT_TLS);
    }
    for (size_t i = 0; i < settings->home_count; i++)
        for (size_t j = 0; j < settings->homes[i].host_count && code == GP_OK; j++)
            if (is_first(settings, i, j))
                code = add_addresses(&list, &settings->homes[i].hosts[j]);
    for (size_t i = 0; i < settings->home_count && code == GP_OK; i++)
        code = add_authorities(&list, &settings->homes[i]);
    for (size_t i = 0; i < settings->home_count; i++)
        for (size_t j = 0; j < settings->homes[i].host_count && code == GP_OK; j++)
            if (is_first(settings, i, j))
                code = add_ports(&list, &settings->homes[i].hosts[j].name);
    *ret = list;
    return code;
}

enum gp_code zone_plan_owners(const struct zone_settings *settings, struct gp_arena *arena,
                              struct dns_name **ret, size_t *ret_count, struct gp_err *err)
{
    struct list list;
    size_t count = 0;
    enum gp_code code = collect(settings, arena, &list, err);
    if (code != GP_OK)
        return code;
    struct dns_name *owners = gp_arena_alloc(arena, list.count * sizeof(*owners));
    if (!owners)
        return gp_err_nomem(err);
    for (size_t i = 0; i < list.count; i++) {
        size_t known = 0;
        while (known < count && !dns_name_equal(&owners[known], &list.records[i].owner))
            known++;
        if (known == count)
            owners[count++] = list.records[i].owner;
    }
    *ret = owners;
    *ret_count = count;
    return GP_OK;
}

/* Zones. */

static const struct zone_place *find_place(const struct zone_place *places, size_t count,
                                           const struct dns_name *owner)
{
    for (size_t i = 0; i < count; i++)
        if (dns_name_equal(&places[i].owner, owner))
            return &places[i];
    return NULL;
}

static enum gp_code check_place(const struct zone_place *place, const struct dns_name *owner,
                                struct gp_err *err)
{
    char name[DNS_NAME_TEXT_MAX], apex[DNS_NAME_TEXT_MAX];
    dns_name_text(owner, name);
    if (!place)
        return gp_err_set(err, GP_ERR_INPUT, "the zone of %s is not known", name);
    if (!dns_name_is_within(owner, &place->apex))
        return gp_err_set(err, GP_ERR_INPUT, "%s lies outside of the zone %s", name,
                          dns_name_text(&place->apex, apex));
    return GP_OK;
}

/* The part for a zone, begun when it is new; plan->parts has room for it. */
static struct zone_part *part_of(struct zone_plan *plan, const struct zone_place *place)
{
    for (size_t i = 0; i < plan->part_count; i++)
        if (dns_name_equal(&plan->parts[i].apex, &place->apex))
            return &plan->parts[i];
    struct zone_part *part = &plan->parts[plan->part_count++];
    part->apex = place->apex;
    part->signing = place->signing;
    return part;
}

/* A TLSA record that no signature covers is ignored by everybody (RFC 6698, 4.1): it would only
 * mislead. */
static const char *held_back(const struct zone_record *record, enum zone_signing signing)
{
    if (record->type != DNS_TYPE_TLSA || signing == ZONE_SIGNED)
        return NULL;
    return signing == ZONE_UNSIGNED
               ? "The zone is not signed, so nobody would use this record: sign the zone first."
               : "Whether the zone is signed was not looked up; in a signed zone publish this "
                 "record.";
}

/* Which zones there are and how many records each has, with memory for them. */
static enum gp_code make_parts(struct zone_plan *plan, const struct list *list,
                               const struct zone_place *places, size_t place_count,
                               struct gp_err *err)
{
    plan->parts = gp_arena_alloc(&plan->arena, list->count * sizeof(*plan->parts));
    if (!plan->parts)
        return gp_err_nomem(err);
    for (size_t i = 0; i < list->count; i++) {
        const struct dns_name *owner = &list->records[i].owner;
        const struct zone_place *place = find_place(places, place_count, owner);
        enum gp_code code = check_place(place, owner, err);
        if (code != GP_OK)
            return code;
        part_of(plan, place)->record_count++;
    }
    for (size_t i = 0; i < plan->part_count; i++) {
        struct zone_part *part = &plan->parts[i];
        part->records = gp_arena_alloc(&plan->arena, part->record_count * sizeof(*part->records));
        if (!part->records)
            return gp_err_nomem(err);
        part->record_count = 0;
    }
    return GP_OK;
}

static enum gp_code fill(struct zone_plan *plan, const struct zone_settings *settings,
                         const struct zone_place *places, size_t place_count, struct gp_err *err)
{
    struct list list;
    enum gp_code code = collect(settings, &plan->arena, &list, err);
    if (code == GP_OK)
        code = make_parts(plan, &list, places, place_count, err);
    for (size_t i = 0; i < list.count && code == GP_OK; i++) {
        struct zone_record *record = &list.records[i];
        struct zone_part *part = part_of(plan, find_place(places, place_count, &record->owner));
        record->held = held_back(record, part->signing);
        part->records[part->record_count++] = *record;
    }
    return code;
}

enum gp_code zone_plan_create(const struct zone_settings *settings, const struct zone_place *places,
                              size_t place_count, struct zone_plan **ret, struct gp_err *err)
{
    struct zone_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return gp_err_nomem(err);
    gp_arena_init(&plan->arena, PLAN_BYTES_MAX);
    enum gp_code code = fill(plan, settings, places, place_count, err);
    if (code == GP_OK)
        *ret = plan;
    else
        zone_plan_destroy(plan);
    return code;
}

void zone_plan_destroy(struct zone_plan *plan)
{
    if (!plan)
        return;
    gp_arena_finish(&plan->arena);
    free(plan);
}
