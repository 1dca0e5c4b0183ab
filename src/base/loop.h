/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop: descriptors, timers, tasks, wake-ups, signals. A thin typed layer on libev; ev.h
 * is seen by loop.c alone.
 *
 * Rules that hold for everything asynchronous in gatepost:
 *   - a callback never runs inside the call that started the operation;
 *   - it runs once for each time it was asked for, and never after cancel or destroy;
 *   - an object is not freed under its own callback: it makes itself inert and posts a gp_task that
 * frees it. A loop and everything on it belong to one thread; gp_wakeup_send() alone may be called
 * from others.
 */
#ifndef GP_BASE_LOOP_H
#define GP_BASE_LOOP_H

#include "base/err.h"

struct gp_loop;

/* NULL when there is no memory. */
struct gp_loop *gp_loop_create(void);

/* Runs what is still posted, then releases the loop. Everything that was created on it must be
 * destroyed before. */
void gp_loop_destroy(struct gp_loop *loop);

/* Returns after gp_loop_stop(). */
void gp_loop_run(struct gp_loop *loop);
void gp_loop_stop(struct gp_loop *loop);

/* Descriptors. */

enum {
    GP_READ = 1,
    GP_WRITE = 2
};

struct gp_watch;
typedef void gp_watch_fn(void *arg, unsigned ready); /* ready: GP_READ, GP_WRITE or both */

/* Watches fd, which stays the caller's; nothing is wanted at first. NULL when there is no memory.
 */
struct gp_watch *gp_watch_create(struct gp_loop *loop, int fd, gp_watch_fn *fn, void *arg);

/* want: GP_READ, GP_WRITE, both or 0. */
void gp_watch_set(struct gp_watch *watch, unsigned want);

/* Must come before the descriptor is closed. NULL is fine. */
void gp_watch_destroy(struct gp_watch *watch);

/* Timers. */

struct gp_timer;
typedef void gp_timer_fn(void *arg);

/* NULL when there is no memory. Not running at first. */
struct gp_timer *gp_timer_create(struct gp_loop *loop, gp_timer_fn *fn, void *arg);

/* Calls back once, delay_ms from now (not before); replaces what was set before. */
void gp_timer_set(struct gp_timer *timer, int64_t delay_ms);
void gp_timer_clear(struct gp_timer *timer);
bool gp_timer_is_set(struct gp_timer *timer);
void gp_timer_destroy(struct gp_timer *timer);

/* Tasks: called once from the loop itself, at its next turn. Embedded in their owner, so posting
 * cannot fail. */

struct gp_task;
typedef void gp_task_fn(void *arg);

struct gp_task {
    struct gp_task *next, **link; /* the loop's; link is NULL while not posted */
    struct gp_loop *loop;         /* borrowed, outlives the task */
    gp_task_fn *fn;
    void *arg;
};

void gp_task_init(struct gp_task *task, struct gp_loop *loop, gp_task_fn *fn, void *arg);

/* Posting a task that is posted already changes nothing. fn may free the object that holds the
 * task. */
void gp_task_post(struct gp_task *task);
void gp_task_cancel(struct gp_task *task);
bool gp_task_is_posted(const struct gp_task *task);

/* Wake-ups from other threads. */

struct gp_wakeup;
typedef void gp_wakeup_fn(void *arg);

/* fn is called on the loop's own thread. NULL when there is no memory. */
struct gp_wakeup *gp_wakeup_create(struct gp_loop *loop, gp_wakeup_fn *fn, void *arg);

/* From any thread; several sends may become one call. */
void gp_wakeup_send(struct gp_wakeup *wakeup);
void gp_wakeup_destroy(struct gp_wakeup *wakeup);

/* Signals; on one loop of the process only. */

struct gp_signal;
typedef void gp_signal_fn(void *arg, int number);

/* fn is called on the loop, not in a signal handler. NULL when there is no memory. */
struct gp_signal *gp_signal_create(struct gp_loop *loop, int number, gp_signal_fn *fn, void *arg);
void gp_signal_destroy(struct gp_signal *signal);

#endif
