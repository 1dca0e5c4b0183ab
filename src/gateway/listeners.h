/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets that partners connect to: opened as the configuration says, or handed over by the
 * service manager (sd_listen_fds(3)), whose names then say what is spoken: "starttls" or
 * "direct-tls". Fixed at the start.
 */
#ifndef GP_APP_LISTENERS_H
#define GP_APP_LISTENERS_H

#include "config/config.h"

struct app_listener {
    int fd;
    struct gp_addr address; /* with the port in use */
    bool is_direct_tls;
    bool is_handed_over; /* by the service manager */
};

struct app_listeners {
    size_t count;
    struct app_listener *list; /* owned */
};

/*
 * The first worker's. With LISTEN_FDS in the environment those are taken, and the configuration's
 * listen sections mean nothing. Errors: an address is taken, a descriptor is no listening TCP
 * socket or has another name.
 */
GP_MUST_USE enum gp_code app_listeners_open(const struct app_config *config,
                                            struct app_listeners *ret, struct gp_err *err);

/* The same for a further worker, into list, which has room for as many: on the same ports by
 * SO_REUSEPORT, or the same sockets when they were handed over. */
GP_MUST_USE enum gp_code app_listeners_again(const struct app_listeners *first,
                                             struct app_listener *list, struct gp_err *err);

/* Closes the descriptors; they are -1 then. */
void app_listeners_close(struct app_listener *list, size_t count);

/* Releases the list; whose descriptors are whose, others know. */
void app_listeners_finish(struct app_listeners *listeners);

#endif
