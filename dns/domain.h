/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain as XMPP names it: the domainpart of a JID (RFC 7622, 3.2), held as lower-case A-labels
 * without a trailing dot, so that two spellings of one domain are one value and DNS, SNI and
 * certificates are asked for the same thing.
 */
#ifndef GP_DNS_DOMAIN_H
#define GP_DNS_DOMAIN_H

#include "base/err.h"
#include "base/span.h"

#define DNS_DOMAIN_MAX         254  /* 253 characters (RFC 1035, 2.3.4) and a zero */
#define DNS_DOMAIN_UNICODE_MAX 1024 /* RFC 7622, 3.2: at most 1023 octets */

struct dns_domain {
    char ascii[DNS_DOMAIN_MAX]; /* "" means "no domain" */
};

/*
 * Normalises text, which may hold U-labels, A-labels, upper case and one trailing dot (spec-digest
 * c.1; IDNA2008 by libidn2). Only letters, digits, hyphens and, inside, full stops are left in the
 * result. Errors (GP_ERR_INPUT, with a sentence): empty, a label over 63 or a name over 253 octets,
 * not IDNA, characters that no host name has, an IP address literal.
 */
GP_MUST_USE enum gp_code dns_domain_from_text(struct gp_span text, struct dns_domain *ret,
                                              struct gp_err *err);

/*
 * The domain of a JID: up to the first "/", behind the first "@" (RFC 7622, 3.2), then as above.
 * The localpart and the resourcepart are checked for length alone (at most 1023 octets, not empty
 * where their separator is present).
 */
GP_MUST_USE enum gp_code dns_domain_from_jid(struct gp_span jid, struct dns_domain *ret,
                                             struct gp_err *err);

/* The form that goes on the wire in XMPP: U-labels (RFC 7622, 3.2.1). Returns out. */
const char *dns_domain_unicode(const struct dns_domain *domain, char out[DNS_DOMAIN_UNICODE_MAX]);

/* Whether both are the same domain. */
bool dns_domain_equal(const struct dns_domain *a, const struct dns_domain *b);

static inline bool dns_domain_is_set(const struct dns_domain *domain)
{
    return domain->ascii[0] != '\0';
}

#endif
