/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside link that services connect to as components (XEP-0114): one stream for each home
 * domain, a second one is refused. */
#include "base/acceptor.h"
#include "federation/inside_ops.h"
#include "federation/machine.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>

#define FED_COMPONENT_GUESTS_MAX \
    256 /* connections at a time, with those that have not shown the secret yet */

struct listener;

/* One connection. */
struct service {
    struct service *next, **link;
    struct listener *listener;
    struct fed_session *session;
    struct fed_door *door; /* of its home domain, when open; else NULL */
    uint64_t stanzas;
};

struct listener {
    struct fed_inside *inside;
    struct fed_context *context;
    struct gp_acceptor *acceptor; /* owned */
    struct service *services;
    size_t count;
};

static enum fed_component_claim claim(void *arg, const struct dns_domain *domain)
{
    const struct service *service = arg;
    const struct fed_door *door = fed_inside_door(service->listener->inside, domain, NULL);
    if (!door)
        return FED_CLAIM_UNKNOWN;
    return door->stream ? FED_CLAIM_TAKEN : FED_CLAIM_FREE;
}

static void report(const struct service *service, const char *event, enum gp_log_level level,
                   const char *sentence)
{
    const struct listener *listener = service->listener;
    char address[GP_ADDR_TEXT_MAX], stanzas[24];
    struct gp_addr peer = fed_session_peer(service->session);
    snprintf(stanzas, sizeof(stanzas), "%llu", (unsigned long long)service->stanzas);
    gp_log_write(listener->context->log, level, event,
                 GP_LOG_FIELDS({"inside", fed_inside_settings(listener->inside)->name},
                               {"home", service->door ? service->door->home.ascii : NULL},
                               {"address", gp_addr_port_text(&peer, address)},
                               {"stanzas", service->door ? stanzas : NULL}),
                 "%s", sentence);
}

static void service_on_request(void *arg, struct fed_session *session,
                               const struct fed_request *request)
{
    struct service *service = arg;
    struct listener *listener = service->listener;
    if (request->what == FED_DO_STANZA) {
        service->stanzas++;
        if (!fed_inside_took(listener->inside, service->door, &service->door->home,
                             request->u.stanza, fed_component_lang(fed_session_machine(session))))
            fed_session_pause(session, true);
    } else if (request->what == FED_DO_OPEN) {
        service->door = fed_inside_door(listener->inside, &request->u.pair.home, NULL);
        service->door->stream = service;
        report(service, "inside-open", GP_LOG_INFO, "a service has connected");
        fed_inside_came(listener->inside, service->door);
    }
}

static void service_on_drained(void *arg, struct fed_session *session)
{
    struct service *service = arg;
    (void)session;
    fed_inside_drained(service->listener->inside);
}

static void service_destroy(struct service *service)
{
    *service->link = service->next;
    if (service->next)
        service->next->link = service->link;
    service->listener->count--;
    if (service->door)
        service->door->stream = NULL;
    free(service);
}

static void service_on_end(void *arg, struct fed_session *session, enum fed_close reason,
                           const char *detail)
{
    struct service *service = arg;
    struct listener *listener = service->listener;
    struct fed_door *door = service->door;
    char sentence[FED_DETAIL_MAX + 128];
    (void)session;
    snprintf(sentence, sizeof(sentence), "%s%s%s", fed_close_text(reason), detail[0] ? ": " : "",
             detail);
    report(service, door ? "inside-close" : "inside-refused",
           door && fed_close_fault(reason) == FED_BY_US ? GP_LOG_INFO : GP_LOG_WARNING, sentence);
    service_destroy(service);
    if (door)
        fed_inside_went(listener->inside, door, 0, sentence);
}

static const struct fed_session_owner service_owner = {
    .start_tls = fed_session_no_tls,
    .on_request = service_on_request,
    .on_drained = service_on_drained,
    .on_end = service_on_end,
};

static struct fed_session *start_session(struct listener *listener, struct service *service, int fd)
{
    struct fed_context *context = listener->context;
    struct fed_now now = fed_now();
    const struct fed_component_setup setup = {
        .settings = context->settings,
        .secret = fed_inside_settings(listener->inside)->secret,
        .make_id = fed_make_id,
        .claim = claim,
        .arg = service,
    };
    const struct fed_session_setup session = {
        .loop = context->loop,
        .limits = &context->settings->limits,
        .list = &context->sessions,
        .link = fed_link_create(fd),
        .type = &fed_machine_component,
        .machine = fed_component_create(&setup, &now),
        .owner = &service_owner,
        .arg = service,
    };
    return fed_session_create(&session);
}

static void on_connection(void *arg, struct gp_acceptor *acceptor, int fd,
                          const struct gp_addr *peer, const struct gp_addr *local)
{
    struct listener *listener = arg;
    struct service *service =
        listener->count < FED_COMPONENT_GUESTS_MAX ? calloc(1, sizeof(*service)) : NULL;
    (void)acceptor, (void)peer, (void)local;
    if (!service) {
        gp_io_close(&fd);
        return;
    }
    service->listener = listener;
    service->next = listener->services;
    service->link = &listener->services;
    if (service->next)
        service->next->link = &service->next;
    listener->services = service;
    listener->count++;
    service->session = start_session(listener, service, fd);
    if (!service->session)
        service_destroy(service);
}

static void component_resume(void *state)
{
    const struct listener *listener = state;
    for (struct service *service = listener->services; service; service = service->next)
        if (fed_session_is_paused(service->session))
            fed_session_pause(service->session, false);
}

static void component_quiet(void *state)
{
    struct listener *listener = state;
    gp_acceptor_destroy(listener->acceptor);
    listener->acceptor = NULL;
    for (struct service *service = listener->services; service; service = service->next)
        fed_session_pause(service->session, true);
}

static void component_stop(void *state)
{
    struct listener *listener = state;
    for (struct service *service = listener->services; service; service = service->next)
        fed_session_stop(service->session, FED_CLOSE_SHUTDOWN);
}

static void component_abandon(struct fed_door *door, enum fed_close reason)
{
    struct service *service = door->stream;
    report(service, "inside-close", GP_LOG_INFO, "the inside link was changed or removed");
    fed_session_stop(service->session, reason);
    fed_session_give(service->session, &fed_session_nobody, NULL);
    service_destroy(service);
}

static void component_destroy(void *state)
{
    struct listener *listener = state;
    while (listener->services) {
        struct fed_session *session = listener->services->session;
        service_destroy(listener->services);
        fed_session_destroy(session);
    }
    gp_acceptor_destroy(listener->acceptor);
    free(listener);
}

static enum gp_code component_create(struct fed_inside *inside, void **ret_state,
                                     struct gp_err *err)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    struct gp_addr address = fed_inside_settings(inside)->listen;
    int fd = -1;
    if (!listener)
        return gp_err_nomem(err);
    listener->inside = inside;
    listener->context = fed_inside_context(inside);
    enum gp_code code = gp_io_listen(&address, false, &fd, err);
    if (code == GP_OK) {
        listener->acceptor = gp_acceptor_create(listener->context->loop, fd, listener->context->log,
                                                on_connection, listener);
        code = listener->acceptor ? GP_OK : gp_err_nomem(err);
    }
    if (code != GP_OK) {
        component_destroy(listener);
        return code;
    }
    *ret_state = listener;
    return GP_OK;
}

static struct gp_buf *component_output(struct fed_door *door)
{
    struct service *service = door->stream;
    struct fed_component *machine = fed_session_machine(service->session);
    bool takes_more = fed_component_is_open(machine) && !fed_session_is_full(service->session);
    return takes_more ? fed_component_output(machine) : NULL;
}

static uint64_t component_sent(struct fed_door *door)
{
    struct service *service = door->stream;
    service->stanzas++;
    fed_session_kick(service->session);
    return 0; /* nothing is kept */
}

static struct gp_addr component_peer(const struct fed_door *door)
{
    const struct service *service = door->stream;
    return fed_session_peer(service->session);
}

const struct fed_inside_ops fed_inside_component_ops = {
    .create = component_create,
    .destroy = component_destroy,
    .output = component_output,
    .sent = component_sent,
    .peer = component_peer,
    .resume = component_resume,
    .abandon = component_abandon,
    .quiet = component_quiet,
    .stop = component_stop,
};
