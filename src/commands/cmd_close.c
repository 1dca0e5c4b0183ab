/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost close`: closes the streams of a partner in order. */
#include "commands/ask_gateway.h"
#include "commands/command.h"
#include "commands/load_config.h"

#include <inttypes.h>
#include <stdlib.h>

#define APP_CLOSE_TIMEOUT_MS 10000

static void print_answer(const char *partner, const struct app_json *answer)
{
    int64_t inbound = app_json_get_int(answer, "inbound", 0);
    int64_t outbound = app_json_get_int(answer, "outbound", 0);
    if (inbound + outbound == 0)
        printf("%s: there was no stream to close\n", partner);
    else
        printf("%s: %" PRId64 " inbound and %" PRId64 " outbound streams are being closed\n",
               partner, inbound, outbound);
}

int app_cmd_close(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *socket = NULL;
    const struct app_option options[] = {
        {.name = "json", .help = "print the gateway's answer as JSON", .flag = &wants_json},
        APP_SOCKET_OPTION(socket),
    };
    const struct app_syntax syntax = {
        .about = "Has the running gateway close its streams with PARTNER, in both directions and "
                 "in order. Nothing is lost and nothing is forbidden: the next stanza opens a new "
                 "stream, and the partner may come back.\n"
                 "\n"
                 "Exit status: 0 they are being closed, or there was none; 1 nobody answered; 64 "
                 "wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_min = 1,
        .operands_max = 1,
    };
    struct app_arguments arguments;
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    char *found = app_find_gateway(socket, arguments.config);
    if (!found)
        return APP_EXIT_USAGE;
    struct app_json_writer *request = app_json_writer_create();
    app_json_put_text(request, "command", "close");
    app_json_put_text(request, "partner", arguments.operands[0]);
    status = APP_EXIT_OK;
    if (app_ask_gateway(found, request, APP_CLOSE_TIMEOUT_MS, &answer, &err) != GP_OK) {
        fprintf(stderr, "gatepost close: %s\n", err.text);
        status = APP_EXIT_FAILED;
    } else if (!wants_json) {
        print_answer(arguments.operands[0], answer);
    } else if (app_json_print_again(answer, stdout, &err) != GP_OK) {
        status = APP_EXIT_FAILED;
    }
    app_json_destroy(answer);
    free(found);
    return status;
}
