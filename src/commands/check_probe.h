/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe domain of "gatepost check": what its options say, and the configuration without them.
 */
#ifndef GP_APP_CHECK_PROBE_H
#define GP_APP_CHECK_PROBE_H

#include "commands/check_domains.h"
#include "readiness/collect/collect.h"

/* As the command line has them; borrowed. NULL: not given. */
struct app_check_probe_texts {
    const char *domain, *listen, *certificate, *key;
};

struct app_check_probe {
    bool is_there;
    struct app_probe_domain domain; /* borrows the names of files */
};

/* False: something is wrong with it, which was said on stderr. */
bool app_check_probe_take(const struct app_check_probe_texts *texts,
                          const struct app_config *config, const struct app_check_domains *checked,
                          struct app_check_probe *ret);

#endif
