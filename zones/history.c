/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/history.h"

#include <string.h>

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool has_same_records(const struct zone_span *a, const struct zone_span *b)
{
    return a->is_denied == b->is_denied && strcmp(a->text, b->text) == 0;
}

static const struct zone_span *last_of(const struct zone_track *track)
{
    return track->is_current && track->span_count > 0 ? &track->spans[track->span_count - 1] : NULL;
}

void zone_present(const struct zone_history *history, struct zone_present *ret)
{
    const struct zone_span *first = NULL;
    *ret = (struct zone_present){.is_agreed = true};
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        const struct zone_span *last = last_of(track);
        if (track->span_count > 0 &&
            (ret->seen_from_s == 0 || track->spans[0].first_s < ret->seen_from_s))
            ret->seen_from_s = track->spans[0].first_s;
        if (!last)
            continue;
        first = first ? first : last;
        ret->is_agreed = ret->is_agreed && has_same_records(first, last);
        ret->ttl_s = greater(ret->ttl_s, last->ttl_s);
        ret->since_s = later(ret->since_s, last->first_s);
    }
    ret->is_seen = first != NULL;
    ret->is_agreed = ret->is_agreed && first;
    ret->is_denied = first && first->is_denied;
}

int64_t zone_wait_after(const struct zone_margins *margins, uint32_t ttl_s)
{
    return greater(ttl_s, margins->cache_s);
}

void zone_wait_longest(struct zone_wait *longest, const struct zone_wait *other)
{
    if (other->until_s > longest->until_s)
        *longest = *other;
}

/* Whether a cache could have found a server of the set away when it wanted to refresh what it held.
 */
static bool was_silent(const struct zone_history *history, int64_t from_s, int64_t until_s)
{
    for (size_t i = 0; i < history->silence_count; i++)
        if (history->silences[i].last_s >= from_s && history->silences[i].first_s <= until_s)
            return true;
    return false;
}

static void wait_for(const struct zone_history *history, const struct zone_margins *margins,
                     const struct zone_span *span, int64_t ended_s, struct zone_wait *ret)
{
    *ret = (struct zone_wait){.from_s = ended_s, .ttl_s = span->ttl_s};
    if (span->is_denied) {
        ret->term = ZONE_TERM_NEGATIVE;
        ret->until_s = ended_s + span->ttl_s;
        return;
    }
    ret->term = span->ttl_s >= margins->cache_s ? ZONE_TERM_TTL : ZONE_TERM_CACHE;
    ret->until_s = ended_s + zone_wait_after(margins, span->ttl_s);
    ret->has_stale = was_silent(history, ended_s, ret->until_s);
    if (ret->has_stale)
        ret->until_s += margins->stale_s;
}

static unsigned kind_of(const struct zone_span *old, const struct zone_span *present)
{
    if (old->is_denied)
        return ZONE_OLD_DENIAL;
    return present && has_same_records(old, present) ? ZONE_OLD_TTL : ZONE_OLD_DATA;
}

/*
 * A change happened somewhere between two visits: it counts from the later one. A server that
 * serves the zone no more is taken to have ceased when it was last seen.
 */
void zone_wait_for_old(const struct zone_history *history, const struct zone_margins *margins,
                       unsigned which, struct zone_wait *ret)
{
    struct zone_wait one;
    const struct zone_span *present = NULL;
    *ret = (struct zone_wait){.term = ZONE_TERM_NONE};
    for (size_t i = 0; i < history->track_count && !present; i++)
        present = last_of(&history->tracks[i]);
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        for (size_t k = 0; k < track->span_count; k++) {
            const struct zone_span *span = &track->spans[k];
            bool is_last = k + 1 == track->span_count;
            if ((is_last && track->is_current) || !(kind_of(span, present) & which) ||
                ((which & ZONE_OLD_SIGNED) && span->is_unsigned))
                continue;
            wait_for(history, margins, span, is_last ? span->last_s : span[1].first_s, &one);
            zone_wait_longest(ret, &one);
        }
    }
}

void zone_wait_to_change(const struct zone_history *history, const struct zone_margins *margins,
                         struct zone_wait *ret)
{
    struct zone_present present;
    struct zone_wait unseen = {.term = ZONE_TERM_BEFORE, .ttl_s = margins->before_s};
    const struct zone_span *first = NULL;
    zone_wait_for_old(history, margins, ZONE_OLD_TTL | ZONE_OLD_DATA, ret);
    zone_present(history, &present);
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        if (track->span_count > 0 && (!first || track->spans[0].first_s < first->first_s))
            first = &track->spans[0];
    }
    if (!first || first->is_denied || first->ttl_s >= margins->before_s)
        return;
    unseen.from_s = first->first_s;
    unseen.until_s = first->first_s + zone_wait_after(margins, margins->before_s);
    unseen.has_stale = was_silent(history, unseen.from_s, unseen.until_s);
    if (unseen.has_stale)
        unseen.until_s += margins->stale_s;
    zone_wait_longest(ret, &unseen);
}

void zone_wait_for_new(const struct zone_history *history, uint32_t negative_s,
                       struct zone_wait *ret)
{
    static const struct zone_margins none = {0};
    struct zone_present present;
    zone_wait_for_old(history, &none, ZONE_OLD_DENIAL, ret);
    zone_present(history, &present);
    if (ret->term != ZONE_TERM_NONE || !present.is_seen || present.is_denied)
        return;
    *ret = (struct zone_wait){.term = ZONE_TERM_NEGATIVE,
                              .from_s = present.seen_from_s,
                              .until_s = present.seen_from_s + negative_s,
                              .ttl_s = negative_s};
}

void zone_wait_for_document(const struct zone_history *history, struct zone_wait *ret)
{
    static const struct zone_margins none = {0};
    struct zone_present present;
    zone_wait_for_old(history, &none, ZONE_OLD_DATA, ret);
    zone_present(history, &present);
    if (ret->term == ZONE_TERM_NONE && present.is_seen && !present.is_denied)
        *ret = (struct zone_wait){.from_s = present.seen_from_s,
                                  .until_s = present.seen_from_s + present.ttl_s,
                                  .ttl_s = present.ttl_s};
    if (ret->until_s != 0)
        ret->term = ZONE_TERM_DOCUMENT;
}

/* Keys. */

/* Whether the text has the record as one of its lines. */
static bool has_record(const struct zone_span *span, const char *record)
{
    size_t len = strlen(record);
    for (const char *at = span->text; (at = strstr(at, record)); at += len)
        if ((at == span->text || at[-1] == '\n') && (at[len] == '\n' || at[len] == '\0'))
            return true;
    return false;
}

bool zone_record_since(const struct zone_history *history, const char *record, int64_t *ret_since_s,
                       uint32_t *ret_ttl_s)
{
    int64_t since_s = 0;
    uint32_t ttl_s = 0;
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        size_t at = track->span_count;
        if (!track->is_current)
            continue;
        for (; at > 0 && has_record(&track->spans[at - 1], record); at--)
            ttl_s = greater(ttl_s, track->spans[at - 1].ttl_s);
        if (at == track->span_count)
            return false;
        since_s = later(since_s, track->spans[at].first_s);
    }
    if (since_s == 0)
        return false;
    *ret_since_s = since_s;
    *ret_ttl_s = ttl_s;
    return true;
}

/* A cache may hold what a server said before it had the record. */
static int64_t lacked_until(const struct zone_history *history, const struct zone_margins *margins,
                            const char *record)
{
    struct zone_wait longest = {.until_s = 0}, one;
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        for (size_t k = 0; k < track->span_count; k++) {
            const struct zone_span *span = &track->spans[k];
            bool is_last = k + 1 == track->span_count;
            if (span->is_denied || has_record(span, record))
                continue;
            wait_for(history, margins, span, is_last ? span->last_s : span[1].first_s, &one);
            zone_wait_longest(&longest, &one);
        }
    }
    return longest.until_s;
}

bool zone_key_ready(const struct zone_history *history, const struct zone_margins *margins,
                    const char *record, int64_t *ret_ready_s)
{
    int64_t since_s;
    uint32_t ttl_s;
    if (!zone_record_since(history, record, &since_s, &ttl_s))
        return false;
    int64_t least_s = zone_wait_after(margins, ttl_s);
    if (was_silent(history, since_s, since_s + least_s))
        least_s += margins->stale_s;
    *ret_ready_s =
        later(since_s + later(2 * (int64_t)ttl_s, least_s), lacked_until(history, margins, record));
    return true;
}
