/* SPDX-License-Identifier: BSD-2-Clause */
/* A listening socket: accepts what comes, with a pause when descriptors run out (T58). */
#ifndef GP_BASE_ACCEPTOR_H
#define GP_BASE_ACCEPTOR_H

#include "base/io.h"
#include "base/log.h"
#include "base/loop.h"

struct gp_acceptor;

/* Takes fd. */
typedef void gp_accepted_fn(void *arg, struct gp_acceptor *acceptor, int fd,
                            const struct gp_addr *peer, const struct gp_addr *local);

/* Takes listen_fd (also on failure). NULL when there is no memory. log is borrowed. fn must not
 * destroy the acceptor. */
struct gp_acceptor *gp_acceptor_create(struct gp_loop *loop, int listen_fd, struct gp_log *log,
                                       gp_accepted_fn *fn, void *arg);

/* Closes the socket: connections that nobody accepted are reset. NULL is fine. */
void gp_acceptor_destroy(struct gp_acceptor *acceptor);

#endif
