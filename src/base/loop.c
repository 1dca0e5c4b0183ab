/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/loop.h"

#include <ev.h>
#include <stdlib.h>

struct gp_loop {
    struct ev_loop *ev;
    ev_prepare before_wait; /* runs the tasks that were posted since the last turn */
    ev_idle no_wait;        /* active while tasks wait, so that the loop does not block */
    struct gp_task *tasks;
    struct gp_task **tasks_end;
};

struct gp_watch {
    ev_io io;
    struct ev_loop *ev;
    gp_watch_fn *fn;
    void *arg;
};

struct gp_timer {
    ev_timer timer;
    struct ev_loop *ev;
    gp_timer_fn *fn;
    void *arg;
};

struct gp_wakeup {
    ev_async async;
    struct ev_loop *ev;
    gp_wakeup_fn *fn;
    void *arg;
};

struct gp_signal {
    ev_signal signal;
    struct ev_loop *ev;
    gp_signal_fn *fn;
    void *arg;
};

static void run_tasks(struct gp_loop *loop)
{
    struct gp_task *batch = loop->tasks;
    if (!batch)
        return;
    /* Tasks posted from here on wait for the next turn. Batch members can still be cancelled: they
     * are linked. */
    struct gp_task *head = batch;
    head->link = &head;
    loop->tasks = NULL;
    loop->tasks_end = &loop->tasks;
    while (head) {
        struct gp_task *task = head;
        gp_task_cancel(task);
        task->fn(task->arg);
    }
}

static void on_before_wait(struct ev_loop *ev, ev_prepare *watcher, int events)
{
    (void)events;
    struct gp_loop *loop = watcher->data;
    run_tasks(loop);
    if (loop->tasks)
        ev_idle_start(ev, &loop->no_wait);
    else
        ev_idle_stop(ev, &loop->no_wait);
}

static void on_idle(struct ev_loop *ev, ev_idle *watcher, int events)
{
    (void)ev;
    (void)watcher;
    (void)events;
}

struct gp_loop *gp_loop_create(void)
{
    struct gp_loop *loop = calloc(1, sizeof(*loop));
    if (!loop)
        return NULL;
    loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!loop->ev) {
        free(loop);
        return NULL;
    }
    loop->tasks_end = &loop->tasks;
    ev_prepare_init(&loop->before_wait, on_before_wait);
    loop->before_wait.data = loop;
    ev_prepare_start(loop->ev, &loop->before_wait);
    ev_idle_init(&loop->no_wait, on_idle);
    return loop;
}

void gp_loop_destroy(struct gp_loop *loop)
{
    if (!loop)
        return;
    while (loop->tasks)
        run_tasks(loop);
    ev_prepare_stop(loop->ev, &loop->before_wait);
    ev_idle_stop(loop->ev, &loop->no_wait);
    ev_loop_destroy(loop->ev);
    free(loop);
}

void gp_loop_run(struct gp_loop *loop)
{
    ev_run(loop->ev, 0);
}

void gp_loop_stop(struct gp_loop *loop)
{
    ev_break(loop->ev, EVBREAK_ALL);
}

static void on_io(struct ev_loop *ev, ev_io *io, int events)
{
    (void)ev;
    struct gp_watch *watch = io->data;
    unsigned ready = (events & EV_READ ? GP_READ : 0u) | (events & EV_WRITE ? GP_WRITE : 0u);
    watch->fn(watch->arg, ready);
}

struct gp_watch *gp_watch_create(struct gp_loop *loop, int fd, gp_watch_fn *fn, void *arg)
{
    struct gp_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return NULL;
    watch->ev = loop->ev;
    watch->fn = fn;
    watch->arg = arg;
    ev_io_init(&watch->io, on_io, fd, 0);
    watch->io.data = watch;
    return watch;
}

void gp_watch_set(struct gp_watch *watch, unsigned want)
{
    int events = (want & GP_READ ? EV_READ : 0) | (want & GP_WRITE ? EV_WRITE : 0);
    if (ev_is_active(&watch->io) && (watch->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(watch->ev, &watch->io);
    ev_io_set(&watch->io, watch->io.fd, events);
    if (events)
        ev_io_start(watch->ev, &watch->io);
}

void gp_watch_destroy(struct gp_watch *watch)
{
    if (!watch)
        return;
    ev_io_stop(watch->ev, &watch->io);
    free(watch);
}

static void on_timer(struct ev_loop *ev, ev_timer *watcher, int events)
{
    (void)ev;
    (void)events;
    struct gp_timer *timer = watcher->data;
    timer->fn(timer->arg);
}

struct gp_timer *gp_timer_create(struct gp_loop *loop, gp_timer_fn *fn, void *arg)
{
    struct gp_timer *timer = calloc(1, sizeof(*timer));
    if (!timer)
        return NULL;
    timer->ev = loop->ev;
    timer->fn = fn;
    timer->arg = arg;
    ev_init(&timer->timer, on_timer);
    timer->timer.data = timer;
    return timer;
}

void gp_timer_set(struct gp_timer *timer, int64_t delay_ms)
{
    ev_timer_stop(timer->ev, &timer->timer);
    ev_now_update(timer->ev); /* else a long turn of the loop would shorten the delay */
    ev_timer_set(&timer->timer, (double)(delay_ms > 0 ? delay_ms : 0) / 1000.0, 0.);
    ev_timer_start(timer->ev, &timer->timer);
}

void gp_timer_clear(struct gp_timer *timer)
{
    ev_timer_stop(timer->ev, &timer->timer);
}

bool gp_timer_is_set(struct gp_timer *timer)
{
    return ev_is_active(&timer->timer);
}

void gp_timer_destroy(struct gp_timer *timer)
{
    if (!timer)
        return;
    ev_timer_stop(timer->ev, &timer->timer);
    free(timer);
}

void gp_task_init(struct gp_task *task, struct gp_loop *loop, gp_task_fn *fn, void *arg)
{
    *task = (struct gp_task){.loop = loop, .fn = fn, .arg = arg};
}

void gp_task_post(struct gp_task *task)
{
    if (task->link)
        return;
    task->next = NULL;
    task->link = task->loop->tasks_end;
    *task->link = task;
    task->loop->tasks_end = &task->next;
}

void gp_task_cancel(struct gp_task *task)
{
    if (!task->link)
        return;
    *task->link = task->next;
    if (task->next)
        task->next->link = task->link;
    else if (task->loop->tasks_end == &task->next)
        task->loop->tasks_end = task->link;
    task->link = NULL;
    task->next = NULL;
}

bool gp_task_is_posted(const struct gp_task *task)
{
    return task->link != NULL;
}

static void on_async(struct ev_loop *ev, ev_async *async, int events)
{
    (void)ev;
    (void)events;
    struct gp_wakeup *wakeup = async->data;
    wakeup->fn(wakeup->arg);
}

struct gp_wakeup *gp_wakeup_create(struct gp_loop *loop, gp_wakeup_fn *fn, void *arg)
{
    struct gp_wakeup *wakeup = calloc(1, sizeof(*wakeup));
    if (!wakeup)
        return NULL;
    wakeup->ev = loop->ev;
    wakeup->fn = fn;
    wakeup->arg = arg;
    ev_async_init(&wakeup->async, on_async);
    wakeup->async.data = wakeup;
    ev_async_start(wakeup->ev, &wakeup->async);
    return wakeup;
}

void gp_wakeup_send(struct gp_wakeup *wakeup)
{
    ev_async_send(wakeup->ev, &wakeup->async);
}

void gp_wakeup_destroy(struct gp_wakeup *wakeup)
{
    if (!wakeup)
        return;
    ev_async_stop(wakeup->ev, &wakeup->async);
    free(wakeup);
}

static void on_signal(struct ev_loop *ev, ev_signal *watcher, int events)
{
    (void)ev;
    (void)events;
    struct gp_signal *signal = watcher->data;
    signal->fn(signal->arg, watcher->signum);
}

struct gp_signal *gp_signal_create(struct gp_loop *loop, int number, gp_signal_fn *fn, void *arg)
{
    struct gp_signal *signal = calloc(1, sizeof(*signal));
    if (!signal)
        return NULL;
    signal->ev = loop->ev;
    signal->fn = fn;
    signal->arg = arg;
    ev_signal_init(&signal->signal, on_signal, number);
    signal->signal.data = signal;
    ev_signal_start(signal->ev, &signal->signal);
    return signal;
}

void gp_signal_destroy(struct gp_signal *signal)
{
    if (!signal)
        return;
    ev_signal_stop(signal->ev, &signal->signal);
    free(signal);
}
