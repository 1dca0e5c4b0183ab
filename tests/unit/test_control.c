/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket: what is a request, what an answer, and clients that come and go as they
 * like. */
#include "tests/unit/unit.h"

#include "base/io.h"
#include "control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define REQUEST_MAX 65536 /* as in control.c, likewise those below */
#define CALLS       64
#define LINES_BYTES 1048576

/* A control socket in a folder of its own, and what was asked there. */
struct site {
    struct gp_loop *loop;
    struct gp_log log;
    struct gp_timer *guard;
    char folder[64], path[80];
    struct app_control *control;
    unsigned asked;
    bool answers_later;
    struct app_call *call; /* that waits, when answers_later */
};

static void on_guard(void *arg)
{
    (void)arg;
    fail_msg("nothing came of it in 20 s");
}

/* Answers with the request's word. */
static void answer(struct app_call *call, const char *word)
{
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_bool(json, "ok", true);
    app_json_put_text(json, "word", word);
    app_call_answer(call, json);
}

static void on_call(void *arg, struct app_call *call, const struct app_json *request)
{
    struct site *site = arg;
    site->asked++;
    if (site->answers_later) {
        site->call = call;
        gp_loop_stop(site->loop);
    } else {
        answer(call, app_json_get_text(request, "word", "(none)"));
    }
}

static int set_up(void **state)
{
    struct site *site = calloc(1, sizeof(*site));
    struct gp_err err = {0};
    site->loop = gp_loop_create();
    site->guard = gp_timer_create(site->loop, on_guard, NULL);
    gp_timer_set(site->guard, PATIENCE_MS);
    snprintf(site->folder, sizeof(site->folder), "/tmp/gatepost-control-XXXXXX");
    assert_non_null(mkdtemp(site->folder));
    snprintf(site->path, sizeof(site->path), "%s/control", site->folder);
    gp_log_init(&site->log, STDERR_FILENO, GP_LOG_ERROR, GP_LOG_TEXT);
    if (app_control_create(site->loop, &site->log, site->path, on_call, site, &site->control,
                           &err) != GP_OK)
        fail_msg("%s", err.text);
    *state = site;
    return 0;
}

static int tear_down(void **state)
{
    struct site *site = *state;
    app_control_destroy(site->control);
    gp_timer_destroy(site->guard);
    gp_loop_destroy(site->loop);
    assert_int_equal(access(site->path, F_OK), -1); /* it took its socket along */
    assert_int_equal(rmdir(site->folder), 0);
    free(site);
    return 0;
}

/* A client that speaks raw bytes. */
struct client {
    struct site *site;
    int fd;
    struct gp_watch *watch;
    struct gp_span request; /* what is still to be sent */
    size_t chunk;           /* bytes of one write */
    struct gp_buf heard;
    bool is_over; /* the other side has closed */
};

static void on_client(void *arg, unsigned ready)
{
    struct client *client = arg;
    size_t len = 0, room = 0;
    (void)ready;
    if (client->request.len > 0) {
        size_t piece = client->request.len < client->chunk ? client->request.len : client->chunk;
        enum gp_io_result result = gp_io_write(client->fd, client->request.at, piece, &len);
        if (result == GP_IO_DONE)
            client->request = gp_span_make(client->request.at + len, client->request.len - len);
        else if (result != GP_IO_AGAIN)
            client->request.len = 0; /* it does not want to hear more */
        if (client->request.len == 0)
            gp_watch_set(client->watch, GP_READ);
        return;
    }
    char *at = gp_buf_room(&client->heard, 1, &room);
    enum gp_io_result result = gp_io_read(client->fd, at, room, &len);
    if (result == GP_IO_DONE) {
        gp_buf_wrote(&client->heard, len);
    } else if (result != GP_IO_AGAIN) {
        client->is_over = true;
        gp_watch_set(client->watch, 0);
        gp_loop_stop(client->site->loop);
    }
}

static void client_open(struct client *client, struct site *site, struct gp_span request,
                        size_t chunk)
{
    *client = (struct client){.site = site, .fd = -1, .request = request, .chunk = chunk};
    gp_buf_init(&client->heard, 1u << 20);
    assert_int_equal(gp_io_connect_unix(site->path, &client->fd, NULL), GP_OK);
    client->watch = gp_watch_create(site->loop, client->fd, on_client, client);
    gp_watch_set(client->watch, request.len > 0 ? GP_WRITE : GP_READ);
}

static void client_close(struct client *client)
{
    gp_watch_destroy(client->watch);
    gp_io_close(&client->fd);
    gp_buf_finish(&client->heard);
}

static void requests_are_lines(void **state)
{
    struct site *site = *state;
    static const struct {
        const char *request;
        bool is_asked;
        const char *answer;
    } rows[] = {
        {"{\"word\":\"a\"}\n", true, "{\"ok\":true,\"word\":\"a\"}\n"},
        {"  { \"word\" : \"\\u00fc\" } \r\n", true, "{\"ok\":true,\"word\":\"\xc3\xbc\"}\n"},
        {"{\"word\":\"a\"}\n{\"word\":\"b\"}\n", true, "{\"ok\":true,\"word\":\"a\"}\n"},
        {"{}\n", true, "{\"ok\":true,\"word\":\"(none)\"}\n"},
        {"{\"word\":7}\n", true, "{\"ok\":true,\"word\":\"(none)\"}\n"},
        {"[\"word\"]\n", false, "{\"ok\":false,\"error\":\""},
        {"\n", false, "{\"ok\":false,\"error\":\""},
        {"status\n", false, "{\"ok\":false,\"error\":\""},
        {"{\"word\":\"a\"\n}\n", false, "{\"ok\":false,\"error\":\""},
        {"{\"word\":\"a\"} x\n", false, "{\"ok\":false,\"error\":\""},
        {"{\"word\":\"\xff\"}\n", false, "{\"ok\":false,\"error\":\""},
        {"{\"word\":\"a\",\"word\":\"b\"}\n", false, "{\"ok\":false,\"error\":\""},
    };
    static const size_t chunks[] = {SIZE_MAX, 1};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        for (size_t j = 0; j < GP_ARRAY_LEN(chunks); j++) {
            struct client client;
            unsigned before = site->asked;
            client_open(&client, site, gp_span_text(rows[i].request), chunks[j]);
            gp_loop_run(site->loop);
            const char *heard = gp_buf_text(&client.heard);
            size_t len = strlen(rows[i].answer);
            if (strncmp(heard, rows[i].answer, len) != 0 || heard[strlen(heard) - 1] != '\n' ||
                site->asked - before != rows[i].is_asked)
                fail_msg("%s: %s", rows[i].request, heard);
            client_close(&client);
        }
}

static void a_request_has_a_bound(void **state)
{
    struct site *site = *state;
    struct client client;
    size_t len = 2 * REQUEST_MAX;
    char *request = malloc(len);
    memset(request, ' ', len);
    client_open(&client, site, gp_span_make(request, len), SIZE_MAX);
    gp_loop_run(site->loop);
    assert_int_equal(site->asked, 0);
    client_close(&client);
    free(request);
}

static void a_client_may_leave(void **state)
{
    struct site *site = *state;
    struct client silent, leaving;
    client_open(&silent, site, gp_span_text("{\"wor"), SIZE_MAX);
    site->answers_later = true;
    client_open(&leaving, site, gp_span_text("{}\n"), SIZE_MAX);
    gp_loop_run(site->loop); /* it has asked */
    client_close(&leaving);
    client_close(&silent);
    answer(site->call, "to nobody");
    site->answers_later = false;
    struct client client;
    client_open(&client, site, gp_span_text("{}\n"), SIZE_MAX);
    gp_loop_run(site->loop);
    assert_string_equal(gp_buf_text(&client.heard), "{\"ok\":true,\"word\":\"(none)\"}\n");
    client_close(&client);
}

static void an_answer_may_outlive_the_control(void **state)
{
    struct site *site = *state;
    struct client client;
    site->answers_later = true;
    client_open(&client, site, gp_span_text("{}\n"), SIZE_MAX);
    gp_loop_run(site->loop);
    app_control_destroy(site->control);
    site->control = NULL;
    answer(site->call, "to nobody");
    while (!client.is_over)
        gp_loop_run(site->loop);
    assert_int_equal(gp_buf_len(&client.heard), 0);
    client_close(&client);
}

static void only_the_owner_may_ask(void **state)
{
    struct site *site = *state;
    struct app_control *second = NULL;
    struct gp_err err = {0};
    struct stat status;
    assert_int_equal(stat(site->path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(
        app_control_create(site->loop, &site->log, site->path, on_call, site, &second, &err),
        GP_ERR_CONFLICT);
    assert_non_null(strstr(err.text, "control socket: "));
    assert_int_equal(access(site->path, F_OK),
                     0); /* it did not take the other one's socket along */
}

/* The client's side. */

struct asker {
    struct site *site;
    unsigned answers;
    char word[GP_ERR_TEXT_MAX]; /* of the answer, or why there is none */
    enum gp_code code;
};

static void on_answer(void *arg, struct app_json *document, const struct gp_err *err)
{
    struct asker *asker = arg;
    asker->answers++;
    assert_true(!document == !!err);
    asker->code = err ? err->code : GP_OK;
    snprintf(asker->word, sizeof(asker->word), "%s",
             err ? err->text : app_json_get_text(document, "word", "(none)"));
    app_json_destroy(document);
    gp_loop_stop(asker->site->loop);
}

static struct app_question *ask(struct asker *asker, struct site *site, const char *word,
                                uint32_t timeout_ms)
{
    struct app_question *question = NULL;
    struct app_json_writer *json = app_json_writer_create();
    struct gp_err err = {0};
    *asker = (struct asker){.site = site};
    app_json_put_text(json, "word", word);
    if (app_control_ask(site->loop, site->path, json, timeout_ms, on_answer, asker, &question,
                        &err) != GP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(asker->answers, 0);
    return question;
}

static void a_question_is_answered_once(void **state)
{
    struct site *site = *state;
    struct asker asker;
    ask(&asker, site, "hello", PATIENCE_MS);
    gp_loop_run(site->loop);
    assert_int_equal(asker.answers, 1);
    assert_int_equal(asker.code, GP_OK);
    assert_string_equal(asker.word, "hello");
}

static void a_question_runs_out_of_time(void **state)
{
    struct site *site = *state;
    struct asker asker;
    site->answers_later = true;
    ask(&asker, site, "hello", 20);
    while (asker.answers == 0)
        gp_loop_run(site->loop);
    assert_int_equal(asker.code, GP_ERR_TIMEOUT);
    if (site->call) /* it had come that far */
        answer(site->call, "too late");
}

static void a_cancelled_question_is_not_answered(void **state)
{
    struct site *site = *state;
    struct asker cancelled, asker;
    struct app_question *question = ask(&cancelled, site, "one", PATIENCE_MS);
    ask(&asker, site, "two", PATIENCE_MS);
    app_question_cancel(question);
    gp_loop_run(site->loop);
    assert_string_equal(asker.word, "two");
    assert_int_equal(cancelled.answers, 0);
}

static void a_question_without_an_answer(void **state)
{
    struct site *site = *state;
    struct asker asker;
    site->answers_later = true;
    ask(&asker, site, "hello", PATIENCE_MS);
    gp_loop_run(site->loop); /* it is asked */
    app_control_destroy(site->control);
    site->control = NULL;
    gp_loop_run(site->loop);
    assert_int_equal(asker.answers, 1);
    assert_int_equal(asker.code, GP_ERR_PROTOCOL);
    answer(site->call, "to nobody");
}

static void nobody_to_ask(void **state)
{
    struct site *site = *state;
    struct app_question *question = NULL;
    struct app_json_writer *json = app_json_writer_create();
    struct gp_err err = {0};
    app_control_destroy(site->control);
    site->control = NULL;
    app_json_put_text(json, "word", "x");
    assert_int_equal(app_control_ask(site->loop, site->path, json, PATIENCE_MS, on_answer, NULL,
                                     &question, &err),
                     GP_ERR_NOT_FOUND);
    assert_null(question);
}

/* Bounds. */

static void calls_are_bounded(void **state)
{
    struct site *site = *state;
    static struct client clients[CALLS + 1];
    for (size_t i = 0; i <= CALLS; i++)
        client_open(&clients[i], site, gp_span_text(""), 1);
    gp_loop_run(site->loop); /* until one of them is sent away */
    size_t over = 0;
    for (size_t i = 0; i <= CALLS; i++)
        over += clients[i].is_over;
    assert_int_equal(over, 1);
    assert_true(clients[CALLS].is_over);
    for (size_t i = 0; i <= CALLS; i++)
        client_close(&clients[i]);
}

static void on_gone(void *arg)
{
    struct site *site = arg;
    site->call = NULL;
    gp_loop_stop(site->loop);
}

/* Who asks for many lines and reads none of them costs no more than that. */
static void lines_that_nobody_reads_are_left_out(void **state)
{
    struct site *site = *state;
    struct client client;
    char text[1000];
    size_t count = 0;
    bool is_taken = true;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    site->answers_later = true;
    client_open(&client, site, gp_span_text("{\"word\":\"lines\"}\n"), 1000);
    gp_loop_run(site->loop);
    assert_non_null(site->call);
    assert_true(app_call_open(site->call, on_gone, site));
    for (; is_taken && count < 3 * LINES_BYTES / sizeof(text); count += is_taken) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_text(json, "text", text);
        is_taken = app_call_line(site->call, json);
    }
    assert_false(is_taken);
    assert_in_range(count, LINES_BYTES / 2 / sizeof(text), LINES_BYTES / sizeof(text));
    client_close(&client);
    gp_loop_run(site->loop); /* until it is noticed */
    assert_null(site->call);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(requests_are_lines),
        ROW(a_request_has_a_bound),
        ROW(a_client_may_leave),
        ROW(an_answer_may_outlive_the_control),
        ROW(only_the_owner_may_ask),
        ROW(a_question_is_answered_once),
        ROW(a_question_runs_out_of_time),
        ROW(a_cancelled_question_is_not_answered),
        ROW(a_question_without_an_answer),
        ROW(nobody_to_ask),
        ROW(calls_are_bounded),
        ROW(lines_that_nobody_reads_are_left_out),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
