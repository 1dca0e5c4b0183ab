/* SPDX-License-Identifier: BSD-2-Clause */
/* How long to wait, and for what: what servers said, the rules, and the timeline that comes of
 * them. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "zones/timeline.h"

#include <stdio.h>
#include <string.h>

#define MONDAY    INT64_C(1795996800) /* 2026-11-30T00:00:00Z */
#define AT(h, m)  (MONDAY + (h)*3600 + (m)*60)
#define DAY_S     86400
#define SPANS_MAX 5

static const struct zone_margins cautious = {
    .cache_s = 3600, .stale_s = DAY_S, .low_s = 300, .spread_s = 120, .before_s = DAY_S};
static const struct zone_margins standard = {
    .cache_s = 0, .stale_s = DAY_S, .low_s = 300, .spread_s = 120, .before_s = DAY_S};

/* One server's spans, until the first without a time. */
struct story {
    struct zone_span spans[SPANS_MAX];
    struct zone_silence silence;
    bool is_gone; /* it serves the zone no more */
};

#define SAYS(first, last, ttl, records)                                         \
    {                                                                           \
        .first_s = (first), .last_s = (last), .ttl_s = (ttl), .text = (records) \
    }
#define DENIES(first, last, ttl)                                                            \
    {                                                                                       \
        .first_s = (first), .last_s = (last), .ttl_s = (ttl), .is_denied = true, .text = "" \
    }

struct told_history {
    struct zone_track tracks[3];
    struct zone_silence silences[3];
    struct zone_history history;
};

static const struct zone_history *tell(const struct story *stories, size_t count,
                                       struct told_history *told)
{
    struct zone_history *history = &told->history;
    *history = (struct zone_history){.tracks = told->tracks, .silences = told->silences};
    for (size_t i = 0; i < count && stories[i].spans[0].first_s != 0; i++) {
        size_t spans = 0;
        while (spans < SPANS_MAX && stories[i].spans[spans].first_s != 0)
            spans++;
        told->tracks[history->track_count++] =
            (struct zone_track){.server = "ns",
                                .is_current = !stories[i].is_gone,
                                .span_count = spans,
                                .spans = stories[i].spans};
        if (stories[i].silence.first_s != 0)
            told->silences[history->silence_count++] = stories[i].silence;
    }
    return history;
}

static const char *time_text(int64_t at_s, char text[GP_CLOCK_TEXT_MAX])
{
    return at_s == 0 ? "never" : gp_clock_text(at_s, text);
}

static void compare(const char *name, const char *what, int64_t at_s, int64_t expected_s)
{
    char at[GP_CLOCK_TEXT_MAX], expected[GP_CLOCK_TEXT_MAX];
    if (at_s != expected_s)
        fail_msg("%s: %s is %s, not %s", name, what, time_text(at_s, at),
                 time_text(expected_s, expected));
}

/* Rules. */

static void what_was_said_before_runs_out(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story servers[2];
        bool is_standard;
        unsigned which;
        int64_t until_s;
        enum zone_term term;
    } rows[] = {
        {"nothing else was ever said",
         {{.spans = {SAYS(AT(1, 0), AT(9, 0), 300, "a")}}},
         false,
         ZONE_OLD_ALL,
         0,
         ZONE_TERM_NONE},
        {"another TTL",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), DAY_S, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "a")}}},
         false,
         ZONE_OLD_TTL,
         AT(9, 0) + DAY_S,
         ZONE_TERM_TTL},
        {"another TTL does not make other records",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), DAY_S, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "a")}}},
         false,
         ZONE_OLD_DATA,
         0,
         ZONE_TERM_NONE},
        {"the last server counts",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 7200, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "b")}},
          {.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "a"), SAYS(AT(9, 2), AT(9, 5), 300, "b")}}},
         false,
         ZONE_OLD_DATA,
         AT(9, 2) + 7200,
         ZONE_TERM_TTL},
        {"each server's TTL counts from when it ceased",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), DAY_S, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "b")}},
          {.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "a"), SAYS(AT(9, 2), AT(9, 5), 300, "b")}}},
         false,
         ZONE_OLD_DATA,
         AT(9, 0) + DAY_S,
         ZONE_TERM_TTL},
        {"K dominates a short TTL",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "b")}}},
         false,
         ZONE_OLD_DATA,
         AT(10, 0),
         ZONE_TERM_CACHE},
        {"without K the TTL does",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "b")}}},
         true,
         ZONE_OLD_DATA,
         AT(9, 5),
         ZONE_TERM_TTL},
        {"caps of caches shorten nothing: a TTL of 30 days",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 30 * DAY_S, "a"),
                     SAYS(AT(9, 0), AT(9, 5), 300, "b")}}},
         false,
         ZONE_OLD_DATA,
         AT(9, 0) + 30 * DAY_S,
         ZONE_TERM_TTL},
        {"a denial lasts for N, whatever K is",
         {{.spans = {DENIES(AT(1, 0), AT(8, 0), 900), SAYS(AT(9, 0), AT(9, 5), 300, "a")}}},
         false,
         ZONE_OLD_DENIAL,
         AT(9, 15),
         ZONE_TERM_NEGATIVE},
        {"changes in a row: the older one may last longer",
         {{.spans = {SAYS(AT(1, 0), AT(2, 0), DAY_S, "a"), SAYS(AT(3, 0), AT(8, 0), 300, "b"),
                     SAYS(AT(9, 0), AT(9, 5), 300, "c")}}},
         false,
         ZONE_OLD_DATA,
         AT(3, 0) + DAY_S,
         ZONE_TERM_TTL},
        {"back to what was: the records between count",
         {{.spans = {SAYS(AT(1, 0), AT(2, 0), 300, "a"), SAYS(AT(3, 0), AT(8, 0), 7200, "b"),
                     SAYS(AT(9, 0), AT(9, 5), 300, "a")}}},
         false,
         ZONE_OLD_DATA,
         AT(11, 0),
         ZONE_TERM_TTL},
        {"a server that was unreachable adds G",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 50), 300, "b")}},
          {.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 50), 300, "b")},
           .silence = {AT(9, 30), AT(9, 40)}}},
         false,
         ZONE_OLD_DATA,
         AT(10, 0) + DAY_S,
         ZONE_TERM_CACHE},
        {"one that was unreachable before does not",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 50), 300, "b")},
           .silence = {AT(2, 0), AT(3, 0)}}},
         false,
         ZONE_OLD_DATA,
         AT(10, 0),
         ZONE_TERM_CACHE},
        {"nor one that was unreachable after the end",
         {{.spans = {SAYS(AT(1, 0), AT(8, 0), 300, "a"), SAYS(AT(9, 0), AT(9, 50), 300, "b")},
           .silence = {AT(11, 0), AT(12, 0)}}},
         false,
         ZONE_OLD_DATA,
         AT(10, 0),
         ZONE_TERM_CACHE},
        {"a server that is gone ceased when it was last seen",
         {{.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "b")}},
          {.spans = {SAYS(AT(1, 0), AT(8, 0), 7200, "a")}, .is_gone = true}},
         false,
         ZONE_OLD_DATA,
         AT(10, 0),
         ZONE_TERM_TTL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct told_history told;
        struct zone_wait wait;
        const struct zone_history *history = tell(rows[i].servers, 2, &told);
        zone_wait_for_old(history, rows[i].is_standard ? &standard : &cautious, rows[i].which,
                          &wait);
        compare(rows[i].name, "the end", wait.until_s, rows[i].until_s);
        assert_string_equal(zone_term_text(wait.term), zone_term_text(rows[i].term));
    }
}

static void what_nobody_saw_is_assumed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story server;
        int64_t until_s;
    } rows[] = {
        {"a low TTL at the first sight was a longer one",
         {.spans = {SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         AT(9, 0) + DAY_S},
        {"a long one is the old one itself", {.spans = {SAYS(AT(9, 0), AT(9, 5), DAY_S, "a")}}, 0},
        {"a name that was seen to be new had none",
         {.spans = {DENIES(AT(8, 0), AT(8, 0), 300), SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         0},
        {"what was seen counts if it is longer",
         {.spans = {SAYS(AT(1, 0), AT(8, 0), 2 * DAY_S, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         AT(9, 0) + 2 * DAY_S},
        {"what was assumed counts if it is longer",
         {.spans = {SAYS(AT(8, 0), AT(8, 0), 600, "a"), SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         AT(8, 0) + DAY_S},
        {"never seen", {.spans = {{0}}}, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct told_history told;
        struct zone_wait wait;
        const struct zone_history *history = tell(&rows[i].server, 1, &told);
        zone_wait_to_change(history, &cautious, &wait);
        compare(rows[i].name, "the end", wait.until_s, rows[i].until_s);
    }
}

static void new_names_wait_for_denials(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story server;
        int64_t until_s;
    } rows[] = {
        {"denied before, for as long as it said then",
         {.spans = {DENIES(AT(8, 0), AT(8, 0), 7200), SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         AT(11, 0)},
        {"never seen without: perhaps new",
         {.spans = {SAYS(AT(9, 0), AT(9, 5), 300, "a")}},
         AT(9, 15)},
        {"still denied", {.spans = {DENIES(AT(8, 0), AT(9, 0), 900)}}, 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct told_history told;
        struct zone_wait wait;
        const struct zone_history *history = tell(&rows[i].server, 1, &told);
        zone_wait_for_new(history, 900, &wait);
        compare(rows[i].name, "the end", wait.until_s, rows[i].until_s);
    }
}

static void servers_agree_or_not(void **state)
{
    (void)state;
    static const struct story stories[] = {{.spans = {SAYS(AT(1, 0), AT(9, 0), 300, "a")}},
                                           {.spans = {SAYS(AT(2, 0), AT(9, 0), 600, "a")}},
                                           {.spans = {SAYS(AT(3, 0), AT(9, 0), 300, "b")}}};
    struct told_history told;
    struct zone_present present;
    zone_present(tell(stories, 2, &told), &present);
    assert_true(present.is_seen && present.is_agreed && !present.is_denied);
    assert_int_equal(present.ttl_s, 600);
    compare("two", "since", present.since_s, AT(2, 0));
    compare("two", "seen from", present.seen_from_s, AT(1, 0));
    zone_present(tell(stories, 3, &told), &present);
    assert_true(present.is_seen && !present.is_agreed);
    zone_present(tell(stories, 0, &told), &present);
    assert_false(present.is_seen || present.is_agreed);
}

static void a_key_is_safe_after_two_ttls(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story servers[2];
        int64_t ready_s; /* 0: not on all servers */
    } rows[] = {
        {"not there", {{.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "3 1 1 aa")}}}, 0},
        {"not on all",
         {{.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "3 1 1 aa\n3 1 1 bb")}},
          {.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "3 1 1 aa")}}},
         0},
        {"a part of another",
         {{.spans = {SAYS(AT(1, 0), AT(9, 0), 7200, "3 1 1 bbbb\n13 1 1 bb")}}},
         0},
        {"two TTLs after the last server",
         {{.spans = {SAYS(AT(1, 0), AT(2, 0), 7200, "3 1 1 aa"),
                     SAYS(AT(3, 0), AT(9, 0), 7200, "3 1 1 aa\n3 1 1 bb")}},
          {.spans = {SAYS(AT(1, 0), AT(2, 0), 7200, "3 1 1 aa"),
                     SAYS(AT(4, 0), AT(9, 0), 7200, "3 1 1 aa\n3 1 1 bb")}}},
         AT(8, 0)},
        {"other changes since do not matter, their TTLs do",
         {{.spans = {SAYS(AT(3, 0), AT(4, 0), 3600, "3 1 1 aa\n3 1 1 bb"),
                     SAYS(AT(5, 0), AT(9, 0), 7200, "3 1 1 bb")}}},
         AT(7, 0)},
        {"K, where two TTLs are less",
         {{.spans = {SAYS(AT(3, 0), AT(9, 0), 300, "3 1 1 bb")}}},
         AT(4, 0)},
        {"and G",
         {{.spans = {SAYS(AT(3, 0), AT(9, 0), 300, "3 1 1 bb")},
           .silence = {AT(3, 30), AT(3, 30)}}},
         AT(4, 0) + DAY_S},
        {"gone and back",
         {{.spans = {SAYS(AT(1, 0), AT(2, 0), 7200, "3 1 1 bb"),
                     SAYS(AT(3, 0), AT(3, 0), 7200, "3 1 1 aa"),
                     SAYS(AT(4, 0), AT(5, 0), 7200, "3 1 1 bb")}}},
         AT(8, 0)},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct told_history told;
        int64_t ready_s = 0;
        const struct zone_history *history = tell(rows[i].servers, 2, &told);
        assert_int_equal(zone_key_ready(history, &cautious, "3 1 1 bb", &ready_s),
                         rows[i].ready_s != 0);
        compare(rows[i].name, "ready", ready_s, rows[i].ready_s);
    }
}

/* The timeline. */

#define SRV  "_xmpp-server._tcp.alpha.example SRV"
#define SRVS "_xmpps-server._tcp.alpha.example SRV"
#define HOST "gw1.alpha.example A"
#define TLSA "_5269._tcp.gw1.alpha.example TLSA"
#define OLD  "10 0 5269 old.alpha.example."
#define NEW  "10 0 5269 gw1.alpha.example."

struct told {
    const char *name;
    enum zone_role role;
    enum zone_standing standing;
    struct story servers[2];
};

struct expected {
    const char *id;
    enum zone_step_state state;
    int64_t at_s;
};

/* The sets of the worked example: what both servers said of the SRV records, lowered on Monday at
 * 9, switched on Tuesday at 10, and of the address. */
#define SRV_LOWERED(until)                                       \
    {                                                            \
        SRV, ZONE_ROLE_SERVICE, ZONE_OTHERWISE,                  \
            {{.spans = {SAYS(AT(-24, 0), AT(8, 59), DAY_S, OLD), \
                        SAYS(AT(9, 0), until, 300, OLD)}},       \
             {.spans = {SAYS(AT(-24, 0), AT(9, 1), DAY_S, OLD),  \
                        SAYS(AT(9, 2), until, 300, OLD)}}},      \
    }
#define SRV_SWITCHED(until)                                                                       \
    {                                                                                             \
        SRV, ZONE_ROLE_SERVICE, ZONE_AS_PLANNED,                                                  \
            {{.spans = {SAYS(AT(-24, 0), AT(8, 59), DAY_S, OLD),                                  \
                        SAYS(AT(9, 0), AT(33, 59), 300, OLD), SAYS(AT(34, 0), until, 300, NEW)}}, \
             {.spans = {SAYS(AT(-24, 0), AT(9, 1), DAY_S, OLD),                                   \
                        SAYS(AT(9, 2), AT(34, 1), 300, OLD), SAYS(AT(34, 2), until, 300, NEW)}}}, \
    }
#define HOST_ADDED(until)                                            \
    {                                                                \
        HOST, ZONE_ROLE_ADDRESS, ZONE_AS_PLANNED,                    \
            {{.spans = {DENIES(AT(-24, 0), AT(9, 59), 3600),         \
                        SAYS(AT(10, 0), until, 300, "192.0.2.5")}},  \
             {.spans = {DENIES(AT(-24, 0), AT(10, 1), 3600),         \
                        SAYS(AT(10, 2), until, 300, "192.0.2.5")}}}, \
    }

static const struct {
    const char *name;
    int64_t now_s;
    const struct zone_margins *margins;
    struct told sets[3];
    int64_t switch_s, dead_s;
    struct expected steps[5];
} timelines[] = {
    {"3.4, before anything: lowered and published at once",
     AT(9, 0),
     &cautious,
     {{SRV,
       ZONE_ROLE_SERVICE,
       ZONE_OTHERWISE,
       {{.spans = {SAYS(AT(-24, 0), AT(9, 0), DAY_S, OLD)}}}},
      {HOST, ZONE_ROLE_ADDRESS, ZONE_NOTHING, {{.spans = {DENIES(AT(-24, 0), AT(9, 0), 3600)}}}}},
     AT(33, 2),
     AT(34, 4),
     {{"1", ZONE_STEP_DUE, AT(9, 0)},
      {"2", ZONE_STEP_LATER, AT(33, 2)},
      {"3", ZONE_STEP_LATER, AT(10, 2)}}},
    {"3.4, Monday 9:05: lowered",
     AT(9, 5),
     &cautious,
     {SRV_LOWERED(AT(9, 5))},
     AT(33, 2),
     AT(34, 4),
     {{"1", ZONE_STEP_DONE, AT(9, 2)},
      {"2", ZONE_STEP_LATER, AT(33, 2)},
      {"10", ZONE_STEP_LATER, AT(33, 2)}}},
    {"3.4, Monday 10:05: addresses published",
     AT(10, 5),
     &cautious,
     {SRV_LOWERED(AT(10, 5)), HOST_ADDED(AT(10, 5))},
     AT(33, 2),
     AT(34, 4),
     {{"3", ZONE_STEP_LATER, AT(11, 2)}, {"10", ZONE_STEP_LATER, AT(33, 2)}}},
    {"3.4, Tuesday 10:00: about to be switched",
     AT(34, 0),
     &cautious,
     {SRV_LOWERED(AT(34, 0)), HOST_ADDED(AT(34, 0))},
     AT(34, 0),
     AT(35, 2),
     {{"2", ZONE_STEP_DONE, AT(33, 2)},
      {"3", ZONE_STEP_DONE, AT(11, 2)},
      {"10", ZONE_STEP_DUE, AT(34, 0)},
      {"11", ZONE_STEP_LATER, AT(35, 2)},
      {"14", ZONE_STEP_OPEN, 0}}},
    {"3.4, Tuesday 10:05: switched, K dominates",
     AT(34, 5),
     &cautious,
     {SRV_SWITCHED(AT(34, 5)), HOST_ADDED(AT(34, 5))},
     AT(34, 2),
     AT(35, 2),
     {{"10", ZONE_STEP_DONE, AT(34, 2)},
      {"11", ZONE_STEP_LATER, AT(35, 2)},
      {"12", ZONE_STEP_LATER, AT(35, 2)},
      {"13", ZONE_STEP_LATER, AT(35, 2)},
      {"14", ZONE_STEP_LATER, AT(35, 7)}}},
    {"3.4, by the pure standard",
     AT(34, 5),
     &standard,
     {SRV_SWITCHED(AT(34, 5))},
     AT(34, 2),
     AT(34, 7),
     {{"11", ZONE_STEP_LATER, AT(34, 7)}, {"15", ZONE_STEP_LATER, AT(34, 7)}}},
    {"3.4, a server was unreachable in that hour",
     AT(35, 5),
     &cautious,
     {{SRV,
       ZONE_ROLE_SERVICE,
       ZONE_AS_PLANNED,
       {{.spans = {SAYS(AT(9, 0), AT(33, 59), 300, OLD), SAYS(AT(34, 2), AT(35, 5), 300, NEW)},
         .silence = {AT(34, 30), AT(34, 30)}}}}},
     AT(34, 2),
     AT(35, 2) + DAY_S,
     {{"13", ZONE_STEP_LATER, AT(35, 2) + DAY_S}}},
    {"3.4, over",
     AT(36, 0),
     &cautious,
     {SRV_SWITCHED(AT(36, 0))},
     AT(34, 2),
     AT(35, 2),
     {{"8", ZONE_STEP_DONE, AT(35, 2)},
      {"11", ZONE_STEP_DONE, AT(35, 2)},
      {"12", ZONE_STEP_DUE, AT(35, 2)},
      {"13", ZONE_STEP_DUE, AT(35, 2)},
      {"15", ZONE_STEP_DUE, AT(35, 2)}}},
    {"2b: SOA MINIMUM was lowered",
     AT(10, 0),
     &standard,
     {{SRV,
       ZONE_ROLE_SERVICE,
       ZONE_OTHERWISE,
       {{.spans = {SAYS(AT(-48, 0), AT(10, 0), 300, OLD)}}}},
      {"alpha.example SOA",
       ZONE_ROLE_NEGATIVE,
       ZONE_UNSEEN,
       {{.spans = {DENIES(AT(-48, 0), AT(8, 0), 10800), DENIES(AT(9, 0), AT(10, 0), 300)}}}}},
     AT(12, 0),
     AT(12, 7),
     {{"2b", ZONE_STEP_LATER, AT(12, 0)}}},
    {"3b: the service name is new with the switch",
     AT(34, 0),
     &cautious,
     {SRV_LOWERED(AT(34, 0)),
      {SRVS, ZONE_ROLE_SERVICE, ZONE_NOTHING, {{.spans = {DENIES(AT(-24, 0), AT(34, 0), 3600)}}}}},
     AT(34, 0),
     AT(35, 2),
     {{"3b", ZONE_STEP_LATER, AT(35, 2)}}},
    {"4: the first TLSA records",
     AT(34, 0),
     &cautious,
     {SRV_LOWERED(AT(34, 0)),
      {TLSA, ZONE_ROLE_KEY, ZONE_NOTHING, {{.spans = {DENIES(AT(-24, 0), AT(34, 0), 3600)}}}}},
     AT(34, 0),
     AT(35, 2),
     {{"4", ZONE_STEP_OPEN, 0}}},
    {"5: another key under TLSA records that are there",
     AT(34, 0),
     &cautious,
     {SRV_LOWERED(AT(34, 0)),
      {TLSA,
       ZONE_ROLE_KEY,
       ZONE_AS_PLANNED,
       {{.spans = {SAYS(AT(1, 0), AT(32, 0), 7200, "3 1 1 aa"),
                   SAYS(AT(33, 0), AT(34, 0), 7200, "3 1 1 aa\n3 1 1 bb")}}}}},
     AT(37, 0),
     AT(38, 2),
     {{"5", ZONE_STEP_LATER, AT(37, 0)}}},
    {"19: the zone moved lately",
     AT(34, 0),
     &cautious,
     {SRV_LOWERED(AT(34, 0)),
      {"alpha.example NS",
       ZONE_ROLE_DELEGATION,
       ZONE_UNSEEN,
       {{.spans = {SAYS(AT(1, 0), AT(29, 0), DAY_S, "ns1."),
                   SAYS(AT(30, 0), AT(34, 0), DAY_S, "ns2.")}}}}},
     AT(54, 0),
     AT(55, 2),
     {{"19", ZONE_STEP_LATER, AT(54, 0)}, {"10", ZONE_STEP_LATER, AT(54, 0)}}},
    {"the first look, TTL low already: a day is assumed",
     AT(9, 0),
     &cautious,
     {{SRV, ZONE_ROLE_SERVICE, ZONE_OTHERWISE, {{.spans = {SAYS(AT(9, 0), AT(9, 0), 300, OLD)}}}}},
     AT(33, 0),
     AT(34, 2),
     {{"2", ZONE_STEP_LATER, AT(33, 0)}}},
    {"the first look, switched already",
     AT(9, 0),
     &cautious,
     {{SRV, ZONE_ROLE_SERVICE, ZONE_AS_PLANNED, {{.spans = {SAYS(AT(9, 0), AT(9, 0), 300, NEW)}}}}},
     AT(9, 0),
     AT(33, 0),
     {{"10", ZONE_STEP_DONE, AT(9, 0)}, {"13", ZONE_STEP_LATER, AT(33, 0)}}},
};

static const struct zone_step *find_step(const struct zone_timeline *timeline, const char *id)
{
    for (size_t i = 0; i < timeline->step_count; i++)
        if (strcmp(timeline->steps[i].id, id) == 0)
            return &timeline->steps[i];
    return NULL;
}

static void check_steps(const char *name, const struct zone_timeline *timeline,
                        const struct expected *steps)
{
    for (size_t i = 0; i < 5 && steps[i].id; i++) {
        const struct zone_step *step = find_step(timeline, steps[i].id);
        if (!step)
            fail_msg("%s: there is no step %s", name, steps[i].id);
        else if (step->state != steps[i].state)
            fail_msg("%s: step %s is %s, not %s", name, steps[i].id,
                     zone_step_state_text(step->state), zone_step_state_text(steps[i].state));
        compare(name, steps[i].id, step ? step->at_s : 0, steps[i].at_s);
    }
    for (size_t i = 0; i < timeline->step_count; i++)
        if (!timeline->steps[i].title[0] || !timeline->steps[i].reason[0])
            fail_msg("%s: step %s has no words", name, timeline->steps[i].id);
}

static void each_step_has_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < GP_ARRAY_LEN(timelines); i++) {
        struct told_history histories[3];
        struct zone_set sets[3];
        struct zone_cutover cutover = {
            .now_s = timelines[i].now_s, .margins = *timelines[i].margins, .sets = sets};
        struct zone_timeline *timeline;
        for (const struct told *told = timelines[i].sets; cutover.set_count < 3 && told->name;
             told++) {
            struct zone_set *set = &sets[cutover.set_count];
            *set = (struct zone_set){.name = told->name,
                                     .role = told->role,
                                     .standing = told->standing,
                                     .negative_s = 3600};
            set->history = *tell(told->servers, 2, &histories[cutover.set_count++]);
        }
        assert_int_equal(zone_timeline_create(&cutover, &timeline, NULL), GP_OK);
        check_steps(timelines[i].name, timeline, timelines[i].steps);
        compare(timelines[i].name, "the switch", timeline->switch_s, timelines[i].switch_s);
        compare(timelines[i].name, "t_dead", timeline->dead_s, timelines[i].dead_s);
        zone_timeline_destroy(timeline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_said_before_runs_out),
        cmocka_unit_test(what_nobody_saw_is_assumed),
        cmocka_unit_test(new_names_wait_for_denials),
        cmocka_unit_test(servers_agree_or_not),
        cmocka_unit_test(a_key_is_safe_after_two_ttls),
        cmocka_unit_test(each_step_has_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
