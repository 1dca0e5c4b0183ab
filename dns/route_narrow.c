/* SPDX-License-Identifier: BSD-2-Clause */
/* What a partner's policy leaves of a route that was found. */
#include "dns/route_impl.h"

/* The first answer, other than TLSA, that led to the endpoint and is not secure; NULL: all are. */
static const struct dns_answer *find_insecure(const struct dns_route *route,
                                              const struct dns_endpoint *endpoint)
{
    for (size_t i = 0; i < route->answer_count; i++) {
        const struct dns_answer *answer = route->answers[i];
        bool is_address = answer->type == DNS_TYPE_A || answer->type == DNS_TYPE_AAAA;
        bool is_on_the_way = answer->type == DNS_TYPE_SRV ||
                             (is_address && dns_name_equal(&answer->name, &endpoint->srv.target));
        if (is_on_the_way && answer->security != DNS_SECURE)
            return answer;
    }
    return NULL;
}

/* Without an endpoint left, the last one's reason is the route's. */
static void conclude(struct dns_route *route, enum dns_route_outcome outcome)
{
    const char *why = "";
    for (size_t i = 0; i < route->endpoint_count; i++) {
        why = route->endpoints[i].skip;
        if (why[0] == '\0')
            return;
    }
    route->outcome = outcome;
    dns_route_say(route->sentence, "%s", why);
}

void dns_route_require_secure(struct dns_route *route)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    if (route->outcome != DNS_ROUTE_FOUND)
        return;
    for (size_t i = 0; i < route->endpoint_count; i++) {
        struct dns_endpoint *endpoint = &route->endpoints[i];
        const struct dns_answer *answer = find_insecure(route, endpoint);
        if (answer && endpoint->skip[0] == '\0')
            dns_route_say(endpoint->skip, "%s %s is not secured by DNSSEC, which is required",
                          dns_name_text(&answer->name, name), dns_type_text(answer->type, type));
    }
    conclude(route, DNS_ROUTE_FAILED);
}

void dns_route_avoid_direct_tls(struct dns_route *route)
{
    if (route->outcome != DNS_ROUTE_FOUND)
        return;
    for (size_t i = 0; i < route->endpoint_count; i++) {
        struct dns_endpoint *endpoint = &route->endpoints[i];
        /* Any secure TLSA record says that there is TLS (RFC 7671, 10.3). */
        bool has_tls =
            endpoint->tlsa_state == DNS_TLSA_USABLE || endpoint->tlsa_state == DNS_TLSA_UNUSABLE;
        if (endpoint->service == DNS_SERVICE_DIRECT_TLS && endpoint->skip[0] == '\0' && !has_tls)
            dns_route_say(endpoint->skip, "its policy is to do without TLS");
    }
    conclude(route, DNS_ROUTE_NO_SERVICE);
}
