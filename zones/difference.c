/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/difference.h"

#include "base/text.h"

const char *zone_difference_text(enum zone_difference_kind kind)
{
    static const char *const texts[] = {
        [ZONE_MISSING] = "missing",
        [ZONE_DIFFERENT] = "different",
        [ZONE_OTHER_TTL] = "ttl",
        [ZONE_EXTRA] = "extra",
    };
    return texts[kind];
}

/* The planned record that says the same; NULL: none does. */
static const struct zone_record *planned_as(const struct zone_set *set,
                                            const struct zone_record *held)
{
    for (size_t i = 0; i < set->after_count; i++)
        if (zone_record_same_data(&set->after[i], held))
            return &set->after[i];
    return NULL;
}

static const struct zone_record *held_as(const struct zone_record *planned,
                                         const struct zone_record *held, size_t held_count)
{
    for (size_t i = 0; i < held_count; i++)
        if (zone_record_same_data(planned, &held[i]))
            return &held[i];
    return NULL;
}

/* Whether both are about one thing, so that one was meant to be the other. */
static bool is_about_the_same(const struct zone_record *a, const struct zone_record *b)
{
    switch (a->type) {
    case DNS_TYPE_SRV:
        return dns_name_equal(&a->data.srv.target, &b->data.srv.target);
    case DNS_TYPE_CAA:
        return gp_text_equal_nocase(a->data.caa.tag, b->data.caa.tag);
    default: /* an address or a key is another one, or it is not */
        return false;
    }
}

static bool is_paired(const struct zone_difference *found, size_t count,
                      const struct zone_record *held)
{
    for (size_t i = 0; i < count; i++)
        if (found[i].held == held)
            return true;
    return false;
}

/* What stands where the planned record is to be, and is nobody else's counterpart. */
static const struct zone_record *counterpart(const struct zone_set *set,
                                             const struct zone_record *planned,
                                             const struct zone_record *held, size_t held_count,
                                             const struct zone_difference *found, size_t count)
{
    for (size_t i = 0; i < held_count; i++)
        if (is_about_the_same(planned, &held[i]) && !planned_as(set, &held[i]) &&
            !is_paired(found, count, &held[i]))
            return &held[i];
    return NULL;
}

size_t zone_difference_find(const struct zone_set *set, const struct zone_record *held,
                            size_t held_count, struct zone_difference *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < set->after_count && !set->held; i++) {
        const struct zone_record *planned = &set->after[i];
        const struct zone_record *same = held_as(planned, held, held_count);
        const struct zone_record *other =
            same ? NULL : counterpart(set, planned, held, held_count, ret, count);
        if (same && same->ttl_s != planned->ttl_s)
            ret[count++] = (struct zone_difference){ZONE_OTHER_TTL, planned, same};
        else if (other)
            ret[count++] = (struct zone_difference){ZONE_DIFFERENT, planned, other};
        else if (!same)
            ret[count++] = (struct zone_difference){ZONE_MISSING, planned, NULL};
    }
    for (size_t i = 0; i < held_count; i++)
        if ((set->held || !planned_as(set, &held[i])) && !is_paired(ret, count, &held[i]))
            ret[count++] = (struct zone_difference){ZONE_EXTRA, NULL, &held[i]};
    return count;
}
