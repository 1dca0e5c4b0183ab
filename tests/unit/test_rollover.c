/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether partners know a key, and what is next on the way to another one. */
#include "tests/unit/unit.h"

#include "zones/rollover.h"

#define NOW       INT64_C(1796000000)
#define HOUR      3600
#define DAY       86400
#define SPANS_MAX 3

static const struct zone_margins margins = {
    .cache_s = HOUR, .stale_s = DAY, .low_s = 300, .spread_s = 120, .before_s = DAY};

/* What a server said, times before now; a NULL text: that there are none. */
struct said {
    const char *text;
    int64_t from_s, to_s;
    uint32_t ttl_s;
    bool is_unsigned;
};

struct server {
    struct said said[SPANS_MAX];
    bool is_gone; /* it serves the zone no more */
};

struct told {
    struct zone_span spans[2][SPANS_MAX];
    struct zone_track tracks[2];
    struct zone_history history;
};

static const struct zone_history *tell(const struct server servers[2], struct told *told)
{
    static const char *const names[] = {"ns1", "ns2"};
    *told = (struct told){.history.tracks = told->tracks};
    for (size_t i = 0; i < 2 && servers[i].said[0].from_s != 0; i++) {
        size_t count = 0;
        for (; count < SPANS_MAX && servers[i].said[count].from_s != 0; count++) {
            const struct said *said = &servers[i].said[count];
            told->spans[i][count] = (struct zone_span){.first_s = NOW - said->from_s,
                                                       .last_s = NOW - said->to_s,
                                                       .is_denied = !said->text,
                                                       .is_unsigned = said->is_unsigned,
                                                       .ttl_s = said->ttl_s,
                                                       .text = said->text ? said->text : ""};
        }
        told->tracks[told->history.track_count++] =
            (struct zone_track){.server = names[i],
                                .is_current = !servers[i].is_gone,
                                .span_count = count,
                                .spans = told->spans[i]};
    }
    return &told->history;
}

static void a_key_is_known_by_what_was_seen(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct server servers[2];
        enum zone_key_state state;
        int64_t ready_s, since_s; /* from now on; -1: not set */
        const char *server;
        bool was_missing;
    } rows[] = {
        {"never seen", {{.said = {{0}}}}, ZONE_KEY_UNSEEN, -1, -1, NULL, false},
        {"not of late",
         {{.said = {{"3 1 1 bb", 30 * DAY, 8 * DAY, HOUR, false}}}},
         ZONE_KEY_UNSEEN,
         -1,
         -1,
         NULL,
         false},
        {"a week ago is of late",
         {{.said = {{"3 1 1 bb", 30 * DAY, 7 * DAY, HOUR, false}}}},
         ZONE_KEY_KNOWN,
         -30 * DAY + 2 * HOUR,
         -30 * DAY,
         NULL,
         false},
        {"none there, none before",
         {{.said = {{NULL, DAY, 0, HOUR, false}}}, {.said = {{NULL, DAY, 0, HOUR, false}}}},
         ZONE_KEY_UNUSED,
         0,
         -1,
         NULL,
         false},
        {"none there any more, and a cache may hold some",
         {{.said = {{"3 1 1 aa", DAY, HOUR, 2 * HOUR, false}, {NULL, HOUR, 0, HOUR, false}}}},
         ZONE_KEY_YOUNG,
         HOUR,
         -1,
         NULL,
         false},
        {"another key, not signed",
         {{.said = {{"3 1 1 aa", DAY, 0, HOUR, true}}}, {.said = {{NULL, DAY, 0, HOUR, true}}}},
         ZONE_KEY_UNUSED,
         0,
         -1,
         NULL,
         false},
        {"a third one before, not signed either",
         {{.said = {{"3 1 1 cc", DAY, HOUR, 2 * HOUR, true}, {"3 1 1 aa", HOUR, 0, HOUR, true}}}},
         ZONE_KEY_UNUSED,
         0,
         -1,
         NULL,
         false},
        {"no longer signed, and a cache may hold it with its signature",
         {{.said = {{"3 1 1 aa", DAY, HOUR, 2 * HOUR, false},
                    {"3 1 1 aa", HOUR, 0, 2 * HOUR, true}}}},
         ZONE_KEY_YOUNG,
         HOUR,
         -1,
         NULL,
         false},
        {"signed on one server",
         {{.said = {{"3 1 1 aa", DAY, 0, HOUR, true}}},
          {.said = {{"3 1 1 aa", DAY, 0, HOUR, false}}}},
         ZONE_KEY_MISSING,
         -1,
         -1,
         "ns1",
         false},
        {"on a server that is gone",
         {{.said = {{"3 1 1 aa", DAY, 0, HOUR, true}}},
          {.said = {{"3 1 1 aa", 3 * DAY, 2 * DAY, HOUR, false}}, .is_gone = true}},
         ZONE_KEY_UNUSED,
         0,
         -1,
         NULL,
         false},
        {"another key",
         {{.said = {{"3 1 1 aa", DAY, 0, HOUR, false}}}},
         ZONE_KEY_MISSING,
         -1,
         -1,
         "ns1",
         false},
        {"one server without it",
         {{.said = {{"3 1 1 aa\n3 1 1 bb", DAY, 0, HOUR, false}}},
          {.said = {{"3 1 1 aa", DAY, 0, HOUR, false}}}},
         ZONE_KEY_MISSING,
         -1,
         -1,
         "ns2",
         false},
        {"one server with none at all",
         {{.said = {{"3 1 1 bb", DAY, 0, HOUR, false}}}, {.said = {{NULL, DAY, 0, HOUR, false}}}},
         ZONE_KEY_MISSING,
         -1,
         -1,
         "ns2",
         false},
        {"a server that is gone does not count",
         {{.said = {{"3 1 1 bb", 2 * DAY, 0, HOUR, false}}},
          {.said = {{"3 1 1 aa", 3 * DAY, 2 * DAY, HOUR, false}}, .is_gone = true}},
         ZONE_KEY_KNOWN,
         -2 * DAY + 2 * HOUR,
         -2 * DAY,
         NULL,
         true},
        {"young",
         {{.said = {{"3 1 1 aa", DAY, 2 * HOUR, 2 * HOUR, false},
                    {"3 1 1 aa\n3 1 1 bb", HOUR, 0, 2 * HOUR, false}}}},
         ZONE_KEY_YOUNG,
         3 * HOUR,
         -HOUR,
         NULL,
         true},
        {"to the second",
         {{.said = {{"3 1 1 aa\n3 1 1 bb", 4 * HOUR, 0, 2 * HOUR, false}}}},
         ZONE_KEY_KNOWN,
         0,
         -4 * HOUR,
         NULL,
         false},
        {"a second before",
         {{.said = {{"3 1 1 aa\n3 1 1 bb", 4 * HOUR - 1, 0, 2 * HOUR, false}}}},
         ZONE_KEY_YOUNG,
         1,
         -4 * HOUR + 1,
         NULL,
         false},
        {"that there were none keeps nobody out",
         {{.said = {{NULL, 2 * DAY, 5 * HOUR, DAY, false},
                    {"3 1 1 bb", 4 * HOUR, 0, HOUR, false}}}},
         ZONE_KEY_KNOWN,
         -2 * HOUR,
         -4 * HOUR,
         NULL,
         false},
        {"a longer TTL of the records without it",
         {{.said = {{"3 1 1 aa", 2 * DAY, DAY, 2 * DAY, false},
                    {"3 1 1 aa\n3 1 1 bb", DAY, 0, 300, false}}}},
         ZONE_KEY_YOUNG,
         DAY,
         -DAY,
         NULL,
         true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct told told;
        struct zone_key_view view;
        zone_key_look(tell(rows[i].servers, &told), &margins, "3 1 1 bb", NOW, &view);
        int64_t ready_s = rows[i].ready_s == -1 ? 0 : NOW + rows[i].ready_s;
        int64_t since_s = rows[i].since_s == -1 ? 0 : NOW + rows[i].since_s;
        bool is_ready =
            view.state == ZONE_KEY_UNUSED ? view.ready_s <= NOW : view.ready_s == ready_s;
        if (view.state != rows[i].state || !is_ready || view.since_s != since_s ||
            view.was_missing != rows[i].was_missing)
            fail_msg("%s: state %d, ready %+lld, since %+lld, missing before %d", rows[i].name,
                     view.state, (long long)(view.ready_s - NOW), (long long)(view.since_s - NOW),
                     view.was_missing);
        if (rows[i].server)
            assert_string_equal(view.server, rows[i].server);
        else
            assert_null(view.server);
    }
}

static void the_worst_of_several_places_counts(void **state)
{
    (void)state;
    static const enum zone_key_state order[] = {ZONE_KEY_UNUSED, ZONE_KEY_KNOWN, ZONE_KEY_UNSEEN,
                                                ZONE_KEY_YOUNG, ZONE_KEY_MISSING};
    for (size_t i = 0; i < GP_ARRAY_LEN(order); i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(order); k++) {
            struct zone_key_view worst = {.state = order[i]}, other = {.state = order[k]};
            assert_int_equal(zone_key_worse(&worst, &other), k > i);
            assert_int_equal(worst.state, order[k > i ? k : i]);
        }
    struct zone_key_view worst = {.state = ZONE_KEY_YOUNG, .ready_s = 5};
    const struct zone_key_view later = {.state = ZONE_KEY_YOUNG, .ready_s = 7};
    assert_true(zone_key_worse(&worst, &later));
    assert_int_equal(worst.ready_s, 7);
}

#define YOUNG_AT(at)                                                   \
    {                                                                  \
        .state = ZONE_KEY_YOUNG, .since_s = NOW, .ready_s = NOW + (at) \
    }
#define KNOWN                                                 \
    {                                                         \
        .state = ZONE_KEY_KNOWN, .since_s = 1, .ready_s = NOW \
    }
#define IS(is)      \
    {               \
        .state = is \
    }
#define FINE .is_signed = true, .is_told = true, .current = KNOWN

static void what_is_next_follows_from_every_place(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct zone_rollover_place places[2];
        size_t count;
        enum zone_rollover expected;
        int64_t ready_s; /* from now on; 0: not set */
    } rows[] = {
        {"no place", {{0}}, 0, ZONE_ROLLOVER_NONE, 0},
        {"no next key", {{FINE}}, 1, ZONE_ROLLOVER_NONE, 0},
        {"a young present key is served anyway",
         {{.is_signed = true, .is_told = true, .current = YOUNG_AT(HOUR)}},
         1,
         ZONE_ROLLOVER_NONE,
         0},
        {"known next key", {{FINE, .has_next = true, .next = KNOWN}}, 1, ZONE_ROLLOVER_SAFE, 0},
        {"young next key",
         {{FINE, .has_next = true, .next = YOUNG_AT(HOUR)}},
         1,
         ZONE_ROLLOVER_WAIT,
         HOUR},
        {"the last of two",
         {{FINE, .has_next = true, .next = YOUNG_AT(2 * HOUR)},
          {FINE, .has_next = true, .next = YOUNG_AT(HOUR)}},
         2,
         ZONE_ROLLOVER_WAIT,
         2 * HOUR},
        {"a place that does not count",
         {{FINE, .has_next = true, .next = YOUNG_AT(HOUR)},
          {.current = KNOWN, .has_next = true, .next = YOUNG_AT(2 * HOUR)}},
         2,
         ZONE_ROLLOVER_WAIT,
         HOUR},
        {"one place without it",
         {{FINE, .has_next = true, .next = YOUNG_AT(HOUR)},
          {FINE, .has_next = true, .next = IS(ZONE_KEY_MISSING)}},
         2,
         ZONE_ROLLOVER_PUBLISH,
         0},
        {"next key never seen",
         {{FINE, .has_next = true, .next = IS(ZONE_KEY_UNSEEN)}},
         1,
         ZONE_ROLLOVER_UNKNOWN,
         0},
        {"a server did not tell",
         {{.is_signed = true, .current = KNOWN, .has_next = true, .next = KNOWN}},
         1,
         ZONE_ROLLOVER_UNKNOWN,
         0},
        {"no record of the present key",
         {{.is_signed = true, .is_told = true, .current = IS(ZONE_KEY_MISSING)}},
         1,
         ZONE_ROLLOVER_MISSING,
         0},
        {"no records at all",
         {{.is_signed = true, .is_told = true, .current = IS(ZONE_KEY_UNUSED)}},
         1,
         ZONE_ROLLOVER_MISSING,
         0},
        {"no records any more",
         {{.is_signed = true,
           .is_told = true,
           .current = {.state = ZONE_KEY_YOUNG, .ready_s = NOW + HOUR}}},
         1,
         ZONE_ROLLOVER_MISSING,
         0},
        {"what is served has no record",
         {{FINE, .served = IS(ZONE_KEY_MISSING)}},
         1,
         ZONE_ROLLOVER_DANGER,
         0},
        {"what is served has one", {{FINE, .served = KNOWN}}, 1, ZONE_ROLLOVER_NONE, 0},
        {"danger weighs more than silence",
         {{.is_signed = true, .current = IS(ZONE_KEY_UNSEEN)},
          {FINE, .served = IS(ZONE_KEY_MISSING)}},
         2,
         ZONE_ROLLOVER_DANGER,
         0},
        {"not signed: nobody goes by it",
         {{.is_told = true, .current = IS(ZONE_KEY_MISSING), .served = IS(ZONE_KEY_MISSING)}},
         1,
         ZONE_ROLLOVER_NONE,
         0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        int64_t ready_s = -1, expected_s = rows[i].ready_s ? NOW + rows[i].ready_s : 0;
        enum zone_rollover found = zone_rollover_judge(rows[i].places, rows[i].count, &ready_s);
        if (found != rows[i].expected || ready_s != expected_s)
            fail_msg("%s: %s, ready %+lld", rows[i].name, zone_rollover_text(found),
                     (long long)(ready_s - NOW));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_known_by_what_was_seen),
        cmocka_unit_test(the_worst_of_several_places_counts),
        cmocka_unit_test(what_is_next_follows_from_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
