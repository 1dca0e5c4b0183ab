/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A made-up domain that lives as long as a check does, with a server of its own: so that dialback
 * can be gone through to its end in both directions (XEP-0220, 2). As authoritative server it says
 * whether keys are its own; as receiving server it takes the key of one home domain, and whoever
 * runs it asks about that key. Nothing else is said or taken, and no certificate proves anything to
 * it.
 */
#ifndef GP_FED_REHEARSAL_H
#define GP_FED_REHEARSAL_H

#include "federation/session.h"

/* A key has come that is said to be the home domain's; to be answered with fed_rehearsal_answer().
 * Called once at most. */
typedef void fed_rehearsal_fn(void *arg, const char *stream_id, const char *key);

/* Borrowed, and outlives the rehearsal, if nothing else is said. */
struct fed_rehearsal_setup {
    struct gp_loop *loop;
    const struct fed_limits *limits; /* copied */
    struct fed_session_list *sessions;
    struct fed_tls *tls;
    const struct dns_domain *domain; /* the made-up one; copied */
    const struct dns_domain *home;   /* whose certificate is shown; copied */
    const struct gp_addr *listen;    /* with the port, 0: any; NULL: a loopback address; copied */
    fed_rehearsal_fn *fn;
    void *arg;
};

/* What has come of it so far. */
struct fed_rehearsal_result {
    unsigned connections;
    bool was_asked;     /* a key has come for the made-up domain */
    bool was_proved;    /* and was taken */
    char sentence[400]; /* how the last connection ended, in words; escaped; "": none has */
};

struct fed_rehearsal;

/* Listens for STARTTLS; *ret_addr is where. Errors: GP_ERR_SYSTEM, GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_rehearsal_create(const struct fed_rehearsal_setup *setup,
                                              struct fed_rehearsal **ret, struct gp_addr *ret_addr,
                                              struct gp_err *err);

/* After all sessions of its list, which look at its settings. NULL is fine. */
void fed_rehearsal_destroy(struct fed_rehearsal *rehearsal);

/* What the made-up domain's server says to the key that fn was called with. */
void fed_rehearsal_answer(struct fed_rehearsal *rehearsal, enum fed_verdict verdict);

/* For streams that the made-up domain opens: they make keys which its server knows. */
const struct fed_settings *fed_rehearsal_settings(const struct fed_rehearsal *rehearsal);

/* What was seen so far; lives as long as the rehearsal. */
const struct fed_rehearsal_result *fed_rehearsal_result(const struct fed_rehearsal *rehearsal);

#endif
