/* SPDX-License-Identifier: BSD-2-Clause */
/* A link with OpenSSL on the other end: what TLS is agreed on, and what a hostile peer gets. */
#include "tests/unit/unit.h"

#include "tests/unit/homes.h"
#include "tests/unit/raw_tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is agreed on with OpenSSL on the other end. */

struct meeting {
    struct raw_tls raw;
    struct fed_link *link;
    enum gp_io_result result;
};

/* A link of ours against raw, whose context is set up already. is_ours_server: who is who. */
static void meet(struct meeting *meeting, const struct homes *homes, bool is_ours_server,
                 bool is_direct)
{
    int fds[2];
    struct gp_err err = {0};
    const struct fed_tls_connect how = {.home = &homes_gamma, .server_name = "alpha.example"};
    raw_pair(fds);
    meeting->link = fed_link_create(fds[0]);
    raw_start(&meeting->raw, fds[1]);
    if (is_ours_server)
        assert_int_equal(
            fed_link_tls_accept(meeting->link, homes->gateway, &homes_alpha, is_direct, &err),
            GP_OK);
    else
        assert_int_equal(fed_link_tls_connect(meeting->link, homes->partner, &how, &err), GP_OK);
    meeting->result = raw_shake(&meeting->raw, meeting->link);
}

static void prepare(struct meeting *meeting, const struct homes *homes, bool is_ours_server)
{
    const struct pki *shown = is_ours_server ? &homes->gamma : &homes->beta; /* RSA */
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
static enum gp_io_result send_and_close(struct homes *homes, const void *bytes, size_t len,
                                        char error[FED_LINK_ERROR_MAX])
{
    int fds[2];
    struct gp_err err = {0};
    enum gp_io_result result = GP_IO_AGAIN;
    raw_pair(fds);
    struct fed_link *link = fed_link_create(fds[0]);
    assert_int_equal(fed_link_tls_accept(link, homes->gateway, &homes_alpha, true, &err), GP_OK);
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
    const struct homes *homes = *state;
    struct gp_buf names;
    gp_buf_init(&names, 200000);
    for (int i = 0; i < 5000; i++)
        gp_buf_printf(&names, "%sDNS:n%d.giant.example", i ? "," : "", i);
    struct pki giant = pki_issue(
        &homes->root, &(struct pki_spec){.subject = "giant", .names = gp_buf_text(&names)});
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
    gp_buf_finish(&names);
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
    return cmocka_run_group_tests_name("fed_tls", tests, homes_set_up, homes_tear_down);
}
