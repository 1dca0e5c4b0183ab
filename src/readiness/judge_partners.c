/* SPDX-License-Identifier: BSD-2-Clause */
/* X7: every configured partner still resolves and connects. */
#include "readiness/judging.h"

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
    struct app_finding *finding =
        app_find(judging, status, partner->domain.ascii, "%zu of %s can be used", good,
                 app_say_count(judging, count, "address"));
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

void app_judge_x7(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    const struct app_observations *all = judging->input->seen;
    (void)seen;
    (void)domain;
    if (!all->has_partners)
        app_find(judging, APP_SKIP, "partners", "not looked at: \"--partners\" does");
    else if (!all->partners)
        app_find(judging, APP_SKIP, "partners", "the configuration names none");
    for (const struct app_seen_partner *at = all->partners; at; at = at->next)
        judge_partner(judging, at);
}
