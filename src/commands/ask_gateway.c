/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/ask_gateway.h"

#include "gateway/control.h"

struct waiting {
    struct gp_loop *loop;
    struct app_json *answer;
    struct gp_err err;
};

static void on_answer(void *arg, struct app_json *answer, const struct gp_err *err)
{
    struct waiting *waiting = arg;
    waiting->answer = answer;
    if (err)
        waiting->err = *err;
    gp_loop_stop(waiting->loop);
}

enum gp_code app_ask_gateway(const char *socket, struct app_json_writer *request,
                             uint32_t timeout_ms, struct app_json **ret, struct gp_err *err)
{
    struct waiting waiting = {.loop = gp_loop_create()};
    struct app_question *question = NULL;
    if (!waiting.loop) {
        app_json_writer_destroy(request);
        return gp_err_nomem(err);
    }
    enum gp_code code = app_control_ask(waiting.loop, socket, request, timeout_ms, on_answer,
                                        &waiting, &question, err);
    if (code == GP_OK) {
        gp_loop_run(waiting.loop);
        if (!waiting.answer)
            code = gp_err_set(err, waiting.err.code, "%s", waiting.err.text);
        else if (!app_json_get_bool(waiting.answer, "ok", false))
            code = gp_err_set(err, GP_ERR_DENIED, "%s",
                              app_json_get_text(waiting.answer, "error", "no reason given"));
        else
            *ret = waiting.answer;
        if (code != GP_OK)
            app_json_destroy(waiting.answer);
    }
    gp_loop_destroy(waiting.loop);
    return code;
}
