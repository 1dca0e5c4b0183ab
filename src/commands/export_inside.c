/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_inside.h"

struct export
{
    const struct app_config *config;
    const struct app_inside *inside;
    unsigned index; /* of the link */
    struct gp_buf *out;
};

/* Lua and YAML agree on strings in double quotes, as far as paths and addresses go. */
static void put_quoted(struct gp_buf *out, const char *text)
{
    gp_buf_append_char(out, '"');
    for (const char *at = text; *at; at++) {
        if (*at == '"' || *at == '\\')
            gp_buf_append_char(out, '\\');
        gp_buf_append_char(out, *at);
    }
    gp_buf_append_char(out, '"');
}

/* What stands above: the same in both languages but for the sign of a comment. */
static void put_head(const struct export *export, const char *sign, const char *make)
{
    gp_buf_printf(
        export->out,
        "%s Components of %s for inside \"%s\"\n"
        "%s gatepost " GP_VERSION ", configuration %s\n"
        "%s\n"
        "%s gatepost connects to this server as each partner's domain (XEP-0114). So the\n"
        "%s server hands over what is for partners, and takes what comes from them. It has\n"
        "%s to know every one of these domains: export again when partners change.\n",
        sign, make, export->inside->name, sign, export->config->digest, sign, sign, sign, sign);
    if (export->config->federation.is_open)
        gp_buf_printf(export->out,
                      "%s Federation is open, but strangers are none of these: the server refuses\n"
                      "%s gatepost as their component until they stand here like a partner.\n",
                      sign, sign);
}

/* Which partner a domain belongs to. */
static void put_owner(const struct export *export, const char *indent, const char *sign,
                      const struct dns_domain *domain)
{
    const struct fed_settings *federation = &export->config->federation;
    for (size_t i = 0; i < federation->partner_count; i++) {
        const struct fed_partner *partner = &federation->partners[i];
        for (size_t j = 0; j < partner->domain_count; j++) {
            if (!dns_domain_equal(&partner->domains[j], domain))
                continue;
            gp_buf_printf(export->out, "%s%s partner \"%s\"%s%s\n", indent, sign,
                          partner->domains[0].ascii, partner->description ? ": " : "",
                          partner->description ? partner->description : "");
            return;
        }
    }
    gp_buf_printf(export->out, "%s%s a domain of our own that lives elsewhere\n", indent, sign);
}

/* Prosody. */

static enum gp_code put_component(void *arg, const struct dns_domain *domain)
{
    const struct export *export = arg;
    char unicode[DNS_DOMAIN_UNICODE_MAX];
    gp_buf_append_char(export->out, '\n');
    put_owner(export, "", "--", domain);
    gp_buf_append_text(export->out, "Component ");
    put_quoted(export->out, dns_domain_unicode(domain, unicode));
    gp_buf_append_text(export->out, "\n    component_secret = secret\n");
    return GP_OK;
}

static void put_prosody(struct export *export)
{
    char address[GP_ADDR_TEXT_MAX];
    put_head(export, "--", "Prosody");
    gp_buf_printf(
        export->out,
        "--\n"
        "-- To be included at the end of prosody.cfg.lua: Include \"gatepost.cfg.lua\"\n"
        "--\n"
        "-- Above the first VirtualHost there belong, so that gatepost finds the server:\n"
        "--     component_interfaces = { \"%s\" }\n"
        "--     component_ports = { %u }\n"
        "-- and, so that the server itself federates with nobody:\n"
        "--     modules_disabled = { \"s2s\" }\n"
        "\n"
        "-- The first line of gatepost's own file; Prosody has to be allowed to read it.\n"
        "local secret = io.lines(",
        gp_addr_text(&export->inside->address, address), export->inside->address.port);
    put_quoted(export->out, export->inside->secret_file);
    gp_buf_append_text(export->out, ")()\n");
    (void)fed_settings_each_foreign(&export->config->federation, export->index, put_component,
                                    export);
}

/* ejabberd. */

static enum gp_code put_host(void *arg, const struct dns_domain *domain)
{
    const struct export *export = arg;
    char unicode[DNS_DOMAIN_UNICODE_MAX];
    put_owner(export, "      ", "#", domain);
    gp_buf_append_text(export->out, "      ");
    put_quoted(export->out, dns_domain_unicode(domain, unicode));
    gp_buf_append_text(export->out, ":\n        password: GATEPOST_SECRET\n");
    return GP_OK;
}

static void put_ejabberd(struct export *export)
{
    char address[GP_ADDR_TEXT_MAX];
    put_head(export, "#", "ejabberd");
    gp_buf_append_text(export->out,
                       "#\n"
                       "# To be included from ejabberd.yml, next to a file of yours, readable by\n"
                       "# ejabberd alone, that holds the secret of ");
    put_quoted(export->out, export->inside->secret_file);
    gp_buf_printf(
        export->out,
        ":\n"
        "#     include_config_file:\n"
        "#       - gatepost-secret.yml    # define_macro: {GATEPOST_SECRET: \"...\"}\n"
        "#       - gatepost.yml           # this file\n"
        "#\n"
        "# So that the server itself federates with nobody, ejabberd_s2s_in does not stand\n"
        "# among its listeners, and: s2s_access: none\n"
        "\n"
        "listen:\n"
        "  - module: ejabberd_service\n"
        "    ip: \"%s\"\n"
        "    port: %u\n"
        "    global_routes: false       # each component is for its own partner\n"
        "    hosts:\n",
        gp_addr_text(&export->inside->address, address), export->inside->address.port);
    (void)fed_settings_each_foreign(&export->config->federation, export->index, put_host, export);
}

/* Both. */

static enum gp_code find_link(struct export *export, const char *link, struct gp_err *err)
{
    size_t count = 0;
    for (unsigned i = 0; i < export->config->inside_count; i++) {
        const struct app_inside *inside = &export->config->insides[i];
        if (link ? strcmp(inside->name, link) != 0 : inside->kind != APP_INSIDE_SERVER)
            continue;
        export->inside = inside;
        export->index = i;
        count++;
    }
    if (count == 1 && export->inside->kind == APP_INSIDE_SERVER)
        return GP_OK;
    if (count == 1)
        return gp_err_set(err, GP_ERR_INPUT, "inside \"%s\" is not of kind server", link);
    if (link)
        return gp_err_set(err, GP_ERR_INPUT, "there is no inside section \"%s\"", link);
    return gp_err_set(err, GP_ERR_INPUT, "%s",
                      count == 0
                          ? "there is no inside section of kind server"
                          : "there are several inside sections of kind server: say --link NAME");
}

enum gp_code app_export_inside(const struct app_config *config, const char *make, const char *link,
                               struct gp_buf *out, struct gp_err *err)
{
    static const struct {
        const char *make;
        void (*put)(struct export *export);
    } rows[] = {
        {"prosody", put_prosody},
        {"ejabberd", put_ejabberd},
    };
    struct export export = {.config = config, .out = out};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].make, make) != 0)
            continue;
        enum gp_code code = find_link(&export, link, err);
        if (code == GP_OK)
            rows[i].put(&export);
        return code;
    }
    return gp_err_set(err, GP_ERR_INPUT, "there is no server '%s'; there are: prosody ejabberd",
                      make);
}
