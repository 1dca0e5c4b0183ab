/* SPDX-License-Identifier: BSD-2-Clause */
/* X6: a stanza gets to every configured partner and back. X7: each still resolves and connects. */
#include "readiness/judge/judging.h"

#include <inttypes.h>

static bool works(const struct app_seen_look *look)
{
    return look->seen == APP_CAME && look->result->stage >= FED_PROBE_FEATURES;
}

static void show_look(struct app_judging *judging, struct app_finding *finding,
                      const struct app_seen_look *look)
{
    char addr[GP_ADDR_TEXT_MAX];
    const char *what = look->seen != APP_CAME                        ? look->why
                       : look->result->stage == FED_PROBE_LOGGED_IN  ? "takes our certificate"
                       : works(look) && look->result->offer.dialback ? "offers dialback"
                       : works(look)                                 ? "offers no login"
                                                                     : look->result->sentence;
    app_show(judging, finding, "%s, %s: %s", gp_addr_port_text(&look->addr, addr),
             dns_service_text(look->service), what);
}

static void judge_looks(struct app_judging *judging, const struct app_seen_partner *partner)
{
    size_t count = 0, good = 0, unseen = 0;
    for (const struct app_seen_look *at = partner->looks; at; at = at->next) {
        count++;
        good += works(at);
        unseen += at->seen != APP_CAME;
    }
    enum app_status status = good == count && good > 0 ? APP_PASS
                             : good > 0                ? APP_WARN
                             : unseen > 0              ? APP_UNKNOWN
                                                       : APP_FAIL;
    struct app_finding *finding = app_find(judging, status, partner->domain.ascii,
                                           "%zu of %zu addresses can be used", good, count);
    app_show(judging, finding, "%s", partner->route->sentence);
    for (const struct app_seen_look *at = partner->looks; at; at = at->next)
        show_look(judging, finding, at);
    if (status == APP_WARN || status == APP_FAIL)
        app_fix(judging, finding, APP_FIX_RUN, "gatepost probe %s", partner->domain.ascii);
}

static void judge_partner(struct app_judging *judging, const struct app_seen_partner *partner)
{
    const char *name = partner->domain.ascii;
    if (partner->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, name, "not seen: %s", partner->why);
    } else if (partner->route->outcome != DNS_ROUTE_FOUND) {
        struct app_finding *finding =
            app_find(judging, APP_FAIL, name, "%s", partner->route->sentence);
        app_fix(judging, finding, APP_FIX_RUN, "gatepost resolve %s", name);
    } else {
        judge_looks(judging, partner);
    }
}

/* What both say without partners; true: there is nothing to judge. */
static bool has_none(struct app_judging *judging, bool was_wanted, const char *what)
{
    if (!was_wanted)
        app_find(judging, APP_SKIP, "partners", "%s", what);
    else if (!judging->input->seen->partners)
        app_find(judging, APP_SKIP, "partners", "the configuration names none");
    else
        return false;
    return true;
}

static void judge_ping(struct app_judging *judging, const struct app_seen_partner *partner)
{
    const struct app_seen_ping *ping = &partner->ping;
    const char *name = partner->domain.ascii;
    struct app_finding *finding;
    if (ping->seen != APP_CAME) {
        app_find(judging, APP_UNKNOWN, name, "no ping was sent: %s", ping->why);
        return;
    }
    switch (ping->outcome) {
    case FED_PING_ANSWERED: /* an error, too: it has gone all the way and come back */
        finding =
            app_find(judging, APP_PASS, name, "answered a ping in %" PRId64 " ms", ping->took_ms);
        if (ping->sentence[0])
            app_show(judging, finding, "the answer is the error %s", ping->sentence);
        break;
    case FED_PING_REFUSED:
        app_find(judging, APP_SKIP, name, "no ping is let out: %s", ping->sentence);
        break;
    case FED_PING_UNDELIVERED:
        finding =
            app_find(judging, APP_FAIL, name, "a ping cannot be delivered: %s", ping->sentence);
        app_fix(judging, finding, APP_FIX_RUN, "gatepost probe %s", name);
        break;
    case FED_PING_SILENT:
        /* RFC 6120, 8.2.3: whoever is asked has to answer */
        finding = app_find(judging, APP_FAIL, name, "no answer came to a ping within %" PRId64 " s",
                           ping->took_ms / 1000);
        app_fix(judging, finding, APP_FIX_RUN, "gatepost status %s", name);
        app_fix(judging, finding, APP_FIX_DO,
                "ask the partner whether its server can connect to this domain, and lets answers "
                "out to it");
        break;
    }
}

void app_judge_x6(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_observations *all = judging->input->seen;
    (void)seen;
    (void)domain;
    if (has_none(judging, all->has_pings, "not sent: \"--partners\" does"))
        return;
    for (const struct app_seen_partner *at = all->partners; at; at = at->next)
        judge_ping(judging, at);
}

void app_judge_x7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_observations *all = judging->input->seen;
    (void)seen;
    (void)domain;
    if (has_none(judging, all->has_partners, "not looked at: \"--partners\" does"))
        return;
    for (const struct app_seen_partner *at = all->partners; at; at = at->next)
        judge_partner(judging, at);
}
