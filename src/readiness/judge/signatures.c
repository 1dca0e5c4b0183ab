/* SPDX-License-Identifier: BSD-2-Clause */
/* S1, S6, S7, S8: does validation work, for how long, for what is not there, and why does it fail?
 */
#include "readiness/judge/judging.h"

#define DAY_S         86400
#define FEW_DAYS_S    (3 * DAY_S)
#define PROPAGATION_S 3600 /* until the last server has what is published now */

/* S1: the resolver is our own, with a trust anchor that it would not start without; this is whether
 * it comes to anything. */

static bool is_anything_secure(const struct app_observations *seen)
{
    for (const struct app_seen_rrset *at = seen->rrsets; at; at = at->next)
        if (at->seen == APP_CAME && at->answer->security == DNS_SECURE)
            return true;
    return false;
}

static bool is_dane_wanted(const struct app_judge_input *input)
{
    for (const struct app_seen_domain *at = input->seen->domains; at; at = at->next)
        if (app_config_domain(input->config, &at->domain)->wants_dane)
            return true;
    return false;
}

void app_judge_s1(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    const struct app_judge_input *input = judging->input;
    const struct app_seen_rrset *root = NULL;
    struct app_finding *finding;
    char text[DNS_FAILURE_TEXT_MAX];
    struct dns_name name;
    (void)none;
    (void)domain;
    if (dns_name_from_text(".", &name) == GP_OK)
        root = app_observations_rrset(input->seen, &name, DNS_TYPE_SOA);
    if (!root || root->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, "resolver", "was not tried: %s",
                 root ? root->why : "the check ended before");
    } else if (root->answer->security == DNS_BOGUS) {
        finding = app_find(judging, APP_FAIL, "resolver",
                           "cannot validate: to it even the root is bogus");
        app_show(judging, finding, "%s", dns_answer_failure_text(root->answer, text));
        app_fix(judging, finding, APP_FIX_DO,
                "see that this machine's clock is right, that trust-anchor-file is the root's "
                "present key, and that every server of \"forward\" passes DNSSEC records on");
    } else if (root->answer->outcome == DNS_FAILED) {
        finding = app_find(judging, APP_UNKNOWN, "resolver",
                           "cannot look up even the root: what else is not known may come of it");
        app_show(judging, finding, "%s", dns_answer_failure_text(root->answer, text));
        app_fix(judging, finding, APP_FIX_DO,
                "let this machine ask every name server (UDP and TCP, port 53), or name a "
                "resolver that it may ask: resolver { forward }, with --public --forward");
    } else if (root->answer->security == DNS_SECURE) {
        app_find(judging, APP_PASS, "resolver", "validates: the root's records are secure");
    } else if (is_anything_secure(input->seen)) {
        app_find(judging, APP_PASS, "resolver",
                 "validates, by another trust anchor than the root's");
    } else {
        finding = app_find(judging, is_dane_wanted(input) ? APP_FAIL : APP_WARN, "resolver",
                           "has validated nothing: no trust anchor leads to any of the names");
        app_fix(judging, finding, APP_FIX_DO,
                "let trust-anchor-file hold the key of the root, or of a zone above the domains");
    }
}

/* S6: signatures end, and a server that no longer gets the zone goes on serving them. */

/* What one server shows, and the signature on it that ends first. */
struct horizon {
    const struct app_seen_rrset *first, *without;
    int64_t until_s, needed_s;
    const char *unknown;
};

/* Whoever fetches the records at the end of a switch may use them for their TTL (timeline, rule
 * 10). */
static int64_t needed_until(int64_t now_s, const struct app_seen_reply *reply)
{
    return now_s + PROPAGATION_S + reply->ttl_s;
}

static void take_horizon(struct app_judging *judging, const struct app_seen_rrset *rrset,
                         size_t server, struct horizon *ret)
{
    const struct app_seen_reply *reply = &rrset->replies[server];
    if (!app_seen_is_word(reply)) {
        ret->unknown = app_reply_fault(judging, reply);
    } else if (reply->count > 0 && reply->signed_until_s == 0) {
        ret->without = rrset;
    } else if (reply->count > 0 && (!ret->first || reply->signed_until_s < ret->until_s)) {
        ret->first = rrset;
        ret->until_s = reply->signed_until_s;
        ret->needed_s = needed_until(judging->input->now_s, reply);
    }
}

static struct horizon horizon_of(struct app_judging *judging, const struct app_seen_zone *zone,
                                 size_t server)
{
    struct horizon ret = {0};
    for (const struct app_seen_owner *owner = zone->owners; owner; owner = owner->next_in_zone)
        for (const struct app_seen_rrset *at = owner->rrsets; at; at = at->next_of_owner)
            if (at->replies)
                take_horizon(judging, at, server, &ret);
    return ret;
}

static void fix_signatures(struct app_judging *judging, struct app_finding *finding,
                           const struct app_seen_zone *zone, const struct app_seen_server *server)
{
    app_fix(judging, finding, APP_FIX_DO,
            "sign the zone %s anew (look at the signer's log if that is automatic), and see that "
            "%s gets it",
            app_say_name(judging, &zone->zone->apex), app_say_name(judging, server->name));
}

static void judge_horizon(struct app_judging *judging, const struct app_seen_zone *zone,
                          size_t index)
{
    const struct app_seen_server *server = &zone->servers[index];
    const char *subject = app_say_server(judging, zone, server);
    struct horizon horizon = horizon_of(judging, zone, index);
    int64_t now_s = judging->input->now_s;
    struct app_finding *finding;
    if (app_is_out_of_reach(judging, zone, server))
        return;
    if (horizon.without) {
        finding = app_find(
            judging, APP_FAIL, subject, "serves %s without a signature, though the zone is signed",
            app_say_rrset(judging, &horizon.without->owner->name, horizon.without->type));
        fix_signatures(judging, finding, zone, server);
    } else if (!horizon.first) {
        app_find(judging, APP_UNKNOWN, subject, "showed no signature: %s",
                 horizon.unknown ? horizon.unknown : "it has none of the records");
    } else if (horizon.until_s < horizon.needed_s) {
        finding = app_find(
            judging, APP_FAIL, subject,
            horizon.until_s <= now_s
                ? "serves %s with a signature that ended at %s"
                : "serves %s with a signature that ends at %s, before a switch would be over",
            app_say_rrset(judging, &horizon.first->owner->name, horizon.first->type),
            app_say_time(judging, horizon.until_s));
        fix_signatures(judging, finding, zone, server);
    } else if (horizon.until_s < now_s + FEW_DAYS_S) {
        finding = app_find(judging, APP_WARN, subject, "the signature of %s ends soon, at %s",
                           app_say_rrset(judging, &horizon.first->owner->name, horizon.first->type),
                           app_say_time(judging, horizon.until_s));
        fix_signatures(judging, finding, zone, server);
    } else if (horizon.unknown) {
        app_find(judging, APP_UNKNOWN, subject, "not every signature was seen: %s",
                 horizon.unknown);
    } else {
        app_find(judging, APP_PASS, subject, "all signatures last until %s at least",
                 app_say_time(judging, horizon.until_s));
    }
}

void app_judge_s6(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next) {
        judging->place = &zone->zone->apex;
        if (zone->zone->security == DNS_INSECURE)
            app_find(judging, APP_SKIP, app_say_name(judging, &zone->zone->apex),
                     "not signed (S5)");
        for (size_t i = 0; i < zone->server_count && zone->zone->security != DNS_INSECURE; i++)
            judge_horizon(judging, zone, i);
    }
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no zone is known");
}

/* S7: that a name or type is not there needs a proof, too; where it does not hold, partners that
 * validate take the silence for an attack (RFC 7672, 2.1.2 tells of it). */

static void judge_denial(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_seen_endpoint *endpoint, const struct app_domain *domain)
{
    const struct dns_name *name = &endpoint->tlsa->owner->name;
    const char *subject = app_say_rrset(judging, name, DNS_TYPE_A);
    const struct app_seen_rrset *lookup =
        app_observations_rrset(judging->input->seen, name, DNS_TYPE_A);
    char text[DNS_FAILURE_TEXT_MAX];
    (void)seen;
    (void)domain;
    if (!lookup || lookup->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "was not looked up: %s",
                 lookup ? lookup->why : "the check ended before");
    } else if (lookup->answer->security == DNS_BOGUS) {
        struct app_finding *finding =
            app_find(judging, APP_WARN, subject,
                     "does not exist, and the proof of that is bogus: so would be the absence of a "
                     "TLSA record");
        app_show(judging, finding, "%s", dns_answer_failure_text(lookup->answer, text));
        app_fix(judging, finding, APP_FIX_DO,
                "sign the zone anew as a whole, with its NSEC or NSEC3 records");
    } else if (lookup->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, subject, "%s",
                 dns_answer_failure_text(lookup->answer, text));
    } else if (lookup->answer->outcome == DNS_RECORDS) {
        app_find(judging, APP_PASS, subject, "exists, so that there is nothing to prove");
    } else {
        app_find(judging, APP_PASS, subject,
                 lookup->answer->security == DNS_SECURE
                     ? "its absence is proved"
                     : "insecure, so that its absence needs no proof");
    }
}

void app_judge_s7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    app_each_tlsa_set(judging, seen, domain, judge_denial);
}

/* S8: the other checks say what follows from it. */

void app_judge_s8(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    size_t came = 0;
    (void)none;
    (void)domain;
    for (const struct app_seen_rrset *at = judging->input->seen->rrsets; at; at = at->next) {
        char text[DNS_FAILURE_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
        if (at->seen != APP_CAME)
            continue;
        came++;
        if (at->answer->security != DNS_BOGUS)
            continue;
        judging->place = &at->owner->name;
        struct app_finding *finding =
            app_find(judging, APP_WARN, app_say_rrset(judging, &at->owner->name, at->type), "%s",
                     dns_answer_failure_text(at->answer, text));
        app_fix(judging, finding, APP_FIX_RUN, "delv %s %s",
                app_say_name(judging, &at->owner->name), dns_type_text((uint16_t)at->type, type));
    }
    judging->place = NULL;
    if (came == 0)
        app_find(judging, APP_UNKNOWN, "answers", "nothing was answered");
    else if (judging->found == 0)
        app_find(judging, APP_PASS, "answers", "%s, none of them bogus",
                 app_say_count(judging, came, "answer"));
}
