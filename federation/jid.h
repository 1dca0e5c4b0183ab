/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bare JIDs as keys. Two spellings of an address are the same key when they differ in the case of
 * ASCII letters, or in how their domain is written. Other letters are compared as they stand: the
 * whole of RFC 8265 (case, width, composition) is the servers' affair, which send what they have
 * prepared.
 */
#ifndef GP_FED_JID_H
#define GP_FED_JID_H

#include "base/span.h"
#include "dns/domain.h"

#define FED_BARE_MAX (1023 + 1 + DNS_DOMAIN_MAX)

/* The localpart of a JID that dns_domain_from_jid() has accepted; empty when it has none. */
struct gp_span fed_jid_local(struct gp_span jid);

/* The key of such a JID, whose domain is given: "romeo@beta.example". It ends with a zero byte. */
struct gp_span fed_jid_bare(struct gp_span jid, const struct dns_domain *domain,
                            char out[FED_BARE_MAX]);

#endif
