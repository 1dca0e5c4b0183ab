/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules between options: one function for each subject, each telling all that it finds. */
#include "config/build.h"
#include "config/inside_kinds.h"

#include "base/clock.h"
#include "federation/inside.h"
#include "federation/negotiation.h"
#include "nearest.h"

#include <stdio.h>
#include <string.h>

#define SLOW_S 60 /* what one stanza may cost at a byte-rate that makes sense */

struct judge {
    const struct app_text_section *root;
    const struct app_config *config;
    struct app_problems *problems;
};

static const struct app_text_section *child(const struct judge *judge, enum app_section kind,
                                            size_t number)
{
    return app_text_child(judge->root, kind, number);
}

/* Domains and hosts. */

/* Whether there is an inside section of that name; where is what stands before it in a message. */
static void judge_link_name(const struct judge *judge, const char *name, unsigned line,
                            const char *where)
{
    struct app_nearest nearest;
    app_nearest_init(&nearest, name);
    for (size_t i = 0; i < judge->config->inside_count; i++) {
        if (strcmp(judge->config->insides[i].name, name) == 0)
            return;
        app_nearest_offer(&nearest, judge->config->insides[i].name);
    }
    app_problem(judge->problems, line, "%s: there is no inside section \"%s\"%s%s%s", where, name,
                nearest.found ? "; did you mean \"" : "", nearest.found ? nearest.found : "",
                nearest.found ? "\"?" : "");
}

static void judge_inside_of(const struct judge *judge, const struct app_domain *domain,
                            const struct app_text_section *section)
{
    char where[DNS_DOMAIN_MAX + 40];
    snprintf(where, sizeof(where), "domain \"%s\": inside", domain->name.ascii);
    judge_link_name(judge, domain->inside, app_text_line(section, "inside"), where);
    snprintf(where, sizeof(where), "domain \"%s\": inside-users", domain->name.ascii);
    for (size_t i = 0; i < domain->elsewhere_count; i++) {
        const char *name = domain->elsewhere[i].inside;
        unsigned line = app_text_child(section, APP_SECTION_INSIDE_USERS, i)->line;
        judge_link_name(judge, name, line, where);
        if (strcmp(name, domain->inside) == 0)
            app_problem(judge->problems, line, "%s: all its users live on \"%s\" anyway", where,
                        name);
    }
}

/* Both parameters belong to one authority: another one would not know them, and refuse (RFC 8657,
 * 3 and 4). */
static void judge_caa(const struct judge *judge, const struct app_domain *domain,
                      const struct app_text_section *section)
{
    const char *uri = domain->caa_account_uri;
    const char *option = uri ? "caa-account-uri" : "caa-validation-methods";
    if (!uri && domain->caa_validation_methods == 0)
        return;
    if (domain->caa_issuer_count != 1)
        app_problem(judge->problems, app_text_line(section, option),
                    "domain \"%s\": %s: it belongs to one caa-issuer, and there are %zu",
                    domain->name.ascii, option, domain->caa_issuer_count);
    if (!uri)
        return;
    /* RFC 8659, 4.2: a value has neither blanks nor semicolons */
    for (const char *at = uri; *at; at++)
        if (*at <= ' ' || *at >= 0x7f || *at == ';') {
            app_problem(judge->problems, app_text_line(section, option),
                        "domain \"%s\": %s: a URI has no blanks, no semicolons and no letters "
                        "outside of ASCII",
                        domain->name.ascii, option);
            return;
        }
}

static bool has_address(const struct app_host *host, const struct gp_addr *addr)
{
    for (size_t i = 0; i < host->address_count; i++)
        if (gp_addr_same_host(&host->addresses[i], addr))
            return true;
    return false;
}

static bool is_permitted(const struct app_config *config, const struct gp_addr *addr)
{
    for (size_t i = 0; i < config->federation.network_count; i++)
        if (gp_network_has(&config->federation.networks[i], addr))
            return true;
    return gp_addr_reach(addr) == GP_REACH_PUBLIC;
}

static void judge_addresses(const struct judge *judge, const struct app_host *host,
                            const struct app_text_section *section)
{
    unsigned line = app_text_line(section, "address");
    char text[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < host->address_count; i++) {
        const struct gp_addr *addr = &host->addresses[i];
        for (size_t j = 0; j < i; j++)
            if (gp_addr_same_host(&host->addresses[j], addr))
                app_problem(judge->problems, line, "host \"%s\": address: %s is given twice",
                            section->title, gp_addr_text(addr, text));
        if (!is_permitted(judge->config, addr))
            app_warning(judge->problems, line,
                        "host \"%s\": address: %s is %s and in none of the private-networks: no "
                        "partner can reach it, and it is not exported",
                        section->title, gp_addr_text(addr, text),
                        gp_reach_text(gp_addr_reach(addr)));
    }
}

/* A name has one set of addresses in DNS, however many domains point at it. */
static void judge_same_addresses(const struct judge *judge, const struct app_host *host,
                                 const struct app_host *other,
                                 const struct app_text_section *section)
{
    bool is_same = host->address_count == other->address_count;
    for (size_t i = 0; i < host->address_count && is_same; i++)
        is_same = has_address(other, &host->addresses[i]);
    if (!is_same)
        app_problem(
            judge->problems, app_text_line(section, "address"),
            "host \"%s\": address: the same host has other addresses elsewhere in this file",
            section->title);
}

static bool shares_port(const struct app_host *a, const struct app_host *b)
{
    const uint16_t ports[] = {a->starttls_port, a->direct_tls_port};
    for (size_t i = 0; i < GP_ARRAY_LEN(ports); i++)
        if (ports[i] != 0 && (ports[i] == b->starttls_port || ports[i] == b->direct_tls_port))
            return dns_name_equal(&a->name, &b->name);
    return false;
}

/* A port has one set of TLSA records, however many domains are served there. */
static void judge_same_dane(const struct judge *judge, const struct app_domain *domain,
                            const struct app_host *host, const struct app_domain *other,
                            const struct app_text_section *section)
{
    if (domain->wants_dane == other->wants_dane)
        return;
    for (size_t i = 0; i < other->host_count; i++)
        if (shares_port(host, &other->hosts[i]))
            app_warning(judge->problems, section->line,
                        "domain \"%s\": dane = no: its partners go by the TLSA records of host "
                        "\"%s\" all the same, which domain \"%s\" wants: a new key of it needs a "
                        "record, and nobody looks after it",
                        domain->wants_dane ? other->name.ascii : domain->name.ascii, section->title,
                        domain->wants_dane ? domain->name.ascii : other->name.ascii);
}

static void judge_ports(const struct judge *judge, const struct app_host *host,
                        const struct app_text_section *section)
{
    const struct app_config *config = judge->config;
    bool has_starttls = false, has_direct_tls = false;
    for (size_t i = 0; i < config->listen_count; i++) {
        has_starttls |= config->listens[i].starttls_port != 0;
        has_direct_tls |= config->listens[i].direct_tls_port != 0;
    }
    if (host->starttls_port == 0 && host->direct_tls_port == 0)
        app_problem(judge->problems, section->line,
                    "host \"%s\": it offers neither STARTTLS nor direct TLS", section->title);
    else if (host->starttls_port == host->direct_tls_port)
        app_problem(judge->problems, app_text_line(section, "direct-tls-port"),
                    "host \"%s\": STARTTLS and direct TLS cannot share port %u", section->title,
                    host->starttls_port);
    if (host->starttls_port != 0 && !has_starttls)
        app_problem(judge->problems, app_text_line(section, "starttls-port"),
                    "host \"%s\": starttls-port: no listen section offers STARTTLS",
                    section->title);
    if (host->direct_tls_port != 0 && !has_direct_tls)
        app_problem(judge->problems, app_text_line(section, "direct-tls-port"),
                    "host \"%s\": direct-tls-port: no listen section offers direct TLS",
                    section->title);
}

static void judge_hosts(const struct judge *judge, const struct app_domain *domain, size_t number)
{
    const struct app_text_section *outer = child(judge, APP_SECTION_DOMAIN, number);
    if (domain->host_count == 0)
        app_problem(judge->problems, outer->line,
                    "domain \"%s\": it needs at least one host section", domain->name.ascii);
    for (size_t i = 0; i < domain->host_count; i++) {
        const struct app_host *host = &domain->hosts[i];
        const struct app_text_section *section = app_text_child(outer, APP_SECTION_HOST, i);
        judge_addresses(judge, host, section);
        judge_ports(judge, host, section);
        for (size_t j = 0; j < i; j++)
            if (dns_name_equal(&domain->hosts[j].name, &host->name))
                app_problem(judge->problems, section->line,
                            "domain \"%s\": host \"%s\" is there twice", domain->name.ascii,
                            section->title);
        for (size_t k = 0; k < number; k++)
            judge_same_dane(judge, domain, host, &judge->config->domains[k], section);
        for (size_t k = 0; k < number; k++)
            for (size_t j = 0; j < judge->config->domains[k].host_count; j++)
                if (dns_name_equal(&judge->config->domains[k].hosts[j].name, &host->name))
                    judge_same_addresses(judge, host, &judge->config->domains[k].hosts[j], section);
    }
}

static void judge_domains(const struct judge *judge)
{
    const struct app_config *config = judge->config;
    if (config->domain_count == 0)
        app_problem(judge->problems, 0, "it needs at least one domain section");
    for (size_t i = 0; i < config->domain_count; i++) {
        const struct app_text_section *section = child(judge, APP_SECTION_DOMAIN, i);
        for (size_t j = 0; j < i; j++)
            if (dns_domain_equal(&config->domains[j].name, &config->domains[i].name))
                app_problem(judge->problems, section->line, "domain \"%s\" is there twice",
                            config->domains[i].name.ascii);
        judge_inside_of(judge, &config->domains[i], section);
        judge_caa(judge, &config->domains[i], section);
        judge_hosts(judge, &config->domains[i], i);
        app_config_judge_legacy(config, &config->domains[i],
                                app_text_child(section, APP_SECTION_LEGACY, 0), judge->problems);
    }
}

/* Listeners. */

static void judge_listens(const struct judge *judge)
{
    const struct app_config *config = judge->config;
    /* Sections exist only for what the file says; the built-in listeners are in order. */
    for (size_t i = 0; child(judge, APP_SECTION_LISTEN, i); i++) {
        const struct app_listen *listen = &config->listens[i];
        unsigned line = child(judge, APP_SECTION_LISTEN, i)->line;
        char text[GP_ADDR_TEXT_MAX];
        gp_addr_text(&listen->address, text);
        if (listen->starttls_port == 0 && listen->direct_tls_port == 0)
            app_problem(judge->problems, line, "listen: on %s neither port is offered", text);
        else if (listen->starttls_port == listen->direct_tls_port)
            app_problem(judge->problems, line,
                        "listen: STARTTLS and direct TLS cannot share port %u",
                        listen->starttls_port);
        for (size_t j = 0; j < i; j++)
            if (gp_addr_same_host(&config->listens[j].address, &listen->address))
                app_problem(judge->problems, line, "listen: %s is there twice", text);
    }
}

static bool is_taken(const struct app_config *config, const struct gp_addr *addr)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct app_listen *listen = &config->listens[i];
        bool is_same_address = listen->address.family == addr->family &&
                               (gp_addr_same_host(&listen->address, addr) ||
                                gp_addr_reach(&listen->address) == GP_REACH_UNSPECIFIED);
        if (is_same_address &&
            (listen->starttls_port == addr->port || listen->direct_tls_port == addr->port))
            return true;
    }
    return false;
}

/* The component protocol is in clear, on both sides of it. */
static void judge_clear(const struct judge *judge, const struct app_inside *inside,
                        const struct app_text_section *section, const char *key,
                        const struct gp_addr *addr)
{
    char text[GP_ADDR_TEXT_MAX];
    if (gp_addr_reach(addr) != GP_REACH_LOOPBACK)
        app_warning(
            judge->problems, app_text_line(section, key),
            "inside \"%s\": %s: %s is not a loopback address, and the component protocol is not "
            "encrypted",
            inside->name, key, gp_addr_port_text(addr, text));
}

static void judge_listen_of(const struct judge *judge, size_t number,
                            const struct app_text_section *section)
{
    const struct app_config *config = judge->config;
    const struct app_inside *inside = &config->insides[number];
    unsigned line = app_text_line(section, "listen");
    char text[GP_ADDR_TEXT_MAX];
    gp_addr_port_text(&inside->listen, text);
    for (size_t i = 0; i < number; i++)
        if (gp_addr_same_host(&config->insides[i].listen, &inside->listen) &&
            config->insides[i].listen.port == inside->listen.port)
            app_problem(judge->problems, line,
                        "inside \"%s\": listen: %s is taken by inside \"%s\"; one link for each "
                        "address, and several domains may use it",
                        inside->name, text, config->insides[i].name);
    if (is_taken(config, &inside->listen))
        app_problem(judge->problems, line, "inside \"%s\": listen: partners connect to %s",
                    inside->name, text);
    if (inside->kind == APP_INSIDE_COMPONENT)
        judge_clear(judge, inside, section, "listen", &inside->listen);
}

/* What a kind needs must be there; what it has no use for should not. */
static bool judge_options_of(const struct judge *judge, const struct app_inside *inside,
                             const struct app_text_section *section)
{
    const char *kind = app_inside_kind_text(inside->kind), *example;
    bool is_complete = true;
    size_t count;
    const struct app_option_row *rows = app_section_options(APP_SECTION_INSIDE, &count);
    for (const struct app_option_row *row = rows; row < rows + count; row++) {
        bool is_there = app_text_option(section, row->key) != NULL;
        switch (app_inside_use(inside->kind, row->key, &example)) {
        case APP_INSIDE_NEEDS:
            if (is_there)
                break;
            app_problem(judge->problems, section->line,
                        "inside \"%s\": %s is missing: kind = %s needs it%s", inside->name,
                        row->key, kind, example);
            is_complete = false;
            break;
        case APP_INSIDE_TAKES:
            break;
        case APP_INSIDE_IGNORES:
            if (is_there)
                app_warning(judge->problems, app_text_line(section, row->key),
                            "inside \"%s\": %s means nothing with kind = %s", inside->name,
                            row->key, kind);
            break;
        }
    }
    return is_complete;
}

static void judge_s2s(const struct judge *judge, const struct app_inside *inside,
                      const struct app_text_section *section)
{
    if (inside->pin_count > FED_INSIDE_PINS_MAX)
        app_problem(judge->problems, app_text_line(section, "pin"),
                    "inside \"%s\": pin: %zu digests, allowed: up to %d", inside->name,
                    inside->pin_count, FED_INSIDE_PINS_MAX);
    for (size_t i = 0; i < inside->peer_count; i++)
        if (inside->peers[i].prefix == 0)
            app_problem(judge->problems, app_text_line(section, "peers"),
                        "inside \"%s\": peers: everybody could connect", inside->name);
    if (inside->ca_file && inside->pin_count > 0)
        app_warning(judge->problems, app_text_line(section, "ca-file"),
                    "inside \"%s\": ca-file means nothing beside pin", inside->name);
}

static bool is_on(const struct app_domain *domain, const char *inside)
{
    bool is_on = strcmp(domain->inside, inside) == 0;
    for (size_t i = 0; i < domain->elsewhere_count; i++)
        is_on |= strcmp(domain->elsewhere[i].inside, inside) == 0;
    return is_on;
}

static void judge_insides(const struct judge *judge)
{
    const struct app_config *config = judge->config;
    if (config->inside_count > FED_INSIDE_MAX)
        app_problem(judge->problems, child(judge, APP_SECTION_INSIDE, FED_INSIDE_MAX)->line,
                    "more than %d inside links", FED_INSIDE_MAX);
    for (size_t i = 0; i < config->inside_count; i++) {
        const struct app_inside *inside = &config->insides[i];
        const struct app_text_section *section = child(judge, APP_SECTION_INSIDE, i);
        bool is_used = false;
        for (size_t j = 0; j < config->domain_count; j++)
            is_used |= is_on(&config->domains[j], inside->name);
        if (!is_used)
            app_warning(judge->problems, section->line, "inside \"%s\": no domain uses it",
                        inside->name);
        if (!judge_options_of(judge, inside, section))
            continue;
        if (inside->kind == APP_INSIDE_COMPONENT || inside->kind == APP_INSIDE_S2S)
            judge_listen_of(judge, i, section);
        if (inside->kind == APP_INSIDE_S2S)
            judge_s2s(judge, inside, section);
        else if (inside->kind == APP_INSIDE_SERVER)
            judge_clear(judge, inside, section, "address", &inside->address);
    }
}

static void judge_contacts(const struct judge *judge)
{
    const struct fed_contact *contacts = judge->config->federation.contacts;
    const struct app_text_section *section = child(judge, APP_SECTION_CONTACT, 0);
    size_t count;
    const struct app_option_row *rows = app_section_options(APP_SECTION_CONTACT, &count);
    for (size_t i = 0; i < FED_CONTACT_KINDS; i++)
        for (size_t j = 0; j < contacts[i].count; j++)
            if (!strchr(contacts[i].uris[j], ':')) /* XEP-0157, 3: an address is a URI */
                app_problem(judge->problems, app_text_line(section, rows[i].key),
                            "contact: '%s' is no URI, such as \"mailto:abuse@alpha.example\" or "
                            "\"xmpp:admin@alpha.example\"",
                            contacts[i].uris[j]);
}

/* Partners. */

/* A stanza is read whole before the rate holds its sender up. */
static void judge_rate(const struct judge *judge, const struct fed_partner *partner,
                       const struct app_text_section *section, const char *name)
{
    uint32_t most = judge->config->federation.limits.stanza_bytes;
    char span[GP_CLOCK_SPAN_MAX];
    if (!app_text_option(section, "byte-rate") || partner->byte_rate == 0 ||
        most / partner->byte_rate <= SLOW_S)
        return;
    app_warning(judge->problems, app_text_line(section, "byte-rate"),
                "%s: byte-rate: one stanza of %u bytes (limits { stanza-bytes }) would hold the "
                "partner up for %s",
                name, most, gp_clock_span_text(most / partner->byte_rate * 1000LL, span));
}

/* Whether and how it can prove itself. */
static void judge_policy(const struct judge *judge, const struct fed_partner *partner,
                         const struct app_text_section *section, const char *name)
{
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner);
    unsigned line = app_text_line(section, negotiation->option);
    if (negotiation->sense == FED_SENSE_ERROR)
        app_problem(judge->problems, line, "%s: %s", name, negotiation->reason);
    else if (negotiation->sense == FED_SENSE_WARNING)
        app_warning(judge->problems, line, "%s: %s", name, negotiation->reason);
    if (partner->tls == FED_TLS_UNSUPPORTED && partner->has_route &&
        partner->route.service == DNS_SERVICE_DIRECT_TLS)
        app_problem(judge->problems, app_text_line(section, "route-tls"),
                    "%s: route-tls = direct contradicts tls = unsupported", name);
    if (partner->uses_posh && partner->requires_dane)
        app_warning(judge->problems, app_text_line(section, "posh"),
                    "%s: posh = yes never takes effect with require-dane = yes", name);
    if (partner->uses_dane_client && partner->tls != FED_TLS_REQUIRED)
        app_problem(judge->problems, app_text_line(section, "dane-client"),
                    "%s: dane-client = yes needs tls = required", name);
    if (partner->connection_limit > judge->config->federation.limits.connections &&
        app_text_option(section, "connection-limit"))
        app_warning(judge->problems, app_text_line(section, "connection-limit"),
                    "%s: connection-limit is never reached: limits { connections = %u }", name,
                    judge->config->federation.limits.connections);
    judge_rate(judge, partner, section, name);
}

/* A shadow that could not be moved out as it stands changes nothing on the wire: a warning is
 * enough. */
static void judge_shadow(const struct judge *judge, const struct fed_partner *partner,
                         const struct app_text_section *shadow, const char *name)
{
    char where[DNS_DOMAIN_MAX + 40];
    if (!partner->shadow && shadow->line > 0)
        app_warning(judge->problems, shadow->line,
                    "%s: shadow: it is empty: there is nothing to try out", name);
    if (!partner->shadow)
        return;
    const struct fed_negotiation *negotiation = fed_negotiation_of(partner->shadow);
    if (negotiation->sense != FED_SENSE_OK && negotiation != fed_negotiation_of(partner))
        app_warning(judge->problems, app_text_line(shadow, negotiation->option),
                    "%s: shadow: moved out it would be %s: %s", name,
                    negotiation->sense == FED_SENSE_ERROR ? "an error" : "a warning",
                    negotiation->reason);
    snprintf(where, sizeof(where), "%s: shadow", name);
    judge_rate(judge, partner->shadow, shadow, where);
}

/* Whether another domain of this or an earlier partner is the same. */
static bool is_named_before(const struct fed_settings *federation, size_t partner, size_t domain)
{
    const struct dns_domain *wanted = &federation->partners[partner].domains[domain];
    for (size_t i = 0; i <= partner; i++) {
        size_t end = i == partner ? domain : federation->partners[i].domain_count;
        for (size_t j = 0; j < end; j++)
            if (dns_domain_equal(&federation->partners[i].domains[j], wanted))
                return true;
    }
    return false;
}

static void judge_partners(const struct judge *judge)
{
    const struct fed_settings *federation = &judge->config->federation;
    char name[DNS_DOMAIN_MAX + 16];
    for (size_t i = 0; i < federation->partner_count; i++) {
        const struct fed_partner *partner = &federation->partners[i];
        const struct app_text_section *section = child(judge, APP_SECTION_PARTNER, i);
        snprintf(name, sizeof(name), "partner \"%s\"", partner->domains[0].ascii);
        for (size_t j = 0; j < partner->domain_count; j++) {
            unsigned line = j > 0 ? app_text_line(section, "additional-domains") : section->line;
            const char *domain = partner->domains[j].ascii;
            if (app_config_domain(judge->config, &partner->domains[j]))
                app_problem(judge->problems, line, "%s: %s is a domain of our own", name, domain);
            if (is_named_before(federation, i, j))
                app_problem(judge->problems, line, "%s: %s is there twice", name, domain);
        }
        if (app_text_option(section, "route-tls") && !partner->has_route)
            app_warning(judge->problems, app_text_line(section, "route-tls"),
                        "%s: route-tls means nothing without route", name);
        judge_policy(judge, partner, section, name);
        judge_shadow(judge, partner, app_text_child(section, APP_SECTION_PARTNER_SHADOW, 0), name);
    }
}

static void judge_federation(const struct judge *judge)
{
    const struct fed_settings *federation = &judge->config->federation;
    const struct app_text_section *stranger = child(judge, APP_SECTION_STRANGER, 0);
    unsigned line = app_text_line(judge->root, "federation");
    if (federation->is_open) {
        app_warning(judge->problems, line, "federation = open: every domain may federate");
        judge_policy(judge, &federation->stranger, stranger, "stranger");
        judge_shadow(judge, &federation->stranger,
                     app_text_child(stranger, APP_SECTION_STRANGER_SHADOW, 0), "stranger");
        return;
    }
    if (stranger->option_count > 0 || federation->stranger.shadow)
        app_warning(judge->problems, stranger->line,
                    "stranger: it means nothing without federation = open");
    if (federation->partner_count == 0)
        app_warning(judge->problems, line, "there is no partner section: nobody may federate");
}

/* Limits that belong together. */
static void judge_limits(const struct judge *judge)
{
    const struct fed_limits *limits = &judge->config->federation.limits;
    const struct app_text_section *section = child(judge, APP_SECTION_LIMITS, 0);
    const struct {
        const char *lesser, *greater;
        uint32_t least, most;
    } rows[] = {
        {"retry-min", "retry-max", limits->retry_min_ms, limits->retry_max_ms},
        {"inside-retry-min", "inside-retry-max", limits->inside_retry_min_ms,
         limits->inside_retry_max_ms},
        {"inside-retry-max", "retry-max", limits->inside_retry_max_ms, limits->retry_max_ms},
        {"connect-timeout", "attempt-timeout", limits->connect_ms, limits->attempt_ms},
        /* Our answer must be there before who asks gives up (spec-digest g). */
        {"verify-timeout", "dialback-timeout", limits->verify_ms, limits->dialback_ms},
        {"header-timeout", "setup-timeout", limits->header_ms, limits->setup_ms},
        {"tls-timeout", "setup-timeout", limits->tls_ms, limits->setup_ms},
        {"connections-per-address", "connections", limits->connections_per_address,
         limits->connections},
        {"connections-per-partner", "connections", limits->connections_per_partner,
         limits->connections},
        {"verifies-per-stream", "verifies-per-address", limits->verifies_per_stream,
         limits->verifies_per_address},
        {"verifies-per-address", "verifies", limits->verifies_per_address, limits->verifies},
        {"stanza-bytes", "queue-bytes", limits->stanza_bytes, limits->queue_bytes},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        unsigned line = app_text_line(section, rows[i].lesser);
        if (rows[i].least > rows[i].most)
            app_problem(judge->problems, line > 0 ? line : app_text_line(section, rows[i].greater),
                        "limits: %s must not be more than %s", rows[i].lesser, rows[i].greater);
    }
}

static void judge_resolvers(const struct judge *judge, enum app_section section, const char *where,
                            const char *key, size_t count, size_t most)
{
    if (count > most)
        app_problem(judge->problems, app_text_line(child(judge, section, 0), key),
                    "%s: %s: %zu addresses, allowed: up to %zu", where, key, count, most);
}

void app_config_judge(const struct app_text_section *root, const struct app_config *config,
                      struct app_problems *problems)
{
    const struct judge judge = {root, config, problems};
    judge_domains(&judge);
    judge_listens(&judge);
    judge_insides(&judge);
    judge_contacts(&judge);
    judge_partners(&judge);
    judge_federation(&judge);
    judge_limits(&judge);
    judge_resolvers(&judge, APP_SECTION_RESOLVER, "resolver", "forward",
                    config->resolver.forward_count, DNS_FORWARD_MAX);
    judge_resolvers(&judge, APP_SECTION_CHECK, "check", "public-resolvers",
                    config->check.resolver_count, APP_PUBLIC_RESOLVERS_MAX);
    app_config_judge_check(root, config, problems);
}
