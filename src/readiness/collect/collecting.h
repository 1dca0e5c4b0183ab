/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of this folder share. Whatever is asked is an operation: it waits for its turn,
 * runs, and ends by itself or with the deadline of the whole. What is known of a domain decides
 * what is asked next: app_stir().
 */
#ifndef GP_APP_COLLECTING_H
#define GP_APP_COLLECTING_H

#include "federation/dialback.h"
#include "federation/rehearsal.h"
#include "control/control.h"
#include "readiness/collect/collect.h"

struct app_op;

struct app_op_type {
    /* Begins; on success app_op_done() follows, not in here. On failure it is given up. */
    enum gp_code (*start)(struct app_op *op, struct gp_err *err);
    /* Nothing will come of it: notes that where its result would have been. why lives in the
     * observations. */
    void (*give_up)(struct app_op *op, const char *why);
    /* Stops it while it runs. */
    void (*cancel)(struct app_op *op);
};

/* Where operations take turns: the resolver, the control socket, an address. */
struct app_lane {
    unsigned running, most;
    struct app_op *waiting, **waiting_end; /* first come, first served */
    struct app_lane *next;                 /* that can go on */
    bool is_ready;                         /* it can: it stands among those */
};

/* The first member of what asks; from calloc(), freed when it ends. */
struct app_op {
    struct app_op *next, **link; /* link: of a running one */
    struct app_collect *collect;
    const struct app_op_type *type;
    struct app_lane *lane;
    struct app_seen_domain *domain; /* that is stirred when it ends; NULL: none */
};

struct app_collect {
    struct app_collect_setup setup;
    app_collect_fn *fn;
    void *arg;
    struct app_observations *seen; /* owned until handed over */
    int64_t started_ms;
    struct app_lane *ready, **ready_end; /* with room, and something that waits; in turn */
    struct app_op *running;
    size_t waiting_count, running_count;
    struct app_seen_domain *stirred, **stirred_end;
    struct gp_timer *deadline; /* owned */
    struct gp_task turn;       /* starts what may start, or ends */
    bool has_failed;           /* no memory for something */
    struct app_lane resolver, control, pings;
    /* Probes that the gateway has been told of, and that it has not been asked about yet; and those
     * that it is still to be told of. */
    unsigned announced_count;
    struct app_seen_probe *unannounced, **unannounced_end;
    struct dns_resolver *unvalidated; /* owned; NULL until a zone is bogus */
    struct gp_map servers, peers;     /* by address: lanes, owned */
    struct fed_session_list sessions;
    struct app_web *web; /* owned; NULL: nothing is fetched, and web_why says why */
    const char *web_why;
    /* The domains of the configuration that are not checked; in the observations' arena. */
    const struct app_domain **unchecked;
    size_t unchecked_count;
    struct dns_route_settings route;
    struct app_lane https;
    struct app_lane callings;
    struct fed_rehearsal *rehearsal;  /* owned; NULL until one is needed */
    struct gp_addr authority;         /* where it listens */
    struct fed_tls *probe_domain_tls; /* owned; NULL: there is no probe domain */
};

/* Queues an operation; takes it. NULL op: there was no memory for it, and collecting fails. */
void app_op_add(struct app_collect *collect, struct app_op *op, const struct app_op_type *type,
                struct app_lane *lane);

/* It has ended and noted its result. Frees it. */
void app_op_done(struct app_op *op);

/* Something came that the domain may go on with: app_advance() follows in the next turn. */
void app_stir(struct app_collect *collect, struct app_seen_domain *domain);

/* The lane of an address, made when there is none. NULL when there is no memory. */
struct app_lane *app_lane_of(struct gp_map *lanes, const struct gp_addr *addr, unsigned most);

/* A copy that lives as long as the observations, escaped; "" when there is no memory. */
const char *app_keep(struct app_collect *collect, const char *text);

/* first.c: begins. False when there is no memory. */
bool app_ask_first(struct app_collect *collect);

/* dns.c: asks the resolver for a record set, and for the zone that it lives in; once for
 * each. NULL when there is no memory. */
struct app_seen_rrset *app_want_rrset(struct app_collect *collect, const struct dns_name *name,
                                      enum dns_type type);

/* The same without a look at its zone and the servers there. */
struct app_seen_rrset *app_want_answer(struct app_collect *collect, const struct dns_name *name,
                                       enum dns_type type);

/* Stirs the domain when the record set has come, unless it has. rrset NULL: there was no memory for
 * it. */
void app_await(struct app_collect *collect, struct app_seen_domain *domain,
               struct app_seen_rrset *rrset);

/* parent.c: asks servers of the parent who serves the zone; once for each zone. */
void app_want_referrals(struct app_collect *collect, struct app_seen_zone *zone);

/* Whoever asks a server: questions to one address at a time, and for one, with its retries. */
#define APP_PER_SERVER_MAX 4
#define APP_ASK_TIMEOUT_MS 6000

/* ask.c: asks one server. */
typedef void app_ask_then_fn(struct app_collect *collect, struct app_seen_rrset *rrset);

struct app_ask {
    struct gp_addr server;
    struct app_seen_zone *zone; /* that it serves; NULL: it is a resolver */
    enum dns_transport transport;
    const struct dns_name *name;
    enum dns_type type;
    unsigned wishes;              /* enum dns_wish */
    app_ask_then_fn *then;        /* called when its reply has been noted; may be NULL */
    struct app_seen_rrset *rrset; /* for it */
};

/* what: for the call. into lives in the observations. */
void app_ask(struct app_collect *collect, const struct app_ask *what, struct app_seen_reply *into);

/* servers.c: asks all servers of its zone for a record set, when both are known. */
void app_ask_servers(struct app_collect *collect, struct app_seen_rrset *rrset);

/* held.c: asks the public resolvers for a record set, once all servers have said the same.
 */
void app_ask_resolvers(struct app_collect *collect, struct app_seen_rrset *rrset);

/* endpoints.c: looks at what is known by now of a domain and asks what follows from it. */
void app_advance(struct app_collect *collect, struct app_seen_domain *domain);

/* probes.c */
void app_want_probes(struct app_collect *collect, struct app_seen_domain *domain,
                     struct app_seen_endpoint *endpoint);
/* One more probe where that of a partner went, of a kind that belongs to the rehearsal. */
void app_want_rehearsal_probe(struct app_collect *collect, const struct app_seen_probe *partner,
                              enum app_probe_kind kind);

/* rehearsal.c: begins when the domain's addresses have been looked at; goes on when the
 * gateway knows the stand-in. */
void app_advance_rehearsal(struct app_collect *collect, struct app_seen_domain *domain);
void app_rehearse(struct app_collect *collect, struct app_seen_domain *domain);
/* Whether all probes of the kind have ended, and no more will come. */
bool app_are_probes_over(const struct app_seen_domain *domain, enum app_probe_kind kind);
/* X4: what those say together that were asked about the key: the worst. */
enum fed_verdict app_rehearsal_verdict(const struct app_seen_domain *domain);
/* One more probe of each address at which that of a partner passes the test. */
typedef bool app_probe_test_fn(const struct app_domain *config, const struct app_seen_probe *probe);
void app_probe_each(struct app_collect *collect, struct app_seen_domain *domain,
                    enum app_probe_kind kind, app_probe_test_fn *test);
/* Makes collect->rehearsal. Errors: as fed_rehearsal_create(). */
GP_MUST_USE enum gp_code app_rehearsal_open(struct app_collect *collect, struct gp_err *err);

/* probe_domain.c: listens for the probe domain, and looks whether DNS leads there; the first thing
 * of all. Errors: as app_collect_start(). */
GP_MUST_USE enum gp_code app_probe_domain_open(struct app_collect *collect, struct gp_err *err);
/* Goes through dialback with the domain's servers, at its turn. */
void app_want_calling(struct app_collect *collect, struct app_seen_domain *domain);
/* Goes on with it, if it is under way. */
void app_advance_calling(struct app_collect *collect, struct app_seen_domain *domain);
/* What is asked of whoever is found on the way to the probe domain: about a key that nobody knows
 * but the check. question holds what setup borrows. */
struct app_own_question {
    struct dns_domain as;
    char id[GP_RND_ID_MAX], key[FED_DIALBACK_KEY_MAX];
};
void app_ask_own(const struct app_collect *collect, struct fed_probe_setup *setup,
                 struct app_own_question *question);
/* A ping, which wants an answer over a stream of the domain's own (XEP-0199). */
#define APP_CALL_MAX (2 * DNS_DOMAIN_UNICODE_MAX + 128)
void app_put_call(const struct app_collect *collect, const struct dns_domain *domain,
                  char out[APP_CALL_MAX]);

/* keys.c: asks each address for the key that it serves. False when there is no memory. */
bool app_want_keys(struct app_collect *collect);
/* partners.c: looks at every configured partner. */
void app_want_partners(struct app_collect *collect);
/* The way there as the policy has it, and a look at each address on it. NULL partner: there was no
 * memory for it, and collecting fails. */
void app_want_way(struct app_collect *collect, struct app_seen_partner *partner,
                  const struct fed_partner *policy);

/* web.c: makes collect->web; fetches what a domain publishes over HTTPS. */
void app_web_begin(struct app_collect *collect);
void app_want_documents(struct app_collect *collect, struct app_seen_domain *domain);

/* Of an announced probe nothing more will be asked of the gateway: another one can be announced. */
void app_probe_told(struct app_collect *collect);

/* gateway.c */
void app_want_status(struct app_collect *collect);
void app_want_login(struct app_collect *collect, struct app_seen_domain *domain);
/* Announces the stand-in of a rehearsal, then app_rehearse(); and has the gateway send its key
 * there. */
void app_want_stand_in(struct app_collect *collect, struct app_seen_domain *domain);
void app_want_key(struct app_collect *collect, struct app_seen_domain *domain);
/* Has the gateway send a ping there, as the first domain. */
void app_want_ping(struct app_collect *collect, struct app_seen_partner *partner);
/* Announces a probe's token, then calls on. The probe has no token by then if the gateway refused
 * it. */
typedef void app_probe_then_fn(struct app_collect *collect, struct app_seen_probe *probe);
void app_want_expect(struct app_collect *collect, struct app_seen_probe *probe,
                     app_probe_then_fn *then);
void app_want_seen(struct app_collect *collect, struct app_seen_probe *probe);

#endif
