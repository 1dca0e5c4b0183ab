/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/gateway.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum gp_code open_listener(const struct gp_addr *address, uint16_t port, bool is_direct_tls,
                                  struct app_listener *ret, struct gp_err *err)
{
    *ret = (struct app_listener){.fd = -1, .address = *address, .is_direct_tls = is_direct_tls};
    ret->address.port = port;
    return gp_io_listen(&ret->address, true, &ret->fd, err);
}

/* One socket for each address and service; `gateway->listeners` keeps their addresses after a
 * worker took the descriptors. */
static enum gp_code open_listeners(struct app_gateway *gateway, struct app_listener *list,
                                   struct gp_err *err)
{
    const struct app_config *config = gateway->config;
    size_t count = 0;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < config->listen_count && code == GP_OK; i++) {
        const struct app_listen *listen = &config->listens[i];
        if (listen->starttls_port)
            code =
                open_listener(&listen->address, listen->starttls_port, false, &list[count++], err);
        if (listen->direct_tls_port && code == GP_OK)
            code =
                open_listener(&listen->address, listen->direct_tls_port, true, &list[count++], err);
    }
    if (code == GP_OK)
        return GP_OK;
    for (size_t i = 0; i < count; i++)
        gp_io_close(&list[i].fd);
    return code;
}

static bool is_wildcard(const struct gp_addr *address)
{
    return gp_addr_reach(address) == GP_REACH_UNSPECIFIED;
}

/* A socket on every address is reached by each of the machine's own: none of them may be dialled
 * (T34). */
static enum gp_code add_own(struct app_gateway *gateway, const struct gp_addr *address,
                            uint16_t port, struct gp_err *err)
{
    size_t size = (gateway->own_address_count + 1) * sizeof(*gateway->own_addresses);
    struct gp_addr *grown = realloc(gateway->own_addresses, size);
    if (!grown)
        return gp_err_nomem(err);
    gateway->own_addresses = grown;
    grown[gateway->own_address_count] = *address;
    grown[gateway->own_address_count++].port = port;
    return GP_OK;
}

static enum gp_code add_own_of_machine(struct app_gateway *gateway,
                                       const struct app_listener *listener, struct gp_err *err)
{
    struct gp_addr *list = NULL;
    size_t count = 0;
    enum gp_code code = gp_io_own_addresses(&list, &count, err);
    for (size_t i = 0; i < count && code == GP_OK; i++)
        if (list[i].family == listener->address.family)
            code = add_own(gateway, &list[i], listener->address.port, err);
    free(list);
    return code;
}

static enum gp_code collect_own(struct app_gateway *gateway, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    const struct app_config *config = gateway->config;
    for (size_t i = 0; i < gateway->listener_count && code == GP_OK; i++) {
        const struct app_listener *listener = &gateway->listeners[i];
        code = is_wildcard(&listener->address)
                   ? add_own_of_machine(gateway, listener, err)
                   : add_own(gateway, &listener->address, listener->address.port, err);
    }
    /* and what the world calls us by, should that be another address */
    for (size_t d = 0; d < config->domain_count; d++) {
        for (size_t h = 0; h < config->domains[d].host_count; h++) {
            const struct app_host *host = &config->domains[d].hosts[h];
            const uint16_t ports[] = {host->starttls_port, host->direct_tls_port};
            for (size_t a = 0; a < host->address_count; a++)
                for (size_t p = 0; p < GP_ARRAY_LEN(ports) && code == GP_OK; p++)
                    if (ports[p])
                        code = add_own(gateway, &host->addresses[a], ports[p], err);
        }
    }
    return code;
}

static enum gp_code read_certificates(struct app_gateway *gateway, struct gp_err *err)
{
    const struct app_config *config = gateway->config;
    enum gp_code code = GP_OK;
    gateway->certificates = calloc(config->domain_count, sizeof(struct fed_cert *));
    if (!gateway->certificates)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->domain_count && code == GP_OK; i++)
        code = fed_tls_read_certificate(config->domains[i].certificate, &gateway->certificates[i],
                                        err);
    return code;
}

/* The first worker's sockets fix the ports that the system chose; the others share them. */
static enum gp_code start_worker(struct app_gateway *gateway, unsigned index, int resolver_fd,
                                 struct gp_err *err)
{
    struct app_listener *list = calloc(gateway->listener_count, sizeof(*list));
    enum gp_code code = list ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK && index == 0) {
        code = open_listeners(gateway, list, err);
        if (code == GP_OK) {
            memcpy(gateway->listeners, list, gateway->listener_count * sizeof(*list));
            code = collect_own(gateway, err);
        }
    } else if (code == GP_OK) {
        for (size_t i = 0; i < gateway->listener_count && code == GP_OK; i++)
            code = open_listener(&gateway->listeners[i].address, gateway->listeners[i].address.port,
                                 gateway->listeners[i].is_direct_tls, &list[i], err);
    }
    if (code != GP_OK) {
        gp_io_close(&resolver_fd);
        free(list);
        return code;
    }
    const struct app_worker_setup setup = {
        .config = gateway->config,
        .workers = &gateway->workers,
        .index = index,
        .listeners = list,
        .listener_count = gateway->listener_count,
        .own_addresses = gateway->own_addresses,
        .own_address_count = gateway->own_address_count,
        .resolver_fd = resolver_fd,
        .log_fd = STDERR_FILENO,
    };
    code = app_worker_create(&setup, &gateway->workers.list[index], err);
    free(list);
    return code;
}

/* A letter that brings a worker its end of the pair to a new resolver process. */
struct resolver_news {
    struct gp_letter letter;
    int fd;
};

static void open_news(struct gp_letter *letter, void *arg)
{
    struct resolver_news *news = (struct resolver_news *)letter;
    app_worker_set_resolver(arg, news->fd);
    free(news);
}

static void drop_news(struct gp_letter *letter, void *arg)
{
    struct resolver_news *news = (struct resolver_news *)letter;
    (void)arg;
    gp_io_close(&news->fd);
    free(news);
}

static void on_new_resolver(void *arg, const int *fds, size_t count)
{
    struct app_gateway *gateway = arg;
    for (size_t i = 0; i < count; i++) {
        struct resolver_news *news = calloc(1, sizeof(*news));
        GP_ASSERT(news); /* without its resolver a worker is of no use */
        news->letter.open = open_news;
        news->letter.drop = drop_news;
        news->fd = fds[i];
        if (app_worker_post(gateway->workers.list[i], &news->letter) != GP_OK)
            drop_news(&news->letter, NULL);
    }
}

/* Before the threads run: what is known from before goes to every worker. */
static void load_contact(void *arg, struct gp_span key, int64_t used_s)
{
    struct app_gateway *gateway = arg;
    for (size_t i = 0; i < gateway->workers.count; i++)
        fed_guard_note_contact(fed_router_guard(app_worker_router(gateway->workers.list[i])), key,
                               used_s);
}

static enum gp_code open_store(struct app_gateway *gateway, struct gp_err *err)
{
    const struct app_config *config = gateway->config;
    if (!app_config_wants_contacts(config))
        return GP_OK;
    return app_store_create(config->state_directory, config->federation.limits.contacts,
                            &gateway->log, load_contact, gateway, &gateway->workers.store, err);
}

static enum gp_code start_workers(struct app_gateway *gateway, struct gp_err *err)
{
    size_t count = gateway->config->workers;
    int *fds = calloc(count, sizeof(*fds));
    gateway->workers.list = calloc(count, sizeof(struct app_worker *));
    enum gp_code code = fds && gateway->workers.list ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK)
        code = app_resolver_child_create(gateway->loop, &gateway->config->resolver, count,
                                         &gateway->log, on_new_resolver, gateway, fds,
                                         &gateway->resolver, err);
    if (code == GP_OK) {
        gateway->workers.count = count;
        for (size_t i = 0; i < count; i++) {
            if (code == GP_OK)
                code = start_worker(gateway, (unsigned)i, fds[i], err);
            else
                gp_io_close(&fds[i]);
        }
        if (code == GP_OK)
            code = open_store(gateway, err);
        for (size_t i = 0; i < count && code == GP_OK; i++)
            code = app_worker_start(gateway->workers.list[i], err);
    }
    free(fds);
    return code;
}

static void on_signal(void *arg, int number)
{
    struct app_gateway *gateway = arg;
    gp_log_write(&gateway->log, GP_LOG_NOTICE, "stopping", GP_LOG_NO_FIELDS, "stopping on %s",
                 number == SIGTERM ? "SIGTERM" : "SIGINT");
    app_gateway_stop(gateway);
}

static enum gp_code watch_signals(struct app_gateway *gateway, struct gp_err *err)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < GP_ARRAY_LEN(numbers); i++) {
        gateway->signals[i] = gp_signal_create(gateway->loop, numbers[i], on_signal, gateway);
        if (!gateway->signals[i])
            return gp_err_nomem(err);
    }
    return GP_OK;
}

static void say_ready(struct app_gateway *gateway)
{
    const struct app_config *config = gateway->config;
    struct gp_log *log = &gateway->log;
    for (size_t i = 0; i < gateway->listener_count; i++) {
        char address[GP_ADDR_TEXT_MAX];
        gp_log_write(
            log, GP_LOG_NOTICE, "listening",
            GP_LOG_FIELDS(
                {"address", gp_addr_port_text(&gateway->listeners[i].address, address)},
                {"service", gateway->listeners[i].is_direct_tls ? "direct-tls" : "starttls"}),
            "listening for partners");
    }
    for (size_t i = 0; i < config->warning_count; i++)
        gp_log_write(log, GP_LOG_WARNING, "config-warning", GP_LOG_NO_FIELDS, "%s",
                     config->warnings[i]);
    gp_log_write(log, GP_LOG_NOTICE, "ready",
                 GP_LOG_FIELDS({"version", GP_VERSION}, {"config", config->path},
                               {"digest", config->digest}),
                 "gatepost is ready");
}

static enum gp_code start(struct app_gateway *gateway, struct gp_err *err)
{
    const struct app_config *config = gateway->config;
    gateway->loop = gp_loop_create();
    gateway->mailbox =
        gateway->loop ? gp_mailbox_create(gateway->loop, 1024 * 1024, gateway) : NULL;
    if (!gateway->mailbox)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->listen_count; i++)
        gateway->listener_count +=
            (config->listens[i].starttls_port != 0) + (config->listens[i].direct_tls_port != 0);
    gateway->listeners = calloc(gateway->listener_count, sizeof(*gateway->listeners));
    if (!gateway->listeners)
        return gp_err_nomem(err);
    enum gp_code code = watch_signals(gateway, err);
    if (code == GP_OK)
        code = read_certificates(gateway, err);
    if (code == GP_OK)
        code = app_control_create(gateway->loop, config->control_socket, app_gateway_on_call,
                                  gateway, &gateway->control, err);
    if (code == GP_OK)
        code = start_workers(gateway, err);
    return code;
}

static void finish(struct app_gateway *gateway)
{
    app_control_destroy(gateway->control);
    app_resolver_child_destroy(gateway->resolver);
    for (size_t i = 0; i < gateway->workers.count; i++)
        app_worker_end(gateway->workers.list[i]);
    for (size_t i = 0; i < gateway->workers.count; i++)
        app_worker_destroy(gateway->workers.list[i]);
    app_store_destroy(gateway->workers.store);
    free(gateway->workers.list);
    gp_mailbox_destroy(gateway->mailbox);
    for (size_t i = 0; i < GP_ARRAY_LEN(gateway->signals); i++)
        gp_signal_destroy(gateway->signals[i]);
    for (size_t i = 0; gateway->certificates && i < gateway->config->domain_count; i++)
        fed_cert_destroy(gateway->certificates[i]);
    free(gateway->certificates);
    free(gateway->listeners);
    free(gateway->own_addresses);
    gp_loop_destroy(gateway->loop);
}

enum gp_code app_gateway_run(const struct app_config *config, struct gp_err *err)
{
    struct app_gateway gateway = {
        .config = config,
        .started_ms = gp_clock_mono_ms(),
        .started_wall_s = gp_clock_wall_s(),
    };
    gp_log_init(&gateway.log, STDERR_FILENO, config->log_level, config->log_format);
    enum gp_code code = start(&gateway, err);
    if (code == GP_OK) {
        say_ready(&gateway);
        gp_loop_run(gateway.loop);
        gp_log_write(&gateway.log, GP_LOG_NOTICE, "stopped", GP_LOG_NO_FIELDS,
                     "gatepost has stopped");
    }
    finish(&gateway);
    return code;
}
