/* SPDX-License-Identifier: BSD-2-Clause */
#include "tlsa_view.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RECORD_BYTES_MAX 20000
#define OTHERS_MAX       16 /* that are told of, at one place */

struct viewing {
    const struct app_config *config;
    const struct app_domain *domain;
    const struct app_observations *seen;
    const struct app_histories *histories;
    int64_t now_s;
    struct gp_arena *arena;
    struct app_tlsa_view *view;
    char current[APP_TLSA_TEXT_MAX], next[APP_TLSA_TEXT_MAX];
    bool has_failed; /* no memory */
};

static const char *say(struct viewing *viewing, const char *format, ...) GP_PRINTF(2, 3);

static const char *say(struct viewing *viewing, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    const char *kept = gp_arena_text(viewing->arena, text);
    viewing->has_failed = viewing->has_failed || !kept;
    return kept ? kept : "";
}

static bool holds(const struct dns_rdata *data, const char *record)
{
    struct gp_buf text;
    gp_buf_init(&text, RECORD_BYTES_MAX);
    dns_rdata_text(&text, DNS_TYPE_TLSA, *data);
    const char *found = gp_buf_text(&text);
    bool is_same = found && strcmp(found, record) == 0;
    gp_buf_finish(&text);
    return is_same;
}

/* Servers. */

/* Why the reply does not tell what the server has; NULL: it does. */
static const char *trouble_of(struct viewing *viewing, const struct app_seen_reply *reply)
{
    char text[APP_SEEN_FAULT_MAX];
    const char *fault = app_seen_fault(reply, text);
    if (fault)
        return fault == text ? say(viewing, "%s", text) : fault;
    return reply->is_alias ? "an alias stands there" : NULL;
}

static void note_other(struct viewing *viewing, struct app_tlsa_view_place *place,
                       const struct dns_rdata *data)
{
    struct gp_buf text;
    gp_buf_init(&text, RECORD_BYTES_MAX);
    dns_rdata_text(&text, DNS_TYPE_TLSA, *data);
    const char *record = gp_buf_text(&text);
    bool is_known = !record;
    for (size_t i = 0; i < place->other_count && !is_known; i++)
        is_known = strcmp(place->others[i], record) == 0;
    if (!is_known && place->other_count < OTHERS_MAX)
        place->others[place->other_count++] = say(viewing, "%s", record);
    gp_buf_finish(&text);
}

static void take_reply(struct viewing *viewing, struct app_tlsa_view_place *place,
                       const struct app_seen_reply *reply, struct app_tlsa_server *server)
{
    server->trouble = trouble_of(viewing, reply);
    if (server->trouble) {
        place->standing.is_told = false;
        return;
    }
    server->ttl_s = reply->ttl_s;
    for (size_t i = 0; i < reply->count; i++)
        if (holds(&reply->records[i], viewing->current))
            server->has_current = true;
        else if (viewing->view->has_next && holds(&reply->records[i], viewing->next))
            server->has_next = true;
        else
            note_other(viewing, place, &reply->records[i]);
}

static void take_servers(struct viewing *viewing, const struct app_seen_rrset *rrset,
                         struct app_tlsa_view_place *place)
{
    const struct app_seen_zone *zone = rrset->owner->zone;
    place->servers =
        gp_arena_alloc(viewing->arena, (zone->server_count + 1) * sizeof(*place->servers));
    place->others = gp_arena_alloc(viewing->arena, OTHERS_MAX * sizeof(*place->others));
    if (!place->servers || !place->others) {
        viewing->has_failed = true;
        return;
    }
    for (size_t i = 0; i < zone->server_count; i++) {
        if (app_seen_is_out_of_reach(viewing->seen, zone, &zone->servers[i]))
            continue;
        struct app_tlsa_server *server = &place->servers[place->server_count++];
        *server =
            (struct app_tlsa_server){.name = zone->servers[i].name, .addr = zone->servers[i].addr};
        take_reply(viewing, place, &rrset->replies[i], server);
    }
    if (place->server_count == 0)
        place->standing.is_told = false;
}

/* Keys. */

static void look(const struct viewing *viewing, const struct dns_name *owner, const char *record,
                 struct zone_key_view *ret)
{
    zone_key_look(app_history(viewing->histories, owner, DNS_TYPE_TLSA),
                  &viewing->config->check.margins, record, viewing->now_s, ret);
}

static void take_served(struct viewing *viewing, struct app_tlsa_view_place *place)
{
    const struct app_observations *seen = viewing->seen;
    char record[APP_TLSA_TEXT_MAX];
    place->served = gp_arena_alloc(viewing->arena, (seen->key_count + 1) * sizeof(*place->served));
    if (!place->served) {
        viewing->has_failed = true;
        return;
    }
    for (size_t i = 0; i < seen->key_count; i++) {
        const struct app_seen_key *key = &seen->keys[i];
        struct zone_key_view known;
        if (!dns_name_equal(&key->owner, &place->place->owner) ||
            !dns_domain_equal(&key->domain, &viewing->domain->name))
            continue;
        struct app_tlsa_served *served = &place->served[place->served_count++];
        *served = (struct app_tlsa_served){.addr = key->addr};
        if (key->seen != APP_CAME) {
            served->trouble = key->why;
            continue;
        }
        memcpy(served->spki_sha256, key->spki_sha256, sizeof(served->spki_sha256));
        app_tlsa_text(key->spki_sha256, record);
        served->is_current = strcmp(record, viewing->current) == 0;
        served->is_next = viewing->view->has_next && strcmp(record, viewing->next) == 0;
        look(viewing, &place->place->owner, record, &known);
        served->state = known.state;
        zone_key_worse(&place->standing.served, &known);
    }
}

static void take_place(struct viewing *viewing, const struct app_tlsa_place *at,
                       struct app_tlsa_view_place *place)
{
    const struct app_seen_rrset *rrset =
        app_observations_rrset(viewing->seen, &at->owner, DNS_TYPE_TLSA);
    bool is_found = rrset && rrset->owner->seen == APP_CAME && rrset->replies;
    *place = (struct app_tlsa_view_place){.place = at,
                                          .standing = {.is_signed = true, .is_told = is_found}};
    place->standing.has_next = viewing->view->has_next;
    look(viewing, &at->owner, viewing->current, &place->standing.current);
    look(viewing, &at->owner, viewing->next, &place->standing.next);
    take_served(viewing, place);
    if (!is_found) {
        place->trouble = rrset && rrset->owner->why ? rrset->owner->why : "there was no time";
        return;
    }
    /* RFC 6698, 4.1: what is not secure counts for nobody. */
    if (rrset->seen == APP_CAME && rrset->answer->outcome != DNS_FAILED)
        place->standing.is_signed = rrset->answer->security != DNS_INSECURE;
    take_servers(viewing, rrset, place);
}

/* What is next, in words. */

static bool is_to_be_published(const struct zone_key_view *view)
{
    return view->state != ZONE_KEY_UNSEEN && view->since_s == 0;
}

static const char *say_danger(struct viewing *viewing)
{
    char addr[GP_ADDR_TEXT_MAX], owner[DNS_NAME_TEXT_MAX];
    const struct app_tlsa_view *view = viewing->view;
    for (size_t i = 0; i < view->place_count; i++)
        for (size_t k = 0; k < view->places[i].served_count; k++) {
            const struct app_tlsa_served *served = &view->places[i].served[k];
            if (!served->trouble && served->state == ZONE_KEY_MISSING)
                return say(viewing,
                           "DANGER: the key that %s serves has no record at %s on every server: "
                           "partners that use DANE refuse it; publish its record, or serve a key "
                           "that has one",
                           gp_addr_port_text(&served->addr, addr),
                           dns_name_text(&view->places[i].place->owner, owner));
        }
    return "";
}

static const char *say_missing(struct viewing *viewing)
{
    const struct app_tlsa_view *view = viewing->view;
    char owner[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < view->place_count; i++) {
        const struct zone_key_view *current = &view->places[i].standing.current;
        if (!view->places[i].standing.is_signed || !is_to_be_published(current))
            continue;
        return say(viewing, "publish the record of the present key: %s has none of it%s%s",
                   dns_name_text(&view->places[i].place->owner, owner),
                   current->server ? " at " : "", current->server ? current->server : "");
    }
    return "";
}

static const char *say_unknown(struct viewing *viewing)
{
    const struct app_tlsa_view *view = viewing->view;
    char owner[DNS_NAME_TEXT_MAX], name[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < view->place_count; i++) {
        const struct app_tlsa_view_place *place = &view->places[i];
        dns_name_text(&place->place->owner, owner);
        if (place->trouble)
            return say(viewing, "not known: the zone of %s: %s", owner, place->trouble);
        for (size_t k = 0; k < place->server_count; k++)
            if (place->servers[k].trouble)
                return say(viewing, "not known: what %s (%s) has at %s: %s",
                           dns_name_text(place->servers[k].name, name),
                           gp_addr_text(&place->servers[k].addr, addr), owner,
                           place->servers[k].trouble);
    }
    return "not known: no name server could be asked";
}

static const char *say_nothing(struct viewing *viewing)
{
    const struct app_tlsa_view *view = viewing->view;
    size_t signed_count = 0, other_count = 0;
    for (size_t i = 0; i < view->place_count; i++) {
        signed_count += view->places[i].standing.is_signed;
        other_count += view->places[i].other_count;
    }
    if (!viewing->domain->wants_dane)
        return "nothing to do: the configuration wants no DANE (dane = no)";
    if (signed_count == 0)
        return "nothing to do: the zone is not signed, so that nobody goes by TLSA records there";
    if (viewing->domain->next_key && !view->has_next)
        return "nothing to do: next-key is the present key; take it out of the configuration, or "
               "name the one after it";
    if (other_count > 0)
        return "nothing to do; the records of other keys can go when nobody wants to go back to "
               "them";
    return "nothing to do: every server has the record of the key, and no other key is planned";
}

static const char *conclude(struct viewing *viewing)
{
    const struct app_tlsa_view *view = viewing->view;
    char when[GP_CLOCK_TEXT_MAX];
    switch (view->verdict) {
    case ZONE_ROLLOVER_NONE:
        break;
    case ZONE_ROLLOVER_SAFE:
        return "safe to deploy now: partners know the next key; have a certificate for it served, "
               "and reload";
    case ZONE_ROLLOVER_WAIT:
        return say(viewing,
                   "WAIT until %s: until then partners may hold records without the next key",
                   gp_clock_text(view->ready_s, when));
    case ZONE_ROLLOVER_PUBLISH:
        return "publish the record of the next key beside that of the present one";
    case ZONE_ROLLOVER_UNKNOWN:
        return say_unknown(viewing);
    case ZONE_ROLLOVER_MISSING:
        return say_missing(viewing);
    case ZONE_ROLLOVER_DANGER:
        return say_danger(viewing);
    }
    return say_nothing(viewing);
}

/* Since when all servers have had all that is wanted, at every place; 0: they have not. */
static int64_t find_since(const struct app_tlsa_view *view)
{
    int64_t since_s = 0;
    for (size_t i = 0; i < view->place_count; i++) {
        const struct zone_rollover_place *standing = &view->places[i].standing;
        if (!standing->is_signed)
            continue;
        if (standing->current.since_s == 0 || (standing->has_next && standing->next.since_s == 0))
            return 0;
        if (standing->current.since_s > since_s)
            since_s = standing->current.since_s;
        if (standing->has_next && standing->next.since_s > since_s)
            since_s = standing->next.since_s;
    }
    return since_s;
}

static enum gp_code judge(struct viewing *viewing, struct gp_err *err)
{
    struct app_tlsa_view *view = viewing->view;
    struct zone_rollover_place *standings =
        gp_arena_alloc(viewing->arena, (view->place_count + 1) * sizeof(*standings));
    if (!standings)
        return gp_err_nomem(err);
    for (size_t i = 0; i < view->place_count; i++)
        standings[i] = view->places[i].standing;
    view->verdict = zone_rollover_judge(standings, view->place_count, &view->ready_s);
    view->since_s = find_since(view);
    view->sentence = conclude(viewing);
    return viewing->has_failed ? gp_err_nomem(err) : GP_OK;
}

enum gp_code app_tlsa_view(const struct app_config *config, const struct app_domain *domain,
                           const struct app_observations *seen,
                           const struct app_histories *histories, int64_t now_s,
                           struct gp_arena *arena, struct app_tlsa_view *ret, struct gp_err *err)
{
    struct viewing viewing = {.config = config,
                              .domain = domain,
                              .seen = seen,
                              .histories = histories,
                              .now_s = now_s,
                              .arena = arena,
                              .view = ret};
    struct app_tlsa_place *places = NULL;
    size_t count = 0;
    enum gp_code code =
        domain->wants_dane ? app_tlsa_places(domain, arena, &places, &count, err) : GP_OK;
    if (code != GP_OK)
        return code;
    *ret = (struct app_tlsa_view){.domain = domain};
    app_tlsa_text(domain->spki_sha256, viewing.current);
    app_tlsa_text(domain->next_spki_sha256, viewing.next);
    ret->has_next = domain->next_key && strcmp(viewing.current, viewing.next) != 0;
    ret->places = gp_arena_alloc(arena, (count + 1) * sizeof(*ret->places));
    if (!ret->places)
        return gp_err_nomem(err);
    for (; ret->place_count < count; ret->place_count++)
        take_place(&viewing, &places[ret->place_count], &ret->places[ret->place_count]);
    return judge(&viewing, err);
}

/* Records. */

static bool is_served_before(const struct app_tlsa_view_place *place, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (!place->served[i].trouble &&
            memcmp(place->served[i].spki_sha256, place->served[number].spki_sha256, 32) == 0)
            return true;
    return false;
}

void app_tlsa_view_put_lines(const struct app_tlsa_view *view, struct gp_buf *out)
{
    const struct app_domain *domain = view->domain;
    for (size_t i = 0; i < view->place_count; i++) {
        const struct app_tlsa_view_place *place = &view->places[i];
        const struct dns_name *owner = &place->place->owner;
        const struct zone_rollover_place *standing = &place->standing;
        if (!standing->is_signed)
            continue;
        if (is_to_be_published(&standing->current))
            app_tlsa_put_line(out, owner, domain->ttl_s, domain->spki_sha256);
        if (standing->has_next && is_to_be_published(&standing->next))
            app_tlsa_put_line(out, owner, domain->ttl_s, domain->next_spki_sha256);
        for (size_t k = 0; k < place->served_count; k++) {
            const struct app_tlsa_served *served = &place->served[k];
            if (!served->trouble && !served->is_current && !served->is_next &&
                served->state == ZONE_KEY_MISSING && !is_served_before(place, k))
                app_tlsa_put_line(out, owner, domain->ttl_s, served->spki_sha256);
        }
    }
}
