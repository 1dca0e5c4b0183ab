/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes through a world of text: what is asked, and what must come of it. */
#ifndef GP_TESTS_ROUTE_WORLD_H
#define GP_TESTS_ROUTE_WORLD_H

#include "dns/route.h"
#include "tests/unit/fake_resolver.h"

#define WORLD_LINES_MAX 12

/* Lines that several worlds share. */
#define SRV_SECURE         "_xmpp-server._tcp.beta.example SRV secure 10 5 5269 gw1.beta.example"
#define SRV_INSECURE       "_xmpp-server._tcp.beta.example SRV insecure 10 5 5269 gw1.beta.example"
#define SRV_DENIED         "_xmpp-server._tcp.beta.example SRV secure 0 0 0 ."
#define TLS_SECURE         "_xmpps-server._tcp.beta.example SRV secure 10 5 5270 gw1.beta.example"
#define TLS_INSECURE       "_xmpps-server._tcp.beta.example SRV insecure 10 5 5270 gw1.beta.example"
#define TLS_DENIED         "_xmpps-server._tcp.beta.example SRV secure 0 0 0 ."
#define GW1_V4             "gw1.beta.example A secure 192.0.2.1"
#define GW1_V6             "gw1.beta.example AAAA secure 2001:db8::1"
#define GW1_NO_V6          "gw1.beta.example AAAA secure nodata"
#define GW1_INSECURE       "gw1.beta.example A insecure 192.0.2.1"
#define GW1_NO_V6_INSECURE "gw1.beta.example AAAA insecure nodata"
#define GW1_TLSA           "_5269._tcp.gw1.beta.example TLSA secure 3 1 1 32*ab"

struct world {
    const char *name;
    const char *lines[WORLD_LINES_MAX]; /* as fake_resolver.h has them; about beta.example */
    enum dns_route_outcome outcome;
    const char *sentence;  /* part of it */
    const char *endpoints; /* "STARTTLS gw1.beta.example:5269 secure 192.0.2.1 usable 1 at ..."; an
                              address that is refused has "!" in front, one that is insecure "?"
                              behind; why an endpoint is skipped stands in brackets */
};

/* 16 targets, 8 addresses, no networks. */
extern const struct dns_route_settings world_settings;

/* A source of random numbers that says 0. */
extern const struct gp_rnd world_rnd;

/* Looks the way up and compares everything. */
void world_check(const struct world *world, const struct dns_static_route *static_route,
                 const struct dns_route_settings *settings, enum fake_when when);

/* Each world with answers at once and with one answer a turn. */
void world_check_all(const struct world *worlds, size_t count);

/* One look-up for the tests that play with it. */
struct world_run {
    struct gp_loop *loop;
    struct fake_resolver *fake;
    struct dns_route *route;
    struct dns_route_op *op; /* NULL when there was a call */
    unsigned calls;
};

enum gp_code world_start(struct world_run *run, const char *domain, const char *const *lines,
                         enum fake_when when, size_t refuse_after);
/* The endpoints as struct world has them. Returns out. */
const char *world_describe(const struct dns_route *route, char *out, size_t size);
void world_finish(struct world_run *run);

#endif
