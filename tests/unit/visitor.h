/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody who comes by himself, over direct TLS and without a certificate, to one of the gateways
 * in a loop of neighbours; what he says is the test's.
 */
#ifndef GP_TESTS_VISITOR_H
#define GP_TESTS_VISITOR_H

#include "tests/unit/neighbours.h"
#include "tests/unit/raw_tls.h"

struct visitor {
    struct neighbours *both; /* whose arg is the visitor from now on */
    struct raw_tls tls;
    struct gp_buf heard; /* since he has last spoken */
    const char *cue;
};

/* Takes the descriptor. */
void visitor_open(struct visitor *visitor, struct neighbours *both, int fd);
void visitor_close(struct visitor *visitor);

/* Turns the loop until he has said this and has heard that. */
void visitor_converse(struct visitor *visitor, const char *said, const char *heard);

/* Says the header of a stream, up to the features; id: an attribute of it, may be "". */
void visitor_greet(struct visitor *visitor, const char *from, const char *to, const char *id);

#endif
