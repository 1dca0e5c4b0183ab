/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/gateway_command.h"

#include "commands/load_config.h"
#include "control/control.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct conversation {
    const struct app_gateway_command *asking;
    app_gateway_print_fn *print_line; /* NULL: the answer is one object */
    struct gp_loop *loop;
    struct app_question *question; /* NULL once it is answered */
    struct app_json *answer;
    struct gp_err err;
};

struct app_json_writer *app_gateway_request(const struct app_gateway_command *asking)
{
    struct app_json_writer *request = app_json_writer_create();
    app_json_put_text(request, "command", asking->command->name);
    if (asking->arguments.operand_count > 0)
        app_json_put_text(request, "partner", asking->arguments.operands[0]);
    return request;
}

/* The file may have problems: an earlier one may be running. NULL after the reason was printed. */
static char *find_socket(const struct app_gateway_command *asking)
{
    char *socket = asking->socket ? strdup(asking->socket)
                                  : app_config_control_socket(asking->arguments.config);
    if (!socket)
        app_config_destroy(app_load_config(asking->arguments.config)); /* says what is wrong */
    return socket;
}

static enum gp_code print_json(const struct conversation *conversation, const struct app_json *line,
                               struct gp_err *err)
{
    return conversation->print_line ? app_json_print_line(line, stdout, err)
                                    : app_json_print_again(line, stdout, err);
}

static void on_line(void *arg, struct app_json *line)
{
    struct conversation *conversation = arg;
    if (conversation->asking->wants_json)
        (void)print_json(conversation, line, NULL); /* stdout keeps the error for main() */
    else
        conversation->print_line(line);
    (void)fflush(stdout); /* it is to be seen when it comes */
    app_json_destroy(line);
}

static void on_end(void *arg, struct app_json *answer, const struct gp_err *err)
{
    struct conversation *conversation = arg;
    conversation->question = NULL;
    conversation->answer = answer;
    if (err)
        conversation->err = *err;
    gp_loop_stop(conversation->loop);
}

static void on_signal(void *arg, int number)
{
    struct conversation *conversation = arg;
    (void)number;
    gp_loop_stop(conversation->loop);
}

static enum gp_code conclude(struct conversation *conversation, struct app_json **ret,
                             struct gp_err *err)
{
    struct app_json *answer = conversation->answer;
    enum gp_code code = GP_OK;
    if (conversation->err.code != GP_OK)
        code = gp_err_set(err, conversation->err.code, "%s", conversation->err.text);
    else if (answer && !app_json_get_bool(answer, "ok", false))
        code = gp_err_set(err, GP_ERR_DENIED, "%s",
                          app_json_get_text(answer, "error", "no reason given"));
    else if (answer && conversation->asking->wants_json)
        code = print_json(conversation, answer, err);
    if (code == GP_OK)
        *ret = answer;
    else
        app_json_destroy(answer);
    return code;
}

static enum gp_code converse(struct conversation *conversation, const char *socket,
                             struct app_json_writer *request, uint32_t timeout_ms,
                             struct app_json **ret, struct gp_err *err)
{
    struct gp_loop *loop = conversation->loop;
    struct gp_signal *signals[2] = {NULL, NULL};
    enum gp_code code;
    if (conversation->print_line) {
        signals[0] = gp_signal_create(loop, SIGINT, on_signal, conversation);
        signals[1] = gp_signal_create(loop, SIGTERM, on_signal, conversation);
        code = app_control_follow(loop, socket, request, timeout_ms, on_line, on_end, conversation,
                                  &conversation->question, err);
    } else {
        code = app_control_ask(loop, socket, request, timeout_ms, on_end, conversation,
                               &conversation->question, err);
    }
    if (code == GP_OK) {
        gp_loop_run(loop);
        app_question_cancel(conversation->question);
        code = conclude(conversation, ret, err);
    } else {
        gp_err_wrap(err, code, "the gateway cannot be asked");
    }
    gp_signal_destroy(signals[0]);
    gp_signal_destroy(signals[1]);
    return code;
}

enum gp_code app_gateway_ask(const struct app_gateway_command *asking,
                             struct app_json_writer *request, uint32_t timeout_ms,
                             app_gateway_print_fn *print_line, struct app_json **ret,
                             struct gp_err *err)
{
    struct conversation conversation = {.asking = asking, .print_line = print_line};
    char *socket = find_socket(asking);
    if (!socket) {
        app_json_writer_destroy(request);
        *err = (struct gp_err){.code = GP_ERR_CONFIG};
        return err->code;
    }
    enum gp_code code;
    conversation.loop = gp_loop_create();
    if (conversation.loop) {
        code = converse(&conversation, socket, request, timeout_ms, ret, err);
    } else {
        app_json_writer_destroy(request);
        code = gp_err_nomem(err);
    }
    gp_loop_destroy(conversation.loop);
    free(socket);
    return code;
}

int app_gateway_fail(const struct app_gateway_command *asking, int failed, const struct gp_err *err)
{
    if (err->text[0])
        fprintf(stderr, "gatepost %s: %s\n", asking->command->name, err->text);
    return err->code == GP_ERR_CONFIG ? APP_EXIT_USAGE : failed;
}
