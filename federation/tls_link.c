/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenSSL on the link's descriptor. OpenSSL reads and writes through a BIO of ours, so that
 * base/io.h stays the only caller of the socket functions (no SIGPIPE, errno kept) and so that a
 * peer that sends too many records which carry no data can be stopped between two of them (T19).
 *
 *   HANDSHAKE --finished--> OPEN
 *   any --failure--> BROKEN
 */
#include "federation/tls_link.h"

#include "base/text.h"
#include "federation/tls_internal.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#define FED_TLS_HANDSHAKE_RECORDS_MAX 1024 /* a ClientHello cut into single bytes still fits */
#define FED_TLS_CONTROL_RECORDS_MAX   32   /* key updates, tickets, alerts after the handshake */
#define FED_TLS_DATA_FOR_CONTROL      256  /* so many records with data make good for one */

enum phase {
    PHASE_HANDSHAKE,
    PHASE_OPEN,
    PHASE_BROKEN /* OpenSSL must not be asked for more (SSL_get_error(3)) */
};

struct fed_tls_link {
    SSL *ssl;            /* owned */
    struct fed_tls *tls; /* a reference */
    X509_STORE *anchors; /* likewise; the peer's chain has to lead to one of these */
    struct fed_tls_role role;
    int fd; /* borrowed */
    enum phase phase;
    unsigned handshake_wants, read_wants, write_wants; /* GP_READ or GP_WRITE */
    bool is_closing;          /* close_notify waits for room in the socket */
    bool saw_close_notify;    /* from the peer */
    bool saw_eof;             /* FIN from the peer */
    int io_errno;             /* of the last failed read or write; 0: none */
    unsigned control_records; /* records without data, less what data has made good for */
    unsigned data_records;
    const char *abuse; /* the peer went too far; NULL: it did not */
    char error[FED_LINK_ERROR_MAX];
};

/* How OpenSSL reads and writes. */

static int on_bio_read(BIO *bio, char *to, int max)
{
    struct fed_tls_link *link = BIO_get_data(bio);
    size_t len = 0;
    BIO_clear_retry_flags(bio);
    if (link->abuse || max <= 0)
        return -1;
    switch (gp_io_read(link->fd, to, (size_t)max, &len)) {
    case GP_IO_DONE:
        return (int)len;
    case GP_IO_AGAIN:
        BIO_set_retry_read(bio);
        return -1;
    case GP_IO_EOF:
        link->saw_eof = true;
        return 0;
    case GP_IO_FAILED:
        link->io_errno = errno;
        return -1;
    }
    return -1;
}

static int on_bio_write(BIO *bio, const char *from, int len)
{
    struct fed_tls_link *link = BIO_get_data(bio);
    size_t put = 0;
    BIO_clear_retry_flags(bio);
    if (len <= 0)
        return 0;
    switch (gp_io_write(link->fd, from, (size_t)len, &put)) {
    case GP_IO_DONE:
        return (int)put;
    case GP_IO_AGAIN:
        BIO_set_retry_write(bio);
        return -1;
    case GP_IO_EOF:
    case GP_IO_FAILED:
        link->io_errno = errno;
        return -1;
    }
    return -1;
}

static long on_bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0; /* nothing is held back here */
}

BIO_METHOD *fed_tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "gatepost link");
    if (method) {
        BIO_meth_set_read(method, on_bio_read);
        BIO_meth_set_write(method, on_bio_write);
        BIO_meth_set_ctrl(method, on_bio_ctrl);
    }
    return method;
}

/* Counts records that carry no data. TLS 1.2 shows a record's type in its header, TLS 1.3 inside.
 */
static void on_record(int is_written, int version, int kind, const void *bytes, size_t len,
                      SSL *ssl, void *arg)
{
    (void)version;
    struct fed_tls_link *link = arg;
    const uint8_t *byte = bytes;
    bool is_header = kind == SSL3_RT_HEADER && len >= 1;
    bool is_inner = kind == SSL3_RT_INNER_CONTENT_TYPE && len == 1;
    if (is_written || (!is_header && !is_inner))
        return;
    if (link->phase == PHASE_HANDSHAKE) {
        if (is_header && ++link->control_records > FED_TLS_HANDSHAKE_RECORDS_MAX)
            link->abuse = "the peer's TLS handshake is cut into too many pieces";
        return;
    }
    bool is_tls13 = SSL_version(ssl) == TLS1_3_VERSION;
    if (is_tls13 && is_header && byte[0] == SSL3_RT_APPLICATION_DATA)
        return; /* what it really is follows */
    if (byte[0] == SSL3_RT_APPLICATION_DATA) {
        if (++link->data_records % FED_TLS_DATA_FOR_CONTROL == 0 && link->control_records > 0)
            link->control_records--;
    } else if (!is_tls13 && byte[0] == SSL3_RT_HANDSHAKE) {
        link->abuse = "the peer asked for renegotiation"; /* RFC 6120, 5.3.5: end the connection */
    } else if (++link->control_records > FED_TLS_CONTROL_RECORDS_MAX) {
        link->abuse = "the peer sent too many TLS records without data";
    }
}

/* Life. */

/* NULL when there is no memory. */
static struct fed_tls_link *create(int fd, struct fed_tls *tls, SSL_CTX *ctx)
{
    struct fed_tls_link *link = calloc(1, sizeof(*link));
    if (!link)
        return NULL;
    link->fd = fd;
    link->tls = tls;
    fed_tls_keep(tls);
    X509_STORE_up_ref(tls->anchors->store);
    link->anchors = tls->anchors->store;
    link->role.tls = tls;
    link->read_wants = GP_READ;
    link->write_wants = GP_WRITE;
    link->ssl = SSL_new(ctx);
    BIO *bio = BIO_new(tls->bio_method);
    if (!link->ssl || !bio) {
        BIO_free(bio);
        fed_tls_link_destroy(link);
        ERR_clear_error();
        return NULL;
    }
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio);
    SSL_set_app_data(link->ssl, &link->role);
    SSL_set_msg_callback(link->ssl, on_record);
    SSL_set_msg_callback_arg(link->ssl, link);
    return link;
}

void fed_tls_link_destroy(struct fed_tls_link *link)
{
    if (!link)
        return;
    SSL_free(link->ssl);
    X509_STORE_free(link->anchors);
    fed_tls_release(link->tls);
    free(link);
}

void fed_tls_link_trust(struct fed_tls_link *link, const struct fed_tls_anchors *anchors)
{
    X509_STORE_up_ref(anchors->store);
    X509_STORE_free(link->anchors);
    link->anchors = anchors->store;
}

enum gp_code fed_tls_link_accept(int fd, struct fed_tls *tls,
                                 const struct dns_domain *fallback_home, bool is_direct,
                                 struct fed_tls_link **ret, struct gp_err *err)
{
    const struct fed_tls_credential *fallback =
        fed_tls_credential(tls, gp_span_text(fallback_home->ascii));
    if (!fallback)
        return gp_err_set(err, GP_ERR_NOT_FOUND, "no certificate for %s", fallback_home->ascii);
    struct fed_tls_link *link = create(fd, tls, tls->accepting);
    if (!link)
        return gp_err_nomem(err);
    link->role.fallback = fallback;
    link->role.is_direct = is_direct;
    link->handshake_wants = GP_READ;
    SSL_set_accept_state(link->ssl);
    *ret = link;
    return GP_OK;
}

/* False: see OpenSSL's error queue. */
static bool set_connect(struct fed_tls_link *link, const struct fed_tls_connect *how,
                        const struct fed_tls_credential *shown)
{
    static const unsigned char alpn[] = "\x0b" FED_TLS_ALPN;
    char name[DNS_DOMAIN_MAX]; /* OpenSSL's macro takes no const */
    snprintf(name, sizeof(name), "%s", how->server_name ? how->server_name : "");
    ERR_clear_error();
    if (shown && !fed_tls_show(link->ssl, shown))
        return false;
    if (name[0] != '\0' && SSL_set_tlsext_host_name(link->ssl, name) != 1)
        return false;
    /* 0 is success here */
    return !how->offers_alpn || SSL_set_alpn_protos(link->ssl, alpn, sizeof(alpn) - 1) == 0;
}

enum gp_code fed_tls_link_connect(int fd, struct fed_tls *tls, const struct fed_tls_connect *how,
                                  struct fed_tls_link **ret, struct gp_err *err)
{
    const struct fed_tls_credential *shown =
        how->home ? fed_tls_credential(tls, gp_span_text(how->home->ascii)) : NULL;
    if (how->home && !shown)
        return gp_err_set(err, GP_ERR_NOT_FOUND, "no certificate for %s", how->home->ascii);
    struct fed_tls_link *link = create(fd, tls, tls->connecting);
    if (!link)
        return gp_err_nomem(err);
    link->handshake_wants = GP_WRITE;
    SSL_set_connect_state(link->ssl);
    enum gp_code code =
        fed_tls_use_tlsa(link->ssl, how->tlsa, how->tlsa_count, &link->role.has_dane, err);
    if (code == GP_OK && !set_connect(link, how, shown)) {
        fed_tls_error_text(link->error, sizeof(link->error));
        code = gp_err_set(err, GP_ERR_CRYPTO, "TLS set-up: %s", link->error);
    }
    if (code == GP_OK)
        *ret = link;
    else
        fed_tls_link_destroy(link);
    return code;
}

/* Operations. Each clears OpenSSL's error queue first and leaves it empty. */

static enum gp_io_result fail(struct fed_tls_link *link)
{
    link->phase = PHASE_BROKEN;
    fed_tls_error_text(link->error, sizeof(link->error));
    if (link->abuse)
        snprintf(link->error, sizeof(link->error), "%s", link->abuse);
    else if (link->error[0] == '\0' && link->io_errno != 0)
        fed_link_errno_text(link->io_errno, link->error);
    else if (link->error[0] == '\0' && link->saw_eof)
        snprintf(link->error, sizeof(link->error),
                 "the peer closed the connection without ending TLS");
    else if (link->error[0] == '\0')
        snprintf(link->error, sizeof(link->error), "TLS failed");
    return link->saw_eof && !link->abuse ? GP_IO_EOF : GP_IO_FAILED;
}

/* What a call that did not succeed came to; *wants: what the next try waits for. */
static enum gp_io_result judge_failure(struct fed_tls_link *link, int ret, unsigned *wants)
{
    switch (SSL_get_error(link->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        *wants = GP_READ;
        return GP_IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        *wants = GP_WRITE;
        return GP_IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        link->saw_close_notify = true;
        return GP_IO_EOF;
    default:
        return fail(link);
    }
}

enum gp_io_result fed_tls_link_handshake(struct fed_tls_link *link)
{
    if (link->phase != PHASE_HANDSHAKE)
        return link->phase == PHASE_OPEN ? GP_IO_DONE : GP_IO_FAILED;
    ERR_clear_error();
    int ret = SSL_do_handshake(link->ssl);
    if (ret != 1) {
        enum gp_io_result result = judge_failure(link, ret, &link->handshake_wants);
        return result == GP_IO_AGAIN ? GP_IO_AGAIN : GP_IO_FAILED;
    }
    ERR_clear_error();
    if (SSL_version(link->ssl) == TLS1_2_VERSION && SSL_get_extms_support(link->ssl) != 1) {
        /* RFC 9325, 3.5; TLS 1.3 has it built in */
        link->phase = PHASE_BROKEN;
        snprintf(link->error, sizeof(link->error),
                 "the peer lacks extended master secret (RFC 7627)");
        return GP_IO_FAILED;
    }
    link->phase = PHASE_OPEN;
    link->control_records = 0;
    return GP_IO_DONE;
}

static enum gp_io_result not_open(struct fed_tls_link *link)
{
    if (link->phase == PHASE_HANDSHAKE)
        snprintf(link->error, sizeof(link->error), "the TLS handshake is not finished");
    return GP_IO_FAILED;
}

enum gp_io_result fed_tls_link_read(struct fed_tls_link *link, void *to, size_t max,
                                    size_t *ret_len)
{
    *ret_len = 0;
    if (link->phase != PHASE_OPEN)
        return not_open(link);
    ERR_clear_error();
    link->read_wants = GP_READ;
    int ret = SSL_read_ex(link->ssl, to, max, ret_len);
    enum gp_io_result result = ret == 1 ? GP_IO_DONE : judge_failure(link, ret, &link->read_wants);
    ERR_clear_error();
    return result;
}

enum gp_io_result fed_tls_link_write(struct fed_tls_link *link, const void *from, size_t len,
                                     size_t *ret_len)
{
    *ret_len = 0;
    if (link->phase != PHASE_OPEN)
        return not_open(link);
    if (len == 0)
        return GP_IO_DONE;
    ERR_clear_error();
    link->write_wants = GP_WRITE;
    int ret = SSL_write_ex(link->ssl, from, len, ret_len);
    enum gp_io_result result = ret == 1 ? GP_IO_DONE : judge_failure(link, ret, &link->write_wants);
    ERR_clear_error();
    return result;
}

enum gp_io_result fed_tls_link_close_notify(struct fed_tls_link *link)
{
    unsigned wants = GP_WRITE;
    if (link->phase != PHASE_OPEN ||
        (!link->is_closing && SSL_get_shutdown(link->ssl) & SSL_SENT_SHUTDOWN))
        return GP_IO_DONE;
    ERR_clear_error();
    int ret = SSL_shutdown(link->ssl);
    enum gp_io_result result = ret >= 0 ? GP_IO_DONE : judge_failure(link, ret, &wants);
    link->is_closing = result == GP_IO_AGAIN;
    ERR_clear_error();
    return result == GP_IO_AGAIN ? GP_IO_AGAIN : GP_IO_DONE;
}

unsigned fed_tls_link_want(const struct fed_tls_link *link, bool owner_reads, bool owner_writes)
{
    if (link->phase == PHASE_HANDSHAKE)
        return link->handshake_wants;
    return (owner_reads ? link->read_wants : 0u) | (owner_writes ? link->write_wants : 0u) |
           (link->is_closing ? GP_WRITE : 0u);
}

bool fed_tls_link_was_closed_cleanly(const struct fed_tls_link *link)
{
    return link->saw_close_notify;
}

size_t fed_tls_link_pending(const struct fed_tls_link *link)
{
    return link->phase == PHASE_OPEN ? (size_t)SSL_pending(link->ssl) : 0;
}

const char *fed_tls_link_error(const struct fed_tls_link *link)
{
    return link->error;
}

static void copy_escaped(char *out, size_t size, const char *text)
{
    struct gp_buf safe;
    gp_buf_init(&safe, 4 * size);
    gp_text_escape(&safe, gp_span_text(text), size - 4);
    const char *whole = gp_buf_text(&safe);
    snprintf(out, size, "%s", whole ? whole : "");
    gp_buf_finish(&safe);
}

/* It stays what it was in the handshake, also when the context has been replaced since. */
static void note_own(SSL *ssl, struct fed_tls_facts *facts)
{
    const X509 *own = SSL_get_certificate(ssl);
    facts->has_own = own && X509_digest(own, EVP_sha256(), facts->own_sha256, NULL) == 1;
}

enum gp_code fed_tls_link_facts(struct fed_tls_link *link, struct fed_tls_facts **ret,
                                struct gp_err *err)
{
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    GP_ASSERT(link->phase == PHASE_OPEN);
    struct fed_tls_facts *facts = calloc(1, sizeof(*facts));
    if (!facts)
        return gp_err_nomem(err);
    snprintf(facts->version, sizeof(facts->version), "%s", SSL_get_version(link->ssl));
    snprintf(facts->cipher, sizeof(facts->cipher), "%s",
             SSL_CIPHER_get_name(SSL_get_current_cipher(link->ssl)));
    SSL_get0_alpn_selected(link->ssl, &alpn, &alpn_len);
    snprintf(facts->alpn, sizeof(facts->alpn), "%.*s", (int)alpn_len, (const char *)alpn);
    const char *name = SSL_get_servername(link->ssl, TLSEXT_NAMETYPE_host_name);
    if (name)
        copy_escaped(facts->sni, sizeof(facts->sni), name);
    note_own(link->ssl, facts);
    enum gp_code code = fed_tls_judge(link->ssl, link->anchors, link->role.has_dane, facts, err);
    if (code == GP_OK)
        *ret = facts;
    else
        fed_tls_facts_destroy(facts);
    return code;
}

enum gp_code fed_tls_link_match(struct fed_tls_link *link, const struct dns_tlsa *tlsa,
                                size_t count, struct fed_evidence *ret, struct gp_err *err)
{
    GP_ASSERT(link->phase != PHASE_HANDSHAKE);
    return fed_tls_match(link->ssl, link->tls, tlsa, count, ret, err);
}

size_t fed_tls_link_chain(const struct fed_tls_link *link, struct fed_cert **ret, size_t max)
{
    const STACK_OF(X509) *sent = SSL_get_peer_cert_chain(link->ssl); /* of a server: with its own */
    size_t count = 0;
    for (int i = 0; i < sk_X509_num(sent) && count < max; i++) {
        ret[count] = fed_tls_cert(sk_X509_value(sent, i));
        if (!ret[count])
            break;
        count++;
    }
    return count;
}
