/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other end of a link, played by OpenSSL itself: it may do what our own links would never do.
 * Both ends live in one thread; every failure of the helper fails the test.
 */
#ifndef GP_TESTS_RAW_TLS_H
#define GP_TESTS_RAW_TLS_H

#include "federation/link.h"
#include "tests/unit/pki.h"

struct raw_tls {
    SSL_CTX *ctx; /* owned; security level 0, verifies nobody */
    SSL *ssl;     /* owned; made by raw_start() */
    bool is_up, has_failed;
    char error[200]; /* OpenSSL's first error */
};

/* Two ends of a connection; non-blocking. */
void raw_pair(int fds[2]);

/* chain: what is shown, leaf first; its first member has the key. May be empty. */
void raw_create(struct raw_tls *raw, bool is_server, const struct pki *const *chain, size_t count);

/* fd is taken. */
void raw_start(struct raw_tls *raw, int fd);
void raw_destroy(struct raw_tls *raw);

/* Handshakes of both ends until each has come to its end; GP_IO_DONE or GP_IO_FAILED of the link.
 */
enum gp_io_result raw_shake(struct raw_tls *raw, struct fed_link *link);

/* The same with a link on the other side. Stores what each came to. */
void raw_shake_links(struct fed_link *a, enum gp_io_result *ret_a, struct fed_link *b,
                     enum gp_io_result *ret_b);

#endif
