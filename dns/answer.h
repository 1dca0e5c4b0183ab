/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a validated question came to: outcome and security, as two facts that are never folded into
 * one. There is no "no answer": a question that got none has the outcome DNS_FAILED and a sentence.
 */
#ifndef GP_DNS_ANSWER_H
#define GP_DNS_ANSWER_H

#include "dns/rr.h"

enum dns_outcome {
    DNS_RECORDS, /* at least one record of the type */
    DNS_NO_DATA, /* the name exists, the type does not */
    DNS_NO_NAME, /* NXDOMAIN */
    DNS_FAILED   /* SERVFAIL, REFUSED, time-out, malformed, bogus: says nothing about what exists */
};

enum dns_security {
    DNS_INSECURE, /* provably unsigned or under no trust anchor: an ordinary result */
    DNS_SECURE,   /* every link of the answer was validated */
    DNS_BOGUS     /* validation failed; the outcome is DNS_FAILED */
};

struct dns_answer {
    struct dns_name name; /* what was asked */
    uint16_t type;
    enum dns_outcome outcome;
    enum dns_security security;
    uint8_t rcode;
    uint32_t ttl_s;            /* how long it may be kept; of a failure: 0 */
    struct dns_name canonical; /* owner of the records; differs from name behind a CNAME or DNAME */
    size_t count;
    struct dns_rdata *records; /* owned, with their data */
    char *reason; /* owned; for DNS_FAILED: what happened, else NULL. From the network: escape it */
};

/*
 * A new answer that holds copies of everything. NULL when there is no memory. records may be NULL
 * with count 0; canonical may be NULL (same as name), reason may be NULL. rcode and ttl_s are 0
 * until the caller sets them.
 */
struct dns_answer *dns_answer_create(const struct dns_name *name, uint16_t type,
                                     enum dns_outcome outcome, enum dns_security security,
                                     const struct dns_name *canonical,
                                     const struct dns_rdata *records, size_t count,
                                     const char *reason);
void dns_answer_destroy(struct dns_answer *answer);

/* Whether a CNAME led from the name that was asked to another one. */
bool dns_answer_is_alias(const struct dns_answer *answer);

/*
 * Why this answer cannot be used, as a printable sentence: "_xmpp-server._tcp.beta.example is bogus
 * (signature expired ...)", "the SRV lookup of ... failed (...)". Of an answer that failed, or
 * whose records are malformed. Returns out.
 */
#define DNS_FAILURE_TEXT_MAX 256
const char *dns_answer_failure_text(const struct dns_answer *answer,
                                    char out[DNS_FAILURE_TEXT_MAX]);

/* "no data", "no such name", ...; "secure", "insecure", "bogus". */
const char *dns_outcome_text(enum dns_outcome outcome);
const char *dns_security_text(enum dns_security security);

#endif
