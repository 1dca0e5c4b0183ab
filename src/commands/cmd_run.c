/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process.h"
#include "commands/command.h"
#include "commands/load_config.h"
#include "gateway/gateway.h"

int app_cmd_run(const struct app_command *command, int argc, char **argv)
{
    static const struct app_syntax syntax = {
        .about = "Runs the gateway in the foreground until SIGTERM or SIGINT and logs to standard "
                 "error. The "
                 "event \"ready\" in the log says that partners can connect. When it is told to "
                 "stop, streams are "
                 "closed and every stanza that still waits is delivered or answered. On SIGHUP it "
                 "reads its configuration again, as \"gatepost reload\" has it do.\n"
                 "\n"
                 "Exit status: 0 stopped as asked; 1 could not start (the reason is on standard "
                 "error); 64 "
                 "wrong usage or configuration.",
    };
    struct app_arguments arguments;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    enum gp_code code = gp_process_seal(&err); /* before the first key is read */
    struct app_config *config = NULL;
    if (code == GP_OK) {
        config = app_load_config(arguments.config);
        if (!config)
            return APP_EXIT_USAGE;
        code = app_gateway_run(config, &err);
    }
    if (code != GP_OK)
        fprintf(stderr, "gatepost run: %s\n", err.text);
    return code == GP_OK ? APP_EXIT_OK : APP_EXIT_FAILED;
}
