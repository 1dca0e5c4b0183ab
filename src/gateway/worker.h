/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One worker: a thread with its own loop, listening sockets, TLS contexts, resolver channel, router
 * and counters (design, section 3). It shares nothing that changes; what others want of it comes as
 * a letter.
 */
#ifndef GP_APP_WORKER_H
#define GP_APP_WORKER_H

#include "base/mailbox.h"
#include "federation/inbound.h"
#include "gateway/snapshot.h"
#include "gateway/store.h"

struct app_worker;
struct app_errand;

/* All workers of a gateway; fixed while threads run. */
struct app_workers {
    size_t count;
    struct app_worker **list;
    struct app_store *store; /* who keeps contacts; NULL: nobody */
};

struct app_worker_setup {
    /* Borrowed until the next one takes its place. */
    const struct app_snapshot *snapshot;
    const struct app_workers *workers; /* borrowed, outlives the worker */
    unsigned index;
    const struct app_listener *listeners; /* their descriptors are taken, also on failure */
    size_t listener_count;
    int resolver_fd; /* taken */
    int log_fd;
};

/* Sets everything up on the calling thread. Errors: TLS material, inside links. */
GP_MUST_USE enum gp_code app_worker_create(const struct app_worker_setup *setup,
                                           struct app_worker **ret, struct gp_err *err);

/* Starts the thread; signals are blocked in it. */
GP_MUST_USE enum gp_code app_worker_start(struct app_worker *worker, struct gp_err *err);

/* Ends the thread if it runs (nothing is waited for: see the errands) and waits for it. */
void app_worker_end(struct app_worker *worker);

/* After app_worker_end() of all workers: letters between them still hold memory. NULL is fine. */
void app_worker_destroy(struct app_worker *worker);

/* From any thread. Takes the letter if it returns GP_OK; its open() is given the worker as arg. */
GP_MUST_USE enum gp_code app_worker_post(struct app_worker *worker, struct gp_letter *letter);

/* For errands, on the worker's own thread. */
struct fed_context *app_worker_context(struct app_worker *worker);
struct fed_router *app_worker_router(struct app_worker *worker);
struct fed_inbound *app_worker_inbound(struct app_worker *worker);
struct gp_loop *app_worker_loop(struct app_worker *worker);
/* What it works by at present. */
const struct app_config *app_worker_config(const struct app_worker *worker);
unsigned app_worker_index(const struct app_worker *worker);

/* An errand stays here until app_errand_go_on(): one that still does when the worker becomes quiet
 * or is destroyed is made to leave. */
void app_worker_host(struct app_worker *worker, struct app_errand *errand);

/* A new resolver process is there; takes fd. */
void app_worker_set_resolver(struct app_worker *worker, int fd);

/*
 * A reload: takes everything here to the next snapshot, in one turn; afterwards nothing points into
 * the one before. Takes tls, which was made for this worker; streams that are there keep theirs.
 * Errors: an inside link could not be set up; everything else is done all the same.
 */
GP_MUST_USE enum gp_code app_worker_reload(struct app_worker *worker,
                                           const struct app_snapshot *snapshot, struct fed_tls *tls,
                                           struct gp_err *err);

/* Closes its listening sockets: no further connection of a partner is taken. */
void app_worker_refuse(struct app_worker *worker);

/* Stopping on this worker: takes no further stanza from the inside, keeps no errand. */
void app_worker_quiet(struct app_worker *worker);

#endif
