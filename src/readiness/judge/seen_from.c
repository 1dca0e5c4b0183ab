/* SPDX-License-Identifier: BSD-2-Clause */
/* O1, O2: from where it was looked, and what cannot be told from here. */
#include "readiness/judge/judging.h"

#include "readiness/judge/vantage.h"

void app_judge_o1(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    (void)none;
    (void)domain;
    for (const struct app_vantage *at = judging->input->vantages; at; at = at->next)
        app_find(judging, APP_PASS, at->name, "its report of %s is part of this one", at->time);
    if (judging->input->vantages)
        return;
    const struct app_observations *seen = judging->input->seen;
    if (!seen->has_ipv4 && !seen->has_ipv6) {
        app_find(judging, APP_UNKNOWN, "this machine", "it has no address that leads to others");
        return;
    }
    if (!seen->is_translated) {
        app_find(judging, APP_PASS, "this machine", "it looks from where others look, too");
        return;
    }
    struct app_finding *finding =
        app_find(judging, APP_WARN, "this machine",
                 "nobody else has looked, and its own addresses are private: what others see may "
                 "differ");
    app_fix(judging, finding, APP_FIX_DO,
            "run the check with --json outside, and give its output to --merge here");
}

bool app_is_hairpin(const struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                    const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_observations *seen = judging->input->seen;
    const struct app_host *host = app_host_of(domain, &endpoint->srv.target);
    return probe->seen == APP_CAME && probe->result->stage == FED_PROBE_NOTHING &&
           probe->addr.family == GP_IPV4 && seen->is_translated && seen->gateway.seen == APP_CAME &&
           host && app_host_has(host, &probe->addr);
}

void app_judge_o2(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    for (const struct app_seen_endpoint *at = seen->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next) {
            if (probe->kind != APP_PROBE_PARTNER || !app_is_hairpin(judging, at, probe, domain))
                continue;
            struct app_finding *finding =
                app_find(judging, APP_WARN, app_say_probe(judging, at, probe),
                         "our own public address, behind a translation: many do not lead back in");
            app_fix(judging, finding, APP_FIX_DO,
                    "run the check with --json outside, and give its output to --merge here");
        }
    if (!seen->endpoints)
        app_find(judging, APP_UNKNOWN, seen->domain.ascii, "no endpoint is known");
    else if (judging->found == 0)
        app_find(judging, APP_PASS, seen->domain.ascii,
                 "no address of ours is out of reach for this machine alone");
}
