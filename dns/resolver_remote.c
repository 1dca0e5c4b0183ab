/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_impl.h"

#include "base/io.h"
#include "dns/resolver_wire.h"

#include <stdlib.h>

#define ANSWERS_PER_TURN 64 /* then the other descriptors of the loop have their turn */

struct remote {
    struct dns_resolver super; /* first: what resolver.c sees */
    int fd;                    /* owned; -1 while there is no process */
    struct gp_watch *watch;    /* owned; NULL while there is no process */
    bool has_backlog;          /* questions wait for the descriptor to take them */
    uint32_t last_id;
    struct gp_task drop;                 /* of watch and fd, when the process is gone */
    uint8_t in[DNS_WIRE_ANSWER_MAX + 1]; /* one more, to notice what is too long */
};

static void disconnect(struct remote *remote)
{
    gp_task_cancel(&remote->drop);
    gp_watch_destroy(remote->watch);
    remote->watch = NULL;
    gp_io_close(&remote->fd);
}

static void on_drop(void *arg)
{
    disconnect(arg);
}

static void lose(struct remote *remote)
{
    gp_watch_set(remote->watch, 0);
    gp_task_post(&remote->drop); /* this may be the watch's own callback */
}

/* Whether later questions may be tried. */
static bool send_question(struct remote *remote, struct dns_query *query)
{
    uint8_t message[DNS_WIRE_QUESTION_MAX];
    size_t sent;
    size_t len = dns_wire_put_question(message, query->id, (uint16_t)query->type, &query->name);
    switch (gp_io_write(remote->fd, message, len, &sent)) {
    case GP_IO_DONE:
        query->is_sent = true;
        return true;
    case GP_IO_AGAIN:
        remote->has_backlog = true;
        gp_watch_set(remote->watch, GP_READ | GP_WRITE);
        return false;
    default:
        lose(remote);
        return false;
    }
}

static void send_backlog(struct remote *remote)
{
    struct dns_query *query;
    remote->has_backlog = false;
    gp_watch_set(remote->watch, GP_READ);
    TAILQ_FOREACH (query, &remote->super.queries, link)
        if (!query->is_answered && !query->is_sent && !send_question(remote, query))
            return;
}

static struct dns_query *find_query(struct remote *remote, uint32_t id)
{
    struct dns_query *query;
    TAILQ_FOREACH (query, &remote->super.queries, link)
        if (query->id == id && query->is_sent && !query->is_answered)
            return query;
    return NULL;
}

/* An answer to nothing that is pending is an answer to what was cancelled, or invented. */
static void take_answer(struct remote *remote, size_t len)
{
    struct dns_answer *answer = NULL;
    uint32_t id;
    if (dns_wire_get_id(remote->in, len, &id) != GP_OK)
        return;
    struct dns_query *query = find_query(remote, id);
    if (!query)
        return;
    if (dns_wire_get_answer(remote->in, len, &query->name, (uint16_t)query->type, &answer) ==
        GP_ERR_INPUT)
        answer = dns_answer_create(&query->name, (uint16_t)query->type, DNS_FAILED, DNS_INSECURE,
                                   NULL, NULL, 0, "the resolver process gave a malformed answer");
    dns_query_answer(query, answer);
}

static void on_ready(void *arg, unsigned ready)
{
    struct remote *remote = arg;
    if (ready & GP_READ)
        for (unsigned i = 0; i < ANSWERS_PER_TURN; i++) {
            size_t len;
            enum gp_io_result result = gp_io_read(remote->fd, remote->in, sizeof(remote->in), &len);
            if (result == GP_IO_AGAIN)
                break;
            if (result != GP_IO_DONE) {
                lose(remote);
                return;
            }
            take_answer(remote, len);
        }
    if (ready & GP_WRITE)
        send_backlog(remote);
}

static enum gp_code remote_start(struct dns_resolver *resolver, struct dns_query *query,
                                 struct gp_err *err)
{
    struct remote *remote = (struct remote *)resolver;
    (void)err;
    query->id = ++remote->last_id;
    if (remote->watch && !remote->has_backlog)
        (void)send_question(remote, query); /* if not now, then from the backlog */
    return GP_OK;
}

/* The process is not told: its answer will find no question. */
static void remote_stop(struct dns_resolver *resolver, struct dns_query *query)
{
    (void)resolver;
    (void)query;
}

static void remote_destroy(struct dns_resolver *resolver)
{
    struct remote *remote = (struct remote *)resolver;
    disconnect(remote);
    free(remote);
}

static const struct dns_resolver_kind remote_kind = {
    .start = remote_start, .stop = remote_stop, .destroy = remote_destroy};

/* Takes fd. */
static enum gp_code attach(struct remote *remote, int fd, struct gp_err *err)
{
    struct gp_watch *watch = gp_watch_create(remote->super.loop, fd, on_ready, remote);
    if (!watch) {
        gp_io_close(&fd);
        return gp_err_nomem(err);
    }
    remote->fd = fd;
    remote->watch = watch;
    struct dns_query *query;
    TAILQ_FOREACH (query, &remote->super.queries, link)
        query->is_sent = false; /* this process was asked nothing yet */
    send_backlog(remote);
    return GP_OK;
}

enum gp_code dns_resolver_create_remote(struct gp_loop *loop, int fd, uint32_t timeout_ms,
                                        struct dns_resolver **ret, struct gp_err *err)
{
    struct remote *remote = calloc(1, sizeof(*remote));
    if (!remote) {
        gp_io_close(&fd);
        return gp_err_nomem(err);
    }
    dns_resolver_init(&remote->super, &remote_kind, loop, timeout_ms);
    remote->fd = -1;
    gp_task_init(&remote->drop, loop, on_drop, remote);
    if (fd >= 0) {
        enum gp_code code = attach(remote, fd, err);
        if (code != GP_OK) {
            free(remote);
            return code;
        }
    }
    *ret = &remote->super;
    return GP_OK;
}

void dns_resolver_reconnect(struct dns_resolver *resolver, int fd)
{
    struct remote *remote = (struct remote *)resolver;
    GP_ASSERT(resolver->kind == &remote_kind);
    disconnect(remote);
    /* without memory for a watch there is no process; questions fail at their deadlines */
    (void)attach(remote, fd, NULL);
}
