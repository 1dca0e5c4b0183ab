/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/changes_impl.h"

#include "base/clock.h"
#include "base/digest.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_HEX 16 /* digits of a fingerprint */

static const struct app_host *find_host(const struct app_domain *domain,
                                        const struct dns_name *name)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (dns_name_equal(&domain->hosts[i].name, name))
            return &domain->hosts[i];
    return NULL;
}

static void compare_hosts(struct app_comparison *comparison, const struct app_domain *before,
                          const struct app_domain *after)
{
    char text[DNS_NAME_TEXT_MAX], name[DNS_NAME_TEXT_MAX + DNS_DOMAIN_MAX + 32];
    const char *domain = after->name.ascii;
    for (size_t i = 0; i < before->host_count; i++)
        if (!find_host(after, &before->hosts[i].name))
            app_change_say(comparison, "domain \"%s\": host \"%s\" removed", domain,
                           dns_name_text(&before->hosts[i].name, text));
    for (size_t i = 0; i < after->host_count; i++) {
        const struct app_host *host = &after->hosts[i];
        snprintf(name, sizeof(name), "domain \"%s\": host \"%s\"", domain,
                 dns_name_text(&host->name, text));
        app_compare_section(comparison, APP_SECTION_HOST, name,
                            (struct app_sides){find_host(before, &host->name), host});
    }
}

static void compare_legacy(struct app_comparison *comparison, const struct app_domain *before,
                           const struct app_domain *after)
{
    char name[DNS_DOMAIN_MAX + 32];
    snprintf(name, sizeof(name), "domain \"%s\": legacy", after->name.ascii);
    app_compare_section(comparison, APP_SECTION_LEGACY, name,
                        (struct app_sides){before->legacy, after->legacy});
}

static void compare_certificates(struct app_comparison *comparison, const struct app_domain *before,
                                 const struct app_domain *after)
{
    char old_hex[GP_DIGEST_HEX_MAX], new_hex[GP_DIGEST_HEX_MAX];
    char old_end[GP_CLOCK_TEXT_MAX], new_end[GP_CLOCK_TEXT_MAX];
    if (memcmp(before->certificate_sha256, after->certificate_sha256,
               sizeof(after->certificate_sha256)) == 0)
        return;
    gp_digest_hex(before->certificate_sha256, sizeof(before->certificate_sha256), old_hex);
    gp_digest_hex(after->certificate_sha256, sizeof(after->certificate_sha256), new_hex);
    app_change_say(comparison,
                   "domain \"%s\": certificate: sha256 %.*s..., ends %s -> sha256 %.*s..., ends %s",
                   after->name.ascii, SHOWN_HEX, old_hex,
                   gp_clock_text(before->not_after_s, old_end), SHOWN_HEX, new_hex,
                   gp_clock_text(after->not_after_s, new_end));
}

/* What is behind one name of an inside link in a domain's section. */
struct elsewhere {
    const struct app_elsewhere *section;
    const struct gp_names *users;
};

static struct elsewhere find_elsewhere(const struct app_domain *domain, const struct fed_home *home,
                                       const char *inside)
{
    for (size_t i = 0; i < domain->elsewhere_count; i++)
        if (strcmp(domain->elsewhere[i].inside, inside) == 0)
            return (struct elsewhere){&domain->elsewhere[i], &home->elsewhere[i].users};
    return (struct elsewhere){NULL, NULL};
}

static void compare_elsewhere(struct app_comparison *comparison, const struct app_domain *before,
                              const struct fed_home *home_before, const struct app_domain *after,
                              const struct fed_home *home_after)
{
    char name[APP_CHANGE_MAX / 2];
    for (size_t i = 0; i < before->elsewhere_count; i++) {
        const char *inside = before->elsewhere[i].inside;
        if (!find_elsewhere(after, home_after, inside).section)
            app_change_say(comparison, "domain \"%s\": inside-users \"%s\" removed",
                           after->name.ascii, inside);
    }
    for (size_t i = 0; i < after->elsewhere_count; i++) {
        const char *inside = after->elsewhere[i].inside;
        struct elsewhere old = find_elsewhere(before, home_before, inside);
        snprintf(name, sizeof(name), "domain \"%s\": inside-users \"%s\"", after->name.ascii,
                 inside);
        app_compare_section(comparison, APP_SECTION_INSIDE_USERS, name,
                            (struct app_sides){old.section, &after->elsewhere[i]});
        if (old.section)
            app_compare_names(comparison, name, old.users, &home_after->elsewhere[i].users);
    }
}

static void compare_users(struct app_comparison *comparison, const struct app_config *before,
                          const struct app_config *after, const struct dns_domain *domain)
{
    char where[DNS_DOMAIN_MAX + 40];
    const struct fed_home *old = fed_settings_home(&before->federation, domain);
    const struct fed_home *new = fed_settings_home(&after->federation, domain);
    if (!old || !new)
        return;
    compare_elsewhere(comparison, app_config_domain(before, domain), old,
                      app_config_domain(after, domain), new);
    snprintf(where, sizeof(where), "domain \"%s\": users who may", domain->ascii);
    app_compare_names(comparison, where, &old->allowed_users, &new->allowed_users);
    snprintf(where, sizeof(where), "domain \"%s\": users who may not", domain->ascii);
    app_compare_names(comparison, where, &old->denied_users, &new->denied_users);
}

void app_compare_domains(struct app_comparison *comparison, const struct app_config *before,
                         const struct app_config *after)
{
    char name[DNS_DOMAIN_MAX + 16];
    for (size_t i = 0; i < before->domain_count; i++)
        if (!app_config_domain(after, &before->domains[i].name))
            app_change_say(comparison, "domain \"%s\" removed", before->domains[i].name.ascii);
    for (size_t i = 0; i < after->domain_count; i++) {
        const struct app_domain *domain = &after->domains[i];
        const struct app_domain *old = app_config_domain(before, &domain->name);
        snprintf(name, sizeof(name), "domain \"%s\"", domain->name.ascii);
        app_compare_section(comparison, APP_SECTION_DOMAIN, name, (struct app_sides){old, domain});
        if (!old)
            continue;
        compare_users(comparison, before, after, &domain->name);
        compare_certificates(comparison, old, domain);
        compare_hosts(comparison, old, domain);
        compare_legacy(comparison, old, domain);
    }
}
