/* SPDX-License-Identifier: BSD-2-Clause */
/* A3, T1, T5: the endpoint itself, each address on its own. */
#include "readiness/judge/judging.h"

#include <inttypes.h>

/* A3 */

static void fix_connection(struct app_judging *judging, struct app_finding *finding,
                           const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_host *host = app_host_of(domain, &endpoint->srv.target);
    char addr[GP_ADDR_TEXT_MAX];
    gp_addr_text(&probe->addr, addr);
    if (app_is_public(judging))
        app_fix(
            judging, finding, APP_FIX_DO,
            "let the server listen on %s port %u, and the firewall let others through to it; or "
            "take the address, or the service record, out of DNS",
            addr, probe->addr.port);
    else if (!host)
        app_fix(judging, finding, APP_FIX_DO, "correct the record that leads there (V12)");
    else if (app_port_of(host, endpoint->service) != probe->addr.port)
        app_fix(judging, finding, APP_FIX_DO, "correct the port in the service record (V3)");
    else if (!app_host_has(host, &probe->addr))
        app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN %s %s",
                app_say_name(judging, &endpoint->srv.target),
                probe->addr.family == GP_IPV6 ? "AAAA" : "A", addr);
    else if (judging->input->seen->gateway.is_absent)
        app_fix(judging, finding, APP_FIX_RUN, "gatepost run -c %s", judging->input->config->path);
    else
        app_fix(judging, finding, APP_FIX_DO,
                "let gatepost listen on %s port %u, and the firewall let partners through to it",
                addr, probe->addr.port);
}

static void show_listeners(struct app_judging *judging, struct app_finding *finding)
{
    const struct app_seen_gateway *gateway = &judging->input->seen->gateway;
    char addr[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < gateway->listener_count; i++)
        app_show(judging, finding, "the gateway listens on %s, %s",
                 gp_addr_port_text(&gateway->listeners[i].addr, addr),
                 dns_service_text(gateway->listeners[i].service));
}

static void judge_connection(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                             const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (probe->result->stage > FED_PROBE_NOTHING) {
        finding = app_find(judging, APP_PASS, subject, "accepts connections");
        app_show(judging, finding, "after %" PRId64 " ms", probe->result->connect_ms);
        return;
    }
    if (!app_can_reach(judging, &probe->addr)) {
        app_find(judging, APP_UNKNOWN, subject,
                 "could not be tried: this machine has no %s of its own",
                 probe->addr.family == GP_IPV6 ? "IPv6 address" : "IPv4 address");
        return;
    }
    if (app_is_hairpin(judging, endpoint, probe, domain)) {
        app_find(judging, APP_UNKNOWN, subject, "no connection from inside (O2): %s",
                 probe->result->sentence);
        return;
    }
    finding = app_find(judging, APP_FAIL, subject, "no connection: %s", probe->result->sentence);
    show_listeners(judging, finding);
    fix_connection(judging, finding, endpoint, probe, domain);
}

void app_judge_a3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_NOTHING, .fn = judge_connection};
    app_each_probe(judging, seen, domain, &walk);
}

/* T1 */

/* What is missing for a stream; NULL: nothing. */
static const char *stream_fault(const struct app_seen_endpoint *endpoint,
                                const struct fed_probe_result *result)
{
    if (endpoint->service == DNS_SERVICE_STARTTLS) {
        if (result->stage < FED_PROBE_ANSWERED)
            return "does not answer as an XMPP server";
        if (!result->hello[0].has_version)
            return "answers without version='1.0', so it cannot offer STARTTLS";
        if (result->stage == FED_PROBE_ANSWERED && !result->offer.is_known)
            return "ends the stream before it offers STARTTLS";
        if (!result->offer.starttls)
            return "does not offer STARTTLS";
    }
    if (result->stage < FED_PROBE_SECURED)
        return "TLS fails";
    if (result->stage < FED_PROBE_GREETED)
        return "does not answer as an XMPP server inside TLS";
    return result->hello[1].has_version ? NULL : "answers without version='1.0' inside TLS";
}

static void judge_stream(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                         const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct fed_probe_result *result = probe->result;
    const char *subject = app_say_probe(judging, endpoint, probe);
    const char *fault = stream_fault(endpoint, result);
    (void)domain;
    if (!fault) {
        app_find(judging, APP_PASS, subject,
                 endpoint->service == DNS_SERVICE_STARTTLS ? "an XMPP server with STARTTLS"
                                                           : "an XMPP server with direct TLS");
        return;
    }
    struct app_finding *finding = app_find(judging, APP_FAIL, subject, "%s", fault);
    if (result->sentence[0])
        app_show(judging, finding, "%s", result->sentence);
    const struct app_seen_probe *crossed = app_sibling_probe(probe, APP_PROBE_CROSSED);
    if (crossed && app_speaks(crossed)) {
        app_fix(judging, finding, APP_FIX_DO, "correct the service record (V9)");
        return;
    }
    app_fix(judging, finding, APP_FIX_RUN, "ss -ltnp 'sport = :%u'", probe->addr.port);
    app_fix(judging, finding, APP_FIX_DO,
            app_is_public(judging)
                ? "see what listens there, or correct the port in the record"
                : "stop what listens there instead of gatepost, or correct the port in the record "
                  "(V3)");
}

void app_judge_t1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_CONNECTED, .fn = judge_stream};
    app_each_probe(judging, seen, domain, &walk);
}

/* T5 (XEP-0368, 3: ALPN is recommended, not required) */

static void judge_alpn(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                       const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const struct app_seen_probe *bare = app_sibling_probe(probe, APP_PROBE_NO_ALPN);
    (void)domain;
    if (!bare || bare->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "was not tried without ALPN: %s",
                 bare && bare->why ? bare->why : "the check was cut short");
    } else if (app_speaks(probe) && app_speaks(bare)) {
        app_find(judging, APP_PASS, subject, "direct TLS works with ALPN and without");
    } else if (app_speaks(bare)) {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, subject, "direct TLS fails with ALPN \"xmpp-server\": %s",
                     probe->result->sentence);
        app_fix(judging, finding, APP_FIX_DO,
                "have whatever ends TLS there accept the ALPN protocol \"xmpp-server\"");
    } else if (app_speaks(probe)) {
        struct app_finding *finding =
            app_find(judging, APP_WARN, subject, "direct TLS fails without ALPN: %s",
                     bare->result->sentence);
        app_fix(judging, finding, APP_FIX_DO,
                "have whatever ends TLS there lead connections without ALPN to the same place");
    } else {
        app_find(judging, APP_UNKNOWN, subject, "direct TLS fails with and without ALPN (T1)");
    }
}

static bool is_direct_tls_absent(const struct app_seen_domain *seen,
                                 const struct app_domain *domain)
{
    const struct app_seen_rrset *srv = seen->srv[DNS_SERVICE_DIRECT_TLS];
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        if (at->service == DNS_SERVICE_DIRECT_TLS && app_is_to_serve(domain, at) &&
            !dns_name_is_root(&at->srv.target))
            return false;
    return srv->seen == APP_CAME && dns_service_classify(srv->answer) != DNS_CLASS_FAIL;
}

void app_judge_t5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {.kind = APP_PROBE_PARTNER,
                                               .stage = FED_PROBE_CONNECTED,
                                               .direct_tls_only = true,
                                               .fn = judge_alpn};
    if (is_direct_tls_absent(seen, domain))
        app_find(judging, APP_SKIP, seen->domain.ascii, "no direct TLS is published or planned");
    else
        app_each_probe(judging, seen, domain, &walk);
}
