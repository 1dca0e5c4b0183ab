/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text format of Prometheus (exposition format 0.0.4). Where the meaning is that of the
 * blackbox exporter, the name is too. Labels come from the configuration and from tables, never
 * from what a peer or a DNS record says: or a hostile one could fill the monitoring's disk with
 * ever new series.
 */
#include "readiness/report/report.h"

#include "readiness/report/lines.h"
#include "readiness/report/verdicts.h"

#include <stdio.h>

static void head(FILE *to, const char *name, const char *help)
{
    fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static enum gp_code put_success(const struct app_report *report, FILE *to, struct gp_err *err)
{
    struct app_verdicts *verdicts = NULL;
    enum gp_code code = app_verdicts_create(report->findings, report->seen, &verdicts, err);
    if (code != GP_OK)
        return code;
    head(to, "probe_success",
         "Whether the readiness check of the domain came to READY (1) or not (0).");
    for (size_t i = 0; i < verdicts->count; i++)
        fprintf(to, "probe_success{domain=\"%s\"} %d\n", verdicts->list[i]->domain->domain.ascii,
                verdicts->list[i]->verdict == APP_READY);
    app_verdicts_destroy(verdicts);
    head(to, "probe_duration_seconds", "How long the check took to look at everything.");
    fprintf(to, "probe_duration_seconds %lld.%03lld\n",
            (long long)(report->seen->duration_ms / 1000),
            (long long)(report->seen->duration_ms % 1000));
    return code;
}

static void put_verdict(const struct app_report *report, FILE *to)
{
    head(to, "gatepost_check_verdict", "The verdict of the whole check: 1 for the one it came to.");
    for (int i = APP_READY; i <= APP_NOT_KNOWN; i++)
        fprintf(to, "gatepost_check_verdict{phase=\"%s\",verdict=\"%s\"} %d\n",
                app_phase_name(report->phase), app_verdict_text((enum app_verdict)i),
                report->findings->verdict == (enum app_verdict)i);
    if (report->findings->safe_at_s != 0) {
        head(to, "gatepost_check_safe_at_seconds",
             "Of the verdict WAIT: from when on nothing has to be waited for, as a Unix time.");
        fprintf(to, "gatepost_check_safe_at_seconds %lld\n",
                (long long)report->findings->safe_at_s);
    }
    head(to, "gatepost_check_time_seconds", "When the check began, as a Unix time.");
    fprintf(to, "gatepost_check_time_seconds %lld\n", (long long)report->seen->started_s);
}

static void put_findings(const struct app_report *report, FILE *to)
{
    size_t check_count = 0;
    const struct app_check *checks = app_checks(&check_count);
    size_t counts[APP_CHECKS_MAX][APP_FAIL + 1] = {{0}};
    int worst[APP_CHECKS_MAX];
    app_checks_worst(report->findings, worst);
    for (const struct app_finding *at = report->findings->first; at; at = at->next)
        counts[at->check - checks][at->status]++;
    head(to, "gatepost_check_findings", "Findings by check and status.");
    for (size_t i = 0; i < check_count; i++)
        for (int status = APP_PASS; status <= APP_FAIL && worst[i] != APP_NOT_FOUND; status++)
            fprintf(to, "gatepost_check_findings{check=\"%s\",group=\"%s\",status=\"%s\"} %zu\n",
                    checks[i].id, app_step_name(checks[i].step),
                    app_status_text((enum app_status)status), counts[i][status]);
}

static const char *service_text(enum dns_service service)
{
    return service == DNS_SERVICE_STARTTLS ? "xmpp-server" : "xmpps-server";
}

static void put_certificates(const struct app_report *report, FILE *to)
{
    head(to, "probe_ssl_earliest_cert_expiry",
         "When the first certificate ends of those that the domain's endpoints show, as a Unix "
         "time.");
    for (const struct app_seen_domain *at = report->seen->domains; at; at = at->next)
        for (int i = 0; i < DNS_SERVICE_COUNT; i++) {
            int64_t end_s = app_report_certificate_end(at, (enum dns_service)i);
            if (end_s != 0)
                fprintf(to, "probe_ssl_earliest_cert_expiry{domain=\"%s\",service=\"%s\"} %lld\n",
                        at->domain.ascii, service_text((enum dns_service)i), (long long)end_s);
        }
}

static void put_ttl(FILE *to, const struct app_seen_rrset *rrset)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    if (app_seen_has_records(rrset))
        fprintf(to, "gatepost_dns_ttl_seconds{name=\"%s\",type=\"%s\"} %u\n",
                dns_name_text(&rrset->owner->name, name),
                dns_type_text((uint16_t)rrset->type, type), (unsigned)rrset->answer->ttl_s);
}

/* So that nobody forgets to raise it again. The record sets of the plan: names of the
 * configuration. */
static void put_ttls(const struct app_report *report, FILE *to)
{
    static const enum dns_type types[] = {DNS_TYPE_AAAA, DNS_TYPE_A};
    const struct app_config *config = report->config;
    struct gp_map hosts; /* several domains may name the same one */
    gp_map_init(&hosts);
    head(to, "gatepost_dns_ttl_seconds", "Time to live of a record set that partners look up.");
    for (const struct app_seen_domain *at = report->seen->domains; at; at = at->next) {
        const struct app_domain *domain = app_config_domain(config, &at->domain);
        for (int i = 0; i < DNS_SERVICE_COUNT; i++)
            put_ttl(to, at->srv[i]);
        for (size_t i = 0; domain && i < domain->host_count; i++) {
            const struct dns_name *host = &domain->hosts[i].name;
            struct gp_span key = gp_span_make((const char *)host->wire, host->len);
            if (gp_map_find(&hosts, key) || gp_map_put(&hosts, key, domain->hosts) != GP_OK)
                continue;
            for (size_t k = 0; k < GP_ARRAY_LEN(types); k++)
                put_ttl(to, app_observations_rrset(report->seen, host, types[k]));
        }
    }
    gp_map_finish(&hosts);
}

enum gp_code app_report_prometheus(const struct app_report *report, FILE *to, struct gp_err *err)
{
    enum gp_code code = put_success(report, to, err);
    if (code != GP_OK)
        return code;
    put_verdict(report, to);
    put_findings(report, to);
    put_certificates(report, to);
    put_ttls(report, to);
    return GP_OK;
}
