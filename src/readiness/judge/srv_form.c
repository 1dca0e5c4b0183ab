/* SPDX-License-Identifier: BSD-2-Clause */
/* V13, V14, B3: service records as such: do they hang together on each server, are they written as
 * one would write them (RFC 2782), and are there some of former days? */
#include "readiness/judge/judging.h"

/* In the order in which findings name them. */
static const enum dns_service services[] = {DNS_SERVICE_STARTTLS, DNS_SERVICE_DIRECT_TLS};
static const enum dns_type address_types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};

static const char *say_srv(struct app_judging *judging, const struct app_seen_rrset *srv)
{
    return app_say_rrset(judging, &srv->owner->name, DNS_TYPE_SRV);
}

/* V13: a server that names a target must know its addresses, if they are in the same zone: a copy
 * of the zone that lacks them is a half-made change. */

enum own_addresses {
    OWN_THERE,
    OWN_MISSING,
    OWN_NOT_SEEN,
    OWN_ELSEWHERE /* the target does not live in the zone */
};

static enum own_addresses addresses_at(struct app_judging *judging,
                                       const struct app_seen_zone *zone,
                                       const struct dns_name *target, size_t server)
{
    bool is_missing = true;
    for (size_t i = 0; i < GP_ARRAY_LEN(address_types); i++) {
        const struct app_seen_rrset *rrset =
            app_observations_rrset(judging->input->seen, target, address_types[i]);
        if (!rrset || rrset->owner->seen != APP_CAME)
            return OWN_NOT_SEEN;
        if (rrset->owner->zone != zone)
            return OWN_ELSEWHERE;
        const struct app_seen_reply *reply = &rrset->replies[server];
        if (app_reply_fault(judging, reply))
            return OWN_NOT_SEEN;
        is_missing = is_missing && reply->count == 0 && !reply->is_alias; /* an alias: V4 */
    }
    return is_missing ? OWN_MISSING : OWN_THERE;
}

struct tally {
    size_t there, not_seen;
    struct app_finding *finding; /* that an address is missing */
};

static void fix_target(struct app_judging *judging, struct app_finding *finding,
                       const struct app_seen_rrset *srv, struct dns_rdata data,
                       const struct dns_name *target, const struct app_domain *domain)
{
    if (!app_host_of(domain, target)) {
        app_fix_remove(judging, finding, &srv->owner->name, DNS_TYPE_SRV, data);
        return;
    }
    for (size_t i = 0; i < GP_ARRAY_LEN(address_types); i++)
        app_fix_publish(judging, finding, target, address_types[i]);
    app_fix(judging, finding, APP_FIX_DO, "see that every server has the whole change (Z2)");
}

static void judge_targets_at(struct app_judging *judging, const struct app_seen_rrset *srv,
                             size_t server, const struct app_domain *domain, struct tally *tally)
{
    const struct app_seen_zone *zone = srv->owner->zone;
    const struct app_seen_reply *reply = &srv->replies[server];
    for (size_t i = 0; i < reply->count; i++) {
        struct dns_srv record;
        if (dns_srv_decode(reply->records[i], &record) != GP_OK ||
            !dns_name_is_within(&record.target, &zone->zone->apex))
            continue;
        enum own_addresses state = addresses_at(judging, zone, &record.target, server);
        tally->there += state == OWN_THERE;
        tally->not_seen += state == OWN_NOT_SEEN;
        if (state != OWN_MISSING)
            continue;
        if (tally->finding) {
            app_show(judging, tally->finding, "neither has %s",
                     app_say_server(judging, zone, &zone->servers[server]));
            continue;
        }
        tally->finding = app_find(
            judging, APP_FAIL, say_srv(judging, srv), "%s has the record %s, and no address of %s",
            app_say_server(judging, zone, &zone->servers[server]), app_say_srv(judging, &record),
            app_say_name(judging, &record.target));
        fix_target(judging, tally->finding, srv, reply->records[i], &record.target, domain);
    }
}

static void judge_targets(struct app_judging *judging, const struct app_seen_rrset *srv,
                          const struct app_domain *domain)
{
    const char *subject = say_srv(judging, srv);
    const struct app_seen_zone *zone = srv->owner->zone;
    struct tally tally = {0};
    if (srv->owner->seen != APP_CAME || !srv->replies) {
        app_find(judging, APP_UNKNOWN, subject, "its zone is not known: %s",
                 srv->owner->seen != APP_CAME ? srv->owner->why : "it was not asked");
        return;
    }
    for (size_t i = 0; i < zone->server_count; i++) {
        if (app_is_out_of_reach(judging, zone, &zone->servers[i]))
            continue;
        if (app_reply_fault(judging, &srv->replies[i]))
            tally.not_seen++;
        else
            judge_targets_at(judging, srv, i, domain, &tally);
    }
    if (tally.finding)
        return;
    if (tally.not_seen > 0 || zone->server_count == 0)
        app_find(judging, APP_UNKNOWN, subject, "not every server of the zone said it (Z1, Z2)");
    else if (tally.there > 0)
        app_find(judging, APP_PASS, subject, "every server that names a target has its addresses");
    else
        app_find(judging, APP_SKIP, subject, "names no target in its own zone");
}

void app_judge_v13(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++)
        judge_targets(judging, seen->srv[services[i]], domain);
}

/* V14 */

static void judge_twice(struct app_judging *judging, const struct app_seen_rrset *srv,
                        struct dns_rdata data, const struct dns_srv *a, const struct dns_srv *b)
{
    if (a->port != b->port || !dns_name_equal(&a->target, &b->target))
        return;
    struct app_finding *finding = app_find(
        judging, APP_WARN, say_srv(judging, srv),
        "names %s:%u twice, as %u %u and as %u %u: partners try it twice when it is away",
        app_say_name(judging, &a->target), a->port, a->priority, a->weight, b->priority, b->weight);
    app_fix_remove(judging, finding, &srv->owner->name, DNS_TYPE_SRV, data);
}

/* RFC 2782: beside others, a record of weight 0 has "a very small chance". */
static void judge_weight(struct app_judging *judging, const struct app_seen_rrset *srv,
                         const struct dns_srv *a, const struct dns_srv *b)
{
    if (a->priority != b->priority || a->weight != 0 || b->weight == 0)
        return;
    struct app_finding *finding = app_find(
        judging, APP_WARN, say_srv(judging, srv),
        "%s:%u has weight 0 beside one of weight %u at priority %u: it is hardly ever tried first",
        app_say_name(judging, &a->target), a->port, b->weight, a->priority);
    app_fix(judging, finding, APP_FIX_DO,
            "give it a weight of its own; or a higher priority number, if it is to be a reserve");
}

/* Of what name servers send, never of what a resolver does, which may have mixed the case itself.
 */
static void judge_case(struct app_judging *judging, const struct app_seen_rrset *srv)
{
    const struct app_seen_zone *zone = srv->owner->zone;
    struct app_finding *finding = NULL;
    for (size_t i = 0; srv->replies && i < zone->server_count; i++) {
        if (!srv->replies[i].has_capitals)
            continue;
        if (!finding) {
            finding = app_find(judging, APP_WARN, say_srv(judging, srv),
                               "a target is written with capital letters: the same name (RFC "
                               "4343), but not to every program that compares it");
            app_fix(judging, finding, APP_FIX_DO, "write it in small letters");
        }
        app_show(judging, finding, "at %s", app_say_server(judging, zone, &zone->servers[i]));
    }
}

/* Where service records stand no wildcard answers (RFC 4592, 3.3.1), so what comes was put there.
 */
static void judge_company(struct app_judging *judging, const struct app_seen_rrset *srv)
{
    static const enum dns_type types[] = {DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_TXT};
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++) {
        const struct app_seen_rrset *beside =
            app_observations_rrset(judging->input->seen, &srv->owner->name, types[i]);
        size_t count = 0;
        const struct dns_rdata *records = beside ? app_seen_records(beside, &count) : NULL;
        if (count == 0 || dns_answer_is_alias(beside->answer))
            continue;
        struct app_finding *finding =
            app_find(judging, APP_WARN, app_say_rrset(judging, &srv->owner->name, types[i]),
                     "stands where partners look for SRV records alone: nobody reads it");
        for (size_t k = 0; k < count; k++)
            app_fix_remove(judging, finding, &srv->owner->name, types[i], records[k]);
    }
}

static void judge_manner(struct app_judging *judging, const struct app_seen_rrset *srv)
{
    const char *subject = say_srv(judging, srv);
    size_t before = judging->found, count = 0;
    const struct dns_rdata *records = app_seen_records(srv, &count);
    struct dns_srv a, b;
    if (srv->seen != APP_CAME || srv->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, subject, "not known: %s", app_say_failure(judging, srv));
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            if (i == k || dns_srv_decode(records[i], &a) != GP_OK ||
                dns_srv_decode(records[k], &b) != GP_OK)
                continue;
            if (k < i)
                judge_twice(judging, srv, records[i], &b, &a);
            if (judging->found == before)
                judge_weight(judging, srv, &a, &b);
        }
    judge_case(judging, srv);
    if (count > 0)
        judge_company(judging, srv);
    if (judging->found == before)
        app_find(judging, APP_PASS, subject, "nothing odd");
}

void app_judge_v14(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    (void)domain;
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++)
        judge_manner(judging, seen->srv[services[i]]);
}

/* B3: names that software of long ago looked up. Whoever still does is sent to where nobody looks
 * after things. */

static void judge_former(struct app_judging *judging, const struct app_seen_domain *seen,
                         const char *labels, enum dns_type type)
{
    const struct app_seen_rrset *lookup = NULL;
    struct dns_name base, owner;
    char text[DNS_FAILURE_TEXT_MAX];
    dns_name_from_domain(&seen->domain, &base);
    if (dns_name_below(labels, &base, &owner) != GP_OK)
        return;
    const char *subject = app_say_rrset(judging, &owner, type);
    lookup = app_observations_rrset(judging->input->seen, &owner, type);
    if (!lookup || lookup->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "was not looked up: %s",
                 lookup ? lookup->why : "the check ended before");
    } else if (lookup->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, subject, "%s",
                 dns_answer_failure_text(lookup->answer, text));
    } else if (lookup->answer->outcome != DNS_RECORDS) {
        app_find(judging, APP_PASS, subject, "does not exist");
    } else {
        struct app_finding *finding =
            app_find(judging, APP_WARN, subject,
                     "is of former days: no standard names it any more, and it is easily forgotten "
                     "when things move");
        for (size_t i = 0; i < lookup->answer->count; i++)
            app_fix_remove(judging, finding, &lookup->answer->canonical, type,
                           lookup->answer->records[i]);
    }
}

void app_judge_b3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    (void)domain;
    judge_former(judging, seen, "_jabber._tcp", DNS_TYPE_SRV);
    judge_former(judging, seen, "_xmppconnect", DNS_TYPE_TXT);
    if (judging->found == 0)
        app_find(judging, APP_SKIP, seen->domain.ascii, "too long to have such names below it");
}
