/* SPDX-License-Identifier: BSD-2-Clause */
/* Two links with each other: what they find out, how they read and write, how they end. */
#include "tests/unit/unit.h"

#include "tests/unit/homes.h"
#include "tests/unit/raw_tls.h"
#include "tests/unit/short_io.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Two links that talk to each other: out connects, in accepts. */
struct pair {
    struct fed_link *out, *in;
    struct fed_tls_facts *out_facts, *in_facts; /* NULL: the handshake failed */
};

static void start_pair(struct pair *pair, const struct homes *homes,
                       const struct fed_tls_connect *how, bool is_direct)
{
    int fds[2];
    struct gp_err err = {0};
    raw_pair(fds);
    *pair = (struct pair){fed_link_create(fds[0]), fed_link_create(fds[1]), NULL, NULL};
    assert_int_equal(fed_link_tls_connect(pair->out, homes->partner, how, &err), GP_OK);
    assert_int_equal(fed_link_tls_accept(pair->in, homes->gateway, &homes_alpha, is_direct, &err),
                     GP_OK);
}

static void shake_pair(struct pair *pair)
{
    enum gp_io_result out, in;
    struct gp_err err = {0};
    raw_shake_links(pair->out, &out, pair->in, &in);
    if (out == GP_IO_DONE)
        assert_int_equal(fed_link_tls_facts(pair->out, &pair->out_facts, &err), GP_OK);
    if (in == GP_IO_DONE)
        assert_int_equal(fed_link_tls_facts(pair->in, &pair->in_facts, &err), GP_OK);
}

static void end_pair(struct pair *pair)
{
    fed_tls_facts_destroy(pair->out_facts);
    fed_tls_facts_destroy(pair->in_facts);
    fed_link_destroy(pair->out);
    fed_link_destroy(pair->in);
}

static void open_pair(struct pair *pair, const struct homes *homes)
{
    const struct fed_tls_connect how = {.home = &homes_gamma, .server_name = "alpha.example"};
    start_pair(pair, homes, &how, false);
    shake_pair(pair);
    assert_non_null(pair->out_facts);
    assert_non_null(pair->in_facts);
}

/* Moves len bytes from one link to the other and compares them. What is tried again lies elsewhere
 * in memory then, as in a buffer that has grown. */
static void carry(struct fed_link *from, struct fed_link *to, size_t len)
{
    char *sent = malloc(len), *copy = malloc(len), *got = malloc(len);
    size_t put = 0, taken = 0, now = 0;
    for (size_t i = 0; i < len; i++)
        sent[i] = copy[i] = (char)(i * 31 + i / 251);
    for (size_t round = 0; taken < len; round++) {
        if (put < len) {
            const char *at = round % 2 ? sent : copy;
            enum gp_io_result result = fed_link_write(from, at + put, len - put, &now);
            if (result != GP_IO_DONE && result != GP_IO_AGAIN)
                fail_msg("after %zu of %zu bytes: %s", put, len, fed_link_error(from));
            put += now;
        }
        enum gp_io_result result = fed_link_read(to, got + taken, len - taken, &now);
        if (result != GP_IO_DONE && result != GP_IO_AGAIN)
            fail_msg("after %zu of %zu bytes: %s", taken, len, fed_link_error(to));
        taken += now;
    }
    assert_memory_equal(sent, got, len);
    free(sent);
    free(copy);
    free(got);
}

static const char *first_name(const struct fed_tls_facts *facts, char out[300])
{
    const struct fed_cert_name *name = facts->peer ? &facts->peer->names[0] : NULL;
    snprintf(out, 300, "%.*s", name ? (int)name->text.len : 0, name ? name->text.at : "");
    return out;
}

/* What two of our own links agree on. */

static void both_ends_know_each_other(void **state)
{
    const struct homes *homes = *state;
    for (int shows_certificate = 0; shows_certificate < 2; shows_certificate++) {
        const struct fed_tls_connect how = {.home = shows_certificate ? &homes_gamma : NULL,
                                            .server_name = "alpha.example",
                                            .offers_alpn = true};
        struct pair pair;
        char name[300];
        start_pair(&pair, homes, &how, true);
        shake_pair(&pair);
        assert_non_null(pair.out_facts);
        assert_non_null(pair.in_facts);
        assert_string_equal(pair.out_facts->version, "TLSv1.3");
        assert_string_equal(pair.out_facts->cipher, "TLS_AES_256_GCM_SHA384");
        assert_string_equal(pair.out_facts->alpn, "xmpp-server");
        assert_string_equal(pair.out_facts->sni, "alpha.example");
        assert_string_equal(first_name(pair.out_facts, name), "alpha.example");
        assert_int_equal(pair.out_facts->chain, FED_CHAIN_TRUSTED);
        assert_int_equal(pair.out_facts->chain_not_after_s, pair.out_facts->peer->not_after_s);
        assert_int_equal(pair.out_facts->dane, FED_DANE_NOT_USED);
        assert_string_equal(pair.in_facts->version, "TLSv1.3");
        assert_string_equal(pair.in_facts->alpn, "xmpp-server");
        assert_string_equal(pair.in_facts->sni, "alpha.example");
        assert_int_equal(pair.in_facts->chain,
                         shows_certificate ? FED_CHAIN_TRUSTED : FED_CHAIN_NONE);
        assert_string_equal(first_name(pair.in_facts, name),
                            shows_certificate ? "gamma.example" : "");
        carry(pair.out, pair.in, 100000);
        carry(pair.in, pair.out, 100000);
        end_pair(&pair);
    }
}

static void our_certificate_is_picked_by_sni(void **state)
{
    const struct homes *homes = *state;
    static const struct {
        const char *sni;
        const char *shown;
    } rows[] = {
        {"alpha.example", "alpha.example"},  {"beta.example", "beta.example"},
        {"BETA.Example", "beta.example"},    {"unknown.example", "alpha.example"},
        {"x.beta.example", "alpha.example"}, {NULL, "alpha.example"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        const struct fed_tls_connect how = {.server_name = rows[i].sni};
        struct pair pair;
        char name[300];
        start_pair(&pair, homes, &how, false);
        shake_pair(&pair);
        assert_non_null(pair.out_facts);
        assert_string_equal(first_name(pair.out_facts, name), rows[i].shown);
        assert_string_equal(pair.in_facts->sni, rows[i].sni ? rows[i].sni : "");
        end_pair(&pair);
    }
}

static void the_end_of_tls_is_told_from_a_bare_fin(void **state)
{
    struct pair pair;
    char byte;
    size_t len = 0;
    open_pair(&pair, *state);
    assert_int_equal(fed_link_shutdown(pair.out), GP_IO_DONE);
    assert_int_equal(fed_link_read(pair.in, &byte, 1, &len), GP_IO_EOF);
    assert_true(fed_link_was_closed_cleanly(pair.in));
    assert_string_equal(fed_link_error(pair.in), "");
    carry(pair.in, pair.out, 1000); /* the other direction is still open */
    assert_int_equal(fed_link_shutdown(pair.in), GP_IO_DONE);
    assert_int_equal(fed_link_read(pair.out, &byte, 1, &len), GP_IO_EOF);
    assert_true(fed_link_was_closed_cleanly(pair.out));
    end_pair(&pair);

    open_pair(&pair, *state);
    gp_io_shutdown_write(fed_link_fd(pair.out));
    assert_int_equal(fed_link_read(pair.in, &byte, 1, &len), GP_IO_EOF);
    assert_false(fed_link_was_closed_cleanly(pair.in));
    assert_string_equal(fed_link_error(pair.in), "the peer closed the connection without ending "
                                                 "TLS");
    assert_int_equal(fed_link_read(pair.in, &byte, 1, &len), GP_IO_FAILED);
    assert_int_equal(fed_link_write(pair.in, "x", 1, &len), GP_IO_FAILED);
    end_pair(&pair);
}

static void bytes_that_wait_inside_tls_are_shown(void **state)
{
    struct pair pair;
    char bytes[100];
    size_t len = 0;
    open_pair(&pair, *state);
    assert_int_equal(fed_link_write(pair.out, "0123456789", 10, &len), GP_IO_DONE);
    assert_int_equal(fed_link_pending(pair.in), 0);
    assert_int_equal(fed_link_read(pair.in, bytes, 4, &len), GP_IO_DONE);
    assert_int_equal(len, 4);
    assert_int_equal(fed_link_pending(pair.in), 6);
    assert_int_equal(fed_link_read(pair.in, bytes, sizeof(bytes), &len), GP_IO_DONE);
    assert_int_equal(len, 6);
    assert_int_equal(fed_link_pending(pair.in), 0);
    assert_int_equal(fed_link_read(pair.in, bytes, sizeof(bytes), &len), GP_IO_AGAIN);
    end_pair(&pair);
}

static void links_outlive_the_object_they_were_made_from(void **state)
{
    struct homes *homes = *state;
    const struct pki *certificate = &homes->alpha;
    struct homes reloaded = *homes;
    struct pair pair;
    struct gp_err err = {0};
    reloaded.gateway = homes_tls(homes, &homes_alpha, &certificate, 1);
    const struct fed_tls_connect how = {.home = &homes_gamma, .server_name = "alpha.example"};
    start_pair(&pair, &reloaded, &how, false);
    fed_tls_destroy(reloaded.gateway); /* before SNI is seen and before the facts are made */
    shake_pair(&pair);
    assert_non_null(pair.in_facts);
    assert_int_equal(pair.in_facts->chain, FED_CHAIN_TRUSTED);
    carry(pair.out, pair.in, 1000);
    end_pair(&pair);

    int fds[2];
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    assert_int_equal(fed_link_tls_accept(link, homes->gateway, &homes_gamma, false, &err),
                     GP_ERR_NOT_FOUND);
    assert_string_equal(err.text, "no certificate for gamma.example");
    fed_link_destroy(link);
    close(fds[1]);
}

static void nothing_is_read_before_the_handshake_ends(void **state)
{
    const struct homes *homes = *state;
    const struct fed_tls_connect how = {.server_name = "alpha.example"};
    const struct fed_tls_connect as_alpha = {.home = &homes_alpha};
    struct pair pair;
    struct gp_err err = {0};
    char byte = 0;
    size_t len = 0;
    start_pair(&pair, homes, &how, false);
    assert_int_equal(fed_link_want(pair.out, false, false), GP_WRITE);
    assert_int_equal(fed_link_want(pair.in, true, true), GP_READ);
    assert_int_equal(fed_link_handshake(pair.in), GP_IO_AGAIN);
    assert_int_equal(fed_link_read(pair.in, &byte, 1, &len), GP_IO_FAILED);
    assert_int_equal(fed_link_write(pair.in, &byte, 1, &len), GP_IO_FAILED);
    assert_string_equal(fed_link_error(pair.in), "the TLS handshake is not finished");
    assert_int_equal(fed_link_pending(pair.in), 0);
    shake_pair(&pair); /* no harm was done */
    assert_non_null(pair.in_facts);
    end_pair(&pair);

    int fds[2];
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    assert_int_equal(fed_link_tls_connect(link, homes->partner, &as_alpha, &err), GP_ERR_NOT_FOUND);
    assert_int_equal(fed_link_handshake(link), GP_IO_FAILED); /* TLS was not started */
    fed_link_destroy(link);
    close(fds[1]);
}

/* Sockets at their worst. */

static void short_and_interrupted_io_changes_nothing(void **state)
{
    static const struct {
        size_t max;
        unsigned one_in;
    } rows[] = {{1, 0}, {1, 2}, {3, 3}, {7, 2}, {0, 2}};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct pair pair;
        char byte;
        size_t len = 0;
        short_io_set(rows[i].max, rows[i].one_in);
        open_pair(&pair, *state);
        carry(pair.out, pair.in, 20000);
        carry(pair.in, pair.out, 20000);
        while (fed_link_shutdown(pair.out) == GP_IO_AGAIN)
            assert_true(fed_link_want(pair.out, false, false) & GP_WRITE);
        enum gp_io_result result;
        while ((result = fed_link_read(pair.in, &byte, 1, &len)) == GP_IO_AGAIN)
            continue;
        assert_int_equal(result, GP_IO_EOF);
        assert_true(fed_link_was_closed_cleanly(pair.in));
        short_io_set(0, 0);
        end_pair(&pair);
    }
}

static void small_socket_buffers_change_nothing(void **state)
{
    const struct fed_tls_connect how = {.home = &homes_gamma, .server_name = "alpha.example"};
    struct pair pair;
    int least = 1;
    start_pair(&pair, *state, &how, false);
    for (int i = 0; i < 2; i++) {
        int fd = fed_link_fd(i ? pair.in : pair.out);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
        assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)), 0);
    }
    shake_pair(&pair);
    assert_non_null(pair.out_facts);
    assert_non_null(pair.in_facts);
    carry(pair.out, pair.in, 1000000);
    carry(pair.in, pair.out, 1000000);
    end_pair(&pair);
}

static void close_notify_waits_for_room(void **state)
{
    struct pair pair;
    char bytes[20000] = {0};
    size_t len = 0;
    open_pair(&pair, *state);
    while (fed_link_write(pair.out, bytes, sizeof(bytes), &len) == GP_IO_DONE)
        continue;
    end_pair(&pair);

    /* between two records, with no room left at all */
    open_pair(&pair, *state);
    short_io_set(0, 1);
    assert_int_equal(fed_link_shutdown(pair.out), GP_IO_AGAIN);
    assert_int_equal(fed_link_want(pair.out, false, false), GP_WRITE);
    short_io_set(0, 0);
    assert_int_equal(fed_link_read(pair.in, bytes, 1, &len), GP_IO_AGAIN);
    assert_int_equal(fed_link_shutdown(pair.out), GP_IO_DONE);
    assert_int_equal(fed_link_want(pair.out, false, false), 0);
    assert_int_equal(fed_link_read(pair.in, bytes, 1, &len), GP_IO_EOF);
    assert_true(fed_link_was_closed_cleanly(pair.in));
    end_pair(&pair);
}

static void a_dead_connection_is_an_error_with_words(void **state)
{
    struct pair pair;
    size_t len = 0;
    signal(SIGPIPE, SIG_DFL); /* ours must not raise it */
    open_pair(&pair, *state);
    fed_link_destroy(pair.in);
    pair.in = NULL;
    while (fed_link_write(pair.out, "x", 1, &len) == GP_IO_DONE)
        continue;
    assert_string_equal(fed_link_error(pair.out), "broken pipe");
    signal(SIGPIPE, SIG_IGN);
    end_pair(&pair);
}

static void plain_links_read_and_write(void **state)
{
    (void)state;
    int fds[2];
    char bytes[10];
    size_t len = 0;
    raw_pair(fds);
    struct fed_link *a = fed_link_create(fds[0]), *b = fed_link_create(fds[1]);
    assert_int_equal(fed_link_want(a, true, false), GP_READ);
    assert_int_equal(fed_link_want(a, true, true), GP_READ | GP_WRITE);
    assert_int_equal(fed_link_want(a, false, false), 0);
    carry(a, b, 50000);
    carry(b, a, 50000);
    assert_int_equal(fed_link_shutdown(a), GP_IO_DONE);
    assert_int_equal(fed_link_read(b, bytes, sizeof(bytes), &len), GP_IO_EOF);
    assert_true(fed_link_was_closed_cleanly(b));
    assert_string_equal(fed_link_error(b), "");
    fed_link_destroy(b);
    assert_int_equal(fed_link_write(a, "x", 1, &len), GP_IO_FAILED);
    assert_string_equal(fed_link_error(a), "broken pipe");
    fed_link_destroy(a);
    fed_link_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_each_other),
        cmocka_unit_test(our_certificate_is_picked_by_sni),
        cmocka_unit_test(the_end_of_tls_is_told_from_a_bare_fin),
        cmocka_unit_test(bytes_that_wait_inside_tls_are_shown),
        cmocka_unit_test(links_outlive_the_object_they_were_made_from),
        cmocka_unit_test(nothing_is_read_before_the_handshake_ends),
        cmocka_unit_test(short_and_interrupted_io_changes_nothing),
        cmocka_unit_test(small_socket_buffers_change_nothing),
        cmocka_unit_test(close_notify_waits_for_room),
        cmocka_unit_test(a_dead_connection_is_an_error_with_words),
        cmocka_unit_test(plain_links_read_and_write),
    };
    return cmocka_run_group_tests_name("fed_link", tests, homes_set_up, homes_tear_down);
}
