/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/timeline_impl.h"

#include "base/clock.h"

#define FAILURE_KEPT_S 300 /* RFC 9520, 3.2 */

/* 1, 2 */

/* What is removed from TLSA records that are complete, no cache needs to lose. */
static bool is_changing(const struct zone_set *set)
{
    return set->standing == ZONE_OTHERWISE && set->role <= ZONE_ROLE_KEY &&
           !(set->role == ZONE_ROLE_KEY && set->is_complete);
}

/* What has to run out before a set may be changed; when its TTL is not low yet, as if it were
 * lowered at once. */
static void wait_to_change(const struct zone_making *making, const struct zone_set *set,
                           struct zone_wait *ret)
{
    const struct zone_margins *margins = &making->cutover->margins;
    struct zone_present present;
    zone_present(&set->history, &present);
    zone_wait_to_change(&set->history, margins, ret);
    if (present.ttl_s <= margins->low_s)
        return;
    *ret = (struct zone_wait){.term = present.ttl_s >= margins->cache_s ? ZONE_TERM_TTL
                                                                        : ZONE_TERM_CACHE,
                              .from_s = zone_everywhere(making),
                              .ttl_s = present.ttl_s};
    ret->until_s = ret->from_s + zone_wait_after(margins, present.ttl_s);
}

static void make_lowering(struct zone_making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    struct gp_arena *arena = &making->timeline->arena;
    const struct zone_set *high = NULL;
    struct zone_cause longest = {.set = NULL};
    int64_t lowered_s = 0;
    size_t count = 0;
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_present present;
        struct zone_wait wait;
        if (!is_changing(set))
            continue;
        count++;
        if (zone_is_blocked(&longest, set))
            continue;
        zone_present(&set->history, &present);
        lowered_s = present.since_s > lowered_s ? present.since_s : lowered_s;
        if (present.ttl_s > cutover->margins.low_s)
            high = set;
        else if (present.ttl_s > making->low_s)
            making->low_s = present.ttl_s;
        wait_to_change(making, set, &wait);
        zone_take_longer(&longest, set, &wait);
    }
    if (count == 0)
        return;
    struct zone_step step = {.id = "1",
                             .title = "Lower the TTL of what will change",
                             .state = high ? ZONE_STEP_DUE : ZONE_STEP_DONE,
                             .at_s = high ? cutover->now_s : lowered_s};
    if (high) {
        making->low_s = cutover->margins.low_s;
        step.reason = gp_arena_printf(arena, "%s has more than %u s", high->name, making->low_s);
    } else {
        step.reason = gp_arena_printf(arena, "At most %u s, on all servers", making->low_s);
    }
    if (high || !longest.blocked)
        zone_make_step(making, &step);
    zone_make_end(making, "2", "Copies with the old TTL are gone", &longest);
}

/* 2b, 19: what was said before of the sets of a role. */
static void make_old(struct zone_making *making, enum zone_role role, const char *id,
                     const char *title)
{
    const struct zone_cutover *cutover = making->cutover;
    struct zone_cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait;
        if (set->role != role || zone_is_blocked(&longest, set))
            continue;
        zone_wait_for_old(&set->history, &cutover->margins, ZONE_OLD_ALL, &wait);
        zone_take_longer(&longest, set, &wait);
    }
    zone_make_end(making, id, title, &longest);
}

/* 3 */

static void make_addresses(struct zone_making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    struct zone_cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait = {.term = ZONE_TERM_NONE};
        if (set->role != ZONE_ROLE_ADDRESS || zone_is_blocked(&longest, set))
            continue;
        if (set->standing == ZONE_NOTHING)
            wait = (struct zone_wait){.term = ZONE_TERM_NEGATIVE,
                                      .from_s = zone_everywhere(making),
                                      .until_s = zone_everywhere(making) + set->negative_s,
                                      .ttl_s = set->negative_s};
        else if (set->standing == ZONE_AS_PLANNED)
            zone_wait_for_new(&set->history, set->negative_s, &wait);
        zone_take_longer(&longest, set, &wait);
    }
    zone_make_end(making, "3", "The hosts' addresses can be relied on", &longest);
}

/* 4 to 7 */

static void make_first_keys(struct zone_making *making)
{
    static const struct zone_step step = {
        .id = "4",
        .title = "Publish the first TLSA records",
        .state = ZONE_STEP_OPEN,
        .reason = "As soon as every address serves the key (T11): a TLSA record that does not "
                  "match turns partners away, a missing one does not"};
    const struct zone_cutover *cutover = making->cutover;
    for (size_t i = 0; i < cutover->set_count; i++)
        if (cutover->sets[i].role == ZONE_ROLE_KEY && cutover->sets[i].standing == ZONE_NOTHING) {
            zone_make_step(making, &step);
            return;
        }
}

/* RFC 7671, 8.1: two TTLs, where there were other keys before. False: it does not wait. */
static bool wait_for_key(const struct zone_making *making, const struct zone_set *set,
                         struct zone_wait *ret)
{
    struct zone_present present;
    bool is_there = set->standing == ZONE_AS_PLANNED || set->is_complete;
    zone_present(&set->history, &present);
    zone_wait_for_old(&set->history, &making->cutover->margins, ZONE_OLD_DATA, ret);
    if (set->standing == ZONE_OTHERWISE && !is_there)
        *ret = (struct zone_wait){
            .term = ZONE_TERM_TTL, .from_s = zone_everywhere(making), .ttl_s = present.ttl_s};
    else if (!is_there || ret->term == ZONE_TERM_NONE)
        return false;
    if (ret->until_s < ret->from_s + 2 * (int64_t)ret->ttl_s) {
        ret->term = ZONE_TERM_TTL;
        ret->until_s = ret->from_s + 2 * (int64_t)ret->ttl_s;
    }
    return true;
}

/* No cache needs an old digest to be gone, and a rollback needs it to be there. */
static void make_old_keys(struct zone_making *making, const struct zone_set *set, int64_t ready_s)
{
    const struct zone_cutover *cutover = making->cutover;
    char span[GP_CLOCK_SPAN_MAX];
    int64_t from_s = ready_s > 0 ? ready_s : cutover->now_s;
    const char *reason = gp_arena_printf(
        &making->timeline->arena,
        "%s has more records than planned; every address has to serve the new key by then, and %s "
        "are for a way back",
        set->name, gp_clock_span_text((int64_t)cutover->rollback_s * 1000, span));
    zone_make_from(making, (struct zone_step){.id = "6",
                                              .title = "Remove the TLSA records of former keys",
                                              .from_s = from_s,
                                              .at_s = from_s + cutover->rollback_s,
                                              .reason = reason});
}

static void make_keys(struct zone_making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    const struct zone_set *leftover = NULL, *other_kind = NULL;
    struct zone_cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait;
        if (set->role != ZONE_ROLE_KEY || zone_is_blocked(&longest, set))
            continue;
        if (set->standing == ZONE_OTHERWISE && set->is_complete)
            leftover = set;
        if (set->has_other_kind)
            other_kind = set;
        if (wait_for_key(making, set, &wait))
            zone_take_longer(&longest, set, &wait);
    }
    zone_make_end(making, "5", "The new key can be served: two TTLs after its TLSA records",
                  &longest);
    if (leftover)
        make_old_keys(making, leftover, longest.wait.until_s);
    if (other_kind)
        zone_make_step(
            making,
            &(struct zone_step){
                .id = "7",
                .title = "Change the kind of TLSA records",
                .state = ZONE_STEP_OPEN,
                .reason = gp_arena_printf(
                    &making->timeline->arena,
                    "%s: one change at a time, first beside the old kind, with two TTLs in between "
                    "(RFC 7671, 8.2 to 8.4)",
                    other_kind->name)});
}

/* 16, 17, 18 */

static void make_ending(struct zone_making *making, const struct zone_set *set)
{
    const struct zone_margins *margins = &making->cutover->margins;
    char span[GP_CLOCK_SPAN_MAX];
    struct zone_present present;
    zone_present(&set->history, &present);
    const char *reason = gp_arena_printf(
        &making->timeline->arena,
        "%s: its old records last %s more; publish the target \".\" rather than nothing, which "
        "would lead partners to the domain's own address (XEP-0368) and be kept for %u s",
        set->name, gp_clock_span_text(zone_wait_after(margins, present.ttl_s) * 1000, span),
        set->negative_s);
    zone_make_step(making, &(struct zone_step){.id = "16",
                                               .title = "Turn off a service",
                                               .state = ZONE_STEP_DUE,
                                               .at_s = making->cutover->now_s,
                                               .reason = reason});
}

static void make_retest(struct zone_making *making, const struct zone_set *set)
{
    const char *reason = gp_arena_printf(
        &making->timeline->arena,
        "%s is bogus; resolvers may keep a failure for 5 minutes after it is mended (RFC 9520)",
        set->name);
    zone_make_from(making, (struct zone_step){.id = "17",
                                              .title = "Look again through public resolvers",
                                              .from_s = making->cutover->now_s,
                                              .at_s = making->cutover->now_s + FAILURE_KEPT_S,
                                              .reason = reason});
}

static void make_authority(struct zone_making *making, const struct zone_set *set)
{
    const char *reason = gp_arena_printf(
        &making->timeline->arena,
        "%s: as soon as all name servers have the planned records (RFC 8659); an old authority "
        "stays in them until its last renewal",
        set->name);
    zone_make_step(making, &(struct zone_step){.id = "18",
                                               .title = "Order from the new authority",
                                               .state = ZONE_STEP_OPEN,
                                               .reason = reason});
}

/* The first set of each kind will do. */
static void make_others(struct zone_making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    const struct zone_set *ending = NULL, *bogus = NULL, *authority = NULL;
    for (size_t i = cutover->set_count; i > 0; i--) {
        const struct zone_set *set = &cutover->sets[i - 1];
        bool is_published = set->standing == ZONE_OTHERWISE;
        if (set->role == ZONE_ROLE_SERVICE && set->is_to_end && is_published)
            ending = set;
        if (set->role == ZONE_ROLE_AUTHORITY && is_published && !set->is_complete)
            authority = set;
        if (set->is_bogus)
            bogus = set;
    }
    if (ending)
        make_ending(making, ending);
    if (bogus)
        make_retest(making, bogus);
    if (authority)
        make_authority(making, authority);
}

void zone_make_before(struct zone_making *making)
{
    bool is_switched = making->timeline->is_switched;
    if (!is_switched)
        make_lowering(making);
    make_old(making, ZONE_ROLE_NEGATIVE, "2b", "Denials that were kept longer are gone");
    if (!is_switched)
        make_addresses(making);
    make_first_keys(making);
    make_keys(making);
    make_others(making);
    make_old(making, ZONE_ROLE_DELEGATION, "19", "The zone's move to other name servers is over");
}
