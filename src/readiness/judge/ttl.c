/* SPDX-License-Identifier: BSD-2-Clause */
/* Z5, Z6: how long answers are kept, those that say no too. */
#include "readiness/judge/judging.h"

#define NEGATIVE_MUCH_S 3600
#define SHORTEST_TTL_S  1 /* with less, a "no such name" can stick in caches that serve stale */

/* Z5 */

static void judge_negative(struct app_judging *judging, const struct app_seen_zone *zone)
{
    const char *apex = app_say_name(judging, &zone->zone->apex);
    uint32_t negative_s = zone->negative_s;
    const char *span = app_say_span(judging, negative_s);
    judging->place = &zone->zone->apex;
    if (negative_s == 0) {
        app_find(judging, APP_UNKNOWN, apex,
                 "no server has said how long the absence of a name may be kept");
        return;
    }
    struct app_finding *finding =
        app_find(judging, negative_s > NEGATIVE_MUCH_S ? APP_WARN : APP_PASS, apex,
                 "\"there is no such record\" may be kept for %u s", negative_s);
    app_show(judging, finding,
             "a name that is new there can be relied on %s after all servers have it", span);
    if (negative_s > NEGATIVE_MUCH_S)
        app_fix(judging, finding, APP_FIX_DO,
                "make the last number of the SOA of %s, and its TTL, %d or less, %s before names "
                "are added (RFC 2308, 5)",
                apex, NEGATIVE_MUCH_S, span);
}

void app_judge_z5(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next)
        judge_negative(judging, zone);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no zone is known");
}

/* Z6 */

static void judge_ttls(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    uint32_t least_s = UINT32_MAX, most_s = 0;
    size_t count = 0;
    judging->place = &rrset->owner->name;
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_seen_reply *reply = &rrset->replies[i];
        if (!app_seen_is_word(reply) || reply->count == 0)
            continue;
        count++;
        least_s = reply->least_ttl_s < least_s ? reply->least_ttl_s : least_s;
        most_s = reply->ttl_s > most_s ? reply->ttl_s : most_s;
    }
    if (count == 0)
        return;
    bool is_good = least_s == most_s && least_s >= SHORTEST_TTL_S;
    struct app_finding *finding;
    if (least_s != most_s)
        finding = app_find(judging, APP_WARN, subject,
                           "its TTLs differ, from %u s to %u s: the greatest counts for every wait",
                           least_s, most_s);
    else if (is_good)
        finding = app_find(judging, APP_PASS, subject, "one TTL everywhere: %u s", most_s);
    else
        finding = app_find(judging, APP_WARN, subject,
                           "its TTL is 0: each use asks anew, and a failure meanwhile can stick in "
                           "caches that serve stale answers");
    if (is_good)
        return;
    for (size_t i = 0; i < zone->server_count; i++)
        if (app_seen_is_word(&rrset->replies[i]) && rrset->replies[i].count > 0)
            app_show(judging, finding, "%s: %u s", app_say_name(judging, zone->servers[i].name),
                     rrset->replies[i].ttl_s);
    app_fix(judging, finding, APP_FIX_DO,
            "give all records of the set one TTL above 0 (RFC 2181, 5.2), and let all servers load "
            "the same zone");
}

void app_judge_z6(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_rrset *at = judging->input->seen->rrsets; at; at = at->next)
        if (at->owner->zone && at->replies)
            judge_ttls(judging, at);
    judging->place = NULL;
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "records", "no server has shown any TTL");
}
