/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the command and runs it; everything else is the command's. */
#include "commands/command.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* A full disk or a closed pipe must not look like success. */
static int finish(int status)
{
    bool is_written = fflush(stdout) == 0 && !ferror(stdout);
    if (is_written || status != APP_EXIT_OK)
        return status;
    fprintf(stderr, "gatepost: write output: %s\n", strerror(errno));
    return APP_EXIT_FAILED;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a peer or a reader that went away is an error value, not a death */
    if (argc < 2) {
        app_command_list(stderr);
        return APP_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        app_command_list(stdout);
        return finish(APP_EXIT_OK);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("gatepost " GP_VERSION);
        return finish(APP_EXIT_OK);
    }
    const struct app_command *command = app_command_find(argv[1]);
    if (!command) {
        app_command_unknown(argv[1]);
        return APP_EXIT_USAGE;
    }
    return finish(command->run(command, argc - 1, argv + 1));
}
