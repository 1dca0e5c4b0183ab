/* SPDX-License-Identifier: BSD-2-Clause */
/* What the federation layer is told: a frozen snapshot, built from the configuration, replaced
 * whole on reload. */
#ifndef GP_FED_SETTINGS_H
#define GP_FED_SETTINGS_H

#include "base/names.h"
#include "base/secret.h"
#include "dns/route.h"

struct fed_limits {
#define FED_LIMIT(field, option, unit, preset, least, most, help) uint32_t field;
#include "federation/limits.def"
#undef FED_LIMIT
};

extern const struct fed_limits fed_limits_default;

/* Users of a home domain that live on another link than the domain itself. */
struct fed_elsewhere {
    unsigned inside;       /* index of that link */
    struct gp_names users; /* bare JIDs as fed_jid_bare() makes them */
};

/* A domain that gatepost answers for. */
struct fed_home {
    struct dns_domain domain;
    unsigned inside; /* index of its inside link in the configuration */
    size_t elsewhere_count;
    struct fed_elsewhere *elsewhere; /* owned */
    bool has_allowed_users;
    struct gp_names allowed_users; /* bare JIDs as fed_jid_bare() makes them: only these federate */
    struct gp_names denied_users;  /* likewise: these do not */
};

enum fed_tls_need {
    FED_TLS_REQUIRED,   /* no stream without TLS */
    FED_TLS_OPTIONAL,   /* weak: TLS is tried, a stream in clear with dialback is accepted */
    FED_TLS_UNSUPPORTED /* weak: TLS is neither offered nor asked for */
};

enum fed_sasl_need {
    FED_SASL_REQUIRED,   /* nothing else authenticates a stream, in neither direction */
    FED_SASL_OPTIONAL,   /* by certificate as well, or dialback, as the policy has it */
    FED_SASL_UNSUPPORTED /* EXTERNAL is neither offered nor used: dialback alone */
};

enum fed_dialback {
    FED_DIALBACK_REFUSED, /* the partner must prove itself by certificate (PKIX or DANE) */
    FED_DIALBACK_ALLOWED  /* weak: a dialback key will do */
};

enum fed_partner_type { /* who may start a contact */
    FED_FEDERATED,
    FED_PUBLIC_VERIFIED,  /* as above: its users are known to whoever runs it */
    FED_PUBLIC_UNVERIFIED /* a user of its writes only to whom has written or subscribed first */
};

/* One partner: everything that was decided about it, in one place (design, section 8). */
struct fed_partner {
    size_t domain_count;
    struct dns_domain *domains; /* owned; the primary one first */
    char *description;          /* owned; may be NULL */
    enum fed_tls_need tls;
    enum fed_sasl_need sasl;
    enum fed_dialback dialback;
    /*
     * Towards it: only a usable, matching TLSA authenticates it. From it, where no RFC defines DANE
     * for the certificate of the connecting side: with uses_dane_client likewise; without, only
     * PKIX does, never dialback.
     */
    bool requires_dane;
    /* A stream of its is judged by the TLSA records of its own servers. */
    bool uses_dane_client;
    /* Where DANE does not apply and PKIX fails, its fingerprints by POSH are fetched. */
    bool uses_posh;
    bool requires_dnssec; /* every answer on the way to it has to be secure */
    enum fed_partner_type type;
    uint32_t kinds;            /* of stanzas that cross: a bit for each enum fed_stanza_kind */
    uint32_t stanza_rate;      /* per second, in each direction; 0: not bounded */
    uint32_t stanza_burst;     /* that many at once */
    uint32_t byte_rate;        /* likewise */
    uint32_t connection_limit; /* connections at a time that it opened and is proved on */
    bool bidi;                 /* one stream may carry both directions (XEP-0288) */
    bool keeps_alive;          /* signs of life are sent on its silent streams */
    bool has_route;
    struct dns_static_route route; /* replaces its SRV lookup */
    struct fed_partner *shadow;    /* owned, without domains; judged beside this one, to see what it
                                      would refuse; NULL: none */
    /*
     * A digest over every setting above that a stream is opened under: while it stays the same, a
     * reload leaves the partner's streams alone.
     */
    uint64_t terms;
};

/* Whom to write to, by subject (XEP-0157, 3). */
enum fed_contact_kind {
    FED_CONTACT_ABUSE,
    FED_CONTACT_ADMIN,
    FED_CONTACT_FEEDBACK,
    FED_CONTACT_SALES,
    FED_CONTACT_SECURITY,
    FED_CONTACT_STATUS,
    FED_CONTACT_SUPPORT
};
#define FED_CONTACT_KINDS 7

struct fed_contact {
    size_t count;
    char **uris; /* owned, with what they point to */
};

struct fed_settings {
    size_t home_count;
    struct fed_home *homes; /* owned; sorted by domain */
    /* Borrowed; stands for every domain that is no partner. NULL: only those listed are ours. */
    const struct fed_home *any_home;
    size_t partner_count;
    struct fed_partner *partners; /* owned */
    bool is_open;                 /* weak: a domain that is not listed federates under stranger */
    struct fed_partner stranger;  /* policy for unlisted domains when is_open; has no domains */
    struct gp_names blocked; /* domains; one that begins with a dot stands for all below it too */
    struct gp_secret dialback_secret;
    struct fed_limits limits;
    struct fed_contact contacts[FED_CONTACT_KINDS]; /* by enum fed_contact_kind */
    size_t network_count;
    struct gp_network *networks; /* owned; non-public networks that partners may be in */
};

/* NULL when the domain is not ours. */
const struct fed_home *fed_settings_home(const struct fed_settings *settings,
                                         const struct dns_domain *domain);

/* The domain that a partner is counted under: its primary one; of a stranger, itself. */
const struct dns_domain *fed_settings_primary(const struct fed_settings *settings,
                                              const struct dns_domain *domain);

/* Whether it matters to this policy, or to its shadow, who has written to whom. */
bool fed_partner_wants_contacts(const struct fed_partner *partner);

/* Whether the user behind a JID of this home may federate. A JID without a user is the domain's
 * own: it may. */
bool fed_home_admits(const struct fed_home *home, struct gp_span jid);

/* Whether the domain, or one above it with all that is below, is blocked. */
bool fed_settings_blocks(const struct fed_settings *settings, const struct dns_domain *domain);

/* Whether two domains are one partner's. */
bool fed_settings_is_same(const struct fed_settings *settings, const struct dns_domain *a,
                          const struct dns_domain *b);

/* The policy for a domain; NULL when it may not federate: it is no partner, or blocked. */
const struct fed_partner *fed_settings_partner(const struct fed_settings *settings,
                                               const struct dns_domain *domain);

/* Whether the policy stands in these settings, so that it goes when they go. */
bool fed_settings_own(const struct fed_settings *settings, const struct fed_partner *policy);

/* The link that the user behind a JID of this home lives on: the domain's, or another. */
unsigned fed_home_inside(const struct fed_home *home, struct gp_span jid);

/* Whether the domain, or some of its users, live on the link. */
bool fed_home_is_on(const struct fed_home *home, unsigned inside);

/*
 * Calls fn for each configured domain that a server behind this inside link has to take for a
 * foreign one: every partner's, and the home domains that live on another link. Ends with the first
 * result of fn that is not GP_OK, and returns it.
 */
typedef enum gp_code fed_domain_fn(void *arg, const struct dns_domain *domain);
enum gp_code fed_settings_each_foreign(const struct fed_settings *settings, unsigned inside,
                                       fed_domain_fn *fn, void *arg);

#endif
