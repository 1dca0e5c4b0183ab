/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/collect/collecting.h"

#include "base/clock.h"

static bool is_endpoint_done(const struct app_seen_endpoint *endpoint)
{
    if (!endpoint->is_probed)
        return false;
    for (const struct app_seen_probe *at = endpoint->probes; at; at = at->next)
        if (at->is_wanted && at->seen == APP_NOT_ASKED)
            return false;
    return true;
}

static bool is_domain_done(const struct app_seen_domain *domain)
{
    if (!domain->has_endpoints)
        return false;
    for (const struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        if (!is_endpoint_done(at))
            return false;
    return true;
}

void app_collect_progress(const struct app_collect *collect, struct app_collect_progress *ret)
{
    int64_t passed_ms = gp_clock_mono_ms() - collect->started_ms;
    *ret = (struct app_collect_progress){
        .question_count = collect->waiting_count + collect->running_count,
        .left_ms =
            passed_ms < collect->setup.timeout_ms ? collect->setup.timeout_ms - passed_ms : 0,
    };
    for (const struct app_seen_domain *at = collect->seen->domains; at; at = at->next) {
        ret->domain_count++;
        ret->done_count += is_domain_done(at);
    }
}
