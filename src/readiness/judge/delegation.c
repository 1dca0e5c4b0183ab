/* SPDX-License-Identifier: BSD-2-Clause */
/* Z3, Z7, Z8: the zones themselves: one version everywhere, which of them holds what, and whether
 * the records that come are those that were put there. */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"

/* Z3: the serials may differ for a while, or with several primaries for good; Z2 decides. */

static void judge_serials(struct app_judging *judging, const struct app_seen_zone *zone)
{
    const char *apex = app_say_name(judging, &zone->zone->apex);
    const struct app_seen_server *first = NULL;
    struct app_finding *finding = NULL;
    const char *unknown = NULL;
    judging->place = &zone->zone->apex;
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_seen_server *server = &zone->servers[i];
        const struct app_seen_reply *soa = &server->soa[DNS_UDP];
        const char *fault = app_reply_fault(judging, soa);
        if (app_is_out_of_reach(judging, zone, server))
            continue;
        if (fault) {
            unknown = app_say(judging, "%s: %s", app_say_server(judging, zone, server), fault);
            continue;
        }
        if (!first)
            first = server;
        if (soa->serial == first->soa[DNS_UDP].serial)
            continue;
        if (!finding)
            finding = app_find(judging, APP_WARN, apex,
                               "its servers have different serials; Z2 says whether that matters");
        app_show(judging, finding, "%s: %u", app_say_server(judging, zone, server), soa->serial);
    }
    if (finding) {
        app_show(judging, finding, "%s: %u", app_say_server(judging, zone, first),
                 first->soa[DNS_UDP].serial);
        app_fix(judging, finding, APP_FIX_DO,
                "see that every change reaches all servers (notify, zone transfers)");
    } else if (unknown || !first) {
        app_find(judging, APP_UNKNOWN, apex, "not every serial is known: %s",
                 unknown ? unknown : "no name server has an address");
    } else {
        app_find(judging, APP_PASS, apex, "serial %u, wherever it was asked",
                 first->soa[DNS_UDP].serial);
    }
}

void app_judge_z3(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next)
        judge_serials(judging, zone);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no zone is known");
}

/* Z7: a change that has to be made in several zones, perhaps by several people. */

#define CUTS_MAX 8 /* zones of one domain that are named */

struct cuts {
    size_t count;
    const struct app_seen_zone *zones[CUTS_MAX];
    const char *names[CUTS_MAX];       /* that live there */
    const struct app_seen_owner *lost; /* one whose zone is not known */
};

static void place(struct app_judging *judging, struct cuts *cuts, const struct dns_name *name)
{
    const struct app_seen_owner *owner = app_observations_owner(judging->input->seen, name);
    size_t i = 0;
    if (!owner)
        return;
    if (owner->seen != APP_CAME) {
        cuts->lost = owner;
        return;
    }
    while (i < cuts->count && cuts->zones[i] != owner->zone)
        i++;
    if (i == CUTS_MAX)
        return;
    const char *text = app_say_name(judging, name);
    if (i == cuts->count) {
        cuts->zones[cuts->count++] = owner->zone;
        cuts->names[i] = text;
    } else {
        cuts->names[i] = app_say(judging, "%s, %s", cuts->names[i], text);
    }
}

static bool has_server(const struct app_seen_zone *zone, const struct dns_name *name)
{
    for (size_t i = 0; i < zone->zone->server_count; i++)
        if (dns_name_equal(&zone->zone->servers[i].name, name))
            return true;
    return false;
}

static bool is_other_operator(const struct app_seen_zone *a, const struct app_seen_zone *b)
{
    for (size_t i = 0; i < a->zone->server_count; i++)
        if (has_server(b, &a->zone->servers[i].name))
            return false;
    return true;
}

void app_judge_z7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const char *subject = seen->domain.ascii;
    struct cuts cuts = {0};
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        place(judging, &cuts, &seen->srv[DNS_SERVICE_COUNT - 1 - i]->owner->name);
    for (size_t i = 0; i < domain->host_count; i++)
        place(judging, &cuts, &domain->hosts[i].name);
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->tlsa && app_is_to_serve(domain, at))
            place(judging, &cuts, &at->tlsa->owner->name);
    if (cuts.lost || cuts.count == 0) {
        app_find(judging, APP_UNKNOWN, subject, "the zone of %s is not known: %s",
                 cuts.lost ? app_say_name(judging, &cuts.lost->name) : subject,
                 cuts.lost ? cuts.lost->why : "it was not looked up");
        return;
    }
    if (cuts.count == 1) {
        app_find(judging, APP_PASS, subject, "all its names live in the zone %s",
                 app_say_name(judging, &cuts.zones[0]->zone->apex));
        return;
    }
    struct app_finding *finding = app_find(judging, APP_WARN, subject,
                                           "its names live in %zu zones: each wants its own "
                                           "change, and they do not come at the same moment",
                                           cuts.count);
    for (size_t i = 0; i < cuts.count; i++)
        app_show(judging, finding, "in %s%s: %s", app_say_name(judging, &cuts.zones[i]->zone->apex),
                 i > 0 && is_other_operator(cuts.zones[0], cuts.zones[i])
                     ? ", on other name servers"
                     : "",
                 cuts.names[i]);
    app_fix(judging, finding, APP_FIX_DO,
            "give each zone its own part of what \"gatepost export\" prints; targets, addresses "
            "and TLSA records first");
}

/* Z8: an answer that nobody wrote for this name: it stands for any other name as well, and the next
 * record that is put below it hides it (RFC 4592, 2.2). */

/* "a wildcard", "a DNAME above it"; NULL: the record is the name's own, or there is none. */
static const char *origin_of(const struct app_seen_rrset *rrset, size_t server)
{
    const struct app_seen_reply *reply = &rrset->replies[server];
    if (!app_seen_is_word(reply) || (reply->count == 0 && !reply->is_alias))
        return NULL;
    if (reply->is_dname)
        return "a DNAME above it";
    return app_is_by_wildcard(rrset, server) ? "a wildcard" : NULL;
}

static bool is_as_planned(const struct app_judging *judging, const struct app_seen_rrset *rrset,
                          const struct app_seen_reply *reply)
{
    return !reply->is_alias && app_is_planned(judging->input->plan, &rrset->owner->name,
                                              rrset->type, reply->records, reply->count);
}

static void judge_origin(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    const struct app_seen_zone *zone = rrset->owner->zone;
    struct app_finding *finding = NULL;
    size_t came = 0;
    if (rrset->owner->seen != APP_CAME || !rrset->replies) {
        app_find(judging, APP_UNKNOWN, subject, "its zone is not known: %s",
                 rrset->owner->seen != APP_CAME ? rrset->owner->why : "it was not asked");
        return;
    }
    for (size_t i = 0; i < zone->server_count; i++) {
        const char *origin = origin_of(rrset, i);
        came += app_seen_is_word(&rrset->replies[i]) &&
                (!rrset->siblings || app_seen_is_word(&rrset->siblings[i]));
        if (!origin)
            continue;
        if (!finding) {
            finding = app_find(
                judging, is_as_planned(judging, rrset, &rrset->replies[i]) ? APP_WARN : APP_FAIL,
                subject, "does not exist itself: %s answers for it", origin);
            app_fix_publish(judging, finding, &rrset->owner->name, rrset->type);
            app_fix(judging, finding, APP_FIX_DO,
                    "put the records of %s there as its own, or take %s away", subject, origin);
        }
        app_show(judging, finding, "%s: %s", app_say_server(judging, zone, &zone->servers[i]),
                 origin);
    }
    if (finding)
        return;
    if (came == 0)
        app_find(judging, APP_UNKNOWN, subject, "no server has said it (Z1)");
    else
        app_find(judging, APP_PASS, subject, "nothing else answers for it");
}

static void judge_tlsa_origin(struct app_judging *judging, const struct app_seen_domain *seen,
                              const struct app_seen_endpoint *endpoint,
                              const struct app_domain *domain)
{
    (void)seen;
    (void)domain;
    judge_origin(judging, endpoint->tlsa);
}

void app_judge_z8(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        judge_origin(judging, seen->srv[DNS_SERVICE_COUNT - 1 - i]);
    app_each_tlsa_set(judging, seen, domain, judge_tlsa_origin);
}
