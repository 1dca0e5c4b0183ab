/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tls_*.c files share and nobody else sees. The struct tags are those behind OpenSSL's own
 * names (SSL, X509, ...), so that OpenSSL's headers stay in those files.
 */
#ifndef GP_FED_TLS_INTERNAL_H
#define GP_FED_TLS_INTERNAL_H

#include "federation/evidence.h"
#include "federation/tls_ctx.h"
#include "federation/tls_facts.h"

struct fed_tls;
struct bio_method_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct stack_st_X509;
struct x509_st;
struct x509_store_ctx_st;
struct x509_store_st;

#define FED_TLS_ALPN           "xmpp-server" /* XEP-0368, 3 */
#define FED_TLS_VERIFY_DEPTH   10            /* intermediates of a chain (T42) */
#define FED_TLS_SECURITY_LEVEL 2 /* OpenSSL's: no RSA below 2048, no SHA-1 (RFC 9325, 4.5) */

/* tls_pem.c: what PEM files hold. Errors name the file. */

/* Certificates in the order of the file; owned by the caller. */
GP_MUST_USE enum gp_code fed_tls_read_chain(const char *file, struct stack_st_X509 **ret,
                                            struct gp_err *err);
/* The private key that belongs to the first certificate of chain; owned by the caller. */
GP_MUST_USE enum gp_code fed_tls_read_key(const char *file, const char *chain_file,
                                          struct stack_st_X509 *chain, struct evp_pkey_st **ret,
                                          struct gp_err *err);

#define FED_PEM_KEY_BYTES_MAX (256u * 1024)

/* tls_key.c: SHA-256 over the SubjectPublicKeyInfo. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_tls_spki(struct evp_pkey_st *key, uint8_t ret_sha256[32],
                                      struct gp_err *err);

/* The private key in pem, which is what file holds; owned by the caller. */
GP_MUST_USE enum gp_code fed_tls_parse_key(struct gp_span pem, const char *file,
                                           struct evp_pkey_st **ret, struct gp_err *err);

/* Says that pem holds no such thing, and what it holds instead. */
enum gp_code fed_tls_nothing_found(struct gp_span pem, const char *file, const char *what,
                                   struct gp_err *err);

/* tls_error.c */

/* Puts the cause of OpenSSL's last failure on this thread in words and empties its error queue;
 * "" when the queue holds nothing. */
void fed_tls_error_text(char *out, size_t size);

/* tls_cert.c */

/* NULL when there is no memory. */
struct fed_cert *fed_tls_cert(struct x509_st *x509);

/* Wall clock; INT64_MIN when the date cannot be read. */
int64_t fed_tls_not_after_s(const struct x509_st *x509);

/* tls_verify.c */

/* For SSL_CTX_set_cert_verify_callback(): lets every peer pass; verifies by DANE where the link
 * has TLSA records. */
int fed_tls_on_chain(struct x509_store_ctx_st *ctx, void *arg);

/* Hands the records to the handshake; *ret says whether any of them can be used. */
GP_MUST_USE enum gp_code fed_tls_use_tlsa(struct ssl_st *ssl, const struct dns_tlsa *tlsa,
                                          size_t count, bool *ret, struct gp_err *err);

/* After the handshake, when it was accepted: the same judgement by records that came later. */
GP_MUST_USE enum gp_code fed_tls_match(struct ssl_st *ssl, const struct fed_tls *tls,
                                       const struct dns_tlsa *tlsa, size_t count,
                                       struct fed_evidence *ret, struct gp_err *err);

/* After the handshake: peer, chain and DANE verdicts. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_tls_judge(struct ssl_st *ssl, struct x509_store_st *anchors,
                                       bool has_dane, struct fed_tls_facts *facts,
                                       struct gp_err *err);

/* tls_ctx.c */

/* What is shown to peers in the name of one home domain. */
struct fed_tls_credential {
    struct dns_domain domain;
    struct stack_st_X509 *chain; /* owned; intermediates only */
    struct x509_st *leaf;        /* owned */
    struct evp_pkey_st *key;     /* owned */
};

/* tls_own_cert.c: a fresh key, and a certificate for credential->domain that it has signed itself;
 * the caller's, as the rest of the credential. */
GP_MUST_USE enum gp_code fed_tls_make_credential(struct fed_tls_credential *credential,
                                                 struct gp_err *err);

/* tls_anchors.c */
struct fed_tls_anchors {
    struct x509_store_st *store; /* owned */
};

struct fed_tls {
    unsigned references;                       /* the owner's and one for each link that uses it */
    struct ssl_ctx_st *accepting, *connecting; /* owned */
    struct fed_tls_anchors *anchors;           /* owned */
    struct bio_method_st *bio_method;          /* owned; see tls_link.c */
    size_t credential_count;
    struct fed_tls_credential *credentials; /* owned */
};

/* What OpenSSL's callbacks have to know of a connection: its SSL_get_app_data(). */
struct fed_tls_role {
    const struct fed_tls *tls;
    const struct fed_tls_credential *fallback; /* receiving: for an unknown SNI or none */
    bool is_direct;                            /* receiving: XEP-0368, so ALPN must fit */
    bool has_dane;                             /* initiating: usable TLSA records were given */
};

/* Takes a reference; gives one back, and the last one frees. */
void fed_tls_keep(struct fed_tls *tls);
void fed_tls_release(struct fed_tls *tls);

/* By A-labels in any case; NULL when there is none. */
const struct fed_tls_credential *fed_tls_credential(const struct fed_tls *tls, struct gp_span name);

/* Shows this credential on ssl, which has none yet. False: see OpenSSL's error queue. */
bool fed_tls_show(struct ssl_st *ssl, const struct fed_tls_credential *credential);

/* tls_link.c: how OpenSSL reads and writes. NULL when there is no memory. */
struct bio_method_st *fed_tls_bio_method(void);

#endif
