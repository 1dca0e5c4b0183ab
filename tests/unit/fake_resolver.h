/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A resolver whose world is a list of lines, each "NAME TYPE SECURITY WHAT":
 *
 *   _xmpp-server._tcp.beta.example SRV secure 10 5 5269 gw1.beta.example | 20 5 5269
 * gw2.beta.example gw1.beta.example A insecure 192.0.2.1 www.beta.example A secure ->
 * gw1.beta.example 192.0.2.1 gw2.beta.example AAAA secure nodata _5269._tcp.gw1.beta.example TLSA
 * bogus
 *
 * SECURITY is secure, insecure, bogus, or failed (a time-out). WHAT is nodata, nxdomain, or records
 * with "|" between them; TLSA data is a byte that is repeated, "3 1 1 32*ab", and
 * "malformed" is an SRV record that is none, "soa" any SOA record. What has no line does
 * not exist, and that is secure.
 */
#ifndef GP_TESTS_FAKE_RESOLVER_H
#define GP_TESTS_FAKE_RESOLVER_H

#include "dns/resolver_impl.h"

enum fake_when {
    FAKE_AT_ONCE, /* inside the call that asks */
    FAKE_LATER,   /* one answer in each turn of the loop, the last question first */
    FAKE_NEVER
};

struct fake_resolver {
    struct dns_resolver super; /* first: what resolver.c sees */
    const char *const *lines;  /* borrowed; ends with NULL */
    enum fake_when when;
    struct gp_task turn;
    size_t waiting_count;
    struct dns_query *waiting[DNS_QUERIES_MAX];
    char asked[8192];    /* " NAME/TYPE" of each question */
    size_t refuse_after; /* the question after so many is refused for want of memory; 0: none */
    size_t asked_count;
};

struct fake_resolver *fake_resolver_create(struct gp_loop *loop, uint32_t timeout_ms,
                                           const char *const *lines, enum fake_when when);

#endif
