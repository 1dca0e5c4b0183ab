/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/load_config.h"

#include <stdio.h>

#define REPORT_BYTES_MAX 200000

static const char not_read[] =
    "  -c FILE names another configuration. docs/gatepost.conf.example is one to begin with;\n"
    "  ./quickstart shows gatepost at work without any.\n";

struct app_config *app_load_config(const char *path)
{
    struct app_config *config = NULL;
    struct gp_buf report;
    struct gp_err err;
    gp_buf_init(&report, REPORT_BYTES_MAX);
    if (app_config_load(path, &config, &report, &err) != GP_OK) {
        if (gp_buf_len(&report) > 0)
            fwrite(gp_buf_span(&report).at, 1, gp_buf_len(&report), stderr);
        else
            fprintf(stderr, "gatepost: %s\n%s", err.text,
                    err.code == GP_ERR_SYSTEM ? not_read : "");
    }
    gp_buf_finish(&report);
    return config;
}

const struct app_domain *app_find_domain(const char *command, const struct app_config *config,
                                         const char *name)
{
    const struct app_domain *found = NULL;
    struct dns_domain domain;
    struct gp_err err;
    if (dns_domain_from_text(gp_span_text(name), &domain, &err) != GP_OK)
        fprintf(stderr, "gatepost %s: --domain=%s: %s\n", command, name, err.text);
    else if (!(found = app_config_domain(config, &domain)))
        fprintf(stderr, "gatepost %s: %s is not a domain of %s\n", command, domain.ascii,
                config->path);
    return found;
}
