/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot. Every failure in here fails the test. */
#ifndef GP_TESTS_PKI_H
#define GP_TESTS_PKI_H

#include <stdbool.h>

#include <openssl/ssl.h>

enum pki_key {
    PKI_EC,
    PKI_RSA,
    PKI_RSA_1024,
    PKI_ED25519
};

/* Extension values are in the syntax of x509v3_config(5); NULL: the extension is left out. */
struct pki_spec {
    const char *subject; /* common name */
    const char *names;   /* subjectAltName */
    const char *usage;   /* extendedKeyUsage */
    const char *limits;  /* nameConstraints */
    bool is_ca;
    int starts_days, ends_days; /* from now; both 0: yesterday to in 30 days */
    enum pki_key key;
    bool has_sha1;
};

/* A certificate with its key. */
struct pki {
    X509 *cert;
    EVP_PKEY *key;
};

/* issuer NULL: signs itself. */
struct pki pki_issue(const struct pki *issuer, const struct pki_spec *spec);

/* The same with an extension made by hand, put in before signing. */
struct pki pki_issue_with(const struct pki *issuer, const struct pki_spec *spec,
                          X509_EXTENSION *extension);
void pki_release(struct pki *pki);

/* A temporary directory, and files in it. The texts returned are the caller's to free. */
char *pki_dir(void);
void pki_remove_dir(char *dir);
char *pki_write(const char *dir, const char *name, const void *bytes, size_t len);
char *pki_write_chain(const char *dir, const char *name, const struct pki *const *chain,
                      size_t count);
char *pki_write_public(const char *dir, const char *name, const struct pki *pki);
char *pki_write_request(const char *dir, const char *name, const struct pki *pki);
char *pki_write_key(const char *dir, const char *name, const struct pki *pki,
                    const char *passphrase);

#endif
