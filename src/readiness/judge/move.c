/* SPDX-License-Identifier: BSD-2-Clause */
/* Z9: is a zone being moved to other name servers while its records are to be switched? */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"

static bool is_anything_switching(const struct app_judge_input *input)
{
    if (input->config->is_public) /* nothing is planned */
        return false;
    for (const struct app_seen_domain *at = input->seen->domains; at; at = at->next)
        if (app_is_switching(input->seen, input->plan, at))
            return true;
    return false;
}

struct move {
    bool is_agreed;      /* all servers name the same name servers */
    int64_t seen_from_s; /* since when the zone is known; 0: it is not */
    struct zone_wait wait;
};

/* RFC 6781, 4.3.5: the new servers are in use everywhere when the old NS and DS sets have run out.
 */
static void look(const struct app_judging *judging, const struct app_seen_zone *zone,
                 struct move *ret)
{
    static const enum dns_type types[] = {DNS_TYPE_NS, DNS_TYPE_DS};
    const struct zone_margins *margins = &judging->input->config->check.margins;
    struct zone_present present;
    struct zone_wait wait;
    *ret = (struct move){.wait.term = ZONE_TERM_NONE};
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++) {
        const struct zone_history *history =
            app_history(judging->input->histories, &zone->zone->apex, types[i]);
        zone_present(history, &present);
        zone_wait_for_old(history, margins, ZONE_OLD_DATA | ZONE_OLD_DENIAL, &wait);
        zone_wait_longest(&ret->wait, &wait);
        if (types[i] != DNS_TYPE_NS)
            continue;
        ret->is_agreed = present.is_agreed;
        ret->seen_from_s = present.seen_from_s;
        wait = (struct zone_wait){.term = ZONE_TERM_BEFORE,
                                  .from_s = present.seen_from_s,
                                  .ttl_s = present.ttl_s,
                                  .until_s = present.seen_from_s +
                                             zone_wait_after(margins, present.ttl_s)};
        if (ret->wait.term == ZONE_TERM_NONE)
            ret->wait = wait;
    }
}

/* Nothing but waiting keeps a switch apart from a move that may have just been made. */
static void judge_switching(struct app_judging *judging, const char *apex, const struct move *move)
{
    const char *trouble = judging->input->histories->trouble;
    struct app_finding *finding;
    if (trouble) {
        finding =
            app_find(judging, APP_UNKNOWN, apex,
                     "whether it moved lately to other name servers is not known: %s", trouble);
        app_fix_journal(judging, finding);
        return;
    }
    if (move->wait.until_s <= judging->input->now_s)
        finding = app_find(judging, APP_PASS, apex, "has the name servers and keys that it had");
    else if (move->wait.term == ZONE_TERM_BEFORE)
        finding = app_wait(judging, move->wait.until_s, apex,
                           "whether it has just moved to these name servers is not known");
    else
        finding = app_wait(judging, move->wait.until_s, apex,
                           "its name servers or keys were changed lately: two migrations at once");
    app_show(judging, finding, "its name servers are known since %s",
             app_say_time(judging, move->seen_from_s));
}

static void judge_zone(struct app_judging *judging, const struct app_seen_zone *zone,
                       bool is_switching)
{
    const char *apex = app_say_name(judging, &zone->zone->apex);
    struct move move;
    judging->place = &zone->zone->apex;
    look(judging, zone, &move);
    if (move.seen_from_s == 0) {
        app_find(judging, APP_UNKNOWN, apex, "none of its name servers has named them");
    } else if (!move.is_agreed) {
        struct app_finding *finding =
            app_find(judging, is_switching ? APP_FAIL : APP_WARN, apex,
                     "its name servers do not agree on which they are: it is being moved");
        app_fix(judging, finding, APP_FIX_DO,
                "finish one migration before the other: switch the service records before the zone "
                "moves, or when its old NS and DS records have run out (RFC 6781, 4.3.5)");
    } else if (is_switching) {
        judge_switching(judging, apex, &move);
    } else {
        app_find(judging, APP_PASS, apex, "no service record of it is to be switched");
    }
}

void app_judge_z9(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    bool is_switching = is_anything_switching(judging->input);
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next)
        judge_zone(judging, zone, is_switching);
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no zone is known");
}
