/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/config.h"

#include "config/build.h"
#include "config/prepare.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BYTES_MAX \
    (64 * APP_CONFIG_BYTES_MAX) /* a text of one-byte values takes about 50 each */

static void domain_finish(struct app_domain *domain)
{
    for (size_t i = 0; i < domain->host_count; i++)
        app_section_finish(APP_SECTION_HOST, &domain->hosts[i]);
    free(domain->hosts);
    for (size_t i = 0; i < domain->elsewhere_count; i++) {
        app_section_finish(APP_SECTION_INSIDE_USERS, &domain->elsewhere[i]);
        free(domain->elsewhere[i].inside);
    }
    free(domain->elsewhere);
    if (domain->legacy)
        app_section_finish(APP_SECTION_LEGACY, domain->legacy);
    free(domain->legacy);
    app_section_finish(APP_SECTION_DOMAIN, domain);
}

static void inside_finish(struct app_inside *inside)
{
    gp_secret_wipe(&inside->secret);
    free(inside->name);
    app_section_finish(APP_SECTION_INSIDE, inside);
}

static void acceptance_finish(struct app_acceptance *acceptance)
{
    free(acceptance->check);
    app_section_finish(APP_SECTION_ACCEPT, acceptance);
}

static void home_finish(struct fed_home *home)
{
    for (size_t i = 0; i < home->elsewhere_count; i++)
        gp_names_finish(&home->elsewhere[i].users);
    free(home->elsewhere);
    gp_names_finish(&home->allowed_users);
    gp_names_finish(&home->denied_users);
}

void app_config_destroy(struct app_config *config)
{
    static const enum app_section in_config[] = {
        APP_SECTION_ROOT, APP_SECTION_RESOLVER, APP_SECTION_TLS,  APP_SECTION_CONTROL,
        APP_SECTION_LOG,  APP_SECTION_CONTACT,  APP_SECTION_CHECK};
    if (!config)
        return;
    for (size_t i = 0; i < config->domain_count; i++)
        domain_finish(&config->domains[i]);
    for (size_t i = 0; i < config->inside_count; i++)
        inside_finish(&config->insides[i]);
    for (size_t i = 0; i < config->federation.partner_count; i++) {
        free(config->federation.partners[i].shadow); /* it owns nothing */
        app_section_finish(APP_SECTION_PARTNER, &config->federation.partners[i]);
    }
    free(config->federation.stranger.shadow);
    for (size_t i = 0; i < config->acceptance_count; i++)
        acceptance_finish(&config->acceptances[i]);
    for (size_t i = 0; i < config->warning_count; i++)
        free(config->warnings[i]);
    for (size_t i = 0; i < GP_ARRAY_LEN(in_config); i++)
        app_section_finish(in_config[i], config);
    for (size_t i = 0; i < config->federation.home_count; i++)
        home_finish(&config->federation.homes[i]);
    gp_names_finish(&config->federation.blocked);
    gp_secret_wipe(&config->federation.dialback_secret);
    gp_map_finish(&config->domains_by_name);
    free(config->domains);
    free(config->insides);
    free(config->listens);
    free(config->acceptances);
    free(config->federation.partners);
    free(config->federation.homes);
    free(config->warnings);
    free(config->path);
    free(config);
}

/* First 16 hex digits of SHA-256 over the printed configuration. */
static void set_digest(struct app_config *config, struct app_problems *problems)
{
    uint8_t digest[GP_DIGEST_MAX];
    struct gp_buf text;
    gp_buf_init(&text, APP_CONFIG_PRINT_MAX);
    app_config_print(config, &text);
    if (gp_buf_failed(&text) != GP_OK)
        app_problem_nomem(problems);
    gp_digest(GP_SHA256, gp_buf_span(&text).at, gp_buf_len(&text), digest);
    gp_digest_hex(digest, (sizeof(config->digest) - 1) / 2, config->digest);
    gp_buf_finish(&text);
}

/* Where the file's relative paths begin. NULL when there is no memory. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == path)
        return strdup("");
    if (slash && path[0] == '/')
        return strndup(path, (size_t)(slash - path));
    /* Absolute, so that a command started elsewhere than the gateway sees the same configuration.
     */
    char *here = getcwd(NULL, 0), *whole = NULL;
    if (here && asprintf(&whole, "%s%s%.*s", here, slash ? "/" : "",
                         slash ? (int)(slash - path) : 0, path) < 0)
        whole = NULL;
    free(here);
    return whole;
}

enum files {
    WITHOUT_FILES,
    WITH_FILES
};

/* What follows the reading of the text. config is zeroed and becomes whole when there is no
 * problem. */
static void fill(struct app_config *config, const struct app_text_section *root, enum files files,
                 struct app_problems *problems)
{
    char *directory = directory_of(problems->path);
    config->path = strdup(problems->path);
    if (!directory || !config->path) {
        app_problem_nomem(problems);
    } else {
        app_config_build(root, directory, config, problems);
        /* The rules need every value that they compare. */
        if (app_problems_code(problems) == GP_OK) {
            app_config_judge(root, config, problems);
            if (files == WITH_FILES)
                app_config_read_files(root, config, gp_clock_wall_s(), problems);
            app_config_set_terms(config, problems);
            set_digest(config, problems);
        }
    }
    free(directory);
}

/* text ends with a zero byte and is changed. */
static enum gp_code load(char *text, size_t len, const char *path, enum files files,
                         struct app_config **ret, struct gp_buf *report, struct gp_err *err)
{
    const struct app_text_section *root = NULL;
    struct app_problems problems;
    struct gp_arena arena;
    struct app_config *config = calloc(1, sizeof(*config));
    if (!config)
        return gp_err_nomem(err);
    app_problems_init(&problems, path, report, err);
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    app_text_read(text, len, &arena, &problems, &root);
    if (root)
        fill(config, root, files, &problems);
    gp_arena_finish(&arena);
    enum gp_code code = app_problems_code(&problems);
    if (code == GP_OK) {
        config->warnings = problems.warnings;
        config->warning_count = problems.warning_count;
        *ret = config;
    } else {
        app_problems_finish(&problems);
        app_config_destroy(config);
    }
    return code;
}

/* As load(), for a text that stays as it is. */
static enum gp_code load_copy(struct gp_span text, const char *path, enum files files,
                              struct app_config **ret, struct gp_buf *report, struct gp_err *err)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return gp_err_nomem(err);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    enum gp_code code = load(copy, text.len, path, files, ret, report, err);
    free(copy);
    return code;
}

enum gp_code app_config_parse(struct gp_span text, const char *path, struct app_config **ret,
                              struct gp_buf *report, struct gp_err *err)
{
    if (text.len > APP_CONFIG_BYTES_MAX)
        return gp_err_set(err, GP_ERR_CONFIG, "%s: more than %d bytes", path, APP_CONFIG_BYTES_MAX);
    return load_copy(text, path, WITHOUT_FILES, ret, report, err);
}

enum gp_code app_config_load(const char *path, struct app_config **ret, struct gp_buf *report,
                             struct gp_err *err)
{
    struct gp_buf text;
    struct gp_err own;
    gp_buf_init(&text, APP_CONFIG_BYTES_MAX);
    enum gp_code code = gp_file_read(path, &text, &own);
    if (code == GP_OK) {
        code = load_copy(gp_buf_span(&text), path, WITH_FILES, ret, report, err);
    } else {
        gp_err_set(err, code, "%s", own.text);
    }
    gp_buf_finish(&text);
    return code;
}

char *app_config_control_socket(const char *path)
{
    const struct app_text_section *root = NULL;
    struct app_problems problems;
    struct gp_arena arena;
    struct gp_buf text;
    struct app_config *config = calloc(1, sizeof(*config));
    char *directory = directory_of(path), *copy = NULL, *socket = NULL;
    gp_buf_init(&text, APP_CONFIG_BYTES_MAX);
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    app_problems_init(&problems, path, NULL, NULL);
    if (gp_file_read(path, &text, NULL) == GP_OK && gp_buf_text(&text))
        copy = strdup(gp_buf_text(&text));
    if (copy)
        app_text_read(copy, gp_buf_len(&text), &arena, &problems, &root);
    if (root && config && directory) {
        app_config_build(root, directory, config, &problems);
        socket = config->control_socket;
        config->control_socket = NULL;
    }
    app_config_destroy(config);
    app_problems_finish(&problems);
    gp_arena_finish(&arena);
    gp_buf_finish(&text);
    free(directory);
    free(copy);
    return socket;
}

const struct app_domain *app_config_domain(const struct app_config *config,
                                           const struct dns_domain *name)
{
    return gp_map_find(&config->domains_by_name, gp_span_text(name->ascii));
}

bool app_config_wants_contacts(const struct app_config *config)
{
    const struct fed_settings *federation = &config->federation;
    for (size_t i = 0; i < federation->partner_count; i++)
        if (fed_partner_wants_contacts(&federation->partners[i]))
            return true;
    return federation->is_open && fed_partner_wants_contacts(&federation->stranger);
}

struct dns_route_settings app_config_route(const struct app_config *config)
{
    return (struct dns_route_settings){
        .max_targets = config->federation.limits.max_targets,
        .max_addresses = config->federation.limits.max_addresses,
        .networks = config->federation.networks,
        .network_count = config->federation.network_count,
    };
}
