/* SPDX-License-Identifier: BSD-2-Clause */
#include "posh/document.h"

#include "base/base64.h"
#include "json.h"

#include <stdio.h>
#include <string.h>

/* IANA's names of digests; SHA-1 is no proof any more (RFC 9325, 4.5). */
static const struct {
    const char *name;
    enum gp_digest kind;
} digests[] = {{"sha-256", GP_SHA256}, {"sha-512", GP_SHA512}};

static void read_prints(const struct app_json *list, struct fed_posh_prints *ret)
{
    for (size_t i = 0; i < app_json_count(list); i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(digests); k++) {
            const char *text = app_json_get_text(app_json_at(list, i), digests[k].name, "");
            struct fed_posh_print print = {.kind = digests[k].kind};
            size_t len = 0;
            if (ret->count < FED_POSH_PRINTS_MAX &&
                gp_base64_decode(gp_span_text(text), print.bytes, sizeof(print.bytes), &len) ==
                    GP_OK &&
                len == gp_digest_len(print.kind))
                ret->list[ret->count++] = print;
        }
}

static enum gp_code read(const struct app_json *root, struct app_posh_document *ret,
                         struct gp_err *err)
{
    const struct app_json *list = app_json_get(root, "fingerprints");
    const char *url = app_json_get_text(root, "url", "");
    ret->expires_s = app_json_get_int(root, "expires", 0);
    if (ret->expires_s <= 0) /* RFC 7711, 6: not to be used */
        return gp_err_set(err, GP_ERR_INPUT, "it does not say when it expires");
    if (!list && url[0] && strlen(url) < sizeof(ret->url)) {
        snprintf(ret->url, sizeof(ret->url), "%s", url);
        return GP_OK;
    }
    read_prints(list, &ret->prints);
    return ret->prints.count > 0 ? GP_OK
                                 : gp_err_set(err, GP_ERR_INPUT, "it has no usable fingerprint");
}

enum gp_code app_posh_document_read(struct gp_span text, struct app_posh_document *ret,
                                    struct gp_err *err)
{
    struct app_json *root = NULL;
    *ret = (struct app_posh_document){.expires_s = 0};
    enum gp_code code = app_json_parse(text, APP_POSH_BYTES_MAX, &root, err);
    if (code == GP_OK)
        code = read(root, ret, err);
    app_json_destroy(root);
    return code;
}
