/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One attempt at a partner: look up the way, connect, negotiate, and if an endpoint fails go on to
 * the next (design, 12.1), until a stream is authenticated, a question is answered, or nothing is
 * left to try. What happened is kept step by step, so that a failure can be told in words.
 */
#ifndef GP_FED_ATTEMPT_H
#define GP_FED_ATTEMPT_H

#include "federation/context.h"
#include "federation/trace.h"

/* Why nothing came of it. */
struct fed_failure {
    enum fed_bounce bounce; /* how waiting stanzas are answered */
    char sentence[FED_STEP_TEXT_MAX];
};

struct fed_attempt;

/* Exactly one of these is called, never inside fed_attempt_start(); the attempt is gone afterwards.
 * Takes the trace. */
struct fed_attempt_owner {
    /* The stream is open; the session is the owner's from now on (fed_session_give() it to
     * yourself). */
    void (*on_open)(void *arg, struct fed_session *session, enum fed_proof proof,
                    struct fed_trace *trace);
    /* FED_OUT_VERIFY */
    void (*on_verdict)(void *arg, enum fed_verdict verdict, struct fed_trace *trace);
    void (*on_failed)(void *arg, const struct fed_failure *failure, struct fed_trace *trace);
};

/* Borrowed for the call, but for context and policy, which outlive the attempt (a policy out of the
 * context's settings: until those are replaced). */
struct fed_attempt_setup {
    struct fed_context *context;
    enum fed_out_purpose purpose;
    const struct dns_domain *home, *partner;
    const struct fed_partner *policy;
    const char *verify_id, *verify_key; /* FED_OUT_VERIFY */
    const struct fed_cert *verify_cert; /* likewise; outlives the attempt, may be NULL */
    const char *token;                  /* FED_OUT_PROBE; may be NULL */
    const struct gp_addr *address; /* go there and nowhere else, whatever DNS says; may be NULL */
    enum dns_service service;      /* with address */
    fed_step_fn *on_step;          /* hears of each step, as does the trace; may be NULL */
    /* With address: what authenticates whoever is there, as if DNSSEC had secured it; outlives the
     * attempt. */
    const struct dns_tlsa *tlsa;
    size_t tlsa_count;
    const struct fed_tls_anchors *anchors; /* trusted instead of the context's; outlives the
                                              attempt; may be NULL */
    bool shows_none;                       /* no certificate of ours */
    bool is_one_way; /* the partner may not use the stream, whatever the policy says (XEP-0288) */
    const struct fed_attempt_owner *owner;
    void *arg; /* for both */
};

/* Begins; the owner hears of its end once, never inside this call, unless it cancels. Errors: no
 * memory. */
GP_MUST_USE enum gp_code fed_attempt_start(const struct fed_attempt_setup *setup,
                                           struct fed_attempt **ret, struct gp_err *err);

/*
 * A reload: every attempt of the worker goes on under the context's settings, which took the place
 * of those before. An attempt for a pair that has to end (fed_close_of_settings()) fails; its owner
 * hears of it in here, and cancels no other attempt then.
 */
void fed_attempts_set_settings(struct fed_context *context, const struct fed_settings *before);

/* As is_one_way of the setup, from now on: a stream that was asked to go both ways already may
 * still open so. */
void fed_attempt_keep_one_way(struct fed_attempt *attempt);

/* NULL is fine. A connection that is under way is cut. */
void fed_attempt_cancel(struct fed_attempt *attempt);

#endif
