/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/public_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_domain(const char *command, const char *text, struct dns_domain *domains,
                       size_t *count)
{
    struct dns_domain domain;
    struct gp_err err;
    if (dns_domain_from_text(gp_span_text(text), &domain, &err) != GP_OK) {
        fprintf(stderr, "gatepost %s: %s\n", command, err.text);
        return false;
    }
    for (size_t i = 0; i < *count; i++)
        if (dns_domain_equal(&domains[i], &domain))
            return true;
    domains[(*count)++] = domain;
    return true;
}

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

struct app_config *app_public_config(const char *command, char *const *texts, size_t count,
                                     const struct app_public_options *options)
{
    struct dns_domain *domains = calloc(count, sizeof(*domains));
    struct app_config *config = NULL;
    struct gp_err err;
    size_t taken = 0;
    bool is_right = domains != NULL;
    for (size_t i = 0; i < count && is_right; i++)
        is_right = add_domain(command, texts[i], domains, &taken);
    if (is_right && app_config_create_public(domains, taken, &config, &err) != GP_OK)
        fprintf(stderr, "gatepost %s: %s\n", command, err.text);
    free(domains);
    if (config && (!set_forward(command, options->forward, &config->resolver) ||
                   !set_path(&config->resolver.trust_anchor_file, options->trust_anchor_file) ||
                   !set_path(&config->resolver.root_hints, options->root_hints) ||
                   !set_path(&config->ca_file, options->ca_file))) {
        app_config_destroy(config);
        return NULL;
    }
    return config;
}
