/* SPDX-License-Identifier: BSD-2-Clause */
/* V4, V5, V12, A1, A5: what the service records lead to, and the addresses of it. */
#include "readiness/judge/judging.h"

#include <string.h>

/* Calls fn once for each target that is published, whatever services name it; or for each that is
 * or is to be a host of the endpoint, without the legacy gateway's. */
typedef void target_fn(struct app_judging *judging, const struct app_seen_domain *seen,
                       const struct app_seen_endpoint *endpoint, const struct app_domain *domain);

static bool is_first(const struct app_seen_domain *seen, const struct app_seen_endpoint *endpoint)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at != endpoint; at = at->next)
        if (dns_name_equal(&at->srv.target, &endpoint->srv.target))
            return false;
    return true;
}

typedef bool is_endpoint_fn(const struct app_domain *domain,
                            const struct app_seen_endpoint *endpoint);

static void each_target_if(struct app_judging *judging, const struct app_seen_domain *seen,
                           const struct app_domain *domain, is_endpoint_fn *is_wanted,
                           target_fn *fn)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->origin == DNS_FROM_SRV && !dns_name_is_root(&at->srv.target) &&
            is_first(seen, at) && is_wanted(domain, at))
            fn(judging, seen, at, domain);
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}

static void each_target(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_domain *domain, target_fn *fn)
{
    each_target_if(judging, seen, domain, app_is_to_serve, fn);
}

static const enum dns_type address_types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};

/* V4 (RFC 2782: the target must not be an alias) */

static const struct dns_answer *answer_of(const struct app_seen_rrset *rrset)
{
    return rrset->seen == APP_CAME && rrset->answer->outcome != DNS_FAILED ? rrset->answer : NULL;
}

static void judge_alias(struct app_judging *judging, const struct app_seen_domain *seen,
                        const struct app_seen_endpoint *endpoint, const struct app_domain *domain)
{
    const struct dns_name *target = &endpoint->srv.target;
    const char *subject = app_say_name(judging, target);
    const struct dns_answer *first = answer_of(endpoint->addresses[0]);
    const struct dns_answer *answer = first ? first : answer_of(endpoint->addresses[1]);
    if (!answer) {
        app_find(judging, APP_UNKNOWN, subject, "its addresses could not be looked up");
        return;
    }
    if (!dns_answer_is_alias(answer)) {
        app_find(judging, APP_PASS, subject, "not an alias");
        return;
    }
    const char *canonical = app_say_name(judging, &answer->canonical);
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject,
                 "an alias of %s: a target of service records must not be one (RFC 2782), and "
                 "some partners will not connect",
                 canonical);
    app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN CNAME %s.", subject, canonical);
    if (app_host_of(domain, &answer->canonical))
        for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
            app_fix_publish(judging, finding, &seen->srv[i]->owner->name, DNS_TYPE_SRV);
    else if (app_host_of(domain, target))
        for (size_t i = 0; i < GP_ARRAY_LEN(address_types); i++)
            app_fix_publish(judging, finding, target, address_types[i]);
    else
        app_fix(judging, finding, APP_FIX_DO, "let the service records name %s", canonical);
}

void app_judge_v4(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_target(judging, seen, domain, judge_alias);
}

/* V5 */

static bool is_address_literal(const struct dns_name *target)
{
    char text[DNS_NAME_TEXT_MAX];
    struct gp_addr addr;
    return gp_addr_parse(dns_name_text(target, text), &addr) == GP_OK;
}

/* "gw1.alpha.example.alpha.example": the zone was appended to what lacks its final dot. */
static bool has_zone_twice(const struct dns_name *target, const struct dns_name *apex)
{
    struct dns_name rest = *target;
    if (!dns_name_is_within(target, apex) || dns_name_is_root(apex))
        return false;
    rest.len = (uint8_t)(target->len - apex->len + 1);
    rest.wire[rest.len - 1] = 0;
    return dns_name_is_within(&rest, apex);
}

static void judge_host_name(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_seen_endpoint *endpoint,
                            const struct app_domain *domain)
{
    const struct app_seen_rrset *srv = seen->srv[endpoint->service];
    const struct dns_name *target = &endpoint->srv.target;
    const char *subject = app_say_name(judging, target);
    struct app_finding *finding;
    struct dns_name apex;
    (void)domain;
    dns_name_from_domain(&seen->domain, &apex);
    if (srv->owner->zone)
        apex = srv->owner->zone->zone->apex;
    if (is_address_literal(target))
        finding = app_find(judging, APP_FAIL, subject,
                           "an address, where service records need a host name");
    else if (!dns_name_is_host(target))
        finding = app_find(judging, APP_FAIL, subject, "no host name (RFC 1123)");
    else if (has_zone_twice(target, &apex))
        finding = app_find(judging, APP_FAIL, subject,
                           "ends with the zone's name twice: the final dot is missing where the "
                           "record was entered");
    else if (dns_name_labels(target) < 2)
        finding = app_find(judging, APP_FAIL, subject, "not a full host name");
    else {
        app_find(judging, APP_PASS, subject, "a host name");
        return;
    }
    app_fix_publish(judging, finding, &srv->owner->name, DNS_TYPE_SRV);
    if (app_is_public(judging))
        app_fix(judging, finding, APP_FIX_DO, "let the service record name a host");
}

void app_judge_v5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_target(judging, seen, domain, judge_host_name);
}

/* V12 */

static bool is_host_of_gateway(const struct app_config *config, const struct dns_name *name)
{
    for (size_t i = 0; i < config->domain_count; i++)
        if (app_host_of(&config->domains[i], name))
            return true;
    return false;
}

static void judge_ownership(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_seen_endpoint *endpoint,
                            const struct app_domain *domain)
{
    const struct dns_name *target = &endpoint->srv.target;
    const char *subject = app_say_name(judging, target);
    enum app_system system = app_system_of(domain, endpoint);
    if (system == APP_SYSTEM_OURS) {
        app_find(judging, APP_PASS, subject, "a host of this gateway");
        return;
    }
    if (system == APP_SYSTEM_LEGACY && app_phase_is_before_switch(judging->input->phase)) {
        app_find(judging, APP_PASS, subject, "the legacy gateway, as it may be before the switch");
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject, "%s",
                 system == APP_SYSTEM_LEGACY ? "the legacy gateway: partners are still sent there"
                 : is_host_of_gateway(judging->input->config, target)
                     ? "a host of this gateway, but not for this domain"
                     : "foreign: partners are sent to a system that this configuration does not "
                       "know");
    for (const struct app_seen_endpoint *at = endpoint; at; at = at->next) {
        const struct app_seen_rrset *srv = seen->srv[at->service];
        if (app_is_published(at) && dns_name_equal(&at->srv.target, target))
            app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN SRV %s",
                    app_say_name(judging, &srv->owner->name), app_say_srv(judging, &at->srv));
    }
    app_fix_publish(judging, finding, &seen->srv[endpoint->service]->owner->name, DNS_TYPE_SRV);
}

static bool is_published_one(const struct app_domain *domain,
                             const struct app_seen_endpoint *endpoint)
{
    (void)domain;
    return app_is_published(endpoint);
}

void app_judge_v12(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    each_target_if(judging, seen, domain, is_published_one, judge_ownership);
}

/* A1 */

static bool is_family(const struct gp_addr *addr, enum dns_type type)
{
    return addr->family == (type == DNS_TYPE_AAAA ? GP_IPV6 : GP_IPV4);
}

static void judge_missing(struct app_judging *judging, const struct app_host *host,
                          const struct app_seen_rrset *rrset, const char *subject)
{
    struct app_finding *finding = NULL;
    char text[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < host->address_count; i++) {
        const struct gp_addr *addr = &host->addresses[i];
        if (!is_family(addr, rrset->type) || app_seen_has_address(rrset, addr))
            continue;
        if (!finding)
            finding =
                app_find(judging, APP_FAIL, subject, "%s is missing", gp_addr_text(addr, text));
        else
            app_show(judging, finding, "%s is missing, too", gp_addr_text(addr, text));
    }
    if (finding)
        app_fix_publish(judging, finding, &host->name, rrset->type);
}

static void judge_host(struct app_judging *judging, const struct app_host *host, enum dns_type type)
{
    const struct app_seen_rrset *rrset =
        app_observations_rrset(judging->input->seen, &host->name, type);
    const char *subject = app_say_rrset(judging, &host->name, type);
    size_t before = judging->found;
    if (!rrset || rrset->seen != APP_CAME || rrset->answer->outcome == DNS_FAILED) {
        app_find(judging, APP_UNKNOWN, subject, "not known: %s",
                 rrset ? app_say_failure(judging, rrset) : "it was not looked up");
        return;
    }
    judge_missing(judging, host, rrset, subject);
    if (judging->found == before)
        app_find(judging, APP_PASS, subject, "as configured");
}

/* A target that is no host of ours must lead somewhere at least. */
static void judge_foreign(struct app_judging *judging, const struct app_seen_endpoint *endpoint)
{
    const char *subject = app_say_name(judging, &endpoint->srv.target);
    if (app_seen_has_records(endpoint->addresses[0]) ||
        app_seen_has_records(endpoint->addresses[1]))
        app_find(judging, app_is_public(judging) ? APP_PASS : APP_SKIP, subject,
                 app_is_public(judging) ? "has addresses" : "not configured here (V12)");
    else if (answer_of(endpoint->addresses[0]) && answer_of(endpoint->addresses[1]))
        app_fix(judging, app_find(judging, APP_FAIL, subject, "has no address at all"), APP_FIX_DO,
                "take it out of the service records (V12)");
    else
        app_find(judging, APP_UNKNOWN, subject, "its addresses could not be looked up");
}

void app_judge_a1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < domain->host_count; i++)
        for (size_t k = 0; k < GP_ARRAY_LEN(address_types); k++)
            judge_host(judging, &domain->hosts[i], address_types[k]);
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->origin == DNS_FROM_SRV && app_is_published(at) && is_first(seen, at) &&
            app_system_of(domain, at) == APP_SYSTEM_FOREIGN)
            judge_foreign(judging, at);
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}

/* A5 */

static bool is_permitted(const struct app_config *config, const struct gp_addr *addr)
{
    for (size_t i = 0; i < config->federation.network_count; i++)
        if (gp_network_has(&config->federation.networks[i], addr))
            return true;
    return gp_addr_reach(addr) == GP_REACH_PUBLIC;
}

static void judge_reach(struct app_judging *judging, const struct app_seen_rrset *rrset,
                        const struct app_domain *domain)
{
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    size_t before = judging->found, count = 0;
    const struct dns_rdata *records = app_seen_records(rrset, &count);
    char text[GP_ADDR_TEXT_MAX];
    struct gp_addr addr;
    for (size_t i = 0; i < count; i++) {
        if (dns_addr_decode(rrset->type, records[i], &addr) != GP_OK ||
            is_permitted(judging->input->config, &addr))
            continue;
        struct app_finding *finding = app_find(
            judging, APP_FAIL, subject, "%s is %s: partners cannot or will not connect to it",
            gp_addr_text(&addr, text), gp_reach_text(gp_addr_reach(&addr)));
        app_fix_remove(judging, finding, &rrset->owner->name, rrset->type, records[i]);
        if (app_host_of(domain, &rrset->owner->name))
            app_fix_publish(judging, finding, &rrset->owner->name, rrset->type);
    }
    if (judging->found == before && count > 0)
        app_find(judging, APP_PASS, subject, "public");
}

void app_judge_a5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (size_t i = 0; i < GP_ARRAY_LEN(at->addresses); i++)
            if (at->addresses[i] && is_first(seen, at) && app_is_to_serve(domain, at))
                judge_reach(judging, at->addresses[i], domain);
    if (judging->found == 0)
        app_find_no_target(judging, seen);
}
