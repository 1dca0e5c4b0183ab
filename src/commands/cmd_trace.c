/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost trace`: what the streams of a partner say and hear, as it happens. */
#include "commands/gateway_command.h"

#include <inttypes.h>
#include <string.h>

static void print_line(const struct app_json *line)
{
    const char *partner = app_json_get_text(line, "listening", NULL);
    int64_t lost = app_json_get_int(line, "lost_before", 0);
    if (partner) {
        fprintf(stderr, "listening to %s; stop with Ctrl-C\n", partner);
        return;
    }
    if (lost > 0)
        printf("... %" PRId64 " lines are left out: they came too fast\n", lost);
    printf("%s %s %" PRId64 ".%" PRId64 " %s %s %s\n", app_json_get_text(line, "at", "-"),
           app_json_get_text(line, "stream", "-"), app_json_get_int(line, "worker", 0),
           app_json_get_int(line, "number", 0), app_json_get_text(line, "address", "-"),
           strcmp(app_json_get_text(line, "direction", ""), "out") == 0 ? ">>" : "<<",
           app_json_get_text(line, "text", ""));
}

int app_cmd_trace(const struct app_command *command, int argc, char **argv)
{
    struct app_gateway_command asking = {.command = command};
    const struct app_option options[] = {
        APP_GATEWAY_OPTIONS(asking, "print a JSON object in each line"),
    };
    const struct app_syntax syntax = {
        .about =
            "Shows what the streams between the running gateway and the domain PARTNER say, as it "
            "happens: >> is what the gateway says, << what it hears. Of stream headers, "
            "negotiation and stanzas only names, types, addresses, ids and sizes are shown, never "
            "what stands inside. Runs until it is interrupted. When it cannot keep up lines are "
            "left out, and it says how many.\n"
            "\n"
            "Exit status: 0 it was interrupted; 1 nobody answered, or the gateway has stopped; 64 "
            "wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_min = 1,
        .operands_max = 1,
    };
    struct app_json *last = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (app_gateway_ask(&asking, app_gateway_request(&asking), 0, print_line, &last, &err) != GP_OK)
        return app_gateway_fail(&asking, APP_EXIT_FAILED, &err);
    app_json_destroy(last);
    return APP_EXIT_OK;
}
