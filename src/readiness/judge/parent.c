/* SPDX-License-Identifier: BSD-2-Clause */
/* Z4, S5: does the zone above say of a zone what the zone says of itself? */
#include "readiness/judge/judging.h"

#include "dns/ds.h"

/* Z4 */

/* What is found to differ, with the finding that says so once there is one. */
struct difference {
    const struct app_seen_zone *zone;
    struct app_finding *finding;
};

static void differ(struct app_judging *judging, struct difference *difference,
                   const struct app_seen_referral *referral, const char *what)
{
    const struct dns_name *apex = &difference->zone->zone->apex;
    const char *above = app_say_name(judging, &difference->zone->parent->zone->apex);
    if (!difference->finding) {
        difference->finding = app_find(
            judging, APP_WARN, app_say_name(judging, apex),
            "the zone %s delegates to other name servers than the zone itself names", above);
        app_fix(judging, difference->finding, APP_FIX_DO,
                "have the registrar, or whoever runs %s, take over the NS records of %s, with the "
                "addresses of the servers that lie in it",
                above, app_say_name(judging, apex));
    }
    app_show(judging, difference->finding, "%s: %s", app_say_name(judging, referral->server), what);
}

static const struct dns_zone_server *find_server(const struct dns_zone *zone,
                                                 const struct dns_name *name)
{
    for (size_t i = 0; i < zone->server_count; i++)
        if (dns_name_equal(&zone->servers[i].name, name))
            return &zone->servers[i];
    return NULL;
}

static bool is_delegated_to(const struct app_seen_referral *referral, const struct dns_name *name)
{
    for (size_t i = 0; i < referral->server_count; i++)
        if (dns_name_equal(&referral->servers[i], name))
            return true;
    return false;
}

static bool has_glue(const struct app_seen_referral *referral, const struct dns_name *name,
                     const struct gp_addr *addr)
{
    for (size_t i = 0; i < referral->glue_count; i++)
        if (dns_name_equal(&referral->glue[i].name, name) &&
            gp_addr_same_host(&referral->glue[i].addr, addr))
            return true;
    return false;
}

static bool has_address(const struct dns_zone_server *server, const struct gp_addr *addr)
{
    for (size_t i = 0; i < server->address_count; i++)
        if (gp_addr_same_host(&server->addresses[i], addr))
            return true;
    return false;
}

/* Only servers inside of the zone need glue: without it nobody could ask for their addresses (RFC
 * 9471, 2). */
static void compare_glue(struct app_judging *judging, struct difference *difference,
                         const struct app_seen_referral *referral)
{
    const struct dns_zone *zone = difference->zone->zone;
    char text[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct dns_zone_server *server = &zone->servers[i];
        const char *name = app_say_name(judging, &server->name);
        if (!dns_name_is_within(&server->name, &zone->apex) ||
            !is_delegated_to(referral, &server->name))
            continue;
        for (size_t k = 0; k < server->address_count; k++)
            if (!has_glue(referral, &server->name, &server->addresses[k]))
                differ(judging, difference, referral,
                       app_say(judging, "glue is missing: %s %s", name,
                               gp_addr_text(&server->addresses[k], text)));
        for (size_t k = 0; k < referral->glue_count; k++)
            if (dns_name_equal(&referral->glue[k].name, &server->name) &&
                !has_address(server, &referral->glue[k].addr))
                differ(judging, difference, referral,
                       app_say(judging, "stale glue: %s %s", name,
                               gp_addr_text(&referral->glue[k].addr, text)));
    }
}

static void compare(struct app_judging *judging, struct difference *difference,
                    const struct app_seen_referral *referral)
{
    const struct dns_zone *zone = difference->zone->zone;
    for (size_t i = 0; i < referral->server_count; i++)
        if (!find_server(zone, &referral->servers[i]))
            differ(judging, difference, referral,
                   app_say(judging, "delegates to %s, which the zone does not name",
                           app_say_name(judging, &referral->servers[i])));
    for (size_t i = 0; i < zone->server_count; i++)
        if (!is_delegated_to(referral, &zone->servers[i].name))
            differ(judging, difference, referral,
                   app_say(judging, "does not delegate to %s, which the zone names",
                           app_say_name(judging, &zone->servers[i].name)));
    compare_glue(judging, difference, referral);
}

static void judge_delegation(struct app_judging *judging, const struct app_seen_zone *zone)
{
    const char *subject = app_say_name(judging, &zone->zone->apex);
    struct difference difference = {.zone = zone};
    const char *unknown = "no server of the zone above can be asked from here";
    size_t compared = 0, both = 0;
    judging->place = &zone->zone->apex;
    if (dns_name_is_root(&zone->zone->apex)) {
        app_find(judging, APP_SKIP, subject, "nothing stands above the root");
        return;
    }
    if (!zone->parent || zone->parent->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "the zone above is not known: %s",
                 zone->parent ? zone->parent->why : "it was not looked up");
        return;
    }
    for (size_t i = 0; i < zone->referral_count; i++) {
        const struct app_seen_referral *referral = &zone->referrals[i];
        if (referral->seen != APP_CAME) {
            unknown =
                app_say(judging, "%s: %s", app_say_name(judging, referral->server), referral->why);
        } else if (!referral->is_referral) {
            both++;
        } else {
            compared++;
            compare(judging, &difference, referral);
        }
    }
    if (difference.finding)
        return;
    if (compared > 0)
        app_find(judging, APP_PASS, subject, "delegated by %s as it names its servers",
                 app_say_name(judging, &zone->parent->zone->apex));
    else if (both > 0)
        app_find(judging, APP_SKIP, subject,
                 "cannot be told apart: the servers of %s serve this zone, too",
                 app_say_name(judging, &zone->parent->zone->apex));
    else
        app_find(judging, APP_UNKNOWN, subject, "the delegation was not seen: %s", unknown);
}

void app_judge_z4(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next)
        judge_delegation(judging, zone);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no zone is known");
}

/* S5 */

/* A zone's keys, as its servers have them, and what its parent vouches for. */
struct chain {
    const struct app_seen_zone *zone;
    const char *subject;
    const struct app_seen_rrset *keys; /* NULL: not asked for */
    const struct dns_answer *ds;
    bool wants_dane;
};

static bool fits(const struct chain *chain, struct dns_rdata key)
{
    for (size_t i = 0; i < chain->ds->count; i++)
        if (dns_ds_fits(&chain->zone->zone->apex, chain->ds->records[i], key))
            return true;
    return false;
}

static bool any_fits(const struct chain *chain, const struct app_seen_reply *reply)
{
    for (size_t i = 0; i < reply->count; i++)
        if (fits(chain, reply->records[i]))
            return true;
    return false;
}

/* The DS records that the keys want; those that the parent has and that name no key. */
static void fix_chain(struct app_judging *judging, struct app_finding *finding,
                      const struct chain *chain, const struct app_seen_reply *reply)
{
    const struct dns_name *apex = &chain->zone->zone->apex;
    for (size_t i = 0; i < reply->count; i++) {
        uint8_t bytes[DNS_DS_LEN];
        struct dns_dnskey key;
        if (dns_dnskey_decode(reply->records[i], &key) == GP_OK && key.is_zone_key &&
            key.is_entry_point && !fits(chain, reply->records[i]) &&
            dns_ds_make(apex, reply->records[i], bytes) == GP_OK)
            app_fix(judging, finding, APP_FIX_PUBLISH, "%s. IN DS %s", chain->subject,
                    app_say_rdata(judging, DNS_TYPE_DS,
                                  (struct dns_rdata){.at = bytes, .len = sizeof(bytes)}));
    }
    for (size_t i = 0; i < chain->ds->count; i++)
        app_fix_remove(judging, finding, apex, DNS_TYPE_DS, chain->ds->records[i]);
}

/* The first reply with keys; NULL: no server showed any. */
static const struct app_seen_reply *first_keys(const struct chain *chain)
{
    for (size_t i = 0; chain->keys && chain->keys->replies && i < chain->zone->server_count; i++)
        if (chain->keys->replies[i].count > 0)
            return &chain->keys->replies[i];
    return NULL;
}

static void judge_no_ds(struct app_judging *judging, const struct chain *chain)
{
    const struct app_seen_reply *keys = first_keys(chain);
    struct app_finding *finding;
    if (keys) {
        finding = app_find(judging, chain->wants_dane ? APP_FAIL : APP_WARN, chain->subject,
                           "signed, but the zone above has no DS record for it: to everybody else "
                           "it is not signed");
        fix_chain(judging, finding, chain, keys);
        app_fix(judging, finding, APP_FIX_DO, "the record belongs into the zone above");
    } else if (chain->wants_dane) {
        finding = app_find(judging, APP_FAIL, chain->subject,
                           "not signed, though the configuration wants DANE");
        app_fix(judging, finding, APP_FIX_DO,
                "sign the zone and have its DS record published by the zone above; or set \"dane = "
                "no\" for the domain");
    } else {
        app_find(judging, APP_SKIP, chain->subject, "not signed, and no DANE is wanted");
    }
}

static void judge_ds(struct app_judging *judging, const struct chain *chain)
{
    const struct app_seen_zone *zone = chain->zone;
    struct app_finding *finding = NULL;
    const char *unknown = chain->keys && chain->keys->replies ? NULL : "no server was asked";
    for (size_t i = 0; !unknown && i < zone->server_count; i++) {
        const struct app_seen_reply *reply = &chain->keys->replies[i];
        const char *server = app_say_server(judging, zone, &zone->servers[i]);
        const char *fault = app_reply_fault(judging, reply);
        if (app_is_out_of_reach(judging, zone, &zone->servers[i]) || any_fits(chain, reply))
            continue;
        if (fault) {
            unknown = app_say(judging, "%s: %s", server, fault);
            continue;
        }
        if (!finding) {
            finding = app_find(judging, APP_FAIL, chain->subject,
                               "the DS record of the zone above names no key of this zone: it is "
                               "bogus to everybody who validates");
            fix_chain(judging, finding, chain, reply);
        }
        app_show(judging, finding, "%s: %s, none of them named", server,
                 app_say_count(judging, reply->count, "key"));
    }
    if (finding)
        return;
    if (unknown)
        app_find(judging, APP_UNKNOWN, chain->subject, "its keys are not known: %s", unknown);
    else
        app_find(judging, APP_PASS, chain->subject,
                 "%s of the zone above, for a key that every "
                 "server has",
                 app_say_count(judging, chain->ds->count, "DS record"));
}

static void judge_chain(struct app_judging *judging, const struct app_seen_zone *zone,
                        const struct app_domain *domain)
{
    const struct app_observations *seen = judging->input->seen;
    const struct dns_name *apex = &zone->zone->apex;
    const struct app_seen_rrset *ds = app_observations_rrset(seen, apex, DNS_TYPE_DS);
    char text[DNS_FAILURE_TEXT_MAX];
    struct chain chain = {.zone = zone,
                          .subject = app_say_name(judging, apex),
                          .keys = app_observations_rrset(seen, apex, DNS_TYPE_DNSKEY),
                          .wants_dane = domain->wants_dane};
    if (dns_name_is_root(apex)) {
        app_find(judging, APP_SKIP, chain.subject, "the root's key is configured (S1)");
    } else if (!ds || ds->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, chain.subject, "its DS record was not looked up: %s",
                 ds ? ds->why : "the check ended before");
    } else if (ds->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, chain.subject, "%s",
                 dns_answer_failure_text(ds->answer, text));
    } else {
        chain.ds = ds->answer;
        if (chain.ds->count == 0)
            judge_no_ds(judging, &chain);
        else
            judge_ds(judging, &chain);
    }
}

/* A zone of the domain that has been judged. */
struct judged {
    const struct judged *before;
    const struct app_seen_zone *zone;
};

/* The zone that a name lives in, once. */
static void judge_zone_of(struct app_judging *judging, const struct app_seen_rrset *rrset,
                          const struct app_domain *domain, const struct judged **last)
{
    if (!rrset || rrset->owner->seen != APP_CAME)
        return;
    for (const struct judged *at = *last; at; at = at->before)
        if (at->zone == rrset->owner->zone)
            return;
    struct judged *judged = gp_arena_alloc(&judging->findings->arena, sizeof(*judged));
    if (!judged) {
        judging->has_failed = true;
        return;
    }
    *judged = (struct judged){.before = *last, .zone = rrset->owner->zone};
    *last = judged;
    judge_chain(judging, judged->zone, domain);
}

/* Of each name that the domain's partners look up, or will. */
void app_judge_s5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct judged *last = NULL;
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        judge_zone_of(judging, seen->srv[i], domain, &last);
    for (size_t i = 0; i < domain->host_count; i++)
        judge_zone_of(
            judging,
            app_observations_rrset(judging->input->seen, &domain->hosts[i].name, DNS_TYPE_AAAA),
            domain, &last);
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        judge_zone_of(judging, at->addresses[0], domain, &last);
        judge_zone_of(judging, at->tlsa, domain, &last);
    }
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "no zone of it is known");
}
