/* SPDX-License-Identifier: BSD-2-Clause */
/* Which TLSA records count (RFC 6698, 2.1 and 4.1; RFC 7671, 9; spec-digest c.6). Pure; matching is
 * the TLS layer's. */
#ifndef GP_DNS_TLSA_H
#define GP_DNS_TLSA_H

#include "dns/answer.h"

enum dns_tlsa_state {
    DNS_TLSA_NOT_ASKED, /* the chain of answers is not secure: DANE does not apply */
    DNS_TLSA_NONE,      /* secure or insecure denial: as if there were no TLSA */
    DNS_TLSA_USABLE,    /* decides: TLS and a match are mandatory */
    DNS_TLSA_UNUSABLE,  /* records exist, none usable: TLS is mandatory, PKIX authenticates */
    DNS_TLSA_FAILED     /* no connection to this target */
};

/* "3 1 1 (DANE-EE SPKI SHA2-256)", or the numbers alone when one has no name; returns out. */
#define DNS_TLSA_TEXT_MAX 48
const char *dns_tlsa_params_text(const struct dns_tlsa *tlsa, char out[DNS_TLSA_TEXT_MAX]);

/*
 * Reads the records of an answer into set (room for max), only the usable ones: usage 2 or 3 (C7),
 * known selector and matching type, right digest length; of each (usage, selector) Full and the
 * strongest digest. The set borrows its data from answer. Returns the state; *ret_count is the
 * number written.
 */
enum dns_tlsa_state dns_tlsa_judge(const struct dns_answer *answer, struct dns_tlsa *set,
                                   size_t max, size_t *ret_count);

#endif
