/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/ubev.h"

#include <stdlib.h>
#include <sys/time.h>
#include <unbound-event.h>

typedef void ub_event_fn(int fd, short bits, void *arg);

struct base {
    struct ub_event_base super; /* first: what libunbound sees */
    struct gp_loop *loop;       /* borrowed */
    struct ub_event_base_vmt base_vmt;
    struct ub_event_vmt event_vmt;
};

struct event {
    struct ub_event super; /* first: what libunbound sees */
    struct gp_loop *loop;  /* borrowed */
    int fd;                /* -1: a timer only */
    short bits;            /* UB_EV_... */
    ub_event_fn *fn;
    void *arg;
    struct gp_watch *watch; /* owned; of fd; NULL until it is needed */
    struct gp_watch *old;   /* owned; of the descriptor before; goes at the next turn */
    struct gp_timer *timer; /* owned; NULL until it is needed */
    bool is_freed;
    struct gp_task sweep; /* libunbound frees and redirects events in their own callbacks */
};

static void event_stop(struct event *event)
{
    if (event->watch)
        gp_watch_set(event->watch, 0);
    if (event->timer)
        gp_timer_clear(event->timer);
}

/* The callback may free the event, which therefore is not touched after it. */
static void event_fire(struct event *event, short bits)
{
    if (!(event->bits & UB_EV_PERSIST))
        event_stop(event);
    event->fn(event->fd, bits, event->arg);
}

static void on_ready(void *arg, unsigned ready)
{
    event_fire(arg,
               (short)((ready & GP_READ ? UB_EV_READ : 0) | (ready & GP_WRITE ? UB_EV_WRITE : 0)));
}

static void on_timeout(void *arg)
{
    event_fire(arg, UB_EV_TIMEOUT);
}

static void on_sweep(void *arg)
{
    struct event *event = arg;
    gp_watch_destroy(event->old);
    event->old = NULL;
    if (!event->is_freed)
        return;
    gp_watch_destroy(event->watch);
    gp_timer_destroy(event->timer);
    free(event);
}

static void event_free(struct ub_event *super)
{
    struct event *event = (struct event *)super;
    event_stop(event);
    event->is_freed = true;
    gp_task_post(&event->sweep);
}

static int event_del(struct ub_event *super)
{
    event_stop((struct event *)super);
    return 0;
}

static bool watch_start(struct event *event)
{
    unsigned want =
        (event->bits & UB_EV_READ ? GP_READ : 0u) | (event->bits & UB_EV_WRITE ? GP_WRITE : 0u);
    if (event->fd < 0 || want == 0)
        return true;
    if (!event->watch)
        event->watch = gp_watch_create(event->loop, event->fd, on_ready, event);
    if (!event->watch)
        return false;
    gp_watch_set(event->watch, want);
    return true;
}

static bool timer_start(struct event *event, const struct timeval *after)
{
    if (!after || !(event->bits & UB_EV_TIMEOUT))
        return true;
    if (!event->timer)
        event->timer = gp_timer_create(event->loop, on_timeout, event);
    if (!event->timer)
        return false;
    gp_timer_set(event->timer, (int64_t)after->tv_sec * 1000 + (after->tv_usec + 999) / 1000);
    return true;
}

static int event_add(struct ub_event *super, struct timeval *after)
{
    struct event *event = (struct event *)super;
    event_stop(event);
    if (watch_start(event) && timer_start(event, after))
        return 0;
    event_stop(event);
    return -1;
}

static void event_add_bits(struct ub_event *super, short bits)
{
    struct event *event = (struct event *)super;
    event_stop(event);
    event->bits = (short)(event->bits | bits);
}

static void event_del_bits(struct ub_event *super, short bits)
{
    struct event *event = (struct event *)super;
    event_stop(event);
    event->bits = (short)(event->bits & ~bits);
}

static void event_set_fd(struct ub_event *super, int fd)
{
    struct event *event = (struct event *)super;
    event_stop(event);
    if (fd == event->fd)
        return;
    event->fd = fd;
    if (event->old) {
        gp_watch_destroy(event->watch); /* made in this turn: it has no callback that runs */
    } else {
        event->old = event->watch;
        gp_task_post(&event->sweep);
    }
    event->watch = NULL;
}

static int event_add_timer(struct ub_event *super, struct ub_event_base *base, ub_event_fn *fn,
                           void *arg, struct timeval *after)
{
    struct event *event = (struct event *)super;
    (void)base;
    event->fn = fn;
    event->arg = arg;
    event->bits = (short)(event->bits | UB_EV_TIMEOUT);
    return event_add(super, after);
}

static struct ub_event *event_create(struct ub_event_base *super, int fd, short bits,
                                     ub_event_fn *fn, void *arg)
{
    struct base *base = (struct base *)super;
    struct event *event = calloc(1, sizeof(*event));
    if (!event)
        return NULL;
    event->super = (struct ub_event){.magic = UB_EVENT_MAGIC, .vmt = &base->event_vmt};
    event->loop = base->loop;
    event->fd = fd;
    event->bits = bits;
    event->fn = fn;
    event->arg = arg;
    gp_task_init(&event->sweep, base->loop, on_sweep, event);
    return &event->super;
}

/* libunbound runs no loop of its own here. */
static int base_loopexit(struct ub_event_base *base, struct timeval *after)
{
    (void)base;
    (void)after;
    return -1;
}

static void event_would_block(struct ub_event *event, int bits)
{
    (void)event;
    (void)bits; /* matters to Windows alone */
}

struct ub_event_base *dns_ubev_create(struct gp_loop *loop)
{
    struct base *base = calloc(1, sizeof(*base));
    if (!base)
        return NULL;
    base->loop = loop;
    base->super = (struct ub_event_base){.magic = UB_EVENT_MAGIC, .vmt = &base->base_vmt};
    /* what is left out libunbound does not call (unbound-event.h) */
    base->base_vmt =
        (struct ub_event_base_vmt){.loopexit = base_loopexit, .new_event = event_create};
    base->event_vmt = (struct ub_event_vmt){.add_bits = event_add_bits,
                                            .del_bits = event_del_bits,
                                            .set_fd = event_set_fd,
                                            .free = event_free,
                                            .add = event_add,
                                            .del = event_del,
                                            .add_timer = event_add_timer,
                                            .del_timer = event_del,
                                            .winsock_tcp_wouldblock = event_would_block};
    return &base->super;
}

void dns_ubev_destroy(struct ub_event_base *super)
{
    free((struct base *)super);
}
