/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost trace`: what the streams of a partner say and hear, as it happens. */
#include "commands/command.h"
#include "commands/follow_gateway.h"
#include "commands/load_config.h"

#include <inttypes.h>
#include <stdlib.h>
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
    (void)fflush(stdout);
}

int app_cmd_trace(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *socket = NULL;
    const struct app_option options[] = {
        {.name = "json", .help = "print a JSON object in each line", .flag = &wants_json},
        APP_SOCKET_OPTION(socket),
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
    struct app_arguments arguments;
    struct app_json *last = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    char *found = app_find_gateway(socket, arguments.config);
    if (!found)
        return APP_EXIT_USAGE;
    struct app_json_writer *request = app_json_writer_create();
    app_json_put_text(request, "command", "trace");
    app_json_put_text(request, "partner", arguments.operands[0]);
    status = APP_EXIT_OK;
    if (app_follow_gateway(found, request, 0, wants_json ? app_follow_print_json : print_line,
                           &last, &err) != GP_OK) {
        fprintf(stderr, "gatepost trace: %s\n", err.text);
        status = APP_EXIT_FAILED;
    }
    app_json_destroy(last);
    free(found);
    return status;
}
