/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections that partners opened to one worker: admission, TLS, dialback questions, stanzas
 * on to the router. */
#ifndef GP_FED_INBOUND_H
#define GP_FED_INBOUND_H

#include "federation/admission.h"
#include "federation/announced.h"
#include "federation/router.h"

struct fed_inbound;

/* NULL when there is no memory. context and router are borrowed and outlive it. */
struct fed_inbound *fed_inbound_create(struct fed_context *context, struct fed_router *router,
                                       unsigned worker_count);

/* Cuts every inbound connection. */
void fed_inbound_destroy(struct fed_inbound *inbound);

/* Takes an accepted descriptor. Over a limit it is closed at once. */
void fed_inbound_accept(struct fed_inbound *inbound, int fd, const struct gp_addr *peer,
                        const struct gp_addr *local, bool is_direct_tls);

/* An inside link takes stanzas again: sessions that were stopped for it go on. */
void fed_inbound_resume(struct fed_inbound *inbound);

/* A reload: the context has other settings. */
void fed_inbound_set_settings(struct fed_inbound *inbound);

/* Closes in order every stream of which nothing was read for so long (0: every stream), and still
 * takes what its partner sends before its own closing tag. May be said again and again. Returns how
 * many connections there were. */
size_t fed_inbound_dismiss(struct fed_inbound *inbound, enum fed_close reason, int64_t idle_ms);
/* Returns to their pairs what streams have not carried out. */
void fed_inbound_flush(struct fed_inbound *inbound);

/*
 * Expects a probe: a stream header with this token as its id. It may come as the stand-in (NULL:
 * there is none), which proves itself by dialback. Forgotten after five minutes; at most 1024 are
 * remembered.
 */
GP_MUST_USE enum gp_code fed_inbound_expect(struct fed_inbound *inbound, const char *token,
                                            const struct fed_stand_in *stand_in);
/* GP_ERR_NOT_FOUND when the token was never announced here. */
GP_MUST_USE enum gp_code fed_inbound_seen(const struct fed_inbound *inbound, const char *token,
                                          struct fed_probe_seen *ret);

/* For status. */
struct fed_inbound_status {
    const struct fed_session *session;
    struct gp_addr peer, listener;
    const struct dns_domain *home, *partner; /* first valid pair; not set when there is none yet */
    size_t pairs;
    enum fed_proof proof;
    const char *state;
    const struct fed_tls_facts *tls;
    uint64_t stanzas;
    int64_t started_ms;
    bool is_direct_tls, is_probe;
};
void fed_inbound_each(const struct fed_inbound *inbound,
                      void (*fn)(void *arg, const struct fed_inbound_status *status), void *arg);

#endif
