/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a readiness check saw: plain facts, nothing judged (design, section 10). Collecting fills
 * it, judging reads it.
 *
 * Whatever can be asked is in one of three states, so that "was not seen" never looks like "is
 * fine". Everything lives in the observations: their arena, and what the destructor releases.
 */
#ifndef GP_APP_OBSERVE_H
#define GP_APP_OBSERVE_H

#include "base/map.h"
#include "dns/ask.h"
#include "dns/route.h"
#include "dns/srv.h"
#include "dns/zone.h"
#include "federation/ping.h"
#include "federation/probe.h"

struct app_host_meta;     /* posh/host_meta.h */
struct app_posh_document; /* posh/document.h */

enum app_seen {
    APP_NOT_ASKED,    /* not called for, or something before it was missing: why says what */
    APP_NOTHING_CAME, /* asked for in vain: why says what became of it */
    APP_CAME
};

/* DNS. */

#define APP_REPLY_RECORDS_MAX 64

/* What one address of an authoritative server said of one record set; or a resolver, in whose reply
 * every time is what is left of it. */
struct app_seen_reply {
    enum app_seen seen;
    const char *why; /* printable; NULL when APP_CAME, here as everywhere below */
    bool is_authoritative;
    uint16_t rcode;
    bool is_alias;       /* a CNAME or DNAME stands in the way */
    bool is_dname;       /* a DNAME, which is above the name */
    bool is_wildcard;    /* a wildcard stood for the name, as the signature says */
    uint32_t serial;     /* of a SOA */
    uint32_t negative_s; /* of a SOA, and of a reply without records: how long "there is none" may
                            be kept (RFC 2308, 5; RFC 9077) */
    size_t count;        /* records of the owner and type */
    bool has_capitals;   /* a name in one of them is written with capital letters */
    uint32_t ttl_s, least_ttl_s; /* the greatest TTL among them, and the least: RFC 2181, 5.2 wants
                                    one */
    int64_t signed_until_s;      /* end of the signature that lasts longest; 0: they came without */
    struct dns_rdata *records;
    int64_t duration_ms;
};

/* One address of one server of a zone. */
struct app_seen_server {
    const struct dns_name *name;
    struct gp_addr addr;
    struct app_seen_reply soa[2]; /* by enum dns_transport */
};

/* What stands above a zone: who serves the parent. Several zones share it. */
struct app_seen_parent {
    struct app_seen_parent *next;
    struct dns_name name;        /* of a zone's apex, without the first label */
    struct app_seen_zone *zones; /* that it stands above */
    bool is_wanted;              /* it is being looked up, or was */
    enum app_seen seen;
    const char *why;
    struct dns_zone *zone; /* owned; when APP_CAME */
};

#define APP_GLUE_MAX 32

struct app_seen_glue {
    struct dns_name name;
    struct gp_addr addr;
};

/* What one server of the parent says of a zone's name servers. */
struct app_seen_referral {
    const struct dns_name *server;
    struct gp_addr addr;
    enum app_seen seen;
    const char *why;
    bool is_referral; /* or it serves the zone as well, and says what the zone says */
    size_t server_count;
    struct dns_name *servers;
    size_t glue_count;
    struct app_seen_glue *glue;
};

struct app_seen_zone {
    struct app_seen_zone *next;
    struct app_seen_zone *next_below;            /* of the same parent */
    struct dns_zone *zone;                       /* owned; found: as the resolver sees it */
    struct app_seen_owner *owners, **owners_end; /* that live in it */
    uint32_t negative_s; /* N: the longest that "there is none" may be kept, as far as its servers
                            have said; 0: none has */
    bool is_asked;       /* its servers are being asked, or were */
    struct app_seen_parent *parent; /* NULL: not asked for, or there is none */
    size_t referral_count;
    struct app_seen_referral *referrals; /* NULL until the parent is known */
    size_t server_count;
    struct app_seen_server *servers; /* in order; the addresses of each stand together */
};

/* A name and where it lives. */
struct app_seen_owner {
    struct app_seen_owner *next, *next_in_zone;
    struct dns_name name;
    struct app_seen_rrset *rrsets; /* of its name */
    bool is_wanted;                /* its zone is being looked up, or was */
    enum app_seen seen;
    const char *why;
    struct app_seen_zone *zone; /* when APP_CAME */
};

/* A record set: what the validating resolver says of it, and each server of its zone. */
struct app_seen_rrset {
    struct app_seen_rrset *next, *next_of_owner;
    struct app_seen_owner *owner;
    enum dns_type type;
    bool is_wanted;     /* it is being looked up, or was */
    bool is_aside;      /* none of the records that the check is about: its servers are not asked */
    enum app_seen seen; /* of answer; that a lookup failed is an answer */
    const char *why;
    struct app_waiting *waiting;     /* while it is collected: who goes on when it has come */
    struct dns_answer *answer;       /* owned */
    struct app_seen_reply *replies;  /* one for each of owner->zone->servers; NULL without a zone */
    struct app_seen_reply *siblings; /* likewise, of a name beside it that nobody can have: whatever
                                        comes is a wildcard's; NULL where signatures tell */
    struct app_seen_reply *held; /* one for each of the configuration's public resolvers: what its
                                    cache has; NULL: they were not asked */
};

/* Endpoints. */

/* What a probe was sent for. */
enum app_probe_kind {
    APP_PROBE_PARTNER,    /* as a partner would come, and logs in */
    APP_PROBE_NO_ALPN,    /* direct TLS without ALPN */
    APP_PROBE_SNI,        /* for another domain that lives on the same host */
    APP_PROBE_TARGET_SNI, /* as a partner, but asks for the host by SNI */
    APP_PROBE_DIALBACK,   /* as a made-up domain, which proves itself by dialback */
    APP_PROBE_QUESTION,   /* asks whether the dialback key that the gateway sent is the domain's */
    APP_PROBE_MADE_KEY,   /* the same about the key that was made with the configured secret */
    APP_PROBE_WRONG_KEY,  /* and about one that cannot be right */
    APP_PROBE_CROSSED     /* with the other service's protocol, after a failure */
};

/* One connection to one address of an endpoint. */
struct app_seen_probe {
    struct app_seen_probe *next;
    struct app_seen_probe *next_unannounced; /* while it is collected */
    struct app_seen_endpoint *endpoint;
    enum app_probe_kind kind;
    struct dns_domain domain; /* that it asked for, by SNI and by "to" */
    enum dns_service service; /* how it spoke */
    struct gp_addr addr;      /* with the port */
    bool is_wanted;           /* it is being tried, or was */
    enum app_seen seen;       /* of result; that nobody answers is a result */
    const char *why;
    struct fed_probe_result *result; /* owned */
    /* What the gateway says of the probe's token over its control socket. */
    char token[GP_RND_ID_MAX];
    enum app_seen told;
    const char *told_why;
    bool was_met;            /* it has seen the token, */
    struct gp_addr listener; /* on this listener, */
    bool was_logged_in;      /* and took the certificate for the domain's */
};

/* Why one looks there. */
enum app_endpoint_role {
    APP_ENDPOINT_PUBLISHED, /* DNS leads partners there: a service record, or the fallback */
    APP_ENDPOINT_PLANNED,   /* the configuration has it: a service record is to name it, at the
                               configured addresses */
    APP_ENDPOINT_LEGACY,    /* the configuration has it as one that is replaced */
    APP_ENDPOINT_APEX /* the domain's own address, where whoever sees no service records goes */
};

/*
 * Where XMPP is spoken, or should be: target and port of a service record, or what stands for one.
 * Of the planned and of the legacy ones only those addresses are probed that no endpoint before
 * them in the list has with the same name, port and service.
 */
struct app_seen_endpoint {
    struct app_seen_endpoint *next;
    struct app_seen_domain *domain; /* while it is collected: whose it is */
    enum app_endpoint_role role;
    enum dns_origin origin; /* DNS_FROM_SRV for what is planned, too */
    enum dns_service service;
    struct dns_srv srv;
    bool srv_is_secure;
    struct app_seen_rrset *addresses[2]; /* AAAA, A; NULL for the target "." */
    struct app_seen_rrset *tlsa;         /* NULL without service records, or for the target "." */
    bool is_probed;
    struct app_seen_probe *probes;
};

/* The gateway logging in to a peer that the check ran for it. */
struct app_seen_login {
    bool is_wanted; /* it is being tried, or was */
    enum app_seen seen;
    const char *why;
    bool was_logged_in;
    const char *sentence;      /* the gateway's; printable */
    bool was_met;              /* the peer saw a connection with the token */
    const char *peer_sentence; /* what the peer saw; printable */
};

/*
 * Dialback gone through to its end (X3, X4): with a made-up domain that the running gateway is told
 * of, or with the probe domain. The probes of it stand with their endpoints.
 */
struct app_seen_rehearsal {
    bool is_wanted;     /* it is being tried, or was */
    enum app_seen seen; /* of the stand-in: the gateway knows it, or the probe domain has come */
    const char *why;
    struct dns_domain stand_in;
    struct gp_addr authority; /* where its server listens */
    char token[GP_RND_ID_MAX];
    const char *stream_id, *key; /* that was sent to it; NULL: none came */
    struct gp_addr key_from;
    bool is_asking; /* that key waits for its verdict */
    /* Made with the configured secret for a stream that never was (I4); and a key that is none. */
    const char *made_id, *made_key, *wrong_key;
    struct app_seen_login login; /* of who sent the key there; was_met: a key came */
    unsigned connections;        /* of the home domain to the probe domain's server */
};

/* A document that the domain publishes over HTTPS. */
struct app_seen_document {
    enum app_seen seen; /* that there is none is an answer */
    const char *why;    /* also why there is none */
    const char *url;
    bool is_posh, is_there;
    const char *fault; /* why it cannot be used; NULL: it can */
    /* What it says; in the arena. */
    struct app_host_meta *host_meta;
    struct app_posh_document *posh; /* that has the fingerprints, with the shortest time of all */
};

struct app_seen_domain {
    struct app_seen_domain *next;
    struct app_seen_domain *next_stirred; /* while it is collected */
    bool is_stirred;
    struct dns_domain domain;
    struct app_seen_rrset *srv[DNS_SERVICE_COUNT];
    bool has_endpoints; /* the service records have been read */
    struct app_seen_endpoint *endpoints;
    struct app_seen_login login;
    struct app_seen_rehearsal rehearsal;
    struct app_seen_document host_meta, posh;
};

/* The running gateway. */

struct app_seen_listener {
    struct gp_addr addr;
    enum dns_service service;
};

/* A domain that the running gateway serves. */
struct app_seen_home {
    struct dns_domain domain;
    const char *spki_hex; /* of the key that it has loaded; lower case */
    bool is_inside_known, is_inside_up;
    const char *inside_trouble; /* why not, as the gateway says; NULL: it does not */
};

struct app_seen_gateway {
    enum app_seen seen;
    const char *why;
    bool is_absent; /* nobody listens on the control socket: it does not run */
    const char *version, *config_path, *config_digest, *started;
    size_t listener_count;
    struct app_seen_listener *listeners;
    size_t home_count;
    struct app_seen_home *homes;
};

/* The key that an address serves for a domain; see collect.h, app_wanted_key. */
struct app_seen_key {
    struct dns_name owner;
    struct dns_domain domain;
    struct gp_addr addr; /* with the port */
    enum app_seen seen;
    const char *why;
    uint8_t spki_sha256[32];
};

/* Partners. */

/* A look at one address on the way to a partner. */
struct app_seen_look {
    struct app_seen_look *next;
    enum dns_service service;
    struct gp_addr addr; /* with the port */
    enum app_seen seen;
    const char *why;
    struct fed_probe_result *result; /* owned */
};

/* What the gateway says of the ping that it sent there. */
struct app_seen_ping {
    enum app_seen seen;
    const char *why;
    enum fed_ping_outcome outcome;
    int64_t took_ms;
    const char *sentence;
};

/* One domain of a configured partner. */
struct app_seen_partner {
    struct app_seen_partner *next;
    struct dns_domain domain;
    enum app_seen seen; /* of route; that there is no way is an answer */
    const char *why;
    struct dns_route *route; /* owned; as the partner's policy lets it be */
    struct app_seen_look *looks;
    struct app_seen_ping ping;
};

/* A domain of whoever runs the check, for whose server the check stands in. */
struct app_seen_probe_domain {
    struct gp_addr listen; /* where it listens, with the port */
    /* As others find it. Each look asks whoever is there about a key that only the check can know:
     * the verdict says whether it is the check. */
    struct app_seen_partner way;
    unsigned turned_away; /* connections, since too many were there */
};

struct app_observations {
    struct gp_arena arena;
    int64_t started_s, duration_ms;
    bool is_translated;      /* its only IPv4 addresses are private: others see another one */
    bool has_ipv4, has_ipv6; /* this machine has an address that leads to others */
    /* In the order in which they were first asked for; the ends are where the next one goes. */
    struct app_seen_domain *domains, **domains_end;
    struct app_seen_zone *zones, **zones_end;
    struct app_seen_owner *owners, **owners_end;
    struct app_seen_rrset *rrsets, **rrsets_end;
    struct app_seen_parent *parents, **parents_end;
    struct app_seen_gateway gateway;
    size_t key_count;
    struct app_seen_key *keys;
    bool has_partners; /* they were asked for */
    bool has_pings;    /* and to be sent a ping each */
    struct app_seen_partner *partners, **partners_end;
    struct app_seen_probe_domain *probe_domain; /* NULL: there is none */
    struct gp_map index;                        /* of all five by name; see observe.c */
};

/* Empty. NULL when there is no memory. */
struct app_observations *app_observations_create(void);
void app_observations_destroy(struct app_observations *seen);

/*
 * The one with this name, made when there is none, at the end of its list. NULL when there is no
 * memory. A record set comes with its owner.
 */
struct app_seen_zone *app_seen_zone(struct app_observations *seen, const struct dns_name *apex);
struct app_seen_owner *app_seen_owner(struct app_observations *seen, const struct dns_name *name);
struct app_seen_rrset *app_seen_rrset(struct app_observations *seen, const struct dns_name *name,
                                      enum dns_type type);
struct app_seen_domain *app_seen_domain(struct app_observations *seen,
                                        const struct dns_domain *domain);
struct app_seen_parent *app_seen_parent(struct app_observations *seen, const struct dns_name *name);

/* NULL when it is not one of those that are checked. */
const struct app_seen_domain *app_observations_domain(const struct app_observations *seen,
                                                      const struct dns_domain *domain);

/* NULL when nothing was asked about it. */
const struct app_seen_owner *app_observations_owner(const struct app_observations *seen,
                                                    const struct dns_name *name);

/* NULL when it was never asked for. */
const struct app_seen_rrset *app_observations_rrset(const struct app_observations *seen,
                                                    const struct dns_name *name,
                                                    enum dns_type type);

/* A new one at the end of the list; NULL when there is no memory. */
struct app_seen_endpoint *app_seen_endpoint(struct app_observations *seen,
                                            struct app_seen_domain *domain);
struct app_seen_probe *app_seen_probe(struct app_observations *seen,
                                      struct app_seen_endpoint *endpoint);
struct app_seen_partner *app_seen_partner(struct app_observations *seen,
                                          const struct dns_domain *domain);
/* The only one. */
struct app_seen_probe_domain *app_seen_probe_domain(struct app_observations *seen,
                                                    const struct dns_domain *domain);
struct app_seen_look *app_seen_look(struct app_observations *seen,
                                    struct app_seen_partner *partner);

/* Has the zone's servers, and their replies so far none. False when there is no memory. zone is
 * taken. */
GP_MUST_USE bool app_seen_zone_found(struct app_observations *seen, struct app_seen_zone *at,
                                     struct dns_zone *zone);

/* Where the owner lives is known. */
void app_seen_lives_in(struct app_seen_owner *owner, struct app_seen_zone *zone);

/* Room for the replies of the servers of its owner's zone, which is known, or for those about its
 * sibling. False when there is no memory. */
GP_MUST_USE bool app_seen_replies(struct app_observations *seen, struct app_seen_rrset *rrset);
GP_MUST_USE bool app_seen_siblings(struct app_observations *seen, struct app_seen_rrset *rrset);
/* The same for those of so many public resolvers. */
GP_MUST_USE bool app_seen_held(struct app_observations *seen, struct app_seen_rrset *rrset,
                               size_t resolver_count);

/* Records of a record set as the validating resolver sees them; *ret_count 0 when there are none to
 * see. */
const struct dns_rdata *app_seen_records(const struct app_seen_rrset *rrset, size_t *ret_count);

/* Whether the address is among them; rrset may be NULL. */
bool app_seen_has_address(const struct app_seen_rrset *rrset, const struct gp_addr *addr);

/* Whether this machine has no address to try the server's with, while the server answers on another
 * of its own. */
bool app_seen_is_out_of_reach(const struct app_observations *seen, const struct app_seen_zone *zone,
                              const struct app_seen_server *server);

/* Whether a reply is the word of an authoritative server on what exists. */
bool app_seen_is_word(const struct app_seen_reply *reply);

/* Why it is not, "answers REFUSED"; borrowed from the reply, or text. NULL: it is. */
#define APP_SEEN_FAULT_MAX (8 + DNS_RCODE_TEXT_MAX)
const char *app_seen_fault(const struct app_seen_reply *reply, char text[APP_SEEN_FAULT_MAX]);

/* Whether the record set came, and holds records. */
bool app_seen_has_records(const struct app_seen_rrset *rrset);

#endif
