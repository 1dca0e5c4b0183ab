/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost reload`: has the running gateway read its configuration again. */
#include "commands/ask_gateway.h"
#include "commands/command.h"
#include "commands/load_config.h"

#include <stdlib.h>
#include <string.h>

#define APP_RELOAD_TIMEOUT_MS 60000

static void print_list(const struct app_json *answer, const char *key, const char *before, FILE *to)
{
    const struct app_json *list = app_json_get(answer, key);
    for (size_t i = 0; i < app_json_count(list); i++)
        fprintf(to, "%s%s\n", before, app_json_text(app_json_at(list, i), ""));
}

static int print_answer(const struct app_json *answer)
{
    const char *trouble = app_json_get_text(answer, "trouble", NULL);
    if (!app_json_get_bool(answer, "reloaded", false)) {
        print_list(answer, "problems", "", stderr);
        fputs("not reloaded: what is running stays as it is\n", stderr);
        return APP_EXIT_USAGE;
    }
    print_list(answer, "changes", "", stdout);
    print_list(answer, "restart", "after a restart: ", stdout);
    print_list(answer, "warnings", "warning: ", stdout);
    if (trouble)
        fprintf(stderr, "gatepost reload: %s\n", trouble);
    puts(app_json_count(app_json_get(answer, "changes")) > 0 ? "reloaded"
                                                             : "reloaded, nothing has changed");
    return trouble ? APP_EXIT_FAILED : APP_EXIT_OK;
}

int app_cmd_reload(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *socket = NULL;
    const struct app_option options[] = {
        {.name = "json", .help = "print the gateway's answer as JSON", .flag = &wants_json},
        APP_SOCKET_OPTION(socket),
    };
    const struct app_syntax syntax = {
        .about =
            "Has the running gateway read its configuration, and the certificates and secrets that "
            "it names, again; prints what has changed. Only what changed is touched: streams "
            "close where their partner was removed or has other conditions, inside links are "
            "made anew where they are others. A configuration with a problem changes nothing.\n"
            "\n"
            "Exit status: 0 reloaded; 1 nobody answered, or part of it could not be done; 64 "
            "wrong usage, or a problem in the configuration: nothing has changed.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
    };
    struct app_arguments arguments;
    struct app_json *answer = NULL;
    struct app_json_writer *request = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    /* The file may be the one that is to be refused: the gateway says so, in its log too. */
    char *found = app_find_gateway(socket, arguments.config);
    if (!found)
        return APP_EXIT_USAGE;
    request = app_json_writer_create();
    app_json_put_text(request, "command", "reload");
    if (app_ask_gateway(found, request, APP_RELOAD_TIMEOUT_MS, &answer, &err) != GP_OK) {
        fprintf(stderr, "gatepost reload: %s\n", err.text);
        status = APP_EXIT_FAILED;
    } else if (wants_json) {
        status = app_json_print_again(answer, stdout, &err) != GP_OK ? APP_EXIT_FAILED
                 : !app_json_get_bool(answer, "reloaded", false)     ? APP_EXIT_USAGE
                 : app_json_get_text(answer, "trouble", NULL)        ? APP_EXIT_FAILED
                                                                     : APP_EXIT_OK;
    } else {
        status = print_answer(answer);
    }
    app_json_destroy(answer);
    free(found);
    return status;
}
