/* SPDX-License-Identifier: BSD-2-Clause */
/* Z1, Z2: do all servers of the zones answer, and do they say the same? */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"

const char *app_say_server(struct app_judging *judging, const struct app_seen_zone *zone,
                           const struct app_seen_server *server)
{
    char addr[GP_ADDR_TEXT_MAX];
    return app_say(judging, "%s: %s at %s", app_say_name(judging, &zone->zone->apex),
                   app_say_name(judging, server->name), gp_addr_text(&server->addr, addr));
}

const char *app_reply_fault(struct app_judging *judging, const struct app_seen_reply *reply)
{
    char text[APP_SEEN_FAULT_MAX];
    const char *fault = app_seen_fault(reply, text);
    return fault == text ? app_say(judging, "%s", text) : fault;
}

/* Z1 */

bool app_is_out_of_reach(const struct app_judging *judging, const struct app_seen_zone *zone,
                         const struct app_seen_server *server)
{
    return app_seen_is_out_of_reach(judging->input->seen, zone, server);
}

static void fix_server(struct app_judging *judging, struct app_finding *finding,
                       const struct app_seen_zone *zone, const struct app_seen_server *server)
{
    char addr[GP_ADDR_TEXT_MAX];
    const char *apex = app_say_name(judging, &zone->zone->apex);
    app_fix(judging, finding, APP_FIX_DO,
            "repair %s, or take it out of the NS records of %s and of its parent",
            app_say_name(judging, server->name), apex);
    app_fix(judging, finding, APP_FIX_RUN, "dig @%s %s SOA +norecurse",
            gp_addr_text(&server->addr, addr), apex);
}

static void judge_server(struct app_judging *judging, const struct app_seen_zone *zone,
                         const struct app_seen_server *server)
{
    const char *subject = app_say_server(judging, zone, server);
    const char *faults[] = {app_reply_fault(judging, &server->soa[DNS_UDP]),
                            app_reply_fault(judging, &server->soa[DNS_TCP])};
    struct app_finding *finding;
    if (server->soa[DNS_UDP].seen == APP_NOT_ASKED || server->soa[DNS_TCP].seen == APP_NOT_ASKED) {
        app_find(judging, APP_UNKNOWN, subject, "was not asked: %s",
                 faults[DNS_UDP] ? faults[DNS_UDP] : "the check was cut short");
    } else if (!faults[DNS_UDP] && !faults[DNS_TCP]) {
        app_find(judging, APP_PASS, subject, "answers over UDP and TCP");
    } else if (app_is_out_of_reach(judging, zone, server)) {
        app_find(judging, APP_SKIP, subject, "not tried: this machine has no %s",
                 server->addr.family == GP_IPV6 ? "IPv6" : "IPv4");
    } else if (!app_can_reach(judging, &server->addr)) {
        app_find(judging, APP_UNKNOWN, subject, "could not be asked: this machine has no %s",
                 server->addr.family == GP_IPV6 ? "IPv6" : "IPv4");
    } else if (faults[DNS_UDP] && faults[DNS_TCP]) {
        finding = app_find(judging, APP_FAIL, subject, "does not serve the zone");
        app_show(judging, finding, "over UDP: %s", faults[DNS_UDP]);
        app_show(judging, finding, "over TCP: %s", faults[DNS_TCP]);
        fix_server(judging, finding, zone, server);
    } else {
        enum dns_transport bad = faults[DNS_UDP] ? DNS_UDP : DNS_TCP;
        finding = app_find(judging, APP_FAIL, subject, "does not serve the zone over %s: %s",
                           dns_transport_text(bad), faults[bad]);
        fix_server(judging, finding, zone, server);
    }
}

static void judge_nameless(struct app_judging *judging, const struct app_seen_zone *zone)
{
    for (size_t i = 0; i < zone->zone->server_count; i++) {
        const struct dns_zone_server *server = &zone->zone->servers[i];
        if (server->failure[0] == '\0')
            continue;
        const char *subject = app_say(judging, "%s: %s", app_say_name(judging, &zone->zone->apex),
                                      app_say_name(judging, &server->name));
        app_find(judging, APP_UNKNOWN, subject, "not all of its addresses are known: %s",
                 server->failure);
    }
}

void app_judge_z1(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    const struct app_observations *seen = judging->input->seen;
    (void)none;
    (void)domain;
    for (const struct app_seen_owner *owner = seen->owners; owner; owner = owner->next) {
        judging->place = &owner->name;
        if (owner->is_wanted && owner->seen != APP_CAME)
            app_find(judging, APP_UNKNOWN, app_say_name(judging, &owner->name),
                     "its zone is not known: %s", owner->why);
    }
    for (const struct app_seen_zone *zone = seen->zones; zone; zone = zone->next) {
        judging->place = &zone->zone->apex;
        for (size_t i = 0; i < zone->server_count; i++)
            judge_server(judging, zone, &zone->servers[i]);
        judge_nameless(judging, zone);
    }
    judging->place = NULL;
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no name server is known");
}

/* Z2 */

static uint32_t serial_of(const struct app_seen_zone *zone, size_t server)
{
    return zone->servers[server].soa[DNS_UDP].serial;
}

const char *app_say_reply(struct app_judging *judging, const struct app_seen_rrset *rrset,
                          const struct app_seen_reply *reply)
{
    const char *text = "";
    if (reply->is_alias)
        return "an alias";
    if (reply->count == 0)
        return "nothing";
    for (size_t i = 0; i < reply->count; i++)
        text = app_say(judging, "%s%s%s", text, text[0] ? ", " : "",
                       app_say_rdata(judging, rrset->type, reply->records[i]));
    return text;
}

/* One name server, by name; all its addresses. */
struct group {
    const struct app_seen_zone *zone;
    size_t first, end;                  /* of zone->servers */
    struct app_finding *finding;        /* that it differs */
    const struct app_seen_rrset *shown; /* what the reference says of it is among the evidence */
    const char *unknown;                /* why something of it was not seen */
    size_t compared;                    /* record sets */
};

static void differ(struct app_judging *judging, struct group *group,
                   const struct app_seen_rrset *rrset, size_t server, size_t reference)
{
    const struct app_seen_zone *zone = group->zone;
    char addr[GP_ADDR_TEXT_MAX];
    uint32_t serial = serial_of(zone, server), newest = serial_of(zone, reference);
    const char *apex = app_say_name(judging, &zone->zone->apex);
    const char *name = app_say_name(judging, zone->servers[server].name);
    const char *other = app_say_name(judging, zone->servers[reference].name);
    if (!group->finding) {
        const char *subject = app_say(judging, "%s: %s", apex, name);
        if (app_is_newer_serial(newest, serial))
            group->finding = app_find(judging, APP_FAIL, subject,
                                      "serves an old copy of the zone: serial %u, %s has %u",
                                      serial, other, newest);
        else
            group->finding =
                app_find(judging, APP_FAIL, subject, "serves other records than %s", other);
        app_fix(judging, group->finding, APP_FIX_DO,
                "make %s load serial %u of %s: look at its log for failed transfers, then "
                "force one (knotc zone-retransfer, rndc retransfer, nsd-control force_transfer)",
                name, newest, apex);
    }
    const char *set = app_say_rrset(judging, &rrset->owner->name, rrset->type);
    if (group->shown != rrset)
        app_show(judging, group->finding, "%s at %s: %s", set, other,
                 app_say_reply(judging, rrset, &rrset->replies[reference]));
    group->shown = rrset;
    app_show(judging, group->finding, "%s at %s: %s", set,
             gp_addr_text(&zone->servers[server].addr, addr),
             app_say_reply(judging, rrset, &rrset->replies[server]));
}

static void compare(struct app_judging *judging, struct group *group,
                    const struct app_seen_rrset *rrset)
{
    size_t reference = app_reference_server(judging->input->plan, group->zone, rrset);
    for (size_t i = group->first; i < group->end; i++) {
        const struct app_seen_reply *reply = &rrset->replies[i];
        if (app_is_out_of_reach(judging, group->zone, &group->zone->servers[i]))
            continue;
        if (!app_seen_is_word(reply))
            group->unknown = app_reply_fault(judging, reply);
        else if (!app_is_same_reply(reply, &rrset->replies[reference]))
            differ(judging, group, rrset, i, reference);
    }
    group->compared++;
}

static void judge_group(struct app_judging *judging, struct group *group)
{
    const struct app_seen_zone *zone = group->zone;
    for (const struct app_seen_owner *owner = zone->owners; owner; owner = owner->next_in_zone)
        for (const struct app_seen_rrset *at = owner->rrsets; at; at = at->next_of_owner)
            if (at->replies)
                compare(judging, group, at);
    const char *subject = app_say(judging, "%s: %s", app_say_name(judging, &zone->zone->apex),
                                  app_say_name(judging, zone->servers[group->first].name));
    if (group->finding)
        return;
    if (group->unknown)
        app_find(judging, APP_UNKNOWN, subject, "cannot be compared: %s", group->unknown);
    else if (group->compared > 0)
        app_find(judging, APP_PASS, subject, "%s, the same as everywhere",
                 app_say_count(judging, group->compared, "record set"));
    else
        app_find(judging, APP_UNKNOWN, subject, "was not asked for any record");
}

void app_judge_z2(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_seen_zone *zone = judging->input->seen->zones; zone; zone = zone->next) {
        struct group group = {.zone = zone};
        judging->place = &zone->zone->apex;
        while (group.end < zone->server_count) {
            const struct dns_name *name = zone->servers[group.end].name;
            group = (struct group){.zone = zone, .first = group.end, .end = group.end};
            while (group.end < zone->server_count && zone->servers[group.end].name == name)
                group.end++;
            judge_group(judging, &group);
        }
    }
    if (judging->found == 0)
        app_find(judging, APP_UNKNOWN, "zones", "no name server is known");
}
