/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS as S2S needs it (RFC 9325; RFC 7590; spec-digest g): 1.2 and 1.3, forward secrecy and AEAD
 * only, no compression, no renegotiation, no 0-RTT, no session tickets. One object for each worker.
 */
#ifndef GP_FED_TLS_CTX_H
#define GP_FED_TLS_CTX_H

#include "base/buf.h"
#include "dns/domain.h"
#include "dns/tlsa.h"
#include "federation/cert.h"

struct fed_tls;

/* Certificates of authorities that are trusted. Any number of links on any threads may use them. */
struct fed_tls_anchors;

/* For ca_file: nobody is trusted, so that no certificate proves anything. */
#define FED_TLS_NO_ANCHORS ""

/* ca_file: PEM; NULL: the system's; or FED_TLS_NO_ANCHORS. Errors name the file. */
GP_MUST_USE enum gp_code fed_tls_anchors_create(const char *ca_file, struct fed_tls_anchors **ret,
                                                struct gp_err *err);
/* Links that use them keep what they need. NULL is fine. */
void fed_tls_anchors_destroy(struct fed_tls_anchors *anchors);

/* The certificate of one home domain, by file. */
struct fed_tls_identity {
    struct dns_domain domain;
    const char *certificate_file; /* PEM: leaf first, then intermediates. NULL: one is made on the
                                     spot, signed by itself, which lasts for days; its key is
                                     written nowhere */
    const char *key_file;         /* PEM */
};

/*
 * Loads everything that is needed. ca_file: as for fed_tls_anchors_create(). Errors name the file
 * and what to do: cannot be read, no certificate in it, key does not match, unusable key.
 */
GP_MUST_USE enum gp_code fed_tls_create(const struct fed_tls_identity *identities, size_t count,
                                        const char *ca_file, struct fed_tls **ret,
                                        struct gp_err *err);

/*
 * Links that were started from it go on and keep alive what they need, so that certificates are
 * reloaded by building a new object and destroying the old one. NULL is fine.
 */
void fed_tls_destroy(struct fed_tls *tls);

/* The leaf of a PEM file as facts; for `config check`, `export` and `check`. */
GP_MUST_USE enum gp_code fed_tls_read_certificate(const char *certificate_file,
                                                  struct fed_cert **ret, struct gp_err *err);

/*
 * SHA-256 over the SubjectPublicKeyInfo of the key in a PEM file: a private key, a public key, a
 * certificate or a certificate request (of several: in this order). It is the data of a TLSA 3 1 1
 * record. Errors: GP_ERR_CONFIG, as above.
 */
GP_MUST_USE enum gp_code fed_tls_read_spki(const char *file, uint8_t ret_sha256[32],
                                           struct gp_err *err);

enum fed_key_type {
    FED_KEY_EC, /* NIST P-256 */
    FED_KEY_RSA /* of 3072 bits */
};

/*
 * Makes a private key (PEM, PKCS #8) in a new file that only its owner can read, and says the
 * SHA-256 of its SubjectPublicKeyInfo. A file that is there already is never touched. Errors name
 * the file.
 */
GP_MUST_USE enum gp_code fed_tls_make_key(const char *file, enum fed_key_type type,
                                          uint8_t ret_sha256[32], struct gp_err *err);

/* Whether the key file can be read and belongs to the certificate file. */
GP_MUST_USE enum gp_code fed_tls_check_key(const char *certificate_file, const char *key_file,
                                           struct gp_err *err);

#endif
