/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_diff.h"

#include "json.h"
#include "zones/difference.h"
#include "zones/text.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA          1
#define LINE_BYTES_MAX  (4 * (DNS_TLSA_DATA_MAX + UINT16_MAX))
#define TEXT_BYTES_MAX  (64 * 1048576)
#define ARENA_BYTES_MAX (64 * 1048576)

/* What there is to say of one record set at one server: a difference, or a sentence instead. */
struct remark {
    const struct zone_set *set;
    const struct zone_difference *difference; /* NULL: why says it */
    const char *why;
    bool is_unknown; /* it could not be seen; otherwise it counts as a difference */
};

typedef enum gp_code remark_fn(void *arg, const struct remark *remark, struct gp_err *err);

/* One address of a server. */
struct server {
    const struct app_observations *seen;
    const struct app_seen_zone *zone;
    size_t number;
};

struct comparison {
    const struct app_export_diff *diff;
    struct app_export_result *result;
};

/* Servers. */

static bool is_out_of_reach(const struct server *server)
{
    return app_seen_is_out_of_reach(server->seen, server->zone,
                                    &server->zone->servers[server->number]);
}

static enum gp_code compare_records(const struct app_seen_reply *reply, const struct zone_set *set,
                                    remark_fn *fn, void *arg, struct gp_err *err)
{
    struct gp_arena arena;
    size_t held_count = 0, count = 0;
    enum gp_code code = GP_OK;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    struct zone_record *held = gp_arena_alloc(&arena, (reply->count + 1) * sizeof(*held));
    struct zone_difference *found =
        gp_arena_alloc(&arena, (set->after_count + reply->count + 1) * sizeof(*found));
    if (!held || !found)
        code = gp_err_nomem(err);
    for (size_t i = 0; i < reply->count && code == GP_OK; i++) {
        held[held_count] = (struct zone_record){.owner = set->owner, .ttl_s = reply->ttl_s};
        if (zone_record_read(set->type, reply->records[i], &held[held_count]) == GP_OK) {
            held_count++;
        } else {
            const struct remark malformed = {.set = set, .why = "a malformed record is there"};
            code = fn(arg, &malformed, err);
        }
    }
    if (code == GP_OK)
        count = zone_difference_find(set, held, held_count, found);
    for (size_t i = 0; i < count && code == GP_OK; i++) {
        const struct remark remark = {.set = set, .difference = &found[i]};
        code = fn(arg, &remark, err);
    }
    gp_arena_finish(&arena);
    return code;
}

static enum gp_code compare_set(const struct server *server, const struct zone_set *set,
                                remark_fn *fn, void *arg, struct gp_err *err)
{
    const struct app_seen_rrset *rrset =
        app_observations_rrset(server->seen, &set->owner, set->type);
    const struct app_seen_reply *reply =
        rrset && rrset->replies ? &rrset->replies[server->number] : NULL;
    char text[APP_SEEN_FAULT_MAX];
    struct remark remark = {.set = set};
    remark.why = reply ? app_seen_fault(reply, text) : "was not asked";
    if (remark.why) {
        remark.is_unknown = true;
        return fn(arg, &remark, err);
    }
    if (reply->is_alias) {
        remark.why = "an alias stands in its place";
        return fn(arg, &remark, err);
    }
    return compare_records(reply, set, fn, arg, err);
}

/* Whatever is there is extra. */
static enum gp_code compare_gap(const struct server *server, const struct app_wanted *gap,
                                remark_fn *fn, void *arg, struct gp_err *err)
{
    const struct zone_set set = {.owner = gap->owner, .type = gap->type};
    const struct app_seen_rrset *rrset =
        app_observations_rrset(server->seen, &gap->owner, gap->type);
    bool is_here = rrset && rrset->owner->zone == server->zone;
    return is_here ? compare_set(server, &set, fn, arg, err) : GP_OK;
}

static enum gp_code compare_server(const struct comparison *comparison, const struct server *server,
                                   const struct zone_change *change, remark_fn *fn, void *arg,
                                   struct gp_err *err)
{
    const struct app_published *published = comparison->diff->published;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < change->set_count && code == GP_OK; i++)
        code = compare_set(server, &change->sets[i], fn, arg, err);
    for (size_t i = 0; i < published->gap_count && code == GP_OK; i++)
        code = compare_gap(server, &published->gaps[i], fn, arg, err);
    return code;
}

static const struct app_seen_zone *zone_at(const struct app_published *published,
                                           const struct dns_name *apex)
{
    for (const struct app_seen_zone *at = published->seen->zones; at; at = at->next)
        if (dns_name_equal(&at->zone->apex, apex))
            return at;
    return NULL;
}

/* What one server came to. */
struct tally {
    size_t differences, unknown;
};

static void count_remark(struct tally *tally, const struct remark *remark)
{
    if (remark->is_unknown)
        tally->unknown++;
    else
        tally->differences++;
}

static void count_server(struct app_export_result *result, const struct tally *tally)
{
    result->asked++;
    result->different += tally->differences > 0;
    result->unknown += tally->unknown > 0;
}

/* Text. */

static enum gp_code put_record(struct gp_buf *out, const char *before,
                               const struct zone_record *record, struct gp_err *err)
{
    gp_buf_append_text(out, before);
    return zone_text_record(record, out, err);
}

static void put_set(struct gp_buf *out, const struct zone_set *set)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    gp_buf_printf(out, "%s %s", dns_name_text(&set->owner, name),
                  dns_type_text((uint16_t)set->type, type));
}

/* Of one server. */
struct text {
    struct gp_buf out;
    struct tally tally;
};

static enum gp_code put_remark(void *arg, const struct remark *remark, struct gp_err *err)
{
    struct text *text = arg;
    struct gp_buf *out = &text->out;
    const struct zone_difference *difference = remark->difference;
    enum gp_code code = GP_OK;
    count_remark(&text->tally, remark);
    if (gp_buf_len(out) == 0)
        gp_buf_append_text(out, ":\n");
    if (!difference) {
        gp_buf_append_text(out, remark->is_unknown ? "    not known  " : "    different  ");
        put_set(out, remark->set);
        gp_buf_printf(out, ": %s\n", remark->why);
        return GP_OK;
    }
    switch (difference->kind) {
    case ZONE_MISSING:
        code = put_record(out, "    missing    ", difference->planned, err);
        break;
    case ZONE_DIFFERENT:
        code = put_record(out, "    different  ", difference->held, err);
        if (code == GP_OK)
            code = put_record(out, "      planned  ", difference->planned, err);
        break;
    case ZONE_OTHER_TTL:
        code = put_record(out, "    TTL        ", difference->held, err);
        if (code == GP_OK)
            gp_buf_printf(out, "      planned  %u\n", difference->planned->ttl_s);
        break;
    case ZONE_EXTRA:
        code = put_record(out, "    extra      ", difference->held, err);
        if (code == GP_OK && remark->set->held)
            gp_buf_printf(out, "               held back from the plan: %s\n", remark->set->held);
        break;
    }
    return code;
}

static void put_server_name(struct gp_buf *out, const struct server *server)
{
    const struct app_seen_server *at = &server->zone->servers[server->number];
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    gp_buf_printf(out, "%s at %s", dns_name_text(at->name, name), gp_addr_text(&at->addr, addr));
}

/* Appends what the servers say, those that say the same together; texts has one for each. */
static void put_servers(struct gp_buf *out, struct server server, const struct text *texts)
{
    for (size_t i = 0; i < server.zone->server_count; i++) {
        struct gp_span span = gp_buf_span(&texts[i].out);
        bool is_told = false;
        for (size_t k = 0; k < i && !is_told; k++)
            is_told = gp_span_equal(gp_buf_span(&texts[k].out), span);
        if (is_told)
            continue;
        for (size_t k = i; k < server.zone->server_count; k++) {
            if (!gp_span_equal(gp_buf_span(&texts[k].out), span))
                continue;
            gp_buf_append_text(out, k == i ? "  " : ", ");
            server.number = k;
            put_server_name(out, &server);
        }
        gp_buf_append(out, span.at, span.len);
    }
}

/* What stands behind the name of a server. */
static enum gp_code put_server(const struct comparison *comparison, const struct server *server,
                               const struct zone_change *change, struct text *text,
                               struct gp_err *err)
{
    if (is_out_of_reach(server)) {
        gp_buf_append_text(&text->out, ": not tried: this machine has no address of that family\n");
        return GP_OK;
    }
    enum gp_code code = compare_server(comparison, server, change, put_remark, text, err);
    count_server(comparison->result, &text->tally);
    if (gp_buf_len(&text->out) == 0)
        gp_buf_append_text(&text->out, ": as planned\n");
    return code == GP_OK && gp_buf_failed(&text->out) != GP_OK ? gp_err_nomem(err) : code;
}

static enum gp_code put_zone(const struct comparison *comparison, const struct zone_change *change,
                             struct gp_buf *out, struct gp_err *err)
{
    struct server server = {.seen = comparison->diff->published->seen,
                            .zone = zone_at(comparison->diff->published, &change->apex)};
    size_t count = server.zone ? server.zone->server_count : 0;
    struct text *texts = calloc(count + 1, sizeof(*texts));
    char apex[DNS_NAME_TEXT_MAX];
    enum gp_code code = texts ? GP_OK : gp_err_nomem(err);
    gp_buf_printf(out, "%s (%s)\n", dns_name_text(&change->apex, apex),
                  zone_signing_text(change->signing));
    if (count == 0) {
        comparison->result->unknown++;
        gp_buf_append_text(out, "  not known: none of its servers has an address\n");
    }
    for (size_t i = 0; i < count && code == GP_OK; i++) {
        server.number = i;
        gp_buf_init(&texts[i].out, TEXT_BYTES_MAX);
        code = put_server(comparison, &server, change, &texts[i], err);
    }
    if (code == GP_OK && count > 0)
        put_servers(out, server, texts);
    for (size_t i = 0; i < count && texts; i++)
        gp_buf_finish(&texts[i].out);
    free(texts);
    return code;
}

static enum gp_code put_text(const struct comparison *comparison, struct gp_buf *out,
                             struct gp_err *err)
{
    const struct zone_changes *changes = comparison->diff->changes;
    const struct app_export_result *result = comparison->result;
    enum gp_code code = GP_OK;
    gp_buf_printf(out, "Planned (configuration %s, profile %s) against what is published\n",
                  comparison->diff->digest, zone_profiles()[changes->profile].name);
    for (size_t i = 0; i < changes->zone_count && code == GP_OK; i++) {
        gp_buf_append_char(out, '\n');
        code = put_zone(comparison, &changes->zones[i], out, err);
    }
    gp_buf_append_char(out, '\n');
    if (result->different > 0)
        gp_buf_printf(out,
                      "DIFFERENT: %zu of %zu server addresses hold something else than is "
                      "planned; what is extra is left to you\n",
                      result->different, result->asked);
    else if (result->unknown == 0)
        gp_buf_append_text(out, "SAME: every server holds what is planned\n");
    if (result->unknown > 0)
        gp_buf_printf(out, "UNKNOWN: %zu of %zu server addresses did not tell all\n",
                      result->unknown, result->asked);
    return code;
}

/* JSON. */

struct json {
    struct app_json_writer *writer;
    struct app_export_result *result;
    struct tally tally; /* of the server that is being told of */
};

static enum gp_code put_member(struct app_json_writer *writer, const char *key,
                               const struct zone_record *record, struct gp_err *err)
{
    struct gp_buf data;
    enum gp_code code = GP_OK;
    if (!record) {
        app_json_put_null(writer, key);
        return GP_OK;
    }
    gp_buf_init(&data, LINE_BYTES_MAX);
    code = zone_text_data(record, &data, err);
    app_json_open_object(writer, key);
    app_json_put_int(writer, "ttl", record->ttl_s);
    app_json_put_span(writer, "data", gp_buf_span(&data));
    app_json_close(writer);
    gp_buf_finish(&data);
    return code;
}

static enum gp_code put_json_remark(void *arg, const struct remark *remark, struct gp_err *err)
{
    struct json *json = arg;
    const struct zone_difference *difference = remark->difference;
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    const char *kind = difference           ? zone_difference_text(difference->kind)
                       : remark->is_unknown ? "unknown"
                                            : "different";
    count_remark(&json->tally, remark);
    app_json_open_object(json->writer, NULL);
    app_json_put_text(json->writer, "kind", kind);
    app_json_put_text(json->writer, "name", dns_name_text(&remark->set->owner, name));
    app_json_put_text(json->writer, "type", dns_type_text((uint16_t)remark->set->type, type));
    enum gp_code code =
        put_member(json->writer, "planned", difference ? difference->planned : NULL, err);
    if (code == GP_OK)
        code = put_member(json->writer, "published", difference ? difference->held : NULL, err);
    app_json_put_text(json->writer, "why", difference ? remark->set->held : remark->why);
    app_json_close(json->writer);
    return code;
}

static enum gp_code put_json_zone(const struct comparison *comparison, struct json *json,
                                  const struct zone_change *change, struct gp_err *err)
{
    struct server server = {.seen = comparison->diff->published->seen,
                            .zone = zone_at(comparison->diff->published, &change->apex)};
    size_t count = server.zone ? server.zone->server_count : 0;
    char name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    enum gp_code code = GP_OK;
    if (count == 0)
        comparison->result->unknown++;
    app_json_open_object(json->writer, NULL);
    app_json_put_text(json->writer, "zone", dns_name_text(&change->apex, name));
    app_json_open_array(json->writer, "servers");
    for (; server.number < count && code == GP_OK; server.number++) {
        const struct app_seen_server *at = &server.zone->servers[server.number];
        bool is_tried = !is_out_of_reach(&server);
        app_json_open_object(json->writer, NULL);
        app_json_put_text(json->writer, "name", dns_name_text(at->name, name));
        app_json_put_text(json->writer, "address", gp_addr_text(&at->addr, addr));
        app_json_put_bool(json->writer, "tried", is_tried);
        app_json_open_array(json->writer, "differences");
        json->tally = (struct tally){.differences = 0};
        if (is_tried) {
            code = compare_server(comparison, &server, change, put_json_remark, json, err);
            count_server(json->result, &json->tally);
        }
        app_json_close(json->writer);
        app_json_close(json->writer);
    }
    app_json_close(json->writer);
    app_json_close(json->writer);
    return code;
}

static enum gp_code put_json(const struct comparison *comparison, struct gp_buf *out,
                             struct gp_err *err)
{
    const struct zone_changes *changes = comparison->diff->changes;
    struct json json = {.writer = app_json_writer_create(), .result = comparison->result};
    enum gp_code code = GP_OK;
    app_json_put_int(json.writer, "schema", SCHEMA);
    app_json_put_text(json.writer, "version", GP_VERSION);
    app_json_put_text(json.writer, "configuration", comparison->diff->digest);
    app_json_put_text(json.writer, "profile", zone_profiles()[changes->profile].name);
    app_json_open_array(json.writer, "zones");
    for (size_t i = 0; i < changes->zone_count && code == GP_OK; i++)
        code = put_json_zone(comparison, &json, &changes->zones[i], err);
    app_json_close(json.writer);
    app_json_put_int(json.writer, "asked", (int64_t)comparison->result->asked);
    app_json_put_int(json.writer, "different", (int64_t)comparison->result->different);
    app_json_put_int(json.writer, "unknown", (int64_t)comparison->result->unknown);
    if (code == GP_OK)
        code = app_json_indent(json.writer, out, err);
    app_json_writer_destroy(json.writer);
    return code;
}

enum gp_code app_export_compare(const struct app_export_diff *diff, struct gp_buf *out,
                                struct app_export_result *ret, struct gp_err *err)
{
    *ret = (struct app_export_result){.asked = 0};
    const struct comparison comparison = {.diff = diff, .result = ret};
    return diff->is_json ? put_json(&comparison, out, err) : put_text(&comparison, out, err);
}
