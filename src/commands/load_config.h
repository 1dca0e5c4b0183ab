/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command begins that needs the configuration. */
#ifndef GP_APP_LOAD_CONFIG_H
#define GP_APP_LOAD_CONFIG_H

#include "config/config.h"

/* Loads it, or says on stderr all that is wrong with it and returns NULL: the status is
 * APP_EXIT_USAGE then. */
struct app_config *app_load_config(const char *path);

/* The domain that an option --domain names; or says on stderr that there is none and returns NULL:
 * the status is APP_EXIT_USAGE then. */
const struct app_domain *app_find_domain(const char *command, const struct app_config *config,
                                         const char *name);

#endif
