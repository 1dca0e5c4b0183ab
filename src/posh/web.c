/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   LOOKING_UP --addresses--> FETCHING --document--> (told, gone)
 *       ^                        |
 *       +--------redirect--------+
 *
 *   any --failure--> (told, gone)
 */
#include "posh/web.h"

#include "posh/https.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDIRECTS_MAX    10 /* RFC 7711, 10 */
#define TIMEOUT_MS       15000
#define WHY_MAX          200
#define PRIVILEGED_PORTS 1024
#define HTTPS_PORT       443

struct app_web {
    struct app_web_setup setup;
    struct app_https *https; /* owned */
};

struct app_web_op {
    struct app_web *web;
    app_web_fn *fn;
    void *arg;
    size_t max_bytes;
    struct dns_route_op *lookup;   /* LOOKING_UP */
    struct app_https_op *transfer; /* FETCHING */
    struct gp_task failed;         /* tells why not; never inside the start */
    char url[APP_HTTPS_URL_MAX];   /* that is looked up or fetched */
    unsigned redirects;
    enum app_web_found found;
    char why[WHY_MAX];
};

static void op_destroy(struct app_web_op *op)
{
    gp_task_cancel(&op->failed);
    dns_route_cancel(op->lookup);
    app_https_cancel(op->transfer);
    free(op);
}

void app_web_cancel(struct app_web_op *op)
{
    if (op)
        op_destroy(op);
}

static void on_failed(void *arg)
{
    struct app_web_op *op = arg;
    char why[WHY_MAX];
    const struct app_web_answer answer = {.found = op->found, .why = why};
    app_web_fn *fn = op->fn;
    void *fn_arg = op->arg;
    memcpy(why, op->why, sizeof(why));
    op_destroy(op);
    fn(fn_arg, &answer);
}

static void fail(struct app_web_op *op, enum app_web_found found, const char *why)
{
    op->found = found;
    snprintf(op->why, sizeof(op->why), "%.190s", why);
    gp_task_post(&op->failed);
}

static void fetch(struct app_web_op *op, const char *url);

static void on_answer(void *arg, const struct app_https_answer *answer)
{
    struct app_web_op *op = arg;
    op->transfer = NULL;
    if (answer->is_ok) {
        const struct app_web_answer found = {.found = APP_WEB_DOCUMENT, .body = answer->body};
        app_web_fn *fn = op->fn;
        void *fn_arg = op->arg;
        op_destroy(op);
        fn(fn_arg, &found);
    } else if (!answer->redirect) {
        fail(op, answer->is_nowhere ? APP_WEB_NOTHING : APP_WEB_FAILED, answer->failure);
    } else if (op->redirects++ < REDIRECTS_MAX) {
        fetch(op, answer->redirect);
    } else {
        fail(op, APP_WEB_NOTHING, "too many redirects");
    }
}

static void transfer(struct app_web_op *op, const struct dns_endpoint *endpoint)
{
    struct gp_addr addresses[DNS_ROUTE_ADDRESS_MAX];
    struct gp_err err = {0};
    struct app_https_get get = {.url = op->url,
                                .addresses = addresses,
                                .max_bytes = op->max_bytes,
                                .timeout_ms = TIMEOUT_MS};
    for (size_t i = 0; i < endpoint->address_count; i++)
        if (!endpoint->addresses[i].is_refused) /* T64 */
            addresses[get.address_count++] = endpoint->addresses[i].addr;
    if (app_https_start(op->web->https, &get, on_answer, op, &op->transfer, &err) != GP_OK)
        fail(op, APP_WEB_FAILED, err.text);
}

static void on_lookup(void *arg, struct dns_route *route)
{
    struct app_web_op *op = arg;
    op->lookup = NULL;
    if (route->outcome == DNS_ROUTE_FOUND && route->endpoints[0].skip[0] == '\0')
        transfer(op, &route->endpoints[0]);
    else
        fail(op,
             route->outcome == DNS_ROUTE_FOUND || route->outcome == DNS_ROUTE_NO_SERVICE
                 ? APP_WEB_NOTHING
                 : APP_WEB_FAILED,
             route->sentence);
    dns_route_destroy(route);
}

/* A web server is looked up as a configured host is: addresses alone. */
static enum gp_code look_up(struct app_web_op *op, const char *url, struct gp_err *err)
{
    const struct app_web_setup *setup = &op->web->setup;
    struct dns_static_route where = {.service = DNS_SERVICE_DIRECT_TLS};
    struct dns_domain host;
    char name[APP_HTTPS_HOST_MAX];
    if (strlen(url) >= sizeof(op->url))
        return gp_err_set(err, GP_ERR_INPUT, "a URL is too long");
    enum gp_code code = app_https_host(url, name, &where.port, err);
    if (code != GP_OK)
        return code;
    if (dns_domain_from_text(gp_span_text(name), &host, NULL) != GP_OK ||
        (where.port < PRIVILEGED_PORTS && where.port != HTTPS_PORT))
        return gp_err_set(err, GP_ERR_INPUT, "it leads to a host or port that is not connected to");
    dns_name_from_domain(&host, &where.host);
    snprintf(op->url, sizeof(op->url), "%s", url);
    return dns_route_start(setup->resolver, setup->route, setup->rnd, &host, &where, on_lookup, op,
                           &op->lookup, err);
}

static void fetch(struct app_web_op *op, const char *url)
{
    struct gp_err err = {0};
    enum gp_code code = look_up(op, url, &err);
    if (code != GP_OK)
        fail(op, code == GP_ERR_INPUT ? APP_WEB_NOTHING : APP_WEB_FAILED, err.text);
}

enum gp_code app_web_start(struct app_web *web, const char *url, size_t max_bytes, app_web_fn *fn,
                           void *arg, struct app_web_op **ret, struct gp_err *err)
{
    struct app_web_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    op->web = web;
    op->fn = fn;
    op->arg = arg;
    op->max_bytes = max_bytes;
    gp_task_init(&op->failed, web->setup.loop, on_failed, op);
    fetch(op, url);
    *ret = op;
    return GP_OK;
}

enum gp_code app_web_create(const struct app_web_setup *setup, struct app_web **ret,
                            struct gp_err *err)
{
    struct app_web *web = calloc(1, sizeof(*web));
    if (!web)
        return gp_err_nomem(err);
    web->setup = *setup;
    web->setup.ca_file = NULL;
    enum gp_code code = app_https_create(setup->loop, setup->ca_file, &web->https, err);
    if (code != GP_OK) {
        free(web);
        return code;
    }
    *ret = web;
    return GP_OK;
}

void app_web_destroy(struct app_web *web)
{
    if (!web)
        return;
    app_https_destroy(web->https);
    free(web);
}
