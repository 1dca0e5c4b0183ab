/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GP_ACCEPT_TURN     16  /* connections in one turn of the loop */
#define GP_ACCEPT_PAUSE_MS 200 /* when descriptors or memory ran out */

struct gp_acceptor {
    struct gp_watch *watch;
    struct gp_timer *pause;
    struct gp_log *log;
    int fd;
    gp_accepted_fn *fn;
    void *arg;
};

static void on_connection(void *arg, unsigned ready)
{
    struct gp_acceptor *acceptor = arg;
    (void)ready;
    for (int i = 0; i < GP_ACCEPT_TURN; i++) {
        int fd = -1;
        struct gp_addr peer, local;
        enum gp_io_result result = gp_io_accept(acceptor->fd, &fd, &peer, &local);
        if (result == GP_IO_AGAIN)
            return;
        if (result != GP_IO_DONE) {
            /* the waiting connection keeps the socket readable: without a pause the loop would spin
             */
            gp_log_write(acceptor->log, GP_LOG_ERROR, "accept-failed", GP_LOG_NO_FIELDS,
                         "cannot accept a connection: %s", strerror(errno));
            gp_watch_set(acceptor->watch, 0);
            gp_timer_set(acceptor->pause, GP_ACCEPT_PAUSE_MS);
            return;
        }
        acceptor->fn(acceptor->arg, acceptor, fd, &peer, &local);
    }
}

static void on_pause_over(void *arg)
{
    struct gp_acceptor *acceptor = arg;
    gp_watch_set(acceptor->watch, GP_READ);
}

struct gp_acceptor *gp_acceptor_create(struct gp_loop *loop, int listen_fd, struct gp_log *log,
                                       gp_accepted_fn *fn, void *arg)
{
    struct gp_acceptor *acceptor = calloc(1, sizeof(*acceptor));
    if (!acceptor) {
        gp_io_close(&listen_fd);
        return NULL;
    }
    acceptor->fd = listen_fd;
    acceptor->log = log;
    acceptor->fn = fn;
    acceptor->arg = arg;
    acceptor->watch = gp_watch_create(loop, listen_fd, on_connection, acceptor);
    acceptor->pause = gp_timer_create(loop, on_pause_over, acceptor);
    if (!acceptor->watch || !acceptor->pause) {
        gp_acceptor_destroy(acceptor);
        return NULL;
    }
    gp_watch_set(acceptor->watch, GP_READ);
    return acceptor;
}

void gp_acceptor_destroy(struct gp_acceptor *acceptor)
{
    if (!acceptor)
        return;
    gp_watch_destroy(acceptor->watch);
    gp_timer_destroy(acceptor->pause);
    gp_io_close(&acceptor->fd);
    free(acceptor);
}
