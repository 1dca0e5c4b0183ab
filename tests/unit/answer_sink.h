/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a resolver, keeps what comes back, and runs the loop until enough did. */
#ifndef GP_TESTS_ANSWER_SINK_H
#define GP_TESTS_ANSWER_SINK_H

#include "dns/resolver.h"

struct answer_sink {
    struct gp_loop *loop;
    unsigned calls, stop_at;
    bool is_asking;          /* an answer now would come inside the question */
    struct dns_answer *last; /* owned by the test */
};

struct dns_name sink_name(const char *text);

/* A dns_answer_fn; arg is the sink. */
void sink_answer(void *arg, struct dns_answer *answer);

struct dns_query *sink_ask(struct dns_resolver *resolver, struct answer_sink *sink,
                           const char *name, enum dns_type type);

/* Until so many answers came in all, of which the last must have this outcome. */
void sink_run(struct answer_sink *sink, unsigned calls, enum dns_outcome outcome);

/* Lets the loop do what is ready now. */
void sink_turn(struct gp_loop *loop);

/* A message pair: the gateway's end, and the process's in *ret_peer. */
int sink_pair(int *ret_peer);

#endif
