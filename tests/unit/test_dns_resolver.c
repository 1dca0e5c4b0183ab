/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resolvers: the contract that all kinds share, what goes over the message pair, the remote
 * resolver against a peer that the test plays, and the local one and the resolver process with
 * names that libunbound answers by itself.
 */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "base/io.h"
#include "dns/resolver_process.h"
#include "dns/resolver_wire.h"
#include "tests/unit/fake_resolver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WIRE(text)  (const uint8_t *)(text), sizeof(text) - 1
#define ANCHOR_TEXT "example. IN DS 12345 13 2 " DIGEST "\n"
#define DIGEST      "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"

static struct dns_name name_of(const char *text)
{
    struct dns_name name;
    if (dns_name_from_text(text, &name) != GP_OK)
        fail_msg("'%s' is no name", text);
    return name;
}

/* Notes what comes back, and stops the loop when enough did. */
struct sink {
    struct gp_loop *loop;
    unsigned calls, stop_at;
    bool is_asking;
    struct dns_answer *last; /* owned */
};

static void on_answer(void *arg, struct dns_answer *answer)
{
    struct sink *sink = arg;
    assert_false(sink->is_asking);
    assert_non_null(answer);
    dns_answer_destroy(sink->last);
    sink->last = answer;
    if (++sink->calls == sink->stop_at)
        gp_loop_stop(sink->loop);
}

static struct dns_query *ask(struct dns_resolver *resolver, struct sink *sink, const char *text,
                             enum dns_type type)
{
    struct dns_name name = name_of(text);
    struct dns_query *query = NULL;
    sink->is_asking = true;
    assert_int_equal(dns_resolver_ask(resolver, &name, type, on_answer, sink, &query, NULL), GP_OK);
    sink->is_asking = false;
    return query;
}

/* Until so many answers came in all, of which the last must have this outcome. */
static void run_until(struct sink *sink, unsigned calls, enum dns_outcome outcome)
{
    sink->stop_at = calls;
    if (sink->calls < calls)
        gp_loop_run(sink->loop);
    assert_int_equal(sink->calls, calls);
    assert_int_equal(sink->last->outcome, outcome);
}

static void on_timer(void *arg)
{
    gp_loop_stop(arg);
}

/* Lets the loop do what is ready now. */
static void turn(struct gp_loop *loop)
{
    struct gp_timer *timer = gp_timer_create(loop, on_timer, loop);
    gp_timer_set(timer, 0);
    gp_loop_run(loop);
    gp_timer_set(timer, 0); /* a task of the first turn is due in the second */
    gp_loop_run(loop);
    gp_timer_destroy(timer);
}

/* The contract. */

static const char *const one_line[] = {"beta.example A secure 192.0.2.1", NULL};

static void an_answer_never_comes_inside_the_question(void **state)
{
    (void)state;
    static const enum fake_when whens[] = {FAKE_AT_ONCE, FAKE_LATER};
    for (size_t i = 0; i < GP_ARRAY_LEN(whens); i++) {
        struct sink sink = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, whens[i]);
        (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
        assert_int_equal(sink.calls, 0);
        run_until(&sink, 1, DNS_RECORDS);
        turn(sink.loop);
        assert_int_equal(sink.calls, 1);
        assert_int_equal(fake->super.query_count, 0);
        dns_resolver_destroy(&fake->super);
        dns_answer_destroy(sink.last);
        gp_loop_destroy(sink.loop);
    }
}

static void a_cancelled_question_is_never_answered(void **state)
{
    (void)state;
    static const enum fake_when whens[] = {FAKE_AT_ONCE, FAKE_LATER, FAKE_NEVER};
    for (size_t i = 0; i < GP_ARRAY_LEN(whens); i++) {
        struct sink sink = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(sink.loop, 1, one_line, whens[i]);
        dns_query_cancel(ask(&fake->super, &sink, "beta.example", DNS_TYPE_A));
        turn(sink.loop);
        assert_int_equal(sink.calls, 0);
        (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
        (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_AAAA);
        dns_resolver_destroy(&fake->super); /* cancels what is pending */
        turn(sink.loop);
        assert_int_equal(sink.calls, 0);
        gp_loop_destroy(sink.loop);
    }
    dns_query_cancel(NULL);
    dns_resolver_destroy(NULL);
}

static void a_question_fails_at_its_deadline(void **state)
{
    (void)state;
    struct sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 20, one_line, FAKE_NEVER);
    (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    run_until(&sink, 1, DNS_FAILED);
    assert_int_equal(sink.last->security, DNS_INSECURE);
    assert_int_equal(sink.last->ttl_s, 0);
    assert_string_equal(sink.last->reason, "no usable answer within 0.0 s");
    assert_int_equal(fake->waiting_count, 0); /* the kind was told */
    dns_resolver_destroy(&fake->super);
    dns_answer_destroy(sink.last);
    gp_loop_destroy(sink.loop);
}

static void questions_are_bounded(void **state)
{
    (void)state;
    struct sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, FAKE_NEVER);
    struct dns_query *first = ask(&fake->super, &sink, "beta.example", DNS_TYPE_A), *query;
    struct dns_name name = name_of("beta.example");
    struct gp_err err;
    for (int i = 1; i < DNS_QUERIES_MAX; i++)
        (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    assert_int_equal(
        dns_resolver_ask(&fake->super, &name, DNS_TYPE_A, on_answer, &sink, &query, &err),
        GP_ERR_LIMIT);
    dns_query_cancel(first);
    (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    dns_resolver_destroy(&fake->super);
    assert_int_equal(sink.calls, 0);
    gp_loop_destroy(sink.loop);
}

static void a_refused_question_leaves_nothing(void **state)
{
    (void)state;
    struct sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, FAKE_NEVER);
    struct dns_query *query;
    struct dns_name name = name_of("beta.example");
    (void)ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    fake->refuse_after = 1;
    assert_int_equal(
        dns_resolver_ask(&fake->super, &name, DNS_TYPE_A, on_answer, &sink, &query, NULL),
        GP_ERR_NOMEM);
    assert_int_equal(fake->super.query_count, 1);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(sink.loop);
}

/* The message pair. */

static void questions_cross_the_pair(void **state)
{
    (void)state;
    static const char *const names[] = {".", "_xmpp-server._tcp.beta.example", "a\\000\\255.x"};
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++) {
        uint8_t bytes[DNS_WIRE_QUESTION_MAX + 1] = {0};
        struct dns_name name = name_of(names[i]), got;
        uint32_t id;
        uint16_t type;
        size_t len = dns_wire_put_question(bytes, 0xfedcba98, 33, &name);
        assert_int_equal(dns_wire_get_question(bytes, len, &id, &type, &got), GP_OK);
        assert_int_equal(id, 0xfedcba98);
        assert_int_equal(type, 33);
        assert_true(dns_name_equal(&name, &got));
        for (size_t wrong = 0; wrong <= len + 1; wrong++)
            if (wrong != len)
                assert_int_equal(dns_wire_get_question(bytes, wrong, &id, &type, &got),
                                 GP_ERR_INPUT);
    }
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t len;
    } rows[] = {
        {"type 0", WIRE("\0\0\0\1\0\0\1a\0")},
        {"upper case", WIRE("\0\0\0\1\0\x21\1A\0")},
        {"pointer", WIRE("\0\0\0\1\0\x21\xc0\0")},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_name got;
        uint32_t id;
        uint16_t type;
        if (dns_wire_get_question(rows[i].bytes, rows[i].len, &id, &type, &got) != GP_ERR_INPUT)
            fail_msg("%s was taken", rows[i].name);
    }
}

static void put_answer(struct gp_buf *out, uint32_t id, const struct dns_answer *answer)
{
    gp_buf_init(out, DNS_WIRE_ANSWER_MAX);
    dns_wire_put_answer(out, id, answer);
}

static void answers_cross_the_pair(void **state)
{
    (void)state;
    struct dns_name name = name_of("beta.example"), other = name_of("gw1.beta.example");
    struct dns_rdata records[] = {{WIRE("\xc0\0\2\1")}, {WIRE("")}, {WIRE("\xc0\0\2\2")}};
    struct dns_answer *sent[] = {
        dns_answer_create(&name, 1, DNS_RECORDS, DNS_SECURE, &other, records, 3, NULL),
        dns_answer_create(&name, 1, DNS_NO_DATA, DNS_INSECURE, NULL, NULL, 0, NULL),
        dns_answer_create(&name, 1, DNS_NO_NAME, DNS_SECURE, NULL, NULL, 0, NULL),
        dns_answer_create(&name, 1, DNS_FAILED, DNS_BOGUS, NULL, NULL, 0, "signature expired"),
    };
    sent[0]->ttl_s = 0xfffffffe;
    sent[2]->rcode = 3;
    sent[3]->rcode = 2;
    for (size_t i = 0; i < GP_ARRAY_LEN(sent); i++) {
        struct gp_buf out;
        struct dns_answer *got = NULL;
        uint32_t id;
        put_answer(&out, 77, sent[i]);
        gp_buf_append_char(&out, '\0'); /* one too many, for the last round below */
        const uint8_t *bytes = (const uint8_t *)gp_buf_span(&out).at;
        size_t len = gp_buf_len(&out) - 1;
        assert_int_equal(dns_wire_get_id(bytes, len, &id), GP_OK);
        assert_int_equal(id, 77);
        assert_int_equal(dns_wire_get_answer(bytes, len, &name, 1, &got), GP_OK);
        assert_int_equal(got->outcome, sent[i]->outcome);
        assert_int_equal(got->security, sent[i]->security);
        assert_int_equal(got->rcode, sent[i]->rcode);
        assert_int_equal(got->ttl_s, sent[i]->ttl_s);
        assert_true(dns_name_equal(&got->canonical, &sent[i]->canonical));
        assert_int_equal(got->count, sent[i]->count);
        for (size_t k = 0; k < got->count; k++) {
            assert_int_equal(got->records[k].len, records[k].len);
            assert_memory_equal(got->records[k].at, records[k].at, records[k].len);
        }
        if (sent[i]->reason)
            assert_string_equal(got->reason, sent[i]->reason);
        else
            assert_null(got->reason);
        dns_answer_destroy(got);
        for (size_t wrong = 0; wrong <= len + 1; wrong++) {
            uint8_t *exact = malloc(wrong + 1);
            memcpy(exact, bytes, wrong);
            if (wrong != len)
                assert_int_equal(dns_wire_get_answer(exact, wrong, &name, 1, &got), GP_ERR_INPUT);
            assert_int_equal(dns_wire_get_id(exact, wrong, &id), wrong < 4 ? GP_ERR_INPUT : GP_OK);
            free(exact);
        }
        gp_buf_finish(&out);
        dns_answer_destroy(sent[i]);
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    /* id, outcome, security, rcode, ttl, the root as canonical name, reason, records */
#define ONE_RECORD "\0\0\0\1\0\1x"
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t len;
        enum gp_code expected;
    } rows[] = {
        {"records", WIRE("\0\0\0\1\0\1\0\0\0\0\1\0" ONE_RECORD), GP_OK},
        {"denial", WIRE("\0\0\0\1\2\1\3\0\0\0\1\0\0\0\0\0"), GP_OK},
        {"failure", WIRE("\0\0\0\1\3\2\0\0\0\0\0\0\0\1x\0\0"), GP_OK},
        {"bogus records", WIRE("\0\0\0\1\0\2\0\0\0\0\1\0" ONE_RECORD), GP_ERR_INPUT},
        {"unknown security", WIRE("\0\0\0\1\0\3\0\0\0\0\1\0" ONE_RECORD), GP_ERR_INPUT},
        {"unknown outcome", WIRE("\0\0\0\1\4\1\0\0\0\0\1\0" ONE_RECORD), GP_ERR_INPUT},
        {"records with SERVFAIL", WIRE("\0\0\0\1\0\1\2\0\0\0\1\0" ONE_RECORD), GP_ERR_INPUT},
        {"records without one", WIRE("\0\0\0\1\0\1\0\0\0\0\1\0\0\0\0\0"), GP_ERR_INPUT},
        {"records with a reason", WIRE("\0\0\0\1\0\1\0\0\0\0\1\0\0\1x\0\1\0\1x"), GP_ERR_INPUT},
        {"denial with a record", WIRE("\0\0\0\1\2\1\3\0\0\0\1\0" ONE_RECORD), GP_ERR_INPUT},
        {"no name without NXDOMAIN", WIRE("\0\0\0\1\2\1\0\0\0\0\1\0\0\0\0\0"), GP_ERR_INPUT},
        {"no data with NXDOMAIN", WIRE("\0\0\0\1\1\1\3\0\0\0\1\0\0\0\0\0"), GP_ERR_INPUT},
        {"bogus denial", WIRE("\0\0\0\1\2\2\3\0\0\0\1\0\0\0\0\0"), GP_ERR_INPUT},
        {"secure failure", WIRE("\0\0\0\1\3\1\0\0\0\0\0\0\0\1x\0\0"), GP_ERR_INPUT},
        {"failure without a reason", WIRE("\0\0\0\1\3\2\0\0\0\0\0\0\0\0\0\0"), GP_ERR_INPUT},
        {"failure that is kept", WIRE("\0\0\0\1\3\2\0\0\0\0\1\0\0\1x\0\0"), GP_ERR_INPUT},
        {"failure with a record", WIRE("\0\0\0\1\3\2\0\0\0\0\0\0\0\1x\0\1\0\1x"), GP_ERR_INPUT},
        {"reason with a zero", WIRE("\0\0\0\1\3\2\0\0\0\0\0\0\0\3a\0b\0\0"), GP_ERR_INPUT},
        {"more records than bytes", WIRE("\0\0\0\1\0\1\0\0\0\0\1\0\0\0\xff\xff\0\1x"),
         GP_ERR_INPUT},
        {"upper case", WIRE("\0\0\0\1\0\1\0\0\0\0\1\1A\0" ONE_RECORD), GP_ERR_INPUT},
    };
    struct dns_name name = name_of("beta.example");
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (size_t len = 0; len <= rows[i].len; len++) {
            struct dns_answer *answer = NULL;
            enum gp_code code = dns_wire_get_answer(rows[i].bytes, len, &name, 1, &answer);
            if (code != (len == rows[i].len ? rows[i].expected : GP_ERR_INPUT))
                fail_msg("%s, %zu bytes: %d", rows[i].name, len, code);
            dns_answer_destroy(answer);
        }
}

static void long_answers_are_noticed(void **state)
{
    (void)state;
    struct dns_name name = name_of("beta.example");
    struct dns_rdata records[2];
    struct gp_buf out;
    uint8_t *data = calloc(1, 40000);
    records[0] = records[1] = (struct dns_rdata){data, 40000};
    struct dns_answer *answer =
        dns_answer_create(&name, 1, DNS_RECORDS, DNS_SECURE, NULL, records, 2, NULL);
    put_answer(&out, 1, answer);
    assert_int_equal(gp_buf_failed(&out), GP_ERR_LIMIT);
    gp_buf_finish(&out);
    gp_buf_init(&out, 100000); /* who does not keep to it is not heard */
    dns_wire_put_answer(&out, 1, answer);
    dns_answer_destroy(answer);
    struct gp_span span = gp_buf_span(&out);
    assert_int_equal(dns_wire_get_answer((const uint8_t *)span.at, span.len, &name, 1, &answer),
                     GP_ERR_INPUT);
    gp_buf_finish(&out);
    free(data);

    char reason[2000];
    memset(reason, 'x', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    struct dns_answer *failure =
        dns_answer_create(&name, 1, DNS_FAILED, DNS_BOGUS, NULL, NULL, 0, reason);
    put_answer(&out, 1, failure);
    span = gp_buf_span(&out);
    assert_int_equal(dns_wire_get_answer((const uint8_t *)span.at, span.len, &name, 1, &answer),
                     GP_OK);
    assert_int_equal(strlen(answer->reason), DNS_WIRE_REASON_MAX);
    gp_buf_finish(&out);
    dns_answer_destroy(answer);
    dns_answer_destroy(failure);
}

/* The remote resolver; the test is the process at the other end. */

struct remote {
    struct sink sink;
    struct dns_resolver *resolver;
    int peer; /* the process's end */
};

static int connect_peer(int *ret_peer)
{
    int fds[2];
    assert_int_equal(gp_io_message_pair(fds, NULL), GP_OK);
    *ret_peer = fds[1];
    return fds[0];
}

static void start_remote(struct remote *remote, uint32_t timeout_ms)
{
    *remote = (struct remote){.sink = {.loop = gp_loop_create()}};
    int fd = connect_peer(&remote->peer);
    assert_int_equal(
        dns_resolver_create_remote(remote->sink.loop, fd, timeout_ms, &remote->resolver, NULL),
        GP_OK);
}

static void stop_remote(struct remote *remote)
{
    dns_resolver_destroy(remote->resolver);
    gp_io_close(&remote->peer);
    dns_answer_destroy(remote->sink.last);
    gp_loop_destroy(remote->sink.loop);
}

/* The next question at the process's end; false when there is none. */
static bool next_question(struct remote *remote, uint32_t *ret_id, char name[DNS_NAME_TEXT_MAX])
{
    uint8_t bytes[DNS_WIRE_QUESTION_MAX + 1];
    struct dns_name got;
    uint16_t type;
    size_t len;
    if (gp_io_read(remote->peer, bytes, sizeof(bytes), &len) != GP_IO_DONE)
        return false;
    assert_int_equal(dns_wire_get_question(bytes, len, ret_id, &type, &got), GP_OK);
    assert_int_equal(type, DNS_TYPE_A);
    dns_name_text(&got, name);
    return true;
}

static uint32_t expect_question(struct remote *remote, const char *expected)
{
    char name[DNS_NAME_TEXT_MAX];
    uint32_t id = 0;
    assert_true(next_question(remote, &id, name));
    assert_string_equal(name, expected);
    return id;
}

static void send_bytes(struct remote *remote, const void *bytes, size_t len)
{
    size_t sent;
    assert_int_equal(gp_io_write(remote->peer, bytes, len, &sent), GP_IO_DONE);
    assert_int_equal(sent, len);
}

static void answer_question(struct remote *remote, uint32_t id)
{
    static const struct dns_name root = {.len = 1};
    struct dns_rdata record = {WIRE("\xc0\0\2\1")};
    struct gp_buf out;
    struct dns_answer *answer =
        dns_answer_create(&root, 1, DNS_RECORDS, DNS_SECURE, NULL, &record, 1, NULL);
    put_answer(&out, id, answer);
    send_bytes(remote, gp_buf_span(&out).at, gp_buf_len(&out));
    gp_buf_finish(&out);
    dns_answer_destroy(answer);
}

static void the_process_answers(void **state)
{
    (void)state;
    struct remote remote;
    char text[DNS_NAME_TEXT_MAX];
    start_remote(&remote, 60000);
    (void)ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    (void)ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    uint32_t a = expect_question(&remote, "a.example"), b = expect_question(&remote, "b.example");
    assert_int_not_equal(a, b);
    answer_question(&remote, b);         /* in another order, */
    answer_question(&remote, b);         /* twice, */
    answer_question(&remote, a + b + 1); /* and to what was not asked */
    run_until(&remote.sink, 1, DNS_RECORDS);
    assert_string_equal(dns_name_text(&remote.sink.last->name, text), "b.example");
    answer_question(&remote, a);
    run_until(&remote.sink, 2, DNS_RECORDS);
    assert_string_equal(dns_name_text(&remote.sink.last->name, text), "a.example");
    stop_remote(&remote);
}

static void an_answer_after_cancel_is_dropped(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 60000);
    struct dns_query *query = ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    uint32_t id = expect_question(&remote, "a.example");
    answer_question(&remote, id);
    dns_query_cancel(query);
    turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 0);
    stop_remote(&remote);
}

static void pending_questions_go_to_the_next_process(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 60000);
    (void)ask(remote.resolver, &remote.sink, "answered.example", DNS_TYPE_A);
    (void)ask(remote.resolver, &remote.sink, "pending.example", DNS_TYPE_A);
    struct dns_query *gone = ask(remote.resolver, &remote.sink, "gone.example", DNS_TYPE_A);
    answer_question(&remote, expect_question(&remote, "answered.example"));
    (void)expect_question(&remote, "pending.example");
    (void)expect_question(&remote, "gone.example");
    gp_io_close(&remote.peer); /* what it said before it died still counts */
    turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 1);
    dns_query_cancel(gone);
    (void)ask(remote.resolver, &remote.sink, "meanwhile.example", DNS_TYPE_A);

    dns_resolver_reconnect(remote.resolver, connect_peer(&remote.peer));
    uint32_t pending = expect_question(&remote, "pending.example");
    uint32_t meanwhile = expect_question(&remote, "meanwhile.example");
    answer_question(&remote, pending);
    answer_question(&remote, meanwhile);
    run_until(&remote.sink, 3, DNS_RECORDS);

    /* a process that is replaced before its death was noticed */
    (void)ask(remote.resolver, &remote.sink, "again.example", DNS_TYPE_A);
    gp_io_close(&remote.peer);
    dns_resolver_reconnect(remote.resolver, connect_peer(&remote.peer));
    answer_question(&remote, expect_question(&remote, "again.example"));
    run_until(&remote.sink, 4, DNS_RECORDS);

    /* a process that dies on the very question */
    gp_io_close(&remote.peer);
    (void)ask(remote.resolver, &remote.sink, "last.example", DNS_TYPE_A);
    turn(remote.sink.loop);
    dns_resolver_reconnect(remote.resolver, connect_peer(&remote.peer));
    answer_question(&remote, expect_question(&remote, "last.example"));
    run_until(&remote.sink, 5, DNS_RECORDS);
    stop_remote(&remote);
}

static void questions_wait_for_the_first_process(void **state)
{
    (void)state;
    struct remote remote = {.sink = {.loop = gp_loop_create()}};
    assert_int_equal(
        dns_resolver_create_remote(remote.sink.loop, -1, 60000, &remote.resolver, NULL), GP_OK);
    (void)ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    dns_resolver_reconnect(remote.resolver, connect_peer(&remote.peer));
    answer_question(&remote, expect_question(&remote, "a.example"));
    run_until(&remote.sink, 1, DNS_RECORDS);
    stop_remote(&remote);
}

static void without_a_process_the_deadline_holds(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 20);
    (void)ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    (void)ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    gp_io_close(&remote.peer);
    run_until(&remote.sink, 2, DNS_FAILED);
    stop_remote(&remote);
}

static void a_process_that_was_taken_over_gets_nowhere(void **state)
{
    (void)state;
    struct remote remote;
    uint8_t *huge = calloc(1, DNS_WIRE_ANSWER_MAX + 1);
    start_remote(&remote, 60000);
    (void)ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    uint32_t id = expect_question(&remote, "a.example");
    send_bytes(&remote, "\xff", 1);
    send_bytes(&remote, "\xff\xff\xff\xff", 4);
    turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 0);
    /* with the right id: the question fails at once instead of at its deadline */
    send_bytes(&remote, (uint8_t[]){0, 0, 0, (uint8_t)id, 9, 9, 9}, 7);
    run_until(&remote.sink, 1, DNS_FAILED);
    assert_string_equal(remote.sink.last->reason, "the resolver process gave a malformed answer");
    (void)ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    huge[3] = (uint8_t)expect_question(&remote, "b.example");
    send_bytes(&remote, huge, DNS_WIRE_ANSWER_MAX + 1);
    run_until(&remote.sink, 2, DNS_FAILED);
    stop_remote(&remote);
    free(huge);
}

static void a_full_descriptor_delays_questions_only(void **state)
{
    (void)state;
    struct remote remote;
    char name[DNS_NAME_TEXT_MAX];
    unsigned answered = 0;
    uint32_t id;
    start_remote(&remote, 60000);
    for (int i = 0; i < DNS_QUERIES_MAX; i++)
        (void)ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    for (int i = 0; i < 1000 && remote.sink.calls < DNS_QUERIES_MAX; i++) {
        while (answered - remote.sink.calls < 50 && next_question(&remote, &id, name)) {
            answer_question(&remote, id);
            answered++;
        }
        turn(remote.sink.loop);
    }
    assert_int_equal(remote.sink.calls, DNS_QUERIES_MAX);
    stop_remote(&remote);
}

/* libunbound itself, without a network: it answers test and localhost alone. */

static char *write_file(const char *text)
{
    char *path = strdup("/tmp/gatepost-anchor-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void drop_file(char *path)
{
    unlink(path);
    free(path);
}

static void the_local_resolver_reads_its_files_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *anchor, *hints; /* contents */
        const char *expected;       /* part of the sentence; NULL: it starts */
    } rows[] = {
        {"anchor", ANCHOR_TEXT, NULL, NULL},
        {"empty anchor", "", NULL, "holds no DS and no DNSKEY record"},
        {"anchor in a comment", "; " ANCHOR_TEXT, NULL, "holds no DS and no DNSKEY record"},
        {"broken anchor", "example. IN DS 12345 13 2 zz\n", NULL, "parse error"},
        {"unknown algorithm", "example. IN DS 12345 99 2 " DIGEST "\n", NULL,
         "unsupported algorithm"},
        {"hints", ANCHOR_TEXT, ". 60 IN NS ns.\nns. 60 IN A 127.0.0.1\n", NULL},
        {"empty hints", ANCHOR_TEXT, "", "names no root server with an address"},
        {"hints without address", ANCHOR_TEXT, ". 60 IN NS ns.\n",
         "names no root server with an address"},
        {"broken hints", ANCHOR_TEXT, ". 60 IN NS ns.\nns. 60 IN A 127.0.0.1\nns. 60 IN A x\n",
         "reading root hints"},
    };
    struct gp_loop *loop = gp_loop_create();
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct dns_resolver *resolver = NULL;
        struct dns_settings settings = {.timeout_ms = 1000};
        struct gp_err err = {0};
        settings.trust_anchor_file = write_file(rows[i].anchor);
        if (rows[i].hints)
            settings.root_hints = write_file(rows[i].hints);
        enum gp_code code = dns_resolver_create_local(loop, &settings, &resolver, &err);
        if ((code == GP_OK) != (rows[i].expected == NULL) ||
            (rows[i].expected && !strstr(err.text, rows[i].expected)))
            fail_msg("%s: %d, %s", rows[i].name, code, err.text);
        dns_resolver_destroy(resolver);
        drop_file(settings.trust_anchor_file);
        if (settings.root_hints)
            drop_file(settings.root_hints);
    }
    struct dns_resolver *resolver = NULL;
    struct dns_settings settings = {.trust_anchor_file = (char[]){"/nonexistent/anchor"}};
    assert_int_equal(dns_resolver_create_local(loop, &settings, &resolver, NULL), GP_ERR_SYSTEM);
    gp_loop_destroy(loop);
}

static void the_local_resolver_keeps_the_contract(void **state)
{
    (void)state;
    struct sink sink = {.loop = gp_loop_create()};
    struct dns_settings settings = {.timeout_ms = 60000, .cache_bytes = 1000000};
    struct dns_resolver *resolver;
    settings.trust_anchor_file = write_file(ANCHOR_TEXT);
    assert_int_equal(dns_resolver_create_local(sink.loop, &settings, &resolver, NULL), GP_OK);
    /* libunbound answers these before its function returns */
    (void)ask(resolver, &sink, "beta.test", DNS_TYPE_SRV);
    run_until(&sink, 1, DNS_NO_NAME);
    assert_int_equal(sink.last->security, DNS_INSECURE);
    assert_int_equal(sink.last->rcode, 3);
    (void)ask(resolver, &sink, "localhost", DNS_TYPE_A);
    run_until(&sink, 2, DNS_RECORDS);
    assert_memory_equal(sink.last->records[0].at, "\x7f\0\0\1", 4);
    dns_query_cancel(ask(resolver, &sink, "localhost", DNS_TYPE_A));
    turn(sink.loop);
    assert_int_equal(sink.calls, 2);
    (void)ask(resolver, &sink, "localhost", DNS_TYPE_AAAA);
    dns_resolver_destroy(resolver);
    turn(sink.loop);
    assert_int_equal(sink.calls, 2);
    dns_answer_destroy(sink.last);
    drop_file(settings.trust_anchor_file);
    gp_loop_destroy(sink.loop);
}

/* The child takes fds and ends with the code that the process function returned. */
static pid_t start_process(const struct dns_settings *settings, const int *fds, size_t count,
                           const int *others)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct gp_log log;
        gp_log_init(&log, STDERR_FILENO, GP_LOG_ERROR, GP_LOG_TEXT);
        for (size_t i = 0; i < count; i++)
            close(others[i]);
        _exit(dns_resolver_process_run(settings, fds, count, &log, NULL));
    }
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    return pid;
}

static void expect_line(pid_t pid, const char *line)
{
    char path[64];
    struct gp_buf status;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    gp_buf_init(&status, 100000);
    assert_int_equal(gp_file_read(path, &status, NULL), GP_OK);
    if (!strstr(gp_buf_text(&status), line))
        fail_msg("no '%s' in %s", line, gp_buf_text(&status));
    gp_buf_finish(&status);
}

static void the_process_serves_several_and_may_die(void **state)
{
    (void)state;
    struct dns_settings settings = {.timeout_ms = 60000};
    struct sink sink = {.loop = gp_loop_create()};
    struct dns_resolver *first, *second;
    int ours[2], theirs[2], status;
    settings.trust_anchor_file = write_file(ANCHOR_TEXT);
    ours[0] = connect_peer(&theirs[0]);
    ours[1] = connect_peer(&theirs[1]);
    pid_t pid = start_process(&settings, theirs, 2, ours);
    assert_int_equal(dns_resolver_create_remote(sink.loop, ours[0], 60000, &first, NULL), GP_OK);
    assert_int_equal(dns_resolver_create_remote(sink.loop, ours[1], 60000, &second, NULL), GP_OK);
    (void)ask(first, &sink, "beta.test", DNS_TYPE_SRV);
    run_until(&sink, 1, DNS_NO_NAME);
    (void)ask(second, &sink, "localhost", DNS_TYPE_A);
    run_until(&sink, 2, DNS_RECORDS);
    expect_line(pid, "NoNewPrivs:\t1\n");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
    expect_line(pid, "Seccomp:\t2\n");
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    expect_line(pid, "Seccomp:\t2\n");
#endif
#endif
    kill(pid, SIGTERM); /* meant for the gateway, which stops in its own time */
    (void)ask(first, &sink, "gamma.test", DNS_TYPE_SRV);
    run_until(&sink, 3, DNS_NO_NAME);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)ask(first, &sink, "delta.test", DNS_TYPE_SRV);
    turn(sink.loop);
    assert_int_equal(sink.calls, 3);
    ours[0] = connect_peer(&theirs[0]);
    ours[1] = connect_peer(&theirs[1]);
    pid = start_process(&settings, theirs, 2, ours);
    dns_resolver_reconnect(first, ours[0]);
    dns_resolver_reconnect(second, ours[1]);
    run_until(&sink, 4, DNS_NO_NAME);
    dns_resolver_destroy(first);
    (void)ask(second, &sink, "epsilon.test", DNS_TYPE_SRV); /* one of two is enough to go on */
    run_until(&sink, 5, DNS_NO_NAME);
    (void)ask(second, &sink, "zeta.test", DNS_TYPE_SRV);
    run_until(&sink, 6, DNS_NO_NAME);
    dns_resolver_destroy(second);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), GP_OK);
    dns_answer_destroy(sink.last);
    drop_file(settings.trust_anchor_file);
    gp_loop_destroy(sink.loop);
}

static void the_process_says_why_it_cannot_start(void **state)
{
    (void)state;
    struct dns_settings settings = {.trust_anchor_file = (char[]){"/nonexistent/anchor"}};
    int ours, theirs, status;
    ours = connect_peer(&theirs);
    pid_t pid = start_process(&settings, &theirs, 1, &ours);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), GP_ERR_SYSTEM);
    close(ours);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_never_comes_inside_the_question),
        cmocka_unit_test(a_cancelled_question_is_never_answered),
        cmocka_unit_test(a_question_fails_at_its_deadline),
        cmocka_unit_test(questions_are_bounded),
        cmocka_unit_test(a_refused_question_leaves_nothing),
        cmocka_unit_test(questions_cross_the_pair),
        cmocka_unit_test(answers_cross_the_pair),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(long_answers_are_noticed),
        cmocka_unit_test(the_process_answers),
        cmocka_unit_test(an_answer_after_cancel_is_dropped),
        cmocka_unit_test(pending_questions_go_to_the_next_process),
        cmocka_unit_test(questions_wait_for_the_first_process),
        cmocka_unit_test(without_a_process_the_deadline_holds),
        cmocka_unit_test(a_process_that_was_taken_over_gets_nowhere),
        cmocka_unit_test(a_full_descriptor_delays_questions_only),
        cmocka_unit_test(the_local_resolver_reads_its_files_at_once),
        cmocka_unit_test(the_local_resolver_keeps_the_contract),
        cmocka_unit_test(the_process_serves_several_and_may_die),
        cmocka_unit_test(the_process_says_why_it_cannot_start),
    };
    return cmocka_run_group_tests_name("dns_resolver", tests, NULL, NULL);
}
