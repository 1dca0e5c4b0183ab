/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/gateway.h"

#include "base/clock.h"
#include "gateway/descriptors.h"
#include "gateway/young_key.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The first worker takes the sockets that are open. */
static enum gp_code start_worker(struct app_gateway *gateway, unsigned index, int resolver_fd,
                                 struct gp_err *err)
{
    const struct app_listeners *first = &gateway->listeners;
    struct app_listener *list = calloc(first->count, sizeof(*list));
    enum gp_code code = list ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK && index == 0)
        memcpy(list, first->list, first->count * sizeof(*list));
    else if (code == GP_OK)
        code = app_listeners_again(first, list, err);
    if (code != GP_OK) {
        gp_io_close(&resolver_fd);
        free(list);
        return code;
    }
    const struct app_worker_setup setup = {
        .snapshot = gateway->snapshot,
        .workers = &gateway->workers,
        .index = index,
        .listeners = list,
        .listener_count = first->count,
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
    /* A reload may bring the first partner that it matters for, so what is usable is opened. */
    if (!app_config_wants_contacts(config) && access(config->state_directory, W_OK | X_OK) != 0)
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
    if (gateway->workers.count == 0) /* nobody came to take them */
        app_listeners_close(gateway->listeners.list, gateway->listeners.count);
    free(fds);
    return code;
}

static void on_signal(void *arg, int number)
{
    struct app_gateway *gateway = arg;
    if (number == SIGHUP) {
        app_gateway_reload(gateway, NULL);
        return;
    }
    gp_log_write(&gateway->log, GP_LOG_NOTICE, "stopping", GP_LOG_NO_FIELDS, "stopping on %s",
                 number == SIGTERM ? "SIGTERM" : "SIGINT");
    app_gateway_stop(gateway);
}

static enum gp_code watch_signals(struct app_gateway *gateway, struct gp_err *err)
{
    static const int numbers[APP_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < GP_ARRAY_LEN(numbers); i++) {
        gateway->signals[i] = gp_signal_create(gateway->loop, numbers[i], on_signal, gateway);
        if (!gateway->signals[i])
            return gp_err_nomem(err);
    }
    return GP_OK;
}

void app_gateway_say_lines(struct app_gateway *gateway, enum gp_log_level level, const char *event,
                           struct gp_buf *lines)
{
    const char *line = gp_buf_text(lines);
    for (size_t len; line && *line; line += len + (line[len] != '\0')) {
        len = strcspn(line, "\n");
        gp_log_write(&gateway->log, level, event, GP_LOG_NO_FIELDS, "%.*s", (int)len, line);
    }
}

/* What goes wrong with our own keys has to be told, and is no reason not to serve. */
static void say_young_keys(struct app_gateway *gateway)
{
    struct gp_buf none, warnings;
    struct gp_err err;
    gp_buf_init(&none, APP_YOUNG_KEY_BYTES_MAX);
    gp_buf_init(&warnings, APP_YOUNG_KEY_BYTES_MAX);
    if (app_young_key_judge(NULL, gateway->config, gateway->started_wall_s, &none, &warnings,
                            &err) != GP_OK)
        gp_buf_printf(&warnings, "whether partners know our keys is not known: %s\n", err.text);
    app_gateway_say_lines(gateway, GP_LOG_WARNING, "young-key", &warnings);
    gp_buf_finish(&warnings);
    gp_buf_finish(&none);
}

static void say_ready(struct app_gateway *gateway)
{
    const struct app_config *config = gateway->config;
    struct gp_log *log = &gateway->log;
    for (size_t i = 0; i < gateway->listeners.count; i++) {
        char address[GP_ADDR_TEXT_MAX];
        gp_log_write(
            log, GP_LOG_NOTICE, "listening",
            GP_LOG_FIELDS(
                {"address", gp_addr_port_text(&gateway->listeners.list[i].address, address)},
                {"service", gateway->listeners.list[i].is_direct_tls ? "direct-tls" : "starttls"}),
            "listening for partners");
    }
    for (size_t i = 0; i < config->warning_count; i++)
        gp_log_write(log, GP_LOG_WARNING, "config-warning", GP_LOG_NO_FIELDS, "%s",
                     config->warnings[i]);
    say_young_keys(gateway);
    gp_log_write(log, GP_LOG_NOTICE, "ready",
                 GP_LOG_FIELDS({"version", GP_VERSION}, {"config", config->path},
                               {"digest", config->digest}),
                 "gatepost is ready");
    app_gateway_tell_ready(gateway, "");
}

static enum gp_code open_up(struct app_gateway *gateway, struct gp_err *err)
{
    struct app_listeners *listeners = &gateway->listeners;
    enum gp_code code = app_listeners_open(gateway->config, listeners, err);
    if (code != GP_OK)
        return code;
    code = app_snapshot_find_own(gateway->snapshot, listeners, err);
    if (code == GP_OK)
        code = app_snapshot_read_anchors(gateway->snapshot, err);
    if (code != GP_OK)
        app_listeners_close(listeners->list, listeners->count);
    return code;
}

static enum gp_code start(struct app_gateway *gateway, struct gp_err *err)
{
    const struct app_config *config = gateway->config;
    gateway->loop = gp_loop_create();
    gateway->mailbox =
        gateway->loop ? gp_mailbox_create(gateway->loop, 1024 * 1024, gateway) : NULL;
    if (!gateway->mailbox)
        return gp_err_nomem(err);
    enum gp_code code = watch_signals(gateway, err);
    if (code == GP_OK)
        code = app_control_create(gateway->loop, &gateway->log, config->control_socket,
                                  app_gateway_on_call, gateway, &gateway->control, err);
    if (code == GP_OK)
        code = open_up(gateway, err);
    if (code == GP_OK)
        code = start_workers(gateway, err);
    if (code == GP_OK)
        code = app_gateway_watch(gateway, err);
    if (code == GP_OK && !(gateway->routine = app_routine_create(gateway->loop, &gateway->log)))
        code = gp_err_nomem(err);
    if (code == GP_OK)
        app_routine_follow(gateway->routine, config);
    return code;
}

static void finish(struct app_gateway *gateway)
{
    app_gateway_forget_drain(gateway);
    app_control_destroy(gateway->control);
    app_routine_destroy(gateway->routine);
    app_resolver_child_destroy(gateway->resolver);
    for (size_t i = 0; i < gateway->workers.count; i++)
        app_worker_end(gateway->workers.list[i]);
    for (size_t i = 0; i < gateway->workers.count; i++)
        app_worker_destroy(gateway->workers.list[i]);
    app_store_destroy(gateway->workers.store);
    free(gateway->workers.list);
    gp_timer_destroy(gateway->watchdog);
    gp_mailbox_destroy(gateway->mailbox);
    for (size_t i = 0; i < GP_ARRAY_LEN(gateway->signals); i++)
        gp_signal_destroy(gateway->signals[i]);
    app_listeners_finish(&gateway->listeners);
    app_snapshot_destroy(gateway->next);
    if (gateway->snapshot != gateway->started)
        app_snapshot_destroy(gateway->snapshot);
    app_snapshot_destroy(gateway->started);
    gp_loop_destroy(gateway->loop);
}

enum gp_code app_gateway_run(struct app_config *config, struct gp_err *err)
{
    struct app_gateway gateway = {
        .started_ms = gp_clock_mono_ms(),
        .started_wall_s = gp_clock_wall_s(),
    };
    gp_log_init(&gateway.log, STDERR_FILENO, config->log_level, config->log_format);
    app_notify_init(&gateway.notify, &gateway.log);
    gateway.started = gateway.snapshot = app_snapshot_create(config);
    if (!gateway.snapshot)
        return gp_err_nomem(err);
    gateway.config = config;
    app_descriptors_raise(&gateway.log);
    app_descriptors_judge(config, &gateway.log);
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
