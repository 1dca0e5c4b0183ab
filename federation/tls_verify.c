/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two verdicts on the peer's chain, side by side: PKIX against our trust anchors, and DANE where
 * TLSA records were given (RFC 6698; RFC 7671). Neither fails the handshake (C1) and neither looks
 * at names: that is identity.h's.
 */
#include "federation/tls_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define FED_DANE_TA 2 /* RFC 7671, 5.2: dates, chain and name count; with DANE-EE (3) none does */

int fed_tls_on_chain(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    const struct fed_tls_role *role = SSL_get_app_data(ssl);
    if (role->has_dane)
        (void)X509_verify_cert(ctx); /* the verdict stays in ctx; fed_tls_judge() reads it */
    return 1;
}

enum gp_code fed_tls_use_tlsa(SSL *ssl, const struct dns_tlsa *tlsa, size_t count, bool *ret,
                              struct gp_err *err)
{
    *ret = false;
    if (count == 0)
        return GP_OK;
    /* The base domain would only become SNI and a name to check, which are not OpenSSL's task. */
    if (SSL_dane_enable(ssl, NULL) != 1)
        return gp_err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        int added = SSL_dane_tlsa_add(ssl, tlsa[i].usage, tlsa[i].selector, tlsa[i].matching,
                                      tlsa[i].data, tlsa[i].data_len);
        if (added < 0)
            return gp_err_nomem(err);
        if (added > 0) /* 0: a full certificate or key that is none; unusable (RFC 7671, 10.1) */
            *ret = true;
    }
    ERR_clear_error();
    return GP_OK;
}

/* For the reasons that operators meet, in their words; OpenSSL's own for the rest. */
static const struct {
    int error;
    const char *text;
} reasons[] = {
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed certificate"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
     "the chain ends at an authority that is not trusted here"},
    {X509_V_ERR_INVALID_PURPOSE, "not issued for TLS servers (extended key usage)"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "the key is too small (RSA: 2048 bits at least)"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, "the key of an authority is too small"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "signed with MD5 or SHA-1"},
    {X509_V_ERR_DANE_NO_MATCH, "no TLSA record matches"},
};

static bool is_without_issuer(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

static const char *reason_text(int error, bool sent_intermediates)
{
    if (is_without_issuer(error))
        return sent_intermediates
                   ? "no path to a trusted authority"
                   : "no path to a trusted authority (the peer sent no intermediate certificate)";
    for (size_t i = 0; i < GP_ARRAY_LEN(reasons); i++)
        if (reasons[i].error == error)
            return reasons[i].text;
    return X509_verify_cert_error_string(error);
}

static bool has_dns_constraints(X509 *ca)
{
    NAME_CONSTRAINTS *all = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
    bool found = false;
    for (int kind = 0; all && kind < 2; kind++) {
        STACK_OF(GENERAL_SUBTREE) *trees =
            kind == 0 ? all->permittedSubtrees : all->excludedSubtrees;
        for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
            found = found || sk_GENERAL_SUBTREE_value(trees, i)->base->type == GEN_DNS;
    }
    NAME_CONSTRAINTS_free(all);
    return found;
}

static bool chain_has_dns_constraints(const STACK_OF(X509) * chain)
{
    for (int i = 1; i < sk_X509_num(chain); i++) /* 0 is the leaf */
        if (has_dns_constraints(sk_X509_value(chain, i)))
            return true;
    return false;
}

static int64_t earliest_end_s(const STACK_OF(X509) * chain)
{
    int64_t earliest = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t end = fed_tls_not_after_s(sk_X509_value(chain, i));
        if (end < earliest)
            earliest = end;
    }
    return earliest;
}

/* depth: where in the chain; 0 is the peer's own certificate. */
static void refuse_chain(struct fed_tls_facts *facts, const char *reason, int depth)
{
    facts->chain = FED_CHAIN_UNTRUSTED;
    if (depth > 0)
        snprintf(facts->chain_reason, sizeof(facts->chain_reason),
                 "%s (certificate %d of the chain)", reason, depth + 1);
    else
        snprintf(facts->chain_reason, sizeof(facts->chain_reason), "%s", reason);
}

static void judge_chain(X509_STORE_CTX *ctx, bool sent_intermediates, struct fed_tls_facts *facts)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, FED_TLS_VERIFY_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, FED_TLS_SECURITY_LEVEL);
    if (X509_verify_cert(ctx) != 1) {
        int error = X509_STORE_CTX_get_error(ctx);
        /* a missing issuer is the chain's fault, wherever it broke off */
        int depth = is_without_issuer(error) ? 0 : X509_STORE_CTX_get_error_depth(ctx);
        refuse_chain(facts, reason_text(error, sent_intermediates), depth);
        return;
    }
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
    facts->has_dns_constraints = chain_has_dns_constraints(chain);
    facts->chain_not_after_s = earliest_end_s(chain);
    if (facts->peer->is_ca) /* RFC 6120, 13.7.1.1 */
        refuse_chain(facts, "the certificate is that of an authority (CA:TRUE), not of a server",
                     0);
    else
        facts->chain = FED_CHAIN_TRUSTED;
}

static enum gp_code judge_pkix(const SSL *ssl, X509 *leaf, X509_STORE *anchors,
                               struct fed_tls_facts *facts, struct gp_err *err)
{
    STACK_OF(X509) *sent = SSL_get_peer_cert_chain(ssl); /* the initiator sees the leaf in it too */
    bool sent_intermediates = sk_X509_num(sent) > (SSL_is_server(ssl) ? 0 : 1);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    /* the server purpose on both sides: public authorities issue nothing else any more (C2, F6) */
    bool is_ready = ctx && X509_STORE_CTX_init(ctx, anchors, leaf, sent) == 1 &&
                    X509_STORE_CTX_set_default(ctx, "ssl_server") == 1;
    if (is_ready)
        judge_chain(ctx, sent_intermediates, facts);
    X509_STORE_CTX_free(ctx);
    return is_ready ? GP_OK : gp_err_nomem(err);
}

static void judge_dane(SSL *ssl, struct fed_tls_facts *facts)
{
    uint8_t usage = 0, selector = 0, matching = 0;
    if (SSL_get0_dane_tlsa(ssl, &usage, &selector, &matching, NULL, NULL) < 0) {
        facts->dane = FED_DANE_MISMATCH;
        snprintf(facts->dane_text, sizeof(facts->dane_text), "%s",
                 reason_text((int)SSL_get_verify_result(ssl), true));
        return;
    }
    facts->dane = FED_DANE_MATCHED;
    facts->dane_needs_name = usage == FED_DANE_TA;
    snprintf(facts->dane_text, sizeof(facts->dane_text), "%u %u %u", usage, selector, matching);
    if (chain_has_dns_constraints(SSL_get0_verified_chain(ssl)))
        facts->has_dns_constraints = true;
}

enum gp_code fed_tls_judge(SSL *ssl, X509_STORE *anchors, bool has_dane,
                           struct fed_tls_facts *facts, struct gp_err *err)
{
    X509 *leaf = SSL_get0_peer_certificate(ssl);
    facts->chain = FED_CHAIN_NONE;
    facts->dane = FED_DANE_NOT_USED;
    if (!leaf)
        return GP_OK;
    facts->peer = fed_tls_cert(leaf);
    if (!facts->peer)
        return gp_err_nomem(err);
    if (has_dane)
        judge_dane(ssl, facts);
    enum gp_code code = judge_pkix(ssl, leaf, anchors, facts, err);
    ERR_clear_error();
    return code;
}

/* ctx has the certificates, dane the records. */
static void judge_match(X509_STORE_CTX *ctx, SSL *dane, struct fed_evidence *ret)
{
    uint8_t usage = 0, selector = 0, matching = 0;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_depth(param, FED_TLS_VERIFY_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, FED_TLS_SECURITY_LEVEL);
    X509_STORE_CTX_set0_dane(ctx, SSL_get0_dane(dane));
    if (X509_verify_cert(ctx) != 1 ||
        SSL_get0_dane_tlsa(dane, &usage, &selector, &matching, NULL, NULL) < 0) {
        snprintf(ret->text, sizeof(ret->text), "%.150s",
                 reason_text(X509_STORE_CTX_get_error(ctx), true));
        return;
    }
    ret->found = FED_FOUND_MATCH;
    ret->needs_name = usage == FED_DANE_TA;
    ret->has_dns_constraints = chain_has_dns_constraints(X509_STORE_CTX_get0_chain(ctx));
    snprintf(ret->text, sizeof(ret->text), "%u %u %u", usage, selector, matching);
}

enum gp_code fed_tls_match(SSL *ssl, const struct fed_tls *tls, const struct dns_tlsa *tlsa,
                           size_t count, struct fed_evidence *ret, struct gp_err *err)
{
    X509 *leaf = SSL_get0_peer_certificate(ssl);
    bool is_usable = false;
    *ret = (struct fed_evidence){.source = FED_SOURCE_TLSA, .found = FED_FOUND_MISMATCH};
    if (!leaf) {
        snprintf(ret->text, sizeof(ret->text), "the peer sent no certificate");
        return GP_OK;
    }
    /* OpenSSL keeps the records of a connection in its SSL; this one connects to nobody. */
    SSL *dane = SSL_new(tls->connecting);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    enum gp_code code = dane && ctx &&
                                X509_STORE_CTX_init(ctx, tls->anchors->store, leaf,
                                                    SSL_get_peer_cert_chain(ssl)) == 1 &&
                                X509_STORE_CTX_set_default(ctx, "ssl_server") == 1
                            ? fed_tls_use_tlsa(dane, tlsa, count, &is_usable, err)
                            : gp_err_nomem(err);
    if (code == GP_OK && is_usable)
        judge_match(ctx, dane, ret);
    else if (code == GP_OK)
        ret->found = FED_FOUND_NOTHING;
    X509_STORE_CTX_free(ctx);
    SSL_free(dane);
    ERR_clear_error();
    return code;
}
