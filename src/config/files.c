/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration names by path: secrets, certificates, keys, trust anchors. */
#include "config/build.h"
#include "config/lists.h"

#include "base/clock.h"
#include "federation/identity.h"
#include "federation/tls_ctx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPONENT_SECRET_MIN 1  /* what XEP-0114 can do without */
#define COMPONENT_SECRET_FEW 16 /* below this it can be guessed */
#define DIALBACK_SECRET_MIN  32 /* as long as the key that is made from it (XEP-0185, 3) */
#define DAY_S                86400

struct files {
    const struct app_text_section *root;
    struct app_config *config;
    int64_t now_s;
    struct app_problems *problems;
};

static void read_inside_secret(const struct files *files, size_t number)
{
    struct app_inside *inside = &files->config->insides[number];
    unsigned line =
        app_text_line(app_text_child(files->root, APP_SECTION_INSIDE, number), "secret-file");
    struct gp_err err;
    if (!inside->secret_file)
        return;
    if (gp_secret_read(inside->secret_file, COMPONENT_SECRET_MIN, &inside->secret, &err) != GP_OK)
        app_problem(files->problems, line, "inside \"%s\": secret-file: %s", inside->name,
                    err.text);
    else if (inside->secret.len < COMPONENT_SECRET_FEW)
        app_warning(
            files->problems, line,
            "inside \"%s\": secret-file: the secret has only %zu bytes; 16 or more are hard "
            "to guess",
            inside->name, inside->secret.len);
}

static void read_dialback_secret(const struct files *files)
{
    struct app_config *config = files->config;
    struct gp_err err;
    if (!config->dialback_secret_file)
        gp_secret_random(&config->federation.dialback_secret);
    else if (gp_secret_read(config->dialback_secret_file, DIALBACK_SECRET_MIN,
                            &config->federation.dialback_secret, &err) != GP_OK)
        app_problem(files->problems, app_text_line(files->root, "dialback-secret-file"),
                    "dialback-secret-file: %s", err.text);
}

/* Files that another part reads later: better told here, with the line. */
static void judge_readable(const struct files *files, enum app_section kind, const char *key,
                           const char *path)
{
    if (path && access(path, R_OK) != 0)
        app_problem(files->problems, app_text_line(app_text_child(files->root, kind, 0), key),
                    "%s: open '%s': %s", key, path, strerror(errno));
}

static void judge_anchors(const struct files *files, const char *path, unsigned line,
                          const char *where)
{
    struct fed_tls_anchors *anchors = NULL;
    struct gp_err err;
    if (path && fed_tls_anchors_create(path, &anchors, &err) != GP_OK)
        app_problem(files->problems, line, "%sca-file: %s", where, err.text);
    fed_tls_anchors_destroy(anchors);
}

static void judge_inside_anchors(const struct files *files, size_t number)
{
    const struct app_inside *inside = &files->config->insides[number];
    char where[DNS_DOMAIN_MAX + 40];
    snprintf(where, sizeof(where), "inside \"%s\": ", inside->name);
    judge_anchors(files, inside->ca_file,
                  app_text_line(app_text_child(files->root, APP_SECTION_INSIDE, number), "ca-file"),
                  where);
}

static void judge_dates(const struct files *files, const struct app_domain *domain,
                        const struct app_text_section *section)
{
    unsigned line = app_text_line(section, "certificate");
    char when[GP_CLOCK_TEXT_MAX];
    int64_t left_s = domain->not_after_s - files->now_s;
    /* Warnings: whoever trusts the key by DANE does not look at dates (RFC 7671, 5.1). */
    if (files->now_s < domain->not_before_s)
        app_warning(
            files->problems, line,
            "domain \"%s\": certificate: not valid before %s; partners refuse it until then",
            domain->name.ascii, gp_clock_text(domain->not_before_s, when));
    else if (left_s < 0)
        app_warning(files->problems, line,
                    "domain \"%s\": certificate: expired at %s; partners refuse it",
                    domain->name.ascii, gp_clock_text(domain->not_after_s, when));
    else if (left_s < APP_RENEWAL_DAYS * DAY_S)
        app_warning(files->problems, line,
                    "domain \"%s\": certificate: expires at %s, in %lld days: renew it",
                    domain->name.ascii, gp_clock_text(domain->not_after_s, when),
                    (long long)(left_s / DAY_S));
}

static void judge_certificate(const struct files *files, const struct fed_cert *cert,
                              const struct app_domain *domain,
                              const struct app_text_section *section)
{
    const struct fed_reference reference = {.domain = domain->name};
    unsigned line = app_text_line(section, "certificate");
    if (fed_identity_match(cert, &reference, false) == FED_IDENTITY_NONE) {
        struct gp_buf names;
        gp_buf_init(&names, 2000);
        fed_cert_names_text(cert, &names);
        const char *text = gp_buf_text(&names);
        app_problem(files->problems, line,
                    "domain \"%s\": certificate: it stands for %s, not for the domain",
                    domain->name.ascii, text ? text : "other names");
        gp_buf_finish(&names);
    }
    if (!cert->is_for_server)
        app_problem(files->problems, line,
                    "domain \"%s\": certificate: its extended key usage does not permit servers",
                    domain->name.ascii);
    if (cert->has_weak_key || cert->has_weak_signature)
        app_warning(files->problems, line,
                    "domain \"%s\": certificate: weak %s; partners may refuse it (RFC 9325, 4.5)",
                    domain->name.ascii, cert->has_weak_key ? "key" : "signature");
    judge_dates(files, domain, section);
}

static void read_next_key(const struct files *files, struct app_domain *domain,
                          const struct app_text_section *section)
{
    struct gp_err err;
    if (domain->next_key &&
        fed_tls_read_spki(domain->next_key, domain->next_spki_sha256, &err) != GP_OK)
        app_problem(files->problems, app_text_line(section, "next-key"),
                    "domain \"%s\": next-key: %s", domain->name.ascii, err.text);
}

static void read_certificate(const struct files *files, size_t number)
{
    struct app_domain *domain = &files->config->domains[number];
    const struct app_text_section *section =
        app_text_child(files->root, APP_SECTION_DOMAIN, number);
    struct fed_cert *cert;
    struct gp_err err;
    struct stat info;
    if (fed_tls_read_certificate(domain->certificate, &cert, &err) != GP_OK) {
        app_problem(files->problems, app_text_line(section, "certificate"),
                    "domain \"%s\": certificate: %s", domain->name.ascii, err.text);
        return;
    }
    memcpy(domain->certificate_sha256, cert->cert_sha256, sizeof(domain->certificate_sha256));
    memcpy(domain->spki_sha256, cert->spki_sha256, sizeof(domain->spki_sha256));
    domain->not_before_s = cert->not_before_s;
    domain->not_after_s = cert->not_after_s;
    judge_certificate(files, cert, domain, section);
    fed_cert_destroy(cert);
    read_next_key(files, domain, section);
    unsigned line = app_text_line(section, "key");
    if (fed_tls_check_key(domain->certificate, domain->key, &err) != GP_OK)
        app_problem(files->problems, line, "domain \"%s\": key: %s", domain->name.ascii, err.text);
    else if (stat(domain->key, &info) == 0 && info.st_mode & S_IRWXO)
        app_warning(files->problems, line, "domain \"%s\": key: '%s' can be read by everybody",
                    domain->name.ascii, domain->key);
}

static void read_block_list(const struct files *files)
{
    struct app_config *config = files->config;
    struct fed_settings *federation = &config->federation;
    unsigned line = app_text_line(files->root, "block-file");
    app_list_read(config->block_file, app_list_blocked_domain, NULL, line, "block-file",
                  &federation->blocked, files->problems);
    for (size_t i = 0; i < federation->partner_count; i++)
        for (size_t j = 0; j < federation->partners[i].domain_count; j++)
            if (fed_settings_blocks(federation, &federation->partners[i].domains[j]))
                app_warning(files->problems, line, "block-file: the partner %s is blocked",
                            federation->partners[i].domains[j].ascii);
    for (size_t i = 0; i < config->domain_count; i++)
        if (fed_settings_blocks(federation, &config->domains[i].name))
            app_warning(files->problems, line,
                        "block-file: %s is a domain of our own, which it does not keep out",
                        config->domains[i].name.ascii);
}

/* A letter outside of ASCII can be written in several ways, and partners choose theirs. */
static void judge_denied(const struct files *files, const struct gp_names *denied, unsigned line,
                         const char *where)
{
    for (size_t i = 0; i < denied->len; i++)
        if ((unsigned char)denied->bytes[i] >= 0x80) {
            app_warning(files->problems, line,
                        "%s: addresses with other letters than those of ASCII are compared as "
                        "they are written: what such a user is sent may get in, what it "
                        "sends does not get out; users-allow-file has no such gap",
                        where);
            return;
        }
}

static void read_elsewhere(const struct files *files, const struct app_domain *domain,
                           const struct app_text_section *section, struct fed_home *home)
{
    char where[DNS_DOMAIN_MAX + 40];
    snprintf(where, sizeof(where), "domain \"%s\": inside-users: file", domain->name.ascii);
    for (size_t i = 0; i < home->elsewhere_count; i++)
        app_list_read(domain->elsewhere[i].file, app_list_home_user, &domain->name,
                      app_text_line(app_text_child(section, APP_SECTION_INSIDE_USERS, i), "file"),
                      where, &home->elsewhere[i].users, files->problems);
}

static void read_users(const struct files *files, size_t number)
{
    const struct app_domain *domain = &files->config->domains[number];
    const struct app_text_section *section =
        app_text_child(files->root, APP_SECTION_DOMAIN, number);
    struct fed_home *home = NULL;
    char where[DNS_DOMAIN_MAX + 40];
    for (size_t i = 0; i < files->config->federation.home_count; i++)
        if (dns_domain_equal(&files->config->federation.homes[i].domain, &domain->name))
            home = &files->config->federation.homes[i];
    if (!home)
        return;
    home->has_allowed_users = domain->users_allow_file != NULL;
    snprintf(where, sizeof(where), "domain \"%s\": users-allow-file", domain->name.ascii);
    app_list_read(domain->users_allow_file, app_list_home_user, &domain->name,
                  app_text_line(section, "users-allow-file"), where, &home->allowed_users,
                  files->problems);
    snprintf(where, sizeof(where), "domain \"%s\": users-deny-file", domain->name.ascii);
    app_list_read(domain->users_deny_file, app_list_home_user, &domain->name,
                  app_text_line(section, "users-deny-file"), where, &home->denied_users,
                  files->problems);
    judge_denied(files, &home->denied_users, app_text_line(section, "users-deny-file"), where);
    read_elsewhere(files, domain, section, home);
}

void app_config_read_files(const struct app_text_section *root, struct app_config *config,
                           int64_t now_s, struct app_problems *problems)
{
    const struct files files = {root, config, now_s, problems};
    for (size_t i = 0; i < config->domain_count; i++) {
        read_certificate(&files, i);
        read_users(&files, i);
    }
    read_block_list(&files);
    for (size_t i = 0; i < config->inside_count; i++) {
        read_inside_secret(&files, i);
        judge_inside_anchors(&files, i);
    }
    read_dialback_secret(&files);
    judge_anchors(&files, config->ca_file,
                  app_text_line(app_text_child(root, APP_SECTION_TLS, 0), "ca-file"), "");
    judge_readable(&files, APP_SECTION_RESOLVER, "trust-anchor-file",
                   config->resolver.trust_anchor_file);
    judge_readable(&files, APP_SECTION_RESOLVER, "root-hints", config->resolver.root_hints);
}
