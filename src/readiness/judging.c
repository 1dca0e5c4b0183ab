/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/judging.h"

#include "base/clock.h"
#include "readiness/compare.h"
#include "zones/text.h"

#include <stdarg.h>
#include <stdio.h>

#define TEXT_MAX 20000 /* of one text; a TLSA record with a whole certificate is the longest */

/* Text. */

GP_PRINTF(2, 0)
static const char *say_list(struct app_judging *judging, const char *format, va_list args)
{
    char text[TEXT_MAX];
    vsnprintf(text, sizeof(text), format, args);
    const char *copy = gp_arena_text(&judging->findings->arena, text);
    judging->has_failed = judging->has_failed || !copy;
    return copy ? copy : "";
}

const char *app_say(struct app_judging *judging, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = say_list(judging, format, args);
    va_end(args);
    return text;
}

const char *app_say_name(struct app_judging *judging, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_MAX];
    return app_say(judging, "%s", dns_name_text(name, text));
}

const char *app_say_time(struct app_judging *judging, int64_t wall_s)
{
    char text[GP_CLOCK_TEXT_MAX];
    return app_say(judging, "%s", gp_clock_text(wall_s, text));
}

const char *app_say_span(struct app_judging *judging, int64_t span_s)
{
    char text[GP_CLOCK_SPAN_MAX];
    return app_say(judging, "%s", gp_clock_span_text(span_s * 1000, text));
}

const char *app_say_wait(struct app_judging *judging, const struct zone_wait *wait)
{
    const struct zone_margins *margins = &judging->input->config->check.margins;
    const char *from = app_say_time(judging, wait->from_s);
    const char *more =
        wait->has_stale
            ? app_say(judging, ", and %s more since a name server could not be reached meanwhile",
                      app_say_span(judging, margins->stale_s))
            : "";
    switch (wait->term) {
    case ZONE_TERM_TTL:
        return app_say(judging, "a TTL of %u s, served until %s%s", wait->ttl_s, from, more);
    case ZONE_TERM_CACHE:
        return app_say(judging,
                       "%s that some resolvers keep what has a TTL of %u s, served until %s%s",
                       app_say_span(judging, margins->cache_s), wait->ttl_s, from, more);
    case ZONE_TERM_NEGATIVE:
        return app_say(judging, "\"there is none\" may be kept for %u s, and was said until %s",
                       wait->ttl_s, from);
    case ZONE_TERM_BEFORE:
        return app_say(judging,
                       "first seen at %s; a TTL of %u s before that is assumed (check: old-ttl)%s",
                       from, wait->ttl_s, more);
    case ZONE_TERM_NONE:
        break;
    }
    return "nothing else was seen before";
}

const char *app_say_rrset(struct app_judging *judging, const struct dns_name *owner,
                          enum dns_type type)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_TYPE_TEXT_MAX];
    return app_say(judging, "%s %s", dns_name_text(owner, name),
                   dns_type_text((uint16_t)type, text));
}

const char *app_say_rdata(struct app_judging *judging, enum dns_type type, struct dns_rdata data)
{
    struct gp_buf text;
    gp_buf_init(&text, TEXT_MAX);
    dns_rdata_text(&text, (uint16_t)type, data);
    const char *copy = app_say(judging, "%.*s", GP_SPAN_ARG(gp_buf_span(&text)));
    gp_buf_finish(&text);
    return copy;
}

const char *app_say_count(struct app_judging *judging, size_t count, const char *noun)
{
    return app_say(judging, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

const char *app_say_endpoint(struct app_judging *judging, const struct app_seen_endpoint *endpoint)
{
    char name[DNS_NAME_TEXT_MAX];
    return app_say(judging, "%s:%u%s", dns_name_text(&endpoint->srv.target, name),
                   endpoint->srv.port, endpoint->role == APP_ENDPOINT_PLANNED ? " (planned)" : "");
}

const char *app_say_probe(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe)
{
    char addr[GP_ADDR_TEXT_MAX];
    return app_say(judging, "%s at %s", app_say_endpoint(judging, endpoint),
                   gp_addr_text(&probe->addr, addr));
}

const char *app_say_srv(struct app_judging *judging, const struct dns_srv *srv)
{
    char name[DNS_NAME_TEXT_MAX];
    bool is_root = dns_name_is_root(&srv->target);
    return app_say(judging, "%u %u %u %s%s", srv->priority, srv->weight, srv->port,
                   dns_name_text(&srv->target, name), is_root ? "" : ".");
}

const char *app_say_failure(struct app_judging *judging, const struct app_seen_rrset *rrset)
{
    char text[DNS_FAILURE_TEXT_MAX];
    if (rrset->seen != APP_CAME)
        return rrset->why;
    if (rrset->answer->security != DNS_BOGUS)
        return app_say(judging, "%s", dns_answer_failure_text(rrset->answer, text));
    return rrset->type == DNS_TYPE_SRV    ? "it is bogus (S2)"
           : rrset->type == DNS_TYPE_TLSA ? "it is bogus (S4)"
                                          : "it is bogus (S3)";
}

/* Findings. */

struct app_finding *app_find(struct app_judging *judging, enum app_status status,
                             const char *subject, const char *format, ...)
{
    struct app_finding *finding = gp_arena_alloc(&judging->findings->arena, sizeof(*finding));
    va_list args;
    if (!finding) {
        judging->has_failed = true;
        return NULL;
    }
    GP_ASSERT(judging->check->severity == APP_BINDING || status != APP_FAIL);
    va_start(args, format);
    finding->sentence = say_list(judging, format, args);
    va_end(args);
    finding->check = judging->check;
    finding->domain = judging->domain;
    finding->status = status;
    finding->subject = subject;
    finding->endpoint = judging->endpoint;
    *judging->end = finding;
    judging->end = &finding->next;
    judging->findings->count++;
    judging->found++;
    return finding;
}

struct app_finding *app_wait(struct app_judging *judging, int64_t until_s, const char *subject,
                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = say_list(judging, format, args);
    va_end(args);
    const char *until = app_say_time(judging, until_s);
    struct app_finding *finding =
        app_find(judging, APP_WAIT, subject, "%s: wait until %s", what, until);
    if (finding)
        finding->until_s = until_s;
    app_fix(judging, finding, APP_FIX_DO, "it passes by itself: check again at %s", until);
    return finding;
}

void app_show(struct app_judging *judging, struct app_finding *finding, const char *format, ...)
{
    struct app_evidence *evidence = gp_arena_alloc(&judging->findings->arena, sizeof(*evidence));
    va_list args;
    judging->has_failed = judging->has_failed || !evidence;
    if (!finding || !evidence)
        return;
    va_start(args, format);
    evidence->text = say_list(judging, format, args);
    va_end(args);
    struct app_evidence **end = &finding->evidence;
    while (*end)
        end = &(*end)->next;
    *end = evidence;
}

void app_fix(struct app_judging *judging, struct app_finding *finding, enum app_fix_kind kind,
             const char *format, ...)
{
    struct app_fix *fix = gp_arena_alloc(&judging->findings->arena, sizeof(*fix));
    va_list args;
    judging->has_failed = judging->has_failed || !fix;
    if (!finding || !fix)
        return;
    va_start(args, format);
    fix->text = say_list(judging, format, args);
    va_end(args);
    fix->kind = kind;
    struct app_fix **end = &finding->fixes;
    while (*end)
        end = &(*end)->next;
    *end = fix;
}

/* ldns sets its columns apart with tabs and ends the line; here it stands behind a word. */
static void publish(struct app_judging *judging, struct app_finding *finding,
                    const struct zone_record *record)
{
    char line[TEXT_MAX];
    struct gp_buf text;
    gp_buf_init(&text, sizeof(line) - 1);
    if (zone_text_record(record, &text, NULL) != GP_OK) {
        judging->has_failed = true;
    } else {
        struct gp_span span = gp_buf_span(&text);
        for (size_t i = 0; i < span.len; i++)
            line[i] = (char)(span.at[i] == '\t' ? ' ' : span.at[i]);
        app_fix(judging, finding, APP_FIX_PUBLISH, "%.*s", (int)span.len - 1, line);
    }
    gp_buf_finish(&text);
}

/* Whether the validating resolver has seen this very record. */
static bool is_published(const struct app_observations *seen, const struct zone_record *record)
{
    size_t count = 0;
    const struct dns_rdata *records =
        app_seen_records(app_observations_rrset(seen, &record->owner, record->type), &count);
    for (size_t i = 0; i < count; i++)
        if (app_is_same_record(record, records[i]))
            return true;
    return false;
}

static void publish_set(struct app_judging *judging, struct app_finding *finding,
                        const struct dns_name *owner, enum dns_type type, bool has_all)
{
    const struct zone_plan *plan = judging->input->plan;
    for (size_t i = 0; i < plan->part_count; i++)
        for (size_t k = 0; k < plan->parts[i].record_count; k++) {
            const struct zone_record *record = &plan->parts[i].records[k];
            if (record->type == type && dns_name_equal(&record->owner, owner) &&
                (has_all || !is_published(judging->input->seen, record)))
                publish(judging, finding, record);
        }
}

void app_fix_publish(struct app_judging *judging, struct app_finding *finding,
                     const struct dns_name *owner, enum dns_type type)
{
    publish_set(judging, finding, owner, type, false);
}

void app_fix_publish_all(struct app_judging *judging, struct app_finding *finding,
                         const struct dns_name *owner, enum dns_type type)
{
    publish_set(judging, finding, owner, type, true);
}

void app_fix_remove(struct app_judging *judging, struct app_finding *finding,
                    const struct dns_name *owner, enum dns_type type, struct dns_rdata data)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_TYPE_TEXT_MAX];
    app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN %s %s", dns_name_text(owner, name),
            dns_type_text((uint16_t)type, text), app_say_rdata(judging, type, data));
}

bool app_can_reach(const struct app_judging *judging, const struct gp_addr *addr)
{
    const struct app_observations *seen = judging->input->seen;
    return addr->family == GP_IPV6 ? seen->has_ipv6 : seen->has_ipv4;
}

/* What the configuration says. */

const struct app_host *app_host_of(const struct app_domain *domain, const struct dns_name *name)
{
    for (size_t i = 0; domain && i < domain->host_count; i++)
        if (dns_name_equal(&domain->hosts[i].name, name))
            return &domain->hosts[i];
    return NULL;
}

uint16_t app_port_of(const struct app_host *host, enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? host->starttls_port : host->direct_tls_port;
}

bool app_offers(const struct app_domain *domain, enum dns_service service)
{
    for (size_t i = 0; i < domain->host_count; i++)
        if (app_port_of(&domain->hosts[i], service) != 0)
            return true;
    return false;
}

/* Probes. */

const struct app_seen_probe *app_sibling_probe(const struct app_seen_probe *probe,
                                               enum app_probe_kind kind)
{
    for (const struct app_seen_probe *at = probe->endpoint->probes; at; at = at->next)
        if (at->kind == kind && gp_addr_same_host(&at->addr, &probe->addr))
            return at;
    return NULL;
}

bool app_speaks(const struct app_seen_probe *probe)
{
    enum fed_probe_stage stage =
        probe->service == DNS_SERVICE_STARTTLS ? FED_PROBE_ANSWERED : FED_PROBE_SECURED;
    return probe->seen == APP_CAME && probe->result->stage >= stage;
}

bool app_are_services_known(const struct app_seen_domain *seen)
{
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        if (seen->srv[i]->seen != APP_CAME || seen->srv[i]->answer->outcome == DNS_FAILED)
            return false;
    return true;
}

void app_find_no_target(struct app_judging *judging, const struct app_seen_domain *seen)
{
    if (app_are_services_known(seen))
        app_find(judging, APP_SKIP, seen->domain.ascii,
                 "no service record names a target (V1, V2, V6)");
    else
        app_find(judging, APP_UNKNOWN, seen->domain.ascii,
                 "not seen: the service records could not be looked up");
}

static const char *no_endpoint_text(const struct app_seen_domain *seen,
                                    const struct app_domain *domain)
{
    return !app_are_services_known(seen) ? "not seen: the service records could not be looked up"
           : app_leads_to(seen, domain, APP_SYSTEM_LEGACY)
               ? "not seen: DNS names only the legacy gateway (V1, V12)"
               : "not seen: DNS names no endpoint that could be connected to";
}

static bool is_walked_over(enum app_walk_over over, const struct app_domain *domain,
                           const struct app_seen_endpoint *endpoint)
{
    switch (over) {
    case APP_OVER_SERVING:
        break;
    case APP_OVER_PUBLISHED:
        return app_is_published(endpoint);
    case APP_OVER_LEGACY:
        return endpoint->role != APP_ENDPOINT_APEX &&
               app_system_of(domain, endpoint) == APP_SYSTEM_LEGACY;
    }
    return app_is_to_serve(domain, endpoint);
}

static bool is_looked_at(const struct app_probe_walk *walk, const struct app_domain *domain,
                         const struct app_seen_endpoint *endpoint)
{
    return is_walked_over(walk->over, domain, endpoint) &&
           !(walk->direct_tls_only && endpoint->service != DNS_SERVICE_DIRECT_TLS) &&
           !(walk->starttls_only && endpoint->service != DNS_SERVICE_STARTTLS) &&
           !dns_name_is_root(&endpoint->srv.target);
}

static void look_at(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_probe *probe, const struct app_domain *domain,
                    const struct app_probe_walk *walk)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    if (probe->seen != APP_CAME)
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->why);
    else if (probe->result->stage < walk->stage)
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->result->sentence);
    else
        walk->fn(judging, endpoint, probe, domain);
}

void app_each_probe(struct app_judging *judging, const struct app_seen_domain *seen,
                    const struct app_domain *domain, const struct app_probe_walk *walk)
{
    size_t before = judging->found;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next) {
        size_t count = 0;
        if (!is_looked_at(walk, domain, at))
            continue;
        judging->endpoint = app_endpoint_kind(domain, at);
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == walk->kind && ++count)
                look_at(judging, at, probe, domain, walk);
        /* What is planned and published was probed as published. */
        if (count == 0 && walk->kind == APP_PROBE_PARTNER && at->role == APP_ENDPOINT_PUBLISHED)
            app_find(judging, APP_UNKNOWN, app_say_endpoint(judging, at),
                     "not seen: no address of it is known");
    }
    judging->endpoint = NULL;
    if (judging->found == before)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "%s", no_endpoint_text(seen, domain));
}
