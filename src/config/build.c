/* SPDX-License-Identifier: BSD-2-Clause */
/* From text to values: the option table says what each field is, this file which struct a section
 * fills. */
#include "config/build.h"

#include "config/values.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE_MAX 700

/* A section that is being read: `domain "alpha.example": host "gw1.alpha.example": ` for messages.
 */
struct place {
    const struct app_text_section *section;
    char where[WHERE_MAX];
};

struct build {
    const char *directory;
    struct app_problems *problems;
};

static void place_init(struct place *place, const struct place *outside,
                       const struct app_text_section *section)
{
    const char *before = outside ? outside->where : "";
    const char *name = app_section_row(section->kind)->name;
    char safe[GP_TEXT_SAFE_MAX];
    place->section = section;
    int len = section->title
                  ? snprintf(place->where, WHERE_MAX, "%s%s \"%s\": ", before, name,
                             gp_text_safe(gp_span_text(section->title), safe))
                  : snprintf(place->where, WHERE_MAX, "%s%s%s", before, name, name[0] ? ": " : "");
    GP_ASSERT(len < WHERE_MAX);
}

/* The syntax lets any character stand in quotes; no option has a use for these. */
static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == '\x7f')
            return false;
    return gp_text_is_utf8(gp_span_text(text));
}

static bool convert(const struct build *build, const struct place *place,
                    const struct app_option_row *row, const char *text, unsigned line, void *ret)
{
    struct gp_err err;
    if (!is_plain(text)) {
        app_problem(build->problems, line, "%s%s: holds control characters", place->where,
                    row->key);
        return false;
    }
    enum gp_code code = app_value_parse(row, text, build->directory, ret, &err);
    if (code == GP_ERR_NOMEM)
        app_problem_nomem(build->problems);
    else if (code != GP_OK)
        app_problem(build->problems, line, "%s%s: %s", place->where, row->key, err.text);
    return code == GP_OK;
}

/* Appends to what the list holds already: the title of its section, or nothing. */
static void read_list(const struct build *build, const struct place *place,
                      const struct app_text_option *option, char *base)
{
    const struct app_option_row *row = option->row;
    size_t *count = (size_t *)(void *)(base + row->count_offset), size = app_value_size(row);
    void *array;
    memcpy(&array, base + row->offset, sizeof(array));
    char *grown = realloc(array, (*count + option->count) * size);
    if (!grown) {
        app_problem_nomem(build->problems);
        return;
    }
    memcpy(base + row->offset, &grown, sizeof(grown));
    for (size_t i = 0; i < option->count; i++) {
        const struct app_text_value *value = option->values[i];
        if (convert(build, place, row, value->text, value->line, grown + *count * size))
            ++*count;
    }
}

static void set_one(const struct build *build, const struct place *place,
                    const struct app_option_row *row, const char *text, unsigned line, char *base)
{
    if (convert(build, place, row, text, line, base + row->offset) && row->type == APP_ROUTE)
        *(bool *)(base + row->count_offset) = true;
}

/* Each value adds its words to the set. */
static void read_words(const struct build *build, const struct place *place,
                       const struct app_text_option *option, char *base)
{
    uint32_t set = 0, one = 0;
    for (size_t i = 0; i < option->count; i++)
        if (convert(build, place, option->row, option->values[i]->text, option->values[i]->line,
                    &one))
            set |= one;
    memcpy(base + option->row->offset, &set, sizeof(set));
}

static void read_options(const struct build *build, const struct place *place, void *base)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(place->section->kind, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++) {
        const struct app_text_option *option = app_text_option(place->section, row->key);
        if (option && row->flags & APP_LIST)
            read_list(build, place, option, base);
        else if (option && row->type == APP_WORDS)
            read_words(build, place, option, base);
        else if (option)
            set_one(build, place, row, option->values[0]->text, option->values[0]->line, base);
        else if (row->preset)
            set_one(build, place, row, row->preset, 0, base);
        else if (row->flags & APP_REQUIRED)
            app_problem(build->problems, place->section->line, "%s%s is missing (%s)", place->where,
                        row->key, app_option_type_text(row));
    }
}

static bool read_title(const struct build *build, const struct place *place, struct dns_domain *ret)
{
    struct gp_err err;
    if (dns_domain_from_text(gp_span_text(place->section->title), ret, &err) == GP_OK)
        return true;
    app_problem(build->problems, place->section->line, "%s%s", place->where, err.text);
    return false;
}

/* Zeroed memory for all sections of a kind; NULL when there are none, or no memory. */
static void *make_array(const struct build *build, size_t count, size_t size)
{
    void *array = count > 0 ? calloc(count, size) : NULL;
    if (count > 0 && !array)
        app_problem_nomem(build->problems);
    return array;
}

static void build_host(const struct build *build, const struct place *place,
                       const struct app_config *config, struct app_host *host)
{
    struct dns_domain name;
    if (read_title(build, place, &name))
        dns_name_from_domain(&name, &host->name);
    read_options(build, place, host);
    if (!app_text_option(place->section, "starttls-port"))
        host->starttls_port = config->listens[0].starttls_port;
    if (!app_text_option(place->section, "direct-tls-port"))
        host->direct_tls_port = config->listens[0].direct_tls_port;
}

/* The index of a link; 0 when there is none of that name, which is told later. */
static unsigned find_inside(const struct app_config *config, const char *name)
{
    unsigned found = 0;
    for (unsigned i = 0; i < config->inside_count && name; i++)
        if (config->insides[i].name && strcmp(config->insides[i].name, name) == 0)
            found = config->insides[i].index;
    return found;
}

static void build_elsewhere(const struct build *build, const struct place *place,
                            const struct app_config *config, struct app_domain *domain)
{
    size_t count = app_text_child_count(place->section, APP_SECTION_INSIDE_USERS);
    domain->elsewhere = make_array(build, count, sizeof(*domain->elsewhere));
    domain->elsewhere_count = domain->elsewhere ? count : 0;
    for (size_t i = 0; i < domain->elsewhere_count; i++) {
        struct app_elsewhere *elsewhere = &domain->elsewhere[i];
        struct place inner;
        place_init(&inner, place, app_text_child(place->section, APP_SECTION_INSIDE_USERS, i));
        read_options(build, &inner, elsewhere);
        elsewhere->inside = strdup(inner.section->title);
        if (!elsewhere->inside)
            app_problem_nomem(build->problems);
        elsewhere->inside_index = find_inside(config, elsewhere->inside);
    }
}

static void set_service(struct dns_static_route *hosts, size_t count, enum dns_service service)
{
    for (size_t i = 0; i < count; i++)
        hosts[i].service = service;
}

static void build_legacy(const struct build *build, const struct place *place,
                         struct app_domain *domain)
{
    struct place inner;
    place_init(&inner, place, app_text_child(place->section, APP_SECTION_LEGACY, 0));
    if (inner.section->line == 0)
        return;
    struct app_legacy *legacy = domain->legacy = calloc(1, sizeof(*legacy));
    if (!legacy) {
        app_problem_nomem(build->problems);
        return;
    }
    read_options(build, &inner, legacy);
    set_service(legacy->hosts, legacy->host_count, DNS_SERVICE_STARTTLS);
    set_service(legacy->direct_tls_hosts, legacy->direct_tls_host_count, DNS_SERVICE_DIRECT_TLS);
}

static void build_domain(const struct build *build, const struct place *place,
                         const struct app_config *config, struct app_domain *domain)
{
    read_title(build, place, &domain->name);
    read_options(build, place, domain);
    size_t count = app_text_child_count(place->section, APP_SECTION_HOST);
    domain->hosts = make_array(build, count, sizeof(*domain->hosts));
    domain->host_count = domain->hosts ? count : 0;
    for (size_t i = 0; i < domain->host_count; i++) {
        struct place inner;
        place_init(&inner, place, app_text_child(place->section, APP_SECTION_HOST, i));
        build_host(build, &inner, config, &domain->hosts[i]);
    }
    domain->inside_index = find_inside(config, domain->inside);
    build_elsewhere(build, place, config, domain);
    build_legacy(build, place, domain);
}

static void build_inside(const struct build *build, const struct place *place, unsigned index,
                         struct app_inside *inside)
{
    inside->index = index;
    inside->name = strdup(place->section->title);
    if (!inside->name)
        app_problem_nomem(build->problems);
    read_options(build, place, inside);
}

/* Where its record says nothing, the limit for all holds. */
static void fill_limit(struct fed_partner *partner, const struct fed_limits *limits)
{
    if (partner->connection_limit == 0)
        partner->connection_limit = limits->connections_per_partner;
}

/* Begins as what it stands beside; what its section says differs. */
static void build_shadow(const struct build *build, const struct place *place,
                         enum app_section kind, struct fed_partner *partner)
{
    struct place inner;
    place_init(&inner, place, app_text_child(place->section, kind, 0));
    if (inner.section->option_count == 0)
        return;
    partner->shadow = malloc(sizeof(*partner->shadow));
    if (!partner->shadow) {
        app_problem_nomem(build->problems);
        return;
    }
    *partner->shadow = *partner;
    partner->shadow->domain_count = 0;
    partner->shadow->domains = NULL;
    partner->shadow->description = NULL;
    partner->shadow->shadow = NULL;
    read_options(build, &inner, partner->shadow);
}

static void build_partner(const struct build *build, const struct place *place,
                          const struct fed_limits *limits, struct fed_partner *partner)
{
    partner->domains = calloc(1, sizeof(*partner->domains));
    if (!partner->domains)
        app_problem_nomem(build->problems);
    else if (read_title(build, place, &partner->domains[0]))
        partner->domain_count = 1;
    read_options(build, place, partner);
    fill_limit(partner, limits);
    build_shadow(build, place, APP_SECTION_PARTNER_SHADOW, partner);
}

/* Without a listen section: all addresses of the machine, each family by itself. */
static void build_default_listens(const struct build *build, struct app_config *config)
{
    static const char *const everywhere[] = {"::", "0.0.0.0"};
    config->listens = make_array(build, GP_ARRAY_LEN(everywhere), sizeof(*config->listens));
    config->listen_count = config->listens ? GP_ARRAY_LEN(everywhere) : 0;
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct app_text_value value = {.text = everywhere[i]};
        const struct app_text_value *values[] = {&value};
        size_t count;
        struct app_text_option address = {
            .row = app_section_options(APP_SECTION_LISTEN, &count), .count = 1, .values = values};
        struct app_text_section section = {
            .kind = APP_SECTION_LISTEN, .option_count = 1, .options = &address};
        struct place place;
        place_init(&place, NULL, &section);
        read_options(build, &place, &config->listens[i]);
    }
}

static int compare_homes(const void *a, const void *b)
{
    const struct fed_home *left = a, *right = b;
    return strcmp(left->domain.ascii, right->domain.ascii);
}

static void build_home(const struct build *build, const struct app_domain *domain,
                       struct fed_home *home)
{
    home->domain = domain->name;
    home->inside = domain->inside_index;
    home->elsewhere = make_array(build, domain->elsewhere_count, sizeof(*home->elsewhere));
    home->elsewhere_count = home->elsewhere ? domain->elsewhere_count : 0;
    for (size_t i = 0; i < home->elsewhere_count; i++)
        home->elsewhere[i].inside = domain->elsewhere[i].inside_index;
}

/* The same domains as the federation layer wants them. */
static void build_homes(const struct build *build, struct app_config *config)
{
    struct fed_settings *federation = &config->federation;
    federation->homes = make_array(build, config->domain_count, sizeof(*federation->homes));
    federation->home_count = federation->homes ? config->domain_count : 0;
    for (size_t i = 0; i < federation->home_count; i++)
        build_home(build, &config->domains[i], &federation->homes[i]);
    if (federation->home_count > 0)
        qsort(federation->homes, federation->home_count, sizeof(*federation->homes), compare_homes);
}

static void build_listens(const struct build *build, const struct app_text_section *root,
                          struct app_config *config)
{
    size_t count = app_text_child_count(root, APP_SECTION_LISTEN);
    if (count == 0) {
        build_default_listens(build, config);
        return;
    }
    config->listens = make_array(build, count, sizeof(*config->listens));
    config->listen_count = config->listens ? count : 0;
    for (size_t i = 0; i < config->listen_count; i++) {
        struct place place;
        place_init(&place, NULL, app_text_child(root, APP_SECTION_LISTEN, i));
        read_options(build, &place, &config->listens[i]);
    }
}

static void build_insides(const struct build *build, const struct app_text_section *root,
                          struct app_config *config)
{
    size_t count = app_text_child_count(root, APP_SECTION_INSIDE);
    config->insides = make_array(build, count, sizeof(*config->insides));
    config->inside_count = config->insides ? count : 0;
    for (size_t i = 0; i < config->inside_count; i++) {
        struct place place;
        place_init(&place, NULL, app_text_child(root, APP_SECTION_INSIDE, i));
        build_inside(build, &place, (unsigned)i, &config->insides[i]);
    }
}

static void build_acceptances(const struct build *build, const struct app_text_section *root,
                              struct app_config *config)
{
    const struct app_text_section *check = app_text_child(root, APP_SECTION_CHECK, 0);
    size_t count = app_text_child_count(check, APP_SECTION_ACCEPT);
    config->acceptances = make_array(build, count, sizeof(*config->acceptances));
    config->acceptance_count = config->acceptances ? count : 0;
    struct place outside;
    place_init(&outside, NULL, check);
    for (size_t i = 0; i < config->acceptance_count; i++) {
        struct place place;
        place_init(&place, &outside, app_text_child(check, APP_SECTION_ACCEPT, i));
        read_options(build, &place, &config->acceptances[i]);
        config->acceptances[i].check = strdup(place.section->title);
        if (!config->acceptances[i].check)
            app_problem_nomem(build->problems);
    }
}

static void build_domains(const struct build *build, const struct app_text_section *root,
                          struct app_config *config)
{
    size_t count = app_text_child_count(root, APP_SECTION_DOMAIN);
    config->domains = make_array(build, count, sizeof(*config->domains));
    config->domain_count = config->domains ? count : 0;
    gp_map_init(&config->domains_by_name);
    for (size_t i = 0; i < config->domain_count; i++) {
        struct place place;
        place_init(&place, NULL, app_text_child(root, APP_SECTION_DOMAIN, i));
        build_domain(build, &place, config, &config->domains[i]);
        if (gp_map_put(&config->domains_by_name, gp_span_text(config->domains[i].name.ascii),
                       &config->domains[i]) != GP_OK)
            app_problem_nomem(build->problems);
    }
}

static void build_partners(const struct build *build, const struct app_text_section *root,
                           struct fed_settings *federation)
{
    size_t count = app_text_child_count(root, APP_SECTION_PARTNER);
    federation->partners = make_array(build, count, sizeof(*federation->partners));
    federation->partner_count = federation->partners ? count : 0;
    for (size_t i = 0; i < federation->partner_count; i++) {
        struct place place;
        place_init(&place, NULL, app_text_child(root, APP_SECTION_PARTNER, i));
        build_partner(build, &place, &federation->limits, &federation->partners[i]);
    }
}

void app_config_build(const struct app_text_section *root, const char *directory,
                      struct app_config *config, struct app_problems *problems)
{
    const struct build build = {directory, problems};
    const struct {
        enum app_section kind;
        void *base;
    } single[] = {
        {APP_SECTION_RESOLVER, config},
        {APP_SECTION_TLS, config},
        {APP_SECTION_CONTROL, config},
        {APP_SECTION_CHECK, config},
        {APP_SECTION_LOG, config},
        {APP_SECTION_CONTACT, config},
        {APP_SECTION_LIMITS, &config->federation.limits},
        {APP_SECTION_STRANGER, &config->federation.stranger},
    };
    struct place place;
    place_init(&place, NULL, root);
    read_options(&build, &place, config);
    for (size_t i = 0; i < GP_ARRAY_LEN(single); i++) {
        place_init(&place, NULL, app_text_child(root, single[i].kind, 0));
        read_options(&build, &place, single[i].base);
    }
    fill_limit(&config->federation.stranger, &config->federation.limits);
    place_init(&place, NULL, app_text_child(root, APP_SECTION_STRANGER, 0));
    build_shadow(&build, &place, APP_SECTION_STRANGER_SHADOW, &config->federation.stranger);
    build_listens(&build, root, config);
    if (!config->listens)
        return; /* hosts take their ports from the first one */
    build_insides(&build, root, config);
    build_domains(&build, root, config);
    build_partners(&build, root, &config->federation);
    build_acceptances(&build, root, config);
    build_homes(&build, config);
}

void app_section_finish(enum app_section kind, void *base)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++) {
        bool is_text =
            row->type == APP_TEXT || row->type == APP_PATH || row->type == APP_SECRET_FILE;
        void *owned;
        if (!is_text && !(row->flags & APP_LIST))
            continue;
        memcpy(&owned, (char *)base + row->offset, sizeof(owned));
        if (is_text && row->flags & APP_LIST) {
            char **texts = owned;
            for (size_t i = 0; i < *(size_t *)(void *)((char *)base + row->count_offset); i++)
                free(texts[i]);
        }
        free(owned);
    }
}
