/* SPDX-License-Identifier: BSD-2-Clause */
/* Does this certificate stand for this domain? (RFC 9525; RFC 6120, 13.7; spec-digest d). Pure. */
#ifndef GP_FED_IDENTITY_H
#define GP_FED_IDENTITY_H

#include "dns/name.h"
#include "federation/cert.h"

/* The reference identifiers of spec-digest c.8. */
struct fed_reference {
    struct dns_domain domain; /* SRV-ID _xmpp-server.D, DNS-ID D, XmppAddr D */
    const struct dns_name
        *target; /* borrowed, or NULL: also DNS-ID of a securely found SRV target */
    const struct dns_name *alias; /* borrowed, or NULL: and of its secure alias */
};

/* How a name was matched, or that none was. */
enum fed_identity {
    FED_IDENTITY_NONE,
    FED_IDENTITY_SRV,
    FED_IDENTITY_DNS,
    FED_IDENTITY_XMPP_ADDR,
    FED_IDENTITY_TARGET /* only the SRV target's name */
};

/*
 * has_dns_constraints: some CA of the chain carries dNSName constraints; they do not bind SRV-ID
 * and XmppAddr, so those two kinds are not counted then (d.3). The common name is never looked at.
 */
enum fed_identity fed_identity_match(const struct fed_cert *cert,
                                     const struct fed_reference *reference,
                                     bool has_dns_constraints);

const char *fed_identity_text(enum fed_identity identity);

/* Whether a presented DNS name, perhaps "*.x", covers a reference name of A-labels (RFC 9525, 6.3).
 */
bool fed_identity_dns_covers(struct gp_span presented, const char *reference);

#endif
