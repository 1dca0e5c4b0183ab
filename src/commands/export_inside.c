/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_inside.h"

#include "config/inside_kinds.h"

struct export
{
    const struct app_config *config;
    const struct app_inside *inside;
    unsigned index;                /* of the link */
    const struct dns_domain *home; /* unbound: one that lives on it */
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

/* unbound. */

/* Only the SRV records: the rest of the partner's domain stays what it is. */
static enum gp_code put_view(void *arg, const struct dns_domain *domain)
{
    const struct export *export = arg;
    bool is_direct = export->inside->is_direct_tls;
    gp_buf_append_char(export->out, '\n');
    put_owner(export, "", "#", domain);
    gp_buf_printf(export->out,
                  "local-zone: \"_%s._tcp.%s.\" static\n"
                  "local-zone: \"_%s._tcp.%s.\" static\n"
                  "local-data: \"_%s._tcp.%s. SRV 0 0 %u gatepost.%s.\"\n",
                  "xmpp-server", domain->ascii, "xmpps-server", domain->ascii,
                  is_direct ? "xmpps-server" : "xmpp-server", domain->ascii,
                  export->inside->listen.port, export->home->ascii);
    return GP_OK;
}

static void put_unbound(struct export *export)
{
    const struct gp_addr *listen = &export->inside->listen;
    char address[GP_ADDR_TEXT_MAX];
    gp_buf_printf(
        export->out,
        "# View of DNS for the server behind inside \"%s\": every partner is gatepost\n"
        "# gatepost " GP_VERSION ", configuration %s\n"
        "#\n"
        "# To be included from unbound.conf of the resolver that this server asks, and no\n"
        "# other: include: \"/etc/unbound/gatepost.conf\"\n"
        "# The server federates by dialback, or by certificates that it does not check: nobody\n"
        "# inside has one of a partner. Export again when partners change.\n",
        export->inside->name, export->config->digest);
    if (export->config->federation.is_open)
        gp_buf_append_text(export->out,
                           "# Federation is open, but strangers are none of these: what the server "
                           "sends them\n"
                           "# goes past gatepost, or nowhere.\n");
    gp_buf_printf(export->out,
                  "\nserver:\n"
                  "local-data: \"gatepost.%s. %s %s\"\n",
                  export->home->ascii, listen->family == GP_IPV6 ? "AAAA" : "A",
                  gp_addr_text(listen, address));
    (void)fed_settings_each_foreign(&export->config->federation, export->index, put_view, export);
}

/* All. */

static const struct make {
    const char *name;
    enum app_inside_kind kind; /* of the link that it is for */
    void (*put)(struct export *export);
} makes[] = {
    {"prosody", APP_INSIDE_SERVER, put_prosody},
    {"ejabberd", APP_INSIDE_SERVER, put_ejabberd},
    {"unbound", APP_INSIDE_S2S, put_unbound},
};

static const struct make *find_make(const char *name, struct gp_err *err)
{
    struct gp_buf names;
    for (size_t i = 0; i < GP_ARRAY_LEN(makes); i++)
        if (strcmp(makes[i].name, name) == 0)
            return &makes[i];
    gp_buf_init(&names, 200);
    for (size_t i = 0; i < GP_ARRAY_LEN(makes); i++)
        gp_buf_printf(&names, " %s", makes[i].name);
    const char *list = gp_buf_text(&names);
    gp_err_set(err, GP_ERR_INPUT, "nothing is printed for '%.100s'; there are:%s", name,
               list ? list : "");
    gp_buf_finish(&names);
    return NULL;
}

static enum gp_code refuse_kind(const struct export *export, const struct make *make,
                                struct gp_err *err)
{
    const char *instead = "nothing has to be configured for it";
    if (export->inside->kind == APP_INSIDE_S2S)
        instead = "its server needs a view of DNS, which \"--inside unbound\" prints, and what "
                  "docs/inside.md says";
    else if (export->inside->kind == APP_INSIDE_SERVER)
        instead = "its server needs components, which \"--inside prosody\" and \"--inside "
                  "ejabberd\" print";
    else if (export->inside->kind == APP_INSIDE_COMPONENT)
        instead = "its service connects to gatepost";
    return gp_err_set(err, GP_ERR_INPUT, "inside \"%s\" is of kind %s, not %s: %s",
                      export->inside->name, app_inside_kind_text(export->inside->kind),
                      app_inside_kind_text(make->kind), instead);
}

static enum gp_code find_link(struct export *export, const struct make *make, const char *link,
                              struct gp_err *err)
{
    const char *kind = app_inside_kind_text(make->kind);
    size_t count = 0;
    for (unsigned i = 0; i < export->config->inside_count; i++) {
        const struct app_inside *inside = &export->config->insides[i];
        if (link ? strcmp(inside->name, link) != 0 : inside->kind != make->kind)
            continue;
        export->inside = inside;
        export->index = i;
        count++;
    }
    if (count == 1)
        return export->inside->kind == make->kind ? GP_OK : refuse_kind(export, make, err);
    if (link)
        return gp_err_set(err, GP_ERR_INPUT, "there is no inside section \"%s\"", link);
    if (count == 0 && export->config->inside_count == 1) {
        export->inside = &export->config->insides[0];
        return refuse_kind(export, make, err);
    }
    if (count == 0)
        return gp_err_set(err, GP_ERR_INPUT, "there is no inside section of kind %s", kind);
    return gp_err_set(err, GP_ERR_INPUT,
                      "there are several inside sections of kind %s: say --link NAME", kind);
}

/* The view needs a name and an address to lead to. */
static enum gp_code find_home(struct export *export, struct gp_err *err)
{
    const struct fed_settings *federation = &export->config->federation;
    for (size_t i = 0; i < federation->home_count && !export->home; i++)
        if (fed_home_is_on(&federation->homes[i], export->index))
            export->home = &federation->homes[i].domain;
    if (!export->home)
        return gp_err_set(err, GP_ERR_INPUT, "no domain lives on inside \"%s\"",
                          export->inside->name);
    if (gp_addr_reach(&export->inside->listen) == GP_REACH_UNSPECIFIED)
        return gp_err_set(err, GP_ERR_INPUT,
                          "inside \"%s\" listens on every address: the server has to be led to "
                          "one, so listen has to name it",
                          export->inside->name);
    return GP_OK;
}

enum gp_code app_export_inside(const struct app_config *config, const char *make, const char *link,
                               struct gp_buf *out, struct gp_err *err)
{
    struct export export = {.config = config, .out = out};
    const struct make *found = find_make(make, err);
    if (!found)
        return GP_ERR_INPUT;
    enum gp_code code = find_link(&export, found, link, err);
    if (code == GP_OK && found->kind == APP_INSIDE_S2S)
        code = find_home(&export, err);
    if (code == GP_OK)
        found->put(&export);
    return code;
}
