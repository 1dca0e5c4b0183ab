/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/posh.h"

#include <stdio.h>

void fed_posh_weigh(const struct fed_cert *cert, const struct fed_posh_prints *prints,
                    struct fed_evidence *ret)
{
    *ret = (struct fed_evidence){.source = FED_SOURCE_POSH, .found = FED_FOUND_MISMATCH};
    if (prints->failure[0]) {
        ret->found = FED_FOUND_FAILED;
        snprintf(ret->text, sizeof(ret->text), "%.150s", prints->failure);
        return;
    }
    snprintf(ret->text, sizeof(ret->text), "no fingerprint is that of the certificate");
    for (size_t i = 0; i < prints->count; i++) {
        const struct fed_posh_print *print = &prints->list[i];
        uint8_t digest[GP_DIGEST_MAX];
        gp_digest(print->kind, cert->der.at, cert->der.len, digest);
        if (memcmp(digest, print->bytes, gp_digest_len(print->kind)) != 0)
            continue;
        ret->found = FED_FOUND_MATCH;
        snprintf(ret->text, sizeof(ret->text), "%s",
                 print->kind == GP_SHA512 ? "sha-512" : "sha-256");
        return;
    }
}
