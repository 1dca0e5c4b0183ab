/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/plan_impl.h"

#include <stdlib.h>

#define PLAN_BYTES_MAX (256 * 1048576)

const char *zone_signing_text(enum zone_signing signing)
{
    static const char *const texts[] = {
        [ZONE_SIGNED] = "signed",
        [ZONE_UNSIGNED] = "not signed",
        [ZONE_NOT_KNOWN] = "not known to be signed",
    };
    return texts[signing];
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

/* Where an owner lives. */
struct home {
    const struct zone_place *place;
    struct zone_part *part; /* NULL: not begun */
};

/* While the plan is made. */
struct making {
    struct zone_plan *plan;
    struct gp_map homes; /* by owner; in the plan's arena */
    struct gp_map parts; /* by apex; of the plan */
    struct gp_err *err;
};

static bool index_places(struct making *making, const struct zone_place *places, size_t count)
{
    struct home *homes = gp_arena_alloc(&making->plan->arena, count * sizeof(*homes));
    for (size_t i = 0; homes && i < count; i++) {
        homes[i].place = &places[i];
        if (gp_map_put(&making->homes, dns_name_span(&places[i].owner), &homes[i]) != GP_OK)
            return false;
    }
    return homes != NULL;
}

/* Begins the part of the zone when it is new; the plan has room for it. False when there is no
 * memory. */
static bool find_part(struct making *making, struct home *home)
{
    struct gp_span apex = dns_name_span(&home->place->apex);
    home->part = gp_map_find(&making->parts, apex);
    if (home->part)
        return true;
    home->part = &making->plan->parts[making->plan->part_count++];
    home->part->apex = home->place->apex;
    home->part->signing = home->place->signing;
    return gp_map_put(&making->parts, apex, home->part) == GP_OK;
}

/* Which zones there are and how many records each has, with memory for them. */
static enum gp_code make_parts(struct making *making, const struct zone_plan_list *list)
{
    struct zone_plan *plan = making->plan;
    plan->parts = gp_arena_alloc(&plan->arena, list->count * sizeof(*plan->parts));
    if (!plan->parts)
        return gp_err_nomem(making->err);
    for (size_t i = 0; i < list->count; i++) {
        const struct dns_name *owner = &list->records[i].owner;
        struct home *home = gp_map_find(&making->homes, dns_name_span(owner));
        enum gp_code code = check_place(home ? home->place : NULL, owner, making->err);
        if (code == GP_OK && !home->part && !find_part(making, home))
            code = gp_err_nomem(making->err);
        if (code != GP_OK)
            return code;
        home->part->record_count++;
    }
    for (size_t i = 0; i < plan->part_count; i++) {
        struct zone_part *part = &plan->parts[i];
        part->records = gp_arena_alloc(&plan->arena, part->record_count * sizeof(*part->records));
        if (!part->records)
            return gp_err_nomem(making->err);
        part->record_count = 0;
    }
    return GP_OK;
}

static void fill_parts(struct making *making, struct zone_plan_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct zone_record *record = &list->records[i];
        const struct home *home = gp_map_find(&making->homes, dns_name_span(&record->owner));
        struct zone_part *part = home->part;
        struct dns_set_key key;
        struct zone_plan_set *set =
            gp_map_find(&making->plan->sets, dns_set_key(&key, &record->owner, record->type));
        record->held = held_back(record, part->signing);
        part->records[part->record_count] = *record;
        if (set->first == i)
            set->records = &part->records[part->record_count];
        part->record_count++;
    }
}

static enum gp_code make(struct making *making, const struct zone_settings *settings)
{
    struct zone_plan *plan = making->plan;
    struct zone_plan_list list;
    enum gp_code code = zone_plan_list(settings, &plan->arena, &plan->sets, &list, making->err);
    if (code == GP_OK)
        code = make_parts(making, &list);
    if (code == GP_OK)
        fill_parts(making, &list);
    return code;
}

enum gp_code zone_plan_create(const struct zone_settings *settings, const struct zone_place *places,
                              size_t place_count, struct zone_plan **ret, struct gp_err *err)
{
    struct making making = {.plan = calloc(1, sizeof(*making.plan)), .err = err};
    if (!making.plan)
        return gp_err_nomem(err);
    gp_arena_init(&making.plan->arena, PLAN_BYTES_MAX);
    gp_map_init(&making.plan->sets);
    gp_map_init(&making.homes);
    gp_map_init(&making.parts);
    enum gp_code code =
        index_places(&making, places, place_count) ? make(&making, settings) : gp_err_nomem(err);
    gp_map_finish(&making.homes);
    gp_map_finish(&making.parts);
    if (code == GP_OK)
        *ret = making.plan;
    else
        zone_plan_destroy(making.plan);
    return code;
}

void zone_plan_destroy(struct zone_plan *plan)
{
    if (!plan)
        return;
    gp_map_finish(&plan->sets);
    gp_arena_finish(&plan->arena);
    free(plan);
}

const struct zone_record *zone_plan_set(const struct zone_plan *plan, const struct dns_name *owner,
                                        enum dns_type type, size_t *ret_count)
{
    struct dns_set_key key;
    const struct zone_plan_set *set = gp_map_find(&plan->sets, dns_set_key(&key, owner, type));
    *ret_count = set ? set->count : 0;
    return set ? set->records : NULL;
}

/* Owners. */

static enum gp_code list_owners(const struct zone_plan_list *list, struct gp_map *known,
                                struct gp_arena *arena, struct dns_name **ret, size_t *ret_count)
{
    struct dns_name *owners = gp_arena_alloc(arena, list->count * sizeof(*owners));
    size_t count = 0;
    if (!owners)
        return GP_ERR_NOMEM;
    for (size_t i = 0; i < list->count; i++) {
        struct gp_span owner = dns_name_span(&list->records[i].owner);
        if (gp_map_find(known, owner))
            continue;
        owners[count] = list->records[i].owner;
        if (gp_map_put(known, owner, &owners[count++]) != GP_OK)
            return GP_ERR_NOMEM;
    }
    *ret = owners;
    *ret_count = count;
    return GP_OK;
}

enum gp_code zone_plan_owners(const struct zone_settings *settings, struct gp_arena *arena,
                              struct dns_name **ret, size_t *ret_count, struct gp_err *err)
{
    struct zone_plan_list list;
    struct gp_map sets, known;
    gp_map_init(&sets);
    gp_map_init(&known);
    enum gp_code code = zone_plan_list(settings, arena, &sets, &list, err);
    if (code == GP_OK && list_owners(&list, &known, arena, ret, ret_count) != GP_OK)
        code = gp_err_nomem(err);
    gp_map_finish(&sets);
    gp_map_finish(&known);
    return code;
}
