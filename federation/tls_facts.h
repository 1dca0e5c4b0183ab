/* SPDX-License-Identifier: BSD-2-Clause */
/* What a finished TLS handshake established, as plain facts for the stream machines, logs and
 * reports. */
#ifndef GP_FED_TLS_FACTS_H
#define GP_FED_TLS_FACTS_H

#include "federation/cert.h"
#include "federation/evidence.h"

enum fed_chain {
    FED_CHAIN_NONE,    /* the peer sent no certificate */
    FED_CHAIN_TRUSTED, /* valid by PKIX for the server purpose, whatever side the peer is on (C2) */
    FED_CHAIN_UNTRUSTED /* chain_reason says why */
};

enum fed_dane {
    FED_DANE_NOT_USED, /* no usable TLSA was given */
    FED_DANE_MATCHED,
    FED_DANE_MISMATCH /* usable TLSA were given and none matched */
};

struct fed_tls_facts {
    char version[12]; /* "TLSv1.3" */
    char cipher[64];
    char alpn[24]; /* agreed protocol, "" when none */
    char sni[256]; /* name that was asked for, "" when none; escaped */
    bool has_own;
    uint8_t own_sha256[32]; /* of the certificate that we have on this connection, whether or not
                               the peer asked for it */
    struct fed_cert *peer;  /* owned; NULL with FED_CHAIN_NONE */
    enum fed_chain chain;
    char chain_reason[160];    /* "certificate has expired", "self-signed certificate", ... */
    int64_t chain_not_after_s; /* earliest end among the certificates of the verified chain */
    bool has_dns_constraints;
    enum fed_dane dane;
    char dane_text[48];       /* the matching record, "3 1 1"; of a mismatch: why, in words */
    bool dane_needs_name;     /* a DANE-TA match: the name in the certificate still has to fit (RFC
                                 7671, 5.2) */
    struct fed_evidence posh; /* looked up afterwards, where nothing else proves the peer */
};

void fed_tls_facts_destroy(struct fed_tls_facts *facts);

#endif
