/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resolver process as its parent sees it (design, section 3): started with one message pair for
 * each worker, started again when it dies. It is a fresh program, not a fork with our memory: it
 * never holds a key.
 */
#ifndef GP_APP_RESOLVER_CHILD_H
#define GP_APP_RESOLVER_CHILD_H

#include "base/log.h"
#include "base/loop.h"
#include "dns/settings.h"

struct app_resolver_child;

/* A new process is there; fds[i] is the end of worker i, taken. */
typedef void app_resolver_fn(void *arg, const int *fds, size_t count);

/* Starts the process; ret_fds (count of them) are the workers' ends for the start. fn is called
 * after each later start. */
GP_MUST_USE enum gp_code
app_resolver_child_create(struct gp_loop *loop, const struct dns_settings *settings, size_t count,
                          struct gp_log *log, app_resolver_fn *fn, void *arg, int *ret_fds,
                          struct app_resolver_child **ret, struct gp_err *err);

/* Ends the process. NULL is fine. */
void app_resolver_child_destroy(struct app_resolver_child *child);

/* For status: its process id, and how often it had to be started again. */
long app_resolver_child_pid(const struct app_resolver_child *child);
unsigned app_resolver_child_restarts(const struct app_resolver_child *child);

/* The name of the hidden command that the process runs, and how its settings travel there. */
#define APP_RESOLVER_COMMAND "resolver-process"

#endif
