/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and keys from PEM files (RFC 7468), with a sentence for each way they can be wrong.
 */
#include "federation/tls_internal.h"

#include "base/file.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define FED_PEM_CHAIN_BYTES_MAX (8u * 1024 * 1024) /* a system's whole trust store is 0.3 MB */
#define FED_PEM_REASON_MAX      200

/* What the first "-----BEGIN x-----" line of a file promises; empty when there is none. */
static struct gp_span first_label(struct gp_span pem)
{
    static const char begin[] = "-----BEGIN ";
    const char *at = memmem(pem.at, pem.len, begin, sizeof(begin) - 1);
    if (!at)
        return gp_span_text("");
    at += sizeof(begin) - 1;
    const char *end = memmem(at, pem.len - (size_t)(at - pem.at), "-----", 5);
    return gp_span_make(at, end ? (size_t)(end - at) : 0);
}

enum gp_code fed_tls_nothing_found(struct gp_span pem, const char *file, const char *what,
                                   struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    struct gp_span label = first_label(pem);
    if (pem.len == 0)
        return gp_err_set(err, GP_ERR_CONFIG, "'%s' is empty", file);
    if (label.len == 0)
        return gp_err_set(err, GP_ERR_CONFIG, "'%s' is not a PEM file (no -----BEGIN line)", file);
    return gp_err_set(err, GP_ERR_CONFIG, "'%s' holds no %s, but '%s'", file, what,
                      gp_text_safe(label, safe));
}

static enum gp_code parse_chain(struct gp_span pem, const char *file, STACK_OF(X509) * chain,
                                struct gp_err *err)
{
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    X509 *x509;
    if (!bio)
        return gp_err_nomem(err);
    ERR_clear_error();
    while ((x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        if (sk_X509_push(chain, x509) <= 0) {
            X509_free(x509);
            BIO_free(bio);
            return gp_err_nomem(err);
        }
    }
    BIO_free(bio);
    /* reading on stops at the end of the file, which is this error, or at something broken */
    bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    char reason[FED_PEM_REASON_MAX];
    fed_tls_error_text(reason, sizeof(reason));
    if (!is_end)
        return gp_err_set(err, GP_ERR_CONFIG, "certificate %d of '%s' cannot be read: %s",
                          sk_X509_num(chain) + 1, file, reason);
    if (sk_X509_num(chain) == 0)
        return fed_tls_nothing_found(pem, file, "certificate", err);
    return GP_OK;
}

enum gp_code fed_tls_read_chain(const char *file, STACK_OF(X509) * *ret, struct gp_err *err)
{
    struct gp_buf pem;
    gp_buf_init(&pem, FED_PEM_CHAIN_BYTES_MAX);
    STACK_OF(X509) *chain = sk_X509_new_null();
    enum gp_code code = chain ? gp_file_read(file, &pem, err) : gp_err_nomem(err);
    if (code == GP_OK)
        code = parse_chain(gp_buf_span(&pem), file, chain, err);
    gp_buf_finish(&pem);
    if (code == GP_OK)
        *ret = chain;
    else
        sk_X509_pop_free(chain, X509_free);
    return code;
}

/* There is nobody to ask for a passphrase: remember that one was wanted. */
static int on_passphrase(char *out, int size, int is_writing, void *arg)
{
    bool *was_asked = arg;
    (void)out;
    (void)size;
    (void)is_writing;
    *was_asked = true;
    return -1;
}

enum gp_code fed_tls_parse_key(struct gp_span pem, const char *file, EVP_PKEY **ret,
                               struct gp_err *err)
{
    bool was_asked = false;
    char reason[FED_PEM_REASON_MAX];
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
    if (!bio)
        return gp_err_nomem(err);
    ERR_clear_error();
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, &was_asked);
    BIO_free(bio);
    bool has_no_key = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ||
                      !memmem(pem.at, pem.len, "PRIVATE KEY-----", 16);
    fed_tls_error_text(reason, sizeof(reason));
    if (key) {
        *ret = key;
        return GP_OK;
    }
    if (was_asked)
        return gp_err_set(err, GP_ERR_CONFIG,
                          "the key in '%s' is encrypted and nobody can be asked for its "
                          "passphrase: decrypt it with 'openssl pkey'",
                          file);
    if (has_no_key)
        return fed_tls_nothing_found(pem, file, "private key", err);
    return gp_err_set(err, GP_ERR_CONFIG, "the key in '%s' cannot be read: %s", file, reason);
}

static enum gp_code check_match(STACK_OF(X509) * chain, const char *chain_file, EVP_PKEY *key,
                                const char *key_file, struct gp_err *err)
{
    int count = sk_X509_num(chain), i = 0;
    while (i < count && X509_check_private_key(sk_X509_value(chain, i), key) != 1)
        i++;
    ERR_clear_error();
    if (i == 0)
        return GP_OK;
    if (i < count)
        return gp_err_set(err, GP_ERR_CONFIG,
                          "the key in '%s' belongs to certificate %d of '%s': that one must "
                          "stand first",
                          key_file, i + 1, chain_file);
    return gp_err_set(err, GP_ERR_CONFIG,
                      "the key in '%s' does not belong to the certificate "
                      "in '%s'",
                      key_file, chain_file);
}

enum gp_code fed_tls_read_key(const char *file, const char *chain_file, STACK_OF(X509) * chain,
                              EVP_PKEY **ret, struct gp_err *err)
{
    struct gp_buf pem;
    EVP_PKEY *key = NULL;
    gp_buf_init(&pem, FED_PEM_KEY_BYTES_MAX);
    enum gp_code code = gp_file_read(file, &pem, err);
    if (code == GP_OK)
        code = fed_tls_parse_key(gp_buf_span(&pem), file, &key, err);
    if (pem.mem)
        OPENSSL_cleanse(pem.mem, pem.cap);
    gp_buf_finish(&pem);
    if (code == GP_OK)
        code = check_match(chain, chain_file, key, file, err);
    if (code == GP_OK)
        *ret = key;
    else
        EVP_PKEY_free(key);
    return code;
}

enum gp_code fed_tls_read_certificate(const char *certificate_file, struct fed_cert **ret,
                                      struct gp_err *err)
{
    STACK_OF(X509) *chain = NULL;
    enum gp_code code = fed_tls_read_chain(certificate_file, &chain, err);
    if (code != GP_OK)
        return code;
    struct fed_cert *cert = fed_tls_cert(sk_X509_value(chain, 0));
    sk_X509_pop_free(chain, X509_free);
    if (!cert)
        return gp_err_nomem(err);
    *ret = cert;
    return GP_OK;
}

enum gp_code fed_tls_check_key(const char *certificate_file, const char *key_file,
                               struct gp_err *err)
{
    STACK_OF(X509) *chain = NULL;
    EVP_PKEY *key = NULL;
    enum gp_code code = fed_tls_read_chain(certificate_file, &chain, err);
    if (code == GP_OK)
        code = fed_tls_read_key(key_file, certificate_file, chain, &key, err);
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    return code;
}
