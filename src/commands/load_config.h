/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command begins that needs the configuration. */
#ifndef GP_APP_LOAD_CONFIG_H
#define GP_APP_LOAD_CONFIG_H

#include "config/config.h"

/* Loads it, or says on stderr all that is wrong with it and returns NULL: the status is
 * APP_EXIT_USAGE then. */
struct app_config *app_load_config(const char *path);

#endif
