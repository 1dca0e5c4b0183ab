/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command begins that looks at anybody's domains and reads no configuration. */
#ifndef GP_APP_PUBLIC_CONFIG_H
#define GP_APP_PUBLIC_CONFIG_H

#include "config/config.h"

/* What stands on the command line instead; each may be NULL, and is borrowed. */
struct app_public_options {
    const char *forward, *trust_anchor_file, *root_hints, *ca_file;
};

/* Made for these domains, each once; or says on stderr what is wrong with the options and returns
 * NULL: the status is APP_EXIT_USAGE then. */
struct app_config *app_public_config(const char *command, const struct dns_domain *domains,
                                     size_t count, const struct app_public_options *options);

#endif
