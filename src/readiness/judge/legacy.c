/* SPDX-License-Identifier: BSD-2-Clause */
/* I2, I3, I5, I6, I7: the gateway that is replaced: there as long as it is needed, and gone then.
 */
#include "readiness/judge/judging.h"

#include "base/clock.h"
#include "zones/timeline.h"

#define QUICKLY_MS 2000 /* a refusal comes in one round trip */

/* Calls fn for each address of the legacy gateway that was tried, whoever named it. */
typedef void legacy_fn(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                       const struct app_seen_probe *probe, const struct app_domain *domain);

static void each_address(struct app_judging *judging, const struct app_seen_domain *seen,
                         const struct app_domain *domain, legacy_fn *fn)
{
    judging->endpoint = "legacy";
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER && app_system_of(domain, at) == APP_SYSTEM_LEGACY)
                fn(judging, at, probe, domain);
    judging->endpoint = NULL;
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii,
                 "not seen: the addresses of the legacy gateway were not tried");
}

/* False: whether anything is there could not be tried, and that was found. */
static bool is_tried(struct app_judging *judging, const struct app_seen_probe *probe,
                     const char *subject)
{
    if (probe->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject, "not seen: %s", probe->why);
        return false;
    }
    if (probe->result->stage == FED_PROBE_NOTHING && !app_can_reach(judging, &probe->addr)) {
        app_find(judging, APP_UNKNOWN, subject, "could not be tried: this machine has no %s",
                 probe->addr.family == GP_IPV6 ? "IPv6 address" : "IPv4 address");
        return false;
    }
    return true;
}

/* Whether it got an answer from an XMPP server. */
static bool is_answered(const struct app_seen_probe *probe)
{
    enum fed_probe_stage stage =
        probe->service == DNS_SERVICE_STARTTLS ? FED_PROBE_ANSWERED : FED_PROBE_GREETED;
    return probe->result->stage >= stage || probe->result->reason == FED_CLOSE_PEER_UNKNOWN;
}

/* I2 */

static bool is_published(const struct app_seen_endpoint *endpoint, const struct gp_addr *wanted)
{
    return app_seen_has_address(endpoint->addresses[0], wanted) ||
           app_seen_has_address(endpoint->addresses[1], wanted);
}

/* Since when no correct cache leads there any more; 0: one may, or that is not known. */
static int64_t dead_since_s(const struct app_judging *judging)
{
    const struct zone_timeline *timeline = judging->input->timeline;
    bool is_over = timeline && timeline->is_switched && timeline->dead_s > 0 &&
                   timeline->dead_s <= judging->input->now_s;
    return is_over ? timeline->dead_s : 0;
}

static void judge_presence(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (!is_published(endpoint, &probe->addr)) {
        app_find(judging, APP_SKIP, subject, "DNS does not lead there any more (I3)");
        return;
    }
    if (dead_since_s(judging) > 0) {
        app_find(judging, APP_SKIP, subject, "not needed any more: no cache leads there since %s",
                 app_say_time(judging, dead_since_s(judging)));
        return;
    }
    if (!is_tried(judging, probe, subject))
        return;
    if (probe->result->reason == FED_CLOSE_PEER_UNKNOWN) {
        finding =
            app_find(judging, APP_FAIL, subject, "does not accept %s any more", domain->name.ascii);
    } else if (is_answered(probe)) {
        app_find(judging, APP_PASS, subject, "is still there and accepts %s", domain->name.ascii);
        return;
    } else {
        finding = app_find(judging, APP_FAIL, subject, "is not there any more as an XMPP server");
    }
    app_show(judging, finding, "%s", probe->result->sentence);
    app_fix(judging, finding, APP_FIX_DO,
            "keep it running, with the domain, until no cache holds the records that lead to it: "
            "until then partners come there, and one can go back to it");
}

void app_judge_i2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_address(judging, seen, domain, judge_presence);
}

/* I3 */

static void judge_absence(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                          const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const struct fed_probe_result *result = probe->result;
    struct app_finding *finding;
    char span[GP_CLOCK_SPAN_MAX];
    if (!is_tried(judging, probe, subject))
        return;
    if (result->stage == FED_PROBE_NOTHING && result->connect_ms < QUICKLY_MS) {
        finding = app_find(judging, APP_PASS, subject, "refuses connections at once");
        app_show(judging, finding, "%s", result->sentence);
        return;
    }
    if (result->stage == FED_PROBE_NOTHING) {
        finding = app_find(judging, APP_WARN, subject,
                           "is silent: a partner that still holds its address waits in vain "
                           "before it asks DNS again");
        app_show(judging, finding, "given up after %s",
                 gp_clock_span_text(result->connect_ms, span));
        app_fix(judging, finding, APP_FIX_DO,
                "have the address refuse TCP connections (reject with a reset, do not drop), and "
                "give it to nobody else for a while");
    } else if (result->reason == FED_CLOSE_PEER_UNKNOWN) {
        finding = app_find(judging, APP_WARN, subject, "still answers, and refuses %s",
                           domain->name.ascii);
        app_fix(judging, finding, APP_FIX_DO,
                "stop it once it serves no other domain either; partners take a refused connection "
                "for a reason to try the next address, not this");
    } else {
        finding = app_find(judging, APP_FAIL, subject,
                           is_answered(probe) ? "still answers as an XMPP server"
                                              : "something still accepts connections");
        app_fix(judging, finding, APP_FIX_DO,
                "have it end its streams, then stop it, and have the address refuse connections");
    }
}

void app_judge_i3(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_address(judging, seen, domain, judge_absence);
}

/* I5: who still comes there only the legacy gateway can know, as long as it takes connections. */

static void judge_arrivals(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                           const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    (void)domain;
    if (!is_tried(judging, probe, subject))
        return;
    if (probe->result->stage == FED_PROBE_NOTHING) {
        app_find(judging, APP_PASS, subject, "nobody can arrive there");
        return;
    }
    struct app_finding *finding = app_find(
        judging, APP_WARN, subject, "partners can still arrive there, and only it knows whether");
    app_fix(judging, finding, APP_FIX_DO,
            "look on that machine who is connected, and in its log who came, for as long as the "
            "rarest partner takes to come again; that nobody came is no proof that nobody will");
    app_fix(judging, finding, APP_FIX_RUN, "ss -Htn state established 'sport = :%u'",
            probe->addr.port);
}

void app_judge_i5(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    each_address(judging, seen, domain, judge_arrivals);
}

/* I6 */

/* Whether a record leads to the legacy gateway: by its name, or by an address. */
static bool leads_there(const struct app_domain *domain, enum dns_type type, struct dns_rdata data)
{
    struct dns_srv srv;
    struct gp_addr addr;
    if (type == DNS_TYPE_SRV)
        return dns_srv_decode(data, &srv) == GP_OK && app_is_legacy_name(domain, &srv.target);
    return dns_addr_decode(type, data, &addr) == GP_OK && app_is_legacy_address(domain, &addr);
}

static void judge_reply(struct app_judging *judging, const struct app_seen_rrset *rrset,
                        size_t server, const struct app_domain *domain)
{
    const struct app_seen_reply *reply = &rrset->replies[server];
    const struct app_seen_server *at = &rrset->owner->zone->servers[server];
    const char *subject = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    const char *name = app_say_name(judging, at->name);
    struct app_finding *finding = NULL;
    char addr[GP_ADDR_TEXT_MAX];
    gp_addr_text(&at->addr, addr);
    if (!app_seen_is_word(reply)) {
        if (app_can_reach(judging, &at->addr))
            app_find(judging, APP_UNKNOWN, subject, "not known at %s, %s (Z1)", name, addr);
        return;
    }
    for (size_t i = 0; i < reply->count; i++) {
        if (!leads_there(domain, rrset->type, reply->records[i]))
            continue;
        if (!finding)
            finding = app_find(judging, APP_FAIL, subject,
                               "%s, %s, still leads partners to the legacy gateway", name, addr);
        app_fix_remove(judging, finding, &rrset->owner->name, rrset->type, reply->records[i]);
    }
}

static void judge_set(struct app_judging *judging, const struct dns_name *owner, enum dns_type type,
                      const struct app_domain *domain)
{
    const struct app_seen_rrset *rrset = app_observations_rrset(judging->input->seen, owner, type);
    const char *subject = app_say_rrset(judging, owner, type);
    size_t before = judging->found;
    if (!rrset || !rrset->replies) {
        app_find(judging, APP_UNKNOWN, subject, "no server was asked: %s",
                 rrset && rrset->owner->why ? rrset->owner->why : "the check was cut short");
        return;
    }
    for (size_t i = 0; i < rrset->owner->zone->server_count; i++)
        judge_reply(judging, rrset, i, domain);
    if (judging->found == before)
        app_find(judging, APP_PASS, subject, "no server leads to the legacy gateway");
}

/* That no server says it any more does not end it: caches say it until t_dead. Where nothing is
 * known of the past, M1 says so. */
static void judge_caches(struct app_judging *judging, const struct app_domain *domain)
{
    const struct zone_timeline *timeline = judging->input->timeline;
    if (!judging->input->histories->trouble && timeline && timeline->is_switched &&
        timeline->dead_s > judging->input->now_s)
        app_wait(judging, timeline->dead_s, domain->name.ascii,
                 "caches may still lead to the legacy gateway");
}

void app_judge_i6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    const struct app_legacy *legacy = domain->legacy;
    struct dns_name apex;
    judge_caches(judging, domain);
    dns_name_from_domain(&domain->name, &apex);
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++)
        judge_set(judging, &seen->srv[i]->owner->name, DNS_TYPE_SRV, domain);
    for (size_t i = 0; i < GP_ARRAY_LEN(types); i++) {
        for (size_t k = 0; k < domain->host_count; k++)
            judge_set(judging, &domain->hosts[k].name, types[i], domain);
        /* The domain's own address may be there for other services (A6). */
        for (size_t k = 0; k < legacy->host_count; k++)
            if (!dns_name_equal(&legacy->hosts[k].host, &apex))
                judge_set(judging, &legacy->hosts[k].host, types[i], domain);
    }
}

/* I7 */

/* Until when the old service records may be in caches: t_dead; where that is not known, their TTL
 * from now on. */
static int64_t kept_until_s(const struct app_judging *judging, const struct app_seen_domain *seen)
{
    const struct zone_timeline *timeline = judging->input->timeline;
    uint32_t ttl_s = 0;
    if (timeline && timeline->dead_s > 0)
        return timeline->dead_s;
    for (size_t i = 0; i < DNS_SERVICE_COUNT; i++) {
        const struct app_seen_rrset *rrset = seen->srv[i];
        size_t count = rrset->replies ? rrset->owner->zone->server_count : 0;
        for (size_t k = 0; k < count; k++)
            if (app_seen_is_word(&rrset->replies[k]) && rrset->replies[k].ttl_s > ttl_s)
                ttl_s = rrset->replies[k].ttl_s;
    }
    return judging->input->now_s + ttl_s;
}

static void judge_certificate(struct app_judging *judging, const struct app_seen_domain *seen,
                              const struct app_seen_endpoint *endpoint,
                              const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const char *subject = app_say_probe(judging, endpoint, probe);
    const struct fed_tls_facts *tls = probe->result->tls;
    struct app_finding *finding;
    if (probe->result->stage == FED_PROBE_NOTHING) {
        app_find(judging, APP_UNKNOWN, subject, "not seen: it is not reached (I2)");
        return;
    }
    if (!tls || !tls->peer) {
        app_find(judging, APP_SKIP, subject, "shows no certificate");
        return;
    }
    bool is_chain_first =
        tls->chain_not_after_s > 0 && tls->chain_not_after_s < tls->peer->not_after_s;
    int64_t end_s = is_chain_first ? tls->chain_not_after_s : tls->peer->not_after_s;
    int64_t needed_s = kept_until_s(judging, seen) + domain->legacy->rollback_s;
    const char *end = app_say_time(judging, end_s);
    const char *needed = app_say_time(judging, needed_s);
    if (end_s >= needed_s) {
        app_find(judging, APP_PASS, subject, "its certificate lasts until %s, needed until %s", end,
                 needed);
        return;
    }
    finding =
        app_find(judging, APP_FAIL, subject,
                 "its certificate ends at %s: too early to go back to it until %s", end, needed);
    app_fix(judging, finding, APP_FIX_DO,
            "renew it there before the switch: when partners are led away, a renewal by itself may "
            "fail");
}

void app_judge_i7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    judging->endpoint = "legacy";
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER &&
                app_system_of(domain, at) == APP_SYSTEM_LEGACY && is_published(at, &probe->addr) &&
                is_tried(judging, probe, app_say_probe(judging, at, probe)))
                judge_certificate(judging, seen, at, probe, domain);
    judging->endpoint = NULL;
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii,
                 "not seen: the legacy gateway was not reached (I2)");
}
