/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/route_impl.h"

#include <stdio.h>

#define PRIVILEGED_PORTS 1024
#define HTTPS_PORT       443 /* XEP-0368: direct TLS where nothing else gets through */

const struct dns_answer *dns_route_answer(const struct dns_route *route,
                                          const struct dns_name *name, enum dns_type type)
{
    for (size_t i = 0; i < route->answer_count; i++) {
        const struct dns_answer *answer = route->answers[i];
        if (answer && answer->type == type && dns_name_equal(&answer->name, name))
            return answer;
    }
    return NULL;
}

void dns_endpoint_check(struct dns_endpoint *endpoint)
{
    char target[DNS_NAME_TEXT_MAX];
    struct gp_addr addr;
    uint16_t port = endpoint->srv.port;
    dns_name_text(&endpoint->srv.target, target);
    if (gp_addr_parse(target, &addr) == GP_OK) {
        dns_route_say(endpoint->skip, "the target %s is an IP address, not a host name", target);
        return;
    }
    if (port == 0)
        dns_route_say(endpoint->skip, "port 0 cannot be connected to");
    /* somebody else's record must not make us talk to ssh, mail or DNS (T64) */
    else if (port < PRIVILEGED_PORTS && port != HTTPS_PORT && endpoint->origin == DNS_FROM_SRV)
        dns_route_say(endpoint->skip, "port %u is refused: below %d only %d is connected to", port,
                      PRIVILEGED_PORTS, HTTPS_PORT);
}

static bool is_permitted(const struct gp_addr *addr, const struct dns_route_settings *settings)
{
    if (gp_addr_reach(addr) == GP_REACH_PUBLIC)
        return true;
    for (size_t i = 0; i < settings->network_count; i++)
        if (gp_network_has(&settings->networks[i], addr))
            return true;
    return false;
}

static void add_address(struct dns_endpoint *endpoint, const struct dns_answer *answer,
                        size_t index, const struct dns_route_settings *settings)
{
    struct gp_addr addr;
    if (endpoint->address_count >= DNS_ROUTE_ADDRESS_MAX ||
        endpoint->address_count >= settings->max_addresses || index >= answer->count ||
        dns_addr_decode((enum dns_type)answer->type, answer->records[index], &addr) != GP_OK)
        return;
    addr.port = endpoint->srv.port;
    endpoint->addresses[endpoint->address_count++] = (struct dns_endpoint_address){
        .addr = addr, .security = answer->security, .is_refused = !is_permitted(&addr, settings)};
}

static void take_alias(struct dns_endpoint *endpoint, const struct dns_answer *answer)
{
    if (endpoint->is_alias || !dns_answer_is_alias(answer))
        return;
    endpoint->is_alias = true;
    endpoint->canonical = answer->canonical;
}

/* Says why there is nobody to connect to, if so. */
static void check_addresses(struct dns_endpoint *endpoint, const struct dns_answer *answer)
{
    char target[DNS_NAME_TEXT_MAX], addr[GP_ADDR_TEXT_MAX];
    dns_name_text(&endpoint->srv.target, target);
    if (endpoint->address_count == 0) {
        dns_route_say(endpoint->skip,
                      answer->outcome == DNS_NO_NAME ? "%s does not exist" : "%s has no addresses",
                      target);
        return;
    }
    for (size_t i = 0; i < endpoint->address_count; i++)
        if (!endpoint->addresses[i].is_refused)
            return;
    const struct gp_addr *first = &endpoint->addresses[0].addr;
    dns_route_say(endpoint->skip, "%s leads to %s, which is %s; private-networks does not name it",
                  target, gp_addr_text(first, addr), gp_reach_text(gp_addr_reach(first)));
}

void dns_endpoint_take_addresses(struct dns_endpoint *endpoint, const struct dns_route *route,
                                 const struct dns_route_settings *settings)
{
    const struct dns_name *target = &endpoint->srv.target;
    const struct dns_answer *v6 = dns_route_answer(route, target, DNS_TYPE_AAAA);
    const struct dns_answer *v4 = dns_route_answer(route, target, DNS_TYPE_A);
    GP_ASSERT(v6 && v4);
    /* RFC 7673, 3.2: with one lookup failed this target is not used at all; that one may be what an
     * attacker holds back */
    if (v6->outcome == DNS_FAILED || v4->outcome == DNS_FAILED) {
        bool is_v6 =
            v4->outcome != DNS_FAILED || (v6->outcome == DNS_FAILED && v6->security == DNS_BOGUS);
        dns_answer_failure_text(is_v6 ? v6 : v4, endpoint->skip);
        return;
    }
    /* RFC 8305, 4: the families take turns, so that one that does not work costs one attempt */
    for (size_t i = 0; i < v6->count || i < v4->count; i++) {
        add_address(endpoint, v6, i, settings);
        add_address(endpoint, v4, i, settings);
    }
    take_alias(endpoint, v6->outcome == DNS_RECORDS ? v6 : v4);
    take_alias(endpoint, v6);
    check_addresses(endpoint, v4);
}

size_t dns_endpoint_tlsa_bases(const struct dns_endpoint *endpoint,
                               const struct dns_name *ret_bases[DNS_ENDPOINT_BASES_MAX])
{
    size_t count = 0;
    bool is_secure = false;
    for (size_t i = 0; i < endpoint->address_count; i++)
        is_secure = is_secure || endpoint->addresses[i].security == DNS_SECURE;
    /* RFC 7673, 3.1 and 3.2: without a secure chain nothing is asked; broken servers of unsigned
     * zones would only get in the way (RFC 7672, 2.2.2). Without SRV records there is none. */
    if (endpoint->skip[0] != '\0' || endpoint->srv_security != DNS_SECURE || !is_secure)
        return 0;
    if (endpoint->is_alias) /* secure as well: an answer is as secure as its weakest link */
        ret_bases[count++] = &endpoint->canonical;
    ret_bases[count++] = &endpoint->srv.target;
    return count;
}

enum gp_code dns_endpoint_tlsa_name(const struct dns_endpoint *endpoint,
                                    const struct dns_name *base, struct dns_name *ret)
{
    char labels[16];
    snprintf(labels, sizeof(labels), "_%u._tcp", endpoint->srv.port); /* RFC 7673, 3.3 */
    return dns_name_below(labels, base, ret);
}

void dns_endpoint_take_tlsa(struct dns_endpoint *endpoint, const struct dns_route *route)
{
    const struct dns_name *bases[DNS_ENDPOINT_BASES_MAX];
    size_t count = dns_endpoint_tlsa_bases(endpoint, bases);
    if (count == 0)
        return;
    endpoint->tlsa_state = DNS_TLSA_NONE;
    for (size_t i = 0; i < count && endpoint->tlsa_state == DNS_TLSA_NONE; i++) {
        struct dns_name name;
        if (dns_endpoint_tlsa_name(endpoint, bases[i], &name) != GP_OK)
            continue;
        const struct dns_answer *answer = dns_route_answer(route, &name, DNS_TYPE_TLSA);
        GP_ASSERT(answer);
        endpoint->tlsa_state =
            dns_tlsa_judge(answer, endpoint->tlsa, DNS_ROUTE_TLSA_MAX, &endpoint->tlsa_count);
        endpoint->tlsa_base = *bases[i];
        if (endpoint->tlsa_state == DNS_TLSA_FAILED) /* RFC 7673, 3.4: no connection to it */
            dns_answer_failure_text(answer, endpoint->skip);
    }
}
