/* SPDX-License-Identifier: BSD-2-Clause */
/* May this stream carry this domain pair? Pure decisions over settings and facts (spec-digest b.2,
 * b.3, c.6, C1). */
#ifndef GP_FED_POLICY_H
#define GP_FED_POLICY_H

#include "federation/identity.h"
#include "federation/settings.h"
#include "federation/tls_facts.h"

/* How a stanza that cannot be delivered is answered: the rows of spec-digest e.3 and e.5. */
enum fed_bounce {
    FED_BOUNCE_NONE,
    FED_BOUNCE_NOT_FOUND,      /* remote-server-not-found, cancel */
    FED_BOUNCE_NOT_FOUND_WAIT, /* remote-server-not-found, wait: DNS trouble */
    FED_BOUNCE_TIMEOUT,        /* remote-server-timeout, wait */
    FED_BOUNCE_TIMEOUT_CANCEL, /* remote-server-timeout, cancel: identity or TLS policy */
    FED_BOUNCE_INTERNAL,       /* internal-server-error, cancel: dialback "invalid" */
    FED_BOUNCE_RESOURCE,       /* resource-constraint, wait: queue full */
    FED_BOUNCE_NOT_ALLOWED,    /* not-allowed, cancel: our policy */
    FED_BOUNCE_UNAVAILABLE,    /* service-unavailable, cancel: our policy, told to a partner */
    FED_BOUNCE_TOO_BIG,        /* policy-violation, modify */
    FED_BOUNCE_BAD_REQUEST     /* bad-request, modify */
};

/* type and condition of the error stanza; FED_BOUNCE_NONE has none. */
const char *fed_bounce_type(enum fed_bounce bounce);
const char *fed_bounce_condition(enum fed_bounce bounce);

/* What a certificate proves of a partner that connects to us, or that we connected to. */
struct fed_certainty {
    bool is_proved; /* DANE, or PKIX with a matching name, or POSH */
    bool is_dane, is_posh;
    enum fed_identity identity;
    char detail[256]; /* why not, or what matched, in words; escaped */
};

/*
 * facts may be NULL (no TLS). wall_s is compared with the certificate's dates at this moment, not
 * at the handshake's.
 */
void fed_policy_certainty(const struct fed_tls_facts *facts, const struct fed_reference *reference,
                          int64_t wall_s, struct fed_certainty *ret);

/* Whether POSH may prove the partner that shook hands like this, should nothing else. */
bool fed_policy_takes_posh(const struct fed_partner *partner, const struct fed_tls_facts *facts);

/* Whether a dialback key may prove the partner towards us. Where DANE or SASL is required it may
 * not. */
bool fed_policy_takes_dialback(const struct fed_partner *partner);

/* For a made-up domain of `check`, which dialback alone proves. */
extern const struct fed_partner fed_policy_stand_in;

/* The options that would make it so, as they stand in a configuration. Asked where it is not so,
 * and DANE not required. */
const char *fed_policy_missing(const struct fed_partner *partner);

/* Whether a stream of the partner may do without TLS: then dialback is all that proves it. */
bool fed_policy_takes_clear(const struct fed_partner *partner);

/* Takes out of the way to the partner what its policy does not allow; `resolve` and the gateway do
 * the same. */
void fed_policy_narrow(const struct fed_partner *partner, struct dns_route *route);

#define FED_WHY_NOT_MAX (2 * DNS_DOMAIN_MAX + 64)

/* Why fed_settings_partner() has nothing for a domain, in words for our own log. Returns out. */
const char *fed_policy_why_not(const struct fed_settings *settings, const struct dns_domain *domain,
                               char out[FED_WHY_NOT_MAX]);

#define FED_SETTING_MAX (DNS_DOMAIN_MAX + 64)

/* The configuration line that would admit what was refused: `partner "x.example" { option }`, or
 * `stranger { option }` when the domain is no listed partner's. Returns out. */
const char *fed_policy_setting(const struct fed_settings *settings, const struct dns_domain *domain,
                               const char *option, char out[FED_SETTING_MAX]);

#endif
