/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reload, so that it happens whole or not at all: everything that can fail is done here first,
 * on the supervisor's thread (the file, the certificates, the TLS contexts of all workers, the new
 * inside addresses). Then an errand takes one worker after the other to the new snapshot. When it
 * is home, nobody looks at the old one any more.
 */
#include "config/changes.h"
#include "gateway/certificates.h"
#include "gateway/descriptors.h"
#include "gateway/gateway.h"
#include "gateway/young_key.h"
#include "tls_setup.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES_MAX 200000

struct reload {
    struct app_errand errand;
    struct app_call *call; /* NULL: nobody waits for the answer */
    struct app_gateway *gateway;
    struct fed_tls **tls; /* by worker, those that were not handed out yet; owned */
    struct app_changes done, waiting;
    struct app_old_certificates old;
    struct gp_buf young;   /* a line for each key that partners may not know */
    struct gp_err trouble; /* the first that came up on a worker */
};

static void destroy(struct reload *reload)
{
    for (size_t i = 0; reload->tls && i < reload->gateway->workers.count; i++)
        fed_tls_destroy(reload->tls[i]);
    free(reload->tls);
    app_changes_finish(&reload->done);
    app_changes_finish(&reload->waiting);
    gp_buf_finish(&reload->young);
    free(reload);
}

/* Answers. */

static void put_list(struct app_json_writer *json, const char *key, char *const *list, size_t count)
{
    app_json_open_array(json, key);
    for (size_t i = 0; i < count; i++)
        app_json_put_text(json, NULL, list[i]);
    app_json_close(json);
}

/* Each line as an element of the open array. */
static void put_lines(struct app_json_writer *json, struct gp_buf *lines)
{
    const char *line = gp_buf_text(lines);
    for (size_t len; line && *line; line += len + (line[len] != '\0')) {
        len = strcspn(line, "\n");
        app_json_put_span(json, NULL, gp_span_make(line, len));
    }
}

/* Every line of report is a problem. */
static void refuse(struct app_gateway *gateway, struct app_call *call, struct gp_buf *report)
{
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_bool(json, "ok", true);
    app_json_put_bool(json, "reloaded", false);
    gp_log_write(&gateway->log, GP_LOG_ERROR, "reload-refused",
                 GP_LOG_FIELDS({"config", gateway->config->path}),
                 "the configuration was not reloaded, what is running stays as it is");
    app_gateway_say_lines(gateway, GP_LOG_ERROR, "config-problem", report);
    app_json_open_array(json, "problems");
    put_lines(json, report);
    app_json_close(json);
    if (call)
        app_call_answer(call, json);
    else
        app_json_writer_destroy(json);
    app_gateway_tell_ready(gateway, "; the last reload was refused, see the log");
}

static void answer(struct reload *reload)
{
    const struct app_config *config = reload->gateway->config;
    struct app_json_writer *json = app_json_writer_create();
    app_json_put_bool(json, "ok", true);
    app_json_put_bool(json, "reloaded", true);
    app_json_put_text(json, "digest", config->digest);
    put_list(json, "changes", reload->done.list, reload->done.count);
    put_list(json, "restart", reload->waiting.list, reload->waiting.count);
    app_json_open_array(json, "warnings");
    for (size_t i = 0; i < config->warning_count; i++)
        app_json_put_text(json, NULL, config->warnings[i]);
    put_lines(json, &reload->young);
    app_json_close(json);
    if (reload->trouble.code != GP_OK)
        app_json_put_text(json, "trouble", reload->trouble.text);
    app_call_answer(reload->call, json);
}

static void say(struct reload *reload)
{
    struct app_gateway *gateway = reload->gateway;
    struct gp_log *log = &gateway->log;
    for (size_t i = 0; i < reload->done.count; i++)
        gp_log_write(log, GP_LOG_NOTICE, "reload-change", GP_LOG_NO_FIELDS, "%s",
                     reload->done.list[i]);
    for (size_t i = 0; i < reload->waiting.count; i++)
        gp_log_write(log, GP_LOG_WARNING, "reload-waits", GP_LOG_NO_FIELDS, "after a restart: %s",
                     reload->waiting.list[i]);
    for (size_t i = 0; i < gateway->config->warning_count; i++)
        gp_log_write(log, GP_LOG_WARNING, "config-warning", GP_LOG_NO_FIELDS, "%s",
                     gateway->config->warnings[i]);
    app_gateway_say_lines(gateway, GP_LOG_WARNING, "young-key", &reload->young);
    if (reload->trouble.code != GP_OK)
        gp_log_write(log, GP_LOG_ERROR, "reload-trouble", GP_LOG_NO_FIELDS, "%s",
                     reload->trouble.text);
    gp_log_write(
        log, GP_LOG_NOTICE, "reloaded",
        GP_LOG_FIELDS({"config", gateway->config->path}, {"digest", gateway->config->digest}),
        "reloaded, with %zu change%s", reload->done.count, reload->done.count == 1 ? "" : "s");
    app_certificates_say(&reload->old, log);
}

/* The errand. */

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct reload *reload = (struct reload *)errand;
    struct fed_tls **tls = &reload->tls[app_worker_index(worker)];
    struct gp_err err = {0};
    if (app_worker_reload(worker, reload->gateway->next, *tls, &err) != GP_OK &&
        reload->trouble.code == GP_OK)
        reload->trouble = err;
    *tls = NULL;
    app_certificates_look(worker, &reload->old);
    return true;
}

static void drop(struct app_errand *errand)
{
    struct reload *reload = (struct reload *)errand;
    if (reload->call)
        app_call_refuse(reload->call, "the gateway has stopped");
    destroy(reload);
}

/* The state is opened when the gateway starts; what was of no use then is not tried again. */
static void judge_state(struct reload *reload)
{
    const struct app_gateway *gateway = reload->gateway;
    if (reload->trouble.code == GP_OK && !gateway->workers.store &&
        app_config_wants_contacts(gateway->config))
        gp_err_set(&reload->trouble, GP_ERR_SYSTEM,
                   "contacts are kept in memory only, until gatepost ends: the state-directory "
                   "'%.300s' could not be used when it started; make it usable and start gatepost "
                   "again",
                   gateway->started->config->state_directory);
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct app_gateway *gateway = arg;
    struct reload *reload = (struct reload *)errand;
    if (gateway->snapshot != gateway->started)
        app_snapshot_destroy(gateway->snapshot);
    gateway->snapshot = gateway->next;
    gateway->next = NULL;
    gateway->config = gateway->snapshot->config;
    app_routine_follow(gateway->routine, gateway->config);
    gateway->log.level = gateway->config->log_level;
    gateway->log.format = gateway->config->log_format;
    judge_state(reload);
    say(reload);
    app_descriptors_judge(gateway->config, &gateway->log);
    if (reload->call)
        answer(reload);
    app_gateway_tell_ready(gateway, "");
    destroy(reload);
    if (gateway->wants_reload) {
        gateway->wants_reload = false;
        app_gateway_reload(gateway, NULL);
    }
}

/* What has to succeed before anything is touched. */

static bool listens_there(const struct app_config *config, const struct gp_addr *address)
{
    for (size_t i = 0; i < config->inside_count; i++)
        if (config->insides[i].listen.port == address->port &&
            gp_addr_same_host(&config->insides[i].listen, address))
            return true;
    return false;
}

/* Whether the new inside addresses can be had; those of links that are there become free. */
static enum gp_code try_addresses(const struct app_config *before, const struct app_config *after,
                                  struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < after->inside_count && code == GP_OK; i++) {
        struct gp_addr address = after->insides[i].listen;
        int fd = -1;
        if (address.family == 0 || listens_there(before, &address))
            continue;
        code = gp_io_listen(&address, false, &fd, err);
        gp_io_close(&fd);
        if (code != GP_OK)
            gp_err_wrap(err, code, "inside \"%s\"", after->insides[i].name);
    }
    return code;
}

static enum gp_code make_tls(struct reload *reload, struct gp_err *err)
{
    size_t count = reload->gateway->workers.count;
    enum gp_code code = GP_OK;
    reload->tls = calloc(count, sizeof(struct fed_tls *));
    if (!reload->tls)
        return gp_err_nomem(err);
    for (size_t i = 0; i < count && code == GP_OK; i++)
        code = app_tls_create(reload->gateway->next->config, &reload->tls[i], err);
    return code;
}

static enum gp_code prepare(struct reload *reload, struct app_config *config, struct gp_err *err)
{
    struct app_gateway *gateway = reload->gateway;
    app_config_follow(config, gateway->config);
    gateway->next = app_snapshot_create(config);
    if (!gateway->next)
        return gp_err_nomem(err);
    enum gp_code code = app_snapshot_find_own(gateway->next, &gateway->listeners, err);
    if (code == GP_OK)
        code = app_snapshot_read_anchors(gateway->next, err);
    if (code == GP_OK)
        code = make_tls(reload, err);
    if (code == GP_OK)
        code = try_addresses(gateway->config, config, err);
    if (code == GP_OK)
        code = app_config_compare(gateway->started->config, gateway->config, config, &reload->done,
                                  &reload->waiting, err);
    return code;
}

static enum gp_code begin(struct app_gateway *gateway, struct app_call *call, struct gp_buf *report)
{
    struct app_config *config = NULL;
    struct gp_err err = {0};
    enum gp_code code = app_config_load(gateway->config->path, &config, report, &err);
    if (code != GP_OK) {
        if (gp_buf_len(report) == 0)
            gp_buf_printf(report, "%s\n", err.text);
        return code;
    }
    struct reload *reload = calloc(1, sizeof(*reload));
    if (!reload) {
        app_config_destroy(config);
        gp_buf_append_text(report, "out of memory\n");
        return GP_ERR_NOMEM;
    }
    reload->gateway = gateway;
    reload->call = call;
    reload->errand.drop = drop;
    gp_buf_init(&reload->young, APP_YOUNG_KEY_BYTES_MAX);
    code = app_young_key_judge(gateway->config, config, gp_clock_wall_s(), report, &reload->young,
                               &err);
    if (code != GP_OK) {
        if (gp_buf_len(report) == 0)
            gp_buf_printf(report, "%s\n", err.text);
        destroy(reload);
        app_config_destroy(config);
        return code;
    }
    code = prepare(reload, config, &err);
    if (code != GP_OK) {
        gp_buf_printf(report, "%s\n", err.text);
        destroy(reload);
        app_snapshot_destroy(gateway->next);
        gateway->next = NULL;
        return code;
    }
    app_errand_start(&reload->errand, &gateway->workers, gateway->mailbox, visit, came_back);
    return GP_OK;
}

void app_gateway_reload(struct app_gateway *gateway, struct app_call *call)
{
    struct gp_buf report;
    if (gateway->is_stopping || gateway->next) {
        gateway->wants_reload = !call && !gateway->is_stopping;
        if (call)
            app_call_refuse(call, gateway->is_stopping ? "the gateway is stopping"
                                                       : "another reload is under way");
        return;
    }
    gp_log_write(&gateway->log, GP_LOG_NOTICE, "reloading",
                 GP_LOG_FIELDS({"config", gateway->config->path}), "reloading the configuration");
    app_notify_reloading(&gateway->notify, "reading the configuration again");
    gp_buf_init(&report, REPORT_BYTES_MAX);
    if (begin(gateway, call, &report) != GP_OK)
        refuse(gateway, call, &report);
    gp_buf_finish(&report);
}
