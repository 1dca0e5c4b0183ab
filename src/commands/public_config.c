/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/public_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False when there is no memory. */
static bool set_path(char **path, const char *text)
{
    if (!text)
        return true;
    free(*path);
    *path = strdup(text);
    return *path != NULL;
}

static bool set_forward(const char *command, const char *text, struct dns_settings *settings)
{
    struct gp_addr addr;
    if (!text)
        return true;
    if (gp_addr_parse_port(text, 53, &addr) != GP_OK) {
        fprintf(stderr, "gatepost %s: --forward=%s is not an address\n", command, text);
        return false;
    }
    struct gp_addr *forward = malloc(sizeof(*forward));
    if (!forward)
        return false;
    *forward = addr;
    free(settings->forward);
    settings->forward = forward;
    settings->forward_count = 1;
    return true;
}

struct app_config *app_public_config(const char *command, const struct dns_domain *domains,
                                     size_t count, const struct app_public_options *options)
{
    struct app_config *config = NULL;
    struct gp_err err;
    if (app_config_create_public(domains, count, &config, &err) != GP_OK)
        fprintf(stderr, "gatepost %s: %s\n", command, err.text);
    if (config && (!set_forward(command, options->forward, &config->resolver) ||
                   !set_path(&config->resolver.trust_anchor_file, options->trust_anchor_file) ||
                   !set_path(&config->resolver.root_hints, options->root_hints) ||
                   !set_path(&config->ca_file, options->ca_file))) {
        app_config_destroy(config);
        return NULL;
    }
    return config;
}
