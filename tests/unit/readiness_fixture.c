/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "base/digest.h"
#include "tests/unit/readiness_fixture_dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char config_text[] =
    "domain \"alpha.example\" {\n"
    "    certificate = \"alpha.crt\"  key = \"alpha.key\"  inside = \"bots\"\n"
    "    caa-issuer = {\"ca.example\"}\n"
    "    host \"gw1.alpha.example\" { address = {\"2001:db8::5\", \"198.51.100.5\"} }\n"
    "    %s\n"
    "}\n"
    "domain \"beta.example\" {\n"
    "    certificate = \"beta.crt\"  key = \"beta.key\"  inside = \"bots\"\n"
    "    host \"gw1.alpha.example\" { address = {\"2001:db8::5\", \"198.51.100.5\"} }\n"
    "}\n"
    "inside \"bots\" { kind = component  listen = \"127.0.0.1:5347\"  secret-file = "
    "\"bots.secret\" "
    "}\n"
    "dialback-secret-file = \"dialback.secret\"\n"
    "check { public-resolvers = {\"192.0.2.53\", \"2001:db8::53\"} }\n"
    "control { socket = \"/run/gatepost/control.sock\" }\n";

static void load_config(struct fixture *fx, const char *options)
{
    char text[2000];
    struct gp_err err = {0};
    snprintf(text, sizeof(text), config_text, options);
    if (app_config_parse(gp_span_text(text), "/etc/gatepost/gatepost.conf", &fx->config, NULL,
                         &err) != GP_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < fx->config->domain_count; i++) {
        struct app_domain *domain = &fx->config->domains[i];
        fixture_digest_key(i == 0 ? FX_OWN_KEY : "beta", domain->spki_sha256);
        domain->not_before_s = FX_NOW_S - 10 * FX_DAY_S;
        domain->not_after_s = FX_NOW_S + 80 * FX_DAY_S;
    }
}

static void set_one(struct fixture *fx, const char *name, enum dns_type type,
                    struct dns_rdata record)
{
    fixture_set(fx, name, type, DNS_SECURE, &record, 1);
}

void fixture_make_public(struct fixture *fx)
{
    const struct dns_domain names[] = {fx->config->domains[0].name, fx->config->domains[1].name};
    app_config_destroy(fx->config);
    assert_int_equal(app_config_create_public(names, GP_ARRAY_LEN(names), &fx->config, NULL),
                     GP_OK);
}

void fixture_begin(struct fixture *fx, const char *options)
{
    *fx = (struct fixture){.phase = APP_GATE, .now_s = FX_NOW_S, .seen = app_observations_create()};
    assert_non_null(fx->seen);
    load_config(fx, options);
    fx->seen->started_s = FX_NOW_S;
    fx->seen->duration_ms = 1200;
    fx->seen->has_ipv4 = fx->seen->has_ipv6 = true;
    set_one(fx, FX_ZONE, DNS_TYPE_NS, fixture_ns(fx, "ns1.example"));
    set_one(fx, FX_STARTTLS_SRV, DNS_TYPE_SRV, fixture_srv(fx, 10, 5269, FX_HOST));
    set_one(fx, FX_DIRECT_SRV, DNS_TYPE_SRV, fixture_srv(fx, 10, 5270, FX_HOST));
    set_one(fx, FX_HOST, DNS_TYPE_AAAA, fixture_addr(fx, FX_IPV6));
    set_one(fx, FX_HOST, DNS_TYPE_A, fixture_addr(fx, FX_IPV4));
    set_one(fx, FX_TLSA, DNS_TYPE_TLSA, fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY));
    set_one(fx, FX_DIRECT_TLSA, DNS_TYPE_TLSA, fixture_tlsa(fx, 3, 1, 1, FX_OWN_KEY));
    set_one(fx, "alpha.example", DNS_TYPE_DNSKEY, fixture_dnskey(fx, "zone"));
    set_one(fx, "alpha.example", DNS_TYPE_DS, fixture_ds(fx, "zone"));
}

/* Endpoints and probes. */

static void set_key(struct fed_cert *cert, const char *key)
{
    cert->spki_der = gp_span_text(gp_arena_text(&cert->arena, key));
    cert->der = gp_span_text(fixture_certificate(key));
    fixture_digest_key(key, cert->spki_sha256);
}

static struct fed_cert *make_cert(void)
{
    struct fed_cert *cert = calloc(1, sizeof(*cert));
    gp_arena_init(&cert->arena, 100000);
    cert->name_count = 1;
    cert->names = gp_arena_alloc(&cert->arena, sizeof(*cert->names));
    cert->names[0] =
        (struct fed_cert_name){.kind = FED_NAME_DNS, .text = gp_span_text("alpha.example")};
    cert->is_for_server = cert->is_for_client = true;
    cert->not_before_s = FX_NOW_S - 10 * FX_DAY_S;
    cert->not_after_s = FX_NOW_S + 80 * FX_DAY_S;
    cert->subject = "CN=alpha.example";
    cert->issuer = "CN=Test Authority";
    set_key(cert, FX_OWN_KEY);
    return cert;
}

static struct fed_probe_result *make_result(enum dns_service service)
{
    struct fed_probe_result *result = calloc(1, sizeof(*result));
    result->stage = FED_PROBE_LOGGED_IN;
    result->reason = FED_CLOSE_DONE;
    result->hello[0] = result->hello[1] =
        (struct fed_hello){.is_seen = true, .has_id = true, .has_version = true};
    snprintf(result->hello[1].from, sizeof(result->hello[1].from), "alpha.example");
    result->offer = (struct fed_offer){.is_known = true,
                                       .starttls = service == DNS_SERVICE_STARTTLS,
                                       .starttls_required = service == DNS_SERVICE_STARTTLS,
                                       .external = true};
    result->tls = calloc(1, sizeof(*result->tls));
    result->tls->peer = make_cert();
    result->tls->chain = FED_CHAIN_TRUSTED;
    result->tls->chain_not_after_s = FX_NOW_S + 80 * FX_DAY_S;
    result->tls->dane = FED_DANE_MATCHED;
    snprintf(result->tls->dane_text, sizeof(result->tls->dane_text), "3 1 1");
    result->chain[result->chain_count++] = make_cert();
    return result;
}

static struct app_seen_probe *add_probe(struct fixture *fx, struct app_seen_endpoint *endpoint,
                                        enum app_probe_kind kind, const struct gp_addr *addr)
{
    struct app_seen_probe *probe = app_seen_probe(fx->seen, endpoint);
    probe->kind = kind;
    probe->domain = fixture_domain(fx)->domain;
    probe->service = endpoint->service;
    probe->addr = probe->listener = *addr;
    probe->addr.port = probe->listener.port = endpoint->srv.port;
    probe->seen = probe->told = APP_CAME;
    probe->was_met = probe->was_logged_in = true;
    probe->result = make_result(endpoint->service);
    return probe;
}

struct app_seen_probe *fixture_add_probe(struct fixture *fx, struct app_seen_probe *beside,
                                         enum app_probe_kind kind)
{
    return add_probe(fx, beside->endpoint, kind, &beside->addr);
}

static void add_verdict(struct fixture *fx, struct app_seen_endpoint *endpoint,
                        enum app_probe_kind kind, const struct gp_addr *addr,
                        enum fed_verdict verdict)
{
    struct fed_probe_result *result = add_probe(fx, endpoint, kind, addr)->result;
    result->has_verdict = true;
    result->verdict = verdict;
}

static void add_address(struct fixture *fx, struct app_seen_endpoint *endpoint,
                        const struct gp_addr *addr)
{
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (at->service == endpoint->service && at->srv.port == endpoint->srv.port &&
                dns_name_equal(&at->srv.target, &endpoint->srv.target) &&
                gp_addr_same_host(&probe->addr, addr) && probe->kind == APP_PROBE_PARTNER)
                return;
    add_probe(fx, endpoint, APP_PROBE_PARTNER, addr);
    if (endpoint->service == DNS_SERVICE_DIRECT_TLS && endpoint->role != APP_ENDPOINT_LEGACY)
        add_probe(fx, endpoint, APP_PROBE_NO_ALPN, addr);
    if (endpoint->role != APP_ENDPOINT_LEGACY) {
        add_probe(fx, endpoint, APP_PROBE_TARGET_SNI, addr);
        add_probe(fx, endpoint, APP_PROBE_DIALBACK, addr);
    }
    add_verdict(fx, endpoint, APP_PROBE_QUESTION, addr, FED_VERDICT_VALID);
    add_verdict(fx, endpoint, APP_PROBE_MADE_KEY, addr, FED_VERDICT_VALID);
    add_verdict(fx, endpoint, APP_PROBE_WRONG_KEY, addr, FED_VERDICT_INVALID);
}

/* As collect/endpoints.c makes it. */
static void add_endpoint(struct fixture *fx, const struct app_seen_endpoint *what)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    struct app_seen_endpoint *endpoint = app_seen_endpoint(fx->seen, fixture_domain(fx)), *next;
    char name[DNS_NAME_TEXT_MAX], owner[DNS_NAME_TEXT_MAX + 16];
    next = endpoint->next;
    *endpoint = *what;
    endpoint->next = next;
    if (dns_name_is_root(&endpoint->srv.target))
        return;
    dns_name_text(&endpoint->srv.target, name);
    snprintf(owner, sizeof(owner), "_%u._tcp.%s", endpoint->srv.port, name);
    if (endpoint->origin == DNS_FROM_SRV) {
        fixture_set_aside(fx, owner, DNS_TYPE_A, DNS_SECURE, NULL, 0);
        endpoint->tlsa = fixture_rrset(fx, owner, DNS_TYPE_TLSA);
        if (endpoint->tlsa->seen == APP_NOT_ASKED)
            fixture_set(fx, owner, DNS_TYPE_TLSA, DNS_SECURE, NULL, 0);
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++) {
        struct app_seen_rrset *rrset = fixture_rrset(fx, name, types[i]);
        size_t count = 0;
        if (rrset->seen == APP_NOT_ASKED)
            fixture_set(fx, name, types[i], DNS_SECURE, NULL, 0);
        const struct dns_rdata *records = app_seen_records(rrset, &count);
        endpoint->addresses[i] = rrset;
        for (size_t k = 0; k < count && endpoint->role != APP_ENDPOINT_PLANNED; k++) {
            struct gp_addr addr;
            if (dns_addr_decode(rrset->type, records[k], &addr) == GP_OK)
                add_address(fx, endpoint, &addr);
        }
    }
}

static struct app_seen_endpoint *last_endpoint(struct fixture *fx)
{
    struct app_seen_endpoint *last = fixture_domain(fx)->endpoints;
    while (last->next)
        last = last->next;
    return last;
}

static void add_published(struct fixture *fx, enum dns_service service, struct dns_rdata data)
{
    struct app_seen_endpoint endpoint = {
        .origin = DNS_FROM_SRV, .service = service, .srv_is_secure = true};
    if (dns_srv_decode(data, &endpoint.srv) == GP_OK)
        add_endpoint(fx, &endpoint);
}

static void add_planned(struct fixture *fx, const struct app_host *host, enum dns_service service,
                        uint16_t port)
{
    const struct app_seen_endpoint endpoint = {.role = APP_ENDPOINT_PLANNED,
                                               .origin = DNS_FROM_SRV,
                                               .service = service,
                                               .srv_is_secure = true,
                                               .srv = {.priority = host->priority,
                                                       .weight = host->weight,
                                                       .port = port,
                                                       .target = host->name}};
    add_endpoint(fx, &endpoint);
    for (size_t i = 0; i < host->address_count; i++)
        add_address(fx, last_endpoint(fx), &host->addresses[i]);
}

static void add_legacy(struct fixture *fx, const struct app_legacy *legacy)
{
    for (size_t i = 0; i < legacy->host_count; i++) {
        const struct app_seen_endpoint endpoint = {
            .role = APP_ENDPOINT_LEGACY,
            .origin = DNS_FROM_STATIC,
            .service = DNS_SERVICE_STARTTLS,
            .srv = {.port = legacy->hosts[i].port, .target = legacy->hosts[i].host}};
        add_endpoint(fx, &endpoint);
        for (size_t k = 0; k < legacy->address_count; k++)
            add_address(fx, last_endpoint(fx), &legacy->addresses[k]);
    }
}

static void add_configured(struct fixture *fx)
{
    const struct app_domain *domain = &fx->config->domains[0];
    for (size_t i = 0; i < domain->host_count; i++) {
        const struct app_host *host = &domain->hosts[i];
        add_planned(fx, host, DNS_SERVICE_STARTTLS, host->starttls_port);
        add_planned(fx, host, DNS_SERVICE_DIRECT_TLS, host->direct_tls_port);
    }
    if (domain->legacy)
        add_legacy(fx, domain->legacy);
    struct app_seen_endpoint apex = {.role = APP_ENDPOINT_APEX,
                                     .origin = DNS_FROM_FALLBACK,
                                     .service = DNS_SERVICE_STARTTLS,
                                     .srv = {.port = 5269}};
    dns_name_from_domain(&domain->name, &apex.srv.target);
    add_endpoint(fx, &apex);
}

void fixture_legacy_in_dns(struct fixture *fx)
{
    set_one(fx, FX_LEGACY_HOST, DNS_TYPE_A, fixture_addr(fx, FX_LEGACY_IPV4));
}

void fixture_before_switch(struct fixture *fx)
{
    fixture_legacy_in_dns(fx);
    fixture_set_srv(fx, FX_STARTTLS_SRV, 5269, FX_LEGACY_HOST);
    fixture_remove(fx, FX_DIRECT_SRV, DNS_TYPE_SRV);
}

struct app_seen_domain *fixture_domain(struct fixture *fx)
{
    return app_seen_domain(fx->seen, &fx->config->domains[0].name);
}

static void make_partner(struct fixture *fx)
{
    const struct dns_domain name = {"delta.example"};
    struct app_seen_partner *partner = app_seen_partner(fx->seen, &name);
    fx->seen->has_partners = fx->seen->has_pings = true;
    partner->ping = (struct app_seen_ping){
        .seen = APP_CAME, .outcome = FED_PING_ANSWERED, .took_ms = 12, .sentence = ""};
    partner->seen = APP_CAME;
    partner->route = calloc(1, sizeof(*partner->route));
    for (size_t i = 0; i < 2; i++) {
        struct app_seen_look *look = app_seen_look(fx->seen, partner);
        look->seen = APP_CAME;
        look->addr.family = GP_IPV4;
        look->result = make_result(DNS_SERVICE_STARTTLS);
    }
    snprintf(partner->route->sentence, sizeof(partner->route->sentence), "by its service records");
}

static void make_gateway(struct fixture *fx)
{
    struct app_seen_gateway *gateway = &fx->seen->gateway;
    const struct app_domain *domain = &fx->config->domains[0];
    char *hex = gp_arena_alloc(&fx->seen->arena, GP_DIGEST_HEX_MAX);
    gateway->seen = APP_CAME;
    gateway->why = NULL;
    gateway->version = "0.1.0";
    gateway->started = "2027-01-15T08:00:00Z";
    gateway->config_path = fx->config->path;
    gateway->config_digest = fx->config->digest;
    gateway->home_count = 1;
    gateway->homes = gp_arena_alloc(&fx->seen->arena, sizeof(*gateway->homes));
    gateway->homes[0] =
        (struct app_seen_home){.domain = domain->name,
                               .spki_hex = gp_digest_hex(domain->spki_sha256, 32, hex),
                               .is_inside_known = true,
                               .is_inside_up = true};
}

void fixture_derive(struct fixture *fx)
{
    static const enum dns_service services[] = {DNS_SERVICE_STARTTLS, DNS_SERVICE_DIRECT_TLS};
    static const char *const owners[] = {FX_STARTTLS_SRV, FX_DIRECT_SRV};
    struct app_seen_domain *domain = fixture_domain(fx);
    struct gp_err err = {0};
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++) {
        size_t count = 0;
        domain->srv[services[i]] = fixture_rrset(fx, owners[i], DNS_TYPE_SRV);
        const struct dns_rdata *records = app_seen_records(domain->srv[services[i]], &count);
        for (size_t k = 0; k < count; k++)
            add_published(fx, services[i], records[k]);
    }
    domain->has_endpoints = true;
    add_configured(fx);
    fixture_make_zone(fx);
    make_gateway(fx);
    domain->login = (struct app_seen_login){.seen = APP_CAME,
                                            .was_logged_in = true,
                                            .was_met = true,
                                            .sentence = "logged in",
                                            .peer_sentence = "proved by PKIX"};
    make_partner(fx);
    domain->host_meta = (struct app_seen_document){
        .seen = APP_CAME, .url = "https://alpha.example/.well-known/host-meta.json", .why = "404"};
    domain->posh = (struct app_seen_document){
        .seen = APP_CAME, .url = "https://alpha.example/.well-known/posh", .why = "404"};
    domain->rehearsal =
        (struct app_seen_rehearsal){.seen = APP_CAME,
                                    .stream_id = "id",
                                    .key = "key",
                                    .key_from = {.family = GP_IPV4, .bytes = {198, 51, 100, 5}},
                                    .login = domain->login};
    if (app_readiness_plan(fx->config, fx->seen, &fx->plan, &err) != GP_OK)
        fail_msg("%s", err.text);
}

struct app_seen_probe *fixture_probe(struct fixture *fx, uint16_t port, enum gp_family family)
{
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER && probe->addr.port == port &&
                probe->addr.family == family)
                return probe;
    fail_msg("no probe of port %u", port);
    return NULL;
}

struct app_seen_probe *fixture_probe_of(struct fixture *fx, const char *host, uint16_t port)
{
    struct dns_name name = fixture_name(host);
    for (struct app_seen_endpoint *at = fixture_domain(fx)->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (dns_name_equal(&at->srv.target, &name) && at->srv.port == port &&
                probe->kind == APP_PROBE_PARTNER && probe->addr.family == GP_IPV4)
                return probe;
    fail_msg("no probe of %s:%u", host, port);
    return NULL;
}

void fixture_stop_at(struct app_seen_probe *probe, enum fed_probe_stage stage,
                     enum fed_close reason, const char *detail)
{
    struct fed_probe_result *result = probe->result;
    result->stage = stage;
    result->reason = reason;
    snprintf(result->detail, sizeof(result->detail), "%s", detail);
    snprintf(result->sentence, sizeof(result->sentence), "%s%s%s", fed_close_text(reason),
             detail[0] ? ": " : "", detail);
    if (stage < FED_PROBE_FEATURES)
        result->offer = (struct fed_offer){.starttls = result->offer.starttls};
    result->hello[1].is_seen = stage >= FED_PROBE_GREETED;
    result->hello[0].is_seen = stage >= FED_PROBE_ANSWERED;
    if (stage >= FED_PROBE_SECURED)
        return;
    fed_tls_facts_destroy(result->tls);
    result->tls = NULL;
    while (result->chain_count > 0)
        fed_cert_destroy(result->chain[--result->chain_count]);
    probe->was_met = false;
}

void fixture_set_key(struct app_seen_probe *probe, const char *key)
{
    set_key(probe->result->tls->peer, key);
    set_key(probe->result->chain[0], key);
}

void fixture_add_authority(struct app_seen_probe *probe, const char *key)
{
    struct fed_probe_result *result = probe->result;
    result->chain[result->chain_count] = make_cert();
    set_key(result->chain[result->chain_count++], key);
}

void fixture_set_name(struct app_seen_probe *probe, const char *name)
{
    struct fed_cert *cert = probe->result->tls->peer;
    cert->names[0].text = gp_span_text(gp_arena_text(&cert->arena, name));
}

/* Judging. */

void fixture_judge(struct fixture *fx, const bool *wanted)
{
    bool all[FIXTURE_CHECKS_MAX];
    memset(all, true, sizeof(all));
    struct app_judge_input input = {
        .seen = fx->seen,
        .config = fx->config,
        .plan = fx->plan,
        .histories = fixture_histories(fx),
        .phase = fx->phase,
        .wanted = wanted ? wanted : all,
        .now_s = fx->now_s,
    };
    struct zone_timeline *timeline = NULL;
    if (!fx->config->is_public)
        assert_int_equal(app_timeline_create(&input, &timeline, NULL), GP_OK);
    input.timeline = timeline;
    app_findings_destroy(fx->findings);
    assert_int_equal(app_judge(&input, &fx->findings, NULL), GP_OK);
    zone_timeline_destroy(timeline);
}

void fixture_end(struct fixture *fx)
{
    app_findings_destroy(fx->findings);
    app_histories_destroy(fx->histories);
    zone_plan_destroy(fx->plan);
    app_observations_destroy(fx->seen);
    app_config_destroy(fx->config);
}
