/* SPDX-License-Identifier: BSD-2-Clause */
/* A server over TLS in a test's own loop, on every address of the machine: it says one thing to the
 * first who comes, as soon as that one has said his. */
#ifndef GP_TESTS_TLS_SERVER_H
#define GP_TESTS_TLS_SERVER_H

#include "base/io.h"
#include "base/loop.h"
#include "tests/unit/raw_tls.h"

struct tls_server {
    struct gp_loop *loop;
    int listener;
    struct gp_watch *listen_watch, *conn_watch;
    struct gp_addr addr;  /* where it listens */
    struct gp_addr local; /* where somebody has come */
    struct raw_tls tls;
    const char *cue;
    struct gp_buf heard, answer; /* the answer is the test's to write, before the cue has come */
};

void tls_server_open(struct tls_server *server, struct gp_loop *loop, const struct pki *identity,
                     const char *cue);
void tls_server_close(struct tls_server *server);

#endif
