/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/raw_tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define RAW_ROUNDS 200000 /* of a handshake; a round moves one byte at least */

void raw_pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
}

void raw_create(struct raw_tls *raw, bool is_server, const struct pki *const *chain, size_t count)
{
    *raw =
        (struct raw_tls){.ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method())};
    assert_non_null(raw->ctx);
    SSL_CTX_set_security_level(raw->ctx, 0);
    SSL_CTX_set_min_proto_version(raw->ctx, 0);
    SSL_CTX_set_verify(raw->ctx, SSL_VERIFY_NONE, NULL);
    if (count == 0)
        return;
    assert_int_equal(SSL_CTX_use_certificate(raw->ctx, chain[0]->cert), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(raw->ctx, chain[0]->key), 1);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(SSL_CTX_add1_chain_cert(raw->ctx, chain[i]->cert), 1);
    SSL_CTX_set_mode(raw->ctx, SSL_MODE_NO_AUTO_CHAIN);
}

void raw_start(struct raw_tls *raw, int fd)
{
    raw->ssl = SSL_new(raw->ctx);
    assert_non_null(raw->ssl);
    BIO *bio = BIO_new_socket(fd, BIO_CLOSE);
    SSL_set_bio(raw->ssl, bio, bio);
    if (SSL_is_server(raw->ssl))
        SSL_set_accept_state(raw->ssl);
    else
        SSL_set_connect_state(raw->ssl);
}

void raw_destroy(struct raw_tls *raw)
{
    SSL_free(raw->ssl);
    SSL_CTX_free(raw->ctx);
    *raw = (struct raw_tls){0};
}

static void raw_step(struct raw_tls *raw)
{
    if (raw->is_up || raw->has_failed)
        return;
    ERR_clear_error();
    int ret = SSL_do_handshake(raw->ssl);
    int error = SSL_get_error(raw->ssl, ret);
    if (ret == 1) {
        raw->is_up = true;
    } else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        raw->has_failed = true;
        snprintf(raw->error, sizeof(raw->error), "%s", reason ? reason : "connection lost");
        /* the other end must not wait for more */
        (void)shutdown(SSL_get_fd(raw->ssl), SHUT_RDWR);
    }
    ERR_clear_error();
}

enum gp_io_result raw_shake(struct raw_tls *raw, struct fed_link *link)
{
    enum gp_io_result result = GP_IO_AGAIN;
    for (int round = 0; round < RAW_ROUNDS; round++) {
        if (result == GP_IO_AGAIN) {
            result = fed_link_handshake(link);
            if (result == GP_IO_FAILED)
                (void)fed_link_shutdown(link);
        }
        raw_step(raw);
        if (result != GP_IO_AGAIN && (raw->is_up || raw->has_failed))
            return result;
    }
    fail_msg("the handshake comes to no end: %d, %s", result, raw->error);
    return GP_IO_FAILED;
}

void raw_shake_links(struct fed_link *a, enum gp_io_result *ret_a, struct fed_link *b,
                     enum gp_io_result *ret_b)
{
    *ret_a = *ret_b = GP_IO_AGAIN;
    for (int round = 0; round < RAW_ROUNDS; round++) {
        if (*ret_a == GP_IO_AGAIN && (*ret_a = fed_link_handshake(a)) == GP_IO_FAILED)
            (void)fed_link_shutdown(a);
        if (*ret_b == GP_IO_AGAIN && (*ret_b = fed_link_handshake(b)) == GP_IO_FAILED)
            (void)fed_link_shutdown(b);
        if (*ret_a != GP_IO_AGAIN && *ret_b != GP_IO_AGAIN)
            return;
    }
    fail_msg("the handshake comes to no end: %d, %d", *ret_a, *ret_b);
}
