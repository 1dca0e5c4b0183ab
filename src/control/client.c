/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of the control socket. */
#include "control/control.h"

#include "base/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define APP_ANSWER_MAX (256 * 1024 * 1024)

struct app_question {
    int fd;
    struct gp_watch *watch;
    struct gp_timer *timer;
    struct gp_buf request, answer;
    app_line_fn *on_line; /* NULL: the answer is one line */
    app_answer_fn *fn;
    void *arg;
};

static void finish(struct app_question *question, struct app_json *answer, const struct gp_err *err)
{
    app_answer_fn *fn = question->fn;
    void *arg = question->arg;
    app_question_cancel(question);
    fn(arg, answer, err);
}

static void fail(struct app_question *question, enum gp_code code, const char *sentence)
{
    struct gp_err err = {0};
    gp_err_set(&err, code, "%s", sentence);
    finish(question, NULL, &err);
}

static void on_timer(void *arg)
{
    fail(arg, GP_ERR_TIMEOUT, "the gateway does not answer on its control socket");
}

static void take_answer(struct app_question *question)
{
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    struct gp_span bytes = gp_buf_span(&question->answer);
    const char *eol = memchr(bytes.at, '\n', bytes.len);
    if (!eol)
        fail(question, GP_ERR_PROTOCOL, "the gateway ended the conversation on its control socket");
    else if (app_json_parse(gp_span_make(bytes.at, (size_t)(eol - bytes.at)), APP_ANSWER_MAX,
                            &answer, &err) != GP_OK)
        finish(question, NULL, &err);
    else
        finish(question, answer, NULL);
}

/* Hands on what has come in whole lines. The one that says whether all is well is the last. False
 * when the question is gone. */
static bool take_lines(struct app_question *question)
{
    for (;;) {
        struct app_json *line = NULL;
        struct gp_err err = {0};
        struct gp_span bytes = gp_buf_span(&question->answer);
        const char *eol = memchr(bytes.at, '\n', bytes.len);
        if (!eol)
            return true;
        size_t len = (size_t)(eol - bytes.at);
        if (app_json_parse(gp_span_make(bytes.at, len), APP_ANSWER_MAX, &line, &err) != GP_OK) {
            finish(question, NULL, &err);
            return false;
        }
        if (app_json_get(line, "ok")) {
            finish(question, line, NULL);
            return false;
        }
        gp_buf_consume(&question->answer, len + 1);
        question->on_line(question->arg, line);
    }
}

static void on_ready(void *arg, unsigned ready)
{
    struct app_question *question = arg;
    size_t len = 0, room = 0;
    (void)ready;
    while (gp_buf_len(&question->request) > 0) {
        struct gp_span bytes = gp_buf_span(&question->request);
        enum gp_io_result result = gp_io_write(question->fd, bytes.at, bytes.len, &len);
        if (result == GP_IO_AGAIN)
            return;
        if (result != GP_IO_DONE) {
            fail(question, GP_ERR_SYSTEM, strerror(errno));
            return;
        }
        gp_buf_consume(&question->request, len);
    }
    gp_watch_set(question->watch, GP_READ);
    for (;;) {
        char *at = gp_buf_room(&question->answer, 1, &room);
        enum gp_io_result result = at ? gp_io_read(question->fd, at, room, &len) : GP_IO_FAILED;
        if (result == GP_IO_AGAIN)
            return;
        if (result != GP_IO_DONE) {
            take_answer(question);
            return;
        }
        gp_buf_wrote(&question->answer, len);
        if (question->on_line && !take_lines(question))
            return;
    }
}

/* timeout_ms 0: there is no hurry. on_line may be NULL. */
static enum gp_code ask(struct gp_loop *loop, const char *path, struct app_json_writer *request,
                        uint32_t timeout_ms, app_line_fn *on_line, app_answer_fn *fn, void *arg,
                        struct app_question **ret, struct gp_err *err)
{
    struct app_question *question = calloc(1, sizeof(*question));
    if (!question) {
        app_json_writer_destroy(request);
        return gp_err_nomem(err);
    }
    question->fd = -1;
    question->on_line = on_line;
    question->fn = fn;
    question->arg = arg;
    gp_buf_init(&question->request, 65536);
    gp_buf_init(&question->answer, APP_ANSWER_MAX);
    enum gp_code code = app_json_dump(request, &question->request, err);
    app_json_writer_destroy(request);
    gp_buf_append_char(&question->request, '\n');
    if (code == GP_OK)
        code = gp_io_connect_unix(path, &question->fd, err);
    if (code == GP_OK) {
        question->watch = gp_watch_create(loop, question->fd, on_ready, question);
        question->timer = gp_timer_create(loop, on_timer, question);
        if (!question->watch || !question->timer)
            code = gp_err_nomem(err);
    }
    if (code != GP_OK) {
        app_question_cancel(question);
        return code;
    }
    gp_watch_set(question->watch, GP_WRITE);
    if (timeout_ms)
        gp_timer_set(question->timer, timeout_ms);
    *ret = question;
    return GP_OK;
}

enum gp_code app_control_ask(struct gp_loop *loop, const char *path,
                             struct app_json_writer *request, uint32_t timeout_ms,
                             app_answer_fn *fn, void *arg, struct app_question **ret,
                             struct gp_err *err)
{
    return ask(loop, path, request, timeout_ms, NULL, fn, arg, ret, err);
}

enum gp_code app_control_follow(struct gp_loop *loop, const char *path,
                                struct app_json_writer *request, uint32_t timeout_ms,
                                app_line_fn *on_line, app_answer_fn *fn, void *arg,
                                struct app_question **ret, struct gp_err *err)
{
    return ask(loop, path, request, timeout_ms, on_line, fn, arg, ret, err);
}

void app_question_cancel(struct app_question *question)
{
    if (!question)
        return;
    gp_watch_destroy(question->watch);
    gp_timer_destroy(question->timer);
    gp_io_close(&question->fd);
    gp_buf_finish(&question->request);
    gp_buf_finish(&question->answer);
    free(question);
}
