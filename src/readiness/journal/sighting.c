/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/journal/sighting.h"

#include "base/digest.h"
#include "posh/document.h"
#include "posh/host_meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORIES_BYTES_MAX (256 * 1048576)
#define RECORD_TEXT_MAX     20000
#define TEXT_MAX            4096 /* a longer one is told by its digest */

/* Records as text: sorted, so that it is the same whatever their order. */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *record_text(enum dns_type type, struct dns_rdata data)
{
    struct gp_buf text;
    gp_buf_init(&text, RECORD_TEXT_MAX);
    dns_rdata_text(&text, (uint16_t)type, data);
    struct gp_span span = gp_buf_span(&text);
    char *copy = strndup(span.at, span.len);
    gp_buf_finish(&text);
    return copy;
}

static void join(char *const *texts, size_t count, struct gp_buf *out)
{
    char hex[GP_DIGEST_HEX_MAX];
    uint8_t digest[GP_DIGEST_MAX];
    for (size_t i = 0; i < count; i++)
        gp_buf_printf(out, "%s%s", i > 0 ? "\n" : "", texts[i]);
    if (gp_buf_len(out) <= TEXT_MAX)
        return;
    gp_digest(GP_SHA256, gp_buf_span(out).at, gp_buf_len(out), digest);
    gp_buf_reset(out);
    gp_buf_printf(out, "SHA-256 %s", gp_digest_hex(digest, gp_digest_len(GP_SHA256), hex));
}

/* False: no memory. */
static bool set_text(enum dns_type type, const struct dns_rdata *records, size_t count,
                     struct gp_buf *out)
{
    char *texts[APP_REPLY_RECORDS_MAX];
    size_t made = 0;
    gp_buf_reset(out);
    count = count < GP_ARRAY_LEN(texts) ? count : GP_ARRAY_LEN(texts);
    for (; made < count && (texts[made] = record_text(type, records[made])); made++)
        ;
    if (made == count) {
        qsort(texts, count, sizeof(*texts), compare_texts);
        join(texts, count, out);
    }
    for (size_t i = 0; i < made; i++)
        free(texts[i]);
    return made == count && gp_buf_failed(out) == GP_OK;
}

/* Sightings. */

struct telling {
    const struct app_observations *seen;
    app_sighting_fn *sighting;
    app_silence_fn *silence;
    void *arg;
    struct gp_buf text; /* of the records that are being told */
};

static bool tell(struct telling *telling, struct app_sighting *sighting)
{
    sighting->span.first_s = sighting->span.last_s = telling->seen->started_s;
    sighting->span.is_denied = gp_buf_len(&telling->text) == 0;
    sighting->span.is_unsigned = sighting->signed_until_s == 0;
    sighting->span.text = sighting->span.is_denied ? "" : gp_buf_text(&telling->text);
    return sighting->span.text && telling->sighting(telling->arg, sighting);
}

/* An alias is neither records of this name nor their absence. */
static bool tell_replies(struct telling *telling, const struct app_seen_rrset *rrset)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    char server[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_seen_reply *reply = &rrset->replies[i];
        if (!app_seen_is_word(reply) || reply->is_alias)
            continue;
        struct app_sighting sighting = {
            .zone = &zone->zone->apex,
            .name = &rrset->owner->name,
            .type = rrset->type,
            .server = gp_addr_text(&zone->servers[i].addr, server),
            .span.ttl_s = reply->count > 0 ? reply->ttl_s : reply->negative_s,
            .serial = zone->servers[i].soa[DNS_UDP].serial,
            .signed_until_s = reply->signed_until_s,
        };
        if (!set_text(rrset->type, reply->records, reply->count, &telling->text) ||
            !tell(telling, &sighting))
            return false;
    }
    return true;
}

static bool tell_answer(struct telling *telling, const struct app_seen_rrset *rrset)
{
    const struct dns_answer *answer = rrset->answer;
    if (rrset->seen != APP_CAME || answer->outcome == DNS_FAILED || dns_answer_is_alias(answer))
        return true;
    struct app_sighting sighting = {.zone = &rrset->owner->name,
                                    .name = &rrset->owner->name,
                                    .type = rrset->type,
                                    .server = APP_BY_RESOLVER,
                                    .span.ttl_s = answer->ttl_s,
                                    .is_cached = true};
    return set_text(rrset->type, answer->records, answer->count, &telling->text) &&
           tell(telling, &sighting);
}

/* This machine cannot try addresses of that family: that is not the server's silence. */
static bool can_try(const struct app_observations *seen, const struct gp_addr *addr)
{
    return addr->family == GP_IPV6 ? seen->has_ipv6 : seen->has_ipv4;
}

static bool tell_zone(struct telling *telling, const struct app_seen_zone *zone)
{
    char text[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < zone->server_count; i++) {
        const struct app_seen_server *server = &zone->servers[i];
        const struct app_seen_reply *soa = &server->soa[DNS_UDP];
        struct app_sighting sighting = {.zone = &zone->zone->apex,
                                        .name = &zone->zone->apex,
                                        .type = DNS_TYPE_SOA,
                                        .server = gp_addr_text(&server->addr, text),
                                        .span.ttl_s = soa->negative_s,
                                        .serial = soa->serial,
                                        .signed_until_s = soa->signed_until_s};
        gp_buf_reset(&telling->text);
        if (app_seen_is_word(soa) && soa->count > 0 && !tell(telling, &sighting))
            return false;
        if (soa->seen != APP_NOT_ASKED &&
            (soa->seen == APP_CAME || can_try(telling->seen, &server->addr)) &&
            !telling->silence(telling->arg, &zone->zone->apex, text, !app_seen_is_word(soa)))
            return false;
    }
    return true;
}

/* Documents. */

static void put_hex(struct gp_buf *out, const char *before, const uint8_t *bytes, size_t len)
{
    char hex[GP_DIGEST_HEX_MAX];
    gp_buf_printf(out, "%s%s\n", before, gp_digest_hex(bytes, len, hex));
}

static void put_host_meta(struct gp_buf *out, const struct app_host_meta *meta)
{
    char text[GP_ADDR_TEXT_MAX];
    if (!meta->has_xmpp)
        return;
    for (size_t i = 0; i < meta->link_count; i++) {
        const struct app_host_meta_link *link = &meta->links[i];
        gp_buf_printf(out, "link %d %s %s\n", (int)link->kind, link->where, link->sni);
        for (size_t k = 0; k < link->ip_count; k++)
            gp_buf_printf(out, "%s\n", gp_addr_port_text(&link->ips[k], text));
    }
    for (size_t i = 0; i < meta->pin_count; i++)
        put_hex(out, "pin ", meta->pins[i], sizeof(meta->pins[i]));
}

static void put_posh(struct gp_buf *out, const struct app_posh_document *posh)
{
    for (size_t i = 0; i < posh->prints.count; i++)
        put_hex(out, "", posh->prints.list[i].bytes, gp_digest_len(posh->prints.list[i].kind));
}

/* One that cannot be used says nothing, like none. */
static bool tell_document(struct telling *telling, const struct app_seen_domain *domain,
                          const struct app_seen_document *document, enum dns_type type)
{
    struct dns_name name;
    bool is_of_use = document->is_there && !document->fault;
    int64_t keep_s = 0;
    if (document->seen != APP_CAME)
        return true;
    dns_name_from_domain(&domain->domain, &name);
    gp_buf_reset(&telling->text);
    if (is_of_use && document->posh) {
        put_posh(&telling->text, document->posh);
        keep_s = document->posh->expires_s;
    } else if (is_of_use && document->host_meta) {
        put_host_meta(&telling->text, document->host_meta);
        keep_s = document->host_meta->ttl_s;
    }
    struct app_sighting sighting = {.zone = &name,
                                    .name = &name,
                                    .type = type,
                                    .server = APP_BY_HTTPS,
                                    .span.ttl_s =
                                        keep_s > UINT32_MAX ? UINT32_MAX : (uint32_t)keep_s};
    return tell(telling, &sighting);
}

enum gp_code app_sightings(const struct app_observations *seen, app_sighting_fn *sighting,
                           app_silence_fn *silence, void *arg, struct gp_err *err)
{
    struct telling telling = {.seen = seen, .sighting = sighting, .silence = silence, .arg = arg};
    bool is_told = true;
    gp_buf_init(&telling.text, APP_REPLY_RECORDS_MAX * RECORD_TEXT_MAX);
    for (const struct app_seen_zone *at = seen->zones; at && is_told; at = at->next)
        is_told = tell_zone(&telling, at);
    for (const struct app_seen_rrset *at = seen->rrsets; at && is_told; at = at->next)
        if (at->type == DNS_TYPE_DS)
            is_told = tell_answer(&telling, at);
        else if (at->replies && at->owner->zone && at->type != DNS_TYPE_SOA)
            is_told = tell_replies(&telling, at);
    for (const struct app_seen_domain *at = seen->domains; at && is_told; at = at->next)
        is_told = tell_document(&telling, at, &at->host_meta, APP_TYPE_HOST_META) &&
                  tell_document(&telling, at, &at->posh, APP_TYPE_POSH);
    gp_buf_finish(&telling.text);
    return is_told ? GP_OK : gp_err_nomem(err);
}

/* Histories. */

const struct zone_history *app_history(const struct app_histories *histories,
                                       const struct dns_name *name, enum dns_type type)
{
    static const struct zone_history empty = {.tracks = NULL};
    struct dns_set_key key;
    const struct zone_history *found =
        gp_map_find(&histories->index, dns_set_key(&key, name, type));
    return found ? found : &empty;
}

bool app_history_put(struct app_histories *histories, const struct dns_name *name,
                     enum dns_type type, const struct zone_history *history)
{
    struct dns_set_key key;
    struct zone_history *copy = gp_arena_alloc(&histories->arena, sizeof(*copy));
    if (!copy)
        return false;
    *copy = *history;
    return gp_map_put(&histories->index, dns_set_key(&key, name, type), copy) == GP_OK;
}

/* Of this run alone, each server has one span. */
static bool add_track(void *arg, const struct app_sighting *sighting)
{
    struct app_histories *histories = arg;
    const struct zone_history *before = app_history(histories, sighting->name, sighting->type);
    struct zone_history history = {.track_count = before->track_count + 1};
    struct zone_track *tracks =
        gp_arena_alloc(&histories->arena, history.track_count * sizeof(*tracks));
    struct zone_span *span = gp_arena_alloc(&histories->arena, sizeof(*span));
    char *server = gp_arena_text(&histories->arena, sighting->server);
    if (!tracks || !span || !server)
        return false;
    *span = sighting->span;
    span->text = gp_arena_text(&histories->arena, sighting->span.text);
    if (before->track_count > 0)
        memcpy(tracks, before->tracks, before->track_count * sizeof(*tracks));
    tracks[before->track_count] =
        (struct zone_track){.server = server, .is_current = true, .span_count = 1, .spans = span};
    history.tracks = tracks;
    return span->text && app_history_put(histories, sighting->name, sighting->type, &history);
}

static bool forget_silence(void *arg, const struct dns_name *zone, const char *server,
                           bool is_silent)
{
    (void)arg;
    (void)zone;
    (void)server;
    (void)is_silent;
    return true;
}

enum gp_code app_histories_create(const struct app_observations *seen, const char *trouble,
                                  struct app_histories **ret, struct gp_err *err)
{
    struct app_histories *histories = calloc(1, sizeof(*histories));
    if (!histories)
        return gp_err_nomem(err);
    gp_arena_init(&histories->arena, HISTORIES_BYTES_MAX);
    gp_map_init(&histories->index);
    enum gp_code code =
        seen ? app_sightings(seen, add_track, forget_silence, histories, err) : GP_OK;
    if (code == GP_OK && trouble &&
        !(histories->trouble = gp_arena_text(&histories->arena, trouble)))
        code = gp_err_nomem(err);
    if (code != GP_OK) {
        app_histories_destroy(histories);
        return code;
    }
    *ret = histories;
    return GP_OK;
}

void app_histories_destroy(struct app_histories *histories)
{
    if (!histories)
        return;
    gp_map_finish(&histories->index);
    gp_arena_finish(&histories->arena);
    free(histories);
}
