/* SPDX-License-Identifier: BSD-2-Clause */
/* The public half of a key, out of whatever PEM file holds it. */
#include "federation/tls_internal.h"

#include "base/digest.h"
#include "base/file.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define REASON_MAX 200

static EVP_PKEY *read_public(BIO *bio)
{
    return PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
}

static EVP_PKEY *read_certificate(BIO *bio)
{
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    EVP_PKEY *key = x509 ? X509_get_pubkey(x509) : NULL;
    X509_free(x509);
    return key;
}

static EVP_PKEY *read_request(BIO *bio)
{
    X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    EVP_PKEY *key = request ? X509_REQ_get_pubkey(request) : NULL;
    X509_REQ_free(request);
    return key;
}

static bool holds(struct gp_span pem, const char *label)
{
    return memmem(pem.at, pem.len, label, strlen(label)) != NULL;
}

static enum gp_code parse(struct gp_span pem, const char *file, EVP_PKEY **ret, struct gp_err *err)
{
    static const struct {
        const char *label; /* as the line begins (RFC 7468) */
        EVP_PKEY *(*read)(BIO *bio);
    } kinds[] = {
        {"-----BEGIN PUBLIC KEY-----", read_public},
        {"-----BEGIN CERTIFICATE-----", read_certificate},
        {"-----BEGIN CERTIFICATE REQUEST-----", read_request},
        {"-----BEGIN NEW CERTIFICATE REQUEST-----", read_request},
    };
    char reason[REASON_MAX];
    if (holds(pem, "PRIVATE KEY-----"))
        return fed_tls_parse_key(pem, file, ret, err);
    for (size_t i = 0; i < GP_ARRAY_LEN(kinds); i++) {
        if (!holds(pem, kinds[i].label))
            continue;
        BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.len);
        if (!bio)
            return gp_err_nomem(err);
        ERR_clear_error();
        EVP_PKEY *key = kinds[i].read(bio);
        BIO_free(bio);
        fed_tls_error_text(reason, sizeof(reason));
        if (!key)
            return gp_err_set(err, GP_ERR_CONFIG, "the key in '%s' cannot be read: %s", file,
                              reason);
        *ret = key;
        return GP_OK;
    }
    return fed_tls_nothing_found(pem, file, "key, certificate or certificate request", err);
}

enum gp_code fed_tls_spki(EVP_PKEY *key, uint8_t ret_sha256[32], struct gp_err *err)
{
    uint8_t digest[GP_DIGEST_MAX];
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    if (len <= 0)
        return gp_err_nomem(err);
    gp_digest(GP_SHA256, der, (size_t)len, digest);
    memcpy(ret_sha256, digest, gp_digest_len(GP_SHA256));
    OPENSSL_free(der);
    return GP_OK;
}

enum gp_code fed_tls_read_spki(const char *file, uint8_t ret_sha256[32], struct gp_err *err)
{
    struct gp_buf pem;
    EVP_PKEY *key = NULL;
    gp_buf_init(&pem, FED_PEM_KEY_BYTES_MAX);
    enum gp_code code = gp_file_read(file, &pem, err);
    if (code == GP_OK)
        code = parse(gp_buf_span(&pem), file, &key, err);
    if (pem.mem)
        OPENSSL_cleanse(pem.mem, pem.cap);
    gp_buf_finish(&pem);
    if (code == GP_OK)
        code = fed_tls_spki(key, ret_sha256, err);
    EVP_PKEY_free(key);
    return code;
}
