/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/listeners.h"

#include "base/io.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_HANDED_FIRST 3 /* SD_LISTEN_FDS_START */
#define APP_HANDED_MAX   64

static enum gp_code open_one(const struct gp_addr *address, uint16_t port, bool is_direct_tls,
                             struct app_listener *ret, struct gp_err *err)
{
    *ret = (struct app_listener){.fd = -1, .address = *address, .is_direct_tls = is_direct_tls};
    ret->address.port = port;
    return gp_io_listen(&ret->address, true, &ret->fd, err);
}

static enum gp_code open_configured(const struct app_config *config, struct app_listeners *ret,
                                    struct gp_err *err)
{
    enum gp_code code = GP_OK;
    ret->list = calloc(2 * config->listen_count, sizeof(*ret->list));
    if (!ret->list)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->listen_count && code == GP_OK; i++) {
        const struct app_listen *listen = &config->listens[i];
        if (listen->starttls_port)
            code = open_one(&listen->address, listen->starttls_port, false,
                            &ret->list[ret->count++], err);
        if (listen->direct_tls_port && code == GP_OK)
            code = open_one(&listen->address, listen->direct_tls_port, true,
                            &ret->list[ret->count++], err);
    }
    return code;
}

/* How many descriptors were handed over to this process; 0 without socket activation. */
static size_t handed_count(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    uint64_t number;
    if (!pid || gp_text_number(gp_span_text(pid), INT32_MAX, &number) != GP_OK ||
        number != (uint64_t)getpid() || !fds ||
        gp_text_number(gp_span_text(fds), APP_HANDED_MAX, &number) != GP_OK)
        return 0;
    return (size_t)number;
}

/* name: the rest of LISTEN_FDNAMES, whose first one counts. */
static enum gp_code take_one(int fd, const char *name, struct app_listener *ret, struct gp_err *err)
{
    struct gp_span own = gp_span_make(name, strcspn(name, ":"));
    *ret = (struct app_listener){
        .fd = fd, .is_handed_over = true, .is_direct_tls = gp_span_is(own, "direct-tls")};
    if (!ret->is_direct_tls && !gp_span_is(own, "starttls"))
        return gp_err_set(err, GP_ERR_CONFIG,
                          "socket activation: a socket is called \"%.*s\"; FileDescriptorName= "
                          "has to be starttls or direct-tls",
                          (int)(own.len < 64 ? own.len : 64), own.at);
    enum gp_code code = gp_io_take_listener(fd, &ret->address, err);
    return code == GP_OK ? GP_OK : gp_err_wrap(err, code, "socket activation");
}

static enum gp_code take_handed(size_t count, struct app_listeners *ret, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    const char *name = getenv("LISTEN_FDNAMES");
    ret->list = calloc(count, sizeof(*ret->list));
    if (!ret->list)
        return gp_err_nomem(err);
    for (; ret->count < count && code == GP_OK; ret->count++) {
        code = take_one(APP_HANDED_FIRST + (int)ret->count, name ? name : "",
                        &ret->list[ret->count], err);
        name = name ? strchr(name, ':') : NULL;
        name = name ? name + 1 : NULL;
    }
    return code;
}

enum gp_code app_listeners_open(const struct app_config *config, struct app_listeners *ret,
                                struct gp_err *err)
{
    size_t handed = handed_count();
    *ret = (struct app_listeners){0};
    enum gp_code code =
        handed > 0 ? take_handed(handed, ret, err) : open_configured(config, ret, err);
    if (code != GP_OK) {
        app_listeners_close(ret->list, ret->count);
        app_listeners_finish(ret);
    }
    return code;
}

enum gp_code app_listeners_again(const struct app_listeners *first, struct app_listener *list,
                                 struct gp_err *err)
{
    enum gp_code code = GP_OK;
    size_t done = 0;
    for (; done < first->count && code == GP_OK; done++) {
        const struct app_listener *like = &first->list[done];
        list[done] = *like;
        code = like->is_handed_over ? gp_io_duplicate(like->fd, &list[done].fd, err)
                                    : open_one(&like->address, like->address.port,
                                               like->is_direct_tls, &list[done], err);
    }
    if (code != GP_OK) {
        list[done - 1].fd = -1;
        app_listeners_close(list, done);
    }
    return code;
}

void app_listeners_close(struct app_listener *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        gp_io_close(&list[i].fd);
}

void app_listeners_finish(struct app_listeners *listeners)
{
    free(listeners->list);
    *listeners = (struct app_listeners){0};
}
