/* SPDX-License-Identifier: BSD-2-Clause */
/* A listening socket of one worker: accepts what comes, with a pause when descriptors run out
 * (T58). */
#ifndef GP_APP_ACCEPTOR_H
#define GP_APP_ACCEPTOR_H

#include "base/io.h"
#include "base/log.h"
#include "base/loop.h"

struct app_acceptor;

/* Takes fd. */
typedef void app_accepted_fn(void *arg, struct app_acceptor *acceptor, int fd,
                             const struct gp_addr *peer, const struct gp_addr *local);

/* Takes listen_fd (also on failure). NULL when there is no memory. log is borrowed. */
struct app_acceptor *app_acceptor_create(struct gp_loop *loop, int listen_fd, struct gp_log *log,
                                         app_accepted_fn *fn, void *arg);

/* Closes the socket: connections that nobody accepted are reset. NULL is fine. */
void app_acceptor_destroy(struct app_acceptor *acceptor);

#endif
