/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A letter that visits one worker after the other and comes home: how the supervisor asks its
 * workers for something and how it takes them through the steps of stopping. What it collects on
 * the way is its own; nothing is shared.
 */
#ifndef GP_APP_ERRAND_H
#define GP_APP_ERRAND_H

#include "gateway/worker.h"

struct app_errand;

/* On the worker's thread. false: it stays there, and app_errand_go_on() will be called later, on
 * the same thread. */
typedef bool app_errand_fn(struct app_errand *errand, struct app_worker *worker);

/* Ends its stay at a worker that stops: lets go of whatever it waits for and calls
 * app_errand_go_on(). */
typedef void app_errand_leave_fn(struct app_errand *errand);

/* At home, on the supervisor's thread, after all workers were visited. Owns the errand. */
typedef void app_errand_home_fn(struct app_errand *errand, void *arg);

/* Releases an errand that never comes home: the gateway has ended. */
typedef void app_errand_drop_fn(struct app_errand *errand);

/* The first member of every kind of errand. Allocated by malloc. */
struct app_errand {
    struct gp_letter letter;
    const struct app_workers *workers;
    struct gp_mailbox *home; /* the supervisor's; its arg goes to back() */
    unsigned next;           /* the worker that is visited next */
    app_errand_fn *visit;
    app_errand_home_fn *back;
    app_errand_leave_fn *leave; /* NULL: it never stays */
    app_errand_drop_fn *drop;   /* NULL: free() is enough */
    struct app_errand *next_guest,
        **link; /* while it stays: the worker's; link is NULL elsewhere */
};

/* Sends it on its way. leave and drop are set by whoever made it. */
void app_errand_start(struct app_errand *errand, const struct app_workers *workers,
                      struct gp_mailbox *home, app_errand_fn *visit, app_errand_home_fn *back);

/* On to the next worker, or home: called by the worker that it visited. */
void app_errand_go_on(struct app_errand *errand);

#endif
