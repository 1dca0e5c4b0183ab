/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/certificates.h"

#include "base/clock.h"
#include "federation/report.h"

#include <stdio.h>
#include <string.h>

#define WARNING_MAX       80
#define PARTNERS_TEXT_MAX 512

struct look {
    const struct app_config *config;
    struct app_old_certificates *sum;
};

/* By its fingerprint: the file behind a path may have changed while the name stayed. */
static bool is_ours_now(const struct app_config *config, const uint8_t sha256[32])
{
    for (size_t i = 0; i < config->domain_count; i++)
        if (memcmp(config->domains[i].certificate_sha256, sha256, 32) == 0)
            return true;
    return false;
}

static void add_partner(struct app_old_certificates *sum, const struct dns_domain *partner)
{
    for (size_t i = 0; i < sum->partner_count; i++)
        if (dns_domain_equal(&sum->partners[i], partner))
            return;
    if (sum->partner_count < APP_OLD_PARTNERS_MAX)
        sum->partners[sum->partner_count++] = *partner;
}

static void add_stream(const struct look *look, const struct fed_tls_facts *tls,
                       const struct dns_domain *partner)
{
    if (!tls || !tls->has_own || is_ours_now(look->config, tls->own_sha256))
        return;
    look->sum->streams++;
    if (dns_domain_is_set(partner))
        add_partner(look->sum, partner);
}

static void look_at_inbound(void *arg, const struct fed_inbound_status *in)
{
    add_stream(arg, in->tls, in->partner);
}

static void look_at_pair(void *arg, const struct fed_pair_status *pair)
{
    if (pair->session)
        add_stream(arg, fed_report_tls(pair->session, FED_TO_PARTNER), pair->partner);
}

void app_certificates_look(struct app_worker *worker, struct app_old_certificates *sum)
{
    struct look look = {app_worker_config(worker), sum};
    fed_inbound_each(app_worker_inbound(worker), look_at_inbound, &look);
    fed_router_each_pair(app_worker_router(worker), look_at_pair, &look);
}

void app_certificates_say(const struct app_old_certificates *old, struct gp_log *log)
{
    char partners[PARTNERS_TEXT_MAX] = "", streams[24];
    size_t len = 0;
    if (old->streams == 0)
        return;
    for (size_t i = 0; i < old->partner_count && len < sizeof(partners); i++)
        len += (size_t)snprintf(partners + len, sizeof(partners) - len, "%s%s", i ? " " : "",
                                old->partners[i].ascii);
    snprintf(streams, sizeof(streams), "%zu", old->streams);
    gp_log_write(log, GP_LOG_NOTICE, "old-certificate",
                 GP_LOG_FIELDS({"streams", streams}, {"partners", partners}),
                 "streams that began before still use an old certificate of ours; they keep it "
                 "until they end");
}

void app_certificates_put(const struct app_old_certificates *old, struct app_json_writer *json)
{
    app_json_open_object(json, "old_certificates");
    app_json_put_int(json, "streams", (int64_t)old->streams);
    app_json_open_array(json, "partners");
    for (size_t i = 0; i < old->partner_count; i++)
        app_json_put_text(json, NULL, old->partners[i].ascii);
    app_json_close(json);
    app_json_close(json);
}

void app_certificates_put_warning(const struct app_domain *domain, struct app_json_writer *json)
{
    char warning[WARNING_MAX], span[GP_CLOCK_SPAN_MAX];
    int64_t left_s = domain->not_after_s - gp_clock_wall_s();
    if (left_s >= (int64_t)APP_RENEWAL_DAYS * 86400)
        return;
    snprintf(warning, sizeof(warning),
             left_s < 0 ? "ended %s ago: renew it" : "ends in %s: renew it",
             gp_clock_span_text((left_s < 0 ? -left_s : left_s) * 1000, span));
    app_json_put_text(json, "certificate_warning", warning);
}
