/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test says of the past of a site. */
#include "tests/unit/unit.h"

#include "tests/unit/readiness_fixture.h"

#include <string.h>

struct app_histories *fixture_histories(struct fixture *fx)
{
    if (!fx->histories)
        assert_int_equal(app_histories_create(fx->seen, NULL, &fx->histories, NULL), GP_OK);
    return fx->histories;
}

static struct zone_history copy_history(struct fixture *fx, const struct dns_name *owner,
                                        enum dns_type type, struct zone_track **ret)
{
    struct app_histories *histories = fixture_histories(fx);
    struct zone_history copy = *app_history(histories, owner, type);
    assert_true(copy.track_count > 0);
    *ret = gp_arena_alloc(&histories->arena, copy.track_count * sizeof(**ret));
    assert_non_null(*ret);
    memcpy(*ret, copy.tracks, copy.track_count * sizeof(**ret));
    copy.tracks = *ret;
    return copy;
}

/* A copy of its spans with more in front, which are zeroed; the first of those it had begins at
 * first_s. */
static struct zone_span *copy_spans(struct fixture *fx, struct zone_track *track, size_t more,
                                    int64_t first_s)
{
    size_t count = track->span_count + more;
    struct zone_span *spans = gp_arena_alloc(&fx->histories->arena, count * sizeof(*spans));
    assert_non_null(spans);
    memcpy(spans + more, track->spans, track->span_count * sizeof(*spans));
    spans[more].first_s = first_s;
    track->spans = spans;
    track->span_count = count;
    return spans;
}

void fixture_since(struct fixture *fx, const char *name, enum dns_type type, int64_t span_s)
{
    const struct dns_name owner = fixture_name(name);
    struct zone_track *tracks;
    struct zone_history history = copy_history(fx, &owner, type, &tracks);
    for (size_t i = 0; i < history.track_count; i++)
        copy_spans(fx, &tracks[i], 0, fx->now_s - span_s);
    assert_true(app_history_put(fx->histories, &owner, type, &history));
}

void fixture_before(struct fixture *fx, const char *name, enum dns_type type, const char *text,
                    uint32_t ttl_s, int64_t span_s)
{
    const struct dns_name owner = fixture_name(name);
    struct zone_track *tracks;
    struct zone_history history = copy_history(fx, &owner, type, &tracks);
    int64_t end_s = fx->now_s - span_s;
    for (size_t i = 0; i < history.track_count; i++)
        copy_spans(fx, &tracks[i], 1, end_s)[0] =
            (struct zone_span){.first_s = end_s - 30 * FX_DAY_S,
                               .last_s = end_s - 1,
                               .is_denied = text[0] == '\0',
                               .ttl_s = ttl_s,
                               .text = text};
    assert_true(app_history_put(fx->histories, &owner, type, &history));
}

void fixture_known_for_long(struct fixture *fx, uint32_t srv_ttl_s)
{
    char name[DNS_NAME_TEXT_MAX];
    for (struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next)
        for (size_t i = 0;
             at->type == DNS_TYPE_SRV && at->replies && i < at->owner->zone->server_count; i++)
            at->replies[i].ttl_s = at->replies[i].least_ttl_s = srv_ttl_s;
    for (const struct app_seen_rrset *at = fx->seen->rrsets; at; at = at->next)
        if (app_history(fixture_histories(fx), &at->owner->name, at->type)->track_count > 0)
            fixture_since(fx, dns_name_text(&at->owner->name, name), at->type, 30 * FX_DAY_S);
}

void fixture_silence(struct fixture *fx, const char *name, enum dns_type type, int64_t span_s)
{
    const struct dns_name owner = fixture_name(name);
    struct zone_track *tracks;
    struct zone_history history = copy_history(fx, &owner, type, &tracks);
    struct zone_silence *silence = gp_arena_alloc(&fx->histories->arena, sizeof(*silence));
    assert_non_null(silence);
    silence->first_s = silence->last_s = fx->now_s - span_s;
    history.silences = silence;
    history.silence_count = 1;
    assert_true(app_history_put(fx->histories, &owner, type, &history));
}
