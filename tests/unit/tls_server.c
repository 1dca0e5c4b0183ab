/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "tests/unit/tls_server.h"

#define TEXT_MAX 100000

static void on_conn(void *arg, unsigned ready)
{
    struct tls_server *server = arg;
    char chunk[1000];
    int len;
    (void)ready;
    while ((len = SSL_read(server->tls.ssl, chunk, sizeof(chunk))) > 0)
        gp_buf_append(&server->heard, chunk, (size_t)len);
    if (SSL_get_error(server->tls.ssl, len) != SSL_ERROR_WANT_READ) {
        gp_watch_set(server->conn_watch, 0); /* he has gone */
        return;
    }
    struct gp_span answer = gp_buf_span(&server->answer);
    if (answer.len == 0 || !strstr(gp_buf_text(&server->heard), server->cue))
        return;
    assert_int_equal(SSL_write(server->tls.ssl, answer.at, (int)answer.len), answer.len);
    gp_buf_reset(&server->answer);
}

static void on_listener(void *arg, unsigned ready)
{
    struct tls_server *server = arg;
    struct gp_addr peer;
    int fd = -1;
    (void)ready;
    assert_null(server->conn_watch);
    assert_int_equal(gp_io_accept(server->listener, &fd, &peer, &server->local), GP_IO_DONE);
    raw_start(&server->tls, fd);
    server->conn_watch = gp_watch_create(server->loop, fd, on_conn, server);
    gp_watch_set(server->conn_watch, GP_READ);
}

void tls_server_open(struct tls_server *server, struct gp_loop *loop, const struct pki *identity,
                     const char *cue)
{
    *server = (struct tls_server){.loop = loop, .listener = -1, .cue = cue};
    gp_buf_init(&server->heard, TEXT_MAX);
    gp_buf_init(&server->answer, TEXT_MAX);
    raw_create(&server->tls, true, &identity, 1);
    assert_int_equal(gp_addr_parse("0.0.0.0", &server->addr), GP_OK);
    assert_int_equal(gp_io_listen(&server->addr, false, &server->listener, NULL), GP_OK);
    server->listen_watch = gp_watch_create(loop, server->listener, on_listener, server);
    gp_watch_set(server->listen_watch, GP_READ);
}

void tls_server_close(struct tls_server *server)
{
    gp_watch_destroy(server->conn_watch);
    gp_watch_destroy(server->listen_watch);
    gp_io_close(&server->listener);
    raw_destroy(&server->tls);
    gp_buf_finish(&server->heard);
    gp_buf_finish(&server->answer);
}
