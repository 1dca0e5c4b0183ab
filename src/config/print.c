/* SPDX-License-Identifier: BSD-2-Clause */
/* The effective configuration as text that loads again to the same; its digest is taken over that
 * text. */
#include "config/build.h"
#include "config/inside_kinds.h"
#include "config/values.h"

#include <string.h>

static void indent(struct gp_buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        gp_buf_append_text(out, "    ");
}

static void print_list(const struct app_option_row *row, const char *base, unsigned depth,
                       struct gp_buf *out)
{
    size_t count = *(const size_t *)(const void *)(base + row->count_offset);
    size_t first = row->flags & APP_BESIDE_TITLE ? 1 : 0;
    const char *array;
    memcpy(&array, base + row->offset, sizeof(array));
    if (count <= first)
        return;
    indent(out, depth);
    gp_buf_printf(out, "%s = { ", row->key);
    for (size_t i = first; i < count; i++) {
        gp_buf_append_text(out, i > first ? ", " : "");
        app_value_print(row, array + i * app_value_size(row), out);
    }
    gp_buf_append_text(out, " }\n");
}

/* Whether there is anything to print: a default may be "nothing". */
static bool is_set(const struct app_option_row *row, const char *base)
{
    const char *text;
    uint32_t words;
    switch (row->type) {
    case APP_TEXT:
    case APP_PATH:
    case APP_SECRET_FILE:
        memcpy(&text, base + row->offset, sizeof(text));
        return text != NULL;
    case APP_DOMAIN:
        return dns_domain_is_set((const void *)(base + row->offset));
    case APP_ADDRESS:
    case APP_ENDPOINT:
        return ((const struct gp_addr *)(const void *)(base + row->offset))->family != 0;
    case APP_DATE:
        return *(const int64_t *)(const void *)(base + row->offset) != 0;
    case APP_ROUTE:
        return *(const bool *)(base + row->count_offset);
    case APP_WORDS: /* one without a preset may have none */
        memcpy(&words, base + row->offset, sizeof(words));
        return words != 0 || row->preset;
    default:
        return true;
    }
}

void app_option_print(const struct app_option_row *row, const void *base, unsigned depth,
                      struct gp_buf *out)
{
    if (row->flags & APP_LIST) {
        print_list(row, base, depth, out);
    } else if (is_set(row, base)) {
        indent(out, depth);
        gp_buf_printf(out, "%s = ", row->key);
        app_value_print(row, (const char *)base + row->offset, out);
        gp_buf_append_char(out, '\n');
    }
}

static void print_options(enum app_section kind, const void *base, unsigned depth,
                          struct gp_buf *out)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++)
        app_option_print(row, base, depth, out);
}

/* A default that its kind has no use for is not printed. */
static void print_inside_options(const struct app_inside *inside, struct gp_buf *out)
{
    const char *example;
    size_t count;
    const struct app_option_row *rows = app_section_options(APP_SECTION_INSIDE, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++)
        if (!row->preset || app_inside_use(inside->kind, row->key, &example) != APP_INSIDE_IGNORES)
            app_option_print(row, inside, 1, out);
}

static void print_begin(enum app_section kind, const char *title, unsigned depth,
                        struct gp_buf *out)
{
    indent(out, depth);
    gp_buf_append_text(out, app_section_row(kind)->name);
    if (title) {
        gp_buf_append_char(out, ' ');
        app_text_quote(title, out);
    }
    gp_buf_append_text(out, " {\n");
}

static void print_end(unsigned depth, struct gp_buf *out)
{
    indent(out, depth);
    gp_buf_append_text(out, "}\n");
}

static void print_section(enum app_section kind, const char *title, const void *base,
                          struct gp_buf *out)
{
    print_begin(kind, title, 0, out);
    print_options(kind, base, 1, out);
    print_end(0, out);
}

static void print_domain(const struct app_domain *domain, struct gp_buf *out)
{
    char name[DNS_NAME_TEXT_MAX];
    print_begin(APP_SECTION_DOMAIN, domain->name.ascii, 0, out);
    print_options(APP_SECTION_DOMAIN, domain, 1, out);
    for (size_t i = 0; i < domain->host_count; i++) {
        print_begin(APP_SECTION_HOST, dns_name_text(&domain->hosts[i].name, name), 1, out);
        print_options(APP_SECTION_HOST, &domain->hosts[i], 2, out);
        print_end(1, out);
    }
    for (size_t i = 0; i < domain->elsewhere_count; i++) {
        print_begin(APP_SECTION_INSIDE_USERS, domain->elsewhere[i].inside, 1, out);
        print_options(APP_SECTION_INSIDE_USERS, &domain->elsewhere[i], 2, out);
        print_end(1, out);
    }
    if (domain->legacy) {
        print_begin(APP_SECTION_LEGACY, NULL, 1, out);
        print_options(APP_SECTION_LEGACY, domain->legacy, 2, out);
        print_end(1, out);
    }
    print_end(0, out);
}

/* A default that is about a route which is not there is not printed. */
static void print_partner_options(enum app_section kind, const struct fed_partner *partner,
                                  struct gp_buf *out)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++)
        if (partner->has_route || strcmp(row->key, "route-tls") != 0)
            app_option_print(row, partner, 1, out);
}

static void print_policy(enum app_section kind, enum app_section shadow, const char *title,
                         const struct fed_partner *partner, struct gp_buf *out)
{
    print_begin(kind, title, 0, out);
    print_partner_options(kind, partner, out);
    if (partner->shadow) {
        print_begin(shadow, NULL, 1, out);
        print_options(shadow, partner->shadow, 2, out);
        print_end(1, out);
    }
    print_end(0, out);
}

void app_partner_print(const struct fed_partner *partner, struct gp_buf *out)
{
    if (partner->domain_count > 0)
        print_policy(APP_SECTION_PARTNER, APP_SECTION_PARTNER_SHADOW, partner->domains[0].ascii,
                     partner, out);
    else
        print_policy(APP_SECTION_STRANGER, APP_SECTION_STRANGER_SHADOW, NULL, partner, out);
}

static void print_check(const struct app_config *config, struct gp_buf *out)
{
    print_begin(APP_SECTION_CHECK, NULL, 0, out);
    print_options(APP_SECTION_CHECK, config, 1, out);
    for (size_t i = 0; i < config->acceptance_count; i++) {
        print_begin(APP_SECTION_ACCEPT, config->acceptances[i].check, 1, out);
        print_options(APP_SECTION_ACCEPT, &config->acceptances[i], 2, out);
        print_end(1, out);
    }
    print_end(0, out);
}

void app_config_print(const struct app_config *config, struct gp_buf *out)
{
    const struct fed_settings *federation = &config->federation;
    print_options(APP_SECTION_ROOT, config, 0, out);
    for (size_t i = 0; i < config->listen_count; i++)
        print_section(APP_SECTION_LISTEN, NULL, &config->listens[i], out);
    for (size_t i = 0; i < config->inside_count; i++) {
        print_begin(APP_SECTION_INSIDE, config->insides[i].name, 0, out);
        print_inside_options(&config->insides[i], out);
        print_end(0, out);
    }
    for (size_t i = 0; i < config->domain_count; i++)
        print_domain(&config->domains[i], out);
    for (size_t i = 0; i < federation->partner_count; i++)
        app_partner_print(&federation->partners[i], out);
    if (federation->is_open)
        app_partner_print(&federation->stranger, out);
    print_section(APP_SECTION_RESOLVER, NULL, config, out);
    print_section(APP_SECTION_TLS, NULL, config, out);
    print_section(APP_SECTION_CONTROL, NULL, config, out);
    print_check(config, out);
    print_section(APP_SECTION_CONTACT, NULL, config, out);
    print_section(APP_SECTION_LOG, NULL, config, out);
    print_section(APP_SECTION_LIMITS, NULL, &federation->limits, out);
}
