/* SPDX-License-Identifier: BSD-2-Clause */
/* The option table: that it is whole, that its defaults are possible, and how values are read and
 * printed. */
#include "tests/unit/unit.h"

#include "config/config.h"
#include "config/manual.h"
#include "config/values.h"
#include "nearest.h"

#include <stdlib.h>

static void every_default_is_possible(void **state)
{
    (void)state;
    size_t count;
    const struct app_option_row *rows = app_options(&count);
    for (size_t i = 0; i < count; i++) {
        union {
            uint64_t align;
            char bytes[4096];
        } value;
        struct gp_err err = {.code = GP_OK};
        if (!rows[i].preset)
            continue;
        if (app_value_parse(&rows[i], rows[i].preset, "", &value, &err) != GP_OK)
            fail_msg("%s: %s", rows[i].key, err.text);
        if (rows[i].type == APP_TEXT || rows[i].type == APP_PATH)
            free(*(char **)(void *)value.bytes);
    }
}

static void rows_of_a_section_stand_together(void **state)
{
    (void)state;
    size_t count, sum = 0;
    const struct app_option_row *rows = app_options(&count);
    for (enum app_section kind = APP_SECTION_ROOT; kind < APP_SECTION_COUNT; kind++) {
        size_t own;
        const struct app_option_row *first = app_section_options(kind, &own);
        assert_true(own > 0);
        sum += own;
        for (size_t i = 0; i < own; i++) {
            assert_int_equal(first[i].section, kind);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(first[i].key, first[j].key);
        }
    }
    assert_int_equal(sum, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(strlen(rows[i].help) > 10);
        assert_true(!(rows[i].flags & APP_REQUIRED) || !rows[i].preset);
    }
}

/* A field that no row fills, and why. */
struct derived {
    const char *name;
    size_t offset, size;
};
#define DERIVED(type, member)                                                      \
    {                                                                              \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member) \
    }

/*
 * Each byte of a settings struct belongs to an option, to a derived field, or to an alignment gap
 * of less than 8 bytes: so no field is forgotten.
 */
static void assert_covered(const char *name, size_t size, const enum app_section *kinds,
                           size_t kind_count, const struct derived *derived, size_t derived_count)
{
    uint8_t *covered = calloc(1, size);
    assert_non_null(covered);
    for (size_t k = 0; k < kind_count; k++) {
        size_t count;
        const struct app_option_row *rows = app_section_options(kinds[k], &count);
        for (size_t i = 0; i < count; i++) {
            assert_true(rows[i].offset + rows[i].size <= size);
            memset(covered + rows[i].offset, 1, rows[i].size);
            if (rows[i].flags & APP_LIST)
                memset(covered + rows[i].count_offset, 1, sizeof(size_t));
            if (rows[i].type == APP_ROUTE)
                memset(covered + rows[i].count_offset, 1, sizeof(bool));
        }
    }
    for (size_t i = 0; i < derived_count; i++)
        memset(covered + derived[i].offset, 1, derived[i].size);
    for (size_t at = 0, gap = 0; at < size; at++) {
        gap = covered[at] ? 0 : gap + 1;
        if (gap >= 8 || (gap > 0 && at % 8 == 0 && gap == at + 1))
            fail_msg("struct %s: byte %zu belongs to no option", name, at);
    }
    free(covered);
}

static void options_cover_the_structs(void **state)
{
    (void)state;
    static const enum app_section config[] = {
        APP_SECTION_ROOT, APP_SECTION_RESOLVER, APP_SECTION_TLS,  APP_SECTION_CONTROL,
        APP_SECTION_LOG,  APP_SECTION_CONTACT,  APP_SECTION_CHECK};
    static const struct derived of_config[] = {
        DERIVED(app_config, path),
        DERIVED(app_config, is_public),
        DERIVED(app_config, domain_count),
        DERIVED(app_config, domains),
        DERIVED(app_config, domains_by_name),
        DERIVED(app_config, inside_count),
        DERIVED(app_config, insides),
        DERIVED(app_config, listen_count),
        DERIVED(app_config, listens),
        DERIVED(app_config, acceptance_count),
        DERIVED(app_config, acceptances),
        DERIVED(app_config, federation.home_count),
        DERIVED(app_config, federation.homes),
        DERIVED(app_config, federation.any_home),
        DERIVED(app_config, federation.partner_count),
        DERIVED(app_config, federation.partners),
        DERIVED(app_config, federation.stranger),
        DERIVED(app_config, federation.blocked),
        DERIVED(app_config, federation.dialback_secret),
        DERIVED(app_config, federation.limits),
        DERIVED(app_config, digest),
        DERIVED(app_config, warning_count),
        DERIVED(app_config, warnings),
    };
    static const struct derived of_domain[] = {
        DERIVED(app_domain, name),         DERIVED(app_domain, inside_index),
        DERIVED(app_domain, elsewhere),    DERIVED(app_domain, elsewhere_count),
        DERIVED(app_domain, host_count),   DERIVED(app_domain, hosts),
        DERIVED(app_domain, legacy),       DERIVED(app_domain, certificate_sha256),
        DERIVED(app_domain, spki_sha256),  DERIVED(app_domain, next_spki_sha256),
        DERIVED(app_domain, not_before_s), DERIVED(app_domain, not_after_s),
    };
    static const struct derived of_elsewhere[] = {DERIVED(app_elsewhere, inside),
                                                  DERIVED(app_elsewhere, inside_index)};
    static const struct derived of_host[] = {DERIVED(app_host, name)};
    static const struct derived of_inside[] = {
        DERIVED(app_inside, name), DERIVED(app_inside, secret), DERIVED(app_inside, index),
        DERIVED(app_inside, terms)};
    static const struct derived of_partner[] = {DERIVED(fed_partner, shadow),
                                                DERIVED(fed_partner, terms)};
    static const enum app_section domain = APP_SECTION_DOMAIN, host = APP_SECTION_HOST,
                                  inside = APP_SECTION_INSIDE, partner = APP_SECTION_PARTNER,
                                  elsewhere = APP_SECTION_INSIDE_USERS, legacy = APP_SECTION_LEGACY,
                                  listen = APP_SECTION_LISTEN, limits = APP_SECTION_LIMITS,
                                  accept = APP_SECTION_ACCEPT;
    static const struct derived of_acceptance[] = {DERIVED(app_acceptance, check)};
#define COVERED(type, kinds, count, derived) \
    assert_covered(#type, sizeof(struct type), kinds, count, derived, GP_ARRAY_LEN(derived))
    COVERED(app_config, config, GP_ARRAY_LEN(config), of_config);
    COVERED(app_domain, &domain, 1, of_domain);
    COVERED(app_elsewhere, &elsewhere, 1, of_elsewhere);
    assert_covered("app_legacy", sizeof(struct app_legacy), &legacy, 1, NULL, 0);
    COVERED(app_host, &host, 1, of_host);
    COVERED(app_acceptance, &accept, 1, of_acceptance);
    COVERED(app_inside, &inside, 1, of_inside);
    COVERED(fed_partner, &partner, 1, of_partner);
    assert_covered("app_listen", sizeof(struct app_listen), &listen, 1, NULL, 0);
    assert_covered("fed_limits", sizeof(struct fed_limits), &limits, 1, NULL, 0);
}

/* Values. */

static const struct app_option_row *find_row(enum app_section kind, const char *key)
{
    size_t count;
    const struct app_option_row *rows = app_section_options(kind, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    fail_msg("there is no option %s", key);
    return NULL;
}

static void values_read_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum app_section section;
        const char *key;
        const char *printed; /* NULL: refused */
    } rows[] = {
        {"30", APP_SECTION_LIMITS, "header-timeout", "30s"},
        {"30s", APP_SECTION_LIMITS, "header-timeout", "30s"},
        {"1500ms", APP_SECTION_LIMITS, "header-timeout", "1500ms"},
        {"5min", APP_SECTION_LIMITS, "header-timeout", "5min"},
        {"120s", APP_SECTION_LIMITS, "header-timeout", "2min"},
        {"0", APP_SECTION_LIMITS, "inside-hold", "0"},
        {"999ms", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"11min", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"4294967296s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"18446744073709551616", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"30 s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"-30s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"30S", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"s", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"", APP_SECTION_LIMITS, "header-timeout", NULL},
        {"1h", APP_SECTION_DOMAIN, "ttl", "1h"},
        {"2027-01-31", APP_SECTION_ACCEPT, "until", "\"2027-01-31\""},
        {"2028-02-29", APP_SECTION_ACCEPT, "until", "\"2028-02-29\""},
        {"2027-02-29", APP_SECTION_ACCEPT, "until", NULL},
        {"2027-13-01", APP_SECTION_ACCEPT, "until", NULL},
        {"2027-1-31", APP_SECTION_ACCEPT, "until", NULL},
        {"2027-01-31x", APP_SECTION_ACCEPT, "until", NULL},
        {" 2027-01-31", APP_SECTION_ACCEPT, "until", NULL},
        {"1969-12-31", APP_SECTION_ACCEPT, "until", NULL},
        {"", APP_SECTION_ACCEPT, "until", NULL},
        {"7d", APP_SECTION_DOMAIN, "ttl", "7d"},
        {"30000ms", APP_SECTION_DOMAIN, "ttl", NULL},
        {"524288", APP_SECTION_LIMITS, "stanza-bytes", "512KiB"},
        {"10000", APP_SECTION_LIMITS, "stanza-bytes", "10000"},
        {"10000B", APP_SECTION_LIMITS, "stanza-bytes", "10000"},
        {"16MiB", APP_SECTION_LIMITS, "stanza-bytes", "16MiB"},
        {"9999", APP_SECTION_LIMITS, "stanza-bytes", NULL},
        {"1kB", APP_SECTION_LIMITS, "stanza-bytes", NULL},
        {"4GiB", APP_SECTION_RESOLVER, "cache-size", NULL},
        {"65535", APP_SECTION_HOST, "weight", "65535"},
        {"65536", APP_SECTION_HOST, "weight", NULL},
        {"5s", APP_SECTION_HOST, "weight", NULL},
        {"none", APP_SECTION_LISTEN, "starttls-port", "none"},
        {"65535", APP_SECTION_LISTEN, "starttls-port", "65535"},
        {"0", APP_SECTION_LISTEN, "starttls-port", NULL},
        {"65536", APP_SECTION_LISTEN, "starttls-port", NULL},
        {"open", APP_SECTION_ROOT, "federation", "open"},
        {"Open", APP_SECTION_ROOT, "federation", NULL},
        {"on", APP_SECTION_DOMAIN, "dane", "yes"},
        {"false", APP_SECTION_DOMAIN, "dane", "no"},
        {"maybe", APP_SECTION_DOMAIN, "dane", NULL},
        {"192.0.2.0/24", APP_SECTION_ROOT, "private-networks", "\"192.0.2.0/24\""},
        {"192.0.2.1/24", APP_SECTION_ROOT, "private-networks", NULL},
        {"::1", APP_SECTION_ROOT, "private-networks", "\"::1/128\""},
        {"2001:db8::1", APP_SECTION_HOST, "address", "\"2001:db8::1\""},
        {"127.0.0.1", APP_SECTION_HOST, "address", "\"127.0.0.1\""},
        {"0.0.0.0", APP_SECTION_HOST, "address", NULL},
        {"ff02::1", APP_SECTION_HOST, "address", NULL},
        {"192.0.2.1:53", APP_SECTION_HOST, "address", NULL},
        {"gw.alpha.example", APP_SECTION_HOST, "address", NULL},
        {"192.0.2.1", APP_SECTION_RESOLVER, "forward", "\"192.0.2.1:53\""},
        {"[::1]:5353", APP_SECTION_RESOLVER, "forward", "\"[::1]:5353\""},
        {"127.0.0.1:5347", APP_SECTION_INSIDE, "listen", "\"127.0.0.1:5347\""},
        {"127.0.0.1", APP_SECTION_INSIDE, "listen", NULL},
        {"Chat.Beta.Example.", APP_SECTION_PARTNER, "additional-domains", "\"chat.beta.example\""},
        {"b\xc3\xbc"
         "cher.example",
         APP_SECTION_PARTNER, "additional-domains", "\"xn--bcher-kva.example\""},
        {"-x.example", APP_SECTION_PARTNER, "additional-domains", NULL},
        {"gw.beta.example:5269", APP_SECTION_PARTNER, "route", "\"gw.beta.example:5269\""},
        {"gw.beta.example", APP_SECTION_PARTNER, "route", NULL},
        {"gw.beta.example:0", APP_SECTION_PARTNER, "route", NULL},
        {":5269", APP_SECTION_PARTNER, "route", NULL},
        {"/etc/key.pem", APP_SECTION_DOMAIN, "key", "\"/etc/key.pem\""},
        {"key.pem", APP_SECTION_DOMAIN, "key", "\"/dir/key.pem\""},
        {"", APP_SECTION_DOMAIN, "key", NULL},
        {"a \"b\" \\ ${c}", APP_SECTION_PARTNER, "description", "\"a \\\"b\\\" \\\\ \\${c}\""},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        union {
            uint64_t align;
            char bytes[1024];
            char *text;
        } value;
        const struct app_option_row *row = find_row(rows[i].section, rows[i].key);
        struct gp_buf printed;
        struct gp_err err = {.code = GP_OK};
        gp_buf_init(&printed, 1000);
        enum gp_code code = app_value_parse(row, rows[i].text, "/dir", &value, &err);
        if (code == GP_OK) {
            app_value_print(row, &value, &printed);
            if (row->type == APP_TEXT || row->type == APP_PATH)
                free(value.text);
        } else {
            assert_int_equal(code, GP_ERR_CONFIG);
            assert_true(strlen(err.text) > 0);
        }
        const char *text = code == GP_OK ? gp_buf_text(&printed) : NULL;
        if ((text == NULL) != (rows[i].printed == NULL) ||
            (text && strcmp(text, rows[i].printed) != 0))
            fail_msg("%s = %s: %s, not %s", rows[i].key, rows[i].text, text ? text : "refused",
                     rows[i].printed ? rows[i].printed : "refused");
        gp_buf_finish(&printed);
    }
}

#define HOME                                                                              \
    "domain \"a.example\" {\n certificate = \"a.crt\"  key = \"a.key\"  inside = \"i\"\n" \
    " host \"h.a.example\" { address = \"192.0.2.1\" }\n}\ninside \"i\" { kind = echo }\n"

/* What is printed can be read again without a word; so a default for a route is not there without
 * one. */
static void a_partner_is_printed_as_it_may_be_written(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        bool has_route_tls;
    } rows[] = {{"", false}, {"route = \"gw.b.example:5269\"", true}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config;
        struct gp_err err = {0};
        struct gp_buf text, printed;
        gp_buf_init(&text, 100000);
        gp_buf_init(&printed, 100000);
        gp_buf_printf(&text, HOME "partner \"b.example\" { %s }\n", rows[i].options);
        if (app_config_parse(gp_buf_span(&text), "/etc/gatepost/gatepost.conf", &config, NULL,
                             &err) != GP_OK)
            fail_msg("%s", err.text);
        app_partner_print(&config->federation.partners[0], &printed);
        assert_int_equal(strstr(gp_buf_text(&printed), "route-tls") != NULL, rows[i].has_route_tls);
        app_config_destroy(config);
        gp_buf_reset(&text);
        gp_buf_printf(&text, HOME "%s", gp_buf_text(&printed));
        if (app_config_parse(gp_buf_span(&text), "/etc/gatepost/gatepost.conf", &config, NULL,
                             &err) != GP_OK)
            fail_msg("%s", err.text);
        assert_int_equal(config->warning_count, 0);
        app_config_destroy(config);
        gp_buf_finish(&text);
        gp_buf_finish(&printed);
    }
}

static void the_manual_names_every_option(void **state)
{
    (void)state;
    size_t count;
    const struct app_option_row *rows = app_options(&count);
    for (size_t form = 0; app_manual_forms[form]; form++) {
        struct gp_buf manual;
        gp_buf_init(&manual, 200000);
        assert_true(app_manual_print(app_manual_forms[form], &manual));
        assert_int_equal(gp_buf_failed(&manual), GP_OK);
        for (size_t i = 0; i < count; i++)
            assert_non_null(strstr(gp_buf_text(&manual), rows[i].key));
        gp_buf_finish(&manual);
    }
    assert_false(app_manual_print("latin", NULL));
}

#define LONG_NAME "averyveryverylongnamethatisnotcomparedwithanythingatall"

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"config", "check", "run", "resolve", "status"};
    static const struct {
        const char *given, *found;
    } rows[] = {
        {"confg", "config"}, {"chekc", "check"}, {"ruin", "run"},
        {"satus", "status"}, {"xyz", NULL},      {"resovle", "resolve"},
        {"", NULL},          {LONG_NAME, NULL},  {LONG_NAME LONG_NAME LONG_NAME, NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_nearest nearest;
        app_nearest_init(&nearest, rows[i].given);
        for (size_t j = 0; j < GP_ARRAY_LEN(names); j++)
            app_nearest_offer(&nearest, names[j]);
        if (rows[i].found)
            assert_string_equal(nearest.found, rows[i].found);
        else
            assert_null(nearest.found);
    }
}

/* By a file, not by the table alone: what "gatepost check" takes for how long things last. */
static void margins_of_the_check_are_read(void **state)
{
    (void)state;
    static const char text[] =
        HOME "check {\n journal = /tmp/j.db\n cache-allowance = 2h\n stale-margin = 3d\n"
             " low-ttl = 10min\n old-ttl = 12h\n propagation = 5min\n}\n";
    static const struct {
        const char *text;
        struct zone_margins margins;
        const char *journal;
    } rows[] = {
        {text, {7200, 259200, 600, 300, 43200}, "/tmp/j.db"},
        {HOME, {3600, 86400, 300, 120, 86400}, NULL},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_config *config;
        struct gp_err err = {0};
        if (app_config_parse(gp_span_text(rows[i].text), "/etc/gatepost/gatepost.conf", &config,
                             NULL, &err) != GP_OK)
            fail_msg("%s", err.text);
        const struct zone_margins *margins = &config->check.margins;
        assert_int_equal(margins->cache_s, rows[i].margins.cache_s);
        assert_int_equal(margins->stale_s, rows[i].margins.stale_s);
        assert_int_equal(margins->low_s, rows[i].margins.low_s);
        assert_int_equal(margins->spread_s, rows[i].margins.spread_s);
        assert_int_equal(margins->before_s, rows[i].margins.before_s);
        if (rows[i].journal)
            assert_string_equal(config->check.journal, rows[i].journal);
        else
            assert_null(config->check.journal);
        app_config_destroy(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_possible),
        cmocka_unit_test(rows_of_a_section_stand_together),
        cmocka_unit_test(options_cover_the_structs),
        cmocka_unit_test(values_read_and_print),
        cmocka_unit_test(a_partner_is_printed_as_it_may_be_written),
        cmocka_unit_test(the_manual_names_every_option),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(margins_of_the_check_are_read),
    };
    return cmocka_run_group_tests_name("config_options", tests, NULL, NULL);
}
