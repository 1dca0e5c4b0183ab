/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/timeline.h"

#include "base/clock.h"

#include <stdlib.h>

#define BYTES_MAX (1024 * 1024)
#define STEPS_MAX 20

const char *zone_term_text(enum zone_term term)
{
    static const char *const texts[] = {
        [ZONE_TERM_NONE] = "none",  [ZONE_TERM_TTL] = "TTL",        [ZONE_TERM_CACHE] = "K",
        [ZONE_TERM_NEGATIVE] = "N", [ZONE_TERM_BEFORE] = "assumed",
    };
    return texts[term];
}

const char *zone_step_state_text(enum zone_step_state state)
{
    static const char *const texts[] = {
        [ZONE_STEP_DONE] = "done",
        [ZONE_STEP_DUE] = "due",
        [ZONE_STEP_LATER] = "later",
        [ZONE_STEP_OPEN] = "open",
    };
    return texts[state];
}

struct making {
    const struct zone_cutover *cutover;
    struct zone_timeline *timeline;
    struct zone_wait before_switch; /* the longest of what the switch waits for */
    uint32_t low_s;                 /* TTL of what moves, at the switch */
    bool has_failed;
};

/* A wait, and what it is for. */
struct cause {
    struct zone_wait wait;
    const struct zone_set *set;
};

static const char *say_cause(struct making *making, const struct cause *cause)
{
    const struct zone_margins *margins = &making->cutover->margins;
    const struct zone_wait *wait = &cause->wait;
    struct gp_arena *arena = &making->timeline->arena;
    char from[GP_CLOCK_TEXT_MAX], stale[GP_CLOCK_SPAN_MAX];
    const char *more = "";
    const char *name = cause->set ? cause->set->name : "the service records";
    gp_clock_text(wait->from_s, from);
    if (wait->has_stale)
        more = gp_arena_printf(arena, " and %s more, since a server could not be reached",
                               gp_clock_span_text((int64_t)margins->stale_s * 1000, stale));
    switch (wait->term) {
    case ZONE_TERM_TTL:
        return gp_arena_printf(arena, "%s: TTL of %u s from %s on%s", name, wait->ttl_s, from,
                               more);
    case ZONE_TERM_CACHE:
        return gp_arena_printf(
            arena,
            "%s: %u s from %s on for resolvers that keep short TTLs longer (its TTL: %u s)%s", name,
            margins->cache_s, from, wait->ttl_s, more);
    case ZONE_TERM_NEGATIVE:
        return gp_arena_printf(arena, "%s: \"there is none\" may be kept for %u s from %s on", name,
                               wait->ttl_s, from);
    case ZONE_TERM_BEFORE:
        return gp_arena_printf(
            arena, "%s: first seen at %s, when an earlier TTL of %u s may just have ended%s", name,
            from, wait->ttl_s, more);
    case ZONE_TERM_NONE:
        break;
    }
    return "nothing has to run out";
}

static void take_longer(struct cause *longest, const struct zone_set *set,
                        const struct zone_wait *wait)
{
    if (wait->until_s <= longest->wait.until_s)
        return;
    longest->wait = *wait;
    longest->set = set;
}

static struct zone_step *add(struct making *making, const char *id, const char *title,
                             enum zone_step_state state, int64_t at_s, enum zone_term term,
                             const char *reason)
{
    struct zone_timeline *timeline = making->timeline;
    struct zone_step *step = &timeline->steps[timeline->step_count];
    making->has_failed = making->has_failed || !reason;
    GP_ASSERT(timeline->step_count < STEPS_MAX);
    timeline->step_count++;
    *step = (struct zone_step){
        .id = id, .title = title, .state = state, .at_s = at_s, .term = term, .reason = reason};
    return step;
}

/* A step that is safe from at_s on. */
static void add_from(struct making *making, const char *id, const char *title, int64_t at_s,
                     enum zone_term term, const char *reason)
{
    int64_t now_s = making->cutover->now_s;
    bool is_later = at_s > now_s;
    add(making, id, title, is_later ? ZONE_STEP_LATER : ZONE_STEP_DUE, at_s, term, reason);
}

/* Something that passes by itself. */
static void add_end(struct making *making, const char *id, const char *title,
                    const struct cause *cause)
{
    bool is_later = cause->wait.until_s > making->cutover->now_s;
    add(making, id, title, is_later ? ZONE_STEP_LATER : ZONE_STEP_DONE, cause->wait.until_s,
        cause->wait.term, say_cause(making, cause));
    zone_wait_longest(&making->before_switch, &cause->wait);
}

/* What is published in a moment is on all servers. */
static int64_t everywhere(const struct making *making)
{
    return making->cutover->now_s + making->cutover->margins.spread_s;
}

static bool is_changing(const struct zone_set *set)
{
    return set->standing == ZONE_OTHERWISE && set->role <= ZONE_ROLE_KEY;
}

/* 1, 2 */

/* What has to run out before a set may be changed; when its TTL is not low yet, as if it were
 * lowered at once. */
static void wait_to_change(const struct making *making, const struct zone_set *set,
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
                              .from_s = everywhere(making),
                              .ttl_s = present.ttl_s};
    ret->until_s = ret->from_s + zone_wait_after(margins, present.ttl_s);
}

static void make_lowering(struct making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    const struct zone_set *high = NULL;
    struct cause longest = {.set = NULL};
    int64_t lowered_s = 0;
    size_t count = 0;
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_present present;
        struct zone_wait wait;
        if (!is_changing(set))
            continue;
        count++;
        zone_present(&set->history, &present);
        lowered_s = present.since_s > lowered_s ? present.since_s : lowered_s;
        if (present.ttl_s > cutover->margins.low_s)
            high = set;
        else if (present.ttl_s > making->low_s)
            making->low_s = present.ttl_s;
        wait_to_change(making, set, &wait);
        take_longer(&longest, set, &wait);
    }
    if (count == 0)
        return;
    if (high) {
        making->low_s = cutover->margins.low_s;
        add(making, "1", "Lower the TTL of what will change", ZONE_STEP_DUE, cutover->now_s,
            ZONE_TERM_NONE,
            gp_arena_printf(&making->timeline->arena, "%s has more than %u s", high->name,
                            cutover->margins.low_s));
    } else {
        add(making, "1", "Lower the TTL of what will change", ZONE_STEP_DONE, lowered_s,
            ZONE_TERM_NONE,
            gp_arena_printf(&making->timeline->arena, "%u s at most, on all servers",
                            making->low_s));
    }
    if (longest.set)
        add_end(making, "2", "Copies with the old TTL are gone", &longest);
}

/* 2b, 19: what was said before of the sets of a role. */
static void make_old(struct making *making, enum zone_role role, const char *id, const char *title)
{
    const struct zone_cutover *cutover = making->cutover;
    struct cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        struct zone_wait wait;
        if (cutover->sets[i].role != role)
            continue;
        zone_wait_for_old(&cutover->sets[i].history, &cutover->margins, ZONE_OLD_ALL, &wait);
        take_longer(&longest, &cutover->sets[i], &wait);
    }
    if (longest.set)
        add_end(making, id, title, &longest);
}

/* 3, 4, 5 */

static void make_addresses(struct making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    struct cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait = {.term = ZONE_TERM_NONE};
        if (set->role != ZONE_ROLE_ADDRESS)
            continue;
        if (set->standing == ZONE_NOTHING)
            wait = (struct zone_wait){.term = ZONE_TERM_NEGATIVE,
                                      .from_s = everywhere(making),
                                      .until_s = everywhere(making) + set->negative_s,
                                      .ttl_s = set->negative_s};
        else if (set->standing == ZONE_AS_PLANNED)
            zone_wait_for_new(&set->history, set->negative_s, &wait);
        take_longer(&longest, set, &wait);
    }
    if (longest.set)
        add_end(making, "3", "The hosts' addresses can be relied on", &longest);
}

static void make_first_keys(struct making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    for (size_t i = 0; i < cutover->set_count; i++)
        if (cutover->sets[i].role == ZONE_ROLE_KEY && cutover->sets[i].standing == ZONE_NOTHING) {
            add(making, "4", "Publish the first TLSA records", ZONE_STEP_OPEN, 0, ZONE_TERM_NONE,
                "as soon as every address serves the key (T11): a TLSA record that does not match "
                "turns partners away, a "
                "missing one does not");
            return;
        }
}

/* RFC 7671, 8.1: two TTLs, where there were other keys before. */
static void make_keys(struct making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    struct cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_present present;
        struct zone_wait wait;
        if (set->role != ZONE_ROLE_KEY)
            continue;
        zone_present(&set->history, &present);
        zone_wait_for_old(&set->history, &cutover->margins, ZONE_OLD_DATA, &wait);
        if (set->standing == ZONE_OTHERWISE)
            wait = (struct zone_wait){
                .term = ZONE_TERM_TTL, .from_s = everywhere(making), .ttl_s = present.ttl_s};
        else if (set->standing != ZONE_AS_PLANNED || wait.term == ZONE_TERM_NONE)
            continue;
        if (wait.until_s < wait.from_s + 2 * (int64_t)wait.ttl_s) {
            wait.term = ZONE_TERM_TTL;
            wait.until_s = wait.from_s + 2 * (int64_t)wait.ttl_s;
        }
        take_longer(&longest, set, &wait);
    }
    if (longest.set)
        add_end(making, "5", "The new key can be served: two TTLs after its TLSA records",
                &longest);
}

/* 10 and what follows from it. */

/* What the services say now: the greatest TTL, since when, and since when anything is known of
 * them. */
static void find_services(struct making *making, struct zone_present *ret)
{
    const struct zone_cutover *cutover = making->cutover;
    bool is_switched = true;
    *ret = (struct zone_present){.is_seen = false};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_present present;
        if (set->role != ZONE_ROLE_SERVICE)
            continue;
        zone_present(&set->history, &present);
        is_switched = is_switched && set->standing == ZONE_AS_PLANNED;
        if (present.ttl_s > ret->ttl_s && !present.is_denied)
            ret->ttl_s = present.ttl_s;
        if (present.since_s > ret->since_s)
            ret->since_s = present.since_s;
        if (present.seen_from_s > ret->seen_from_s)
            ret->seen_from_s = present.seen_from_s;
    }
    making->timeline->is_switched = is_switched && ret->since_s > 0;
}

/* Names that are new with the switch itself. */
static void make_new_services(struct making *making, int64_t published_s)
{
    const struct zone_cutover *cutover = making->cutover;
    struct cause longest = {.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait = {.term = ZONE_TERM_NONE};
        if (set->role != ZONE_ROLE_SERVICE)
            continue;
        if (set->standing == ZONE_NOTHING)
            wait = (struct zone_wait){.term = ZONE_TERM_NEGATIVE,
                                      .from_s = published_s,
                                      .until_s = published_s + set->negative_s,
                                      .ttl_s = set->negative_s};
        else
            zone_wait_for_old(&set->history, &cutover->margins, ZONE_OLD_DENIAL, &wait);
        take_longer(&longest, set, &wait);
    }
    if (longest.set)
        add_end(making, "3b", "Service names that are new can be relied on", &longest);
}

static void find_dead(const struct making *making, int64_t seen_from_s, struct cause *ret)
{
    const struct zone_cutover *cutover = making->cutover;
    *ret = (struct cause){.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait;
        if (set->role > ZONE_ROLE_ADDRESS)
            continue;
        zone_wait_for_old(&set->history, &cutover->margins, ZONE_OLD_DATA, &wait);
        take_longer(ret, set, &wait);
    }
    if (ret->set)
        return;
    for (size_t i = 0; i < cutover->set_count && !ret->set; i++)
        if (cutover->sets[i].role == ZONE_ROLE_SERVICE)
            ret->set = &cutover->sets[i];
    ret->wait = (struct zone_wait){
        .term = ZONE_TERM_BEFORE,
        .from_s = seen_from_s,
        .until_s = seen_from_s + zone_wait_after(&cutover->margins, cutover->margins.before_s),
        .ttl_s = cutover->margins.before_s};
}

static void make_switch(struct making *making, struct cause *ret_dead)
{
    const struct zone_margins *margins = &making->cutover->margins;
    struct zone_timeline *timeline = making->timeline;
    struct zone_present services;
    int64_t now_s = making->cutover->now_s;
    const struct zone_wait *before = &making->before_switch;
    static const char title[] = "Switch: both service record sets in one transaction";
    find_services(making, &services);
    if (timeline->is_switched) {
        timeline->switch_s = services.since_s;
        making->low_s = services.ttl_s;
        add(making, "10", title, ZONE_STEP_DONE, services.since_s, ZONE_TERM_NONE,
            "all servers have been seen with the planned records since then");
        find_dead(making, services.seen_from_s, ret_dead);
        make_new_services(making, services.since_s);
    } else {
        bool waits = before->until_s > now_s;
        timeline->switch_s = waits ? before->until_s : now_s;
        add_from(making, "10", title, timeline->switch_s, waits ? before->term : ZONE_TERM_NONE,
                 waits ? "the longest of the waits above" : "nothing has to run out any more");
        int64_t published_s = timeline->switch_s + margins->spread_s;
        ret_dead->set = NULL;
        ret_dead->wait = (struct zone_wait){
            .term = making->low_s >= margins->cache_s ? ZONE_TERM_TTL : ZONE_TERM_CACHE,
            .from_s = published_s,
            .until_s = published_s + zone_wait_after(margins, making->low_s),
            .ttl_s = making->low_s};
        make_new_services(making, published_s);
    }
    timeline->dead_s = ret_dead->wait.until_s;
}

static void make_rest(struct making *making, const struct cause *dead)
{
    const struct zone_timeline *timeline = making->timeline;
    const struct zone_margins *margins = &making->cutover->margins;
    struct gp_arena *arena = &making->timeline->arena;
    const char *why = say_cause(making, dead);
    char span[GP_CLOCK_SPAN_MAX];
    int64_t dead_s = timeline->dead_s, now_s = making->cutover->now_s;
    enum zone_term term = dead->wait.term;
    bool is_over = dead_s <= now_s;
    int64_t back_s = margins->spread_s + zone_wait_after(margins, making->low_s);
    add(making, "8", "Until then both gateways share the dialback secret",
        is_over ? ZONE_STEP_DONE : ZONE_STEP_LATER, dead_s, term,
        "a partner verifies a key with whomever its own DNS names (XEP-0220)");
    add_from(making, "9", "This gateway opens streams", timeline->switch_s, ZONE_TERM_NONE,
             "from the switch on, if the old gateway has the dialback secret or all partners use "
             "certificates; otherwise only "
             "after the mixed period");
    add(making, "11", "End of the mixed period: both gateways must accept the domain until then",
        is_over ? ZONE_STEP_DONE : ZONE_STEP_LATER, dead_s, term, why);
    add_from(making, "12", "Remove the old gateway's addresses and TLSA records", dead_s, term,
             "whoever holds old service records looks up the old names until then");
    add_from(making, "13", "Turn the old gateway off", dead_s, term,
             "and its streams must have been closed: they are not looked up again");
    add(making, "14", "A rollback reaches everyone",
        timeline->is_switched ? ZONE_STEP_LATER : ZONE_STEP_OPEN,
        timeline->is_switched ? now_s + back_s : 0, ZONE_TERM_NONE,
        gp_arena_printf(
            arena, "%s after the old records are published again, while the old gateway still runs",
            gp_clock_span_text(back_s * 1000, span)));
    add_from(making, "15", "Raise the TTLs", dead_s, term,
             "after sign-off, and not before the old gateway is off: every change costs the long "
             "TTL again");
}

static void make(struct making *making)
{
    struct cause dead;
    struct zone_present services;
    find_services(making, &services);
    if (!making->timeline->is_switched)
        make_lowering(making);
    make_old(making, ZONE_ROLE_NEGATIVE, "2b", "Denials that were kept longer are gone");
    if (!making->timeline->is_switched)
        make_addresses(making);
    make_first_keys(making);
    make_keys(making);
    make_old(making, ZONE_ROLE_DELEGATION, "19", "The zone's move to other name servers is over");
    make_switch(making, &dead);
    make_rest(making, &dead);
}

enum gp_code zone_timeline_create(const struct zone_cutover *cutover, struct zone_timeline **ret,
                                  struct gp_err *err)
{
    struct zone_timeline *timeline = calloc(1, sizeof(*timeline));
    struct making making = {.cutover = cutover, .timeline = timeline};
    if (!timeline)
        return gp_err_nomem(err);
    gp_arena_init(&timeline->arena, BYTES_MAX);
    timeline->steps = gp_arena_alloc(&timeline->arena, STEPS_MAX * sizeof(*timeline->steps));
    if (timeline->steps)
        make(&making);
    if (!timeline->steps || making.has_failed) {
        zone_timeline_destroy(timeline);
        return gp_err_nomem(err);
    }
    *ret = timeline;
    return GP_OK;
}

void zone_timeline_destroy(struct zone_timeline *timeline)
{
    if (!timeline)
        return;
    gp_arena_finish(&timeline->arena);
    free(timeline);
}
