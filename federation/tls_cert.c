/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * X.509 as facts. Names are read from the parsed extension and nowhere else: the subject is text
 * for people (RFC 9525, 2; T36). OpenSSL's own host comparison is not used, since it has confused
 * the types of an otherName before (CVE-2024-6119; T38).
 */
#include "federation/tls_internal.h"

#include "base/digest.h"
#include "base/text.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#define FED_CERT_NAMES_MAX     1000 /* further names count for nothing (T42) */
#define FED_CERT_DNS_MAX       255  /* RFC 1035, 2.3.4, with room for a trailing dot */
#define FED_CERT_SRV_MAX       320  /* a service label in front of that */
#define FED_CERT_XMPP_ADDR_MAX 1023 /* a domainpart (RFC 7622, 3.2) */
#define FED_CERT_LINE_MAX      256  /* bytes of subject and issuer that are shown */
#define FED_CERT_SERIAL_MAX    20   /* RFC 5280, 4.1.2.2 */
#define FED_CERT_MIN_SECURITY  112  /* bits: RSA 2048, SHA-224 (RFC 9325, 4.5) */
#define FED_CERT_LINE_FLAGS                                                       \
    (ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_QUOTE | \
     ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN)

static const char *name_line(struct gp_arena *arena, const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *raw = NULL;
    if (!bio)
        return NULL;
    (void)X509_NAME_print_ex(bio, name, 0, FED_CERT_LINE_FLAGS); /* shows what it could read */
    long len = BIO_get_mem_data(bio, &raw);
    struct gp_buf line;
    gp_buf_init(&line, 8u * FED_CERT_LINE_MAX);
    gp_text_escape(&line, gp_span_make(raw, len > 0 ? (size_t)len : 0), FED_CERT_LINE_MAX);
    const char *copy = gp_arena_copy(arena, gp_buf_span(&line).at, gp_buf_len(&line));
    gp_buf_finish(&line);
    BIO_free(bio);
    return copy;
}

static const char *serial_text(struct gp_arena *arena, const ASN1_INTEGER *serial)
{
    char hex[2 * FED_CERT_SERIAL_MAX + 1];
    int len = ASN1_STRING_length(serial);
    if (len > FED_CERT_SERIAL_MAX)
        len = FED_CERT_SERIAL_MAX;
    return gp_arena_text(arena, gp_digest_hex(ASN1_STRING_get0_data(serial), (size_t)len, hex));
}

static const char *key_text(struct gp_arena *arena, EVP_PKEY *key)
{
    char group[64];
    if (!key)
        return gp_arena_text(arena, "unknown key");
    if (EVP_PKEY_is_a(key, "ED25519"))
        return gp_arena_text(arena, "Ed25519");
    if (EVP_PKEY_is_a(key, "ED448"))
        return gp_arena_text(arena, "Ed448");
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1) {
        const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
        return gp_arena_printf(arena, "EC %s", nist ? nist : group);
    }
    return gp_arena_printf(arena, "%s %d", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
}

/* A date that cannot be read is never inside the validity: the fallback sees to that. */
static int64_t seconds_of(const ASN1_TIME *date, int64_t fallback)
{
    struct tm broken_down;
    if (!date || ASN1_TIME_to_tm(date, &broken_down) != 1)
        return fallback;
    return (int64_t)timegm(&broken_down);
}

int64_t fed_tls_not_after_s(const X509 *x509)
{
    return seconds_of(X509_get0_notAfter(x509), INT64_MIN);
}

static void read_flags(struct fed_cert *cert, X509 *x509)
{
    uint32_t flags = X509_get_extension_flags(x509);
    uint32_t usage = flags & EXFLAG_INVALID ? 0 /* an extension cannot be read: good for nothing */
                     : flags & EXFLAG_XKUSAGE ? X509_get_extended_key_usage(x509)
                                              : XKU_ANYEKU;
    EVP_PKEY *key = X509_get0_pubkey(x509);
    int signature_bits = 0;
    cert->is_ca = (flags & EXFLAG_CA) != 0;
    cert->is_self_issued = (flags & EXFLAG_SI) != 0;
    cert->has_weak_key = !key || EVP_PKEY_get_security_bits(key) < FED_CERT_MIN_SECURITY;
    cert->has_weak_signature =
        X509_get_signature_info(x509, NULL, NULL, &signature_bits, NULL) != 1 ||
        signature_bits < FED_CERT_MIN_SECURITY;
    cert->has_purpose = (flags & EXFLAG_XKUSAGE) != 0;
    cert->is_for_server = (usage & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
    cert->is_for_client = (usage & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

static bool is_printable_ascii(struct gp_span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~')
            return false;
    return true;
}

static struct gp_span string_span(const ASN1_STRING *string)
{
    return gp_span_make(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

/* An otherName counts only with the right object, the right string type and a sound value (T38). */
static bool read_other_name(const OTHERNAME *other, struct fed_cert_name *ret)
{
    int kind = OBJ_obj2nid(other->type_id);
    int tag = ASN1_TYPE_get(other->value);
    if (kind == NID_SRVName && tag == V_ASN1_IA5STRING) { /* RFC 4985, 2 */
        ret->kind = FED_NAME_SRV;
        ret->text = string_span(other->value->value.ia5string);
        return ret->text.len <= FED_CERT_SRV_MAX && is_printable_ascii(ret->text);
    }
    if (kind == NID_XmppAddr && tag == V_ASN1_UTF8STRING) { /* RFC 6120, 13.7.1.4 */
        ret->kind = FED_NAME_XMPP_ADDR;
        ret->text = string_span(other->value->value.utf8string);
        return ret->text.len <= FED_CERT_XMPP_ADDR_MAX && gp_text_is_utf8(ret->text);
    }
    return false;
}

static bool read_address(const ASN1_OCTET_STRING *octets, struct fed_cert_name *ret)
{
    int len = ASN1_STRING_length(octets);
    if (len != 4 && len != 16) /* RFC 5280, 4.2.1.6 */
        return false;
    ret->kind = FED_NAME_IP;
    ret->addr.family = len == 4 ? GP_IPV4 : GP_IPV6;
    memcpy(ret->addr.bytes, ASN1_STRING_get0_data(octets), (size_t)len);
    return true;
}

/* One subjectAltName; false when it is of no use here or malformed. The text is borrowed. */
static bool read_name(const GENERAL_NAME *general, struct fed_cert_name *ret)
{
    *ret = (struct fed_cert_name){0};
    switch (general->type) {
    case GEN_DNS:
        ret->kind = FED_NAME_DNS;
        ret->text = string_span(general->d.dNSName);
        return ret->text.len > 0 && ret->text.len <= FED_CERT_DNS_MAX &&
               is_printable_ascii(ret->text);
    case GEN_OTHERNAME:
        return read_other_name(general->d.otherName, ret) && ret->text.len > 0;
    case GEN_IPADD:
        return read_address(general->d.iPAddress, ret);
    default:
        return false;
    }
}

static bool read_names(struct fed_cert *cert, const GENERAL_NAMES *generals, size_t max)
{
    if (max == 0)
        return true;
    cert->names = gp_arena_alloc(&cert->arena, max * sizeof(*cert->names));
    if (!cert->names)
        return false;
    for (int i = 0; i < sk_GENERAL_NAME_num(generals) && cert->name_count < max; i++) {
        struct fed_cert_name name;
        if (!read_name(sk_GENERAL_NAME_value(generals, i), &name))
            continue;
        if (name.text.len > 0) {
            name.text.at = gp_arena_copy(&cert->arena, name.text.at, name.text.len);
            if (!name.text.at)
                return false;
        }
        cert->names[cert->name_count++] = name;
    }
    return true;
}

static bool copy_encoding(struct fed_cert *cert, X509 *x509, const unsigned char *der, size_t len)
{
    unsigned char *spki = NULL;
    int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki);
    if (spki_len <= 0)
        return false;
    cert->der = gp_span_make(gp_arena_copy(&cert->arena, der, len), len);
    cert->spki_der =
        gp_span_make(gp_arena_copy(&cert->arena, spki, (size_t)spki_len), (size_t)spki_len);
    OPENSSL_free(spki);
    uint8_t digest[GP_DIGEST_MAX];
    gp_digest(GP_SHA256, der, len, digest);
    memcpy(cert->cert_sha256, digest, sizeof(cert->cert_sha256));
    if (!cert->der.at || !cert->spki_der.at)
        return false;
    gp_digest(GP_SHA256, cert->spki_der.at, cert->spki_der.len, digest);
    memcpy(cert->spki_sha256, digest, sizeof(cert->spki_sha256));
    return true;
}

struct fed_cert *fed_tls_cert(X509 *x509)
{
    unsigned char *der = NULL;
    int der_len = i2d_X509(x509, &der);
    struct fed_cert *cert = calloc(1, sizeof(*cert));
    if (!cert || der_len <= 0) {
        OPENSSL_free(der);
        free(cert);
        return NULL;
    }
    /* An extension that is malformed or there twice gives no names at all. */
    GENERAL_NAMES *generals = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    int count = generals ? sk_GENERAL_NAME_num(generals) : 0;
    size_t max = count > FED_CERT_NAMES_MAX ? FED_CERT_NAMES_MAX : (size_t)count;
    /* copies of what the encoding holds, rounded up name by name, and the texts for people */
    gp_arena_init(&cert->arena, 4 * (size_t)der_len + max * (sizeof(*cert->names) + 64) + 16384);
    read_flags(cert, x509);
    cert->subject = name_line(&cert->arena, X509_get_subject_name(x509));
    cert->issuer = name_line(&cert->arena, X509_get_issuer_name(x509));
    cert->serial = serial_text(&cert->arena, X509_get0_serialNumber(x509));
    cert->key_text = key_text(&cert->arena, X509_get0_pubkey(x509));
    cert->not_before_s = seconds_of(X509_get0_notBefore(x509), INT64_MAX);
    cert->not_after_s = fed_tls_not_after_s(x509);
    bool is_whole = copy_encoding(cert, x509, der, (size_t)der_len) &&
                    read_names(cert, generals, max) && cert->subject && cert->issuer &&
                    cert->serial && cert->key_text;
    GENERAL_NAMES_free(generals);
    OPENSSL_free(der);
    ERR_clear_error();
    if (!is_whole) {
        fed_cert_destroy(cert);
        return NULL;
    }
    return cert;
}
