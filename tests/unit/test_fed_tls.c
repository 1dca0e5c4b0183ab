/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: what TLS is agreed on, which certificate is shown, and what a hostile other end gets. */
#include "tests/unit/unit.h"

#include "tests/unit/raw_tls.h"
#include "tests/unit/short_io.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct dns_domain alpha = {"alpha.example"}, beta = {"beta.example"},
                               gamma_domain = {"gamma.example"};

/* alpha and beta are homes of the gateway, with keys of different kinds; gamma is a partner. */
struct fixture {
    char *dir, *root_file;
    struct pki root, alpha, beta, gamma;
    struct fed_tls *gateway, *partner;
};

static struct fed_tls *make_tls(struct fixture *fixture, const struct dns_domain *domains,
                                const struct pki *const *certificates, size_t count)
{
    struct fed_tls_identity identities[2];
    char *files[4] = {0};
    struct fed_tls *tls = NULL;
    struct gp_err err = {0};
    for (size_t i = 0; i < count; i++) {
        files[2 * i] = pki_write_chain(fixture->dir, "chain.pem", &certificates[i], 1);
        files[2 * i + 1] = pki_write_key(fixture->dir, "key.pem", certificates[i], NULL);
        char *moved = NULL;
        for (size_t k = 2 * i; k < 2 * i + 2; k++) {
            assert_true(asprintf(&moved, "%s.%zu", files[k], i) > 0);
            assert_int_equal(rename(files[k], moved), 0);
            free(files[k]);
            files[k] = moved;
        }
        identities[i] = (struct fed_tls_identity){domains[i], files[2 * i], files[2 * i + 1]};
    }
    if (fed_tls_create(identities, count, fixture->root_file, &tls, &err) != GP_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < 2 * count; i++)
        free(files[i]);
    return tls;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->dir = pki_dir();
    fixture->root = pki_issue(NULL, &(struct pki_spec){.subject = "root", .is_ca = true});
    fixture->alpha = pki_issue(
        &fixture->root, &(struct pki_spec){.subject = "alpha", .names = "DNS:alpha.example"});
    fixture->beta = pki_issue(
        &fixture->root,
        &(struct pki_spec){.subject = "beta", .names = "DNS:beta.example", .key = PKI_RSA});
    fixture->gamma = pki_issue(
        &fixture->root, &(struct pki_spec){.subject = "gamma", .names = "DNS:gamma.example"});
    const struct pki *root = &fixture->root;
    fixture->root_file = pki_write_chain(fixture->dir, "root.pem", &root, 1);
    const struct dns_domain homes[] = {alpha, beta};
    const struct pki *of_homes[] = {&fixture->alpha, &fixture->beta};
    const struct pki *of_gamma = &fixture->gamma;
    fixture->gateway = make_tls(fixture, homes, of_homes, 2);
    fixture->partner = make_tls(fixture, &gamma_domain, &of_gamma, 1);
    signal(SIGPIPE, SIG_IGN); /* for OpenSSL's own sockets on the other end */
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fed_tls_destroy(fixture->gateway);
    fed_tls_destroy(fixture->partner);
    pki_release(&fixture->root);
    pki_release(&fixture->alpha);
    pki_release(&fixture->beta);
    pki_release(&fixture->gamma);
    free(fixture->root_file);
    pki_remove_dir(fixture->dir);
    free(fixture);
    return 0;
}

/* Two links that talk to each other: out connects, in accepts. */
struct pair {
    struct fed_link *out, *in;
    struct fed_tls_facts *out_facts, *in_facts; /* NULL: the handshake failed */
};

static void start_pair(struct pair *pair, const struct fixture *fixture,
                       const struct fed_tls_connect *how, bool is_direct)
{
    int fds[2];
    struct gp_err err = {0};
    raw_pair(fds);
    *pair = (struct pair){fed_link_create(fds[0]), fed_link_create(fds[1]), NULL, NULL};
    assert_int_equal(fed_link_tls_connect(pair->out, fixture->partner, how, &err), GP_OK);
    assert_int_equal(fed_link_tls_accept(pair->in, fixture->gateway, &alpha, is_direct, &err),
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

static void open_pair(struct pair *pair, const struct fixture *fixture)
{
    const struct fed_tls_connect how = {.home = &gamma_domain, .server_name = "alpha.example"};
    start_pair(pair, fixture, &how, false);
    shake_pair(pair);
    assert_non_null(pair->out_facts);
    assert_non_null(pair->in_facts);
}

/* Moves len bytes from one link to the other and compares them. */
static void carry(struct fed_link *from, struct fed_link *to, size_t len)
{
    char *sent = malloc(len), *got = malloc(len);
    size_t put = 0, taken = 0, now = 0;
    for (size_t i = 0; i < len; i++)
        sent[i] = (char)(i * 31 + i / 251);
    while (taken < len) {
        if (put < len) {
            enum gp_io_result result = fed_link_write(from, sent + put, len - put, &now);
            assert_true(result == GP_IO_DONE || result == GP_IO_AGAIN);
            put += now;
        }
        enum gp_io_result result = fed_link_read(to, got + taken, len - taken, &now);
        if (result != GP_IO_DONE && result != GP_IO_AGAIN)
            fail_msg("after %zu of %zu bytes: %s", taken, len, fed_link_error(to));
        taken += now;
    }
    assert_memory_equal(sent, got, len);
    free(sent);
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
    const struct fixture *fixture = *state;
    for (int shows_certificate = 0; shows_certificate < 2; shows_certificate++) {
        const struct fed_tls_connect how = {.home = shows_certificate ? &gamma_domain : NULL,
                                            .server_name = "alpha.example",
                                            .offers_alpn = true};
        struct pair pair;
        char name[300];
        start_pair(&pair, fixture, &how, true);
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
    const struct fixture *fixture = *state;
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
        start_pair(&pair, fixture, &how, false);
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
    struct fixture *fixture = *state;
    const struct pki *certificate = &fixture->alpha;
    struct fixture reloaded = *fixture;
    struct pair pair;
    struct gp_err err = {0};
    reloaded.gateway = make_tls(fixture, &alpha, &certificate, 1);
    const struct fed_tls_connect how = {.home = &gamma_domain, .server_name = "alpha.example"};
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
    assert_int_equal(fed_link_tls_accept(link, fixture->gateway, &gamma_domain, false, &err),
                     GP_ERR_NOT_FOUND);
    assert_string_equal(err.text, "no certificate for gamma.example");
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
    const struct fed_tls_connect how = {.home = &gamma_domain, .server_name = "alpha.example"};
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

/* What is agreed on with OpenSSL on the other end. */

struct meeting {
    struct raw_tls raw;
    struct fed_link *link;
    enum gp_io_result result;
};

/* A link of ours against raw, whose context is set up already. is_ours_server: who is who. */
static void meet(struct meeting *meeting, const struct fixture *fixture, bool is_ours_server,
                 bool is_direct)
{
    int fds[2];
    struct gp_err err = {0};
    const struct fed_tls_connect how = {.home = &gamma_domain, .server_name = "alpha.example"};
    raw_pair(fds);
    meeting->link = fed_link_create(fds[0]);
    raw_start(&meeting->raw, fds[1]);
    if (is_ours_server)
        assert_int_equal(
            fed_link_tls_accept(meeting->link, fixture->gateway, &alpha, is_direct, &err), GP_OK);
    else
        assert_int_equal(fed_link_tls_connect(meeting->link, fixture->partner, &how, &err), GP_OK);
    meeting->result = raw_shake(&meeting->raw, meeting->link);
}

static void prepare(struct meeting *meeting, const struct fixture *fixture, bool is_ours_server)
{
    const struct pki *shown = is_ours_server ? &fixture->gamma : &fixture->beta; /* RSA */
    raw_create(&meeting->raw, !is_ours_server, &shown, 1);
}

static void part(struct meeting *meeting)
{
    fed_link_destroy(meeting->link);
    raw_destroy(&meeting->raw);
}

/* What the other end offers, as a server and as a client. */
static const struct {
    const char *name;
    int least, most;     /* versions; 0: any */
    const char *ciphers; /* NULL: any */
    int group;           /* 0: any */
    uint64_t options;
    const char *version; /* agreed on; NULL: refused */
    const char *words;   /* of the refusal, ours or theirs; may be NULL */
} offers[] = {
    {"TLS 1.3", TLS1_3_VERSION, 0, NULL, 0, 0, "TLSv1.3", NULL},
    {"TLS 1.2", 0, TLS1_2_VERSION, NULL, 0, 0, "TLSv1.2", NULL},
    {"TLS 1.1", 0, TLS1_1_VERSION, NULL, 0, 0, NULL, NULL},
    {"TLS 1.0", 0, TLS1_VERSION, NULL, 0, 0, NULL, NULL},
    {"no extended master secret", 0, TLS1_2_VERSION, NULL, 0, SSL_OP_NO_EXTENDED_MASTER_SECRET,
     NULL, "extended master secret (RFC 7627)"},
    {"ECDHE with AES-GCM", 0, TLS1_2_VERSION, "ECDHE+AESGCM", 0, 0, "TLSv1.2", NULL},
    {"ECDHE with ChaCha20", 0, TLS1_2_VERSION, "ECDHE+CHACHA20", 0, 0, "TLSv1.2", NULL},
    {"ECDHE with CBC", 0, TLS1_2_VERSION, "ECDHE+AES128+SHA256:ECDHE+AES256+SHA1:!AESGCM", 0, 0,
     NULL, NULL},
    {"no forward secrecy", 0, TLS1_2_VERSION, "kRSA", 0, 0, NULL, NULL},
    {"finite field groups", 0, TLS1_2_VERSION, "DHE", 0, 0, NULL, NULL},
    {"no authentication", 0, TLS1_2_VERSION, "aNULL", 0, 0, NULL, NULL},
    {"X25519", 0, 0, NULL, NID_X25519, 0, "TLSv1.3", NULL},
    {"P-256", 0, 0, NULL, NID_X9_62_prime256v1, 0, "TLSv1.3", NULL},
    {"P-384", 0, 0, NULL, NID_secp384r1, 0, "TLSv1.3", NULL},
    {"P-521 alone", 0, 0, NULL, NID_secp521r1, 0, NULL, NULL},
    {"ffdhe2048 alone", 0, 0, NULL, NID_ffdhe2048, 0, NULL, NULL},
};

static void only_strong_tls_is_agreed_on(void **state)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(offers); i++) {
        for (int is_ours_server = 0; is_ours_server < 2; is_ours_server++) {
            struct meeting meeting = {0};
            prepare(&meeting, *state, is_ours_server);
            SSL_CTX_set_max_proto_version(meeting.raw.ctx, offers[i].most);
            SSL_CTX_set_min_proto_version(meeting.raw.ctx, offers[i].least);
            SSL_CTX_set_options(meeting.raw.ctx, offers[i].options);
            SSL_CTX_set_dh_auto(meeting.raw.ctx, 1);
            if (offers[i].ciphers)
                assert_int_equal(SSL_CTX_set_cipher_list(meeting.raw.ctx, offers[i].ciphers), 1);
            int group = offers[i].group;
            if (group != 0)
                assert_int_equal(SSL_CTX_set1_groups(meeting.raw.ctx, &group, 1), 1);
            meet(&meeting, *state, is_ours_server, false);
            const char *error = fed_link_error(meeting.link);
            if ((meeting.result == GP_IO_DONE) != (offers[i].version != NULL))
                fail_msg("%s, ours is %s: %s / %s", offers[i].name,
                         is_ours_server ? "server" : "client", error, meeting.raw.error);
            if (offers[i].version)
                assert_string_equal(SSL_get_version(meeting.raw.ssl), offers[i].version);
            else
                assert_string_not_equal(error, "");
            if (offers[i].words && !strstr(error, offers[i].words))
                fail_msg("%s: %s", offers[i].name, error);
            part(&meeting);
        }
    }
}

static const struct {
    const char *name;
    const char *offer; /* as on the wire; NULL: no ALPN */
    bool is_direct;
    const char *agreed; /* NULL: refused */
} alpn_rows[] = {
    {"direct, ours", "\x0bxmpp-server", true, "xmpp-server"},
    {"direct, ours among others", "\x02h2\x0bxmpp-server\x08http/1.1", true, "xmpp-server"},
    {"direct, another", "\x0bxmpp-client", true, NULL},
    {"direct, shorter", "\x0axmpp-serve", true, NULL},
    {"direct, longer", "\x0cxmpp-serverx", true, NULL},
    {"direct, none", NULL, true, ""},
    {"STARTTLS, ours", "\x0bxmpp-server", false, "xmpp-server"},
    {"STARTTLS, another", "\x0bxmpp-client", false, ""},
    {"STARTTLS, none", NULL, false, ""},
};

static void alpn_must_fit_where_the_port_is_for_tls(void **state)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(alpn_rows); i++) {
        struct meeting meeting = {0};
        const char *offer = alpn_rows[i].offer;
        prepare(&meeting, *state, true);
        if (offer)
            assert_int_equal(SSL_CTX_set_alpn_protos(meeting.raw.ctx, (const uint8_t *)offer,
                                                     (unsigned)strlen(offer)),
                             0);
        meet(&meeting, *state, true, alpn_rows[i].is_direct);
        if (!alpn_rows[i].agreed) {
            assert_int_equal(meeting.result, GP_IO_FAILED);
            assert_string_equal(meeting.raw.error, "tlsv1 alert no application protocol");
            assert_string_equal(fed_link_error(meeting.link),
                                "the peer's ALPN does not name xmpp-server");
        } else {
            struct fed_tls_facts *facts = NULL;
            struct gp_err err = {0};
            if (meeting.result != GP_IO_DONE)
                fail_msg("%s: %s", alpn_rows[i].name, fed_link_error(meeting.link));
            assert_int_equal(fed_link_tls_facts(meeting.link, &facts, &err), GP_OK);
            assert_string_equal(facts->alpn, alpn_rows[i].agreed);
            fed_tls_facts_destroy(facts);
        }
        part(&meeting);
    }
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    int *count = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    (void)session;
    (*count)++;
    return 0;
}

static void nothing_can_be_resumed(void **state)
{
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct meeting meeting = {0};
        int sessions = 0;
        size_t len = 0;
        char byte = 0;
        prepare(&meeting, *state, true);
        SSL_CTX_set_max_proto_version(meeting.raw.ctx, version);
        SSL_CTX_set_session_cache_mode(meeting.raw.ctx, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_set_app_data(meeting.raw.ctx, &sessions);
        SSL_CTX_sess_set_new_cb(meeting.raw.ctx, on_session);
        meet(&meeting, *state, true, false);
        assert_int_equal(meeting.result, GP_IO_DONE);
        assert_int_equal(fed_link_write(meeting.link, "x", 1, &len), GP_IO_DONE);
        assert_int_equal(SSL_read(meeting.raw.ssl, &byte, 1), 1);
        SSL_SESSION *session = SSL_get1_session(meeting.raw.ssl);
        assert_int_equal(SSL_SESSION_is_resumable(session), 0);
        assert_int_equal(SSL_SESSION_has_ticket(session), 0);
        assert_int_equal(sessions, 0);
        SSL_SESSION_free(session);
        part(&meeting);
    }
}

/* Hostile peers. */

static enum gp_io_result read_out(struct fed_link *link)
{
    char bytes[4096];
    size_t len = 0;
    enum gp_io_result result;
    while ((result = fed_link_read(link, bytes, sizeof(bytes), &len)) == GP_IO_DONE)
        continue;
    return result;
}

static void renegotiation_ends_the_connection(void **state)
{
    for (int is_ours_server = 0; is_ours_server < 2; is_ours_server++) {
        struct meeting meeting = {0};
        prepare(&meeting, *state, is_ours_server);
        SSL_CTX_set_max_proto_version(meeting.raw.ctx, TLS1_2_VERSION);
        meet(&meeting, *state, is_ours_server, false);
        assert_int_equal(meeting.result, GP_IO_DONE);
        assert_int_equal(SSL_renegotiate(meeting.raw.ssl), 1);
        (void)SSL_do_handshake(meeting.raw.ssl);
        assert_int_equal(read_out(meeting.link), GP_IO_FAILED);
        assert_string_equal(fed_link_error(meeting.link), "the peer asked for renegotiation");
        part(&meeting);
    }
}

/* True when the key update could be sent. */
static bool update_keys(struct raw_tls *raw, int kind)
{
    char byte;
    (void)SSL_read(raw->ssl, &byte, 1); /* takes in the answers to those before */
    return SSL_key_update(raw->ssl, kind) == 1 && SSL_do_handshake(raw->ssl) == 1;
}

static void a_flood_of_key_updates_is_cut_short(void **state)
{
    for (int is_ours_server = 0; is_ours_server < 2; is_ours_server++) {
        struct meeting meeting = {0};
        int sent = 0;
        prepare(&meeting, *state, is_ours_server);
        meet(&meeting, *state, is_ours_server, false);
        assert_int_equal(meeting.result, GP_IO_DONE);
        for (; sent < 25; sent++) /* no flood yet; the answers are read by the other end */
            assert_true(update_keys(&meeting.raw, SSL_KEY_UPDATE_REQUESTED) &&
                        read_out(meeting.link) == GP_IO_AGAIN);
        for (; sent < 1000 && update_keys(&meeting.raw, SSL_KEY_UPDATE_NOT_REQUESTED); sent++)
            continue;
        assert_int_equal(read_out(meeting.link), GP_IO_FAILED);
        assert_string_equal(fed_link_error(meeting.link),
                            "the peer sent too many TLS records without data");
        part(&meeting);
    }
}

static void a_long_life_may_have_many_key_updates(void **state)
{
    struct meeting meeting = {0};
    prepare(&meeting, *state, true);
    meet(&meeting, *state, true, false);
    assert_int_equal(meeting.result, GP_IO_DONE);
    for (int i = 0; i < 100 * 256; i++) {
        assert_int_equal(SSL_write(meeting.raw.ssl, "x", 1), 1);
        if (i % 256 == 0)
            assert_true(update_keys(&meeting.raw, SSL_KEY_UPDATE_REQUESTED));
        if (read_out(meeting.link) != GP_IO_AGAIN)
            fail_msg("after %d records: %s", i, fed_link_error(meeting.link));
    }
    part(&meeting);
}

/* Bytes of a peer that speaks no TLS, or not to the end. */
static enum gp_io_result send_and_close(struct fixture *fixture, const void *bytes, size_t len,
                                        char error[FED_LINK_ERROR_MAX])
{
    int fds[2];
    struct gp_err err = {0};
    enum gp_io_result result = GP_IO_AGAIN;
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    assert_int_equal(fed_link_tls_accept(link, fixture->gateway, &alpha, true, &err), GP_OK);
    assert_int_equal(write(fds[1], bytes, len), len);
    assert_int_equal(shutdown(fds[1], SHUT_WR), 0);
    for (int i = 0; i < 100000 && result == GP_IO_AGAIN; i++)
        result = fed_link_handshake(link);
    snprintf(error, FED_LINK_ERROR_MAX, "%s", fed_link_error(link));
    assert_int_equal(fed_link_handshake(link), GP_IO_FAILED); /* stays so */
    fed_link_destroy(link);
    close(fds[1]);
    return result;
}

static void what_is_no_tls_has_a_sentence(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *error;
    } rows[] = {
        {"", 0, "the peer closed the connection without ending TLS"},
        {"\x16\x03\x01", 3, "the peer closed the connection without ending TLS"},
        {"GET / HTTP/1.0\r\n\r\n", 18, "the peer sent an HTTP request"},
        {"<?xml version='1.0'?><stream:stream>", 36,
         "the peer does not speak TLS here (wrong version number)"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char error[FED_LINK_ERROR_MAX];
        assert_int_equal(send_and_close(*state, rows[i].bytes, rows[i].len, error), GP_IO_FAILED);
        assert_string_equal(error, rows[i].error);
    }
}

static void a_hello_in_crumbs_is_taken_up_to_a_limit(void **state)
{
    /* a ClientHello of 8000 bytes, one byte in each record */
    uint8_t *bytes = malloc(8000 * 6);
    char error[FED_LINK_ERROR_MAX];
    const uint8_t head[] = {1, 0, 8000 >> 8, 8000 & 255};
    for (size_t i = 0; i < 8000; i++) {
        const uint8_t record[] = {22, 3, 1, 0, 1, i < sizeof(head) ? head[i] : 0};
        memcpy(bytes + 6 * i, record, sizeof(record));
    }
    assert_int_equal(send_and_close(*state, bytes, 500 * 6, error), GP_IO_FAILED);
    assert_string_equal(error, "the peer closed the connection without ending TLS");
    assert_int_equal(send_and_close(*state, bytes, 2000 * 6, error), GP_IO_FAILED);
    assert_string_equal(error, "the peer's TLS handshake is cut into too many pieces");
    free(bytes);
}

static void a_giant_certificate_message_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    char *names = malloc(200000);
    size_t len = 0;
    for (int i = 0; i < 5000; i++)
        len += (size_t)sprintf(names + len, "%sDNS:n%d.giant.example", i ? "," : "", i);
    struct pki giant =
        pki_issue(&fixture->root, &(struct pki_spec){.subject = "giant", .names = names});
    const struct pki *chain = &giant;
    for (int is_ours_server = 0; is_ours_server < 2; is_ours_server++) {
        struct meeting meeting = {0};
        raw_create(&meeting.raw, !is_ours_server, &chain, 1);
        meet(&meeting, *state, is_ours_server, false);
        assert_int_equal(meeting.result, GP_IO_FAILED);
        assert_string_equal(fed_link_error(meeting.link),
                            "a handshake message of the peer is too long");
        part(&meeting);
    }
    pki_release(&giant);
    free(names);
}

static void a_verdict_on_our_certificate_comes_after_the_handshake(void **state)
{
    struct meeting meeting = {0};
    char byte;
    size_t len = 0;
    prepare(&meeting, *state, false);
    SSL_CTX_set_verify(meeting.raw.ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    meet(&meeting, *state, false, false);
    assert_int_equal(meeting.result, GP_IO_DONE); /* RFC 8446: the server speaks last */
    assert_true(meeting.raw.has_failed);
    assert_int_equal(fed_link_read(meeting.link, &byte, 1, &len), GP_IO_FAILED);
    assert_string_equal(fed_link_error(meeting.link), "the peer sent tlsv1 alert unknown ca");
    part(&meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_each_other),
        cmocka_unit_test(our_certificate_is_picked_by_sni),
        cmocka_unit_test(the_end_of_tls_is_told_from_a_bare_fin),
        cmocka_unit_test(bytes_that_wait_inside_tls_are_shown),
        cmocka_unit_test(links_outlive_the_object_they_were_made_from),
        cmocka_unit_test(short_and_interrupted_io_changes_nothing),
        cmocka_unit_test(small_socket_buffers_change_nothing),
        cmocka_unit_test(close_notify_waits_for_room),
        cmocka_unit_test(a_dead_connection_is_an_error_with_words),
        cmocka_unit_test(plain_links_read_and_write),
        cmocka_unit_test(only_strong_tls_is_agreed_on),
        cmocka_unit_test(alpn_must_fit_where_the_port_is_for_tls),
        cmocka_unit_test(nothing_can_be_resumed),
        cmocka_unit_test(renegotiation_ends_the_connection),
        cmocka_unit_test(a_flood_of_key_updates_is_cut_short),
        cmocka_unit_test(a_long_life_may_have_many_key_updates),
        cmocka_unit_test(what_is_no_tls_has_a_sentence),
        cmocka_unit_test(a_hello_in_crumbs_is_taken_up_to_a_limit),
        cmocka_unit_test(a_giant_certificate_message_is_refused),
        cmocka_unit_test(a_verdict_on_our_certificate_comes_after_the_handshake),
    };
    return cmocka_run_group_tests_name("fed_tls", tests, set_up, tear_down);
}
