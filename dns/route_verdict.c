/* SPDX-License-Identifier: BSD-2-Clause */
/* What a route comes to, in words. */
#include "dns/route_impl.h"

#include <stdarg.h>
#include <stdio.h>

const char *dns_route_outcome_text(enum dns_route_outcome outcome)
{
    static const char *const texts[] = {
        [DNS_ROUTE_FOUND] = "found",
        [DNS_ROUTE_NO_SERVICE] = "no service",
        [DNS_ROUTE_FAILED] = "failed",
        [DNS_ROUTE_BOGUS] = "bogus",
    };
    return texts[outcome];
}

void dns_route_say(char out[DNS_ROUTE_TEXT_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, DNS_ROUTE_TEXT_MAX, format, args);
    va_end(args);
}

/* The answer that somebody must mend first: bogus before failed, the earlier one first. NULL when
 * all is well. */
static const struct dns_answer *find_failure(const struct dns_route *route)
{
    const struct dns_answer *failure = NULL;
    for (size_t i = 0; i < route->answer_count; i++) {
        const struct dns_answer *answer = route->answers[i];
        if (answer->outcome == DNS_FAILED && answer->security == DNS_BOGUS)
            return answer;
        if (answer->outcome == DNS_FAILED && !failure)
            failure = answer;
        if (answer->type == DNS_TYPE_SRV && !failure &&
            dns_service_classify(answer) == DNS_CLASS_FAIL)
            failure = answer;
    }
    return failure;
}

static void conclude_failure(struct dns_route *route, const struct dns_answer *failure)
{
    route->outcome = failure->security == DNS_BOGUS ? DNS_ROUTE_BOGUS : DNS_ROUTE_FAILED;
    dns_answer_failure_text(failure, route->sentence);
}

void dns_route_conclude_services(struct dns_route *route, enum dns_service_plan plan)
{
    const struct dns_answer *failure = plan == DNS_PLAN_FAILED ? find_failure(route) : NULL;
    if (failure) {
        conclude_failure(route, failure);
        return;
    }
    route->outcome = DNS_ROUTE_NO_SERVICE;
    dns_route_say(route->sentence, "%s publishes that it offers no XMPP federation",
                  route->domain.ascii);
}

static void conclude_without_endpoint(struct dns_route *route)
{
    const struct dns_endpoint *first = &route->endpoints[0];
    const char *why;
    struct dns_name name;
    dns_name_from_domain(&route->domain, &name);
    route->outcome = DNS_ROUTE_NO_SERVICE;
    if (first->origin != DNS_FROM_FALLBACK)
        dns_route_say(route->sentence, "%s names no endpoint that can be used: %s",
                      route->domain.ascii, first->skip);
    else if (first->address_count > 0)
        dns_route_say(route->sentence, "%s has no SRV records, and %s", route->domain.ascii,
                      first->skip);
    else if (dns_name_is_special(&name, &why))
        dns_route_say(route->sentence, "%s: %s", route->domain.ascii, why);
    else if (dns_route_answer(route, &name, DNS_TYPE_A)->outcome == DNS_NO_NAME)
        dns_route_say(route->sentence, "%s does not exist", route->domain.ascii);
    else
        dns_route_say(route->sentence, "%s has neither SRV records nor addresses",
                      route->domain.ascii);
}

static void conclude_found(struct dns_route *route, size_t usable)
{
    const char *domain = route->domain.ascii;
    route->outcome = DNS_ROUTE_FOUND;
    switch (route->endpoints[0].origin) {
    case DNS_FROM_SRV:
        dns_route_say(route->sentence, "the SRV records of %s name %zu endpoint%s, %zu usable",
                      domain, route->endpoint_count, route->endpoint_count == 1 ? "" : "s", usable);
        break;
    case DNS_FROM_FALLBACK:
        dns_route_say(route->sentence, "%s has no SRV records; its own addresses are used", domain);
        break;
    case DNS_FROM_STATIC:
        dns_route_say(route->sentence, "the configuration has a route to %s", domain);
        break;
    }
}

void dns_route_conclude(struct dns_route *route)
{
    size_t usable = 0;
    for (size_t i = 0; i < route->endpoint_count; i++)
        usable += route->endpoints[i].skip[0] == '\0';
    const struct dns_answer *failure = usable == 0 ? find_failure(route) : NULL;
    if (usable > 0)
        conclude_found(route, usable);
    else if (failure)
        conclude_failure(route, failure);
    else
        conclude_without_endpoint(route);
}
