/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Observations for judging, made without a network. Everything is right at first: alpha.example on
 * the host gw1, two name servers, one address of each family, a running gateway. A test then breaks
 * what it wants to see found.
 */
#ifndef GP_TESTS_READINESS_FIXTURE_H
#define GP_TESTS_READINESS_FIXTURE_H

#include "readiness/plan.h"
#include "readiness/report/report.h"

#define FX_STARTTLS_SRV "_xmpp-server._tcp.alpha.example"
#define FX_DIRECT_SRV   "_xmpps-server._tcp.alpha.example"
#define FX_ZONE         "alpha.example"
#define FX_HOST         "gw1.alpha.example"
#define FX_TLSA         "_5269._tcp.gw1.alpha.example"
#define FX_DIRECT_TLSA  "_5270._tcp.gw1.alpha.example"
#define FX_IPV4         "198.51.100.5"
#define FX_IPV6         "2001:db8::5"
#define FX_LEGACY                                            \
    "legacy { host = \"old.alpha.example:5269\"  address = " \
    "198.51.100.7 }"
#define FX_LEGACY_HOST     "old.alpha.example"
#define FX_LEGACY_IPV4     "198.51.100.7"
#define FX_OWN_KEY         "own" /* a key is any text */
#define FX_NOW_S           1800000000
#define FX_DAY_S           86400
#define FX_TTL_S           3600 /* of every record */
#define FX_NEGATIVE_S      600  /* N of the zone */
#define FX_HELD_S          1200 /* that public resolvers keep what they hold */
#define FIXTURE_CHECKS_MAX 128

struct fixture {
    struct app_config *config;
    struct app_observations *seen;
    struct zone_plan *plan;
    struct app_histories *histories; /* NULL: of this run alone */
    struct app_findings *findings;
    enum app_phase phase;
    int64_t now_s;
};

/* The configuration and what the DNS says; options stand in the domain's section, "" for none. */
void fixture_begin(struct fixture *fx, const char *options);

/* Forgets the configuration: only the names of its domains stay. Before the endpoints are made. */
void fixture_make_public(struct fixture *fx);

/* The endpoints, probes and replies that go with it. Between the two the DNS can be changed,
 * afterwards everything. */
void fixture_derive(struct fixture *fx);

/* The SRV records name the legacy gateway of FX_LEGACY alone, and it is there. Before the endpoints
 * are made. */
void fixture_before_switch(struct fixture *fx);

/* The name of the legacy gateway is there, and no service record names it any more. */
void fixture_legacy_in_dns(struct fixture *fx);

/* Of all checks, or of those in wanted. */
void fixture_judge(struct fixture *fx, const bool *wanted);
void fixture_end(struct fixture *fx);

/* Record data, from the observations' arena. */
struct dns_rdata fixture_srv(struct fixture *fx, uint16_t priority, uint16_t port,
                             const char *target);
struct dns_rdata fixture_ns(struct fixture *fx, const char *host);
struct dns_rdata fixture_addr(struct fixture *fx, const char *text);
struct dns_rdata fixture_tlsa(struct fixture *fx, uint8_t usage, uint8_t selector, uint8_t matching,
                              const char *key);

struct dns_rdata fixture_caa(struct fixture *fx, uint8_t flags, const char *tag, const char *value);
/* A key of the zone, as a DNSKEY record, and the DS record for it. */
struct dns_rdata fixture_dnskey(struct fixture *fx, const char *key);
struct dns_rdata fixture_ds(struct fixture *fx, const char *key);

/* What the validating resolver says of a name and type. */
void fixture_set(struct fixture *fx, const char *name, enum dns_type type,
                 enum dns_security security, const struct dns_rdata *records, size_t count);
void fixture_fail(struct fixture *fx, const char *name, enum dns_type type,
                  enum dns_security security, const char *reason);
/* The same of what is none of the records that the check is about. */
void fixture_set_aside(struct fixture *fx, const char *name, enum dns_type type,
                       enum dns_security security, const struct dns_rdata *records, size_t count);
void fixture_alias(struct fixture *fx, const char *name, enum dns_type type, const char *canonical,
                   const struct dns_rdata *records, size_t count);

void fixture_set_srv(struct fixture *fx, const char *owner, uint16_t port, const char *target);
void fixture_remove(struct fixture *fx, const char *owner, enum dns_type type);
void fixture_make_insecure(struct fixture *fx, const char *owner, enum dns_type type);
void fixture_forget(struct fixture *fx, const char *owner, enum dns_type type);

/* What is known of the past: of this run, and what is told here, once everything is derived. */
struct app_histories *fixture_histories(struct fixture *fx);
/* What all name servers said of a record set before, until span_s ago; "" is a denial. Again: what
 * they said before that. */
void fixture_before(struct fixture *fx, const char *name, enum dns_type type, const char *text,
                    uint32_t ttl_s, int64_t span_s);
/* The first of what they are known to have said, they have said for this long. */
void fixture_since(struct fixture *fx, const char *name, enum dns_type type, int64_t span_s);
/* All that is said now they have said for a month; service records with this TTL. */
void fixture_known_for_long(struct fixture *fx, uint32_t srv_ttl_s);
/* A name server could not be reached, this long ago. */
void fixture_silence(struct fixture *fx, const char *name, enum dns_type type, int64_t span_s);

/* The name lives in a zone of its own, with one name server. */
struct app_seen_zone *fixture_cut(struct fixture *fx, const char *name, enum dns_type type,
                                  const char *apex);

/* Pieces to break. */
struct app_seen_rrset *fixture_rrset(struct fixture *fx, const char *name, enum dns_type type);
struct app_seen_domain *fixture_domain(struct fixture *fx);
/* The probe as a partner of the first endpoint with that port, over that family. */
struct app_seen_probe *fixture_probe(struct fixture *fx, uint16_t port, enum gp_family family);
/* The probe as a partner of the endpoint with that host and port, IPv4; of any role. */
struct app_seen_probe *fixture_probe_of(struct fixture *fx, const char *host, uint16_t port);
struct app_seen_probe *fixture_add_probe(struct fixture *fx, struct app_seen_probe *beside,
                                         enum app_probe_kind kind);
/* The probe came no further than this, and why. */
void fixture_stop_at(struct app_seen_probe *probe, enum fed_probe_stage stage,
                     enum fed_close reason, const char *detail);
void fixture_set_key(struct app_seen_probe *probe, const char *key);
void fixture_set_name(struct app_seen_probe *probe, const char *name);
/* One more certificate of the chain, with that key. */
void fixture_add_authority(struct app_seen_probe *probe, const char *key);

struct dns_name fixture_name(const char *text);

#endif
