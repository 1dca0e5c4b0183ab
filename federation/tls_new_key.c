/* SPDX-License-Identifier: BSD-2-Clause */
/* New private keys. */
#include "federation/tls_internal.h"

#include "base/file.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define REASON_MAX 200
#define RSA_BITS   3072u

static EVP_PKEY *generate(enum fed_key_type type)
{
    switch (type) {
    case FED_KEY_EC:
        return EVP_EC_gen("P-256");
    case FED_KEY_RSA:
        return EVP_RSA_gen(RSA_BITS);
    }
    return NULL;
}

static enum gp_code write_key(const char *file, EVP_PKEY *key, struct gp_err *err)
{
    /* wipes what it held when it is freed */
    BIO *bio = BIO_new(BIO_s_secmem());
    char *pem = NULL;
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        BIO_free(bio);
        return gp_err_nomem(err);
    }
    long len = BIO_get_mem_data(bio, &pem);
    enum gp_code code = gp_file_create_private(file, gp_span_make(pem, (size_t)len), err);
    BIO_free(bio);
    return code;
}

enum gp_code fed_tls_make_key(const char *file, enum fed_key_type type, uint8_t ret_sha256[32],
                              struct gp_err *err)
{
    char reason[REASON_MAX];
    ERR_clear_error();
    EVP_PKEY *key = generate(type);
    if (!key) {
        fed_tls_error_text(reason, sizeof(reason));
        return gp_err_set(err, GP_ERR_SYSTEM, "a key cannot be made: %s", reason);
    }
    enum gp_code code = write_key(file, key, err);
    if (code == GP_OK)
        code = fed_tls_spki(key, ret_sha256, err);
    EVP_PKEY_free(key);
    return code;
}
