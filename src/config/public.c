/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/config.h"

#include "config/build.h"

#include <stdlib.h>
#include <string.h>

static void fill(struct app_config *config, const struct dns_domain *domains, size_t count,
                 struct app_problems *problems)
{
    const struct app_text_section *root = NULL;
    struct gp_arena arena;
    char nothing[] = "";
    gp_arena_init(&arena, 1048576);
    app_text_read(nothing, 0, &arena, problems, &root);
    if (root)
        app_config_build(root, "", config, problems);
    gp_arena_finish(&arena);
    config->is_public = true;
    config->path = strdup("");
    config->domains = calloc(count, sizeof(*config->domains));
    if (!config->path || !config->domains) {
        app_problem_nomem(problems);
        return;
    }
    config->domain_count = count;
    for (size_t i = 0; i < count; i++) {
        struct app_domain *domain = &config->domains[i];
        domain->name = domains[i];
        if (gp_map_put(&config->domains_by_name, gp_span_text(domain->name.ascii), domain) != GP_OK)
            app_problem_nomem(problems);
    }
}

enum gp_code app_config_create_public(const struct dns_domain *domains, size_t count,
                                      struct app_config **ret, struct gp_err *err)
{
    struct app_config *config = calloc(1, sizeof(*config));
    struct app_problems problems;
    if (!config)
        return gp_err_nomem(err);
    app_problems_init(&problems, "", NULL, err);
    fill(config, domains, count, &problems);
    enum gp_code code = app_problems_code(&problems);
    app_problems_finish(&problems);
    if (code == GP_OK)
        *ret = config;
    else
        app_config_destroy(config);
    return code;
}
