/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question to one address of one server: of an authoritative one, past every cache, or of a
 * resolver, for what its cache holds. For the readiness check, which must see each server, not
 * whichever answers first. Nothing is validated here.
 */
#ifndef GP_DNS_ASK_H
#define GP_DNS_ASK_H

#include "base/loop.h"
#include "dns/message.h"

enum dns_transport {
    DNS_UDP,
    DNS_TCP
};

struct dns_reply {
    struct gp_addr server;        /* with the port that was asked */
    enum dns_transport transport; /* that gave the answer, or on which it failed: UDP, or TCP after
                                     truncation or when asked for */
    bool has_answer;              /* a well-formed answer to this question came */
    struct dns_message message;   /* valid when has_answer */
    char failure[160]; /* in words when not: "no answer within 3.0 s", "connection refused", ... */
    int64_t duration_ms;
    struct gp_arena arena; /* holds the message */
};

struct dns_ask_op;
typedef void dns_reply_fn(void *arg, struct dns_reply *reply); /* takes the reply */

struct dns_question {
    const struct dns_name *name;
    uint16_t type;
    unsigned wishes; /* enum dns_wish */
};

/*
 * UDP with one retry, then TCP if truncated; TCP at once when transport says so. The server's port
 * 0 means 53. Whatever goes wrong on the way is in the reply. Errors: GP_ERR_NOMEM; fn is not
 * called then.
 */
GP_MUST_USE enum gp_code dns_ask_start(struct gp_loop *loop, const struct gp_addr *server,
                                       enum dns_transport transport,
                                       const struct dns_question *question, uint32_t timeout_ms,
                                       dns_reply_fn *fn, void *arg, struct dns_ask_op **ret,
                                       struct gp_err *err);

/* NULL is fine. */
void dns_ask_cancel(struct dns_ask_op *op);

void dns_reply_destroy(struct dns_reply *reply);

/* "UDP", "TCP" */
const char *dns_transport_text(enum dns_transport transport);

#endif
