/* SPDX-License-Identifier: BSD-2-Clause */
/* Who serves a zone, in the words of the zone above it. */
#include "readiness/collect/collecting.h"

#include <stdlib.h>

#define PARENT_SERVERS_MAX 4 /* a registry's many servers say the same: these are enough */

/* The parent zone and its servers. */

struct parent_op {
    struct app_op op;
    struct app_seen_parent *parent;
    struct dns_zone_op *lookup;
};

static void ask_parent(struct app_collect *collect, struct app_seen_zone *zone);

static void on_parent(void *arg, struct dns_zone *found)
{
    struct parent_op *op = arg;
    struct app_collect *collect = op->op.collect;
    struct app_seen_parent *parent = op->parent;
    if (found->is_found) {
        parent->seen = APP_CAME;
        parent->why = NULL;
        parent->zone = found;
        for (struct app_seen_zone *at = parent->zones; at; at = at->next_below)
            ask_parent(collect, at);
    } else {
        parent->seen = APP_NOTHING_CAME;
        parent->why = app_keep(collect, found->failure);
        dns_zone_destroy(found);
    }
    app_op_done(&op->op);
}

static enum gp_code start_parent(struct app_op *base, struct gp_err *err)
{
    struct parent_op *op = (struct parent_op *)base;
    return dns_zone_start(base->collect->setup.resolver, &op->parent->name, on_parent, op,
                          &op->lookup, err);
}

static void give_up_parent(struct app_op *base, const char *why)
{
    struct parent_op *op = (struct parent_op *)base;
    op->parent->seen = APP_NOTHING_CAME;
    op->parent->why = why;
}

static void cancel_parent(struct app_op *base)
{
    dns_zone_cancel(((struct parent_op *)base)->lookup);
}

static const struct app_op_type parent_type = {
    .start = start_parent, .give_up = give_up_parent, .cancel = cancel_parent};

/* What one of them says. */

struct referral_op {
    struct app_op op;
    const struct app_seen_zone *zone;
    struct app_seen_referral *into;
    struct dns_ask_op *ask;
};

static bool is_server_of(const struct app_seen_zone *zone, const struct dns_record *record)
{
    return record->section != DNS_SECTION_ADDITIONAL && record->type == DNS_TYPE_NS &&
           dns_name_equal(&record->owner, &zone->zone->apex);
}

static void take_server(const struct app_seen_zone *zone, struct app_seen_referral *into,
                        const struct dns_record *record)
{
    if (!is_server_of(zone, record) || into->server_count == DNS_ZONE_SERVERS_MAX)
        return;
    if (dns_host_decode(record->data, &into->servers[into->server_count]) == GP_OK)
        into->server_count++;
    into->is_referral = into->is_referral || record->section == DNS_SECTION_AUTHORITY;
}

static bool is_glue(const struct dns_record *record, struct gp_addr *ret)
{
    return record->section == DNS_SECTION_ADDITIONAL &&
           dns_addr_decode((enum dns_type)record->type, record->data, ret) == GP_OK;
}

static void take_glue(struct app_seen_referral *into, const struct dns_record *record)
{
    struct gp_addr addr;
    if (into->glue_count < APP_GLUE_MAX && is_glue(record, &addr))
        into->glue[into->glue_count++] =
            (struct app_seen_glue){.name = record->owner, .addr = addr};
}

/* Room for what comes, and no more: there may be thousands of zones. */
static bool make_room(struct gp_arena *arena, const struct app_seen_zone *zone,
                      struct app_seen_referral *into, const struct dns_message *message)
{
    size_t server_count = 0, glue_count = 0;
    struct gp_addr addr;
    for (size_t i = 0; i < message->record_count; i++) {
        server_count += is_server_of(zone, &message->records[i]);
        glue_count += is_glue(&message->records[i], &addr);
    }
    server_count = server_count < DNS_ZONE_SERVERS_MAX ? server_count : DNS_ZONE_SERVERS_MAX;
    glue_count = glue_count < APP_GLUE_MAX ? glue_count : APP_GLUE_MAX;
    into->servers = gp_arena_alloc(arena, server_count * sizeof(*into->servers) + 1);
    into->glue = gp_arena_alloc(arena, glue_count * sizeof(*into->glue) + 1);
    return into->servers && into->glue;
}

static bool take_message(struct app_collect *collect, const struct app_seen_zone *zone,
                         struct app_seen_referral *into, const struct dns_message *message)
{
    if (!make_room(&collect->seen->arena, zone, into, message))
        return false;
    for (size_t i = 0; i < message->record_count; i++) {
        take_server(zone, into, &message->records[i]);
        take_glue(into, &message->records[i]);
    }
    /* An answer with authority comes from the zone itself, wherever its NS records stand. */
    into->is_referral = into->is_referral && !message->is_authoritative;
    return true;
}

static void on_referral(void *arg, struct dns_reply *reply)
{
    struct referral_op *op = arg;
    struct app_collect *collect = op->op.collect;
    struct app_seen_referral *into = op->into;
    char rcode[DNS_RCODE_TEXT_MAX];
    into->seen = APP_NOTHING_CAME;
    if (!reply->has_answer) {
        into->why = app_keep(collect, reply->failure);
    } else if (reply->message.rcode != DNS_RCODE_NOERROR) {
        into->why = app_keep(collect, dns_rcode_text(reply->message.rcode, rcode));
    } else {
        into->seen = APP_CAME;
        into->why = NULL;
        if (!take_message(collect, op->zone, into, &reply->message))
            collect->has_failed = true;
    }
    dns_reply_destroy(reply);
    app_op_done(&op->op);
}

static enum gp_code start_referral(struct app_op *base, struct gp_err *err)
{
    struct referral_op *op = (struct referral_op *)base;
    const struct dns_question question = {.name = &op->zone->zone->apex, .type = DNS_TYPE_NS};
    return dns_ask_start(base->collect->setup.loop, &op->into->addr, DNS_UDP, &question,
                         APP_ASK_TIMEOUT_MS, on_referral, op, &op->ask, err);
}

static void give_up_referral(struct app_op *base, const char *why)
{
    struct referral_op *op = (struct referral_op *)base;
    op->into->seen = APP_NOTHING_CAME;
    op->into->why = why;
}

static void cancel_referral(struct app_op *base)
{
    dns_ask_cancel(((struct referral_op *)base)->ask);
}

static const struct app_op_type referral_type = {
    .start = start_referral, .give_up = give_up_referral, .cancel = cancel_referral};

/* An address of the server that can be tried from here; NULL: there is none. */
static const struct gp_addr *address_of(const struct app_collect *collect,
                                        const struct dns_zone_server *server)
{
    for (size_t i = 0; i < server->address_count; i++)
        if (server->addresses[i].family == GP_IPV6 ? collect->seen->has_ipv6
                                                   : collect->seen->has_ipv4)
            return &server->addresses[i];
    return NULL;
}

static void ask_parent(struct app_collect *collect, struct app_seen_zone *zone)
{
    const struct dns_zone *parent = zone->parent->zone;
    zone->referrals =
        gp_arena_alloc(&collect->seen->arena, PARENT_SERVERS_MAX * sizeof(*zone->referrals));
    if (!zone->referrals) {
        collect->has_failed = true;
        return;
    }
    for (size_t i = 0; i < parent->server_count && zone->referral_count < PARENT_SERVERS_MAX; i++) {
        const struct gp_addr *addr = address_of(collect, &parent->servers[i]);
        if (!addr)
            continue;
        struct app_seen_referral *into = &zone->referrals[zone->referral_count++];
        *into = (struct app_seen_referral){.server = &parent->servers[i].name, .addr = *addr};
        struct referral_op *op = calloc(1, sizeof(*op));
        if (op) {
            op->zone = zone;
            op->into = into;
        }
        app_op_add(collect, op ? &op->op : NULL, &referral_type,
                   app_lane_of(&collect->servers, addr, APP_PER_SERVER_MAX));
    }
}

void app_want_referrals(struct app_collect *collect, struct app_seen_zone *zone)
{
    struct dns_name above;
    if (dns_name_is_root(&zone->zone->apex))
        return;
    dns_name_parent(&zone->zone->apex, &above);
    zone->parent = app_seen_parent(collect->seen, &above);
    if (!zone->parent) {
        collect->has_failed = true;
        return;
    }
    zone->next_below = zone->parent->zones;
    zone->parent->zones = zone;
    if (zone->parent->seen == APP_CAME) {
        ask_parent(collect, zone);
    } else if (!zone->parent->is_wanted) {
        struct parent_op *op = calloc(1, sizeof(*op));
        zone->parent->is_wanted = true;
        if (op)
            op->parent = zone->parent;
        app_op_add(collect, op ? &op->op : NULL, &parent_type, &collect->resolver);
    }
}
