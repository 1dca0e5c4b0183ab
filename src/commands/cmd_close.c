/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost close`: closes the streams of a partner in order. */
#include "commands/gateway_command.h"

#include <inttypes.h>

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
    struct app_gateway_command asking = {.command = command};
    const struct app_option options[] = {
        APP_GATEWAY_OPTIONS(asking, "print the gateway's answer as JSON"),
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
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (app_gateway_ask(&asking, app_gateway_request(&asking), APP_CLOSE_TIMEOUT_MS, NULL, &answer,
                        &err) != GP_OK)
        return app_gateway_fail(&asking, APP_EXIT_FAILED, &err);
    if (!asking.wants_json)
        print_answer(asking.arguments.operands[0], answer);
    app_json_destroy(answer);
    return APP_EXIT_OK;
}
