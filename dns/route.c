/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/route_impl.h"

#include "dns/resolver_impl.h"

#include <stdlib.h>

#define DEFAULT_PORT        5269 /* RFC 6120, 14.7 */
#define LOOKUPS_OF_DOMAIN   2    /* one for each service */
#define LOOKUPS_OF_ENDPOINT 4    /* AAAA, A, and TLSA at two names */

/* Each round begins when every answer of the one before is there. */
enum round {
    ROUND_SERVICES,
    ROUND_ADDRESSES,
    ROUND_TLSA,
    ROUND_OVER
};

struct lookup {
    struct dns_route_op *op;
    struct dns_query *query; /* NULL once answered */
};

struct dns_route_op {
    struct dns_resolver *resolver;             /* borrowed */
    const struct dns_route_settings *settings; /* borrowed */
    const struct gp_rnd *rnd;                  /* borrowed */
    dns_route_fn *fn;
    void *arg;
    struct dns_route *route; /* owned */
    enum round round;
    size_t pending;
    size_t lookup_max;
    size_t max_targets;     /* as the settings had it at the start: lookup_max comes from it */
    struct lookup *lookups; /* owned; each fills the answer of its index */
    struct gp_task deliver;
};

void dns_route_destroy(struct dns_route *route)
{
    if (!route)
        return;
    for (size_t i = 0; i < route->answer_count; i++)
        dns_answer_destroy(route->answers[i]);
    free(route->answers);
    free(route->endpoints);
    free(route);
}

static void release(struct dns_route_op *op)
{
    for (size_t i = 0; op->route && i < op->route->answer_count; i++)
        dns_query_cancel(op->lookups[i].query);
    gp_task_cancel(&op->deliver);
    dns_route_destroy(op->route);
    free(op->lookups);
    free(op);
}

void dns_route_cancel(struct dns_route_op *op)
{
    if (op)
        release(op);
}

static void on_deliver(void *arg)
{
    struct dns_route_op *op = arg;
    struct dns_route *route = op->route;
    dns_route_fn *fn = op->fn;
    void *fn_arg = op->arg;
    op->route = NULL;
    release(op);
    fn(fn_arg, route);
}

static void finish(struct dns_route_op *op)
{
    op->round = ROUND_OVER;
    gp_task_post(&op->deliver);
}

/* The lookup could not be carried through: what is known so far is no ground for a decision. */
static void give_up(struct dns_route_op *op, const char *why)
{
    struct dns_route *route = op->route;
    size_t kept = 0;
    for (size_t i = 0; i < route->answer_count; i++) {
        dns_query_cancel(op->lookups[i].query);
        op->lookups[i].query = NULL;
        if (route->answers[i])
            route->answers[kept++] = route->answers[i];
    }
    route->answer_count = kept;
    route->endpoint_count = 0;
    route->outcome = DNS_ROUTE_FAILED;
    dns_route_say(route->sentence, "%s", why);
    finish(op);
}

static void advance(struct dns_route_op *op);

static void on_answer(void *arg, struct dns_answer *answer)
{
    struct lookup *lookup = arg;
    struct dns_route_op *op = lookup->op;
    lookup->query = NULL;
    op->route->answers[lookup - op->lookups] = answer;
    op->pending--;
    advance(op);
}

/* Asks what this round has not asked yet: both services may have the same target. */
static enum gp_code ask(struct dns_route_op *op, const struct dns_name *name, enum dns_type type,
                        struct gp_err *err)
{
    struct dns_route *route = op->route;
    for (size_t i = 0; i < route->answer_count; i++) {
        const struct dns_query *query = op->lookups[i].query;
        if (query && query->type == type && dns_name_equal(&query->name, name))
            return GP_OK;
    }
    GP_ASSERT(route->answer_count < op->lookup_max);
    struct lookup *lookup = &op->lookups[route->answer_count];
    lookup->op = op;
    enum gp_code code =
        dns_resolver_ask(op->resolver, name, type, on_answer, lookup, &lookup->query, err);
    if (code == GP_OK) {
        route->answer_count++;
        op->pending++;
    }
    return code;
}

static enum gp_code ask_services(struct dns_route_op *op, struct gp_err *err)
{
    struct dns_name domain, name;
    enum gp_code code = GP_OK;
    dns_name_from_domain(&op->route->domain, &domain);
    for (int service = 0; code == GP_OK && service < DNS_SERVICE_COUNT; service++) {
        code = dns_name_below(dns_service_labels((enum dns_service)service), &domain, &name);
        if (code != GP_OK)
            return gp_err_set(err, code, "%s is too long for a service name",
                              op->route->domain.ascii);
        code = ask(op, &name, DNS_TYPE_SRV, err);
    }
    return code;
}

static enum gp_code ask_addresses(struct dns_route_op *op, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; code == GP_OK && i < op->route->endpoint_count; i++) {
        struct dns_endpoint *endpoint = &op->route->endpoints[i];
        dns_endpoint_check(endpoint);
        if (endpoint->skip[0] != '\0')
            continue;
        code = ask(op, &endpoint->srv.target, DNS_TYPE_AAAA, err);
        if (code == GP_OK)
            code = ask(op, &endpoint->srv.target, DNS_TYPE_A, err);
    }
    return code;
}

static enum gp_code ask_tlsa(struct dns_route_op *op, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < op->route->endpoint_count; i++) {
        const struct dns_endpoint *endpoint = &op->route->endpoints[i];
        const struct dns_name *bases[DNS_ENDPOINT_BASES_MAX];
        size_t count = dns_endpoint_tlsa_bases(endpoint, bases);
        for (size_t k = 0; code == GP_OK && k < count; k++) {
            struct dns_name name;
            if (dns_endpoint_tlsa_name(endpoint, bases[k], &name) == GP_OK)
                code = ask(op, &name, DNS_TYPE_TLSA, err);
        }
    }
    return code;
}

static enum gp_code make_endpoints(struct dns_route *route, size_t count, struct gp_err *err)
{
    route->endpoints = calloc(count, sizeof(*route->endpoints));
    if (!route->endpoints)
        return gp_err_nomem(err);
    route->endpoint_count = count;
    return GP_OK;
}

static void add_entries(struct dns_srv_entry *entries, size_t *count, enum dns_service service,
                        const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct dns_srv srv;
        if (dns_srv_decode(answer->records[i], &srv) == GP_OK && !dns_name_is_root(&srv.target))
            entries[(*count)++] = (struct dns_srv_entry){
                .service = service, .security = answer->security, .srv = srv};
    }
}

static enum gp_code take_srv(struct dns_route_op *op, enum dns_service_plan plan,
                             const struct dns_answer *direct_tls, const struct dns_answer *starttls,
                             struct gp_err *err)
{
    struct dns_route *route = op->route;
    size_t count = 0;
    struct dns_srv_entry *entries =
        calloc(direct_tls->count + starttls->count + 1, sizeof(*entries));
    if (!entries)
        return gp_err_nomem(err);
    if (plan != DNS_PLAN_STARTTLS_ONLY)
        add_entries(entries, &count, DNS_SERVICE_DIRECT_TLS, direct_tls);
    if (plan != DNS_PLAN_DIRECT_ONLY)
        add_entries(entries, &count, DNS_SERVICE_STARTTLS, starttls);
    dns_srv_order(entries, count, op->rnd);
    if (count > op->max_targets)
        count = op->max_targets;
    enum gp_code code = make_endpoints(route, count, err);
    for (size_t i = 0; code == GP_OK && i < count; i++) {
        struct dns_endpoint *endpoint = &route->endpoints[i];
        endpoint->origin = DNS_FROM_SRV;
        endpoint->service = entries[i].service;
        endpoint->srv = entries[i].srv;
        endpoint->srv_security = entries[i].security;
    }
    free(entries);
    return code;
}

/* The one endpoint of a route without SRV records (spec-digest c.2, c.7). */
static enum gp_code take_host(struct dns_route *route, enum dns_origin origin,
                              enum dns_service service, const struct dns_name *host, uint16_t port,
                              struct gp_err *err)
{
    enum gp_code code = make_endpoints(route, 1, err);
    if (code != GP_OK)
        return code;
    route->endpoints[0].origin = origin;
    route->endpoints[0].service = service;
    route->endpoints[0].srv = (struct dns_srv){.port = port, .target = *host};
    return GP_OK;
}

/* Makes the endpoints, or ends the operation where there can be none. */
static enum gp_code take_services(struct dns_route_op *op, struct gp_err *err)
{
    /* the order of ask_services() */
    const struct dns_answer *direct_tls = op->route->answers[DNS_SERVICE_DIRECT_TLS];
    const struct dns_answer *starttls = op->route->answers[DNS_SERVICE_STARTTLS];
    enum dns_service_plan plan = dns_service_plan(direct_tls, starttls);
    struct dns_name domain;
    switch (plan) {
    case DNS_PLAN_BOTH:
    case DNS_PLAN_DIRECT_ONLY:
    case DNS_PLAN_STARTTLS_ONLY:
        return take_srv(op, plan, direct_tls, starttls, err);
    case DNS_PLAN_FALLBACK:
        dns_name_from_domain(&op->route->domain, &domain);
        return take_host(op->route, DNS_FROM_FALLBACK, DNS_SERVICE_STARTTLS, &domain, DEFAULT_PORT,
                         err);
    case DNS_PLAN_NO_SERVICE:
    case DNS_PLAN_FAILED:
        break;
    }
    dns_route_conclude_services(op->route, plan);
    finish(op);
    return GP_OK;
}

/* One round's answers are complete: makes use of them and asks for those of the next. */
static enum gp_code next_round(struct dns_route_op *op, struct gp_err *err)
{
    struct dns_route *route = op->route;
    enum gp_code code;
    switch (op->round) {
    case ROUND_SERVICES:
        code = take_services(op, err);
        if (code != GP_OK || op->round == ROUND_OVER)
            return code;
        op->round = ROUND_ADDRESSES;
        return ask_addresses(op, err);
    case ROUND_ADDRESSES:
        for (size_t i = 0; i < route->endpoint_count; i++)
            if (route->endpoints[i].skip[0] == '\0')
                dns_endpoint_take_addresses(&route->endpoints[i], route, op->settings);
        op->round = ROUND_TLSA;
        return ask_tlsa(op, err);
    case ROUND_TLSA:
        for (size_t i = 0; i < route->endpoint_count; i++)
            dns_endpoint_take_tlsa(&route->endpoints[i], route);
        dns_route_conclude(route);
        finish(op);
        return GP_OK;
    case ROUND_OVER:
        break;
    }
    return GP_OK;
}

/* A round may have nothing to ask. */
static void advance(struct dns_route_op *op)
{
    while (op->pending == 0 && op->round != ROUND_OVER) {
        struct gp_err err = {0};
        if (next_round(op, &err) != GP_OK)
            give_up(op, err.text);
    }
}

static enum gp_code begin(struct dns_route_op *op, const struct dns_static_route *static_route,
                          struct gp_err *err)
{
    op->route->answers = calloc(op->lookup_max, sizeof(struct dns_answer *));
    op->lookups = calloc(op->lookup_max, sizeof(*op->lookups));
    if (!op->route->answers || !op->lookups)
        return gp_err_nomem(err);
    if (!static_route)
        return ask_services(op, err);
    enum gp_code code = take_host(op->route, DNS_FROM_STATIC, static_route->service,
                                  &static_route->host, static_route->port, err);
    op->round = ROUND_ADDRESSES;
    return code == GP_OK ? ask_addresses(op, err) : code;
}

enum gp_code dns_route_start(struct dns_resolver *resolver,
                             const struct dns_route_settings *settings, const struct gp_rnd *rnd,
                             const struct dns_domain *domain,
                             const struct dns_static_route *static_route, dns_route_fn *fn,
                             void *arg, struct dns_route_op **ret, struct gp_err *err)
{
    GP_ASSERT(dns_domain_is_set(domain) && settings->max_targets > 0);
    struct dns_route_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    op->resolver = resolver;
    op->settings = settings;
    op->rnd = rnd;
    op->fn = fn;
    op->arg = arg;
    op->max_targets = settings->max_targets;
    op->lookup_max = LOOKUPS_OF_DOMAIN + (settings->max_targets + 1) * LOOKUPS_OF_ENDPOINT;
    gp_task_init(&op->deliver, resolver->loop, on_deliver, op);
    op->route = calloc(1, sizeof(*op->route));
    enum gp_code code = gp_err_nomem(err);
    if (op->route) {
        op->route->domain = *domain;
        code = begin(op, static_route, err);
    }
    if (code != GP_OK) {
        release(op);
        return code;
    }
    if (op->pending == 0)
        advance(op); /* a static route that is refused at once */
    *ret = op;
    return GP_OK;
}
