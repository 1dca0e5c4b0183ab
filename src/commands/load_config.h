/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command begins that needs the configuration. */
#ifndef GP_APP_LOAD_CONFIG_H
#define GP_APP_LOAD_CONFIG_H

#include "config/config.h"

/* Loads it, or says on stderr all that is wrong with it and returns NULL: the status is
 * APP_EXIT_USAGE then. */
struct app_config *app_load_config(const char *path);

/* The option of every command that asks the running gateway; variable is a const char *. */
#define APP_SOCKET_OPTION(variable)                                                      \
    {                                                                                    \
        .name = "socket", .value = "PATH",                                               \
        .help = "the control socket, instead of the configured one", .text = &(variable) \
    }

/* Where the running gateway is asked: given, or what the file at path says, which need not be in
 * order but for that. NULL when it cannot be known, after the reason was printed. The caller's to
 * free. */
char *app_find_gateway(const char *given, const char *path);

#endif
