/* SPDX-License-Identifier: BSD-2-Clause */
/* What the validating resolver says: record sets, and the zones that they live in. */
#include "readiness/collect/collecting.h"

#include <stdlib.h>

struct answer_op {
    struct app_op op;
    struct app_seen_rrset *rrset;
    struct dns_query *query;
};

struct zone_op {
    struct app_op op;
    struct app_seen_owner *owner;
    bool is_unvalidated; /* the second attempt */
    struct dns_zone_op *lookup;
};

/* Record sets. */

struct app_waiting {
    struct app_waiting *next;
    struct app_seen_domain *domain;
};

void app_await(struct app_collect *collect, struct app_seen_domain *domain,
               struct app_seen_rrset *rrset)
{
    struct app_waiting *waiting;
    if (rrset && rrset->seen != APP_NOT_ASKED)
        return;
    if (!rrset || !(waiting = gp_arena_alloc(&collect->seen->arena, sizeof(*waiting)))) {
        collect->has_failed = true;
        return;
    }
    *waiting = (struct app_waiting){.next = rrset->waiting, .domain = domain};
    rrset->waiting = waiting;
}

static void stir_waiting(struct app_collect *collect, struct app_seen_rrset *rrset)
{
    for (const struct app_waiting *at = rrset->waiting; at; at = at->next)
        app_stir(collect, at->domain);
    rrset->waiting = NULL;
}

static void on_answer(void *arg, struct dns_answer *answer)
{
    struct answer_op *op = arg;
    op->rrset->answer = answer;
    op->rrset->seen = APP_CAME;
    op->rrset->why = NULL;
    stir_waiting(op->op.collect, op->rrset);
    app_op_done(&op->op);
}

static enum gp_code start_answer(struct app_op *base, struct gp_err *err)
{
    struct answer_op *op = (struct answer_op *)base;
    return dns_resolver_ask(base->collect->setup.resolver, &op->rrset->owner->name, op->rrset->type,
                            on_answer, op, &op->query, err);
}

static void give_up_answer(struct app_op *base, const char *why)
{
    struct answer_op *op = (struct answer_op *)base;
    op->rrset->seen = APP_NOTHING_CAME;
    op->rrset->why = why;
    stir_waiting(base->collect, op->rrset);
}

static void cancel_answer(struct app_op *base)
{
    dns_query_cancel(((struct answer_op *)base)->query);
}

static const struct app_op_type answer_type = {
    .start = start_answer, .give_up = give_up_answer, .cancel = cancel_answer};

/* Zones. */

/* What else changes when a zone moves to other name servers, and whether the zone hangs together
 * with the one above it. */
static void want_delegation(struct app_collect *collect, struct app_seen_zone *zone)
{
    const struct dns_name *apex = &zone->zone->apex;
    struct app_seen_owner *owner = app_seen_owner(collect->seen, apex);
    if (collect->setup.domain_count == 0)
        return;
    if (owner && !owner->is_wanted) {
        owner->is_wanted = true;
        app_seen_lives_in(owner, zone);
    }
    app_want_referrals(collect, zone);
    if (!owner || !app_want_rrset(collect, apex, DNS_TYPE_NS) ||
        !app_want_rrset(collect, apex, DNS_TYPE_DS) ||
        !app_want_rrset(collect, apex, DNS_TYPE_DNSKEY))
        collect->has_failed = true;
}

static void take_zone(struct app_collect *collect, struct app_seen_owner *owner,
                      struct dns_zone *found)
{
    struct app_seen_zone *zone = app_seen_zone(collect->seen, &found->apex);
    if (!zone) {
        dns_zone_destroy(found);
        collect->has_failed = true;
        return;
    }
    if (zone->zone) /* another name has led here before */
        dns_zone_destroy(found);
    else if (app_seen_zone_found(collect->seen, zone, found))
        want_delegation(collect, zone);
    else
        collect->has_failed = true;
    app_seen_lives_in(owner, zone);
    for (struct app_seen_rrset *at = owner->rrsets; at; at = at->next_of_owner)
        if (!at->is_aside)
            app_ask_servers(collect, at);
}

static void on_zone(void *arg, struct dns_zone *zone);

/*
 * A zone that is bogus as a whole, or on some of its servers, is found without validation, so that
 * they can be asked what is wrong: nothing is believed of it but where they are. False: that cannot
 * be done either.
 */
static bool find_unvalidated(struct zone_op *op)
{
    struct app_collect *collect = op->op.collect;
    struct dns_settings settings = collect->setup.config->resolver;
    settings.is_unvalidated = true;
    if (!collect->unvalidated && dns_resolver_create_local(collect->setup.loop, &settings,
                                                           &collect->unvalidated, NULL) != GP_OK)
        return false;
    op->is_unvalidated = dns_zone_start(collect->unvalidated, &op->owner->name, on_zone, op,
                                        &op->lookup, NULL) == GP_OK;
    return op->is_unvalidated;
}

static void on_zone(void *arg, struct dns_zone *zone)
{
    struct zone_op *op = arg;
    struct app_collect *collect = op->op.collect;
    /* a resolver that has met enough bogus answers only says that nothing usable came */
    if (!zone->is_found && !op->is_unvalidated && find_unvalidated(op)) {
        dns_zone_destroy(zone);
        return;
    }
    if (zone->is_found) {
        zone->security = op->is_unvalidated ? DNS_BOGUS : zone->security;
        take_zone(collect, op->owner, zone);
    } else {
        op->owner->seen = APP_NOTHING_CAME;
        op->owner->why = app_keep(collect, zone->failure);
        dns_zone_destroy(zone);
    }
    app_op_done(&op->op);
}

static enum gp_code start_zone(struct app_op *base, struct gp_err *err)
{
    struct zone_op *op = (struct zone_op *)base;
    return dns_zone_start(base->collect->setup.resolver, &op->owner->name, on_zone, op, &op->lookup,
                          err);
}

static void give_up_zone(struct app_op *base, const char *why)
{
    struct zone_op *op = (struct zone_op *)base;
    op->owner->seen = APP_NOTHING_CAME;
    op->owner->why = why;
}

static void cancel_zone(struct app_op *base)
{
    dns_zone_cancel(((struct zone_op *)base)->lookup);
}

static const struct app_op_type zone_type = {
    .start = start_zone, .give_up = give_up_zone, .cancel = cancel_zone};

static void want_zone(struct app_collect *collect, struct app_seen_owner *owner)
{
    struct zone_op *op = calloc(1, sizeof(*op));
    owner->is_wanted = true;
    if (op)
        op->owner = owner;
    app_op_add(collect, op ? &op->op : NULL, &zone_type, &collect->resolver);
}

static void want_answer(struct app_collect *collect, struct app_seen_rrset *rrset)
{
    struct answer_op *op = calloc(1, sizeof(*op));
    rrset->is_wanted = true;
    if (op)
        op->rrset = rrset;
    app_op_add(collect, op ? &op->op : NULL, &answer_type, &collect->resolver);
}

struct app_seen_rrset *app_want_answer(struct app_collect *collect, const struct dns_name *name,
                                       enum dns_type type)
{
    struct app_seen_rrset *rrset = app_seen_rrset(collect->seen, name, type);
    if (!rrset || rrset->is_wanted)
        return rrset;
    rrset->is_aside = true;
    want_answer(collect, rrset);
    return rrset;
}

struct app_seen_rrset *app_want_rrset(struct app_collect *collect, const struct dns_name *name,
                                      enum dns_type type)
{
    struct app_seen_rrset *rrset = app_seen_rrset(collect->seen, name, type);
    if (!rrset || (rrset->is_wanted && !rrset->is_aside))
        return rrset;
    if (!rrset->is_wanted)
        want_answer(collect, rrset);
    rrset->is_aside = false;
    if (rrset->owner->zone)
        app_ask_servers(collect, rrset);
    else if (!rrset->owner->is_wanted)
        want_zone(collect, rrset->owner);
    return rrset;
}
