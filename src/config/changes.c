/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/changes.h"

#include "base/clock.h"
#include "base/digest.h"
#include "config/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX       4000
#define SHOWN_HEX      16 /* digits of a fingerprint */
#define FIRST_OF_LISTS 16

struct comparison {
    struct app_changes *done, *waiting;
    bool has_failed;
};

/* One side of a comparison of sections: what is there before and after. */
struct sides {
    const void *before, *after;
};

static void add(struct comparison *comparison, struct app_changes *changes, struct gp_buf *line)
{
    const char *text = gp_buf_text(line);
    char *copy = text ? strdup(text) : NULL;
    char **grown = changes->list;
    if (changes->count % FIRST_OF_LISTS == 0)
        grown = realloc(changes->list, (changes->count + FIRST_OF_LISTS) * sizeof(*grown));
    if (grown)
        changes->list = grown;
    if (grown && copy)
        changes->list[changes->count++] = copy;
    else
        free(copy);
    comparison->has_failed |= !grown || !copy;
    gp_buf_reset(line);
}

static void say(struct comparison *comparison, const char *format, ...) GP_PRINTF(2, 3);

static void say(struct comparison *comparison, const char *format, ...)
{
    char text[LINE_MAX];
    struct gp_buf line;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    gp_buf_init(&line, LINE_MAX);
    gp_buf_append_text(&line, text);
    add(comparison, comparison->done, &line);
    gp_buf_finish(&line);
}

/* "key = value" without the newline; "" when it is not set. */
static void print_side(const struct app_option_row *row, const void *base, struct gp_buf *out)
{
    app_option_print(row, base, 0, out);
    if (gp_buf_len(out) > 0)
        gp_buf_truncate(out, gp_buf_len(out) - 1);
}

/* Behind "key = ". */
static const char *value_of(const struct app_option_row *row, struct gp_buf *side)
{
    const char *text = gp_buf_text(side);
    return text && text[0] ? text + strlen(row->key) + strlen(" = ") : "nothing";
}

/* Options that need a restart, or those that do not, as is_restart says. where: of the section,
 * with
 * ": " behind it. */
static void compare_options(struct comparison *comparison, enum app_section kind, const char *where,
                            struct sides sides, bool is_restart)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    struct gp_buf before, after, line;
    gp_buf_init(&before, APP_CONFIG_PRINT_MAX);
    gp_buf_init(&after, APP_CONFIG_PRINT_MAX);
    gp_buf_init(&line, 2 * APP_CONFIG_PRINT_MAX);
    for (const struct app_option_row *row = rows; row < rows + count; row++) {
        if (((row->flags & APP_RESTART) != 0) != is_restart)
            continue;
        gp_buf_reset(&before);
        gp_buf_reset(&after);
        print_side(row, sides.before, &before);
        print_side(row, sides.after, &after);
        const char *old = value_of(row, &before), *new = value_of(row, &after);
        if (strcmp(old, new) == 0)
            continue;
        gp_buf_printf(&line, "%s%s: %s -> %s", where, row->key, old, new);
        add(comparison, is_restart ? comparison->waiting : comparison->done, &line);
    }
    gp_buf_finish(&before);
    gp_buf_finish(&after);
    gp_buf_finish(&line);
}

/* How many entries of a list the other one does not have. */
static size_t count_missing(const struct gp_names *list, const struct gp_names *other)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += !gp_names_has(other, gp_span_text(list->bytes + list->places[i]));
    return count;
}

/* What is in a file that is read again; its path is an option like any other. */
static void compare_names(struct comparison *comparison, const char *where,
                          const struct gp_names *before, const struct gp_names *after)
{
    size_t added = count_missing(after, before), removed = count_missing(before, after);
    if (added + removed > 0)
        say(comparison, "%s: %zu added, %zu removed", where, added, removed);
}

/* Partners. */

static const struct fed_partner *find_partner(const struct fed_settings *settings,
                                              const struct fed_partner *like)
{
    for (size_t i = 0; i < settings->partner_count; i++)
        if (dns_domain_equal(settings->partners[i].domains, like->domains))
            return &settings->partners[i];
    return NULL;
}

static void compare_partners(struct comparison *comparison, const struct fed_settings *before,
                             const struct fed_settings *after)
{
    char where[DNS_DOMAIN_MAX + 16];
    for (size_t i = 0; i < before->partner_count; i++)
        if (!find_partner(after, &before->partners[i]))
            say(comparison, "partner \"%s\" removed", before->partners[i].domains[0].ascii);
    for (size_t i = 0; i < after->partner_count; i++) {
        const struct fed_partner *partner = &after->partners[i];
        const struct sides sides = {find_partner(before, partner), partner};
        snprintf(where, sizeof(where), "partner \"%s\": ", partner->domains[0].ascii);
        if (sides.before)
            compare_options(comparison, APP_SECTION_PARTNER, where, sides, false);
        else
            say(comparison, "partner \"%s\" added", partner->domains[0].ascii);
    }
    if (before->is_open && after->is_open)
        compare_options(comparison, APP_SECTION_STRANGER,
                        "stranger: ", (struct sides){&before->stranger, &after->stranger}, false);
}

/* Home domains. */

static const struct app_host *find_host(const struct app_domain *domain,
                                        const struct dns_name *name)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (dns_name_equal(&domain->hosts[i].name, name))
            return &domain->hosts[i];
    return NULL;
}

static void compare_hosts(struct comparison *comparison, const struct app_domain *before,
                          const struct app_domain *after)
{
    char name[DNS_NAME_TEXT_MAX], where[DNS_NAME_TEXT_MAX + DNS_DOMAIN_MAX + 32];
    const char *domain = after->name.ascii;
    for (size_t i = 0; i < before->host_count; i++)
        if (!find_host(after, &before->hosts[i].name))
            say(comparison, "domain \"%s\": host \"%s\" removed", domain,
                dns_name_text(&before->hosts[i].name, name));
    for (size_t i = 0; i < after->host_count; i++) {
        const struct sides sides = {find_host(before, &after->hosts[i].name), &after->hosts[i]};
        dns_name_text(&after->hosts[i].name, name);
        snprintf(where, sizeof(where), "domain \"%s\": host \"%s\": ", domain, name);
        if (sides.before)
            compare_options(comparison, APP_SECTION_HOST, where, sides, false);
        else
            say(comparison, "domain \"%s\": host \"%s\" added", domain, name);
    }
}

static void compare_legacy(struct comparison *comparison, const struct app_domain *before,
                           const struct app_domain *after)
{
    char where[DNS_DOMAIN_MAX + 32];
    snprintf(where, sizeof(where), "domain \"%s\": legacy: ", after->name.ascii);
    if (before->legacy && after->legacy)
        compare_options(comparison, APP_SECTION_LEGACY, where,
                        (struct sides){before->legacy, after->legacy}, false);
    else if (before->legacy || after->legacy)
        say(comparison, "domain \"%s\": legacy %s", after->name.ascii,
            after->legacy ? "added" : "removed");
}

static void compare_certificates(struct comparison *comparison, const struct app_domain *before,
                                 const struct app_domain *after)
{
    char old_hex[GP_DIGEST_HEX_MAX], new_hex[GP_DIGEST_HEX_MAX];
    char old_end[GP_CLOCK_TEXT_MAX], new_end[GP_CLOCK_TEXT_MAX];
    if (memcmp(before->certificate_sha256, after->certificate_sha256,
               sizeof(after->certificate_sha256)) == 0)
        return;
    gp_digest_hex(before->certificate_sha256, sizeof(before->certificate_sha256), old_hex);
    gp_digest_hex(after->certificate_sha256, sizeof(after->certificate_sha256), new_hex);
    say(comparison,
        "domain \"%s\": certificate: sha256 %.*s..., ends %s -> sha256 %.*s..., ends %s",
        after->name.ascii, SHOWN_HEX, old_hex, gp_clock_text(before->not_after_s, old_end),
        SHOWN_HEX, new_hex, gp_clock_text(after->not_after_s, new_end));
}

static void compare_users(struct comparison *comparison, const struct app_config *before,
                          const struct app_config *after, const struct dns_domain *domain)
{
    char where[DNS_DOMAIN_MAX + 40];
    const struct fed_home *old = fed_settings_home(&before->federation, domain);
    const struct fed_home *new = fed_settings_home(&after->federation, domain);
    if (!old || !new)
        return;
    snprintf(where, sizeof(where), "domain \"%s\": users who may", domain->ascii);
    compare_names(comparison, where, &old->allowed_users, &new->allowed_users);
    snprintf(where, sizeof(where), "domain \"%s\": users who may not", domain->ascii);
    compare_names(comparison, where, &old->denied_users, &new->denied_users);
}

static void compare_domains(struct comparison *comparison, const struct app_config *before,
                            const struct app_config *after)
{
    char where[DNS_DOMAIN_MAX + 16];
    for (size_t i = 0; i < before->domain_count; i++)
        if (!app_config_domain(after, &before->domains[i].name))
            say(comparison, "domain \"%s\" removed", before->domains[i].name.ascii);
    for (size_t i = 0; i < after->domain_count; i++) {
        const struct app_domain *domain = &after->domains[i];
        const struct app_domain *old = app_config_domain(before, &domain->name);
        if (!old) {
            say(comparison, "domain \"%s\" added", domain->name.ascii);
            continue;
        }
        snprintf(where, sizeof(where), "domain \"%s\": ", domain->name.ascii);
        compare_options(comparison, APP_SECTION_DOMAIN, where, (struct sides){old, domain}, false);
        compare_users(comparison, before, after, &domain->name);
        compare_certificates(comparison, old, domain);
        compare_hosts(comparison, old, domain);
        compare_legacy(comparison, old, domain);
    }
}

/* Inside links. */

static const struct app_inside *find_inside(const struct app_config *config, const char *name)
{
    for (size_t i = 0; i < config->inside_count; i++)
        if (strcmp(config->insides[i].name, name) == 0)
            return &config->insides[i];
    return NULL;
}

static bool same_secret(const struct gp_secret *a, const struct gp_secret *b)
{
    return gp_secret_equal(a->bytes, a->len, b->bytes, b->len);
}

static void compare_insides(struct comparison *comparison, const struct app_config *before,
                            const struct app_config *after)
{
    char where[LINE_MAX / 2];
    for (size_t i = 0; i < before->inside_count; i++)
        if (!find_inside(after, before->insides[i].name))
            say(comparison, "inside \"%s\" removed", before->insides[i].name);
    for (size_t i = 0; i < after->inside_count; i++) {
        const struct app_inside *inside = &after->insides[i];
        const struct app_inside *old = find_inside(before, inside->name);
        if (!old) {
            say(comparison, "inside \"%s\" added", inside->name);
            continue;
        }
        snprintf(where, sizeof(where), "inside \"%s\": ", inside->name);
        compare_options(comparison, APP_SECTION_INSIDE, where, (struct sides){old, inside}, false);
        if (!same_secret(&old->secret, &inside->secret))
            say(comparison, "inside \"%s\": another secret", inside->name);
    }
}

/* Accepted findings. */

static const struct app_acceptance *find_acceptance(const struct app_config *config,
                                                    const char *check)
{
    for (size_t i = 0; i < config->acceptance_count; i++)
        if (strcmp(config->acceptances[i].check, check) == 0)
            return &config->acceptances[i];
    return NULL;
}

static void compare_acceptances(struct comparison *comparison, const struct app_config *before,
                                const struct app_config *after)
{
    char where[LINE_MAX / 2];
    for (size_t i = 0; i < before->acceptance_count; i++)
        if (!find_acceptance(after, before->acceptances[i].check))
            say(comparison, "check: accept \"%s\" removed", before->acceptances[i].check);
    for (size_t i = 0; i < after->acceptance_count; i++) {
        const struct app_acceptance *acceptance = &after->acceptances[i];
        const struct sides sides = {find_acceptance(before, acceptance->check), acceptance};
        snprintf(where, sizeof(where), "check: accept \"%s\": ", acceptance->check);
        if (sides.before)
            compare_options(comparison, APP_SECTION_ACCEPT, where, sides, false);
        else
            say(comparison, "check: accept \"%s\" added", acceptance->check);
    }
}

/* What is there once, and the listening sockets, which are all fixed at the start. */

static void compare_rest(struct comparison *comparison, struct sides configs, bool is_restart)
{
    static const struct {
        enum app_section kind;
        const char *where;
    } sections[] = {
        {APP_SECTION_ROOT, ""},     {APP_SECTION_RESOLVER, "resolver: "},
        {APP_SECTION_TLS, "tls: "}, {APP_SECTION_CONTROL, "control: "},
        {APP_SECTION_LOG, "log: "}, {APP_SECTION_CHECK, "check: "},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(sections); i++)
        compare_options(comparison, sections[i].kind, sections[i].where, configs, is_restart);
}

static void compare_listens(struct comparison *comparison, const struct app_config *started,
                            const struct app_config *after)
{
    struct gp_buf line;
    size_t common =
        started->listen_count < after->listen_count ? started->listen_count : after->listen_count;
    for (size_t i = 0; i < common; i++)
        compare_options(comparison, APP_SECTION_LISTEN,
                        "listen: ", (struct sides){&started->listens[i], &after->listens[i]}, true);
    if (started->listen_count == after->listen_count)
        return;
    gp_buf_init(&line, LINE_MAX);
    gp_buf_printf(&line, "listen: %zu sections -> %zu", started->listen_count, after->listen_count);
    add(comparison, comparison->waiting, &line);
    gp_buf_finish(&line);
}

enum gp_code app_config_compare(const struct app_config *started, const struct app_config *before,
                                const struct app_config *after, struct app_changes *ret_done,
                                struct app_changes *ret_waiting, struct gp_err *err)
{
    struct comparison comparison = {.done = ret_done, .waiting = ret_waiting};
    *ret_done = *ret_waiting = (struct app_changes){0};
    compare_rest(&comparison, (struct sides){before, after}, false);
    if (!same_secret(&before->federation.dialback_secret, &after->federation.dialback_secret))
        say(&comparison, "another dialback secret");
    compare_names(&comparison, "blocked domains", &before->federation.blocked,
                  &after->federation.blocked);
    compare_domains(&comparison, before, after);
    compare_insides(&comparison, before, after);
    compare_partners(&comparison, &before->federation, &after->federation);
    compare_acceptances(&comparison, before, after);
    compare_options(&comparison, APP_SECTION_LIMITS, "limits: ",
                    (struct sides){&before->federation.limits, &after->federation.limits}, false);
    compare_rest(&comparison, (struct sides){started, after}, true);
    compare_listens(&comparison, started, after);
    if (!comparison.has_failed)
        return GP_OK;
    app_changes_finish(ret_done);
    app_changes_finish(ret_waiting);
    return gp_err_nomem(err);
}

void app_changes_finish(struct app_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        free(changes->list[i]);
    free(changes->list);
    *changes = (struct app_changes){0};
}
