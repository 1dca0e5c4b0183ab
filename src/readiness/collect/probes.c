/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to each address of each endpoint, each on its own. */
#include "readiness/collect/collecting.h"

#include <stdio.h>
#include <stdlib.h>

#define PER_ADDRESS_MAX  4
#define PROBE_TIMEOUT_MS 15000
#define APEX_TIMEOUT_MS  5000 /* where mostly nobody is, and a firewall is silent */
#define ANNOUNCED_MAX    256  /* at a time; the gateway remembers a few times as many */

struct probe_op {
    struct app_op op;
    struct app_seen_probe *into;
    struct fed_probe *probe;
    struct dns_tlsa tlsa[DNS_ROUTE_TLSA_MAX]; /* data borrowed from the answer */
};

static void begin(struct app_collect *collect, struct app_seen_probe *probe);

static struct app_seen_probe *add_probe(struct app_collect *collect,
                                        struct app_seen_endpoint *endpoint,
                                        enum app_probe_kind kind, const struct dns_domain *domain,
                                        const struct gp_addr *addr)
{
    struct app_seen_probe *probe = app_seen_probe(collect->seen, endpoint);
    if (!probe) {
        collect->has_failed = true;
        return NULL;
    }
    probe->kind = kind;
    probe->domain = *domain;
    probe->service = endpoint->service;
    probe->addr = *addr;
    probe->addr.port = endpoint->srv.port;
    return probe;
}

/* Whether what is looked at there is how well it serves partners. */
static bool is_to_serve(const struct app_seen_endpoint *endpoint)
{
    return endpoint->role == APP_ENDPOINT_PUBLISHED || endpoint->role == APP_ENDPOINT_PLANNED;
}

/* After the probe has failed at the protocol: does the other one work there (V9)? */
static void try_crossed(struct app_collect *collect, const struct app_seen_probe *failed)
{
    struct app_seen_probe *probe =
        add_probe(collect, failed->endpoint, APP_PROBE_CROSSED, &failed->domain, &failed->addr);
    if (!probe)
        return;
    probe->service =
        failed->service == DNS_SERVICE_STARTTLS ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS;
    begin(collect, probe);
}

/* Where TLS works: does it, too, for who asks for the host by SNI (T4)? */
static void try_target(struct app_collect *collect, const struct app_seen_probe *secured)
{
    struct dns_name name;
    dns_name_from_domain(&secured->domain, &name);
    if (dns_name_equal(&name, &secured->endpoint->srv.target))
        return;
    struct app_seen_probe *probe = add_probe(collect, secured->endpoint, APP_PROBE_TARGET_SNI,
                                             &secured->domain, &secured->addr);
    if (probe)
        begin(collect, probe);
}

static void take_result(struct app_collect *collect, struct app_seen_probe *into,
                        struct fed_probe_result *result)
{
    enum fed_probe_stage spoken =
        into->service == DNS_SERVICE_STARTTLS ? FED_PROBE_ANSWERED : FED_PROBE_SECURED;
    into->result = result;
    into->seen = APP_CAME;
    into->why = NULL;
    if (into->kind != APP_PROBE_PARTNER) {
        if (into->token[0])
            app_probe_told(collect);
        return;
    }
    if (is_to_serve(into->endpoint) && result->stage > FED_PROBE_NOTHING && result->stage < spoken)
        try_crossed(collect, into);
    if (is_to_serve(into->endpoint) && result->stage >= FED_PROBE_SECURED)
        try_target(collect, into);
    if (into->token[0])
        app_want_seen(collect, into);
}

static void on_result(void *arg, struct fed_probe_result *result)
{
    struct probe_op *op = arg;
    take_result(op->op.collect, op->into, result);
    app_op_done(&op->op);
}

static bool is_of_rehearsal(enum app_probe_kind kind)
{
    return kind == APP_PROBE_DIALBACK || kind == APP_PROBE_QUESTION || kind == APP_PROBE_MADE_KEY ||
           kind == APP_PROBE_WRONG_KEY;
}

/* As the stand-in, whose server knows the keys of its settings. */
static void set_rehearsal(struct fed_probe_setup *setup, const struct app_collect *collect,
                          const struct app_seen_probe *into, char call[APP_CALL_MAX])
{
    const struct app_seen_domain *domain = app_seen_domain(collect->seen, &into->domain);
    const struct app_seen_rehearsal *rehearsal = &domain->rehearsal;
    setup->as = &rehearsal->stand_in;
    setup->token = rehearsal->token[0] ? rehearsal->token : NULL;
    setup->purpose = FED_OUT_VERIFY;
    setup->takes_clear = true; /* older gateways do it so, and no secret is in it */
    if (collect->setup.probe_domain && collect->setup.probe_domain->certificate) {
        setup->tls = collect->probe_domain_tls;
        setup->shows_certificate = true;
    }
    if (into->kind == APP_PROBE_DIALBACK) {
        setup->purpose = FED_OUT_REHEARSE;
        setup->settings = fed_rehearsal_settings(collect->rehearsal);
        if (collect->setup.probe_domain) {
            app_put_call(collect, &domain->domain, call);
            setup->last_word = call;
        }
    } else if (into->kind == APP_PROBE_QUESTION) {
        setup->verify_id = rehearsal->stream_id;
        setup->verify_key = rehearsal->key;
    } else {
        setup->verify_id = rehearsal->made_id;
        setup->verify_key =
            into->kind == APP_PROBE_MADE_KEY ? rehearsal->made_key : rehearsal->wrong_key;
    }
}

/* Whom a look at a stranger's server comes as: nobody's domain (RFC 6761, 6.4), and no certificate.
 */
static const struct dns_domain nobody = {"gatepost-check.invalid"};

static enum gp_code start_probe(struct app_op *base, struct gp_err *err)
{
    struct probe_op *op = (struct probe_op *)base;
    const struct app_collect *collect = base->collect;
    const struct app_seen_probe *into = op->into;
    const struct app_seen_rrset *tlsa = into->endpoint->tlsa;
    char target[DNS_NAME_TEXT_MAX], call[APP_CALL_MAX];
    struct fed_probe_setup setup = {
        .loop = collect->setup.loop,
        .settings = &collect->setup.config->federation,
        .sessions = &base->collect->sessions,
        .tls = collect->setup.tls,
        .addr = into->addr,
        .service = into->service,
        .domain = into->domain,
        .as = collect->setup.config->is_public ? &nobody : NULL,
        .server_name = into->kind == APP_PROBE_TARGET_SNI
                           ? dns_name_text(&into->endpoint->srv.target, target)
                           : NULL,
        .purpose = FED_OUT_LOOK,
        .offers_alpn = into->kind != APP_PROBE_NO_ALPN,
        .tlsa = op->tlsa,
        .token = into->token[0] ? into->token : NULL,
        .timeout_ms =
            into->endpoint->role == APP_ENDPOINT_APEX ? APEX_TIMEOUT_MS : PROBE_TIMEOUT_MS,
    };
    if (tlsa && tlsa->seen == APP_CAME)
        (void)dns_tlsa_judge(tlsa->answer, op->tlsa, DNS_ROUTE_TLSA_MAX, &setup.tlsa_count);
    if (is_of_rehearsal(into->kind))
        set_rehearsal(&setup, collect, into, call);
    return fed_probe_start(&setup, on_result, op, &op->probe, err);
}

static void give_up_probe(struct app_op *base, const char *why)
{
    struct probe_op *op = (struct probe_op *)base;
    op->into->seen = APP_NOTHING_CAME;
    op->into->why = why;
    if (op->into->token[0])
        app_probe_told(base->collect);
}

static void cancel_probe(struct app_op *base)
{
    fed_probe_cancel(((struct probe_op *)base)->probe);
}

static const struct app_op_type probe_type = {
    .start = start_probe, .give_up = give_up_probe, .cancel = cancel_probe};

static void connect_probe(struct app_collect *collect, struct app_seen_probe *probe)
{
    struct probe_op *op = calloc(1, sizeof(*op));
    if (op) {
        op->into = probe;
        op->op.domain = probe->endpoint->domain;
    }
    app_op_add(collect, op ? &op->op : NULL, &probe_type,
               app_lane_of(&collect->peers, &probe->addr, PER_ADDRESS_MAX));
}

/* Of thousands the gateway would have forgotten the first ones before they come. */
static void announce_next(struct app_collect *collect)
{
    while (collect->unannounced && collect->announced_count < ANNOUNCED_MAX) {
        struct app_seen_probe *probe = collect->unannounced;
        collect->unannounced = probe->next_unannounced;
        if (!collect->unannounced)
            collect->unannounced_end = &collect->unannounced;
        collect->announced_count++;
        gp_rnd_id(probe->token);
        app_want_expect(collect, probe, connect_probe);
    }
}

void app_probe_told(struct app_collect *collect)
{
    collect->announced_count--;
    announce_next(collect);
}

/* With its token announced, if there is a gateway to announce it to. */
static void begin(struct app_collect *collect, struct app_seen_probe *probe)
{
    const struct app_seen_gateway *gateway = &collect->seen->gateway;
    probe->is_wanted = true;
    if (gateway->seen == APP_CAME) {
        *collect->unannounced_end = probe;
        collect->unannounced_end = &probe->next_unannounced;
        announce_next(collect);
    } else {
        probe->told_why = gateway->why;
        connect_probe(collect, probe);
    }
}

void app_want_rehearsal_probe(struct app_collect *collect, const struct app_seen_probe *partner,
                              enum app_probe_kind kind)
{
    struct app_seen_probe *probe =
        add_probe(collect, partner->endpoint, kind, &partner->domain, &partner->addr);
    if (!probe)
        return;
    probe->is_wanted = true;
    connect_probe(collect, probe);
}

static bool is_permitted(const struct app_config *config, const struct gp_addr *addr)
{
    for (size_t i = 0; i < config->federation.network_count; i++)
        if (gp_network_has(&config->federation.networks[i], addr))
            return true;
    return gp_addr_reach(addr) == GP_REACH_PUBLIC;
}

static bool lives_on(const struct app_domain *domain, const struct app_seen_endpoint *endpoint)
{
    for (size_t i = 0; i < domain->host_count; i++) {
        const struct app_host *host = &domain->hosts[i];
        uint16_t port =
            endpoint->service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
        if (port == endpoint->srv.port && dns_name_equal(&host->name, &endpoint->srv.target))
            return true;
    }
    return false;
}

/* For the domains on the same host that are not checked themselves (T7). */
static void add_neighbours(struct app_collect *collect, struct app_seen_endpoint *endpoint,
                           const struct gp_addr *addr)
{
    for (size_t i = 0; i < collect->unchecked_count; i++) {
        const struct app_domain *domain = collect->unchecked[i];
        struct app_seen_probe *probe =
            lives_on(domain, endpoint)
                ? add_probe(collect, endpoint, APP_PROBE_SNI, &domain->name, addr)
                : NULL;
        if (probe)
            begin(collect, probe);
    }
}

/* Whether another endpoint has the same name, port, service, and a probe of the address. */
static bool is_covered(const struct app_seen_domain *domain,
                       const struct app_seen_endpoint *endpoint, const struct gp_addr *addr)
{
    for (const struct app_seen_endpoint *at = domain->endpoints; at != endpoint; at = at->next) {
        if (at->service != endpoint->service || at->srv.port != endpoint->srv.port ||
            !dns_name_equal(&at->srv.target, &endpoint->srv.target))
            continue;
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (gp_addr_same_host(&probe->addr, addr))
                return true;
    }
    return false;
}

static bool is_probed(const struct app_seen_endpoint *endpoint, const struct gp_addr *addr)
{
    for (const struct app_seen_probe *probe = endpoint->probes; probe; probe = probe->next)
        if (gp_addr_same_host(&probe->addr, addr))
            return true;
    return false;
}

static void add_address(struct app_collect *collect, const struct app_seen_domain *domain,
                        struct app_seen_endpoint *endpoint, const struct gp_addr *addr)
{
    if (is_probed(endpoint, addr) ||
        (endpoint->role != APP_ENDPOINT_PUBLISHED && is_covered(domain, endpoint, addr)))
        return;
    struct app_seen_probe *probe =
        add_probe(collect, endpoint, APP_PROBE_PARTNER, &domain->domain, addr);
    if (!probe)
        return;
    if (!is_permitted(collect->setup.config, addr)) {
        probe->why = "its address is not public, so that nobody connects there (A5)";
        return;
    }
    begin(collect, probe);
    if (!is_to_serve(endpoint))
        return;
    if (endpoint->service == DNS_SERVICE_DIRECT_TLS) {
        probe = add_probe(collect, endpoint, APP_PROBE_NO_ALPN, &domain->domain, addr);
        if (probe)
            begin(collect, probe);
    }
    add_neighbours(collect, endpoint, addr);
}

static void add_published(struct app_collect *collect, const struct app_seen_domain *domain,
                          struct app_seen_endpoint *endpoint)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(endpoint->addresses); i++) {
        const struct app_seen_rrset *rrset = endpoint->addresses[i];
        size_t count = 0;
        const struct dns_rdata *records = rrset ? app_seen_records(rrset, &count) : NULL;
        for (size_t k = 0; k < count && k < DNS_ROUTE_ADDRESS_MAX; k++) {
            struct gp_addr addr;
            if (dns_addr_decode(rrset->type, records[k], &addr) == GP_OK)
                add_address(collect, domain, endpoint, &addr);
        }
    }
}

static void add_addresses(struct app_collect *collect, const struct app_seen_domain *domain,
                          struct app_seen_endpoint *endpoint, const struct gp_addr *addresses,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_address(collect, domain, endpoint, &addresses[i]);
}

void app_want_probes(struct app_collect *collect, struct app_seen_domain *domain,
                     struct app_seen_endpoint *endpoint)
{
    const struct app_domain *config = app_config_domain(collect->setup.config, &domain->domain);
    const struct app_legacy *legacy = config->legacy;
    if (endpoint->role != APP_ENDPOINT_PLANNED)
        add_published(collect, domain, endpoint);
    if (endpoint->role == APP_ENDPOINT_LEGACY)
        add_addresses(collect, domain, endpoint, legacy->addresses, legacy->address_count);
    for (size_t i = 0; i < config->host_count && endpoint->role == APP_ENDPOINT_PLANNED; i++)
        if (dns_name_equal(&config->hosts[i].name, &endpoint->srv.target))
            add_addresses(collect, domain, endpoint, config->hosts[i].addresses,
                          config->hosts[i].address_count);
}
