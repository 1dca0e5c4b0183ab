/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost probe`: one attempt at a partner, step by step. */
#include "commands/gateway_command.h"

#include <inttypes.h>

#define APP_PROBE_TIMEOUT_MS 660000 /* the longest attempt-timeout, and a minute */

static void print_step(const struct app_json *line)
{
    printf("%7" PRId64 " ms  %s\n", app_json_get_int(line, "at_ms", 0),
           app_json_get_text(line, "text", ""));
}

int app_cmd_probe(const struct app_command *command, int argc, char **argv)
{
    struct app_gateway_command asking = {.command = command};
    const char *home = NULL;
    const struct app_option options[] = {
        {.name = "from",
         .value = "DOMAIN",
         .help = "the domain of ours to speak for [the first one]",
         .text = &home},
        APP_GATEWAY_OPTIONS(asking, "print a JSON object in each line"),
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
    struct app_json *last = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    struct app_json_writer *request = app_gateway_request(&asking);
    if (home)
        app_json_put_text(request, "home", home);
    if (app_gateway_ask(&asking, request, APP_PROBE_TIMEOUT_MS, print_step, &last, &err) != GP_OK)
        return app_gateway_fail(&asking, APP_EXIT_UNKNOWN, &err);
    if (!last)
        return APP_EXIT_UNKNOWN;
    if (!asking.wants_json)
        printf("%s: %s\n", app_json_get_text(last, "partner", "?"),
               app_json_get_text(last, "sentence", "?"));
    status = app_json_get_bool(last, "reached", false) ? APP_EXIT_OK : APP_EXIT_FAILED;
    app_json_destroy(last);
    return status;
}
