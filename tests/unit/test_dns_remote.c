/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes over the message pair, and the remote resolver against a peer that the test plays. */
#include "tests/unit/unit.h"

#include "base/io.h"
#include "dns/resolver_impl.h"
#include "dns/resolver_wire.h"
#include "tests/unit/answer_sink.h"

#include <stdlib.h>

#define WIRE(text) (const uint8_t *)(text), sizeof(text) - 1

/* The message pair. */

static void questions_cross_the_pair(void **state)
{
    (void)state;
    static const char *const names[] = {".", "_xmpp-server._tcp.beta.example", "a\\000\\255.x"};
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++) {
        uint8_t bytes[DNS_WIRE_QUESTION_MAX + 1] = {0};
        struct dns_name name = sink_name(names[i]), got;
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
    struct dns_name name = sink_name("beta.example"), other = sink_name("gw1.beta.example");
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
    struct dns_name name = sink_name("beta.example");
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
    struct dns_name name = sink_name("beta.example");
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
    struct answer_sink sink;
    struct dns_resolver *resolver;
    int peer; /* the process's end */
};

static void start_remote(struct remote *remote, uint32_t timeout_ms)
{
    *remote = (struct remote){.sink = {.loop = gp_loop_create()}};
    int fd = sink_pair(&remote->peer);
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
    (void)sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    (void)sink_ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    uint32_t a = expect_question(&remote, "a.example"), b = expect_question(&remote, "b.example");
    assert_int_not_equal(a, b);
    answer_question(&remote, b);         /* in another order, */
    answer_question(&remote, b);         /* twice, */
    answer_question(&remote, a + b + 1); /* and to what was not asked */
    sink_run(&remote.sink, 1, DNS_RECORDS);
    assert_string_equal(dns_name_text(&remote.sink.last->name, text), "b.example");
    answer_question(&remote, a);
    sink_run(&remote.sink, 2, DNS_RECORDS);
    assert_string_equal(dns_name_text(&remote.sink.last->name, text), "a.example");
    stop_remote(&remote);
}

static void an_answer_after_cancel_is_dropped(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 60000);
    struct dns_query *query = sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    uint32_t id = expect_question(&remote, "a.example");
    answer_question(&remote, id);
    dns_query_cancel(query);
    sink_turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 0);
    stop_remote(&remote);
}

static void pending_questions_go_to_the_next_process(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 60000);
    (void)sink_ask(remote.resolver, &remote.sink, "answered.example", DNS_TYPE_A);
    (void)sink_ask(remote.resolver, &remote.sink, "pending.example", DNS_TYPE_A);
    struct dns_query *gone = sink_ask(remote.resolver, &remote.sink, "gone.example", DNS_TYPE_A);
    answer_question(&remote, expect_question(&remote, "answered.example"));
    (void)expect_question(&remote, "pending.example");
    (void)expect_question(&remote, "gone.example");
    gp_io_close(&remote.peer); /* what it said before it died still counts */
    sink_turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 1);
    dns_query_cancel(gone);
    (void)sink_ask(remote.resolver, &remote.sink, "meanwhile.example", DNS_TYPE_A);

    dns_resolver_reconnect(remote.resolver, sink_pair(&remote.peer));
    uint32_t pending = expect_question(&remote, "pending.example");
    uint32_t meanwhile = expect_question(&remote, "meanwhile.example");
    answer_question(&remote, pending);
    answer_question(&remote, meanwhile);
    sink_run(&remote.sink, 3, DNS_RECORDS);

    /* a process that is replaced before its death was noticed */
    (void)sink_ask(remote.resolver, &remote.sink, "again.example", DNS_TYPE_A);
    gp_io_close(&remote.peer);
    dns_resolver_reconnect(remote.resolver, sink_pair(&remote.peer));
    answer_question(&remote, expect_question(&remote, "again.example"));
    sink_run(&remote.sink, 4, DNS_RECORDS);

    /* a process that dies on the very question */
    gp_io_close(&remote.peer);
    (void)sink_ask(remote.resolver, &remote.sink, "last.example", DNS_TYPE_A);
    sink_turn(remote.sink.loop);
    dns_resolver_reconnect(remote.resolver, sink_pair(&remote.peer));
    answer_question(&remote, expect_question(&remote, "last.example"));
    sink_run(&remote.sink, 5, DNS_RECORDS);
    stop_remote(&remote);
}

static void questions_wait_for_the_first_process(void **state)
{
    (void)state;
    struct remote remote = {.sink = {.loop = gp_loop_create()}};
    assert_int_equal(
        dns_resolver_create_remote(remote.sink.loop, -1, 60000, &remote.resolver, NULL), GP_OK);
    (void)sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    dns_resolver_reconnect(remote.resolver, sink_pair(&remote.peer));
    answer_question(&remote, expect_question(&remote, "a.example"));
    sink_run(&remote.sink, 1, DNS_RECORDS);
    stop_remote(&remote);
}

static void without_a_process_the_deadline_holds(void **state)
{
    (void)state;
    struct remote remote;
    start_remote(&remote, 20);
    (void)sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    (void)sink_ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    gp_io_close(&remote.peer);
    sink_run(&remote.sink, 2, DNS_FAILED);
    stop_remote(&remote);
}

static void a_process_that_was_taken_over_gets_nowhere(void **state)
{
    (void)state;
    struct remote remote;
    uint8_t *huge = calloc(1, DNS_WIRE_ANSWER_MAX + 1);
    start_remote(&remote, 60000);
    (void)sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    uint32_t id = expect_question(&remote, "a.example");
    send_bytes(&remote, "\xff", 1);
    send_bytes(&remote, "\xff\xff\xff\xff", 4);
    sink_turn(remote.sink.loop);
    assert_int_equal(remote.sink.calls, 0);
    /* with the right id: the question fails at once instead of at its deadline */
    send_bytes(&remote, (uint8_t[]){0, 0, 0, (uint8_t)id, 9, 9, 9}, 7);
    sink_run(&remote.sink, 1, DNS_FAILED);
    assert_string_equal(remote.sink.last->reason, "the resolver process gave a malformed answer");
    (void)sink_ask(remote.resolver, &remote.sink, "b.example", DNS_TYPE_A);
    huge[3] = (uint8_t)expect_question(&remote, "b.example");
    send_bytes(&remote, huge, DNS_WIRE_ANSWER_MAX + 1);
    sink_run(&remote.sink, 2, DNS_FAILED);
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
        (void)sink_ask(remote.resolver, &remote.sink, "a.example", DNS_TYPE_A);
    for (int i = 0; i < 1000 && remote.sink.calls < DNS_QUERIES_MAX; i++) {
        while (answered - remote.sink.calls < 50 && next_question(&remote, &id, name)) {
            answer_question(&remote, id);
            answered++;
        }
        sink_turn(remote.sink.loop);
    }
    assert_int_equal(remote.sink.calls, DNS_QUERIES_MAX);
    stop_remote(&remote);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests_name("dns_remote", tests, NULL, NULL);
}
