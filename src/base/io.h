/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only callers of the socket functions. Every descriptor made here is close-on-exec and
 * non-blocking, TCP ones have TCP_NODELAY set.
 */
#ifndef GP_BASE_IO_H
#define GP_BASE_IO_H

#include "base/addr.h"

enum gp_io_result {
    GP_IO_DONE,  /* some bytes moved */
    GP_IO_AGAIN, /* nothing to do now: wait for the descriptor */
    GP_IO_EOF,   /* the other side will send nothing more */
    GP_IO_FAILED /* the connection is gone; errno says why */
};

/*
 * Listens on a TCP address. is_shared: several sockets (one a worker) share the address by
 * SO_REUSEPORT. Port 0 lets the system choose; addr->port holds the port in use afterwards. *ret_fd
 * is the caller's to close.
 */
GP_MUST_USE enum gp_code gp_io_listen(struct gp_addr *addr, bool is_shared, int *ret_fd,
                                      struct gp_err *err);

/* A listening TCP socket that another process has opened: from now on non-blocking and
 * close-on-exec like our own. Errors: it is none. */
GP_MUST_USE enum gp_code gp_io_take_listener(int fd, struct gp_addr *ret_addr, struct gp_err *err);

/* Another descriptor for the same socket. */
GP_MUST_USE enum gp_code gp_io_duplicate(int fd, int *ret_fd, struct gp_err *err);

/* Accepts one connection. GP_IO_FAILED with errno EMFILE and the like: see the caller's back-off.
 */
enum gp_io_result gp_io_accept(int listen_fd, int *ret_fd, struct gp_addr *ret_peer,
                               struct gp_addr *ret_local);

/* Starts a TCP connection; the descriptor becomes writable when it is decided. GP_ERR_NETWORK: it
 * is decided already, and errno says how. */
GP_MUST_USE enum gp_code gp_io_connect(const struct gp_addr *addr, int *ret_fd, struct gp_err *err);

/* After it became writable: 0 when connected, else the errno value of the failure. */
int gp_io_connect_error(int fd);

/* A connection whose other side does not even acknowledge at TCP's level what was written is failed
 * after this (TCP_USER_TIMEOUT). */
void gp_io_set_patience(int fd, int64_t patience_ms);

/* The other side's address; family 0 when there is none. */
struct gp_addr gp_io_peer(int fd);

/* Every address of this machine's interfaces, without ports; *ret is the caller's to free. */
GP_MUST_USE enum gp_code gp_io_own_addresses(struct gp_addr **ret, size_t *ret_count,
                                             struct gp_err *err);

/* A UDP socket connected to addr, so that only its answers arrive. */
GP_MUST_USE enum gp_code gp_io_udp(const struct gp_addr *addr, int *ret_fd, struct gp_err *err);

/* Unix stream sockets by path. A stale socket file is replaced, a live one is an error
 * (GP_ERR_CONFLICT). Mode 0600. */
GP_MUST_USE enum gp_code gp_io_listen_unix(const char *path, int *ret_fd, struct gp_err *err);
/* GP_ERR_NOT_FOUND when nobody listens there. */
GP_MUST_USE enum gp_code gp_io_connect_unix(const char *path, int *ret_fd, struct gp_err *err);

/* Sends one message to a Unix datagram socket. A path that begins with "@" is a name of the
 * abstract namespace (unix(7)). Never waits: a reader whose queue is full is an error. */
GP_MUST_USE enum gp_code gp_io_send_unix(const char *path, struct gp_span message,
                                         struct gp_err *err);

/* A pair of connected Unix sockets that keep message boundaries. */
GP_MUST_USE enum gp_code gp_io_message_pair(int ret_fds[2], struct gp_err *err);

/* One read or write that never waits; *ret_len is set with GP_IO_DONE only. */
enum gp_io_result gp_io_read(int fd, void *to, size_t max, size_t *ret_len);
enum gp_io_result gp_io_write(int fd, const void *from, size_t len, size_t *ret_len);

/* No more writing from here; reading goes on. */
void gp_io_shutdown_write(int fd);

/* Closes *fd if it is not -1, and sets it to -1. */
void gp_io_close(int *fd);

#endif
