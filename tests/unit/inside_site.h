/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An inside link with somebody on each side of it: services that connect to it over loopback, and
 * an owner that writes down what it is told. alpha.example and beta.example are behind the link,
 * gamma.example is behind another one.
 */
#ifndef GP_TESTS_INSIDE_SITE_H
#define GP_TESTS_INSIDE_SITE_H

#include "federation/inside.h"

struct site {
    struct gp_loop *loop;
    struct gp_timer *guard; /* fails a test that waits in vain */
    struct gp_log log;
    struct gp_secret secret;
    struct fed_home homes[3];
    struct fed_settings settings; /* may be changed between the steps of a test */
    struct fed_context context;
    struct gp_addr address; /* for services, or where a server may listen */
    struct fed_inside *inside;
    bool is_behind; /* the owner takes one more stanza of each service */
    /* What the owner was told, a line each: "undelivered CONDITION STANZA", "parcel STANZA",
     * "stanza HOME STANZA", "congested yes|no". */
    struct gp_buf news;
};

void site_open(struct site *site, enum fed_inside_kind kind);
void site_close(struct site *site);

/* A stanza's text, for the home domain that its "to" names. */
void site_deliver(struct site *site, const char *stanza);

/* Turns the loop until the news are so, which then are forgotten. */
void site_expect(struct site *site, const char *news);

/* Turns the loop until this is true. */
void site_wait(struct site *site, bool (*is_true)(const void *arg), const void *arg);

/* Turns the loop until everything that can be written without a reader has been written. */
void site_settle(struct site *site);

/* What the link says of the way to a home domain. */
struct fed_inside_status site_status(const struct site *site, const char *home);
size_t site_held(const struct site *site, const char *home);

/* A service that connects as a home domain. */
struct service {
    struct site *site;
    struct dns_domain domain;
    int fd;
    struct gp_watch *watch;
    struct gp_buf heard;
};

/* Until the link says that it is there. */
void service_open(struct service *service, struct site *site, const char *home);
/* Until the link has noticed. */
void service_close(struct service *service);

void service_say(struct service *service, const char *text);

/* Turns the loop until it has read exactly this, which then is forgotten. */
void service_expect(struct service *service, const char *text);

/* From now on it reads nothing, or reads again. */
void service_listen(struct service *service, bool is_listening);

#endif
