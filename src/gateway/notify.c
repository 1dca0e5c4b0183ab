/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/notify.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MESSAGE_MAX          512
#define WATCHDOG_USEC_MAX    (INT64_C(1000000) * 86400 * 365)
#define WATCHDOG_MS_AT_LEAST 2

static bool read_environment(const char *name, uint64_t max, uint64_t *ret)
{
    const char *text = getenv(name);
    return text && gp_text_number(gp_span_text(text), max, ret) == GP_OK;
}

/* Whether the watchdog is meant for this process, and not for one that started it. */
static bool is_watched(void)
{
    uint64_t pid;
    return !getenv("WATCHDOG_PID") ||
           (read_environment("WATCHDOG_PID", INT32_MAX, &pid) && pid == (uint64_t)getpid());
}

void app_notify_init(struct app_notify *notify, struct gp_log *log)
{
    const char *socket = getenv("NOTIFY_SOCKET");
    uint64_t usec = 0;
    *notify = (struct app_notify){.log = log};
    if (!socket || !*socket)
        return;
    notify->socket = socket;
    if (is_watched() && read_environment("WATCHDOG_USEC", WATCHDOG_USEC_MAX, &usec) && usec > 0)
        notify->watchdog_ms =
            usec / 1000 < WATCHDOG_MS_AT_LEAST ? WATCHDOG_MS_AT_LEAST : (int64_t)(usec / 1000);
}

static void tell(const struct app_notify *notify, const char *format, ...) GP_PRINTF(2, 3);

/* A status that does not fit is cut: what the manager acts upon stands before it. */
static void tell(const struct app_notify *notify, const char *format, ...)
{
    char message[MESSAGE_MAX];
    struct gp_err err = {0};
    va_list args;
    if (!notify->socket)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (gp_io_send_unix(notify->socket, gp_span_text(message), &err) != GP_OK)
        gp_log_write(notify->log, GP_LOG_WARNING, "notify-failed", GP_LOG_NO_FIELDS,
                     "the service manager was not told: %s", err.text);
}

void app_notify_ready(const struct app_notify *notify, const char *status)
{
    tell(notify, "READY=1\nSTATUS=%s", status);
}

void app_notify_reloading(const struct app_notify *notify, const char *status)
{
    /* The manager takes only what came after it asked (sd_notify(3), MONOTONIC_USEC). */
    tell(notify, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=%s", gp_clock_mono_us(), status);
}

void app_notify_status(const struct app_notify *notify, const char *status)
{
    tell(notify, "STATUS=%s", status);
}

void app_notify_stopping(const struct app_notify *notify, const char *status)
{
    tell(notify, "STOPPING=1\nSTATUS=%s", status);
}

void app_notify_alive(const struct app_notify *notify)
{
    tell(notify, "WATCHDOG=1");
}
