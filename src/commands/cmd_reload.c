/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost reload`: has the running gateway read its configuration again. */
#include "commands/gateway_command.h"

#define APP_RELOAD_TIMEOUT_MS 60000

static void print_list(const struct app_json *answer, const char *key, const char *before, FILE *to)
{
    const struct app_json *list = app_json_get(answer, key);
    for (size_t i = 0; i < app_json_count(list); i++)
        fprintf(to, "%s%s\n", before, app_json_text(app_json_at(list, i), ""));
}

static void print_answer(const struct app_json *answer)
{
    const char *trouble = app_json_get_text(answer, "trouble", NULL);
    if (!app_json_get_bool(answer, "reloaded", false)) {
        print_list(answer, "problems", "", stderr);
        fputs("not reloaded: what is running stays as it is\n", stderr);
        return;
    }
    print_list(answer, "changes", "", stdout);
    print_list(answer, "restart", "after a restart: ", stdout);
    print_list(answer, "warnings", "warning: ", stdout);
    if (trouble)
        fprintf(stderr, "gatepost reload: %s\n", trouble);
    puts(app_json_count(app_json_get(answer, "changes")) > 0 ? "reloaded"
                                                             : "reloaded, nothing has changed");
}

static int status_of(const struct app_json *answer)
{
    if (!app_json_get_bool(answer, "reloaded", false))
        return APP_EXIT_USAGE;
    return app_json_get_text(answer, "trouble", NULL) ? APP_EXIT_FAILED : APP_EXIT_OK;
}

int app_cmd_reload(const struct app_command *command, int argc, char **argv)
{
    struct app_gateway_command asking = {.command = command};
    const struct app_option options[] = {
        APP_GATEWAY_OPTIONS(asking, "print the gateway's answer as JSON"),
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
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (app_gateway_ask(&asking, app_gateway_request(&asking), APP_RELOAD_TIMEOUT_MS, NULL, &answer,
                        &err) != GP_OK)
        return app_gateway_fail(&asking, APP_EXIT_FAILED, &err);
    if (!asking.wants_json)
        print_answer(answer);
    status = status_of(answer);
    app_json_destroy(answer);
    return status;
}
