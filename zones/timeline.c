/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/timeline_impl.h"

#include "base/clock.h"

#include <stdlib.h>

#define BYTES_MAX (1024 * 1024)

const char *zone_term_text(enum zone_term term)
{
    static const char *const texts[] = {
        [ZONE_TERM_NONE] = "none",      [ZONE_TERM_TTL] = "TTL",
        [ZONE_TERM_CACHE] = "K",        [ZONE_TERM_NEGATIVE] = "N",
        [ZONE_TERM_BEFORE] = "assumed", [ZONE_TERM_DOCUMENT] = "expires",
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

const char *zone_say_cause(struct zone_making *making, const struct zone_cause *cause)
{
    const struct zone_margins *margins = &making->cutover->margins;
    const struct zone_wait *wait = &cause->wait;
    struct gp_arena *arena = &making->timeline->arena;
    char from[GP_CLOCK_TEXT_MAX], stale[GP_CLOCK_SPAN_MAX];
    const char *more = "";
    const char *name = cause->set ? cause->set->name : "The service records";
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
    case ZONE_TERM_DOCUMENT:
        return gp_arena_printf(arena, "%s may be kept for %u s from %s on", name, wait->ttl_s,
                               from);
    case ZONE_TERM_NONE:
        break;
    }
    return "Nothing has to run out";
}

static const char *say_blocked(struct zone_making *making, const struct zone_set *set)
{
    return gp_arena_printf(
        &making->timeline->arena,
        set->standing == ZONE_UNSEEN && set->role <= ZONE_ROLE_KEY
            ? "%s could not be seen"
            : "%s: its name servers differ; the wait begins when all of them say "
              "the same",
        set->name);
}

bool zone_is_blocked(struct zone_cause *cause, const struct zone_set *set)
{
    struct zone_present present;
    zone_present(&set->history, &present);
    bool is_blocked = (present.is_seen && !present.is_agreed) ||
                      (set->role <= ZONE_ROLE_KEY && set->standing == ZONE_UNSEEN);
    if (is_blocked)
        cause->blocked = set;
    return is_blocked;
}

void zone_take_longer(struct zone_cause *longest, const struct zone_set *set,
                      const struct zone_wait *wait)
{
    if (wait->until_s <= longest->wait.until_s)
        return;
    longest->wait = *wait;
    longest->set = set;
}

void zone_make_step(struct zone_making *making, const struct zone_step *step)
{
    struct zone_timeline *timeline = making->timeline;
    making->has_failed = making->has_failed || !step->reason;
    GP_ASSERT(timeline->step_count < ZONE_STEPS_MAX);
    timeline->steps[timeline->step_count++] = *step;
}

void zone_make_from(struct zone_making *making, struct zone_step step)
{
    step.state = step.at_s > making->cutover->now_s ? ZONE_STEP_LATER : ZONE_STEP_DUE;
    zone_make_step(making, &step);
}

/* Adds what passes by itself. */
static void make_passing(struct zone_making *making, struct zone_step step)
{
    step.state = step.at_s > making->cutover->now_s ? ZONE_STEP_LATER : ZONE_STEP_DONE;
    zone_make_step(making, &step);
}

void zone_make_end(struct zone_making *making, const char *id, const char *title,
                   const struct zone_cause *cause)
{
    if (cause->blocked) {
        const char *reason = say_blocked(making, cause->blocked);
        making->obstacle = reason;
        zone_make_step(making,
                       &(struct zone_step){
                           .id = id, .title = title, .state = ZONE_STEP_OPEN, .reason = reason});
    } else if (cause->set) {
        zone_take_longer(&making->before_switch, cause->set, &cause->wait);
        make_passing(making, (struct zone_step){.id = id,
                                                .title = title,
                                                .from_s = cause->wait.from_s,
                                                .at_s = cause->wait.until_s,
                                                .term = cause->wait.term,
                                                .reason = zone_say_cause(making, cause)});
    }
}

int64_t zone_everywhere(const struct zone_making *making)
{
    return making->cutover->now_s + making->cutover->margins.spread_s;
}

/* 10 and what follows from it. */

/* What the services say now: the greatest TTL, since when, and since when anything is known of
 * them. */
static void find_services(struct zone_making *making, struct zone_present *ret)
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
static void make_new_services(struct zone_making *making, int64_t published_s)
{
    const struct zone_cutover *cutover = making->cutover;
    struct zone_cause longest = {.set = NULL};
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
        zone_take_longer(&longest, set, &wait);
    }
    zone_make_end(making, "3b", "Service names that are new can be relied on", &longest);
}

static void find_dead(const struct zone_making *making, int64_t seen_from_s, struct zone_cause *ret)
{
    const struct zone_cutover *cutover = making->cutover;
    *ret = (struct zone_cause){.set = NULL};
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_wait wait;
        if (set->role > ZONE_ROLE_ADDRESS)
            continue;
        zone_wait_for_old(&set->history, &cutover->margins, ZONE_OLD_DATA, &wait);
        zone_take_longer(ret, set, &wait);
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

/* Documents have clocks of their own. */
static void find_dead_documents(const struct zone_making *making, struct zone_cause *longest)
{
    const struct zone_cutover *cutover = making->cutover;
    int64_t published_s = making->timeline->switch_s + cutover->margins.spread_s;
    for (size_t i = 0; i < cutover->set_count; i++) {
        const struct zone_set *set = &cutover->sets[i];
        struct zone_present present;
        struct zone_wait wait;
        if (set->role != ZONE_ROLE_DOCUMENT)
            continue;
        zone_wait_for_document(&set->history, &wait);
        zone_present(&set->history, &present);
        if (!making->timeline->is_switched && present.is_seen && !present.is_denied)
            wait = (struct zone_wait){.term = ZONE_TERM_DOCUMENT,
                                      .from_s = published_s,
                                      .until_s = published_s + present.ttl_s,
                                      .ttl_s = present.ttl_s};
        zone_take_longer(longest, set, &wait);
    }
}

static const char switch_title[] = "Switch: both service record sets in one transaction";

static void make_switched(struct zone_making *making, const struct zone_present *services,
                          struct zone_cause *ret_dead)
{
    making->timeline->switch_s = services->since_s;
    making->low_s = services->ttl_s;
    zone_make_step(making, &(struct zone_step){.id = "10",
                                               .title = switch_title,
                                               .state = ZONE_STEP_DONE,
                                               .at_s = services->since_s,
                                               .reason = "All servers have been seen with the "
                                                         "planned records since then"});
    find_dead(making, services->seen_from_s, ret_dead);
    make_new_services(making, services->since_s);
}

static void make_switch(struct zone_making *making, struct zone_cause *ret_dead)
{
    const struct zone_margins *margins = &making->cutover->margins;
    const struct zone_cause *before = &making->before_switch;
    bool waits = before->wait.until_s > making->cutover->now_s;
    int64_t switch_s = waits ? before->wait.until_s : making->cutover->now_s;
    int64_t published_s = switch_s + margins->spread_s;
    making->timeline->switch_s = switch_s;
    zone_make_from(making, (struct zone_step){.id = "10",
                                              .title = switch_title,
                                              .at_s = switch_s,
                                              .term = waits ? before->wait.term : ZONE_TERM_NONE,
                                              .reason = waits ? zone_say_cause(making, before)
                                                              : "Nothing has to run out any more"});
    *ret_dead = (struct zone_cause){
        .wait = {.term = making->low_s >= margins->cache_s ? ZONE_TERM_TTL : ZONE_TERM_CACHE,
                 .from_s = published_s,
                 .until_s = published_s + zone_wait_after(margins, making->low_s),
                 .ttl_s = making->low_s}};
    make_new_services(making, published_s);
}

/* The two gateways beside each other. */
static void make_mixed(struct zone_making *making, const struct zone_cause *dead,
                       const struct zone_cause *all)
{
    int64_t switch_s = making->timeline->switch_s, dead_s = dead->wait.until_s;
    make_passing(making,
                 (struct zone_step){.id = "8",
                                    .title = "Until then both gateways share the dialback secret",
                                    .from_s = switch_s,
                                    .at_s = dead_s,
                                    .term = dead->wait.term,
                                    .reason = "A partner verifies a key with whomever its own DNS "
                                              "names (XEP-0220)"});
    zone_make_from(making,
                   (struct zone_step){.id = "9",
                                      .title = "This gateway opens streams",
                                      .at_s = switch_s,
                                      .reason = "From the switch on, if the old gateway has the "
                                                "dialback secret or all partners use certificates; "
                                                "otherwise only after the mixed period"});
    make_passing(making,
                 (struct zone_step){.id = "11",
                                    .title = "End of the mixed period: both gateways must accept "
                                             "the domain until then",
                                    .from_s = switch_s,
                                    .at_s = all->wait.until_s,
                                    .term = all->wait.term,
                                    .reason = zone_say_cause(making, all)});
}

static void make_rollback(struct zone_making *making)
{
    const struct zone_margins *margins = &making->cutover->margins;
    int64_t back_s = margins->spread_s + zone_wait_after(margins, making->low_s);
    bool is_switched = making->timeline->is_switched;
    char span[GP_CLOCK_SPAN_MAX];
    const char *reason = gp_arena_printf(
        &making->timeline->arena,
        "%s after the old records are published again, while the old gateway still runs",
        gp_clock_span_text(back_s * 1000, span));
    zone_make_step(making,
                   &(struct zone_step){.id = "14",
                                       .title = "A rollback reaches everyone",
                                       .state = is_switched ? ZONE_STEP_LATER : ZONE_STEP_OPEN,
                                       .from_s = is_switched ? making->cutover->now_s : 0,
                                       .at_s = is_switched ? making->cutover->now_s + back_s : 0,
                                       .reason = reason});
}

static void make_after(struct zone_making *making, const struct zone_cause *dead,
                       const struct zone_cause *all)
{
    int64_t dead_s = dead->wait.until_s, all_s = all->wait.until_s;
    make_mixed(making, dead, all);
    zone_make_from(
        making, (struct zone_step){.id = "12",
                                   .title = "Remove the old gateway's addresses and TLSA records",
                                   .at_s = dead_s,
                                   .term = dead->wait.term,
                                   .reason = "Whoever holds old service records looks up the "
                                             "old names until then"});
    zone_make_from(making,
                   (struct zone_step){.id = "13",
                                      .title = "Turn the old gateway off",
                                      .at_s = all_s,
                                      .term = all->wait.term,
                                      .reason = "Its streams must have been closed, too: they are "
                                                "not looked up again"});
    make_rollback(making);
    zone_make_from(making,
                   (struct zone_step){.id = "15",
                                      .title = "Raise the TTLs",
                                      .from_s = all_s,
                                      .at_s = all_s + making->cutover->rollback_s,
                                      .term = all->wait.term,
                                      .reason = "After sign-off, and not before the old gateway is "
                                                "off: every change costs the long TTL again"});
}

static void make(struct zone_making *making)
{
    const struct zone_cutover *cutover = making->cutover;
    struct zone_cause dead = {.set = NULL};
    struct zone_present services;
    find_services(making, &services);
    zone_make_before(making);
    if (making->timeline->is_switched)
        making->obstacle = NULL; /* the switch waits for nothing any more */
    for (size_t i = 0; i < cutover->set_count && !making->obstacle; i++)
        if (cutover->sets[i].role <= ZONE_ROLE_ADDRESS && zone_is_blocked(&dead, &cutover->sets[i]))
            making->obstacle = say_blocked(making, dead.blocked);
    if (making->obstacle) {
        zone_make_step(making, &(struct zone_step){.id = "10",
                                                   .title = switch_title,
                                                   .state = ZONE_STEP_OPEN,
                                                   .reason = making->obstacle});
        return;
    }
    if (making->timeline->is_switched)
        make_switched(making, &services, &dead);
    else
        make_switch(making, &dead);
    struct zone_cause all = dead;
    find_dead_documents(making, &all);
    making->timeline->dead_s = dead.wait.until_s;
    making->timeline->dead_all_s = all.wait.until_s;
    make_after(making, &dead, &all);
}

enum gp_code zone_timeline_create(const struct zone_cutover *cutover, struct zone_timeline **ret,
                                  struct gp_err *err)
{
    struct zone_timeline *timeline = calloc(1, sizeof(*timeline));
    struct zone_making making = {.cutover = cutover, .timeline = timeline};
    if (!timeline)
        return gp_err_nomem(err);
    gp_arena_init(&timeline->arena, BYTES_MAX);
    timeline->steps = gp_arena_alloc(&timeline->arena, ZONE_STEPS_MAX * sizeof(*timeline->steps));
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
