/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/sender.h"

#include <stdio.h>
#include <stdlib.h>

struct fed_sender_op {
    struct dns_route_op *route_op;
    struct fed_link *link; /* borrowed */
    fed_sender_fn *fn;
    void *arg;
};

static void take(const struct dns_endpoint *endpoint, struct fed_sender_tlsa *ret)
{
    if (endpoint->tlsa_state != DNS_TLSA_USABLE)
        return;
    for (size_t i = 0; i < endpoint->tlsa_count && ret->count < FED_SENDER_TLSA_MAX; i++)
        ret->set[ret->count++] = endpoint->tlsa[i];
}

/* In an unsigned zone DANE does not apply, and servers that stumble over SRV or TLSA are common. */
static bool is_signed(const struct dns_route *route)
{
    for (size_t i = 0; i < route->endpoint_count; i++)
        if (route->endpoints[i].srv_security == DNS_SECURE)
            return true;
    return false;
}

static bool has_failed_answer(const struct dns_route *route)
{
    for (size_t i = 0; i < route->answer_count; i++)
        if (route->answers[i]->outcome == DNS_FAILED)
            return true;
    return false;
}

void fed_sender_tlsa_of(const struct dns_route *route, struct fed_sender_tlsa *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < route->endpoint_count; i++)
        take(&route->endpoints[i], ret);
    /* Who holds one answer back must not win PKIX for it (RFC 7673, 3.4). */
    bool is_unknown = route->outcome == DNS_ROUTE_FAILED || route->outcome == DNS_ROUTE_BOGUS;
    ret->has_failed = is_signed(route) ? has_failed_answer(route) : is_unknown;
}

/* What of the route could not be looked up, in words. */
static void say_failure(const struct dns_route *route, struct fed_evidence *ret)
{
    char text[DNS_FAILURE_TEXT_MAX];
    for (size_t i = 0; i < route->answer_count; i++) {
        if (route->answers[i]->outcome != DNS_FAILED)
            continue;
        dns_answer_failure_text(route->answers[i], text);
        snprintf(ret->text, sizeof(ret->text), "%.150s", text);
        return;
    }
    snprintf(ret->text, sizeof(ret->text), "%.150s", route->sentence);
}

static void judge(struct fed_link *link, const struct dns_route *route, struct fed_evidence *ret)
{
    struct fed_sender_tlsa tlsa;
    struct gp_err err = {0};
    fed_sender_tlsa_of(route, &tlsa);
    if (tlsa.count > 0 && fed_link_tls_match(link, tlsa.set, tlsa.count, ret, &err) != GP_OK) {
        ret->found = FED_FOUND_FAILED;
        snprintf(ret->text, sizeof(ret->text), "%.150s", err.text);
    } else if (ret->found != FED_FOUND_MATCH && tlsa.has_failed) {
        ret->found = FED_FOUND_FAILED;
        say_failure(route, ret);
    }
}

static void on_route(void *arg, struct dns_route *route)
{
    struct fed_sender_op *op = arg;
    struct fed_evidence evidence = {.source = FED_SOURCE_TLSA};
    fed_sender_fn *fn = op->fn;
    void *fn_arg = op->arg;
    judge(op->link, route, &evidence);
    dns_route_destroy(route);
    free(op);
    fn(fn_arg, &evidence);
}

enum gp_code fed_sender_start(struct fed_context *context, struct fed_link *link,
                              const struct dns_domain *sender, fed_sender_fn *fn, void *arg,
                              struct fed_sender_op **ret, struct gp_err *err)
{
    struct fed_sender_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    op->link = link;
    op->fn = fn;
    op->arg = arg;
    enum gp_code code = dns_route_start(context->resolver, &context->route, context->rnd, sender,
                                        NULL, on_route, op, &op->route_op, err);
    if (code == GP_OK)
        *ret = op;
    else
        free(op);
    return code;
}

void fed_sender_cancel(struct fed_sender_op *op)
{
    if (!op)
        return;
    dns_route_cancel(op->route_op);
    free(op);
}
