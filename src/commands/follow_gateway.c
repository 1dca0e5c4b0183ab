/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/follow_gateway.h"

#include "gateway/control.h"

#include <signal.h>

void app_follow_print_json(const struct app_json *line)
{
    struct gp_err err = {0};
    if (app_json_print_line(line, stdout, &err) == GP_OK)
        (void)fflush(stdout);
}

struct following {
    struct gp_loop *loop;
    app_follow_fn *fn;
    struct app_question *question; /* NULL once it is answered */
    struct app_json *answer;
    struct gp_err err;
};

static void on_line(void *arg, struct app_json *line)
{
    struct following *following = arg;
    following->fn(line);
    app_json_destroy(line);
}

static void on_end(void *arg, struct app_json *answer, const struct gp_err *err)
{
    struct following *following = arg;
    following->question = NULL;
    following->answer = answer;
    if (err)
        following->err = *err;
    gp_loop_stop(following->loop);
}

static void on_signal(void *arg, int number)
{
    struct following *following = arg;
    (void)number;
    gp_loop_stop(following->loop);
}

static enum gp_code judge(struct following *following, struct app_json **ret, struct gp_err *err)
{
    if (following->err.code != GP_OK)
        return gp_err_set(err, following->err.code, "%s", following->err.text);
    if (following->answer && !app_json_get_bool(following->answer, "ok", false))
        return gp_err_set(err, GP_ERR_DENIED, "%s",
                          app_json_get_text(following->answer, "error", "no reason given"));
    *ret = following->answer;
    following->answer = NULL;
    return GP_OK;
}

enum gp_code app_follow_gateway(const char *socket, struct app_json_writer *request,
                                uint32_t timeout_ms, app_follow_fn *fn, struct app_json **ret,
                                struct gp_err *err)
{
    struct following following = {.loop = gp_loop_create(), .fn = fn};
    if (!following.loop) {
        app_json_writer_destroy(request);
        return gp_err_nomem(err);
    }
    struct gp_signal *interrupt = gp_signal_create(following.loop, SIGINT, on_signal, &following);
    struct gp_signal *termination =
        gp_signal_create(following.loop, SIGTERM, on_signal, &following);
    enum gp_code code = app_control_follow(following.loop, socket, request, timeout_ms, on_line,
                                           on_end, &following, &following.question, err);
    if (code == GP_OK) {
        gp_loop_run(following.loop);
        app_question_cancel(following.question);
        code = judge(&following, ret, err);
        app_json_destroy(following.answer);
    }
    gp_signal_destroy(interrupt);
    gp_signal_destroy(termination);
    gp_loop_destroy(following.loop);
    return code;
}
