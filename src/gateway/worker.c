/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/worker.h"

#include "federation/reload.h"
#include "base/acceptor.h"
#include "gateway/errand.h"
#include "posh/posh.h"
#include "gateway/trace.h"
#include "tls_setup.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APP_MAILBOX_BYTES (16 * 1024 * 1024) /* stanzas on their way from other workers */

struct app_worker {
    const struct app_snapshot *snapshot;
    const struct app_workers *workers;
    unsigned index;
    struct gp_loop *loop;
    struct gp_mailbox *mailbox;
    struct gp_log log;
    struct dns_resolver *resolver;
    struct fed_tls *tls;
    struct app_posh *posh;
    struct fed_context context;
    struct fed_diary diary;
    struct fed_router *router;
    struct fed_inbound *inbound;
    struct gp_acceptor **acceptors; /* those of direct-TLS sockets behind the others */
    size_t acceptor_count;
    size_t first_direct;
    struct app_errand *guests; /* that stay here */
    pthread_t thread;
    bool is_running;
};

/* An inside link of another worker changed its mind. */
struct congestion {
    struct gp_letter letter;
    unsigned inside;
    bool is_congested;
};

/* A contact that another worker has seen. */
struct contact_news {
    struct gp_letter letter;
    int64_t used_s;
    size_t len;
    char key[];
};

struct ending {
    struct gp_letter letter;
};

static void drop_letter(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static void open_parcel(struct gp_letter *letter, void *arg)
{
    struct app_worker *worker = arg;
    fed_router_deliver(worker->router, (struct fed_parcel *)letter);
}

static void open_congestion(struct gp_letter *letter, void *arg)
{
    struct app_worker *worker = arg;
    struct congestion *congestion = (struct congestion *)letter;
    fed_router_set_congested(worker->router, congestion->inside, congestion->is_congested);
    if (!congestion->is_congested)
        fed_inbound_resume(worker->inbound);
    free(congestion);
}

static void open_contact(struct gp_letter *letter, void *arg)
{
    struct app_worker *worker = arg;
    const struct contact_news *news = (struct contact_news *)letter;
    fed_guard_note_contact(fed_router_guard(worker->router), gp_span_make(news->key, news->len),
                           news->used_s);
    free(letter);
}

static void open_ending(struct gp_letter *letter, void *arg)
{
    struct app_worker *worker = arg;
    gp_loop_stop(worker->loop);
    free(letter);
}

static enum gp_code send_parcel(void *arg, unsigned index, struct fed_parcel *parcel, bool must_go)
{
    struct app_worker *worker = arg;
    parcel->letter.open = open_parcel;
    parcel->letter.drop = drop_letter;
    size_t weight = parcel->letter.bytes;
    if (must_go)
        parcel->letter.bytes = 0;
    enum gp_code code = gp_mailbox_post(worker->workers->list[index]->mailbox, &parcel->letter);
    if (code != GP_OK)
        parcel->letter.bytes = weight;
    return code;
}

static void open_news(struct gp_letter *letter, void *arg)
{
    struct app_worker *worker = arg;
    fed_router_hear(worker->router, (struct fed_carrier_news *)letter);
}

static void tell_news(void *arg, unsigned index, struct fed_carrier_news *news)
{
    struct app_worker *worker = arg;
    news->letter.open = open_news;
    news->letter.drop = drop_letter;
    enum gp_code code = gp_mailbox_post(worker->workers->list[index]->mailbox, &news->letter);
    GP_ASSERT(code == GP_OK); /* a letter of weight 0 is always taken */
}

static void tell_congested(void *arg, unsigned inside, bool is_congested)
{
    struct app_worker *worker = arg;
    if (!is_congested)
        fed_inbound_resume(worker->inbound);
    for (size_t i = 0; i < worker->workers->count; i++) {
        if (i == worker->index)
            continue;
        struct congestion *congestion = calloc(1, sizeof(*congestion));
        if (!congestion)
            continue;
        congestion->letter.open = open_congestion;
        congestion->letter.drop = drop_letter;
        congestion->inside = inside;
        congestion->is_congested = is_congested;
        if (gp_mailbox_post(worker->workers->list[i]->mailbox, &congestion->letter) != GP_OK)
            free(congestion);
    }
}

static void tell_contact(void *arg, struct gp_span key, int64_t used_s)
{
    struct app_worker *worker = arg;
    if (worker->workers->store)
        app_store_note(worker->workers->store, key, used_s);
    for (size_t i = 0; i < worker->workers->count; i++) {
        if (i == worker->index)
            continue;
        struct contact_news *news = malloc(sizeof(*news) + key.len);
        if (!news)
            continue;
        *news = (struct contact_news){.used_s = used_s, .len = key.len};
        memcpy(news->key, key.at, key.len);
        news->letter.open = open_contact; /* weight 0: always taken, so all of them know it */
        news->letter.drop = drop_letter;
        if (gp_mailbox_post(worker->workers->list[i]->mailbox, &news->letter) != GP_OK)
            free(news);
    }
}

static void on_accepted(void *arg, struct gp_acceptor *acceptor, int fd, const struct gp_addr *peer,
                        const struct gp_addr *local)
{
    struct app_worker *worker = arg;
    bool is_direct_tls = false;
    for (size_t i = worker->first_direct; i < worker->acceptor_count; i++)
        is_direct_tls = is_direct_tls || worker->acceptors[i] == acceptor;
    fed_inbound_accept(worker->inbound, fd, peer, local, is_direct_tls);
}

static void make_context(struct app_worker *worker)
{
    const struct app_snapshot *snapshot = worker->snapshot;
    worker->context = (struct fed_context){
        .loop = worker->loop,
        .settings = &snapshot->config->federation,
        .resolver = worker->resolver,
        .route = app_config_route(snapshot->config),
        .tls = worker->tls,
        .diary = &worker->diary,
        .log = &worker->log,
        .rnd = &gp_rnd_system,
        .own_addresses = snapshot->own_addresses,
        .own_address_count = snapshot->own_address_count,
    };
}

static enum gp_code make_federation(struct app_worker *worker, struct gp_err *err)
{
    const struct fed_post post = {
        .worker = worker->index,
        .worker_count = (unsigned)worker->workers->count,
        .send = send_parcel,
        .tell = tell_news,
        .congested = tell_congested,
        .contact = tell_contact,
        .arg = worker,
    };
    enum gp_code code =
        fed_router_create(&worker->context, worker->snapshot->insides,
                          worker->snapshot->config->inside_count, &post, &worker->router, err);
    if (code != GP_OK)
        return code;
    worker->inbound = fed_inbound_create(&worker->context, worker->router, post.worker_count);
    return worker->inbound ? GP_OK : gp_err_nomem(err);
}

static void close_listeners(const struct app_worker_setup *setup)
{
    for (size_t i = 0; i < setup->listener_count; i++) {
        int fd = setup->listeners[i].fd;
        gp_io_close(&fd);
    }
}

/* Takes the sockets, also on failure. Direct-TLS sockets go behind the others, so that a place in
 * the list says what a socket is. */
static enum gp_code make_acceptors(struct app_worker *worker, const struct app_worker_setup *setup,
                                   struct gp_err *err)
{
    enum gp_code code = GP_OK;
    worker->acceptors = calloc(setup->listener_count, sizeof(struct gp_acceptor *));
    if (!worker->acceptors) {
        close_listeners(setup);
        return gp_err_nomem(err);
    }
    for (int direct = 0; direct < 2; direct++) {
        for (size_t i = 0; i < setup->listener_count; i++) {
            const struct app_listener *listener = &setup->listeners[i];
            int fd = listener->fd;
            if (listener->is_direct_tls != (direct == 1))
                continue;
            if (code != GP_OK) {
                gp_io_close(&fd);
                continue;
            }
            struct gp_acceptor *acceptor =
                gp_acceptor_create(worker->loop, fd, &worker->log, on_accepted, worker);
            if (!acceptor)
                code = gp_err_nomem(err);
            else
                worker->acceptors[worker->acceptor_count++] = acceptor;
        }
        if (direct == 0)
            worker->first_direct = worker->acceptor_count;
    }
    return code;
}

enum gp_code app_worker_create(const struct app_worker_setup *setup, struct app_worker **ret,
                               struct gp_err *err)
{
    const struct app_config *config = setup->snapshot->config;
    int resolver_fd = setup->resolver_fd;
    struct app_worker *worker = calloc(1, sizeof(*worker));
    if (!worker) {
        gp_io_close(&resolver_fd);
        close_listeners(setup);
        return gp_err_nomem(err);
    }
    fed_diary_init(&worker->diary);
    worker->snapshot = setup->snapshot;
    worker->workers = setup->workers;
    worker->index = setup->index;
    gp_log_init(&worker->log, setup->log_fd, config->log_level, config->log_format);
    worker->loop = gp_loop_create();
    enum gp_code code = worker->loop ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK) {
        worker->mailbox = gp_mailbox_create(worker->loop, APP_MAILBOX_BYTES, worker);
        code = worker->mailbox ? GP_OK : gp_err_nomem(err);
    }
    if (code == GP_OK)
        code = make_acceptors(worker, setup, err);
    else
        close_listeners(setup);
    if (code == GP_OK) {
        code = dns_resolver_create_remote(worker->loop, resolver_fd, config->resolver.timeout_ms,
                                          &worker->resolver, err);
        resolver_fd = -1;
    }
    gp_io_close(&resolver_fd);
    if (code == GP_OK)
        code = app_tls_create(config, &worker->tls, err);
    if (code == GP_OK) {
        make_context(worker);
        code = app_posh_create(&worker->context, config->ca_file, &worker->posh, err);
    }
    if (code == GP_OK) {
        worker->context.posh = app_posh_source(worker->posh);
        code = make_federation(worker, err);
    }
    if (code != GP_OK) {
        app_worker_destroy(worker);
        return code;
    }
    *ret = worker;
    return GP_OK;
}

static void *run(void *arg)
{
    struct app_worker *worker = arg;
    gp_loop_run(worker->loop);
    return NULL;
}

enum gp_code app_worker_start(struct app_worker *worker, struct gp_err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, run, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return gp_err_system(err, failed, "start worker %u", worker->index);
    worker->is_running = true;
    return GP_OK;
}

void app_worker_end(struct app_worker *worker)
{
    if (!worker || !worker->is_running)
        return;
    struct ending *ending = calloc(1, sizeof(*ending));
    GP_ASSERT(ending); /* a thread that cannot be told to end leaves no way to go on */
    ending->letter.open = open_ending;
    ending->letter.drop = drop_letter;
    enum gp_code code = gp_mailbox_post(worker->mailbox, &ending->letter);
    GP_ASSERT(code == GP_OK); /* a letter of weight 0 is always taken */
    pthread_join(worker->thread, NULL);
    worker->is_running = false;
}

void app_worker_refuse(struct app_worker *worker)
{
    for (size_t i = 0; i < worker->acceptor_count; i++)
        gp_acceptor_destroy(worker->acceptors[i]);
    worker->acceptor_count = worker->first_direct = 0;
}

void app_worker_host(struct app_worker *worker, struct app_errand *errand)
{
    GP_ASSERT(errand->leave);
    errand->next_guest = worker->guests;
    errand->link = &worker->guests;
    if (errand->next_guest)
        errand->next_guest->link = &errand->next_guest;
    worker->guests = errand;
}

static void send_guests_away(struct app_worker *worker)
{
    while (worker->guests)
        worker->guests->leave(worker->guests);
}

void app_worker_destroy(struct app_worker *worker)
{
    if (!worker)
        return;
    send_guests_away(worker);
    app_worker_refuse(worker);
    fed_inbound_destroy(worker->inbound);
    fed_router_destroy(worker->router);
    fed_inside_cut_leaving(&worker->context);
    while (worker->context.sessions.first)
        fed_session_destroy(worker->context.sessions.first);
    app_posh_destroy(worker->posh);
    app_traces_leave(&worker->context);
    fed_diary_finish(&worker->diary);
    fed_tls_destroy(worker->tls);
    dns_resolver_destroy(worker->resolver);
    gp_mailbox_destroy(worker->mailbox);
    gp_loop_destroy(worker->loop);
    free(worker->acceptors);
    free(worker);
}

enum gp_code app_worker_post(struct app_worker *worker, struct gp_letter *letter)
{
    return gp_mailbox_post(worker->mailbox, letter);
}

struct fed_context *app_worker_context(struct app_worker *worker)
{
    return &worker->context;
}

struct fed_router *app_worker_router(struct app_worker *worker)
{
    return worker->router;
}

struct fed_inbound *app_worker_inbound(struct app_worker *worker)
{
    return worker->inbound;
}

struct gp_loop *app_worker_loop(struct app_worker *worker)
{
    return worker->loop;
}

const struct app_config *app_worker_config(const struct app_worker *worker)
{
    return worker->snapshot->config;
}

unsigned app_worker_index(const struct app_worker *worker)
{
    return worker->index;
}

void app_worker_set_resolver(struct app_worker *worker, int fd)
{
    dns_resolver_reconnect(worker->resolver, fd);
}

enum gp_code app_worker_reload(struct app_worker *worker, const struct app_snapshot *snapshot,
                               struct fed_tls *tls, struct gp_err *err)
{
    const struct app_config *config = snapshot->config;
    const struct fed_reload to = {
        .settings = &config->federation,
        .route = app_config_route(config),
        .tls = tls,
        .own_addresses = snapshot->own_addresses,
        .own_address_count = snapshot->own_address_count,
        .insides = snapshot->insides,
        .inside_count = config->inside_count,
    };
    enum gp_code code = fed_reload(worker->router, worker->inbound, &to, err);
    fed_tls_destroy(worker->tls);
    worker->tls = tls;
    worker->snapshot = snapshot;
    worker->log.level = config->log_level;
    worker->log.format = config->log_format;
    return code;
}

void app_worker_quiet(struct app_worker *worker)
{
    send_guests_away(worker);
    fed_router_quiet(worker->router);
}
