/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/judge/timeline.h"

#include "readiness/compare.h"

#include <stdlib.h>

#define SETS_BYTES_MAX (256 * 1048576)
#define ZONE_SETS      3 /* of each zone: N, NS, DS */
#define DOMAIN_SETS    2 /* of each domain: host-meta, POSH */

struct making {
    const struct app_judge_input *input;
    struct gp_arena arena;
    struct zone_set *sets;
    size_t count;
    bool has_failed; /* no memory */
};

/* What a cutover touches: the services of the domains, and of other names what is planned. */
static bool find_role(const struct app_judge_input *input, const struct app_seen_rrset *rrset,
                      enum zone_role *ret)
{
    switch (rrset->type) {
    case DNS_TYPE_SRV:
        *ret = ZONE_ROLE_SERVICE;
        return !rrset->is_aside; /* "_jabber._tcp" is */
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        *ret = ZONE_ROLE_ADDRESS;
        break;
    case DNS_TYPE_TLSA:
        *ret = ZONE_ROLE_KEY;
        break;
    case DNS_TYPE_CAA:
        *ret = ZONE_ROLE_AUTHORITY;
        break;
    default:
        return false;
    }
    return app_count_planned(input->plan, &rrset->owner->name, rrset->type) > 0;
}

/* Sets beside what is planned. */

static bool is_published(const struct zone_record *record, const struct app_seen_rrset *rrset)
{
    size_t count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    for (size_t i = 0; i < count; i++)
        if (app_is_same_record(record, records[i]))
            return true;
    return false;
}

/* Planned are TLSA records of one kind, 3 1 1. */
static bool is_of_other_kind(struct dns_rdata data)
{
    struct dns_tlsa tlsa;
    return dns_tlsa_decode(data, &tlsa) == GP_OK &&
           (tlsa.usage != 3 || tlsa.selector != 1 || tlsa.matching != 1);
}

static void hold_against_plan(const struct app_judge_input *input,
                              const struct app_seen_rrset *rrset, struct zone_set *set)
{
    size_t planned = 0, count = 0;
    const struct zone_record *plan =
        zone_plan_set(input->plan, &rrset->owner->name, rrset->type, &planned);
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    set->is_complete = true;
    for (size_t i = 0; i < planned; i++) {
        set->is_complete = set->is_complete && is_published(&plan[i], rrset);
        if (plan[i].type == DNS_TYPE_SRV && dns_name_is_root(&plan[i].data.srv.target))
            set->is_to_end = true;
    }
    for (size_t i = 0; i < count && rrset->type == DNS_TYPE_TLSA; i++)
        set->has_other_kind = set->has_other_kind || is_of_other_kind(records[i]);
}

static void add(struct making *making, const struct dns_name *owner, enum dns_type type,
                const struct zone_set *what)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_TYPE_TEXT_MAX];
    struct zone_set *set = &making->sets[making->count++];
    *set = *what;
    set->name = gp_arena_printf(&making->arena, "%s %s", dns_name_text(owner, name),
                                dns_type_text((uint16_t)type, text));
    set->history = *app_history(making->input->histories, owner, type);
    making->has_failed = making->has_failed || !set->name;
}

static void add_rrset(struct making *making, const struct app_seen_rrset *rrset)
{
    const struct app_judge_input *input = making->input;
    const struct dns_name *owner = &rrset->owner->name;
    struct zone_set set = {.standing = app_standing(input->seen, input->plan, owner, rrset->type)};
    if (!find_role(input, rrset, &set.role))
        return;
    if (rrset->owner->zone)
        set.negative_s = rrset->owner->zone->negative_s;
    set.is_bogus = rrset->seen == APP_CAME && rrset->answer->security == DNS_BOGUS;
    if (set.standing == ZONE_OTHERWISE)
        hold_against_plan(input, rrset, &set);
    add(making, owner, rrset->type, &set);
}

static void add_document(struct making *making, const struct app_seen_domain *domain,
                         const struct app_seen_document *document, enum dns_type type)
{
    struct dns_name name;
    dns_name_from_domain(&domain->domain, &name);
    making->sets[making->count++] =
        (struct zone_set){.name = document->url ? document->url : domain->domain.ascii,
                          .role = ZONE_ROLE_DOCUMENT,
                          .standing = ZONE_UNSEEN,
                          .history = *app_history(making->input->histories, &name, type)};
}

static void add_zone(struct making *making, const struct app_seen_zone *zone)
{
    static const struct zone_set negative = {.role = ZONE_ROLE_NEGATIVE, .standing = ZONE_UNSEEN};
    static const struct zone_set move = {.role = ZONE_ROLE_DELEGATION, .standing = ZONE_UNSEEN};
    add(making, &zone->zone->apex, DNS_TYPE_SOA, &negative);
    add(making, &zone->zone->apex, DNS_TYPE_NS, &move);
    add(making, &zone->zone->apex, DNS_TYPE_DS, &move);
}

/* The longest way back that one of the domains wants to keep. */
static uint32_t find_rollback(const struct app_config *config)
{
    uint32_t rollback_s = 0;
    for (size_t i = 0; i < config->domain_count; i++) {
        const struct app_domain *domain = &config->domains[i];
        if (domain->legacy && domain->legacy->rollback_s > rollback_s)
            rollback_s = domain->legacy->rollback_s;
    }
    return rollback_s;
}

enum gp_code app_timeline_create(const struct app_judge_input *input, struct zone_timeline **ret,
                                 struct gp_err *err)
{
    const struct app_observations *seen = input->seen;
    struct making making = {.input = input};
    size_t room = 1;
    enum gp_code code = GP_ERR_NOMEM;
    for (const struct app_seen_rrset *at = seen->rrsets; at; at = at->next)
        room++;
    for (const struct app_seen_zone *at = seen->zones; at; at = at->next)
        room += ZONE_SETS;
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next)
        room += DOMAIN_SETS;
    gp_arena_init(&making.arena, SETS_BYTES_MAX);
    making.sets = gp_arena_alloc(&making.arena, room * sizeof(*making.sets));
    for (const struct app_seen_rrset *at = seen->rrsets; at && making.sets; at = at->next)
        add_rrset(&making, at);
    for (const struct app_seen_zone *at = seen->zones; at && making.sets; at = at->next)
        add_zone(&making, at);
    for (const struct app_seen_domain *at = seen->domains; at && making.sets; at = at->next) {
        add_document(&making, at, &at->host_meta, APP_TYPE_HOST_META);
        add_document(&making, at, &at->posh, APP_TYPE_POSH);
    }
    if (making.sets && !making.has_failed) {
        const struct zone_cutover cutover = {.now_s = input->now_s,
                                             .margins = input->config->check.margins,
                                             .rollback_s = find_rollback(input->config),
                                             .set_count = making.count,
                                             .sets = making.sets};
        code = zone_timeline_create(&cutover, ret, err);
    } else {
        code = gp_err_nomem(err);
    }
    gp_arena_finish(&making.arena);
    return code;
}

static int compare_steps(const void *a, const void *b)
{
    const struct zone_step *first = *(const struct zone_step *const *)a;
    const struct zone_step *second = *(const struct zone_step *const *)b;
    if (first->state != second->state)
        return first->state < second->state ? -1 : 1;
    if (first->at_s != second->at_s)
        return first->at_s < second->at_s ? -1 : 1;
    return first < second ? -1 : 1;
}

size_t app_timeline_sorted(const struct zone_timeline *timeline,
                           const struct zone_step *ret[ZONE_STEPS_MAX])
{
    for (size_t i = 0; i < timeline->step_count; i++)
        ret[i] = &timeline->steps[i];
    qsort(ret, timeline->step_count, sizeof(*ret), compare_steps);
    return timeline->step_count;
}

const char *app_step_state_word(enum zone_step_state state)
{
    static const char *const words[] = {
        [ZONE_STEP_DONE] = "over",
        [ZONE_STEP_DUE] = "now",
        [ZONE_STEP_LATER] = "to come",
        [ZONE_STEP_OPEN] = "depends",
    };
    return words[state];
}
