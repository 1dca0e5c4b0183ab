/* SPDX-License-Identifier: BSD-2-Clause */
/* What the journal remembers of several runs, and what it does when it cannot be used. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "readiness/journal/journal.h"
#include "tests/unit/readiness_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 200
#define NS1       0 /* number of a server */
#define NS2       1

struct place {
    char folder[PATH_SIZE], file[PATH_SIZE + 16];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    snprintf(place->folder, sizeof(place->folder), "/tmp/gatepost-journal-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->file, sizeof(place->file), "%s/check.db", place->folder);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    rmdir(place->folder);
    free(place);
    return 0;
}

static void begin(struct fixture *fx)
{
    fixture_begin(fx, "");
    fixture_derive(fx);
}

static struct app_seen_reply *reply_of(struct fixture *fx, size_t server)
{
    return &fixture_rrset(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV)->replies[server];
}

/* A run at that time. The histories are the caller's. */
static struct app_histories *run_at(struct fixture *fx, const struct place *place, int64_t at_s,
                                    const char *vantage)
{
    struct app_histories *histories = NULL;
    fx->seen->started_s = at_s;
    assert_int_equal(app_journal_follow(place->file, vantage, fx->seen, &histories, NULL), GP_OK);
    return histories;
}

static void visit(struct fixture *fx, const struct place *place, int64_t at_s)
{
    struct app_histories *histories = run_at(fx, place, at_s, "here");
    if (histories->trouble)
        fail_msg("%s", histories->trouble);
    app_histories_destroy(histories);
}

static const struct zone_history *srv_history(const struct app_histories *histories)
{
    const struct dns_name name = fixture_name(FX_STARTTLS_SRV);
    return app_history(histories, &name, DNS_TYPE_SRV);
}

static void what_stays_the_same_is_one_span(void **state)
{
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s;
    visit(&fx, *state, start_s);
    visit(&fx, *state, start_s + 100);
    struct app_histories *histories = run_at(&fx, *state, start_s + 500, "here");
    const struct zone_history *history = srv_history(histories);
    assert_int_equal(history->track_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(history->tracks[i].is_current);
        assert_int_equal(history->tracks[i].span_count, 1);
        assert_int_equal(history->tracks[i].spans[0].first_s, start_s);
        assert_int_equal(history->tracks[i].spans[0].last_s, start_s + 500);
        assert_int_equal(history->tracks[i].spans[0].ttl_s, FX_TTL_S);
        assert_string_equal(history->tracks[i].spans[0].text, "10 0 5269 gw1.alpha.example.");
    }
    app_histories_destroy(histories);
    fixture_end(&fx);
}

static void each_change_is_a_span(void **state)
{
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s;
    visit(&fx, *state, start_s);
    reply_of(&fx, NS1)->ttl_s = 300;
    visit(&fx, *state, start_s + 100);
    reply_of(&fx, NS1)->count = 0;
    reply_of(&fx, NS1)->negative_s = 900;
    struct app_histories *histories = run_at(&fx, *state, start_s + 200, "here");
    const struct zone_history *history = srv_history(histories);
    const struct zone_track *track = &history->tracks[NS1];
    assert_int_equal(track->span_count, 3);
    assert_int_equal(track->spans[0].ttl_s, FX_TTL_S);
    assert_int_equal(track->spans[1].ttl_s, 300);
    assert_int_equal(track->spans[1].first_s, start_s + 100);
    assert_false(track->spans[1].is_denied);
    assert_true(track->spans[2].is_denied);
    assert_int_equal(track->spans[2].ttl_s, 900);
    assert_string_equal(track->spans[2].text, "");
    assert_int_equal(history->tracks[NS2].span_count, 1);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* TLSA records that are signed from now on are others; of what partners look up in any case, a
 * signature makes no other. */
static void signing_begins_a_span_of_tlsa_records(void **state)
{
    static const struct {
        const char *name;
        enum dns_type type;
        size_t span_count;
    } rows[] = {{FX_TLSA, DNS_TYPE_TLSA, 2}, {FX_STARTTLS_SRV, DNS_TYPE_SRV, 1}};
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s, until_s[GP_ARRAY_LEN(rows)];
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_seen_reply *reply =
            &fixture_rrset(&fx, rows[i].name, rows[i].type)->replies[NS1];
        until_s[i] = reply->signed_until_s;
        reply->signed_until_s = 0;
    }
    visit(&fx, *state, start_s);
    visit(&fx, *state, start_s + 50);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        fixture_rrset(&fx, rows[i].name, rows[i].type)->replies[NS1].signed_until_s = until_s[i];
    visit(&fx, *state, start_s + 100);
    struct app_histories *histories = run_at(&fx, *state, start_s + 200, "here");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct dns_name name = fixture_name(rows[i].name);
        const struct zone_track *track = &app_history(histories, &name, rows[i].type)->tracks[NS1];
        assert_int_equal(track->span_count, rows[i].span_count);
        assert_int_equal(track->spans[0].is_unsigned, rows[i].span_count > 1);
        assert_false(track->spans[track->span_count - 1].is_unsigned);
        assert_int_equal(track->spans[track->span_count - 1].last_s, start_s + 200);
        if (rows[i].span_count > 1)
            assert_int_equal(track->spans[1].first_s, start_s + 100);
    }
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* Nothing is noted of a server that said nothing of its own. */
static void silences_are_noted(void **state)
{
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s;
    struct app_seen_reply answer = fx.seen->zones->servers[NS2].soa[DNS_UDP];
    struct app_seen_reply silence = {.seen = APP_NOTHING_CAME, .why = "no answer"};
    visit(&fx, *state, start_s);
    fx.seen->zones->servers[NS2].soa[DNS_UDP] = silence;
    reply_of(&fx, NS2)->seen = APP_NOTHING_CAME;
    visit(&fx, *state, start_s + 100);
    visit(&fx, *state, start_s + 200);
    fx.seen->zones->servers[NS2].soa[DNS_UDP] = answer;
    reply_of(&fx, NS2)->seen = APP_CAME;
    visit(&fx, *state, start_s + 300);
    fx.seen->zones->servers[NS2].soa[DNS_UDP] = silence;
    struct app_histories *histories = run_at(&fx, *state, start_s + 400, "here");
    const struct zone_history *history = srv_history(histories);
    assert_int_equal(history->silence_count, 2);
    assert_int_equal(history->silences[0].first_s, start_s + 400);
    assert_int_equal(history->silences[1].first_s, start_s + 100);
    assert_int_equal(history->silences[1].last_s, start_s + 200);
    assert_int_equal(history->tracks[NS2].span_count, 1);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* "There is no IPv6 here" is nobody's silence. */
static void what_cannot_be_tried_is_not_silent(void **state)
{
    struct fixture fx;
    begin(&fx);
    fx.seen->has_ipv4 = false;
    fx.seen->zones->servers[NS2].soa[DNS_UDP] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no way"};
    struct app_histories *histories = run_at(&fx, *state, fx.now_s, "here");
    assert_int_equal(srv_history(histories)->silence_count, 0);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

static void another_vantage_is_another_server(void **state)
{
    struct fixture fx;
    begin(&fx);
    visit(&fx, *state, fx.now_s);
    reply_of(&fx, NS1)->ttl_s = 300;
    struct app_histories *histories = run_at(&fx, *state, fx.now_s + 100, "there");
    const struct zone_history *history = srv_history(histories);
    assert_int_equal(history->track_count, 4);
    assert_false(history->tracks[0].is_current);
    assert_true(history->tracks[1].is_current);
    assert_int_equal(history->tracks[0].spans[0].ttl_s, FX_TTL_S);
    assert_int_equal(history->tracks[1].spans[0].ttl_s, 300);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* A run that began earlier and ends later must not undo what is known. */
static void the_later_word_counts(void **state)
{
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s;
    visit(&fx, *state, start_s + 100);
    reply_of(&fx, NS1)->ttl_s = 300;
    struct app_histories *histories = run_at(&fx, *state, start_s, "here");
    assert_int_equal(srv_history(histories)->tracks[NS1].span_count, 1);
    assert_int_equal(srv_history(histories)->tracks[NS1].spans[0].ttl_s, FX_TTL_S);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

static void old_and_impossible_sightings_are_dropped(void **state)
{
    static const struct {
        const char *name;
        int64_t before_s; /* the run that is to be forgotten */
    } rows[] = {{"two years ago", -730 * FX_DAY_S}, {"in a year", 365 * FX_DAY_S}};
    struct fixture fx;
    begin(&fx);
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        int64_t now_s = fx.now_s;
        visit(&fx, *state, now_s + rows[i].before_s);
        struct app_histories *histories = run_at(&fx, *state, now_s, "here");
        if (srv_history(histories)->tracks[NS1].spans[0].first_s != now_s)
            fail_msg("%s", rows[i].name);
        app_histories_destroy(histories);
    }
    fixture_end(&fx);
}

/* The run goes on with what it saw itself, and says why; the file stays as it is. */
static void a_journal_that_cannot_be_used_is_told(void **state)
{
    struct place *place = *state, elsewhere;
    struct fixture fx;
    struct gp_buf kept;
    FILE *file = fopen(place->file, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    snprintf(elsewhere.file, sizeof(elsewhere.file), "%s/none/check.db", place->folder);
    const struct place *places[] = {place, &elsewhere};
    begin(&fx);
    for (size_t i = 0; i < GP_ARRAY_LEN(places); i++) {
        struct app_histories *histories = run_at(&fx, places[i], fx.now_s, "here");
        if (!histories->trouble || !strstr(histories->trouble, places[i]->file))
            fail_msg("%s: %s", places[i]->file,
                     histories->trouble ? histories->trouble : "no trouble");
        assert_int_equal(srv_history(histories)->track_count, 2);
        app_histories_destroy(histories);
    }
    gp_buf_init(&kept, 100000);
    assert_int_equal(gp_file_read(place->file, &kept, NULL), GP_OK);
    assert_int_equal(gp_buf_len(&kept), 20000);
    gp_buf_finish(&kept);
    fixture_end(&fx);
}

#define WRITERS 4

static void several_runs_may_use_it_at_once(void **state)
{
    struct fixture fx;
    pid_t writers[WRITERS];
    begin(&fx);
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] > 0)
            continue;
        for (int k = 0; k < 10; k++) {
            struct app_histories *histories = run_at(&fx, *state, fx.now_s + k, "here");
            if (histories->trouble)
                _exit(1);
            app_histories_destroy(histories);
        }
        _exit(0);
    }
    for (size_t i = 0; i < WRITERS; i++) {
        int status = 1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    struct app_histories *histories = run_at(&fx, *state, fx.now_s + 10, "here");
    assert_int_equal(srv_history(histories)->tracks[NS1].span_count, 1);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* What is known without a look. */
static struct app_histories *recall(const char *file, const char *vantage)
{
    struct app_histories *histories = NULL;
    const struct dns_name names[] = {fixture_name(FX_STARTTLS_SRV), fixture_name("x.example")};
    assert_int_equal(app_journal_recall(file, vantage, names, GP_ARRAY_LEN(names), DNS_TYPE_SRV,
                                        &histories, NULL),
                     GP_OK);
    return histories;
}

static void what_is_known_can_be_read_alone(void **state)
{
    const struct place *place = *state;
    struct fixture fx;
    begin(&fx);
    int64_t start_s = fx.now_s;
    visit(&fx, place, start_s);
    reply_of(&fx, NS1)->ttl_s = 300;
    visit(&fx, place, start_s + 100);
    for (size_t i = 0; i < 2; i++) { /* the first time wrote nothing */
        struct app_histories *histories = recall(place->file, "here");
        const struct zone_history *history = srv_history(histories);
        assert_null(histories->trouble);
        assert_int_equal(history->track_count, 2);
        assert_true(history->tracks[NS1].is_current && history->tracks[NS2].is_current);
        assert_int_equal(history->tracks[NS1].span_count, 2);
        assert_int_equal(history->tracks[NS1].spans[1].ttl_s, 300);
        assert_int_equal(history->tracks[NS2].spans[0].last_s, start_s + 100);
        app_histories_destroy(histories);
    }
    struct app_histories *histories = recall(place->file, "there");
    assert_false(srv_history(histories)->tracks[NS1].is_current);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

/* A server that was silent in the end still serves the zone; one that was not asked does not. */
static void the_last_run_says_which_servers_there_are(void **state)
{
    const struct place *place = *state;
    struct fixture fx;
    begin(&fx);
    visit(&fx, place, fx.now_s);
    fx.seen->zones->servers[NS2].soa[DNS_UDP] =
        (struct app_seen_reply){.seen = APP_NOTHING_CAME, .why = "no answer"};
    reply_of(&fx, NS2)->seen = APP_NOTHING_CAME;
    visit(&fx, place, fx.now_s + 100);
    struct app_histories *histories = recall(place->file, "here");
    assert_true(srv_history(histories)->tracks[NS2].is_current);
    assert_int_equal(srv_history(histories)->silence_count, 1);
    app_histories_destroy(histories);
    fx.seen->zones->server_count = 1;
    visit(&fx, place, fx.now_s + 200);
    fx.seen->zones->server_count = 2;
    histories = recall(place->file, "here");
    assert_true(srv_history(histories)->tracks[NS1].is_current);
    assert_false(srv_history(histories)->tracks[NS2].is_current);
    app_histories_destroy(histories);
    fixture_end(&fx);
}

static void a_journal_that_cannot_be_read_is_told(void **state)
{
    const struct place *place = *state;
    struct app_histories *histories = recall(place->file, "here");
    assert_string_equal(histories->trouble + strlen(histories->trouble) - 4, " yet");
    app_histories_destroy(histories);
    assert_int_not_equal(access(place->file, F_OK), 0);
    FILE *file = fopen(place->file, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    histories = recall(place->file, "here");
    assert_non_null(strstr(histories->trouble, "cannot be used"));
    assert_int_equal(srv_history(histories)->track_count, 0);
    app_histories_destroy(histories);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_stays_the_same_is_one_span),
        TEST(each_change_is_a_span),
        TEST(signing_begins_a_span_of_tlsa_records),
        TEST(silences_are_noted),
        TEST(what_cannot_be_tried_is_not_silent),
        TEST(another_vantage_is_another_server),
        TEST(the_later_word_counts),
        TEST(old_and_impossible_sightings_are_dropped),
        TEST(a_journal_that_cannot_be_used_is_told),
        TEST(several_runs_may_use_it_at_once),
        TEST(what_is_known_can_be_read_alone),
        TEST(the_last_run_says_which_servers_there_are),
        TEST(a_journal_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
