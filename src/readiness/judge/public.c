/* SPDX-License-Identifier: BSD-2-Clause */
/* V1, V2, V6, V10 without a configuration that says what is offered: what can be said of anybody's
 * domain. */
#include "readiness/judge/judging.h"

static bool has_class(const struct app_seen_domain *seen, enum dns_service service,
                      enum dns_service_class class)
{
    return dns_service_classify(seen->srv[service]->answer) == class;
}

/* Whether an XMPP server answers where others go for lack of service records. */
static bool is_answered_by_fallback(const struct app_seen_domain *seen)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (at->origin == DNS_FROM_FALLBACK && app_is_published(at) && app_speaks(probe))
                return true;
    return false;
}

static void fix_absence(struct app_judging *judging, struct app_finding *finding,
                        const struct app_seen_domain *seen, enum dns_service service)
{
    app_fix(judging, finding, APP_FIX_DO, "publish a record such as: %s. IN SRV 10 0 5269 xmpp.%s.",
            app_say_name(judging, &seen->srv[service]->owner->name), seen->domain.ascii);
}

static void judge_absence(struct app_judging *judging, const struct app_seen_domain *seen,
                          enum dns_service service, const char *subject)
{
    if (service == DNS_SERVICE_DIRECT_TLS)
        app_find(judging, APP_SKIP, subject, "does not exist: no direct TLS is offered");
    else if (is_answered_by_fallback(seen))
        fix_absence(judging,
                    app_find(judging, APP_WARN, subject,
                             "does not exist; others fall back to the domain's own address, where "
                             "an XMPP server answers"),
                    seen, service);
    else
        fix_absence(judging,
                    app_find(judging, APP_FAIL, subject,
                             "does not exist: others are not told where STARTTLS is offered"),
                    seen, service);
}

void app_judge_public_service(struct app_judging *judging, const struct app_seen_domain *seen,
                              enum dns_service service)
{
    const char *subject = app_say_rrset(judging, &seen->srv[service]->owner->name, DNS_TYPE_SRV);
    if (has_class(seen, service, DNS_CLASS_RECORDS))
        app_find(judging, APP_PASS, subject, "exists");
    else if (has_class(seen, service, DNS_CLASS_DENIED))
        app_find(judging, APP_SKIP, subject, "names \".\" alone (V6)");
    else
        judge_absence(judging, seen, service, subject);
}

void app_judge_public_denial(struct app_judging *judging, const struct app_seen_domain *seen,
                             enum dns_service service)
{
    const struct app_seen_rrset *srv = seen->srv[service];
    const char *subject = app_say_rrset(judging, &srv->owner->name, DNS_TYPE_SRV);
    enum dns_service other =
        service == DNS_SERVICE_STARTTLS ? DNS_SERVICE_DIRECT_TLS : DNS_SERVICE_STARTTLS;
    if (!has_class(seen, service, DNS_CLASS_DENIED)) {
        app_find(judging, APP_PASS, subject, "does not deny the service");
    } else if (has_class(seen, other, DNS_CLASS_RECORDS)) {
        app_find(judging, APP_PASS, subject, "says \".\": only %s is offered",
                 dns_service_text(other));
    } else {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject,
                     "says \".\": the domain declares that no other server may connect");
        app_fix_remove(judging, finding, &srv->owner->name, DNS_TYPE_SRV, srv->answer->records[0]);
    }
}

/* Whether two endpoints are one system, as far as one can tell from outside: by their name, an
 * address, or the key that they show. */
static bool is_same_system(const struct app_seen_endpoint *a, const struct app_seen_endpoint *b)
{
    if (dns_name_equal(&a->srv.target, &b->srv.target))
        return true;
    for (const struct app_seen_probe *one = a->probes; one; one = one->next)
        for (const struct app_seen_probe *two = b->probes; two; two = two->next)
            if (gp_addr_same_host(&one->addr, &two->addr) ||
                app_is_same_key(one->result, two->result))
                return true;
    return false;
}

void app_judge_public_halves(struct app_judging *judging, const struct app_seen_domain *seen)
{
    const char *subject = seen->domain.ascii;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_endpoint *to = seen->endpoints; to; to = to->next)
            if (at->service == DNS_SERVICE_STARTTLS && to->service == DNS_SERVICE_DIRECT_TLS &&
                app_is_published(at) && app_is_published(to) && is_same_system(at, to)) {
                app_find(judging, APP_PASS, subject, "both services lead to the same system");
                return;
            }
    struct app_finding *finding = app_find(
        judging, APP_WARN, subject,
        "the two services have no host, address or key in common: perhaps only one of them "
        "was moved");
    app_fix(judging, finding, APP_FIX_DO,
            "see that the records of both services lead to the system that is to serve the domain");
}
