/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/zone.h"

#include "dns/resolver_impl.h"

#include <stdio.h>
#include <stdlib.h>

#define DNS_PORT    53
#define LOOKUPS_MAX (2 * DNS_ZONE_SERVERS_MAX) /* AAAA and A of each server */

struct lookup {
    struct dns_zone_op *op;
    size_t server;
    struct dns_query *query;   /* NULL once answered */
    struct dns_answer *answer; /* owned */
};

struct dns_zone_op {
    struct dns_resolver *resolver; /* borrowed */
    dns_zone_fn *fn;
    void *arg;
    struct dns_zone *zone;  /* owned; its apex is where the climb has come to */
    struct dns_query *step; /* the SOA or the NS question */
    struct lookup lookups[LOOKUPS_MAX];
    size_t lookup_count, pending;
    struct gp_task deliver;
};

void dns_zone_destroy(struct dns_zone *zone)
{
    free(zone);
}

static void stop_lookups(struct dns_zone_op *op)
{
    for (size_t i = 0; i < op->lookup_count; i++) {
        dns_query_cancel(op->lookups[i].query);
        dns_answer_destroy(op->lookups[i].answer);
    }
    op->lookup_count = 0;
}

static void release(struct dns_zone_op *op)
{
    dns_query_cancel(op->step);
    stop_lookups(op);
    gp_task_cancel(&op->deliver);
    dns_zone_destroy(op->zone);
    free(op);
}

void dns_zone_cancel(struct dns_zone_op *op)
{
    if (op)
        release(op);
}

static void on_deliver(void *arg)
{
    struct dns_zone_op *op = arg;
    struct dns_zone *zone = op->zone;
    dns_zone_fn *fn = op->fn;
    void *fn_arg = op->arg;
    op->zone = NULL;
    release(op);
    fn(fn_arg, zone);
}

static void end_without_zone(struct dns_zone_op *op, const char *why)
{
    stop_lookups(op);
    snprintf(op->zone->failure, sizeof(op->zone->failure), "%.*s", DNS_FAILURE_TEXT_MAX - 1, why);
    gp_task_post(&op->deliver);
}

/* Adds what one answer holds; where it holds nothing, why. */
static void add_addresses(struct dns_zone_server *server, const struct dns_answer *answer)
{
    if (answer->outcome == DNS_FAILED) {
        dns_answer_failure_text(answer, server->failure);
        return;
    }
    for (size_t i = 0; i < answer->count && server->address_count < DNS_ZONE_ADDRESSES_MAX; i++) {
        struct gp_addr addr;
        if (dns_addr_decode((enum dns_type)answer->type, answer->records[i], &addr) != GP_OK)
            continue;
        addr.port = DNS_PORT;
        server->addresses[server->address_count++] = addr;
    }
}

static void end_with_zone(struct dns_zone_op *op)
{
    struct dns_zone *zone = op->zone;
    for (size_t i = 0; i < op->lookup_count; i++)
        add_addresses(&zone->servers[op->lookups[i].server], op->lookups[i].answer);
    for (size_t i = 0; i < zone->server_count; i++) {
        struct dns_zone_server *server = &zone->servers[i];
        char name[DNS_NAME_TEXT_MAX];
        if (server->address_count == 0 && server->failure[0] == '\0')
            snprintf(server->failure, sizeof(server->failure), "%s has no addresses",
                     dns_name_text(&server->name, name));
    }
    zone->is_found = true;
    gp_task_post(&op->deliver);
}

static void on_address(void *arg, struct dns_answer *answer)
{
    struct lookup *lookup = arg;
    struct dns_zone_op *op = lookup->op;
    lookup->query = NULL;
    lookup->answer = answer;
    if (--op->pending == 0)
        end_with_zone(op);
}

static enum gp_code ask_addresses(struct dns_zone_op *op, struct gp_err *err)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    for (size_t i = 0; i < op->zone->server_count; i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(types); k++) {
            struct lookup *lookup = &op->lookups[op->lookup_count];
            lookup->op = op;
            lookup->server = i;
            enum gp_code code = dns_resolver_ask(op->resolver, &op->zone->servers[i].name, types[k],
                                                 on_address, lookup, &lookup->query, err);
            if (code != GP_OK)
                return code;
            op->lookup_count++;
            op->pending++;
        }
    return GP_OK;
}

static int compare_names(const struct dns_name *a, const struct dns_name *b)
{
    char x[DNS_NAME_TEXT_MAX], y[DNS_NAME_TEXT_MAX];
    return strcmp(dns_name_text(a, x), dns_name_text(b, y));
}

/* In the order of their names, so that a report does not change with the order of an answer. */
static void add_server(struct dns_zone *zone, const struct dns_name *name)
{
    size_t at = zone->server_count;
    if (at == DNS_ZONE_SERVERS_MAX)
        return;
    for (; at > 0 && compare_names(name, &zone->servers[at - 1].name) < 0; at--)
        zone->servers[at] = zone->servers[at - 1];
    zone->servers[at] = (struct dns_zone_server){.name = *name};
    zone->server_count++;
}

static void on_servers(void *arg, struct dns_answer *answer)
{
    struct dns_zone_op *op = arg;
    char why[DNS_FAILURE_TEXT_MAX];
    struct gp_err err = {0};
    op->step = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        struct dns_name name;
        if (dns_host_decode(answer->records[i], &name) == GP_OK)
            add_server(op->zone, &name);
    }
    if (answer->security == DNS_BOGUS)
        op->zone->security = DNS_BOGUS;
    if (op->zone->server_count == 0)
        end_without_zone(op, answer->outcome == DNS_FAILED ? dns_answer_failure_text(answer, why)
                                                           : "the zone has no NS records");
    else if (ask_addresses(op, &err) != GP_OK)
        end_without_zone(op, err.text);
    dns_answer_destroy(answer);
}

static void on_soa(void *arg, struct dns_answer *answer);

static void climb(struct dns_zone_op *op)
{
    struct gp_err err = {0};
    struct dns_name parent;
    if (dns_name_is_root(&op->zone->apex)) {
        end_without_zone(op, "not even the root has a SOA record");
        return;
    }
    dns_name_parent(&op->zone->apex, &parent);
    op->zone->apex = parent;
    if (dns_resolver_ask(op->resolver, &parent, DNS_TYPE_SOA, on_soa, op, &op->step, &err) != GP_OK)
        end_without_zone(op, err.text);
}

static void on_soa(void *arg, struct dns_answer *answer)
{
    struct dns_zone_op *op = arg;
    struct dns_zone *zone = op->zone;
    char why[DNS_FAILURE_TEXT_MAX];
    struct gp_err err = {0};
    op->step = NULL;
    /* behind an alias stands the SOA of another zone; an alias itself is inside of one */
    bool is_apex = answer->outcome == DNS_RECORDS && !dns_answer_is_alias(answer);
    if (answer->outcome == DNS_FAILED ||
        (is_apex && dns_soa_decode(answer->records[0], &zone->soa) != GP_OK)) {
        zone->security = answer->security;
        end_without_zone(op, dns_answer_failure_text(answer, why));
    } else if (!is_apex) {
        climb(op);
    } else {
        zone->security = answer->security;
        zone->soa_ttl_s = answer->ttl_s;
        if (dns_resolver_ask(op->resolver, &zone->apex, DNS_TYPE_NS, on_servers, op, &op->step,
                             &err) != GP_OK)
            end_without_zone(op, err.text);
    }
    dns_answer_destroy(answer);
}

enum gp_code dns_zone_start(struct dns_resolver *resolver, const struct dns_name *name,
                            dns_zone_fn *fn, void *arg, struct dns_zone_op **ret,
                            struct gp_err *err)
{
    struct dns_zone_op *op = calloc(1, sizeof(*op));
    enum gp_code code;
    if (!op)
        return gp_err_nomem(err);
    op->resolver = resolver;
    op->fn = fn;
    op->arg = arg;
    gp_task_init(&op->deliver, resolver->loop, on_deliver, op);
    op->zone = calloc(1, sizeof(*op->zone));
    if (op->zone) {
        op->zone->apex = *name;
        code = dns_resolver_ask(resolver, name, DNS_TYPE_SOA, on_soa, op, &op->step, err);
    } else {
        code = gp_err_nomem(err);
    }
    if (code != GP_OK) {
        release(op);
        return code;
    }
    *ret = op;
    return GP_OK;
}
