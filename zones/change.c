/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/change.h"

#include "base/text.h"

const struct zone_profile_row *zone_profiles(void)
{
    static const struct zone_profile_row rows[] = {
        [ZONE_PREPARE] = {"prepare",
                          "what is published now, and hosts that are new, with the low TTL"},
        [ZONE_SWITCH] = {"switch", "the new records, with the low TTL"},
        [ZONE_STEADY] = {"steady", "the new records, with the long TTL"},
    };
    _Static_assert(GP_ARRAY_LEN(rows) == ZONE_PROFILE_COUNT, "a row for each profile");
    return rows;
}

/* What is published stays, but for its TTL: the less of it that caches keep, the sooner a change
 * reaches everybody. */
static bool lower(struct gp_arena *arena, struct zone_set *set, uint32_t low_ttl_s)
{
    struct zone_record *after = gp_arena_alloc(arena, (set->before_count + 1) * sizeof(*after));
    set->after = after;
    set->after_count = set->before_count;
    set->held = NULL; /* it is published already */
    for (size_t i = 0; i < set->before_count && after; i++) {
        after[i] = set->before[i];
        if (after[i].ttl_s > low_ttl_s)
            after[i].ttl_s = low_ttl_s;
        after[i].reason = "As it is published now, kept by caches no longer than a change bears.";
    }
    return after != NULL;
}

/* CAA also says who may issue wildcards and whom to tell, which is nobody's plan here. */
static bool is_of_others(const struct zone_record *record)
{
    return record->type == DNS_TYPE_CAA &&
           !gp_text_equal_nocase(record->data.caa.tag, gp_span_text("issue"));
}

static bool replace(struct gp_arena *arena, struct zone_set *set, const struct zone_record *planned,
                    size_t count, enum zone_profile profile)
{
    uint32_t ttl_s = profile == ZONE_STEADY ? planned->ttl_s : planned->low_ttl_s;
    struct zone_record *after = gp_arena_alloc(arena, (count + set->before_count) * sizeof(*after));
    if (!after)
        return false;
    memcpy(after, planned, count * sizeof(*after));
    for (size_t i = 0; i < set->before_count; i++)
        if (is_of_others(&set->before[i])) {
            after[count] = set->before[i];
            after[count++].reason = "As it is published now: not about the plain issuers.";
        }
    for (size_t i = 0; i < count; i++)
        after[i].ttl_s = ttl_s;
    set->after = after;
    set->after_count = count;
    return true;
}

enum gp_code zone_set_unknown(const struct zone_set *set, struct gp_err *err)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    return gp_err_set(err, GP_ERR_DNS, "what is published as %s of %s is not known: %s",
                      dns_type_text((uint16_t)set->type, type), dns_name_text(&set->owner, name),
                      set->trouble);
}

/* Those of one set stand together. */
static size_t count_set(const struct zone_part *part, size_t first)
{
    size_t end = first + 1;
    while (end < part->record_count &&
           zone_record_same_set(&part->records[end], &part->records[first]))
        end++;
    return end - first;
}

/* Nobody is led to a host before a service record names it: what it needs is published days before,
 * so that its absence has left the caches by then. */
static bool is_early(const struct zone_set *set)
{
    return set->before_count == 0 && set->type != DNS_TYPE_SRV && set->type != DNS_TYPE_CAA;
}

static enum gp_code make_set(const struct zone_published *published,
                             const struct zone_record *planned, size_t count,
                             enum zone_profile profile, struct gp_arena *arena,
                             struct zone_set *set, struct gp_err *err)
{
    const struct zone_published_set *found =
        published ? zone_published_find(published, &planned->owner, planned->type) : NULL;
    *set = (struct zone_set){.owner = planned->owner, .type = planned->type, .held = planned->held};
    set->trouble = found ? found->trouble : "it was not asked for";
    if (!set->trouble) {
        set->before_count = found->record_count;
        set->before = found->records;
    }
    if (profile == ZONE_PREPARE && set->trouble)
        return zone_set_unknown(set, err);
    bool is_made = profile == ZONE_PREPARE && !is_early(set)
                       ? lower(arena, set, planned->low_ttl_s)
                       : replace(arena, set, planned, count, profile);
    return is_made ? GP_OK : gp_err_nomem(err);
}

enum gp_code zone_changes_make(const struct zone_plan *plan, const struct zone_published *published,
                               enum zone_profile profile, struct gp_arena *arena,
                               struct zone_changes *ret, struct gp_err *err)
{
    struct zone_changes changes = {.profile = profile, .zone_count = plan->part_count};
    enum gp_code code = GP_OK;
    changes.zones = gp_arena_alloc(arena, plan->part_count * sizeof(*changes.zones));
    if (!changes.zones)
        return gp_err_nomem(err);
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct zone_part *part = &plan->parts[i];
        struct zone_change *change = &changes.zones[i];
        *change = (struct zone_change){.apex = part->apex, .signing = part->signing};
        change->sets = gp_arena_alloc(arena, part->record_count * sizeof(*change->sets));
        if (!change->sets)
            return gp_err_nomem(err);
        for (size_t k = 0, count; k < part->record_count && code == GP_OK; k += count) {
            count = count_set(part, k);
            code = make_set(published, &part->records[k], count, profile, arena,
                            &change->sets[change->set_count++], err);
        }
    }
    if (code == GP_OK)
        *ret = changes;
    return code;
}

bool zone_changes_pick(struct zone_changes *changes, const struct dns_name *apex)
{
    for (size_t i = 0; i < changes->zone_count; i++)
        if (dns_name_equal(&changes->zones[i].apex, apex)) {
            changes->zones += i;
            changes->zone_count = 1;
            return true;
        }
    return false;
}

void zone_changes_reverse(struct zone_changes *changes)
{
    for (size_t i = 0; i < changes->zone_count; i++)
        for (size_t k = 0; k < changes->zones[i].set_count; k++) {
            struct zone_set *set = &changes->zones[i].sets[k];
            const struct zone_record *before = set->before;
            size_t count = set->before_count;
            set->before = set->after;
            set->before_count = set->after_count;
            set->after = before;
            set->after_count = count;
        }
}

/* Neither set holds a record twice. */
bool zone_set_differs(const struct zone_set *set)
{
    if (set->before_count != set->after_count)
        return true;
    for (size_t i = 0; i < set->after_count; i++) {
        bool is_there = false;
        for (size_t k = 0; k < set->before_count && !is_there; k++)
            is_there = set->before[k].ttl_s == set->after[i].ttl_s &&
                       zone_record_same_data(&set->before[k], &set->after[i]);
        if (!is_there)
            return true;
    }
    return false;
}
