/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const EVP_MD *kind_md(enum gp_digest kind)
{
    switch (kind) {
    case GP_SHA1:
        return EVP_sha1();
    case GP_SHA256:
        return EVP_sha256();
    case GP_SHA384:
        return EVP_sha384();
    case GP_SHA512:
        return EVP_sha512();
    }
    return NULL;
}

size_t gp_digest_len(enum gp_digest kind)
{
    return (size_t)EVP_MD_get_size(kind_md(kind));
}

void gp_digest(enum gp_digest kind, const void *bytes, size_t len, uint8_t out[GP_DIGEST_MAX])
{
    unsigned got = 0;
    int ok = EVP_Digest(bytes, len, out, &got, kind_md(kind), NULL);
    GP_ASSERT(ok == 1 && got == gp_digest_len(kind));
}

void gp_digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                           uint8_t out[32])
{
    unsigned got = 0;
    GP_ASSERT(key_len <= INT32_MAX);
    unsigned char *ok = HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, &got);
    GP_ASSERT(ok && got == 32);
}

char *gp_digest_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}
