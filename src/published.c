/* SPDX-License-Identifier: BSD-2-Clause */
#include "published.h"

#include "readiness/compare.h"
#include "readiness/plan.h"
#include "tls_setup.h"
#include "tlsa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES_MAX (64 * 1048576)

void app_published_destroy(struct app_published *published)
{
    if (!published)
        return;
    app_observations_destroy(published->seen);
    zone_plan_destroy(published->plan);
    gp_arena_finish(&published->arena);
    free(published);
}

/* Which record sets. */

static bool is_planned(const struct zone_plan *plan, const struct dns_name *owner,
                       enum dns_type type)
{
    size_t count = 0;
    zone_plan_set(plan, owner, type, &count);
    return count > 0;
}

/* What is wanted: the sets of the plan, and gaps behind them. */
struct list {
    const struct zone_plan *plan;
    struct app_wanted *sets; /* with room for two for each record of the plan */
    size_t count, planned_count;
};

static void add_gap(struct list *list, const struct dns_name *owner, enum dns_type type)
{
    if (is_planned(list->plan, owner, type))
        return;
    for (size_t i = list->planned_count; i < list->count; i++)
        if (list->sets[i].type == type && dns_name_equal(&list->sets[i].owner, owner))
            return;
    list->sets[list->count++] = (struct app_wanted){.owner = *owner, .type = type};
}

/* The other family of a host's addresses, or TLSA records where a service record leads. */
static void add_gap_beside(struct list *list, const struct zone_record *record)
{
    const struct dns_srv *srv = &record->data.srv;
    struct dns_name owner;
    char labels[24];
    if (record->type == DNS_TYPE_A)
        add_gap(list, &record->owner, DNS_TYPE_AAAA);
    if (record->type == DNS_TYPE_AAAA)
        add_gap(list, &record->owner, DNS_TYPE_A);
    if (record->type != DNS_TYPE_SRV || dns_name_is_root(&srv->target))
        return;
    snprintf(labels, sizeof(labels), "_%u._tcp", srv->port);
    if (dns_name_below(labels, &srv->target, &owner) == GP_OK)
        add_gap(list, &owner, DNS_TYPE_TLSA);
}

static bool list_sets(const struct zone_plan *plan, struct gp_arena *arena, struct list *ret)
{
    struct list list = {.plan = plan};
    size_t count = 0;
    for (size_t i = 0; i < plan->part_count; i++)
        count += plan->parts[i].record_count;
    list.sets = gp_arena_alloc(arena, 2 * count * sizeof(*list.sets));
    if (!list.sets)
        return false;
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++) {
            const struct zone_record *record = &plan->parts[i].records[k];
            /* those of one set stand together */
            if (k == 0 || !zone_record_same_set(record, record - 1))
                list.sets[list.count++] =
                    (struct app_wanted){.owner = record->owner, .type = record->type};
        }
    list.planned_count = list.count;
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++)
            add_gap_beside(&list, &plan->parts[i].records[k]);
    *ret = list;
    return true;
}

enum gp_code app_published_wanted(const struct app_config *config, struct gp_arena *arena,
                                  struct app_wanted **ret, size_t *ret_count, struct gp_err *err)
{
    struct zone_plan *plan = NULL;
    struct list list;
    enum gp_code code = app_readiness_plan(config, NULL, &plan, err);
    if (code != GP_OK)
        return code;
    if (list_sets(plan, arena, &list)) {
        *ret = list.sets;
        *ret_count = list.count;
    } else {
        code = gp_err_nomem(err);
    }
    zone_plan_destroy(plan);
    return code;
}

/* Which keys. */

static enum gp_code list_keys(const struct app_config *config, const struct zone_plan *plan,
                              struct gp_arena *arena, struct app_wanted_key *keys, size_t *count,
                              struct gp_err *err)
{
    struct app_tlsa_place *places;
    size_t place_count;
    for (size_t i = 0; i < config->domain_count; i++) {
        const struct app_domain *domain = &config->domains[i];
        enum gp_code code = app_tlsa_places(domain, arena, &places, &place_count, err);
        if (code != GP_OK)
            return code;
        for (size_t k = 0; k < place_count; k++)
            if (is_planned(plan, &places[k].owner, DNS_TYPE_TLSA))
                app_tlsa_want_keys(domain, &places[k], keys, count);
    }
    return GP_OK;
}

enum gp_code app_published_keys(const struct app_config *config, struct gp_arena *arena,
                                struct app_wanted_key **ret, size_t *ret_count, struct gp_err *err)
{
    struct zone_plan *plan = NULL;
    size_t count = 0;
    enum gp_code code = app_readiness_plan(config, NULL, &plan, err);
    if (code != GP_OK)
        return code;
    struct app_wanted_key *keys = gp_arena_alloc(arena, app_tlsa_key_count(config) * sizeof(*keys));
    code = keys ? list_keys(config, plan, arena, keys, &count, err) : gp_err_nomem(err);
    zone_plan_destroy(plan);
    if (code != GP_OK)
        return code;
    *ret = keys;
    *ret_count = count;
    return GP_OK;
}

/* What the servers agree on. */

/* What the server holds for the name itself: a record of a wildcard gives way to the first one that
 * is put there (RFC 4592, 2.2.1), and is not there for an update (RFC 2136, 2.4). */
static struct app_seen_reply own_reply(const struct app_seen_rrset *rrset, size_t server)
{
    struct app_seen_reply reply = rrset->replies[server];
    if (app_is_by_wildcard(rrset, server)) {
        reply.count = 0;
        reply.is_alias = false;
        reply.ttl_s = 0;
    }
    return reply;
}

/* Why no server's word can be taken; "" when there is no memory. */
static const char *explain(struct gp_arena *arena, const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX], fault[APP_SEEN_FAULT_MAX];
    const char *why = "none of its servers has an address";
    if (zone->server_count > 0)
        why = gp_arena_printf(arena, "no server gives an answer that counts; %s (%s): %s",
                              dns_name_text(zone->servers[0].name, name),
                              gp_addr_text(&zone->servers[0].addr, addr),
                              app_seen_fault(&rrset->replies[0], fault));
    return why ? why : "";
}

static const char *explain_difference(struct gp_arena *arena, const struct app_seen_zone *zone,
                                      size_t first, size_t other)
{
    char names[2][DNS_NAME_TEXT_MAX], addrs[2][GP_ADDR_TEXT_MAX];
    const char *text = gp_arena_printf(arena, "%s (%s) and %s (%s) hold different records",
                                       dns_name_text(zone->servers[first].name, names[0]),
                                       gp_addr_text(&zone->servers[first].addr, addrs[0]),
                                       dns_name_text(zone->servers[other].name, names[1]),
                                       gp_addr_text(&zone->servers[other].addr, addrs[1]));
    return text ? text : "";
}

/* False when there is no memory. */
static bool take_records(struct gp_arena *arena, const struct app_seen_reply *reply,
                         struct zone_published_set *set)
{
    set->is_alias = reply->is_alias;
    set->records = gp_arena_alloc(arena, (reply->count + 1) * sizeof(*set->records));
    for (size_t i = 0; i < reply->count && set->records; i++) {
        struct zone_record *record = &set->records[set->record_count];
        *record = (struct zone_record){.owner = set->owner, .ttl_s = set->ttl_s};
        if (zone_record_read(set->type, reply->records[i], record) == GP_OK)
            set->record_count++;
        else
            set->trouble = "what is published is malformed";
    }
    return set->records != NULL;
}

static bool merge(struct gp_arena *arena, const struct app_seen_rrset *rrset,
                  struct zone_published_set *set)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    struct app_seen_reply first = {.seen = APP_NOT_ASKED};
    size_t first_server = 0;
    for (size_t i = 0; i < zone->server_count; i++) {
        struct app_seen_reply reply = own_reply(rrset, i);
        if (!app_seen_is_word(&reply))
            continue;
        if (first.seen == APP_NOT_ASKED) {
            first = reply;
            first_server = i;
        } else if (!app_is_same_reply(&first, &reply)) {
            set->trouble = explain_difference(arena, zone, first_server, i);
        }
        if (reply.ttl_s > set->ttl_s)
            set->ttl_s = reply.ttl_s;
    }
    if (first.seen == APP_NOT_ASKED)
        set->trouble = explain(arena, rrset);
    return set->trouble || take_records(arena, &first, set);
}

/* Why it is not known where a name lives; NULL: it is. Its place in the plan is a guess then, which
 * must not look like knowledge; and to a bogus zone anybody may have led. */
static const char *zone_trouble(const struct app_seen_owner *owner)
{
    if (owner->seen != APP_CAME)
        return owner->why;
    return owner->zone->zone->security == DNS_BOGUS ? "is bogus; gatepost check says why" : NULL;
}

static enum gp_code fill(struct app_published *published, struct gp_err *err)
{
    struct list list;
    char name[DNS_NAME_TEXT_MAX];
    if (!list_sets(published->plan, &published->arena, &list))
        return gp_err_nomem(err);
    published->gaps = &list.sets[list.planned_count];
    published->gap_count = list.count - list.planned_count;
    struct zone_published_set *sets =
        gp_arena_alloc(&published->arena, list.planned_count * sizeof(*sets));
    if (!sets)
        return gp_err_nomem(err);
    published->sets.sets = sets;
    published->sets.set_count = list.planned_count;
    for (size_t i = 0; i < list.planned_count; i++) {
        const struct app_wanted *wanted = &list.sets[i];
        const struct app_seen_rrset *rrset =
            app_observations_rrset(published->seen, &wanted->owner, wanted->type);
        sets[i] = (struct zone_published_set){.owner = wanted->owner, .type = wanted->type};
        if (!rrset)
            return gp_err_set(err, GP_ERR_BUG, "a record set was not asked for");
        const char *trouble = zone_trouble(rrset->owner);
        if (trouble)
            return gp_err_set(err, GP_ERR_DNS, "the zone of %s: %s",
                              dns_name_text(&sets[i].owner, name), trouble);
        if (!merge(&published->arena, rrset, &sets[i]))
            return gp_err_nomem(err);
    }
    return GP_OK;
}

/* False when there is no memory. */
static bool fill_keys(struct app_published *published)
{
    const struct app_observations *seen = published->seen;
    struct zone_served_key *keys =
        gp_arena_alloc(&published->arena, (seen->key_count + 1) * sizeof(*keys));
    for (size_t i = 0; i < seen->key_count && keys; i++) {
        const struct app_seen_key *from = &seen->keys[i];
        keys[i] = (struct zone_served_key){.owner = from->owner,
                                           .domain = from->domain,
                                           .addr = from->addr,
                                           .trouble = from->seen == APP_CAME ? NULL : from->why};
        memcpy(keys[i].key.spki_sha256, from->spki_sha256, ZONE_KEY_LEN);
    }
    published->sets.keys = keys;
    published->sets.key_count = seen->key_count;
    return keys != NULL;
}

enum gp_code app_published_read(const struct app_config *config, struct app_observations *seen,
                                struct app_published **ret, struct gp_err *err)
{
    struct app_published *published = calloc(1, sizeof(*published));
    if (!published) {
        app_observations_destroy(seen);
        return gp_err_nomem(err);
    }
    published->seen = seen;
    gp_arena_init(&published->arena, ARENA_BYTES_MAX);
    enum gp_code code = app_readiness_plan(config, seen, &published->plan, err);
    if (code == GP_OK)
        code = fill(published, err);
    if (code == GP_OK && !fill_keys(published))
        code = gp_err_nomem(err);
    if (code == GP_OK)
        *ret = published;
    else
        app_published_destroy(published);
    return code;
}

/* Asking. */

struct asking {
    struct gp_loop *loop;
    struct app_observations *seen; /* owned */
};

static void on_collected(void *arg, struct app_observations *seen)
{
    struct asking *asking = arg;
    asking->seen = seen;
    gp_loop_stop(asking->loop);
}

static enum gp_code collect(struct asking *asking, const struct app_collect_setup *setup,
                            struct gp_err *err)
{
    enum gp_code code = app_collect_start(setup, on_collected, asking, NULL, err);
    if (code != GP_OK)
        return code;
    gp_loop_run(asking->loop);
    return asking->seen ? GP_OK : gp_err_nomem(err);
}

enum gp_code app_published_collect(const struct app_config *config, const struct app_wanted *sets,
                                   size_t set_count, const struct app_wanted_key *keys,
                                   size_t key_count, uint32_t timeout_ms,
                                   struct app_observations **ret, struct gp_err *err)
{
    struct asking asking = {.loop = gp_loop_create()};
    struct app_collect_setup setup = {.loop = asking.loop,
                                      .config = config,
                                      .sets = sets,
                                      .set_count = set_count,
                                      .keys = keys,
                                      .key_count = key_count,
                                      .timeout_ms = timeout_ms};
    struct dns_resolver *resolver = NULL;
    struct fed_tls *tls = NULL;
    if (!asking.loop)
        return gp_err_nomem(err);
    enum gp_code code = app_tls_create(config, &tls, err);
    if (code == GP_OK)
        code = dns_resolver_create_local(asking.loop, &config->resolver, &resolver, err);
    if (code == GP_OK) {
        setup.resolver = resolver;
        setup.tls = tls;
        code = collect(&asking, &setup, err);
    }
    if (code == GP_OK)
        *ret = asking.seen;
    dns_resolver_destroy(resolver);
    fed_tls_destroy(tls);
    gp_loop_destroy(asking.loop);
    return code;
}

enum gp_code app_published_ask(const struct app_config *config, uint32_t timeout_ms,
                               struct app_published **ret, struct gp_err *err)
{
    struct app_observations *seen = NULL;
    struct app_wanted *sets = NULL;
    struct app_wanted_key *keys = NULL;
    size_t set_count = 0, key_count = 0;
    struct gp_arena arena;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    enum gp_code code = app_published_wanted(config, &arena, &sets, &set_count, err);
    if (code == GP_OK)
        code = app_published_keys(config, &arena, &keys, &key_count, err);
    if (code == GP_OK)
        code =
            app_published_collect(config, sets, set_count, keys, key_count, timeout_ms, &seen, err);
    if (code == GP_OK)
        code = app_published_read(config, seen, ret, err);
    gp_arena_finish(&arena);
    return code;
}
