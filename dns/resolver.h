/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks questions of DNS and validates what comes back.
 *
 * Two kinds with one interface: local (libunbound on this loop; for the commands and for the
 * resolver process) and remote (the resolver process does it; for the gateway, which holds keys and
 * must not parse what attackers choose).
 *
 * The contract of every question: exactly one call of fn, never inside dns_resolver_ask(), never
 * after dns_query_cancel(), never after dns_resolver_destroy().
 */
#ifndef GP_DNS_RESOLVER_H
#define GP_DNS_RESOLVER_H

#include "base/loop.h"
#include "dns/answer.h"
#include "dns/settings.h"

struct dns_resolver;
struct dns_query;

/* Takes the answer: release it with dns_answer_destroy(). The query handle is no longer valid. */
typedef void dns_answer_fn(void *arg, struct dns_answer *answer);

/*
 * libunbound runs in the loop itself, without a thread. Create all local resolvers of a process
 * from one thread; the process must ignore SIGPIPE, since libunbound writes to TCP servers. Reads
 * its files before it returns. Errors: the trust anchor or the hints cannot be read or hold nothing
 * usable.
 */
GP_MUST_USE enum gp_code dns_resolver_create_local(struct gp_loop *loop,
                                                   const struct dns_settings *settings,
                                                   struct dns_resolver **ret, struct gp_err *err);

/*
 * The other end of a message pair to a resolver process. Takes fd (-1: there is no process yet;
 * questions wait). When the process dies, pending questions wait for dns_resolver_reconnect() and
 * are then asked anew; each has its own deadline of timeout_ms and fails after it.
 */
GP_MUST_USE enum gp_code dns_resolver_create_remote(struct gp_loop *loop, int fd,
                                                    uint32_t timeout_ms, struct dns_resolver **ret,
                                                    struct gp_err *err);

/* A new resolver process is there; takes fd. Only for a remote resolver. */
void dns_resolver_reconnect(struct dns_resolver *resolver, int fd);

/* Cancels what is pending. NULL is fine. */
void dns_resolver_destroy(struct dns_resolver *resolver);

/* Errors: GP_ERR_LIMIT when too many questions are pending (4096), GP_ERR_NOMEM; fn is not called
 * then. */
GP_MUST_USE enum gp_code dns_resolver_ask(struct dns_resolver *resolver,
                                          const struct dns_name *name, enum dns_type type,
                                          dns_answer_fn *fn, void *arg, struct dns_query **ret,
                                          struct gp_err *err);

/* NULL is fine. */
void dns_query_cancel(struct dns_query *query);

#endif
