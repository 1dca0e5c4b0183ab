/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions put to authoritative servers themselves, past every cache: which zone holds a name,
 * which servers serve it, and what each of their addresses says. For the readiness check, which
 * must see each server, not whichever answers first.
 */
#ifndef GP_DNS_AUTHORITY_H
#define GP_DNS_AUTHORITY_H

#include "dns/message.h"
#include "dns/resolver.h"

/* One question to one address. */

enum dns_transport {
    DNS_UDP,
    DNS_TCP
};

struct dns_reply {
    struct gp_addr server;
    enum dns_transport
        transport;   /* that gave the answer: UDP, or TCP after truncation or when asked for */
    bool has_answer; /* a well-formed answer to this question came */
    struct dns_message message; /* valid when has_answer */
    char failure[160]; /* in words when not: "no answer within 3 s", "connection refused", ... */
    int64_t duration_ms;
    struct gp_arena arena; /* holds the message */
};

struct dns_ask_op;
typedef void dns_reply_fn(void *arg, struct dns_reply *reply); /* takes the reply */

/* UDP with one retry, then TCP if truncated; TCP at once when transport says so. The server's port
 * 0 means 53. */
GP_MUST_USE enum gp_code dns_ask_start(struct gp_loop *loop, const struct gp_addr *server,
                                       enum dns_transport transport, const struct dns_name *name,
                                       uint16_t type, bool wants_dnssec, uint32_t timeout_ms,
                                       dns_reply_fn *fn, void *arg, struct dns_ask_op **ret,
                                       struct gp_err *err);
void dns_ask_cancel(struct dns_ask_op *op);
void dns_reply_destroy(struct dns_reply *reply);

/* The zone of a name and its servers. */

#define DNS_ZONE_SERVERS_MAX   13
#define DNS_ZONE_ADDRESSES_MAX 8

struct dns_zone_server {
    struct dns_name name;
    size_t address_count;
    struct gp_addr addresses[DNS_ZONE_ADDRESSES_MAX]; /* port 53 */
    char failure[160]; /* why there are no addresses; "" when there are */
};

struct dns_zone {
    bool is_found;
    struct dns_name apex;
    enum dns_security security; /* of the zone's SOA */
    struct dns_soa soa;         /* as the resolver sees it */
    uint32_t soa_ttl_s;
    size_t server_count;
    struct dns_zone_server servers[DNS_ZONE_SERVERS_MAX];
    char failure[256]; /* when not found, in words */
};

struct dns_zone_op;
typedef void dns_zone_fn(void *arg, struct dns_zone *zone); /* takes the zone */

/* Climbs from name to the closest ancestor that has a SOA, asks for its NS and for the addresses of
 * each. */
GP_MUST_USE enum gp_code dns_zone_start(struct dns_resolver *resolver, const struct dns_name *name,
                                        dns_zone_fn *fn, void *arg, struct dns_zone_op **ret,
                                        struct gp_err *err);
void dns_zone_cancel(struct dns_zone_op *op);
void dns_zone_destroy(struct dns_zone *zone);

#endif
