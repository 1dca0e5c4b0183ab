/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents that a domain publishes over HTTPS, through redirects. Hosts are looked up by our own
 * resolver, under the rules that hold for partners' servers (T64).
 */
#ifndef GP_APP_WEB_H
#define GP_APP_WEB_H

#include "base/buf.h"
#include "base/loop.h"
#include "base/rnd.h"
#include "dns/route.h"

struct app_web;

/* Borrowed, and outlives the object. */
struct app_web_setup {
    struct gp_loop *loop;
    struct dns_resolver *resolver;
    const struct dns_route_settings *route; /* looked at anew for each document */
    const struct gp_rnd *rnd;
    const char *ca_file; /* as app_https_create() has it; for the call alone */
};

/* Errors: as app_https_create(). */
GP_MUST_USE enum gp_code app_web_create(const struct app_web_setup *setup, struct app_web **ret,
                                        struct gp_err *err);

/* After every operation has ended or was cancelled. NULL is fine. */
void app_web_destroy(struct app_web *web);

enum app_web_found {
    APP_WEB_DOCUMENT,
    APP_WEB_NOTHING, /* there is none for anybody: no such document, web server, or address */
    APP_WEB_FAILED   /* it could not be found out */
};

struct app_web_answer {
    enum app_web_found found;
    struct gp_span body; /* for the call alone */
    const char *why;     /* when there is none, in words */
};

struct app_web_op;
typedef void app_web_fn(void *arg, const struct app_web_answer *answer);

/* One call of fn, never in here, never after the cancel. url is copied. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_web_start(struct app_web *web, const char *url, size_t max_bytes,
                                       app_web_fn *fn, void *arg, struct app_web_op **ret,
                                       struct gp_err *err);

/* NULL is fine. */
void app_web_cancel(struct app_web_op *op);

#endif
