/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/changes_impl.h"

#include "config/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_OF_LISTS 16

static void add(struct app_comparison *comparison, struct app_changes *changes, struct gp_buf *line)
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

void app_change_say(struct app_comparison *comparison, const char *format, ...)
{
    char text[APP_CHANGE_MAX];
    struct gp_buf line;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    gp_buf_init(&line, APP_CHANGE_MAX);
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
static void compare_options(struct app_comparison *comparison, enum app_section kind,
                            const char *where, struct app_sides sides, bool is_restart)
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

void app_compare_names(struct app_comparison *comparison, const char *where,
                       const struct gp_names *before, const struct gp_names *after)
{
    size_t added = count_missing(after, before), removed = count_missing(before, after);
    if (added + removed > 0)
        app_change_say(comparison, "%s: %zu added, %zu removed", where, added, removed);
}

void app_compare_section(struct app_comparison *comparison, enum app_section kind, const char *name,
                         struct app_sides sides)
{
    char where[APP_CHANGE_MAX];
    snprintf(where, sizeof(where), "%s: ", name);
    if (sides.before && sides.after)
        compare_options(comparison, kind, where, sides, false);
    else if (sides.before || sides.after)
        app_change_say(comparison, "%s %s", name, sides.after ? "added" : "removed");
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

static void compare_partner(struct app_comparison *comparison, const char *name,
                            enum app_section kind, enum app_section of_shadow,
                            const struct fed_partner *before, const struct fed_partner *after)
{
    char shadow[DNS_DOMAIN_MAX + 32];
    app_compare_section(comparison, kind, name, (struct app_sides){before, after});
    if (!before || !after)
        return;
    snprintf(shadow, sizeof(shadow), "%s: shadow", name);
    app_compare_section(comparison, of_shadow, shadow,
                        (struct app_sides){before->shadow, after->shadow});
}

static void compare_partners(struct app_comparison *comparison, const struct fed_settings *before,
                             const struct fed_settings *after)
{
    char name[DNS_DOMAIN_MAX + 16];
    for (size_t i = 0; i < before->partner_count; i++)
        if (!find_partner(after, &before->partners[i]))
            app_change_say(comparison, "partner \"%s\" removed",
                           before->partners[i].domains[0].ascii);
    for (size_t i = 0; i < after->partner_count; i++) {
        const struct fed_partner *partner = &after->partners[i];
        snprintf(name, sizeof(name), "partner \"%s\"", partner->domains[0].ascii);
        compare_partner(comparison, name, APP_SECTION_PARTNER, APP_SECTION_PARTNER_SHADOW,
                        find_partner(before, partner), partner);
    }
    if (before->is_open && after->is_open)
        compare_partner(comparison, "stranger", APP_SECTION_STRANGER, APP_SECTION_STRANGER_SHADOW,
                        &before->stranger, &after->stranger);
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

static void compare_insides(struct app_comparison *comparison, const struct app_config *before,
                            const struct app_config *after)
{
    char name[APP_CHANGE_MAX / 2];
    for (size_t i = 0; i < before->inside_count; i++)
        if (!find_inside(after, before->insides[i].name))
            app_change_say(comparison, "inside \"%s\" removed", before->insides[i].name);
    for (size_t i = 0; i < after->inside_count; i++) {
        const struct app_inside *inside = &after->insides[i];
        const struct app_inside *old = find_inside(before, inside->name);
        snprintf(name, sizeof(name), "inside \"%s\"", inside->name);
        app_compare_section(comparison, APP_SECTION_INSIDE, name, (struct app_sides){old, inside});
        if (old && !same_secret(&old->secret, &inside->secret))
            app_change_say(comparison, "%s: another secret", name);
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

static void compare_acceptances(struct app_comparison *comparison, const struct app_config *before,
                                const struct app_config *after)
{
    char name[APP_CHANGE_MAX / 2];
    for (size_t i = 0; i < before->acceptance_count; i++)
        if (!find_acceptance(after, before->acceptances[i].check))
            app_change_say(comparison, "check: accept \"%s\" removed",
                           before->acceptances[i].check);
    for (size_t i = 0; i < after->acceptance_count; i++) {
        const struct app_acceptance *acceptance = &after->acceptances[i];
        snprintf(name, sizeof(name), "check: accept \"%s\"", acceptance->check);
        app_compare_section(
            comparison, APP_SECTION_ACCEPT, name,
            (struct app_sides){find_acceptance(before, acceptance->check), acceptance});
    }
}

/* What is there once, and the listening sockets, which are all fixed at the start. */

static void compare_rest(struct app_comparison *comparison, struct app_sides configs,
                         bool is_restart)
{
    static const struct {
        enum app_section kind;
        const char *where;
    } sections[] = {
        {APP_SECTION_ROOT, ""},
        {APP_SECTION_RESOLVER, "resolver: "},
        {APP_SECTION_TLS, "tls: "},
        {APP_SECTION_CONTROL, "control: "},
        {APP_SECTION_LOG, "log: "},
        {APP_SECTION_CHECK, "check: "},
        {APP_SECTION_CONTACT, "contact: "},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(sections); i++)
        compare_options(comparison, sections[i].kind, sections[i].where, configs, is_restart);
}

static void compare_listens(struct app_comparison *comparison, const struct app_config *started,
                            const struct app_config *after)
{
    struct gp_buf line;
    size_t common =
        started->listen_count < after->listen_count ? started->listen_count : after->listen_count;
    for (size_t i = 0; i < common; i++)
        compare_options(comparison, APP_SECTION_LISTEN,
                        "listen: ", (struct app_sides){&started->listens[i], &after->listens[i]},
                        true);
    if (started->listen_count == after->listen_count)
        return;
    gp_buf_init(&line, APP_CHANGE_MAX);
    gp_buf_printf(&line, "listen: %zu sections -> %zu", started->listen_count, after->listen_count);
    add(comparison, comparison->waiting, &line);
    gp_buf_finish(&line);
}

enum gp_code app_config_compare(const struct app_config *started, const struct app_config *before,
                                const struct app_config *after, struct app_changes *ret_done,
                                struct app_changes *ret_waiting, struct gp_err *err)
{
    struct app_comparison comparison = {.done = ret_done, .waiting = ret_waiting};
    *ret_done = *ret_waiting = (struct app_changes){0};
    compare_rest(&comparison, (struct app_sides){before, after}, false);
    if (!same_secret(&before->federation.dialback_secret, &after->federation.dialback_secret))
        app_change_say(&comparison, "another dialback secret");
    app_compare_names(&comparison, "blocked domains", &before->federation.blocked,
                      &after->federation.blocked);
    app_compare_domains(&comparison, before, after);
    compare_insides(&comparison, before, after);
    compare_partners(&comparison, &before->federation, &after->federation);
    compare_acceptances(&comparison, before, after);
    compare_options(&comparison, APP_SECTION_LIMITS, "limits: ",
                    (struct app_sides){&before->federation.limits, &after->federation.limits},
                    false);
    compare_rest(&comparison, (struct app_sides){started, after}, true);
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
