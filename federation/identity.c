/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/identity.h"

#include "base/text.h"

/* There is no "_xmpps-server" identifier: direct TLS is validated like STARTTLS (XEP-0368, 3). */
static const char srv_service[] = "_xmpp-server.";

bool fed_identity_dns_covers(struct gp_span presented, const char *reference)
{
    struct gp_span name = gp_span_text(reference);
    if (name.len == 0)
        return false;
    if (presented.len > 2 && presented.at[0] == '*' && presented.at[1] == '.') {
        /* The whole left-most label, and exactly one (RFC 9525, 6.3). */
        const char *dot = memchr(name.at, '.', name.len);
        if (!dot || dot == name.at)
            return false;
        presented = gp_span_make(presented.at + 1, presented.len - 1);
        name = gp_span_make(dot, name.len - (size_t)(dot - name.at));
    }
    /* Any other "*" is an ordinary character here, which no reference has. */
    return gp_text_equal_nocase(presented, name);
}

static bool srv_covers(struct gp_span presented, const struct dns_domain *domain)
{
    size_t len = sizeof(srv_service) - 1;
    /* Service and name are matched as a unit (RFC 9525, 6.5). */
    return presented.len > len &&
           gp_text_equal_nocase(gp_span_make(presented.at, len), gp_span_text(srv_service)) &&
           fed_identity_dns_covers(gp_span_make(presented.at + len, presented.len - len),
                                   domain->ascii);
}

/* A bare domain, compared as JIDs are; no wildcard (RFC 6120, 13.7.1.4). */
static bool xmpp_addr_is(struct gp_span presented, const struct dns_domain *domain)
{
    struct dns_domain parsed;
    return dns_domain_from_text(presented, &parsed, NULL) == GP_OK &&
           dns_domain_equal(&parsed, domain);
}

static bool covers_name(struct gp_span presented, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    return name && dns_name_is_host(name) &&
           fed_identity_dns_covers(presented, dns_name_text(name, text));
}

static enum fed_identity match_one(const struct fed_cert_name *name,
                                   const struct fed_reference *reference, bool has_dns_constraints)
{
    switch (name->kind) {
    case FED_NAME_DNS:
        if (fed_identity_dns_covers(name->text, reference->domain.ascii))
            return FED_IDENTITY_DNS;
        if (covers_name(name->text, reference->target) || covers_name(name->text, reference->alias))
            return FED_IDENTITY_TARGET;
        break;
    case FED_NAME_SRV:
        if (!has_dns_constraints && srv_covers(name->text, &reference->domain))
            return FED_IDENTITY_SRV;
        break;
    case FED_NAME_XMPP_ADDR:
        if (!has_dns_constraints && xmpp_addr_is(name->text, &reference->domain))
            return FED_IDENTITY_XMPP_ADDR;
        break;
    case FED_NAME_IP: /* a domain is never an address (spec-digest c.3) */
        break;
    }
    return FED_IDENTITY_NONE;
}

enum fed_identity fed_identity_match(const struct fed_cert *cert,
                                     const struct fed_reference *reference,
                                     bool has_dns_constraints)
{
    enum fed_identity best = FED_IDENTITY_NONE;
    for (size_t i = 0; i < cert->name_count; i++) {
        enum fed_identity found = match_one(&cert->names[i], reference, has_dns_constraints);
        if (found != FED_IDENTITY_NONE && (best == FED_IDENTITY_NONE || found < best))
            best = found; /* the kinds stand in the order of their worth */
    }
    return best;
}

const char *fed_identity_text(enum fed_identity identity)
{
    switch (identity) {
    case FED_IDENTITY_NONE:
        return "no name";
    case FED_IDENTITY_SRV:
        return "SRV name";
    case FED_IDENTITY_DNS:
        return "DNS name";
    case FED_IDENTITY_XMPP_ADDR:
        return "XMPP address";
    case FED_IDENTITY_TARGET:
        return "DNS name of the SRV target";
    }
    return "";
}
