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
#include "tests/unit/answer_sink.h"
#include "tests/unit/fake_resolver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANCHOR_TEXT "example. IN DS 12345 13 2 " DIGEST "\n"
#define DIGEST      "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"

/* The contract. */

static const char *const one_line[] = {"beta.example A secure 192.0.2.1", NULL};

static void an_answer_never_comes_inside_the_question(void **state)
{
    (void)state;
    static const enum fake_when whens[] = {FAKE_AT_ONCE, FAKE_LATER};
    for (size_t i = 0; i < GP_ARRAY_LEN(whens); i++) {
        struct answer_sink sink = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, whens[i]);
        (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
        assert_int_equal(sink.calls, 0);
        sink_run(&sink, 1, DNS_RECORDS);
        sink_turn(sink.loop);
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
        struct answer_sink sink = {.loop = gp_loop_create()};
        struct fake_resolver *fake = fake_resolver_create(sink.loop, 1, one_line, whens[i]);
        dns_query_cancel(sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A));
        sink_turn(sink.loop);
        assert_int_equal(sink.calls, 0);
        (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
        (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_AAAA);
        dns_resolver_destroy(&fake->super); /* cancels what is pending */
        sink_turn(sink.loop);
        assert_int_equal(sink.calls, 0);
        gp_loop_destroy(sink.loop);
    }
    dns_query_cancel(NULL);
    dns_resolver_destroy(NULL);
}

static void a_question_fails_at_its_deadline(void **state)
{
    (void)state;
    struct answer_sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 20, one_line, FAKE_NEVER);
    (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    sink_run(&sink, 1, DNS_FAILED);
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
    struct answer_sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, FAKE_NEVER);
    struct dns_query *first = sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A), *query;
    struct dns_name name = sink_name("beta.example");
    struct gp_err err;
    for (int i = 1; i < DNS_QUERIES_MAX; i++)
        (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    assert_int_equal(
        dns_resolver_ask(&fake->super, &name, DNS_TYPE_A, sink_answer, &sink, &query, &err),
        GP_ERR_LIMIT);
    dns_query_cancel(first);
    (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    dns_resolver_destroy(&fake->super);
    assert_int_equal(sink.calls, 0);
    gp_loop_destroy(sink.loop);
}

static void a_refused_question_leaves_nothing(void **state)
{
    (void)state;
    struct answer_sink sink = {.loop = gp_loop_create()};
    struct fake_resolver *fake = fake_resolver_create(sink.loop, 60000, one_line, FAKE_NEVER);
    struct dns_query *query;
    struct dns_name name = sink_name("beta.example");
    (void)sink_ask(&fake->super, &sink, "beta.example", DNS_TYPE_A);
    fake->refuse_after = 1;
    assert_int_equal(
        dns_resolver_ask(&fake->super, &name, DNS_TYPE_A, sink_answer, &sink, &query, NULL),
        GP_ERR_NOMEM);
    assert_int_equal(fake->super.query_count, 1);
    dns_resolver_destroy(&fake->super);
    gp_loop_destroy(sink.loop);
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
    struct answer_sink sink = {.loop = gp_loop_create()};
    struct dns_settings settings = {.timeout_ms = 60000, .cache_bytes = 1000000};
    struct dns_resolver *resolver;
    settings.trust_anchor_file = write_file(ANCHOR_TEXT);
    assert_int_equal(dns_resolver_create_local(sink.loop, &settings, &resolver, NULL), GP_OK);
    /* libunbound answers these before its function returns */
    (void)sink_ask(resolver, &sink, "beta.test", DNS_TYPE_SRV);
    sink_run(&sink, 1, DNS_NO_NAME);
    assert_int_equal(sink.last->security, DNS_INSECURE);
    assert_int_equal(sink.last->rcode, 3);
    (void)sink_ask(resolver, &sink, "localhost", DNS_TYPE_A);
    sink_run(&sink, 2, DNS_RECORDS);
    assert_memory_equal(sink.last->records[0].at, "\x7f\0\0\1", 4);
    dns_query_cancel(sink_ask(resolver, &sink, "localhost", DNS_TYPE_A));
    sink_turn(sink.loop);
    assert_int_equal(sink.calls, 2);
    (void)sink_ask(resolver, &sink, "localhost", DNS_TYPE_AAAA);
    dns_resolver_destroy(resolver);
    sink_turn(sink.loop);
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
    struct answer_sink sink = {.loop = gp_loop_create()};
    struct dns_resolver *first, *second;
    int ours[2], theirs[2], status;
    settings.trust_anchor_file = write_file(ANCHOR_TEXT);
    ours[0] = sink_pair(&theirs[0]);
    ours[1] = sink_pair(&theirs[1]);
    pid_t pid = start_process(&settings, theirs, 2, ours);
    assert_int_equal(dns_resolver_create_remote(sink.loop, ours[0], 60000, &first, NULL), GP_OK);
    assert_int_equal(dns_resolver_create_remote(sink.loop, ours[1], 60000, &second, NULL), GP_OK);
    (void)sink_ask(first, &sink, "beta.test", DNS_TYPE_SRV);
    sink_run(&sink, 1, DNS_NO_NAME);
    (void)sink_ask(second, &sink, "localhost", DNS_TYPE_A);
    sink_run(&sink, 2, DNS_RECORDS);
    expect_line(pid, "NoNewPrivs:\t1\n");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if !defined(__has_feature)
    expect_line(pid, "Seccomp:\t2\n");
#elif !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    expect_line(pid, "Seccomp:\t2\n");
#endif
#endif
    kill(pid, SIGTERM); /* meant for the gateway, which stops in its own time */
    (void)sink_ask(first, &sink, "gamma.test", DNS_TYPE_SRV);
    sink_run(&sink, 3, DNS_NO_NAME);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)sink_ask(first, &sink, "delta.test", DNS_TYPE_SRV);
    sink_turn(sink.loop);
    assert_int_equal(sink.calls, 3);
    ours[0] = sink_pair(&theirs[0]);
    ours[1] = sink_pair(&theirs[1]);
    pid = start_process(&settings, theirs, 2, ours);
    dns_resolver_reconnect(first, ours[0]);
    dns_resolver_reconnect(second, ours[1]);
    sink_run(&sink, 4, DNS_NO_NAME);
    dns_resolver_destroy(first);
    (void)sink_ask(second, &sink, "epsilon.test", DNS_TYPE_SRV); /* one of two is enough to go on */
    sink_run(&sink, 5, DNS_NO_NAME);
    (void)sink_ask(second, &sink, "zeta.test", DNS_TYPE_SRV);
    sink_run(&sink, 6, DNS_NO_NAME);
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
    ours = sink_pair(&theirs);
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
        cmocka_unit_test(the_local_resolver_reads_its_files_at_once),
        cmocka_unit_test(the_local_resolver_keeps_the_contract),
        cmocka_unit_test(the_process_serves_several_and_may_die),
        cmocka_unit_test(the_process_says_why_it_cannot_start),
    };
    return cmocka_run_group_tests_name("dns_resolver", tests, NULL, NULL);
}
