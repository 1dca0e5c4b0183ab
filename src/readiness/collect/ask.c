/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to one server about a record set, and what its reply says. */
#include "readiness/collect/collecting.h"

#include "base/clock.h"

#include <stdlib.h>

struct ask_op {
    struct app_op op;
    struct app_ask what;
    struct dns_name name; /* what.name, which may be gone by then */
    struct app_seen_reply *into;
    struct dns_ask_op *ask;
};

static bool is_ours(const struct ask_op *op, const struct dns_record *record, enum dns_type type)
{
    return record->section == DNS_SECTION_ANSWER && record->type == type &&
           dns_name_equal(&record->owner, &op->name);
}

/* One number for the set is what RFC 2181, 5.2 asks for; a cache may go by any of several. */
static void take_ttl(struct app_seen_reply *into, uint32_t ttl_s)
{
    into->least_ttl_s = into->count > 0 && into->least_ttl_s < ttl_s ? into->least_ttl_s : ttl_s;
    into->ttl_s = into->ttl_s > ttl_s ? into->ttl_s : ttl_s;
}

/* Of several signatures one that holds is enough, so the one that ends last counts. */
static void take_signature(const struct ask_op *op, struct dns_rdata data)
{
    struct dns_rrsig rrsig;
    struct app_seen_reply *into = op->into;
    if (dns_rrsig_decode(data, &rrsig) != GP_OK)
        return;
    if (rrsig.covered == (uint16_t)op->what.type || rrsig.covered == DNS_TYPE_CNAME)
        into->is_wildcard = rrsig.labels < dns_name_labels(&op->name);
    if (rrsig.covered != (uint16_t)op->what.type)
        return;
    int64_t end_s = dns_rrsig_time(rrsig.expiration, gp_clock_wall_s());
    if (into->signed_until_s == 0 || end_s > into->signed_until_s)
        into->signed_until_s = end_s;
}

/* RFC 6672, 2.2: it stands above what it renames. */
static bool is_dname_above(const struct ask_op *op, const struct dns_record *record)
{
    return record->section == DNS_SECTION_ANSWER && record->type == DNS_TYPE_DNAME &&
           dns_name_is_within(&op->name, &record->owner);
}

/* RFC 2308, 5: the lesser of the two. */
static uint32_t negative_of(struct dns_rdata data, uint32_t ttl_s)
{
    struct dns_soa soa;
    if (dns_soa_decode(data, &soa) != GP_OK)
        return 0;
    return soa.minimum_s < ttl_s ? soa.minimum_s : ttl_s;
}

/*
 * How long the absence may be kept: as the SOA says, or as the proofs do, from which a validating
 * resolver may answer by itself (RFC 8198). RFC 9077 makes them the same; older signers do not.
 */
static void take_negative(struct app_seen_reply *into, const struct dns_message *message)
{
    for (size_t i = 0; i < message->record_count && into->count == 0; i++) {
        const struct dns_record *record = &message->records[i];
        uint32_t negative_s = 0;
        if (record->section != DNS_SECTION_AUTHORITY)
            continue;
        if (record->type == DNS_TYPE_SOA)
            negative_s = negative_of(record->data, record->ttl_s);
        else if (record->type == DNS_TYPE_NSEC || record->type == DNS_TYPE_NSEC3)
            negative_s = record->ttl_s;
        into->negative_s = into->negative_s > negative_s ? into->negative_s : negative_s;
    }
}

static size_t count_ours(const struct ask_op *op, const struct dns_message *message)
{
    size_t count = 0;
    for (size_t i = 0; i < message->record_count && count < APP_REPLY_RECORDS_MAX; i++)
        count += is_ours(op, &message->records[i], op->what.type);
    return count;
}

/* Copies the records of the set that was asked for. False when there is no memory. */
static bool copy_records(struct gp_arena *arena, const struct ask_op *op,
                         const struct dns_message *message)
{
    struct app_seen_reply *into = op->into;
    size_t room = count_ours(op, message);
    into->records = gp_arena_alloc(arena, room * sizeof(*into->records) + 1);
    if (!into->records)
        return false;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        into->is_alias = into->is_alias || is_ours(op, record, DNS_TYPE_CNAME);
        into->is_dname = into->is_dname || is_dname_above(op, record);
        if (is_ours(op, record, DNS_TYPE_RRSIG))
            take_signature(op, record->data);
        if (!is_ours(op, record, op->what.type) || into->count == room)
            continue;
        const void *copy = gp_arena_copy(arena, record->data.at, record->data.len);
        if (!copy)
            return false;
        into->has_capitals = into->has_capitals || record->has_capitals;
        take_ttl(into, record->ttl_s);
        into->records[into->count++] = (struct dns_rdata){.at = copy, .len = record->data.len};
    }
    return true;
}

static void take(struct ask_op *op, const struct dns_reply *reply)
{
    struct app_collect *collect = op->op.collect;
    const struct dns_message *message = &reply->message;
    struct app_seen_reply *into = op->into;
    struct dns_soa soa;
    into->duration_ms = reply->duration_ms;
    if (!reply->has_answer) {
        into->seen = APP_NOTHING_CAME;
        into->why = app_keep(collect, reply->failure);
        return;
    }
    into->seen = APP_CAME;
    into->why = NULL;
    into->is_authoritative = message->is_authoritative;
    into->rcode = message->rcode;
    if (!copy_records(&collect->seen->arena, op, message))
        collect->has_failed = true;
    if (op->what.type == DNS_TYPE_SOA && into->count == 1 &&
        dns_soa_decode(into->records[0], &soa) == GP_OK) {
        into->serial = soa.serial;
        into->negative_s = negative_of(into->records[0], into->ttl_s);
    }
    take_negative(into, message);
}

static void on_reply(void *arg, struct dns_reply *reply)
{
    struct ask_op *op = arg;
    take(op, reply);
    if (op->what.zone && op->into->negative_s > op->what.zone->negative_s)
        op->what.zone->negative_s = op->into->negative_s;
    dns_reply_destroy(reply);
    if (op->what.then)
        op->what.then(op->op.collect, op->what.rrset);
    app_op_done(&op->op);
}

static enum gp_code start_ask(struct app_op *base, struct gp_err *err)
{
    struct ask_op *op = (struct ask_op *)base;
    const struct dns_question question = {
        .name = &op->name, .type = (uint16_t)op->what.type, .wishes = op->what.wishes};
    return dns_ask_start(base->collect->setup.loop, &op->what.server, op->what.transport, &question,
                         APP_ASK_TIMEOUT_MS, on_reply, op, &op->ask, err);
}

static void give_up_ask(struct app_op *base, const char *why)
{
    struct ask_op *op = (struct ask_op *)base;
    op->into->seen = APP_NOTHING_CAME;
    op->into->why = why;
}

static void cancel_ask(struct app_op *base)
{
    dns_ask_cancel(((struct ask_op *)base)->ask);
}

static const struct app_op_type ask_type = {
    .start = start_ask, .give_up = give_up_ask, .cancel = cancel_ask};

void app_ask(struct app_collect *collect, const struct app_ask *what, struct app_seen_reply *into)
{
    struct ask_op *op = calloc(1, sizeof(*op));
    if (op) {
        op->what = *what;
        op->name = *what->name;
        op->into = into;
    }
    app_op_add(collect, op ? &op->op : NULL, &ask_type,
               app_lane_of(&collect->servers, &what->server, APP_PER_SERVER_MAX));
}
