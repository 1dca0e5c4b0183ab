/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost help: the list of commands, or what one of them says of itself. */
#include "commands/command.h"

int app_cmd_help(const struct app_command *command, int argc, char **argv)
{
    const struct app_syntax syntax = {
        .about = "Lists the commands, or explains one: the same as 'gatepost COMMAND --help'.",
        .operands_max = 1,
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (arguments.operand_count == 0) {
        app_command_list(stdout);
        return APP_EXIT_OK;
    }
    const struct app_command *explained = app_command_find(arguments.operands[0]);
    if (!explained) {
        app_command_unknown(arguments.operands[0]);
        return APP_EXIT_USAGE;
    }
    char help[] = "--help";
    char *question[] = {arguments.operands[0], help, NULL};
    return explained->run(explained, 2, question);
}
