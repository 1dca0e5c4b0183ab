/* SPDX-License-Identifier: BSD-2-Clause */
/* A POSH document (RFC 7711, 3): fingerprints, or where they are. */
#ifndef GP_APP_POSH_DOCUMENT_H
#define GP_APP_POSH_DOCUMENT_H

#include "base/buf.h"
#include "federation/posh.h"

#define APP_POSH_BYTES_MAX 65536
#define APP_POSH_URL_MAX   1024

struct app_posh_document {
    int64_t expires_s; /* how long it may be used; above 0 */
    char
        url[APP_POSH_URL_MAX]; /* of the document that has the fingerprints; "" when this one has */
    struct fed_posh_prints prints;
};

/* Fingerprints by digests that are unknown, or too weak, are left out. Errors: GP_ERR_INPUT: it is
 * none, or has nothing of use. */
GP_MUST_USE enum gp_code app_posh_document_read(struct gp_span text, struct app_posh_document *ret,
                                                struct gp_err *err);

#endif
