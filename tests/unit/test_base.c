/* SPDX-License-Identifier: BSD-2-Clause */
/* The base layer: buffers, text, addresses, digests, maps, the loop, mailboxes. */
#include "tests/unit/unit.h"

#include "base/addr.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "base/rnd.h"
#include "base/secret.h"
#include "base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void buf_grows_and_stops_at_its_ceiling(void **state)
{
    (void)state;
    struct gp_buf buf;
    gp_buf_init(&buf, 1000);
    for (int i = 0; i < 100; i++)
        gp_buf_append_text(&buf, "0123456789");
    assert_int_equal(gp_buf_len(&buf), 1000);
    assert_int_equal(gp_buf_failed(&buf), GP_OK);
    gp_buf_append_char(&buf, 'x');
    assert_int_equal(gp_buf_failed(&buf), GP_ERR_LIMIT);
    gp_buf_consume(&buf, 500);
    gp_buf_append_char(&buf, 'x'); /* the error sticks, although there would be room */
    assert_int_equal(gp_buf_len(&buf), 500);
    gp_buf_reset(&buf);
    gp_buf_printf(&buf, "%s-%d", "a", 7);
    assert_string_equal(gp_buf_text(&buf), "a-7");
    gp_buf_finish(&buf);
}

static void buf_keeps_order_while_it_is_consumed(void **state)
{
    (void)state;
    struct gp_buf buf;
    unsigned put = 0, got = 0;
    gp_buf_init(&buf, 5000);
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < 3; i++)
            gp_buf_append_char(&buf, (char)(put++ % 251));
        for (int i = 0; i < 2; i++) {
            assert_int_equal((uint8_t)gp_buf_span(&buf).at[0], got++ % 251);
            gp_buf_consume(&buf, 1);
        }
    }
    assert_int_equal(gp_buf_failed(&buf), GP_OK);
    assert_int_equal(gp_buf_len(&buf), put - got);
    size_t room = 0;
    assert_non_null(gp_buf_room(&buf, 10, &room));
    assert_true(room >= 10);
    gp_buf_finish(&buf);
}

static void arena_keeps_to_its_budget(void **state)
{
    (void)state;
    struct gp_arena arena;
    gp_arena_init(&arena, 10000);
    assert_string_equal(gp_arena_printf(&arena, "%d", 42), "42");
    assert_non_null(gp_arena_alloc(&arena, 5000));
    assert_null(gp_arena_alloc(&arena, 5000));
    assert_null(gp_arena_alloc(&arena, SIZE_MAX));
    gp_arena_finish(&arena);
    assert_non_null(gp_arena_alloc(&arena, 9000));
    gp_arena_finish(&arena);
}

static void digests_agree_with_published_vectors(void **state)
{
    (void)state;
    uint8_t out[GP_DIGEST_MAX];
    char hex[GP_DIGEST_HEX_MAX];
    gp_digest(GP_SHA1, "abc", 3, out);
    assert_string_equal(gp_digest_hex(out, 20, hex), "a9993e364706816aba3e25717850c26c9cd0d89d");
    gp_digest(GP_SHA256, "abc", 3, out);
    assert_string_equal(gp_digest_hex(out, 32, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    gp_digest(GP_SHA512, "abc", 3, out);
    assert_string_equal(gp_digest_hex(out, 4, hex), "ddaf35a1");
    gp_digest_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out); /* RFC 4231, 4.3 */
    assert_string_equal(gp_digest_hex(out, 32, hex),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void addresses_are_read_and_printed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed; /* NULL: refused */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5269", "192.0.2.1:5269"},
        {"2001:DB8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]:5269", "[2001:db8::1]:5269"},
        {"[2001:db8::1]", "[2001:db8::1]:53"},
        {"[192.0.2.1]:5269", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:0", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.256", NULL},
        {"[2001:db8::1", NULL},
        {"fe80::1%lo", NULL},
        {"", NULL},
        {"host", NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_addr addr;
        char text[GP_ADDR_TEXT_MAX];
        enum gp_code code = gp_addr_parse_port(rows[i].text, 53, &addr);
        if ((code == GP_OK) != (rows[i].printed != NULL) ||
            (code == GP_OK && strcmp(gp_addr_port_text(&addr, text), rows[i].printed) != 0))
            fail_msg("'%s'", rows[i].text);
    }
}

static void only_public_addresses_count_as_public(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum gp_reach reach;
    } rows[] = {
        {"198.51.100.7", GP_REACH_PUBLIC},
        {"2001:db8::7", GP_REACH_PUBLIC},
        {"127.0.0.3", GP_REACH_LOOPBACK},
        {"::1", GP_REACH_LOOPBACK},
        {"10.1.2.3", GP_REACH_PRIVATE},
        {"172.16.0.1", GP_REACH_PRIVATE},
        {"172.32.0.1", GP_REACH_PUBLIC},
        {"192.168.0.1", GP_REACH_PRIVATE},
        {"100.64.0.1", GP_REACH_PRIVATE},
        {"100.128.0.1", GP_REACH_PUBLIC},
        {"169.254.169.254", GP_REACH_LINK_LOCAL},
        {"fe80::1", GP_REACH_LINK_LOCAL},
        {"fd00::1", GP_REACH_PRIVATE},
        {"224.0.0.1", GP_REACH_MULTICAST},
        {"ff02::1", GP_REACH_MULTICAST},
        {"0.0.0.0", GP_REACH_UNSPECIFIED},
        {"::", GP_REACH_UNSPECIFIED},
        {"255.255.255.255", GP_REACH_RESERVED},
        {"::ffff:127.0.0.1", GP_REACH_LOOPBACK},
        {"::ffff:198.51.100.7", GP_REACH_PUBLIC},
        {"::127.0.0.1", GP_REACH_LOOPBACK},
        {"2002:7f00:1::", GP_REACH_LOOPBACK},
        {"2002:0a00:1::1", GP_REACH_PRIVATE},
        {"64:ff9b::a9fe:a9fe", GP_REACH_LINK_LOCAL},
        {"64:ff9b:1::1", GP_REACH_PRIVATE},
        {"100::1", GP_REACH_RESERVED},
        {"fec0::1", GP_REACH_PRIVATE},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_addr addr;
        assert_int_equal(gp_addr_parse(rows[i].text, &addr), GP_OK);
        if (gp_addr_reach(&addr) != rows[i].reach)
            fail_msg("%s is %s", rows[i].text, gp_reach_text(gp_addr_reach(&addr)));
    }
}

static void networks_hold_their_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *network, *addr;
        int expected; /* -1: no network */
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", 1},
        {"192.0.2.0/24", "192.0.3.0", 0},
        {"192.0.2.0/25", "192.0.2.128", 0},
        {"0.0.0.0/0", "8.8.8.8", 1},
        {"0.0.0.0/0", "::1", 0},
        {"2001:db8::/32", "2001:db8:ffff::1", 1},
        {"192.0.2.1", "192.0.2.1", 1},
        {"192.0.2.1/24", "192.0.2.1", -1},
        {"192.0.2.0/33", "192.0.2.1", -1},
        {"192.0.2.0/", "192.0.2.1", -1},
        {"/8", "192.0.2.1", -1},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_network network;
        struct gp_addr addr;
        assert_int_equal(gp_addr_parse(rows[i].addr, &addr), GP_OK);
        int got = gp_network_parse(rows[i].network, &network) != GP_OK ? -1
                  : gp_network_has(&network, &addr)                    ? 1
                                                                       : 0;
        if (got != rows[i].expected)
            fail_msg("%s in %s: %d", rows[i].addr, rows[i].network, got);
    }
}

static void map_finds_what_was_put(void **state)
{
    (void)state;
    struct gp_map map;
    char keys[500][16];
    gp_map_init(&map);
    for (int i = 0; i < 500; i++) {
        snprintf(keys[i], sizeof(keys[i]), "key-%d", i);
        assert_int_equal(gp_map_put(&map, gp_span_text(keys[i]), keys[i]), GP_OK);
    }
    for (int i = 0; i < 500; i++)
        assert_ptr_equal(gp_map_find(&map, gp_span_text(keys[i])), keys[i]);
    assert_null(gp_map_find(&map, gp_span_text("key-500")));
    assert_ptr_equal(gp_map_remove(&map, gp_span_text("key-7")), keys[7]);
    assert_null(gp_map_remove(&map, gp_span_text("key-7")));

    size_t pos = 0, seen = 0;
    for (char *value; (value = gp_map_next(&map, &pos)); seen++)
        if (seen % 2 == 0) /* removing what the walk has just returned is permitted */
            assert_ptr_equal(gp_map_remove(&map, gp_span_text(value)), value);
    assert_int_equal(seen, 499);
    assert_int_equal(map.count, 249);
    gp_map_finish(&map);
}

static void random_numbers_stay_below_their_bound(void **state)
{
    (void)state;
    unsigned seen[3] = {0};
    for (int i = 0; i < 3000; i++) {
        uint32_t number = gp_rnd_below(&gp_rnd_system, 3);
        assert_true(number < 3);
        seen[number]++;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(seen[i], 800, 1200); /* 1000 +- 200: over seven standard deviations */
    char id[GP_RND_ID_MAX], other[GP_RND_ID_MAX];
    gp_rnd_id(id);
    gp_rnd_id(other);
    assert_int_equal(strlen(id), 32);
    assert_string_not_equal(id, other);
}

static void secrets_come_from_private_files(void **state)
{
    (void)state;
    char path[] = "/tmp/gatepost-secret-XXXXXX";
    struct gp_secret secret = {0};
    struct gp_err err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "0123456789abcdef \nsecond line\n", 30), 30);
    assert_int_equal(gp_secret_read(path, 16, &secret, &err), GP_OK);
    assert_int_equal(secret.len, 16);
    assert_memory_equal(secret.bytes, "0123456789abcdef", 16);
    assert_int_equal(gp_secret_read(path, 17, &secret, &err), GP_ERR_CONFIG);
    assert_non_null(strstr(err.text, "16 bytes, at least 17"));
    assert_int_equal(fchmod(fd, 0644), 0);
    assert_int_equal(gp_secret_read(path, 16, &secret, &err), GP_ERR_CONFIG);
    assert_non_null(strstr(err.text, "chmod o="));
    close(fd);
    unlink(path);
    assert_int_equal(gp_secret_read(path, 16, &secret, &err), GP_ERR_SYSTEM);
    assert_true(gp_secret_equal("abc", 3, "abc", 3));
    assert_false(gp_secret_equal("abc", 3, "abd", 3));
    assert_false(gp_secret_equal("abc", 3, "abcd", 4));
}

static void errors_grow_context(void **state)
{
    (void)state;
    struct gp_err err = {0};
    assert_int_equal(gp_err_system(&err, 2, "open '%s'", "x"), GP_ERR_SYSTEM);
    assert_int_equal(gp_err_wrap(&err, GP_ERR_CONFIG, "tls"), GP_ERR_SYSTEM);
    assert_string_equal(err.text, "tls: open 'x': No such file or directory");
    assert_int_equal(gp_err_wrap(NULL, GP_ERR_CONFIG, "tls"), GP_ERR_CONFIG);
    char longer[2000];
    memset(longer, 'y', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    gp_err_set(&err, GP_ERR_INPUT, "%s", longer);
    assert_int_equal(strlen(err.text), GP_ERR_TEXT_MAX - 1);
}

static void durations_are_for_people(void **state)
{
    (void)state;
    char text[GP_CLOCK_SPAN_MAX], when[GP_CLOCK_TEXT_MAX];
    assert_string_equal(gp_clock_span_text(450, text), "0.4 s");
    assert_string_equal(gp_clock_span_text(725000, text), "12 min 5 s");
    assert_string_equal(gp_clock_span_text(3600000 * 5, text), "5 h 0 min");
    assert_string_equal(gp_clock_span_text(86400000LL * 3 + 3600000, text), "3 d 1 h");
    assert_string_equal(gp_clock_text(1767225600, when), "2026-01-01T00:00:00Z");
}

static void log_lines_are_whole_and_escaped(void **state)
{
    (void)state;
    int fds[2];
    char line[4096];
    struct gp_log log;
    assert_int_equal(pipe(fds), 0);
    gp_log_init(&log, fds[1], GP_LOG_INFO, GP_LOG_TEXT);
    gp_log_write(&log, GP_LOG_DEBUG, "hidden", GP_LOG_NO_FIELDS, "not wanted");
    gp_log_write(
        &log, GP_LOG_INFO, "stream-open",
        GP_LOG_FIELDS({"partner", "beta.example"}, {"note", "two \"words\""}, {"gone", NULL}),
        "a line\nwith a break");
    ssize_t len = read(fds[0], line, sizeof(line) - 1);
    assert_true(len > 0);
    line[len] = '\0';
    assert_non_null(strstr(line, "Z info    stream-open: a line\\x0awith a break "
                                 "partner=beta.example note=\"two \\\"words\\\"\"\n"));
    assert_null(strstr(line, "hidden"));
    log.format = GP_LOG_JSON;
    gp_log_write(&log, GP_LOG_ERROR, "x", GP_LOG_FIELDS({"k", "\x1b\""}), "s");
    len = read(fds[0], line, sizeof(line) - 1);
    line[len] = '\0';
    assert_non_null(strstr(line, "\"level\":\"error\",\"event\":\"x\",\"message\":\"s\","
                                 "\"k\":\"\\u001b\\\"\"}\n"));
    close(fds[0]);
    close(fds[1]);
}

static void log_never_waits_for_its_reader(void **state)
{
    (void)state;
    int fds[2];
    struct gp_log log;
    assert_int_equal(pipe(fds), 0);
    gp_log_init(&log, fds[1], GP_LOG_INFO, GP_LOG_TEXT);
    for (int i = 0; i < 1500; i++) /* far more than a pipe holds */
        gp_log_write(&log, GP_LOG_INFO, "flood", GP_LOG_NO_FIELDS, "%0200d", i);
    assert_true(log.dropped > 0);
    close(fds[0]);
    close(fds[1]);
}

struct loop_case {
    struct gp_loop *loop;
    struct gp_timer *timer;
    struct gp_task first, second;
    char order[16];
    struct gp_mailbox *mailbox;
    int letters;
};

static void note(struct loop_case *c, char what)
{
    c->order[strlen(c->order)] = what; /* what follows is zeros */
}

static void on_first(void *arg)
{
    struct loop_case *c = arg;
    note(c, '1');
    gp_task_cancel(&c->second);
    if (strlen(c->order) < 3)
        gp_task_post(&c->first); /* for the next turn, not this one */
}

static void on_second(void *arg)
{
    struct loop_case *c = arg;
    note(c, '2');
}

static void on_timer(void *arg)
{
    struct loop_case *c = arg;
    note(c, 't');
    gp_loop_stop(c->loop);
}

static void tasks_run_once_and_not_after_cancel(void **state)
{
    (void)state;
    struct loop_case c = {.loop = gp_loop_create()};
    c.timer = gp_timer_create(c.loop, on_timer, &c);
    gp_task_init(&c.first, c.loop, on_first, &c);
    gp_task_init(&c.second, c.loop, on_second, &c);
    gp_task_post(&c.first);
    gp_task_post(&c.first);
    gp_task_post(&c.second);
    assert_string_equal(c.order, "");
    gp_timer_set(c.timer, 20);
    gp_loop_run(c.loop);
    assert_string_equal(c.order, "111t");
    assert_false(gp_timer_is_set(c.timer));
    gp_timer_destroy(c.timer);
    gp_loop_destroy(c.loop);
}

static void letter_opened(struct gp_letter *letter, void *arg)
{
    struct loop_case *c = arg;
    c->letters++;
    free(letter);
    if (c->letters == 1000)
        gp_loop_stop(c->loop);
}

static void letter_dropped(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static struct gp_letter *make_letter(size_t bytes)
{
    struct gp_letter *letter = calloc(1, sizeof(*letter));
    letter->bytes = bytes;
    letter->open = letter_opened;
    letter->drop = letter_dropped;
    return letter;
}

static void *post_letters(void *arg)
{
    struct loop_case *c = arg;
    for (int i = 0; i < 1000; i++)
        if (gp_mailbox_post(c->mailbox, make_letter(0)) != GP_OK)
            return arg;
    return NULL;
}

static void mailbox_carries_letters_between_threads(void **state)
{
    (void)state;
    struct loop_case c = {.loop = gp_loop_create()};
    pthread_t thread;
    void *failed = NULL;
    c.mailbox = gp_mailbox_create(c.loop, 100, &c);
    assert_int_equal(pthread_create(&thread, NULL, post_letters, &c), 0);
    gp_loop_run(c.loop);
    pthread_join(thread, &failed);
    assert_null(failed);
    assert_int_equal(c.letters, 1000);
    assert_int_equal(gp_mailbox_post(c.mailbox, make_letter(60)), GP_OK);
    struct gp_letter *heavy = make_letter(60);
    assert_int_equal(gp_mailbox_post(c.mailbox, heavy), GP_ERR_LIMIT);
    free(heavy);
    gp_mailbox_destroy(c.mailbox); /* drops the one that waits */
    gp_loop_destroy(c.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_grows_and_stops_at_its_ceiling),
        cmocka_unit_test(buf_keeps_order_while_it_is_consumed),
        cmocka_unit_test(arena_keeps_to_its_budget),
        cmocka_unit_test(digests_agree_with_published_vectors),
        cmocka_unit_test(addresses_are_read_and_printed),
        cmocka_unit_test(only_public_addresses_count_as_public),
        cmocka_unit_test(networks_hold_their_addresses),
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(random_numbers_stay_below_their_bound),
        cmocka_unit_test(secrets_come_from_private_files),
        cmocka_unit_test(errors_grow_context),
        cmocka_unit_test(durations_are_for_people),
        cmocka_unit_test(log_lines_are_whole_and_escaped),
        cmocka_unit_test(log_never_waits_for_its_reader),
        cmocka_unit_test(tasks_run_once_and_not_after_cancel),
        cmocka_unit_test(mailbox_carries_letters_between_threads),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
