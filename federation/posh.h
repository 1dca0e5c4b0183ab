/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a domain publishes about the certificates of its servers over HTTPS (POSH, RFC 7711). This
 * layer asks for it and weighs it; who fetches it stands above.
 */
#ifndef GP_FED_POSH_H
#define GP_FED_POSH_H

#include "base/digest.h"
#include "dns/name.h"
#include "federation/cert.h"
#include "federation/evidence.h"

#define FED_POSH_PRINTS_MAX 64

/* A fingerprint: the digest of a whole certificate. */
struct fed_posh_print {
    enum gp_digest kind;
    uint8_t bytes[GP_DIGEST_MAX];
};

struct fed_posh_prints {
    size_t count;
    struct fed_posh_print list[FED_POSH_PRINTS_MAX];
    char failure[160]; /* why there are none, printable; "" when there are */
};

struct fed_posh_op;
typedef void fed_posh_fn(void *arg, const struct fed_posh_prints *prints); /* for the call alone */

/* Who fetches. */
struct fed_posh_source {
    /* One call of fn, never in here, unless it is cancelled. Errors: no memory, too many. */
    enum gp_code (*start)(void *arg, const struct dns_domain *domain, fed_posh_fn *fn, void *fn_arg,
                          struct fed_posh_op **ret, struct gp_err *err);
    void (*cancel)(struct fed_posh_op *op); /* NULL is fine */
    void *arg;
};

/* Whether the certificate is one of those (RFC 7711, 3.1). */
void fed_posh_weigh(const struct fed_cert *cert, const struct fed_posh_prints *prints,
                    struct fed_evidence *ret);

#endif
