/* SPDX-License-Identifier: BSD-2-Clause */
/* V1, V2, V3, V6, V7, V8, V9: the service records against what the configuration offers (RFC 2782;
 * XEP-0368). */
#include "readiness/judge/judging.h"

/* In the order in which findings name them. */
static const enum dns_service services[] = {DNS_SERVICE_STARTTLS, DNS_SERVICE_DIRECT_TLS};

/* The records of one service, or a finding that says why they are not to be had. */
struct service {
    enum dns_service service;
    const struct app_seen_rrset *rrset;
    const char *subject; /* "_xmpp-server._tcp.alpha.example SRV" */
    bool is_offered;     /* by the configuration */
    size_t count;
    const struct dns_rdata *records;
};

static struct service service_of(struct app_judging *judging, const struct app_seen_domain *seen,
                                 const struct app_domain *domain, enum dns_service service)
{
    struct service ret = {.service = service, .rrset = seen->srv[service]};
    ret.subject = app_say_rrset(judging, &ret.rrset->owner->name, DNS_TYPE_SRV);
    ret.is_offered = app_offers(domain, service);
    ret.records = app_seen_records(ret.rrset, &ret.count);
    return ret;
}

/* False: the answer is not to be had, and that was found. */
static bool is_known(struct app_judging *judging, const struct service *service)
{
    if (service->rrset->seen == APP_CAME &&
        dns_service_classify(service->rrset->answer) != DNS_CLASS_FAIL)
        return true;
    app_find(judging, APP_UNKNOWN, service->subject, "not known: %s",
             app_say_failure(judging, service->rrset));
    return false;
}

/* Calls fn for each record that names a target; the root is none (RFC 2782). */
typedef void record_fn(struct app_judging *judging, const struct service *service,
                       struct dns_rdata data, const struct dns_srv *srv,
                       const struct app_domain *domain);

static void each_record(struct app_judging *judging, const struct service *service,
                        const struct app_domain *domain, record_fn *fn)
{
    struct dns_srv srv;
    for (size_t i = 0; i < service->count; i++)
        if (dns_srv_decode(service->records[i], &srv) == GP_OK && !dns_name_is_root(&srv.target))
            fn(judging, service, service->records[i], &srv, domain);
}

/* V1, V2 */

static bool names(const struct service *service, const struct dns_name *target)
{
    struct dns_srv srv;
    for (size_t i = 0; i < service->count; i++)
        if (dns_srv_decode(service->records[i], &srv) == GP_OK &&
            dns_name_equal(&srv.target, target))
            return true;
    return false;
}

/* Whether one of its records names a host of the legacy gateway. */
static bool names_legacy(const struct app_seen_domain *seen, const struct service *service,
                         const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->service == service->service && app_is_published(at) &&
            app_system_of(domain, at) == APP_SYSTEM_LEGACY)
            return true;
    return false;
}

/* Before the switch; false: the service is to be judged as at any time. */
static bool judge_before_switch(struct app_judging *judging, const struct app_seen_domain *seen,
                                const struct service *service, const struct app_domain *domain,
                                enum dns_service_class class)
{
    bool is_as_before = class == DNS_CLASS_RECORDS ? names_legacy(seen, service, domain)
                                                   : app_leads_to(seen, domain, APP_SYSTEM_LEGACY);
    if (!app_is_before_switch(judging, seen, domain) || !is_as_before)
        return false;
    if (class == DNS_CLASS_RECORDS) {
        struct app_finding *finding =
            app_find(judging, APP_PASS, service->subject,
                     "leads to the legacy gateway, as it is to before the switch (V12)");
        for (size_t i = 0; i < service->count; i++)
            app_show(judging, finding, "published: %s",
                     app_say_rdata(judging, DNS_TYPE_SRV, service->records[i]));
    } else {
        app_find(judging, APP_PASS, service->subject,
                 class == DNS_CLASS_DENIED
                     ? "says \".\" until the switch: the legacy gateway has no %s"
                     : "does not exist before the switch, which is to publish it: partners of the "
                       "legacy gateway find no %s there",
                 dns_service_text(service->service));
    }
    return true;
}

static void judge_targets(struct app_judging *judging, const struct service *service,
                          const struct app_domain *domain)
{
    size_t named = 0, missing = 0;
    const char *absent = "";
    for (size_t i = 0; i < domain->host_count; i++) {
        const struct app_host *host = &domain->hosts[i];
        if (app_port_of(host, service->service) == 0)
            continue;
        if (names(service, &host->name)) {
            named++;
        } else {
            missing++;
            absent = app_say(judging, "%s%s%s", absent, absent[0] ? ", " : "",
                             app_say_name(judging, &host->name));
        }
    }
    if (missing == 0) {
        app_find(judging, APP_PASS, service->subject, "names every host that offers %s",
                 dns_service_text(service->service));
        return;
    }
    struct app_finding *finding =
        app_find(judging, named > 0 ? APP_WARN : APP_FAIL, service->subject,
                 named > 0 ? "does not name %s: partners will not use it"
                           : "does not name %s: partners are sent elsewhere",
                 absent);
    for (size_t i = 0; i < service->count; i++)
        app_show(judging, finding, "published: %s",
                 app_say_rdata(judging, DNS_TYPE_SRV, service->records[i]));
    app_fix_publish(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV);
}

/* Without service records partners try the domain's own addresses, port 5269 (RFC 6120, 3.2.1). */
static bool is_served_by_fallback(const struct app_seen_domain *seen,
                                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (at->origin == DNS_FROM_FALLBACK && app_is_published(at) &&
                probe->seen == APP_CAME && app_is_our_key(probe->result, domain))
                return true;
    return false;
}

static void judge_absence(struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct service *service, const struct app_domain *domain)
{
    struct app_finding *finding;
    if (service->service == DNS_SERVICE_STARTTLS && is_served_by_fallback(seen, domain))
        finding = app_find(judging, APP_WARN, service->subject,
                           "does not exist; partners fall back to the domain's own address, "
                           "which is this gateway");
    else
        finding = app_find(judging, APP_FAIL, service->subject,
                           "does not exist: partners are not told where %s is offered",
                           dns_service_text(service->service));
    app_fix_publish(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV);
}

static void judge_existence(struct app_judging *judging, const struct app_seen_domain *seen,
                            const struct app_domain *domain, enum dns_service which)
{
    const struct service service = service_of(judging, seen, domain, which);
    if (!is_known(judging, &service))
        return;
    enum dns_service_class class = dns_service_classify(service.rrset->answer);
    if (app_is_public(judging))
        app_judge_public_service(judging, seen, which);
    else if (!service.is_offered)
        app_find(judging, class == DNS_CLASS_RECORDS ? APP_SKIP : APP_PASS, service.subject,
                 class == DNS_CLASS_RECORDS ? "exists, though the configuration offers no %s (V3)"
                                            : "names nobody, and the configuration offers no %s",
                 dns_service_text(which));
    else if (judge_before_switch(judging, seen, &service, domain, class))
        return;
    else if (class == DNS_CLASS_NONE)
        judge_absence(judging, seen, &service, domain);
    else if (class == DNS_CLASS_DENIED)
        app_find(judging, APP_SKIP, service.subject, "names \".\" alone (V6)");
    else
        judge_targets(judging, &service, domain);
}

void app_judge_v1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    judge_existence(judging, seen, domain, DNS_SERVICE_STARTTLS);
}

void app_judge_v2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    judge_existence(judging, seen, domain, DNS_SERVICE_DIRECT_TLS);
}

/* V3 */

static void judge_port(struct app_judging *judging, const struct service *service,
                       struct dns_rdata data, const struct dns_srv *srv,
                       const struct app_domain *domain)
{
    const struct app_host *host = app_host_of(domain, &srv->target);
    const char *subject = app_say(judging, "%s %s", service->subject, app_say_srv(judging, srv));
    struct app_finding *finding;
    if (!host)
        return; /* V12 */
    uint16_t port = app_port_of(host, service->service);
    if (port == srv->port) {
        app_find(judging, APP_PASS, subject, "the port on which the host offers %s",
                 dns_service_text(service->service));
        return;
    }
    if (port == 0)
        finding = app_find(judging, APP_FAIL, subject, "the host offers no %s",
                           dns_service_text(service->service));
    else
        finding = app_find(judging, APP_FAIL, subject, "the host offers %s on port %u, not %u",
                           dns_service_text(service->service), port, srv->port);
    app_fix_remove(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV, data);
    app_fix_publish(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV);
}

void app_judge_v3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++) {
        const struct service service = service_of(judging, seen, domain, services[i]);
        size_t before = judging->found;
        if (!is_known(judging, &service))
            continue;
        each_record(judging, &service, domain, judge_port);
        if (judging->found == before)
            app_find(judging, APP_SKIP, service.subject, "names no host of this gateway (V12)");
    }
}

/* V6, V7: the target "." (RFC 2782) */

static void judge_denial(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct service *service, const struct app_domain *domain)
{
    struct app_finding *finding;
    if (dns_service_classify(service->rrset->answer) != DNS_CLASS_DENIED) {
        app_find(judging, APP_PASS, service->subject, "does not deny the service");
    } else if (!service->is_offered) {
        app_find(judging, APP_PASS, service->subject,
                 "says \".\", and the configuration offers no %s",
                 dns_service_text(service->service));
    } else if (app_is_before_switch(judging, seen, domain) &&
               app_leads_to(seen, domain, APP_SYSTEM_LEGACY)) {
        app_find(judging, APP_PASS, service->subject,
                 "says \".\" until the switch: the legacy gateway has no %s",
                 dns_service_text(service->service));
    } else {
        finding = app_find(judging, APP_FAIL, service->subject,
                           "says \".\": the domain declares that it has no %s, and partners "
                           "must not try",
                           dns_service_text(service->service));
        app_fix_remove(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV,
                       service->records[0]);
        app_fix_publish(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV);
    }
}

static void judge_mixture(struct app_judging *judging, const struct service *service)
{
    struct app_finding *finding = NULL;
    struct dns_srv srv;
    if (dns_service_classify(service->rrset->answer) != DNS_CLASS_RECORDS) {
        app_find(judging, APP_SKIP, service->subject, "has no records with a target");
        return;
    }
    for (size_t i = 0; i < service->count; i++) {
        if (dns_srv_decode(service->records[i], &srv) != GP_OK || !dns_name_is_root(&srv.target))
            continue;
        if (!finding)
            finding = app_find(judging, APP_FAIL, service->subject,
                               "says \".\" beside real targets: some partners will take the "
                               "domain for unreachable");
        app_fix_remove(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV,
                       service->records[i]);
    }
    if (!finding)
        app_find(judging, APP_PASS, service->subject, "has no \".\" among its records");
}

void app_judge_v6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++) {
        const struct service service = service_of(judging, seen, domain, services[i]);
        if (!is_known(judging, &service))
            continue;
        if (app_is_public(judging) && app_are_services_known(seen))
            app_judge_public_denial(judging, seen, services[i]);
        else
            judge_denial(judging, seen, &service, domain);
    }
}

void app_judge_v7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(services); i++) {
        const struct service service = service_of(judging, seen, domain, services[i]);
        if (is_known(judging, &service))
            judge_mixture(judging, &service);
    }
}

/* V8: one port cannot speak both protocols */

/* A record that is not as configured gives way to the other one. */
static void fix_sharing(struct app_judging *judging, struct app_finding *finding,
                        const struct service *service, const struct dns_srv *shared,
                        const struct app_domain *domain)
{
    const struct app_host *host = app_host_of(domain, &shared->target);
    struct dns_srv srv;
    if (app_is_public(judging)) {
        app_fix(judging, finding, APP_FIX_DO, "give %s a port of its own, or no record",
                dns_service_text(service->service));
        return;
    }
    for (size_t i = 0; i < service->count; i++)
        if (dns_srv_decode(service->records[i], &srv) == GP_OK && srv.port == shared->port &&
            dns_name_equal(&srv.target, &shared->target) &&
            (!host || app_port_of(host, service->service) != srv.port))
            app_fix_remove(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV,
                           service->records[i]);
    app_fix_publish(judging, finding, &service->rrset->owner->name, DNS_TYPE_SRV);
}

static void judge_sharing(struct app_judging *judging, const struct service *starttls,
                          const struct service *direct, const struct dns_srv *shared,
                          const struct app_domain *domain)
{
    struct dns_srv srv;
    for (size_t i = 0; i < direct->count; i++) {
        if (dns_srv_decode(direct->records[i], &srv) != GP_OK || srv.port != shared->port ||
            !dns_name_equal(&srv.target, &shared->target))
            continue;
        struct app_finding *finding =
            app_find(judging, APP_FAIL,
                     app_say(judging, "%s:%u", app_say_name(judging, &srv.target), srv.port),
                     "is named for STARTTLS and for direct TLS: one of the two cannot work there");
        fix_sharing(judging, finding, starttls, shared, domain);
        fix_sharing(judging, finding, direct, shared, domain);
        return;
    }
}

void app_judge_v8(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct service starttls = service_of(judging, seen, domain, DNS_SERVICE_STARTTLS);
    const struct service direct = service_of(judging, seen, domain, DNS_SERVICE_DIRECT_TLS);
    struct dns_srv srv;
    bool is_starttls_known = is_known(judging, &starttls);
    if (!is_known(judging, &direct) || !is_starttls_known)
        return;
    for (size_t i = 0; i < starttls.count; i++)
        if (dns_srv_decode(starttls.records[i], &srv) == GP_OK && !dns_name_is_root(&srv.target))
            judge_sharing(judging, &starttls, &direct, &srv, domain);
    if (judging->found == 0)
        app_find(judging, APP_PASS, seen->domain.ascii, "each service has ports of its own");
}

/* V9 */

static void judge_protocol(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const struct app_seen_probe *crossed = app_sibling_probe(probe, APP_PROBE_CROSSED);
    (void)domain;
    if (app_speaks(probe)) {
        app_find(judging, APP_PASS, subject, "speaks %s, as its record %s",
                 dns_service_text(endpoint->service),
                 endpoint->role == APP_ENDPOINT_PLANNED ? "is to say" : "says");
        return;
    }
    if (!crossed || !app_speaks(crossed)) {
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->result->sentence);
        return;
    }
    const char *owner = dns_service_labels(endpoint->service);
    struct app_finding *finding =
        app_find(judging, APP_FAIL, subject, "speaks %s, but its record says %s (%s)",
                 dns_service_text(crossed->service), dns_service_text(endpoint->service), owner);
    app_fix(judging, finding, APP_FIX_DO,
            "move the record from %s to %s, or change its port to one that speaks %s", owner,
            dns_service_labels(crossed->service), dns_service_text(endpoint->service));
    struct dns_name name, base;
    dns_name_from_domain(judging->domain, &base);
    if (dns_name_below(owner, &base, &name) == GP_OK)
        app_fix_publish(judging, finding, &name, DNS_TYPE_SRV);
}

void app_judge_v9(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_CONNECTED, .fn = judge_protocol};
    app_each_probe(judging, seen, domain, &walk);
}
