/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_impl.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

void dns_resolver_init(struct dns_resolver *resolver, const struct dns_resolver_kind *kind,
                       struct gp_loop *loop, uint32_t timeout_ms)
{
    resolver->kind = kind;
    resolver->loop = loop;
    resolver->timeout_ms = timeout_ms;
    TAILQ_INIT(&resolver->queries);
}

void dns_resolver_destroy(struct dns_resolver *resolver)
{
    struct dns_query *query;
    if (!resolver)
        return;
    while ((query = TAILQ_FIRST(&resolver->queries)) != NULL)
        dns_query_cancel(query);
    resolver->kind->destroy(resolver);
}

static void release(struct dns_query *query)
{
    struct dns_resolver *resolver = query->resolver;
    TAILQ_REMOVE(&resolver->queries, query, link);
    resolver->query_count--;
    gp_task_cancel(&query->deliver);
    gp_timer_destroy(query->deadline);
    dns_answer_destroy(query->answer);
    free(query);
}

static void on_deliver(void *arg)
{
    struct dns_query *query = arg;
    struct dns_answer *answer = query->answer;
    dns_answer_fn *fn = query->fn;
    void *fn_arg = query->arg;
    query->answer = NULL;
    release(query);
    fn(fn_arg, answer);
}

static void finish(struct dns_query *query)
{
    query->is_answered = true;
    gp_timer_clear(query->deadline);
    gp_task_post(&query->deliver);
}

void dns_query_answer(struct dns_query *query, struct dns_answer *answer)
{
    GP_ASSERT(!query->is_answered);
    if (answer) {
        dns_answer_destroy(query->answer);
        query->answer = answer;
    }
    finish(query);
}

static void on_deadline(void *arg)
{
    struct dns_query *query = arg;
    query->resolver->kind->stop(query->resolver, query);
    finish(query);
}

void dns_query_cancel(struct dns_query *query)
{
    if (!query)
        return;
    if (!query->is_answered)
        query->resolver->kind->stop(query->resolver, query);
    release(query);
}

/* Made in advance, so that there is one to give when time or memory has run out. */
static struct dns_answer *no_answer(const struct dns_query *query)
{
    char span[GP_CLOCK_SPAN_MAX], reason[GP_CLOCK_SPAN_MAX + 32];
    snprintf(reason, sizeof(reason), "no usable answer within %s",
             gp_clock_span_text(query->resolver->timeout_ms, span));
    return dns_answer_create(&query->name, (uint16_t)query->type, DNS_FAILED, DNS_INSECURE, NULL,
                             NULL, 0, reason);
}

enum gp_code dns_resolver_ask(struct dns_resolver *resolver, const struct dns_name *name,
                              enum dns_type type, dns_answer_fn *fn, void *arg,
                              struct dns_query **ret, struct gp_err *err)
{
    if (resolver->query_count >= DNS_QUERIES_MAX)
        return gp_err_set(err, GP_ERR_LIMIT, "more than %d DNS questions are pending",
                          DNS_QUERIES_MAX);
    struct dns_query *query = calloc(1, sizeof(*query));
    if (!query)
        return gp_err_nomem(err);
    query->resolver = resolver;
    query->name = *name;
    query->type = type;
    query->fn = fn;
    query->arg = arg;
    gp_task_init(&query->deliver, resolver->loop, on_deliver, query);
    TAILQ_INSERT_TAIL(&resolver->queries, query, link);
    resolver->query_count++;
    query->deadline = gp_timer_create(resolver->loop, on_deadline, query);
    query->answer = no_answer(query);
    enum gp_code code;
    if (!query->deadline || !query->answer)
        code = gp_err_nomem(err);
    else
        code = resolver->kind->start(resolver, query, err);
    if (code != GP_OK) {
        release(query);
        return code;
    }
    if (!query->is_answered)
        gp_timer_set(query->deadline, resolver->timeout_ms);
    *ret = query;
    return GP_OK;
}
