/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/report.h"

#include "readiness/report/lines.h"

#include <stdio.h>

static size_t count_checks(const struct app_findings *findings)
{
    int worst[APP_CHECKS_MAX];
    size_t count = 0, found = 0;
    (void)app_checks(&count);
    app_checks_worst(findings, worst);
    for (size_t i = 0; i < count; i++)
        found += worst[i] != APP_NOT_FOUND;
    return found;
}

/* The checks that have a finding of the status; those that do not count are left out, unless they
 * warn. */
static void put_checks(struct gp_buf *out, const struct app_findings *findings,
                       enum app_status status, const char *label, const char **before)
{
    const struct app_check *checks = app_checks(&(size_t){0});
    bool has[APP_CHECKS_MAX] = {false};
    for (const struct app_finding *at = findings->first; at; at = at->next)
        if (at->status == status && (at->check->severity == APP_BINDING || status == APP_WARN))
            has[at->check - checks] = true;
    app_checks_put(out, has, label, before);
}

const char *app_report_verdict_text(const struct app_findings *findings,
                                    char out[APP_VERDICT_TEXT_MAX])
{
    struct gp_buf text;
    const char *before = "";
    size_t checks = 0;
    gp_buf_init(&text, APP_VERDICT_TEXT_MAX - 1);
    switch (findings->verdict) {
    case APP_READY:
        checks = count_checks(findings);
        gp_buf_printf(&text, "%zu check%s, nothing to correct", checks, checks == 1 ? "" : "s");
        before = "; ";
        put_checks(&text, findings, APP_WARN, "worth a look:", &before);
        break;
    case APP_NOT_READY:
        put_checks(&text, findings, APP_FAIL, "to be corrected:", &before);
        put_checks(&text, findings, APP_UNKNOWN, "could not be found out:", &before);
        break;
    case APP_TO_WAIT:
        put_checks(&text, findings, APP_WAIT, "time is needed for", &before);
        put_checks(&text, findings, APP_UNKNOWN, "could not be found out:", &before);
        break;
    case APP_NOT_KNOWN:
        put_checks(&text, findings, APP_UNKNOWN,
                   "nothing is wrong, but could not be found out:", &before);
        break;
    }
    snprintf(out, APP_VERDICT_TEXT_MAX, "%.*s", GP_SPAN_ARG(gp_buf_span(&text)));
    gp_buf_finish(&text);
    return out;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

int64_t app_report_certificate_end(const struct app_seen_domain *domain, enum dns_service service)
{
    int64_t end_s = 0;
    for (const struct app_seen_endpoint *endpoint = domain->endpoints; endpoint;
         endpoint = endpoint->next)
        for (const struct app_seen_probe *at = endpoint->probes; at; at = at->next) {
            const struct fed_tls_facts *tls = at->seen == APP_CAME ? at->result->tls : NULL;
            if (at->kind != APP_PROBE_PARTNER || endpoint->service != service || !tls || !tls->peer)
                continue;
            end_s = earlier(end_s, tls->peer->not_after_s);
            end_s = earlier(end_s, tls->chain_not_after_s > 0 ? tls->chain_not_after_s : 0);
        }
    return end_s;
}
