/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenSSL's errors in words. */
#include "federation/tls_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <stdio.h>

/* Where OpenSSL's own text does not tell an operator what happened. */
static const struct {
    int reason; /* of ERR_LIB_SSL */
    const char *text;
} phrases[] = {
    {SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS here (wrong version number)"},
    {SSL_R_HTTP_REQUEST, "the peer sent an HTTP request"},
    {SSL_R_UNSUPPORTED_PROTOCOL, "no common TLS version (here: 1.2 and 1.3)"},
    {SSL_R_NO_SHARED_CIPHER, "no common cipher suite"},
    {SSL_R_NO_SUITABLE_KEY_SHARE, "no common key exchange group"},
    {SSL_R_NO_SUITABLE_GROUPS, "no common key exchange group"},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "no common signature algorithm"},
    {SSL_R_NO_APPLICATION_PROTOCOL, "the peer's ALPN does not name xmpp-server"},
    {SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, "the peer lacks secure renegotiation (RFC 5746)"},
    {SSL_R_EXCESSIVE_MESSAGE_SIZE, "a handshake message of the peer is too long"},
    {SSL_R_EE_KEY_TOO_SMALL, "the certificate's key is too small (RSA: 2048 bits at least)"},
    {SSL_R_CA_KEY_TOO_SMALL, "the key of an intermediate certificate is too small"},
    {SSL_R_CA_MD_TOO_WEAK, "a certificate is signed with MD5 or SHA-1"},
};

static const char *phrase_of(int reason)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(phrases); i++)
        if (phrases[i].reason == reason)
            return phrases[i].text;
    return NULL;
}

void fed_tls_error_text(char *out, size_t size)
{
    unsigned long error = ERR_get_error(); /* the oldest: what the later ones follow from */
    int reason = ERR_GET_REASON(error);
    bool is_tls = ERR_GET_LIB(error) == ERR_LIB_SSL;
    const char *phrase = is_tls ? phrase_of(reason) : NULL;
    ERR_clear_error();
    if (error == 0)
        snprintf(out, size, "%s", "");
    else if (phrase)
        snprintf(out, size, "%s", phrase);
    else if (is_tls && reason >= SSL_AD_REASON_OFFSET && ERR_reason_error_string(error))
        snprintf(out, size, "the peer sent %s", ERR_reason_error_string(error));
    else if (ERR_reason_error_string(error))
        snprintf(out, size, "%s", ERR_reason_error_string(error));
    else
        snprintf(out, size, "OpenSSL error %08lx", error);
}
