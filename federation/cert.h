/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A certificate as plain facts, so that what judges it needs no TLS library: names, dates, digests.
 * Made by tls_cert.c.
 */
#ifndef GP_FED_CERT_H
#define GP_FED_CERT_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"

enum fed_name_kind {
    FED_NAME_DNS,       /* SAN dNSName */
    FED_NAME_SRV,       /* SAN otherName SRVName, "_xmpp-server.alpha.example" (RFC 4985) */
    FED_NAME_XMPP_ADDR, /* SAN otherName id-on-xmppAddr (RFC 6120, 13.7.1.4) */
    FED_NAME_IP         /* SAN iPAddress */
};

struct fed_cert_name {
    enum fed_name_kind kind;
    struct gp_span text; /* as it stands in the certificate, checked for tag, length and NUL; not
                            for FED_NAME_IP */
    struct gp_addr addr; /* FED_NAME_IP */
};

/* Everything it points to lives in its own arena. */
struct fed_cert {
    struct gp_arena arena;
    const char *subject, *issuer;      /* one line each, escaped */
    const char *serial;                /* hex */
    int64_t not_before_s, not_after_s; /* wall clock */
    size_t name_count; /* malformed names are left out, and all beyond the first 1000 */
    struct fed_cert_name *names;
    struct gp_span der;      /* the whole certificate */
    struct gp_span spki_der; /* its SubjectPublicKeyInfo */
    uint8_t cert_sha256[32], spki_sha256[32];
    const char *key_text; /* "RSA 2048", "EC P-256", "Ed25519" */
    bool is_ca;
    bool has_weak_key;                 /* RSA below 2048 bits (RFC 9325, 4.5) */
    bool has_weak_signature;           /* MD5 or SHA-1 */
    bool has_purpose;                  /* it carries an extended key usage */
    bool is_for_server, is_for_client; /* by that usage, or by "any"; both true without one */
    bool is_self_issued;
};

void fed_cert_destroy(struct fed_cert *cert);

/* "dns:alpha.example srv:_xmpp-server.alpha.example ..." for people, escaped; "no names" when there
 * are none. */
void fed_cert_names_text(const struct fed_cert *cert, struct gp_buf *out);

#endif
