/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate that nobody vouches for, where TLS has to be but proves nothing. */
#include "federation/tls_internal.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#define REASON_MAX  200
#define LASTS_S     (7 * 86400L)
#define CLOCKS_OFF  86400L /* the peer's clock may be behind ours */
#define SERIAL_BITS 127    /* positive, and no more than 20 bytes (RFC 5280, 4.1.2.2) */

static bool set_serial(X509 *x509)
{
    BIGNUM *number = BN_new();
    bool is_set = number &&
                  BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
    BN_free(number);
    return is_set;
}

/* The subject is empty, so that the name has to stand in here, and is critical (RFC 5280, 4.2.1.6).
 */
static bool set_name(X509 *x509, const struct dns_domain *domain)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    bool is_set = false;
    if (names && name && text && ASN1_STRING_set(text, domain->ascii, -1) == 1 &&
        sk_GENERAL_NAME_push(names, name) > 0) {
        GENERAL_NAME_set0_value(name, GEN_DNS, text);
        is_set = X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 1, X509V3_ADD_DEFAULT) == 1;
    } else {
        GENERAL_NAME_free(name);
        ASN1_IA5STRING_free(text);
    }
    GENERAL_NAMES_free(names);
    return is_set;
}

static bool fill(X509 *x509, EVP_PKEY *key, const struct dns_domain *domain)
{
    return X509_set_version(x509, X509_VERSION_3) == 1 && set_serial(x509) &&
           X509_gmtime_adj(X509_getm_notBefore(x509), -CLOCKS_OFF) &&
           X509_gmtime_adj(X509_getm_notAfter(x509), LASTS_S) && X509_set_pubkey(x509, key) == 1 &&
           set_name(x509, domain) && X509_sign(x509, key, EVP_sha256()) > 0;
}

enum gp_code fed_tls_make_credential(struct fed_tls_credential *credential, struct gp_err *err)
{
    char reason[REASON_MAX];
    ERR_clear_error();
    credential->key = EVP_EC_gen("P-256");
    credential->leaf = X509_new();
    if (credential->key && credential->leaf &&
        fill(credential->leaf, credential->key, &credential->domain))
        return GP_OK;
    fed_tls_error_text(reason, sizeof(reason));
    return gp_err_set(err, GP_ERR_CRYPTO, "a certificate for %s cannot be made: %s",
                      credential->domain.ascii, reason);
}
