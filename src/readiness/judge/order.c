/* SPDX-License-Identifier: BSD-2-Clause */
/* V10, V11: both services as one: what they lead to, and in which order it is tried (XEP-0368). */
#include "readiness/judge/judging.h"

#include <stdlib.h>

#define ENTRIES_MAX 64

/* V10: some partners try direct TLS first, and STARTTLS only when that has failed: if the two sets
 * of records lead to different systems, it depends on the partner where it goes. */

/* A bit for each system that the records of a service lead to. */
static unsigned systems_of(const struct app_seen_domain *seen, const struct app_domain *domain,
                           enum dns_service service)
{
    unsigned systems = 0;
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->service == service && at->origin == DNS_FROM_SRV && app_is_published(at))
            systems |= 1u << app_system_of(domain, at);
    return systems;
}

static const char *say_systems(struct app_judging *judging, unsigned systems)
{
    static const char *const names[] = {
        [APP_SYSTEM_OURS] = "this gateway",
        [APP_SYSTEM_LEGACY] = "the legacy gateway",
        [APP_SYSTEM_FOREIGN] = "a foreign system",
    };
    const char *text = "";
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++)
        if (systems & 1u << i)
            text = app_say(judging, "%s%s%s", text, text[0] ? " and " : "", names[i]);
    return text;
}

/* Every record that does not lead to this gateway gives way to the planned ones. */
static void fix_halves(struct app_judging *judging, struct app_finding *finding,
                       const struct app_seen_domain *seen, const struct app_domain *domain)
{
    app_fix(judging, finding, APP_FIX_DO, "change the records of both services in one transaction");
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->origin == DNS_FROM_SRV && app_is_published(at) &&
            app_system_of(domain, at) != APP_SYSTEM_OURS)
            app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN SRV %s",
                    app_say_name(judging, &seen->srv[at->service]->owner->name),
                    app_say_srv(judging, &at->srv));
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        app_fix_publish(judging, finding, &seen->srv[i]->owner->name, DNS_TYPE_SRV);
}

static void judge_systems(struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct app_domain *domain)
{
    const unsigned known = 1u << APP_SYSTEM_OURS | 1u << APP_SYSTEM_LEGACY;
    unsigned starttls = systems_of(seen, domain, DNS_SERVICE_STARTTLS);
    unsigned direct = systems_of(seen, domain, DNS_SERVICE_DIRECT_TLS);
    const char *subject = seen->domain.ascii;
    /* A foreign record beside others is V12's affair. */
    if ((starttls & known) == (direct & known)) {
        app_find(judging, APP_PASS, subject, "both services lead to %s",
                 say_systems(judging, starttls | direct));
        return;
    }
    struct app_finding *finding = app_find(
        judging, APP_FAIL, subject, "switched by half: STARTTLS leads to %s, direct TLS to %s",
        say_systems(judging, starttls), say_systems(judging, direct));
    fix_halves(judging, finding, seen, domain);
}

void app_judge_v10(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    bool has_one = false;
    if (!app_are_services_known(seen)) {
        app_find(judging, APP_UNKNOWN, seen->domain.ascii,
                 "not known: the service records could not be looked up");
        return;
    }
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        has_one |= !systems_of(seen, domain, (enum dns_service)i);
    if (has_one)
        app_find(judging, APP_SKIP, seen->domain.ascii,
                 "not both services have records that name a target");
    else if (app_is_public(judging))
        app_judge_public_halves(judging, seen);
    else
        judge_systems(judging, seen, domain);
}

/* V11 */

/* What is tried by whoever goes by an order, the first one first. */
struct order {
    const char *who;
    int (*compare)(const void *a, const void *b);
    bool is_by_service; /* all of one service, then all of the other */
};

static int compare_priority(const void *a, const void *b)
{
    const struct dns_srv_entry *left = a, *right = b;
    if (left->srv.priority != right->srv.priority)
        return left->srv.priority < right->srv.priority ? -1 : 1;
    if (left->srv.weight != right->srv.weight)
        return left->srv.weight > right->srv.weight ? -1 : 1;
    return (int)left->service - (int)right->service;
}

static int compare_service(const void *a, const void *b)
{
    const struct dns_srv_entry *left = a, *right = b;
    return left->service == right->service ? compare_priority(a, b)
                                           : (int)left->service - (int)right->service;
}

static const char *say_order(struct app_judging *judging, const struct order *order,
                             struct dns_srv_entry *entries, size_t count)
{
    char name[DNS_NAME_TEXT_MAX];
    const char *text = "";
    qsort(entries, count, sizeof(*entries), order->compare);
    for (size_t i = 0; i < count; i++) {
        const struct dns_srv_entry *at = &entries[i];
        bool is_level = i > 0 && at[-1].srv.priority == at->srv.priority &&
                        (!order->is_by_service || at[-1].service == at->service);
        text = app_say(judging, "%s%s%s:%u %s", text,
                       i == 0     ? ""
                       : is_level ? " or "
                                  : ", then ",
                       dns_name_text(&at->srv.target, name), at->srv.port,
                       dns_service_text(at->service));
    }
    return text;
}

/* The endpoints that partners have before them, or will have from the switch on. */
static size_t collect(const struct app_seen_domain *seen, enum app_endpoint_role role,
                      struct dns_srv_entry entries[ENTRIES_MAX])
{
    size_t count = 0;
    for (const struct app_seen_endpoint *at = seen->endpoints; at && count < ENTRIES_MAX;
         at = at->next)
        if (at->role == role && at->origin == DNS_FROM_SRV && !dns_name_is_root(&at->srv.target))
            entries[count++] = (struct dns_srv_entry){.service = at->service, .srv = at->srv};
    return count;
}

static void show_orders(struct app_judging *judging, struct app_finding *finding,
                        struct dns_srv_entry *entries, size_t count)
{
    static const struct order orders[] = {
        {"who reads both services as one list (XEP-0368)", compare_priority, false},
        {"who tries direct TLS first, such as Prosody", compare_service, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(orders); i++)
        app_show(judging, finding, "%s: %s", orders[i].who,
                 say_order(judging, &orders[i], entries, count));
}

/* Whether a record of a host of ours has another priority or weight than it is to have. */
static bool is_misplaced(const struct app_domain *domain, const struct app_seen_endpoint *at)
{
    const struct app_host *host = app_host_of(domain, &at->srv.target);
    return at->origin == DNS_FROM_SRV && app_is_published(at) && host &&
           (at->srv.priority != host->priority || at->srv.weight != host->weight);
}

static void fix_order(struct app_judging *judging, struct app_finding *finding,
                      const struct app_seen_domain *seen, const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (is_misplaced(domain, at))
            app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN SRV %s",
                    app_say_name(judging, &seen->srv[at->service]->owner->name),
                    app_say_srv(judging, &at->srv));
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        app_fix_publish(judging, finding, &seen->srv[i]->owner->name, DNS_TYPE_SRV);
}

void app_judge_v11(struct app_judging *judging, const struct app_seen_domain *seen,
                   const struct app_domain *domain)
{
    bool is_before = app_is_before_switch(judging, seen, domain), is_misplaced_any = false;
    struct dns_srv_entry entries[ENTRIES_MAX];
    struct app_finding *finding;
    size_t count =
        collect(seen, is_before ? APP_ENDPOINT_PLANNED : APP_ENDPOINT_PUBLISHED, entries);
    if (count == 0 || !app_are_services_known(seen)) {
        app_find_no_target(judging, seen);
        return;
    }
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        is_misplaced_any |= is_misplaced(domain, at);
    if (is_misplaced_any)
        finding = app_find(judging, APP_WARN, seen->domain.ascii,
                           "partners try the endpoints in another order than planned");
    else
        finding = app_find(judging, APP_PASS, seen->domain.ascii,
                           is_before ? "from the switch on partners try the endpoints like this"
                                     : "partners try the endpoints as their records say");
    show_orders(judging, finding, entries, count);
    if (is_misplaced_any)
        fix_order(judging, finding, seen, domain);
}
