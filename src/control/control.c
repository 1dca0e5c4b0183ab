/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/control.h"

#include "base/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_CONTROL_REQUEST_MAX 65536
#define APP_CONTROL_ANSWER_MAX  (256 * 1024 * 1024)
#define APP_CONTROL_PATIENCE_MS 10000   /* for a request to arrive and for its answer to be read */
#define APP_CONTROL_LINES_MAX   1048576 /* of an open answer, that wait to be read */
#define APP_CONTROL_CALLS_MAX   64

struct app_control {
    struct gp_loop *loop;
    struct gp_acceptor *acceptor; /* owned */
    char *path;
    app_control_fn *fn;
    void *arg;
    struct app_call *calls;
    size_t call_count;
};

struct app_call {
    struct app_call *next, **link;
    struct app_control *control; /* NULL once the control is gone */
    int fd;                      /* -1 once the client is gone */
    struct gp_watch *watch;
    struct gp_timer *timer;
    struct gp_buf bytes; /* the request, then the answer */
    bool is_asked;       /* handed to fn, the answer is owed */
    bool is_answered;
    app_call_gone_fn *gone; /* of an open answer: who is told when the client leaves */
    void *gone_arg;
};

static void close_connection(struct app_call *call)
{
    gp_timer_destroy(call->timer);
    gp_watch_destroy(call->watch);
    gp_io_close(&call->fd);
    call->timer = NULL;
    call->watch = NULL;
}

static void call_destroy(struct app_call *call)
{
    close_connection(call);
    gp_buf_finish(&call->bytes);
    if (call->control) {
        *call->link = call->next;
        if (call->next)
            call->next->link = call->link;
        call->control->call_count--;
    }
    free(call);
}

/* The client is gone or too slow. An answer that is owed is still awaited, and then thrown away. */
static void hang_up(struct app_call *call)
{
    app_call_gone_fn *gone = call->gone;
    void *arg = call->gone_arg;
    if (gone) {
        call_destroy(call);
        gone(arg);
        return;
    }
    if (call->is_asked && !call->is_answered)
        close_connection(call);
    else
        call_destroy(call);
}

/* As much as the connection takes; GP_IO_DONE when nothing is left. */
static enum gp_io_result send_bytes(struct app_call *call)
{
    while (gp_buf_len(&call->bytes) > 0) {
        struct gp_span bytes = gp_buf_span(&call->bytes);
        size_t sent = 0;
        enum gp_io_result result = gp_io_write(call->fd, bytes.at, bytes.len, &sent);
        if (result != GP_IO_DONE)
            return result;
        gp_buf_consume(&call->bytes, sent);
    }
    return GP_IO_DONE;
}

static void send_answer(struct app_call *call)
{
    if (send_bytes(call) == GP_IO_AGAIN)
        gp_watch_set(call->watch, GP_WRITE);
    else
        call_destroy(call);
}

bool app_call_open(struct app_call *call, app_call_gone_fn *gone, void *arg)
{
    if (call->fd < 0) {
        call_destroy(call);
        return false;
    }
    call->gone = gone;
    call->gone_arg = arg;
    gp_buf_finish(&call->bytes);
    gp_buf_init(&call->bytes, APP_CONTROL_LINES_MAX);
    gp_watch_set(call->watch, GP_READ);
    return true;
}

bool app_call_line(struct app_call *call, struct app_json_writer *writer)
{
    struct gp_buf line;
    struct gp_err err = {0};
    gp_buf_init(&line, APP_CONTROL_REQUEST_MAX);
    bool is_fine = app_json_dump(writer, &line, &err) == GP_OK &&
                   gp_buf_len(&call->bytes) + gp_buf_len(&line) < APP_CONTROL_LINES_MAX;
    app_json_writer_destroy(writer);
    if (is_fine) {
        struct gp_span bytes = gp_buf_span(&line);
        gp_buf_append(&call->bytes, bytes.at, bytes.len);
        gp_buf_append_char(&call->bytes, '\n');
        gp_watch_set(call->watch, GP_READ | GP_WRITE);
    }
    gp_buf_finish(&line);
    return is_fine;
}

/* What the client still says is meant for nobody; that it leaves is news. */
static void on_open_call_ready(struct app_call *call)
{
    char nothing[256];
    size_t got = 0;
    enum gp_io_result result = gp_io_read(call->fd, nothing, sizeof(nothing), &got);
    if (result == GP_IO_DONE || result == GP_IO_AGAIN)
        result = send_bytes(call);
    if (result == GP_IO_DONE || result == GP_IO_AGAIN)
        gp_watch_set(call->watch, result == GP_IO_AGAIN ? GP_READ | GP_WRITE : GP_READ);
    else
        hang_up(call);
}

static void answer_bytes(struct app_call *call)
{
    call->is_answered = true;
    gp_buf_append_char(&call->bytes, '\n');
    if (call->fd < 0) {
        call_destroy(call);
        return;
    }
    gp_timer_set(call->timer, APP_CONTROL_PATIENCE_MS);
    send_answer(call);
}

void app_call_answer(struct app_call *call, struct app_json_writer *writer)
{
    struct gp_err err = {0};
    if (!call->gone)
        gp_buf_reset(&call->bytes); /* the request; of an open answer it is lines, which go first */
    call->gone = NULL;
    gp_buf_widen(&call->bytes, APP_CONTROL_ANSWER_MAX);
    if (app_json_dump(writer, &call->bytes, &err) != GP_OK) {
        gp_buf_reset(&call->bytes);
        gp_buf_append_text(&call->bytes, "{\"ok\":false,\"error\":\"out of memory\"}");
    }
    app_json_writer_destroy(writer);
    answer_bytes(call);
}

void app_call_refuse(struct app_call *call, const char *error)
{
    struct app_json_writer *writer = app_json_writer_create();
    app_json_put_bool(writer, "ok", false);
    app_json_put_text(writer, "error", error);
    app_call_answer(call, writer);
}

static void take_request(struct app_call *call, size_t line_len)
{
    struct app_json *request = NULL;
    struct gp_err err = {0};
    call->is_asked = true;
    gp_watch_set(call->watch, 0);
    gp_timer_clear(call->timer);
    if (app_json_parse(gp_span_make(gp_buf_span(&call->bytes).at, line_len),
                       APP_CONTROL_REQUEST_MAX, &request, &err) != GP_OK) {
        app_call_refuse(call, err.text);
        return;
    }
    call->control->fn(call->control->arg, call, request);
    app_json_destroy(request);
}

static void on_call_ready(void *arg, unsigned ready)
{
    struct app_call *call = arg;
    (void)ready;
    if (call->gone) {
        on_open_call_ready(call);
        return;
    }
    if (call->is_answered) {
        send_answer(call);
        return;
    }
    size_t room = 0, got = 0;
    char *at = gp_buf_room(&call->bytes, 1, &room);
    enum gp_io_result result = at ? gp_io_read(call->fd, at, room, &got) : GP_IO_FAILED;
    if (result == GP_IO_AGAIN)
        return;
    if (result != GP_IO_DONE) {
        hang_up(call);
        return;
    }
    gp_buf_wrote(&call->bytes, got);
    struct gp_span bytes = gp_buf_span(&call->bytes);
    const char *eol = memchr(bytes.at, '\n', bytes.len);
    if (eol)
        take_request(call, (size_t)(eol - bytes.at));
}

static void on_call_timer(void *arg)
{
    hang_up(arg);
}

static void on_client(void *arg, struct gp_acceptor *acceptor, int fd, const struct gp_addr *nobody,
                      const struct gp_addr *nowhere)
{
    struct app_control *control = arg;
    (void)acceptor, (void)nobody, (void)nowhere;
    struct app_call *call =
        control->call_count < APP_CONTROL_CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
    if (!call) {
        gp_io_close(&fd);
        return;
    }
    call->control = control;
    call->fd = fd;
    gp_buf_init(&call->bytes, APP_CONTROL_REQUEST_MAX);
    call->next = control->calls;
    call->link = &control->calls;
    if (call->next)
        call->next->link = &call->next;
    control->calls = call;
    control->call_count++;
    call->watch = gp_watch_create(control->loop, fd, on_call_ready, call);
    call->timer = gp_timer_create(control->loop, on_call_timer, call);
    if (!call->watch || !call->timer) {
        call_destroy(call);
        return;
    }
    gp_watch_set(call->watch, GP_READ);
    gp_timer_set(call->timer, APP_CONTROL_PATIENCE_MS);
}

enum gp_code app_control_create(struct gp_loop *loop, struct gp_log *log, const char *path,
                                app_control_fn *fn, void *arg, struct app_control **ret,
                                struct gp_err *err)
{
    struct app_control *control = calloc(1, sizeof(*control));
    if (!control)
        return gp_err_nomem(err);
    control->loop = loop;
    control->fn = fn;
    control->arg = arg;
    int fd = -1;
    enum gp_code code = gp_io_listen_unix(path, &fd, err);
    if (code == GP_OK) {
        control->path = strdup(path); /* set only once the file is ours to remove */
        control->acceptor = gp_acceptor_create(loop, fd, log, on_client, control);
        if (!control->path || !control->acceptor)
            code = gp_err_nomem(err);
    }
    if (code != GP_OK) {
        app_control_destroy(control);
        return gp_err_wrap(err, code, "control socket");
    }
    *ret = control;
    return GP_OK;
}

void app_control_destroy(struct app_control *control)
{
    if (!control)
        return;
    while (control->calls) {
        struct app_call *call = control->calls;
        control->calls = call->next;
        if (call->next)
            call->next->link = &control->calls;
        call->control = NULL;
        hang_up(call);
    }
    gp_acceptor_destroy(control->acceptor);
    if (control->path)
        (void)unlink(control->path);
    free(control->path);
    free(control);
}
