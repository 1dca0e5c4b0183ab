/* SPDX-License-Identifier: BSD-2-Clause */
/* Message digests, behind one file: dialback keys, component handshakes, TLSA data, configuration
 * digests. */
#ifndef GP_BASE_DIGEST_H
#define GP_BASE_DIGEST_H

#include "base/err.h"

enum gp_digest {
    GP_SHA1,
    GP_SHA256,
    GP_SHA384,
    GP_SHA512
};

#define GP_DIGEST_MAX     64
#define GP_DIGEST_HEX_MAX (2 * GP_DIGEST_MAX + 1)

/* 20, 32, 48 or 64 bytes. */
size_t gp_digest_len(enum gp_digest kind);

/* Writes gp_digest_len(kind) bytes. Never fails: these digests are part of every OpenSSL 3. */
void gp_digest(enum gp_digest kind, const void *bytes, size_t len, uint8_t out[GP_DIGEST_MAX]);

/* HMAC with SHA-256 (RFC 2104); writes 32 bytes. */
void gp_digest_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                           uint8_t out[32]);

/* Lower-case hex with a zero at the end; out has 2 * len + 1 bytes. Returns out. */
char *gp_digest_hex(const uint8_t *bytes, size_t len, char *out);

#endif
