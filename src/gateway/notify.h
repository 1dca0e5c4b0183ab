/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the service manager is told: the protocol of sd_notify(3), one datagram for each change.
 * Without a service manager that listens nothing happens.
 */
#ifndef GP_APP_NOTIFY_H
#define GP_APP_NOTIFY_H

#include "base/log.h"

struct app_notify {
    const char *socket;  /* borrowed from the environment; NULL: nobody listens */
    struct gp_log *log;  /* borrowed; has it when something could not be told */
    int64_t watchdog_ms; /* app_notify_alive() is expected this often; 0: never */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment. */
void app_notify_init(struct app_notify *notify, struct gp_log *log);

/* status: one line for people, which stands in `systemctl status` until the next one. */
void app_notify_ready(const struct app_notify *notify, const char *status);
void app_notify_reloading(const struct app_notify *notify, const char *status);
/* Nothing else has changed. */
void app_notify_status(const struct app_notify *notify, const char *status);
void app_notify_stopping(const struct app_notify *notify, const char *status);

/* For the watchdog of the service manager. */
void app_notify_alive(const struct app_notify *notify);

#endif
