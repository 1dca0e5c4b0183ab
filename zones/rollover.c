/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/rollover.h"

/* Whether the server was seen without the record. */
static bool lacks(const struct zone_track *track, const char *record)
{
    const struct zone_history alone = {.track_count = 1, .tracks = track};
    int64_t since_s;
    uint32_t ttl_s;
    return track->is_current && track->span_count > 0 &&
           !zone_record_since(&alone, record, &since_s, &ttl_s);
}

/* Whether a server was ever seen with records and without this one. */
static bool was_missing(const struct zone_history *history, const char *record)
{
    for (size_t i = 0; i < history->track_count; i++)
        for (size_t k = 0; k < history->tracks[i].span_count; k++) {
            const struct zone_span *span = &history->tracks[i].spans[k];
            const struct zone_track then = {.is_current = true, .span_count = 1, .spans = span};
            if (!span->is_denied && lacks(&then, record))
                return true;
        }
    return false;
}

static int64_t last_seen(const struct zone_history *history)
{
    int64_t seen_s = 0;
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        if (track->is_current && track->span_count > 0 &&
            track->spans[track->span_count - 1].last_s > seen_s)
            seen_s = track->spans[track->span_count - 1].last_s;
    }
    return seen_s;
}

/* Whether what the servers say now counts for nobody: that there are none, or records that no
 * signature covers (RFC 6698, 4.1). */
static bool has_none(const struct zone_history *history)
{
    for (size_t i = 0; i < history->track_count; i++) {
        const struct zone_track *track = &history->tracks[i];
        const struct zone_span *last =
            track->span_count > 0 ? &track->spans[track->span_count - 1] : NULL;
        if (track->is_current && last && !last->is_denied && !last->is_unsigned)
            return false;
    }
    return true;
}

static void look_where_none_are(const struct zone_history *history,
                                const struct zone_margins *margins, int64_t now_s,
                                struct zone_key_view *ret)
{
    struct zone_wait wait;
    zone_wait_for_old(history, margins, ZONE_OLD_DATA | ZONE_OLD_TTL | ZONE_OLD_SIGNED, &wait);
    ret->ready_s = wait.until_s;
    ret->state = wait.until_s > now_s ? ZONE_KEY_YOUNG : ZONE_KEY_UNUSED;
}

void zone_key_look(const struct zone_history *history, const struct zone_margins *margins,
                   const char *record, int64_t now_s, struct zone_key_view *ret)
{
    struct zone_present present;
    uint32_t ttl_s;
    *ret = (struct zone_key_view){.state = ZONE_KEY_UNSEEN, .seen_s = last_seen(history)};
    zone_present(history, &present);
    if (!present.is_seen || now_s - ret->seen_s > ZONE_KEY_OUTDATED_S)
        return;
    if (has_none(history)) {
        look_where_none_are(history, margins, now_s, ret);
        return;
    }
    for (size_t i = 0; i < history->track_count; i++)
        if (lacks(&history->tracks[i], record)) {
            ret->state = ZONE_KEY_MISSING;
            ret->server = history->tracks[i].server;
            return;
        }
    if (!zone_record_since(history, record, &ret->since_s, &ttl_s) ||
        !zone_key_ready(history, margins, record, &ret->ready_s))
        return; /* a server that serves the zone now was never seen */
    ret->was_missing = was_missing(history, record);
    ret->state = ret->ready_s > now_s ? ZONE_KEY_YOUNG : ZONE_KEY_KNOWN;
}

bool zone_key_worse(struct zone_key_view *worst, const struct zone_key_view *other)
{
    bool is_worse = other->state > worst->state ||
                    (other->state == worst->state && other->ready_s > worst->ready_s);
    if (is_worse)
        *worst = *other;
    return is_worse;
}

static enum zone_rollover judge_next(const struct zone_key_view *next)
{
    switch (next->state) {
    case ZONE_KEY_KNOWN:
        return ZONE_ROLLOVER_SAFE;
    case ZONE_KEY_YOUNG:
        return next->since_s > 0 ? ZONE_ROLLOVER_WAIT : ZONE_ROLLOVER_PUBLISH;
    case ZONE_KEY_UNSEEN:
        return ZONE_ROLLOVER_UNKNOWN;
    case ZONE_KEY_UNUSED:
    case ZONE_KEY_MISSING:
        break;
    }
    return ZONE_ROLLOVER_PUBLISH;
}

static bool has_record(const struct zone_key_view *view)
{
    return view->state == ZONE_KEY_KNOWN || (view->state == ZONE_KEY_YOUNG && view->since_s > 0);
}

static enum zone_rollover judge_place(const struct zone_rollover_place *place)
{
    if (!place->is_signed)
        return ZONE_ROLLOVER_NONE;
    if (place->served.state == ZONE_KEY_MISSING)
        return ZONE_ROLLOVER_DANGER;
    if (!place->is_told || place->current.state == ZONE_KEY_UNSEEN)
        return ZONE_ROLLOVER_UNKNOWN;
    if (!has_record(&place->current))
        return ZONE_ROLLOVER_MISSING;
    return place->has_next ? judge_next(&place->next) : ZONE_ROLLOVER_NONE;
}

enum zone_rollover zone_rollover_judge(const struct zone_rollover_place *places, size_t count,
                                       int64_t *ret_ready_s)
{
    enum zone_rollover worst = ZONE_ROLLOVER_NONE;
    int64_t ready_s = 0;
    for (size_t i = 0; i < count; i++) {
        enum zone_rollover one = judge_place(&places[i]);
        if (one == ZONE_ROLLOVER_WAIT && places[i].next.ready_s > ready_s)
            ready_s = places[i].next.ready_s;
        worst = one > worst ? one : worst;
    }
    *ret_ready_s = worst == ZONE_ROLLOVER_WAIT ? ready_s : 0;
    return worst;
}

const char *zone_rollover_text(enum zone_rollover rollover)
{
    static const char *const texts[] = {
        [ZONE_ROLLOVER_NONE] = "nothing",    [ZONE_ROLLOVER_SAFE] = "safe",
        [ZONE_ROLLOVER_WAIT] = "wait",       [ZONE_ROLLOVER_PUBLISH] = "publish",
        [ZONE_ROLLOVER_UNKNOWN] = "unknown", [ZONE_ROLLOVER_MISSING] = "missing",
        [ZONE_ROLLOVER_DANGER] = "danger",
    };
    return texts[rollover];
}
