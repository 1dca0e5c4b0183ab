/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there a way to a partner and back? A home domain asks in its own name (XEP-0199) along the way
 * that every stanza goes: gate, router, pair. Whatever the partner's domain answers comes over a
 * stream that it has opened, or that carries both directions, on any worker; so the id names the
 * worker that asked. Nothing of it reaches the inside.
 */
#ifndef GP_FED_PING_H
#define GP_FED_PING_H

#include "federation/router.h"

#define FED_PINGS_MAX         64 /* at a time, of one worker */
#define FED_PING_SENTENCE_MAX GP_ERR_TEXT_MAX

enum fed_ping_outcome {
    FED_PING_SILENT,      /* no answer in time; it may have been sent */
    FED_PING_REFUSED,     /* our own policy lets no such stanza out */
    FED_PING_UNDELIVERED, /* given back by the gateway, as it would be to a user */
    FED_PING_ANSWERED     /* an error is an answer, too: it has come all the way */
};
#define FED_PING_OUTCOMES 4
/* "answered" */
const char *fed_ping_outcome_text(enum fed_ping_outcome outcome);

struct fed_ping_result {
    enum fed_ping_outcome outcome;
    int64_t took_ms;
    char sentence[FED_PING_SENTENCE_MAX]; /* why; of an answer its error, or "" for a result */
};

struct fed_ping;

typedef void fed_ping_fn(void *arg, const struct fed_ping_result *result);

/*
 * On the worker that owns the pair (fed_router_owner()). One call of fn, never in here, never after
 * cancel. Errors: GP_ERR_DENIED when partner is not a configured one, GP_ERR_LIMIT, GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code fed_ping_start(struct fed_router *router, const struct dns_domain *home,
                                        const struct dns_domain *partner, uint32_t timeout_ms,
                                        fed_ping_fn *fn, void *arg, struct fed_ping **ret,
                                        struct gp_err *err);

/* NULL is fine. */
void fed_ping_cancel(struct fed_ping *ping);

/* For the router. */

/* How the ids of a router's questions begin; nobody else can make one. */
#define FED_PING_PREFIX_MAX 64
void fed_ping_prefix(unsigned worker, char out[FED_PING_PREFIX_MAX]);

/* Whether a stanza of a partner's may answer a question of ours; *ret_worker then: whose. */
bool fed_ping_is_answer(const struct fed_router *router, const struct fed_stanza *stanza,
                        unsigned *ret_worker);

/* Takes what answers a question of this router's, also one that nobody waits for any more; false:
 * it is none, and is not taken. */
bool fed_ping_take(struct fed_router *router, struct fed_parcel *answer);

/* The same of a question that could not be delivered. */
bool fed_ping_give_back(struct fed_router *router, struct fed_parcel *question,
                        enum fed_bounce bounce, const char *text);

#endif
