/* SPDX-License-Identifier: BSD-2-Clause */
/* Partners as the gateway has them, defaults included; what there is to say comes from the option
 * table. */
#include "commands/partners.h"

#include "base/text.h"
#include "config/values.h"
#include "exit_codes.h"
#include "json.h"

#include "federation/negotiation.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1000000

/* The columns of the list, by the names of the options. */
static const char *const columns[] = {"tls",          "sasl",           "dialback",        "type",
                                      "require-dane", "require-dnssec", "connection-limit"};

static const struct app_option_row *find_row(const char *key)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(APP_SECTION_PARTNER, &count);
    const struct app_option_row *row = rows;
    while (strcmp(row->key, key) != 0) {
        row++;
        GP_ASSERT(row < rows + count);
    }
    return row;
}

static const void *field_of(const struct fed_partner *partner, const struct app_option_row *row)
{
    return (const char *)partner + row->offset;
}

static int width_of(const char *column)
{
    int len = (int)strlen(column);
    return len > 17 ? len : 17; /* "public-unverified" */
}

/* Whoever wrote it moves no terminal; the configuration itself is printed as it is. */
static void put_description(const char *description)
{
    struct gp_buf text;
    gp_buf_init(&text, TEXT_MAX);
    if (description)
        gp_text_escape(&text, gp_span_text(description), TEXT_MAX);
    const char *safe = gp_buf_text(&text);
    printf(" %s\n", safe ? safe : "?");
    gp_buf_finish(&text);
}

static void print_line(const struct fed_partner *partner, const char *name)
{
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner);
    printf("%-30s %-8s", name, fed_sense_text(negotiation->sense));
    for (size_t i = 0; i < GP_ARRAY_LEN(columns); i++) {
        struct gp_buf text;
        gp_buf_init(&text, TEXT_MAX);
        app_value_print(find_row(columns[i]), field_of(partner, find_row(columns[i])), &text);
        const char *value = gp_buf_text(&text);
        printf(" %-*s", width_of(columns[i]), value ? value : "?");
        gp_buf_finish(&text);
    }
    put_description(partner->description);
}

static void put_value(struct app_json_writer *json, const struct app_option_row *row,
                      const struct fed_partner *partner)
{
    struct gp_buf text;
    uint32_t number;
    bool flag;
    if (row->type == APP_BOOL) {
        memcpy(&flag, field_of(partner, row), sizeof(flag));
        app_json_put_bool(json, row->key, flag);
    } else if (row->type == APP_COUNT && row->size == sizeof(number)) {
        memcpy(&number, field_of(partner, row), sizeof(number));
        app_json_put_int(json, row->key, number);
    } else {
        gp_buf_init(&text, TEXT_MAX);
        app_value_print(row, field_of(partner, row), &text);
        app_json_put_text(json, row->key, gp_buf_text(&text));
        gp_buf_finish(&text);
    }
}

/* What has members of its own, under the names of the options. */
static bool is_special(const struct app_option_row *row)
{
    return row->flags & APP_LIST || row->type == APP_TEXT || row->type == APP_ROUTE ||
           strcmp(row->key, "route-tls") == 0;
}

static void put_route(struct app_json_writer *json, const struct fed_partner *partner)
{
    const struct app_option_row *row = find_row("route-tls");
    char host[DNS_NAME_TEXT_MAX];
    if (!partner->has_route) {
        app_json_put_null(json, "route");
        return;
    }
    app_json_open_object(json, "route");
    app_json_put_text(json, "host", dns_name_text(&partner->route.host, host));
    app_json_put_int(json, "port", partner->route.port);
    app_json_put_text(json, "tls", row->words[partner->route.service]);
    app_json_close(json);
}

static void put_partner(struct app_json_writer *json, const char *key,
                        const struct fed_partner *partner, const char *name)
{
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner);
    size_t count;
    const struct app_option_row *rows = app_section_options(APP_SECTION_PARTNER, &count);
    app_json_open_object(json, key);
    app_json_put_text(json, "domain", name);
    app_json_open_array(json, "additional-domains");
    for (size_t i = 1; i < partner->domain_count; i++)
        app_json_put_text(json, NULL, partner->domains[i].ascii);
    app_json_close(json);
    app_json_put_text(json, "description", partner->description);
    app_json_put_text(json, "verdict", fed_sense_text(negotiation->sense));
    app_json_put_text(json, "reason", negotiation->reason);
    for (size_t i = 0; i < count; i++)
        if (!is_special(&rows[i]))
            put_value(json, &rows[i], partner);
    put_route(json, partner);
    app_json_close(json);
}

static int print_json(struct app_json_writer *json)
{
    struct gp_err err = {0};
    enum gp_code code = app_json_print(json, stdout, &err);
    if (code != GP_OK)
        fprintf(stderr, "gatepost partners: %s\n", err.text);
    app_json_writer_destroy(json);
    return code == GP_OK ? APP_EXIT_OK : APP_EXIT_FAILED;
}

#define STRANGER "(every other domain)"

int app_partners_list(const struct app_config *config, bool wants_json)
{
    const struct fed_settings *federation = &config->federation;
    if (wants_json) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_int(json, "schema", 1);
        app_json_open_array(json, "partners");
        for (size_t i = 0; i < federation->partner_count; i++)
            put_partner(json, NULL, &federation->partners[i],
                        federation->partners[i].domains[0].ascii);
        app_json_close(json);
        if (federation->is_open)
            put_partner(json, "stranger", &federation->stranger, NULL);
        else
            app_json_put_null(json, "stranger");
        return print_json(json);
    }
    printf("%-30s %-8s", "domain", "verdict");
    for (size_t i = 0; i < GP_ARRAY_LEN(columns); i++)
        printf(" %-*s", width_of(columns[i]), columns[i]);
    printf(" description\n");
    for (size_t i = 0; i < federation->partner_count; i++) {
        const struct fed_partner *partner = &federation->partners[i];
        print_line(partner, partner->domains[0].ascii);
        for (size_t k = 1; k < partner->domain_count; k++)
            printf("  + %s\n", partner->domains[k].ascii);
    }
    if (federation->is_open)
        print_line(&federation->stranger, STRANGER);
    return APP_EXIT_OK;
}

static int show_text(const struct fed_partner *partner)
{
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner);
    struct gp_buf text;
    gp_buf_init(&text, TEXT_MAX);
    app_partner_print(partner, &text);
    fwrite(gp_buf_span(&text).at, 1, gp_buf_len(&text), stdout);
    gp_buf_finish(&text);
    printf("# %s: %s\n", fed_sense_text(negotiation->sense), negotiation->reason);
    return APP_EXIT_OK;
}

int app_partners_show(const struct app_config *config, const char *text, bool wants_json)
{
    struct dns_domain domain;
    struct gp_err err = {0};
    if (dns_domain_from_text(gp_span_text(text), &domain, &err) != GP_OK) {
        fprintf(stderr, "gatepost partners: %s\n", err.text);
        return APP_EXIT_USAGE;
    }
    const struct fed_partner *partner = fed_settings_partner(&config->federation, &domain);
    if (!partner) {
        fprintf(stderr, "gatepost partners: %s may not federate\n", domain.ascii);
        return APP_EXIT_FAILED;
    }
    if (!wants_json)
        return show_text(partner);
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_int(json, "schema", 1);
    put_partner(json, "partner", partner,
                partner->domain_count > 0 ? partner->domains[0].ascii : NULL);
    return print_json(json);
}
