/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/tls_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* ca-certificates' bundle. Not OpenSSL's default paths: those would be read at handshakes. */
#define FED_TLS_SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"
#define FED_TLS_ERROR_MAX      200

static enum gp_code add_all(struct fed_tls_anchors *anchors, STACK_OF(X509) * list,
                            struct gp_err *err)
{
    char reason[FED_TLS_ERROR_MAX];
    ERR_clear_error();
    for (int i = 0; i < sk_X509_num(list); i++)
        if (X509_STORE_add_cert(anchors->store, sk_X509_value(list, i)) != 1) {
            fed_tls_error_text(reason, sizeof(reason));
            return gp_err_set(err, GP_ERR_CRYPTO, "%s", reason);
        }
    return GP_OK;
}

enum gp_code fed_tls_anchors_create(const char *ca_file, struct fed_tls_anchors **ret,
                                    struct gp_err *err)
{
    STACK_OF(X509) *list = NULL;
    struct fed_tls_anchors *anchors = calloc(1, sizeof(*anchors));
    if (!anchors || !(anchors->store = X509_STORE_new())) {
        free(anchors);
        return gp_err_nomem(err);
    }
    if (ca_file && strcmp(ca_file, FED_TLS_NO_ANCHORS) == 0) {
        *ret = anchors;
        return GP_OK;
    }
    enum gp_code code = fed_tls_read_chain(ca_file ? ca_file : FED_TLS_SYSTEM_ANCHORS, &list, err);
    if (code == GP_OK)
        code = add_all(anchors, list, err);
    sk_X509_pop_free(list, X509_free);
    if (code == GP_OK) {
        *ret = anchors;
        return GP_OK;
    }
    fed_tls_anchors_destroy(anchors);
    return gp_err_wrap(err, code, "trusted authorities%s",
                       ca_file ? "" : " (package ca-certificates, or name a file with ca-file)");
}

void fed_tls_anchors_destroy(struct fed_tls_anchors *anchors)
{
    if (!anchors)
        return;
    X509_STORE_free(anchors->store);
    free(anchors);
}
