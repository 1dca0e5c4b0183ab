/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain that lives as long as a check does, with a server of its own: so that dialback can be
 * gone through to its end in both directions (XEP-0220, 2). It is made up, and whoever is to come
 * is told of it; or it is of whoever runs the check, and DNS leads there. As authoritative server
 * it says whether keys are its own; as receiving server it takes one key of each home domain that
 * is expected, and whoever runs it asks about that key. Nothing else is said or taken, and no
 * certificate proves anything to it.
 */
#ifndef GP_FED_REHEARSAL_H
#define GP_FED_REHEARSAL_H

#include "federation/session.h"

struct fed_rehearsal_owner {
    /* A key has come that is said to be the home domain's; to be answered with
     * fed_rehearsal_answer(). Once at most for each. */
    void (*on_key)(void *arg, const struct dns_domain *home, const char *stream_id,
                   const char *key);
    /* It was taken: the home domain has proved itself by it. May be NULL. */
    void (*on_proved)(void *arg, const struct dns_domain *home);
};

/* Borrowed, and outlives the rehearsal, if nothing else is said. */
struct fed_rehearsal_setup {
    struct gp_loop *loop;
    const struct fed_limits *limits; /* copied */
    struct fed_session_list *sessions;
    struct fed_tls *tls;
    const struct dns_domain *domain; /* copied */
    const struct dns_domain *shown;  /* whose certificate of tls is shown; copied */
    const struct gp_addr *listen;    /* with the port, 0: any; NULL: a loopback address; copied */
    const struct fed_rehearsal_owner *owner;
    void *arg;
};

/* What has come of it so far, of one home domain. */
struct fed_rehearsal_result {
    unsigned connections; /* whose stream header named it */
    bool was_asked;       /* its key has come, */
    struct gp_addr from;  /* from there, */
    bool was_proved;      /* and was taken */
    char sentence[400];   /* how its last connection ended, in words; escaped; "": none has */
};

struct fed_rehearsal;

/* Listens for STARTTLS; *ret_addr is where. Errors: GP_ERR_SYSTEM, GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_rehearsal_create(const struct fed_rehearsal_setup *setup,
                                              struct fed_rehearsal **ret, struct gp_addr *ret_addr,
                                              struct gp_err *err);

/* After all sessions of its list, which look at its settings. NULL is fine. */
void fed_rehearsal_destroy(struct fed_rehearsal *rehearsal);

/* A key of the home domain is taken from now on. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_rehearsal_expect(struct fed_rehearsal *rehearsal,
                                              const struct dns_domain *home, struct gp_err *err);

/* It is through with: ends its connections, and takes no key of it any more. */
void fed_rehearsal_dismiss(struct fed_rehearsal *rehearsal, const struct dns_domain *home);

/* What is said to the key that on_key was called with. */
void fed_rehearsal_answer(struct fed_rehearsal *rehearsal, const struct dns_domain *home,
                          enum fed_verdict verdict);

/* For streams that the domain opens: they make keys which its server knows. */
const struct fed_settings *fed_rehearsal_settings(const struct fed_rehearsal *rehearsal);

/* Of a home domain that is or was expected; lives as long as the rehearsal. */
const struct fed_rehearsal_result *fed_rehearsal_result(const struct fed_rehearsal *rehearsal,
                                                        const struct dns_domain *home);

/* Connections that were turned away since too many were there, whoever's they were. */
unsigned fed_rehearsal_turned_away(const struct fed_rehearsal *rehearsal);

#endif
