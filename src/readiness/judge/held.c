/* SPDX-License-Identifier: BSD-2-Clause */
/* M4: what public resolvers hold. A sample, for whoever watches a change spread: it shortens no
 * wait, since there are others, and behind one address there are many. */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"

enum held_state {
    HELD_NOT_KNOWN, /* it did not say */
    HELD_FAILED,    /* it cannot find an answer, or none that it may believe */
    HELD_OTHER,     /* not what name servers say now */
    HELD_SAME
};

static bool has_spoken(const struct app_seen_reply *held)
{
    return held->seen == APP_CAME &&
           (held->rcode == DNS_RCODE_NOERROR || held->rcode == DNS_RCODE_NXDOMAIN ||
            held->rcode == DNS_RCODE_SERVFAIL);
}

static enum held_state state_of(const struct app_seen_reply *held,
                                const struct app_seen_reply *agreed)
{
    if (!has_spoken(held))
        return HELD_NOT_KNOWN;
    if (held->rcode == DNS_RCODE_SERVFAIL)
        return HELD_FAILED;
    return app_is_same_reply(held, agreed) ? HELD_SAME : HELD_OTHER;
}

/* What is left of the time for which the resolver keeps it. */
static uint32_t left_of(const struct app_seen_reply *held)
{
    return held->count > 0 ? held->ttl_s : held->negative_s;
}

static const char *say_resolver(struct app_judging *judging, size_t number)
{
    char text[GP_ADDR_TEXT_MAX];
    return app_say(judging, "%s",
                   gp_addr_text(&judging->input->config->check.resolvers[number], text));
}

static const char *say_trouble(struct app_judging *judging, const struct app_seen_reply *held)
{
    char rcode[DNS_RCODE_TEXT_MAX];
    if (held->seen != APP_CAME)
        return held->why;
    return app_say(judging, "answers %s", dns_rcode_text(held->rcode, rcode));
}

static void show(struct app_judging *judging, struct app_finding *finding,
                 const struct app_seen_rrset *rrset, enum held_state state,
                 const struct app_seen_reply *agreed)
{
    for (size_t i = 0; i < judging->input->config->check.resolver_count; i++) {
        const struct app_seen_reply *held = &rrset->held[i];
        if (state_of(held, agreed) != state)
            continue;
        if (state == HELD_FAILED)
            app_show(judging, finding, "%s: %s", say_resolver(judging, i),
                     say_trouble(judging, held));
        else if (left_of(held) == 0) /* an alias, or stale by now */
            app_show(judging, finding, "%s: %s", say_resolver(judging, i),
                     app_say_reply(judging, rrset, held));
        else
            app_show(judging, finding, "%s: %s, for %s", say_resolver(judging, i),
                     app_say_reply(judging, rrset, held), app_say_span(judging, left_of(held)));
    }
}

struct tally {
    size_t counts[HELD_SAME + 1];
    uint32_t longest_s; /* that another answer is kept */
};

static void find_other(struct app_judging *judging, const struct app_seen_rrset *rrset,
                       const struct tally *tally, const struct app_seen_reply *agreed)
{
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    struct app_finding *finding =
        app_find(judging, APP_WARN, subject,
                 "%zu of %zu public resolvers still hold something else, for up to %s",
                 tally->counts[HELD_OTHER], judging->input->config->check.resolver_count,
                 app_say_span(judging, tally->longest_s));
    show(judging, finding, rrset, HELD_OTHER, agreed);
    app_fix(judging, finding, APP_FIX_DO,
            "keep what it leads to at work until %s at least, and as long as M1 says: nothing else "
            "makes a resolver forget",
            app_say_time(judging, judging->input->seen->started_s + tally->longest_s));
}

static void find_failed(struct app_judging *judging, const struct app_seen_rrset *rrset,
                        const struct app_seen_reply *agreed)
{
    struct app_finding *finding = app_find(
        judging, APP_WARN, app_say_rrset(judging, &rrset->owner->name, rrset->type),
        "to a public resolver it is bogus, or its name servers cannot be reached from there");
    show(judging, finding, rrset, HELD_FAILED, agreed);
    /* RFC 9520, 3.2 */
    app_fix(judging, finding, APP_FIX_DO,
            "if S2 to S5 and Z1 find nothing, ask again in 5 minutes: for so long a failure may be "
            "kept");
}

static void judge_held(struct app_judging *judging, const struct app_seen_rrset *rrset,
                       const struct app_seen_reply *agreed)
{
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    struct tally tally = {.longest_s = 0};
    for (size_t i = 0; i < judging->input->config->check.resolver_count; i++) {
        const struct app_seen_reply *held = &rrset->held[i];
        enum held_state state = state_of(held, agreed);
        tally.counts[state]++;
        if (state == HELD_OTHER && left_of(held) > tally.longest_s)
            tally.longest_s = left_of(held);
    }
    if (tally.counts[HELD_OTHER] > 0)
        find_other(judging, rrset, &tally, agreed);
    if (tally.counts[HELD_FAILED] > 0)
        find_failed(judging, rrset, agreed);
    if (tally.counts[HELD_SAME] > 0 && tally.counts[HELD_SAME] + tally.counts[HELD_NOT_KNOWN] ==
                                           judging->input->config->check.resolver_count)
        show(judging,
             app_find(judging, APP_PASS, subject, "public resolvers hold what is published"), rrset,
             HELD_SAME, agreed);
}

/* How many name servers have said what there is of it; and how many have records. */
static size_t count_words(const struct app_seen_rrset *rrset, size_t *ret_with_records)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    size_t words = 0;
    *ret_with_records = 0;
    for (size_t i = 0; zone && rrset->replies && i < zone->server_count; i++) {
        bool is_word = app_seen_is_word(&rrset->replies[i]);
        words += is_word;
        *ret_with_records += is_word && rrset->replies[i].count > 0;
    }
    return words;
}

/* Returns how many name servers have said what there is. */
static size_t judge_set(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    const struct app_seen_reply *agreed = app_agreed(rrset);
    size_t with_records, words = count_words(rrset, &with_records);
    judging->place = &rrset->owner->name;
    if (agreed && rrset->held)
        judge_held(judging, rrset, agreed);
    else if (with_records > 0)
        app_find(judging, APP_UNKNOWN, app_say_rrset(judging, &rrset->owner->name, rrset->type),
                 agreed ? "not asked for: the check ended before"
                        : "not asked for while its name servers do not agree (Z1, Z2): a resolver "
                          "would keep the wrong answer");
    judging->place = NULL;
    return words;
}

/* One that answered no question, or not as a resolver should. */
static void judge_resolver(struct app_judging *judging, size_t number)
{
    const struct app_seen_reply *example = NULL;
    for (const struct app_seen_rrset *at = judging->input->seen->rrsets; at; at = at->next) {
        const struct app_seen_reply *held = at->held ? &at->held[number] : NULL;
        if (held && !has_spoken(held))
            example = held;
    }
    if (example)
        app_find(judging, APP_UNKNOWN, say_resolver(judging, number), "does not say it: %s",
                 say_trouble(judging, example));
}

void app_judge_m4(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    const struct app_check_settings *check = &judging->input->config->check;
    size_t words = 0;
    (void)none;
    (void)domain;
    if (check->resolver_count == 0) {
        app_find(judging, APP_SKIP, "public resolvers",
                 "none is to be asked (public-resolvers in the section \"check\")");
        return;
    }
    for (const struct app_seen_rrset *at = judging->input->seen->rrsets; at; at = at->next)
        if (app_is_sought(at->type))
            words += judge_set(judging, at);
    for (size_t i = 0; i < check->resolver_count; i++)
        judge_resolver(judging, i);
    if (judging->found == 0 && words > 0)
        app_find(judging, APP_SKIP, "public resolvers",
                 "nothing is published that they could hold");
    else if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "public resolvers",
                 "no name server has said what to ask for");
}
