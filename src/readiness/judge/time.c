/* SPDX-License-Identifier: BSD-2-Clause */
/* M1, M2, M3: what caches may still hold. The rules are those of zones/history.h. */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"

/* One record set of a domain that a cutover touches, and what is known of it. */
struct moving {
    const struct dns_name *owner;
    enum dns_type type;
    const char *subject;
    enum zone_standing standing;
    const struct zone_history *history;
    struct zone_present present;
    bool is_switching; /* the domain is */
    uint32_t negative_s;
};

typedef void moving_fn(struct app_judging *judging, const struct moving *set);

static const struct zone_margins *margins_of(const struct app_judging *judging)
{
    return &judging->input->config->check.margins;
}

static void visit(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct dns_name *owner, enum dns_type type, moving_fn *fn)
{
    const struct app_judge_input *input = judging->input;
    const struct app_seen_rrset *rrset = app_observations_rrset(input->seen, owner, type);
    struct moving set = {
        .owner = owner,
        .type = type,
        .subject = app_say_rrset(judging, owner, type),
        .standing = app_standing(input->seen, input->plan, owner, type),
        .history = app_history(input->histories, owner, type),
        .is_switching = app_is_switching(input->seen, input->plan, seen),
    };
    zone_present(set.history, &set.present);
    if (rrset && rrset->owner->zone)
        set.negative_s = rrset->owner->zone->negative_s;
    if (set.standing == ZONE_UNSEEN)
        app_find(judging, APP_UNKNOWN, set.subject, "is not known: %s",
                 rrset ? app_say_failure(judging, rrset) : "it was not looked up");
    else
        fn(judging, &set);
}

static void each_moving(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_domain *domain, moving_fn *fn)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        if (seen->srv[i])
            visit(judging, seen, &seen->srv[i]->owner->name, DNS_TYPE_SRV, fn);
    for (size_t i = 0; i < domain->host_count; i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(types); k++)
            visit(judging, seen, &domain->hosts[i].name, types[k], fn);
}

/* Without the journal, or with servers that differ, no wait can be told. False: it has been said.
 */
static bool is_known(struct app_judging *judging, const struct moving *set, const char *what)
{
    const char *trouble = judging->input->histories->trouble;
    struct app_finding *finding;
    if (trouble) {
        finding = app_find(judging, APP_UNKNOWN, set->subject, "%s: %s", what, trouble);
        app_fix_journal(judging, finding);
    } else if (!set->present.is_seen) {
        app_find(judging, APP_UNKNOWN, set->subject, "%s: no name server has shown it", what);
    } else if (!set->present.is_agreed) {
        finding = app_find(judging, APP_UNKNOWN, set->subject,
                           "%s: it begins when all name servers say the same", what);
        app_fix(judging, finding, APP_FIX_DO, "see Z1 and Z2");
    } else {
        return true;
    }
    return false;
}

static const char *say_known(struct app_judging *judging, const struct moving *set)
{
    return app_say(judging, "seen since %s, as it is now since %s",
                   app_say_time(judging, set->present.seen_from_s),
                   app_say_time(judging, set->present.since_s));
}

/* M1 */

/* Before the switch: copies that are older than the present TTL. */
static void judge_changing(struct app_judging *judging, const struct moving *set)
{
    const struct zone_margins *margins = margins_of(judging);
    int64_t now_s = judging->input->now_s;
    uint32_t ttl_s = set->present.ttl_s;
    struct zone_wait wait;
    struct app_finding *finding;
    if (!is_known(judging, set, "how long old copies last is not known"))
        return;
    zone_wait_to_change(set->history, margins, &wait);
    if (wait.until_s > now_s) {
        finding = app_wait(judging, wait.until_s, set->subject,
                           "copies with an older TTL may still be held");
    } else if (ttl_s > margins->low_s) {
        finding = app_find(
            judging, APP_WARN, set->subject,
            "is served with a TTL of %u s: after a switch now, what is published "
            "may be held until %s",
            ttl_s,
            app_say_time(judging, now_s + margins->spread_s + zone_wait_after(margins, ttl_s)));
        app_fix(judging, finding, APP_FIX_DO,
                "first lower its TTL to %u s or less (gatepost export --profile prepare), and wait "
                "%s",
                margins->low_s, app_say_span(judging, zone_wait_after(margins, ttl_s)));
    } else {
        finding = app_find(judging, APP_PASS, set->subject,
                           "has a TTL of %u s, and no copy with a longer one is left", ttl_s);
    }
    app_show(judging, finding, "%s", app_say_wait(judging, &wait));
    app_show(judging, finding, "%s", say_known(judging, set));
    if (wait.ttl_s > ZONE_TTL_USUAL_MAX_S)
        app_show(judging, finding,
                 "that TTL is above 7 d, where many caches cut it; others do not (RFC 8767, 4)");
}

/* Before the old gateway goes: copies of what named it. */
static void judge_changed(struct app_judging *judging, const struct moving *set)
{
    const struct zone_margins *margins = margins_of(judging);
    struct zone_wait wait;
    struct app_finding *finding;
    if (!is_known(judging, set, "how long the old records may be held is not known"))
        return;
    zone_wait_for_old(set->history, margins, ZONE_OLD_DATA, &wait);
    if (wait.term == ZONE_TERM_NONE && set->type == DNS_TYPE_SRV)
        wait = (struct zone_wait){.term = ZONE_TERM_BEFORE,
                                  .from_s = set->present.seen_from_s,
                                  .until_s = set->present.seen_from_s +
                                             zone_wait_after(margins, margins->before_s),
                                  .ttl_s = margins->before_s};
    if (wait.until_s > judging->input->now_s)
        finding = app_wait(judging, wait.until_s, set->subject,
                           "records that were published before may still be held");
    else
        finding = app_find(judging, APP_PASS, set->subject, "nobody holds older records any more");
    app_show(judging, finding, "%s", app_say_wait(judging, &wait));
    app_show(judging, finding, "%s", say_known(judging, set));
}

static void judge_m1(struct app_judging *judging, const struct moving *set)
{
    bool is_end = judging->input->phase == APP_DECOMMISSION;
    if (is_end && set->standing == ZONE_AS_PLANNED)
        judge_changed(judging, set);
    else if (is_end)
        app_find(judging, APP_UNKNOWN, set->subject,
                 "is not published as planned: its wait has not begun");
    else if (set->standing == ZONE_OTHERWISE)
        judge_changing(judging, set);
    else if (set->standing == ZONE_NOTHING)
        app_find(judging, APP_SKIP, set->subject, "is not published: a new name (M2)");
    else
        app_find(judging, APP_PASS, set->subject, "is published as planned: nothing to change");
}

void app_judge_m1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_moving(judging, seen, domain, judge_m1);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "no record set is known");
}

/* M2 */

static void judge_new(struct app_judging *judging, const struct moving *set)
{
    struct zone_wait wait;
    struct app_finding *finding;
    if (set->is_switching) {
        if (!is_known(judging, set, "whether it is new is not known"))
            return;
        zone_wait_for_new(set->history, set->negative_s, &wait);
    } else { /* partners use it already */
        zone_wait_for_old(set->history, margins_of(judging), ZONE_OLD_DENIAL, &wait);
    }
    if (wait.until_s > judging->input->now_s)
        finding = app_wait(judging, wait.until_s, set->subject,
                           "partners may still hold that it does not exist");
    else
        finding = app_find(judging, APP_PASS, set->subject, "nobody holds that it does not exist");
    app_show(judging, finding, "%s", app_say_wait(judging, &wait));
}

static void judge_m2(struct app_judging *judging, const struct moving *set)
{
    bool is_service = set->type == DNS_TYPE_SRV;
    if (set->standing == ZONE_AS_PLANNED && !set->present.is_denied)
        judge_new(judging, set);
    else if (set->standing == ZONE_NOTHING)
        app_find(judging, APP_SKIP, set->subject,
                 "is not published: %s it can be relied on %s after all servers have it",
                 is_service ? "a new name of the switch itself," : "see A1;",
                 app_say_span(judging, set->negative_s));
    else
        app_find(judging, APP_PASS, set->subject, "is no new name");
}

void app_judge_m2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_moving(judging, seen, domain, judge_m2);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "no record set is known");
}

/* M3 */

static uint32_t planned_ttl(const struct zone_plan *plan, const struct moving *set)
{
    size_t count = 0;
    const struct zone_record *planned = zone_plan_set(plan, set->owner, set->type, &count);
    return count > 0 ? planned->ttl_s : 0;
}

static void judge_m3(struct app_judging *judging, const struct moving *set)
{
    uint32_t planned_s = planned_ttl(judging->input->plan, set);
    struct zone_wait wait;
    struct app_finding *finding;
    if (set->standing != ZONE_AS_PLANNED || !set->present.is_seen || set->present.is_denied) {
        app_find(judging, APP_SKIP, set->subject, "is not published as planned");
        return;
    }
    zone_wait_for_old(set->history, margins_of(judging), ZONE_OLD_DATA, &wait);
    if (set->present.ttl_s >= planned_s) {
        app_find(judging, APP_PASS, set->subject, "has its TTL of %u s", set->present.ttl_s);
    } else if (wait.until_s > judging->input->now_s) {
        finding = app_find(judging, APP_PASS, set->subject,
                           "has a TTL of %u s, since it was changed lately", set->present.ttl_s);
        app_show(judging, finding, "%s", app_say_wait(judging, &wait));
    } else {
        finding = app_find(judging, APP_WARN, set->subject,
                           "still has a TTL of %u s, and %u s are configured", set->present.ttl_s,
                           planned_s);
        app_show(judging, finding, "%s", say_known(judging, set));
        app_fix_publish_all(judging, finding, set->owner, set->type);
    }
}

void app_judge_m3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_moving(judging, seen, domain, judge_m3);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "no record set is known");
}
