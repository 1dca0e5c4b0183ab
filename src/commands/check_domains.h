/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domains "gatepost check" looks at: each once, in the order in which they were named. */
#ifndef GP_APP_CHECK_DOMAINS_H
#define GP_APP_CHECK_DOMAINS_H

#include "config/config.h"

#include <stdio.h>

#define APP_CHECK_DOMAINS_MAX 10000

struct app_check_domains {
    struct dns_domain *list; /* owned */
    size_t count, room;
    struct gp_map index; /* by name */
};

void app_check_domains_init(struct app_check_domains *domains);
void app_check_domains_finish(struct app_check_domains *domains);

/* Each of these says on stderr what is wrong, and returns false then. config: the domain has to be
 * one of it; NULL: any will do. */

/* option: what named it, such as "--domain=". */
bool app_check_domains_add(struct app_check_domains *domains, const struct app_config *config,
                           const char *option, const char *text);
bool app_check_domains_add_all(struct app_check_domains *domains, const struct app_config *config);
/* A list with a domain on each line; blank lines are nothing, "#" begins a comment. Each wrong line
 * is told with its number. */
bool app_check_domains_read(struct app_check_domains *domains, const struct app_config *config,
                            FILE *from);

#endif
