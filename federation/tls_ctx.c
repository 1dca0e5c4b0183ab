/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/tls_internal.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#define FED_TLS_CERTIFICATES_MAX (64L * 1024) /* bytes of the peer's certificate message (T42) */
#define FED_TLS_ERROR_MAX        200

/* RFC 9325, 4.2: forward secrecy and AEAD only. */
#define FED_TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define FED_TLS13_CIPHERS \
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

static enum gp_code crypto_error(struct gp_err *err, const char *doing)
{
    char reason[FED_TLS_ERROR_MAX];
    fed_tls_error_text(reason, sizeof(reason));
    return gp_err_set(err, GP_ERR_CRYPTO, "%s: %s", doing, reason);
}

/* Receiving: picks our certificate by SNI; a name that is not ours gets the fallback's (C8). */
static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    (void)arg;
    const struct fed_tls_role *role = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const struct fed_tls_credential *named =
        name ? fed_tls_credential(role->tls, gp_span_text(name)) : NULL;
    if (!fed_tls_show(ssl, named ? named : role->fallback)) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return named ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* Receiving, when the peer offers protocols; OpenSSL has checked the list's form (RFC 7301, 3.1).
 */
static int on_alpn(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
                   const unsigned char *offer, unsigned offer_len, void *arg)
{
    (void)arg;
    const struct fed_tls_role *role = SSL_get_app_data(ssl);
    for (unsigned at = 0; at < offer_len; at += 1u + offer[at]) {
        if (!gp_span_is(gp_span_make(offer + at + 1, offer[at]), FED_TLS_ALPN))
            continue;
        *ret = offer + at + 1;
        *ret_len = offer[at];
        return SSL_TLSEXT_ERR_OK;
    }
    /* On a port of its own another protocol is a mix-up (RFC 7301, 3.2; RFC 9325, 3.8); behind
     * STARTTLS it says nothing. */
    return role->is_direct ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

static bool set_up(SSL_CTX *ctx, X509_STORE *anchors)
{
    int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};
    /* nothing that the system's openssl.cnf may have put there */
    SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx));
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_security_level(ctx, FED_TLS_SECURITY_LEVEL);
    SSL_CTX_set_max_cert_list(ctx, FED_TLS_CERTIFICATES_MAX);
    SSL_CTX_set_verify_depth(ctx, FED_TLS_VERIFY_DEPTH);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, fed_tls_on_chain, NULL);
    SSL_CTX_set1_cert_store(ctx, anchors);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, FED_TLS12_CIPHERS) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, FED_TLS13_CIPHERS) == 1 &&
           SSL_CTX_set1_groups(ctx, groups, GP_ARRAY_LEN(groups)) == 1;
}

static bool create_accepting(struct fed_tls *tls)
{
    tls->accepting = SSL_CTX_new(TLS_server_method());
    if (!tls->accepting || !set_up(tls->accepting, tls->anchors->store))
        return false;
    SSL_CTX_set_tlsext_servername_callback(tls->accepting, on_server_name);
    SSL_CTX_set_alpn_select_cb(tls->accepting, on_alpn, NULL);
    return SSL_CTX_set_max_early_data(tls->accepting, 0) == 1 &&
           SSL_CTX_set_num_tickets(tls->accepting, 0) == 1;
}

static bool create_connecting(struct fed_tls *tls)
{
    tls->connecting = SSL_CTX_new(TLS_client_method());
    if (!tls->connecting || !set_up(tls->connecting, tls->anchors->store))
        return false;
    /* DANE-EE ignores names (RFC 7671, 5.1) */
    SSL_CTX_dane_set_flags(tls->connecting, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    return SSL_CTX_dane_enable(tls->connecting) == 1;
}

/* The rules for certificates (key size, signatures) are OpenSSL's: one trial tells. */
static enum gp_code try_credential(const struct fed_tls *tls,
                                   const struct fed_tls_credential *credential, const char *file,
                                   struct gp_err *err)
{
    char reason[FED_TLS_ERROR_MAX];
    SSL *ssl = SSL_new(tls->connecting);
    if (!ssl)
        return gp_err_nomem(err);
    bool can_be_shown = fed_tls_show(ssl, credential);
    fed_tls_error_text(reason, sizeof(reason));
    SSL_free(ssl);
    if (!can_be_shown)
        return gp_err_set(err, GP_ERR_CONFIG, "'%s' cannot be used: %s", file, reason);
    return GP_OK;
}

static enum gp_code load_credential(const struct fed_tls *tls,
                                    const struct fed_tls_identity *identity,
                                    struct fed_tls_credential *credential, struct gp_err *err)
{
    credential->domain = identity->domain;
    if (!identity->certificate_file)
        return fed_tls_make_credential(credential, err);
    enum gp_code code = fed_tls_read_chain(identity->certificate_file, &credential->chain, err);
    if (code == GP_OK)
        code = fed_tls_read_key(identity->key_file, identity->certificate_file, credential->chain,
                                &credential->key, err);
    if (code == GP_OK) {
        credential->leaf = sk_X509_shift(credential->chain);
        code = try_credential(tls, credential, identity->certificate_file, err);
    }
    if (code != GP_OK)
        return gp_err_wrap(err, code, "TLS identity of %s", identity->domain.ascii);
    return GP_OK;
}

static enum gp_code load_all(struct fed_tls *tls, const struct fed_tls_identity *identities,
                             size_t count, const char *ca_file, struct gp_err *err)
{
    enum gp_code code = fed_tls_anchors_create(ca_file, &tls->anchors, err);
    if (code != GP_OK)
        return code;
    ERR_clear_error();
    if (!create_accepting(tls) || !create_connecting(tls))
        return crypto_error(err, "TLS set-up");
    tls->bio_method = fed_tls_bio_method();
    tls->credentials = calloc(count > 0 ? count : 1, sizeof(*tls->credentials));
    if (!tls->bio_method || !tls->credentials)
        return gp_err_nomem(err);
    for (; tls->credential_count < count && code == GP_OK; tls->credential_count++)
        code = load_credential(tls, &identities[tls->credential_count],
                               &tls->credentials[tls->credential_count], err);
    return code;
}

enum gp_code fed_tls_create(const struct fed_tls_identity *identities, size_t count,
                            const char *ca_file, struct fed_tls **ret, struct gp_err *err)
{
    struct fed_tls *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return gp_err_nomem(err);
    tls->references = 1;
    enum gp_code code = load_all(tls, identities, count, ca_file, err);
    if (code == GP_OK)
        *ret = tls;
    else
        fed_tls_release(tls);
    return code;
}

void fed_tls_destroy(struct fed_tls *tls)
{
    if (tls)
        fed_tls_release(tls);
}

void fed_tls_keep(struct fed_tls *tls)
{
    tls->references++;
}

void fed_tls_release(struct fed_tls *tls)
{
    if (--tls->references > 0)
        return;
    for (size_t i = 0; i < tls->credential_count; i++) {
        EVP_PKEY_free(tls->credentials[i].key);
        X509_free(tls->credentials[i].leaf);
        sk_X509_pop_free(tls->credentials[i].chain, X509_free);
    }
    free(tls->credentials);
    SSL_CTX_free(tls->accepting);
    SSL_CTX_free(tls->connecting);
    fed_tls_anchors_destroy(tls->anchors);
    BIO_meth_free(tls->bio_method);
    free(tls);
}

const struct fed_tls_credential *fed_tls_credential(const struct fed_tls *tls, struct gp_span name)
{
    for (size_t i = 0; i < tls->credential_count; i++)
        if (gp_text_equal_nocase(gp_span_text(tls->credentials[i].domain.ascii), name))
            return &tls->credentials[i];
    return NULL;
}

bool fed_tls_show(SSL *ssl, const struct fed_tls_credential *credential)
{
    ERR_clear_error();
    return SSL_use_cert_and_key(ssl, credential->leaf, credential->key, credential->chain, 1) == 1;
}
