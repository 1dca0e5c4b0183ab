/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One document over HTTPS, on the loop, with libcurl behind it. The caller says where the host is:
 * nothing is resolved here, no proxy is used, and no redirect is followed.
 */
#ifndef GP_APP_HTTPS_H
#define GP_APP_HTTPS_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/loop.h"

struct app_https;

/* ca_file: trusted authorities; NULL: the system's. It is read once, here. Errors name the file. */
GP_MUST_USE enum gp_code app_https_create(struct gp_loop *loop, const char *ca_file,
                                          struct app_https **ret, struct gp_err *err);

/* After every operation has ended or was cancelled. NULL is fine. */
void app_https_destroy(struct app_https *https);

#define APP_HTTPS_URL_MAX  1024
#define APP_HTTPS_HOST_MAX 256

/* Host and port of a URL that may be fetched. Errors: GP_ERR_INPUT: not https, or not a URL. */
GP_MUST_USE enum gp_code app_https_host(const char *url, char host[APP_HTTPS_HOST_MAX],
                                        uint16_t *ret_port, struct gp_err *err);

/* What is fetched; borrowed for the call. */
struct app_https_get {
    const char *url;
    const struct gp_addr *addresses; /* of its host */
    size_t address_count;
    size_t max_bytes; /* of the body; a longer one is a failure */
    uint32_t timeout_ms;
};

struct app_https_answer {
    bool is_ok;           /* status 200: body is there */
    struct gp_span body;  /* for the call alone */
    const char *redirect; /* absolute URL that a 3xx status names; NULL: none */
    const char *failure;  /* when there is neither: why, in words */
    bool is_nowhere;      /* of a failure: nobody gets the document, wherever he asks from */
};

struct app_https_op;
typedef void app_https_fn(void *arg, const struct app_https_answer *answer);

/* One call of fn, never in here, never after the cancel. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_https_start(struct app_https *https, const struct app_https_get *get,
                                         app_https_fn *fn, void *arg, struct app_https_op **ret,
                                         struct gp_err *err);

/* NULL is fine. */
void app_https_cancel(struct app_https_op *op);

#endif
