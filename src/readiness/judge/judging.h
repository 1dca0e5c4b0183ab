/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share: how a check says what it found, and how it walks over what
 * was seen. */
#ifndef GP_APP_JUDGING_H
#define GP_APP_JUDGING_H

#include "readiness/judge/check.h"

#include <stdarg.h>

#define APP_CHECK(id, step, scope, severity, phases, title, function) app_judge_fn function;
#include "readiness/judge/checks.def"
#undef APP_CHECK

struct app_judging {
    const struct app_judge_input *input;
    const struct app_check *check;   /* the row that is being judged */
    const struct dns_domain *domain; /* NULL with APP_ALL_AT_ONCE */
    const struct dns_name *place;    /* as in a finding, of what is looked at just now */
    const char *endpoint;            /* likewise */
    struct app_findings *findings;
    struct app_finding **end; /* where the next finding goes */
    size_t found;             /* by this row, about this domain */
    bool has_failed;          /* no memory */
};

/* Text in the findings' arena; "" when there is no memory. */
#define APP_SAY_MAX 20000 /* a TLSA record with a whole certificate is the longest */
const char *app_say(struct app_judging *judging, const char *format, ...) GP_PRINTF(2, 3);
const char *app_say_list(struct app_judging *judging, const char *format, va_list args)
    GP_PRINTF(2, 0);
const char *app_say_name(struct app_judging *judging, const struct dns_name *name);
const char *app_say_time(struct app_judging *judging, int64_t wall_s);
/* "1 d 2 h" */
const char *app_say_span(struct app_judging *judging, int64_t span_s);

/* "_xmpp-server._tcp.alpha.example SRV" */
const char *app_say_rrset(struct app_judging *judging, const struct dns_name *owner,
                          enum dns_type type);
const char *app_say_rdata(struct app_judging *judging, enum dns_type type, struct dns_rdata data);
/* Why a record set is not to be had: it was not looked up, or its lookup failed. */
const char *app_say_failure(struct app_judging *judging, const struct app_seen_rrset *rrset);
/* What makes a wait as long as it is: "TTL of 86400 s, served until 2026-11-23T09:02:00Z" */
const char *app_say_wait(struct app_judging *judging, const struct zone_wait *wait);
/* "1 record", "3 records" */
const char *app_say_count(struct app_judging *judging, size_t count, const char *noun);

/* A new finding. NULL when there is no memory, which the functions below take. subject lives in the
 * arena. */
struct app_finding *app_find(struct app_judging *judging, enum app_status status,
                             const char *subject, const char *format, ...) GP_PRINTF(4, 5);
/* The same with APP_WAIT: the sentence goes on with the time. */
struct app_finding *app_wait(struct app_judging *judging, int64_t until_s, const char *subject,
                             const char *format, ...) GP_PRINTF(4, 5);
void app_show(struct app_judging *judging, struct app_finding *finding, const char *format, ...)
    GP_PRINTF(3, 4);
void app_fix(struct app_judging *judging, struct app_finding *finding, enum app_fix_kind kind,
             const char *format, ...) GP_PRINTF(4, 5);

/* Without the journal nothing is known of the past. */
void app_fix_journal(struct app_judging *judging, struct app_finding *finding);

/* The planned records of a set that are not published yet, each as a line to publish. */
void app_fix_publish(struct app_judging *judging, struct app_finding *finding,
                     const struct dns_name *owner, enum dns_type type);
/* All planned records of a set, published or not. */
void app_fix_publish_all(struct app_judging *judging, struct app_finding *finding,
                         const struct dns_name *owner, enum dns_type type);
/* A published record as a line to remove. */
void app_fix_remove(struct app_judging *judging, struct app_finding *finding,
                    const struct dns_name *owner, enum dns_type type, struct dns_rdata data);

/* "gw1.alpha.example:5269" */
const char *app_say_endpoint(struct app_judging *judging, const struct app_seen_endpoint *endpoint);
/* "gw1.alpha.example:5269 at 198.51.100.5" */
const char *app_say_probe(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe);

/* seen_from.c: whether a connection that failed leads to an address of ours that this machine,
 * behind the same translation of addresses, may be unable to reach though everybody else can. */
bool app_is_hairpin(const struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_probe *probe, const struct app_domain *domain);

/* Whether this machine could reach such an address, as far as its own addresses tell. */
bool app_can_reach(const struct app_judging *judging, const struct gp_addr *addr);

/* What the configuration has of a host of the domain; NULL when it is none of its hosts. */
const struct app_host *app_host_of(const struct app_domain *domain, const struct dns_name *name);
/* Its port for a service, 0 when it does not offer it. */
uint16_t app_port_of(const struct app_host *host, enum dns_service service);
bool app_offers(const struct app_domain *domain, enum dns_service service);

/* Whether there is no configuration: the domain may be anybody's, on any server. */
bool app_is_public(const struct app_judging *judging);

/* What V1 and V2, V6, and V10 find then (public.c); the answers have come. */
void app_judge_public_service(struct app_judging *judging, const struct app_seen_domain *seen,
                              enum dns_service service);
void app_judge_public_denial(struct app_judging *judging, const struct app_seen_domain *seen,
                             enum dns_service service);
void app_judge_public_halves(struct app_judging *judging, const struct app_seen_domain *seen);

/* Whose an endpoint is (systems.c): by the name, else by an address. */
enum app_system {
    APP_SYSTEM_OURS,
    APP_SYSTEM_LEGACY, /* what the domain's legacy section has */
    APP_SYSTEM_FOREIGN
};
enum app_system app_system_of(const struct app_domain *domain,
                              const struct app_seen_endpoint *endpoint);
bool app_host_has(const struct app_host *host, const struct gp_addr *addr);
/* Of some host of the domain; of the legacy gateway alone. */
bool app_is_our_address(const struct app_domain *domain, const struct gp_addr *addr);
bool app_is_legacy_address(const struct app_domain *domain, const struct gp_addr *addr);
bool app_is_legacy_name(const struct app_domain *domain, const struct dns_name *name);

/* Whether DNS leads partners there now. */
bool app_is_published(const struct app_seen_endpoint *endpoint);
/* Whether it is, or is to be, an endpoint that serves the domain in the end. */
bool app_is_to_serve(const struct app_domain *domain, const struct app_seen_endpoint *endpoint);
/* Whether some published endpoint is of the system. */
bool app_leads_to(const struct app_seen_domain *seen, const struct app_domain *domain,
                  enum app_system system);
/* Whether the phase and DNS agree that the switch is still to come: something is to be replaced,
 * and nothing of ours is published yet. */
bool app_is_before_switch(const struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct app_domain *domain);
/* "published", "planned", "legacy"; NULL: none of them. */
const char *app_endpoint_kind(const struct app_domain *domain,
                              const struct app_seen_endpoint *endpoint);

/* Whether the key that a probe was shown is that of the domain's certificate. */
bool app_is_our_key(const struct fed_probe_result *result, const struct app_domain *domain);
/* Whether both were shown the same key; not, when one was shown none. */
bool app_is_same_key(const struct fed_probe_result *a, const struct fed_probe_result *b);

/* How the certificate that a probe was shown stands for the domain that it asked for. */
enum fed_identity app_identity_of(const struct app_seen_endpoint *endpoint,
                                  const struct app_seen_probe *probe);

/* Whether nobody but DANE vouches for the certificate, on purpose: it is signed by itself. */
bool app_is_dane_only(const struct fed_tls_facts *tls);

/* The SRV record of an endpoint as it is published. */
const char *app_say_srv(struct app_judging *judging, const struct dns_srv *srv);

/* The probe of the kind that went to the same address; NULL when there is none. */
const struct app_seen_probe *app_sibling_probe(const struct app_seen_probe *probe,
                                               enum app_probe_kind kind);

/* Whether the probe got as far as its service's protocol can be recognised. */
bool app_speaks(const struct app_seen_probe *probe);

/* Whether both services could be looked up. */
bool app_are_services_known(const struct app_seen_domain *seen);

/* Finds that there is no target to look at: SKIP when DNS says so, UNKNOWN when it did not say. */
void app_find_no_target(struct app_judging *judging, const struct app_seen_domain *seen);

/* zone.c */

/* "alpha.example: ns1.example at 192.0.2.1" */
const char *app_say_server(struct app_judging *judging, const struct app_seen_zone *zone,
                           const struct app_seen_server *server);
/* "10 0 5269 gw1.alpha.example."; "nothing", "an alias" */
const char *app_say_reply(struct app_judging *judging, const struct app_seen_rrset *rrset,
                          const struct app_seen_reply *reply);
/* What is wrong with a reply as that of an authoritative server; NULL: nothing is. */
const char *app_reply_fault(struct app_judging *judging, const struct app_seen_reply *reply);
/* This machine cannot try the address, but the server answers on another one. */
bool app_is_out_of_reach(const struct app_judging *judging, const struct app_seen_zone *zone,
                         const struct app_seen_server *server);

/* called.c: X3 with a probe domain; and X4, as far as the key. True: it has come, and what is said
 * about it is to be judged. */
void app_judge_called_x3(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_domain *domain);
bool app_judge_called_x4(struct app_judging *judging, const struct app_seen_domain *seen);

/* dane.c */

/* Calls fn once for each set of TLSA records, whatever endpoints share it. */
typedef void app_tlsa_fn(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_seen_endpoint *endpoint, const struct app_domain *domain);
void app_each_tlsa_set(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_domain *domain, app_tlsa_fn *fn);
/* False: the records are not to be had, and that was found. */
bool app_is_tlsa_known(struct app_judging *judging, const struct app_seen_rrset *tlsa,
                       const char *subject);
/* Whether the record stands for what the probe was shown, whatever else must be right for it to
 * count. */
bool app_tlsa_matches(const struct dns_tlsa *tlsa, const struct fed_probe_result *result);

/* Judges one probe; is called with those that came at least to the stage that app_each_probe() was
 * told. */
typedef void app_probe_fn(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain);

/* Which endpoints a check looks at. */
enum app_walk_over {
    APP_OVER_SERVING,   /* that are to serve the domain in the end */
    APP_OVER_PUBLISHED, /* that DNS names now, whoever's they are */
    APP_OVER_LEGACY     /* of the gateway that is replaced */
};

/* Which probes a check looks at. */
struct app_probe_walk {
    enum app_walk_over over;
    enum app_probe_kind kind;
    enum fed_probe_stage stage; /* those that did not come so far are UNKNOWN */
    bool direct_tls_only, starttls_only;
    app_probe_fn *fn;
};

/* Finds UNKNOWN, with the reason, where there is
 * nothing to look at. */
void app_each_probe(struct app_judging *judging, const struct app_seen_domain *seen,
                    const struct app_domain *domain, const struct app_probe_walk *walk);

#endif
