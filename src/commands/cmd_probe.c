/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost probe`: one attempt at a partner, step by step. */
#include "commands/command.h"
#include "commands/follow_gateway.h"
#include "commands/load_config.h"

#include <inttypes.h>
#include <stdlib.h>

#define APP_PROBE_TIMEOUT_MS 660000 /* the longest attempt-timeout, and a minute */

static void print_step(const struct app_json *line)
{
    printf("%7" PRId64 " ms  %s\n", app_json_get_int(line, "at_ms", 0),
           app_json_get_text(line, "text", ""));
    (void)fflush(stdout);
}

static int conclude(const struct app_json *last, bool wants_json)
{
    bool is_reached = app_json_get_bool(last, "reached", false);
    if (wants_json)
        app_follow_print_json(last);
    else
        printf("%s: %s\n", app_json_get_text(last, "partner", "?"),
               app_json_get_text(last, "sentence", "?"));
    return is_reached ? APP_EXIT_OK : APP_EXIT_FAILED;
}

int app_cmd_probe(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *socket = NULL, *home = NULL;
    const struct app_option options[] = {
        {.name = "from",
         .value = "DOMAIN",
         .help = "the domain of ours to speak for [the first one]",
         .text = &home},
        {.name = "json", .help = "print a JSON object in each line", .flag = &wants_json},
        APP_SOCKET_OPTION(socket),
    };
    const struct app_syntax syntax = {
        .about =
            "Has the running gateway try to reach PARTNER now, as a stanza would make it do, and "
            "prints each step as it happens: DNS, connections, TLS, what the partner offers, "
            "authentication. The stream is closed again.\n"
            "\n"
            "Exit status: 0 a stream can be opened; 1 it cannot, the last line says why; 3 nobody "
            "answered at the control socket, or it refused; 64 wrong usage or configuration.",
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
    app_json_put_text(request, "command", "probe");
    app_json_put_text(request, "partner", arguments.operands[0]);
    if (home)
        app_json_put_text(request, "home", home);
    status = APP_EXIT_UNKNOWN;
    if (app_follow_gateway(found, request, APP_PROBE_TIMEOUT_MS,
                           wants_json ? app_follow_print_json : print_step, &last, &err) != GP_OK)
        fprintf(stderr, "gatepost probe: %s\n", err.text);
    else if (last)
        status = conclude(last, wants_json);
    app_json_destroy(last);
    free(found);
    return status;
}
