/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of the section "check": what belongs together, and whom the check may call as. */
#include "config/build.h"

void app_config_judge_check(const struct app_text_section *root, const struct app_config *config,
                            struct app_problems *problems)
{
    static const char *const needs[][2] = {{"probe-domain", "probe-listen"},
                                           {"probe-listen", "probe-domain"},
                                           {"probe-certificate", "probe-domain"},
                                           {"probe-key", "probe-certificate"}};
    const struct dns_domain *domain = &config->check.probe_domain;
    const struct app_text_section *section = app_text_child(root, APP_SECTION_CHECK, 0);
    for (size_t i = 0; section && i < GP_ARRAY_LEN(needs); i++)
        if (app_text_option(section, needs[i][0]) && !app_text_option(section, needs[i][1]))
            app_problem(problems, app_text_line(section, needs[i][0]),
                        "check: %s: it is of no use without %s", needs[i][0], needs[i][1]);
    if (dns_domain_is_set(domain) && app_config_domain(config, domain))
        app_problem(problems, app_text_line(section, "probe-domain"),
                    "check: probe-domain: %s is served here; it has to be another one, as a "
                    "partner's is",
                    domain->ascii);
}
