/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/verdicts.h"

#include "base/clock.h"

#include <stdlib.h>

#define VERDICTS_BYTES_MAX (64 * 1048576)

/* What was found about one domain, or about one name or zone that domains may share. */
struct tally {
    int64_t safe_at_s;
    bool has[APP_FAIL + 1][APP_CHECKS_MAX];
};

struct counting {
    struct app_verdicts *verdicts;
    const struct app_check *checks;
    struct gp_map domains, places; /* tallies */
    struct tally all;              /* what concerns every domain */
    bool has_failed;               /* no memory */
};

static struct tally *tally_of(struct counting *counting, struct gp_map *map, struct gp_span key)
{
    struct tally *tally = gp_map_find(map, key);
    if (tally)
        return tally;
    tally = gp_arena_alloc(&counting->verdicts->arena, sizeof(*tally));
    if (tally && gp_map_put(map, key, tally) == GP_OK)
        return tally;
    counting->has_failed = true;
    return NULL;
}

static void count(struct counting *counting, const struct app_finding *finding)
{
    bool is_binding = finding->check->severity == APP_BINDING;
    if (finding->status < APP_WARN || (!is_binding && finding->status != APP_WARN))
        return;
    struct tally *tally =
        finding->domain
            ? tally_of(counting, &counting->domains, gp_span_text(finding->domain->ascii))
        : finding->place ? tally_of(counting, &counting->places, dns_name_span(finding->place))
                         : &counting->all;
    if (!tally)
        return;
    tally->has[finding->status][finding->check - counting->checks] = true;
    if (finding->status == APP_WAIT && finding->until_s > tally->safe_at_s)
        tally->safe_at_s = finding->until_s;
}

static void add(struct app_domain_verdict *verdict, const struct tally *tally)
{
    if (!tally)
        return;
    for (int status = APP_WARN; status <= APP_FAIL; status++)
        for (size_t i = 0; i < APP_CHECKS_MAX; i++)
            verdict->has[status][i] = verdict->has[status][i] || tally->has[status][i];
    if (tally->safe_at_s > verdict->safe_at_s)
        verdict->safe_at_s = tally->safe_at_s;
}

/* A name that the domain depends on, and the zone that it lives in. */
static void add_name(const struct counting *counting, struct app_domain_verdict *verdict,
                     const struct app_seen_rrset *rrset)
{
    if (!rrset)
        return;
    const struct app_seen_zone *zone = rrset->owner->zone;
    add(verdict, gp_map_find(&counting->places, dns_name_span(&rrset->owner->name)));
    if (zone && zone->zone)
        add(verdict, gp_map_find(&counting->places, dns_name_span(&zone->zone->apex)));
}

static void add_places(const struct counting *counting, struct app_domain_verdict *verdict)
{
    for (int i = 0; i < DNS_SERVICE_COUNT; i++)
        add_name(counting, verdict, verdict->domain->srv[i]);
    for (const struct app_seen_endpoint *at = verdict->domain->endpoints; at; at = at->next) {
        add_name(counting, verdict, at->addresses[0]); /* that of the A records has its name */
        add_name(counting, verdict, at->tlsa);
    }
}

static bool has_any(const bool has[APP_CHECKS_MAX])
{
    for (size_t i = 0; i < APP_CHECKS_MAX; i++)
        if (has[i])
            return true;
    return false;
}

/* As app_verdict_of(). */
static void decide(struct app_domain_verdict *verdict)
{
    verdict->verdict = has_any(verdict->has[APP_FAIL])      ? APP_NOT_READY
                       : has_any(verdict->has[APP_WAIT])    ? APP_TO_WAIT
                       : has_any(verdict->has[APP_UNKNOWN]) ? APP_NOT_KNOWN
                                                            : APP_READY;
    if (verdict->verdict != APP_TO_WAIT)
        verdict->safe_at_s = 0;
}

static bool make(struct counting *counting, const struct app_observations *seen)
{
    struct app_verdicts *verdicts = counting->verdicts;
    size_t domain_count = 0;
    for (const struct app_seen_domain *at = seen->domains; at; at = at->next)
        domain_count++;
    verdicts->list = gp_arena_alloc(&verdicts->arena, domain_count * sizeof(*verdicts->list) + 1);
    for (const struct app_seen_domain *at = seen->domains; at && verdicts->list; at = at->next) {
        struct app_domain_verdict *verdict = gp_arena_alloc(&verdicts->arena, sizeof(*verdict));
        if (!verdict)
            return false;
        verdict->domain = at;
        add(verdict, &counting->all);
        add(verdict, gp_map_find(&counting->domains, gp_span_text(at->domain.ascii)));
        if (counting->places.count > 0)
            add_places(counting, verdict);
        decide(verdict);
        verdicts->list[verdicts->count++] = verdict;
        if (gp_map_put(&verdicts->index, gp_span_text(at->domain.ascii), verdict) != GP_OK)
            return false;
    }
    return verdicts->list && !counting->has_failed;
}

static bool sort(struct app_verdicts *verdicts)
{
    static const enum app_verdict order[] = {APP_NOT_READY, APP_TO_WAIT, APP_NOT_KNOWN, APP_READY};
    size_t sorted = 0;
    verdicts->urgent =
        gp_arena_alloc(&verdicts->arena, verdicts->count * sizeof(*verdicts->urgent) + 1);
    for (size_t k = 0; k < GP_ARRAY_LEN(order) && verdicts->urgent; k++)
        for (size_t i = 0; i < verdicts->count; i++)
            if (verdicts->list[i]->verdict == order[k])
                verdicts->urgent[sorted++] = verdicts->list[i];
    return verdicts->urgent != NULL;
}

enum gp_code app_verdicts_create(const struct app_findings *findings,
                                 const struct app_observations *seen, struct app_verdicts **ret,
                                 struct gp_err *err)
{
    struct counting counting = {.verdicts = calloc(1, sizeof(*counting.verdicts))};
    if (!counting.verdicts)
        return gp_err_nomem(err);
    gp_arena_init(&counting.verdicts->arena, VERDICTS_BYTES_MAX);
    gp_map_init(&counting.verdicts->index);
    gp_map_init(&counting.domains);
    gp_map_init(&counting.places);
    counting.checks = app_checks(&(size_t){0});
    for (const struct app_finding *at = findings->first; at; at = at->next)
        count(&counting, at);
    bool is_made = make(&counting, seen) && sort(counting.verdicts);
    gp_map_finish(&counting.domains);
    gp_map_finish(&counting.places);
    if (!is_made) {
        app_verdicts_destroy(counting.verdicts);
        return gp_err_nomem(err);
    }
    *ret = counting.verdicts;
    return GP_OK;
}

const struct app_domain_verdict *app_verdicts_find(const struct app_verdicts *verdicts,
                                                   const struct dns_domain *domain)
{
    return gp_map_find(&verdicts->index, gp_span_text(domain->ascii));
}

void app_verdict_reason(struct gp_buf *out, const struct app_domain_verdict *verdict)
{
    const char *before = "";
    char time[GP_CLOCK_TEXT_MAX];
    if (verdict->safe_at_s != 0) {
        gp_buf_printf(out, "until %s", gp_clock_text(verdict->safe_at_s, time));
        before = "; ";
    }
    app_checks_put(out, verdict->has[APP_FAIL], "to be corrected", &before);
    app_checks_put(out, verdict->has[APP_WAIT], "takes time", &before);
    app_checks_put(out, verdict->has[APP_UNKNOWN], "not known", &before);
    app_checks_put(out, verdict->has[APP_WARN], "worth a look", &before);
}

void app_verdicts_destroy(struct app_verdicts *verdicts)
{
    if (!verdicts)
        return;
    gp_map_finish(&verdicts->index);
    gp_arena_finish(&verdicts->arena);
    free(verdicts);
}
