/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I1: is it this gateway that answers? Two proofs: the key on the wire is the configured one, and
 * the running gateway says over its control socket that it met this probe's one-time token, and on
 * which listener. Addresses prove nothing.
 */
#include "readiness/judge/judging.h"

#include "base/digest.h"

#include <string.h>

bool app_is_our_key(const struct fed_probe_result *result, const struct app_domain *domain)
{
    return result && result->tls && result->tls->peer &&
           memcmp(result->tls->peer->spki_sha256, domain->spki_sha256,
                  sizeof(domain->spki_sha256)) == 0;
}

bool app_is_same_key(const struct fed_probe_result *a, const struct fed_probe_result *b)
{
    return a && b && a->tls && b->tls && a->tls->peer && b->tls->peer &&
           memcmp(a->tls->peer->spki_sha256, b->tls->peer->spki_sha256,
                  sizeof(a->tls->peer->spki_sha256)) == 0;
}

static const char *say_key(struct app_judging *judging, const uint8_t spki_sha256[32])
{
    char hex[GP_DIGEST_HEX_MAX];
    return app_say(judging, "SHA-256 %s", gp_digest_hex(spki_sha256, 32, hex));
}

static void show_keys(struct app_judging *judging, struct app_finding *finding,
                      const struct fed_probe_result *result, const struct app_domain *domain)
{
    if (!result->tls || !result->tls->peer) {
        app_show(judging, finding, "no key was shown: %s", result->sentence);
        return;
    }
    app_show(judging, finding, "key shown: %s, certificate of %s",
             say_key(judging, result->tls->peer->spki_sha256), result->tls->peer->subject);
    app_show(judging, finding, "key of %s: %s", domain->certificate,
             say_key(judging, domain->spki_sha256));
}

static void fix_stranger(struct app_judging *judging, struct app_finding *finding,
                         const struct app_seen_probe *probe)
{
    app_fix(judging, finding, APP_FIX_RUN, "ss -ltnp 'sport = :%u'", probe->addr.port);
    app_fix(judging, finding, APP_FIX_DO,
            "stop what listens there, or correct the address or the forwarding that leads there");
}

static void judge_met(struct app_judging *judging, const struct app_seen_probe *probe,
                      const char *subject, const struct app_domain *domain)
{
    char listener[GP_ADDR_TEXT_MAX];
    struct app_finding *finding;
    if (app_is_our_key(probe->result, domain)) {
        finding = app_find(judging, APP_PASS, subject,
                           "this gateway: it has the key, and it met this very probe");
        app_show(judging, finding, "met on listener %s",
                 gp_addr_port_text(&probe->listener, listener));
        return;
    }
    finding = app_find(judging, APP_FAIL, subject,
                       "this gateway, but with another key than that of the configuration");
    show_keys(judging, finding, probe->result, domain);
    app_fix(judging, finding, APP_FIX_DO,
            "reload gatepost, so that it loads the certificate (T11); or take away what ends TLS "
            "in front of it");
}

static bool serves(const struct app_seen_gateway *gateway, const struct dns_domain *domain)
{
    for (size_t i = 0; i < gateway->home_count; i++)
        if (dns_domain_equal(&gateway->homes[i].domain, domain))
            return true;
    return false;
}

static void judge_proofs(struct app_judging *judging, const struct app_seen_endpoint *endpoint,
                         const struct app_seen_probe *probe, const struct app_domain *domain)
{
    const struct app_seen_gateway *gateway = &judging->input->seen->gateway;
    const char *subject = app_say_probe(judging, endpoint, probe);
    struct app_finding *finding;
    if (gateway->is_absent) {
        finding =
            app_find(judging, APP_FAIL, subject, "something answers, but the gateway does not run");
        show_keys(judging, finding, probe->result, domain);
        fix_stranger(judging, finding, probe);
    } else if (probe->told == APP_CAME && probe->was_met) {
        judge_met(judging, probe, subject, domain);
    } else if (probe->result->tls && !app_is_our_key(probe->result, domain)) {
        finding = app_find(judging, APP_FAIL, subject, "something else: it shows a foreign key");
        show_keys(judging, finding, probe->result, domain);
        fix_stranger(judging, finding, probe);
    } else if (probe->result->reason == FED_CLOSE_PEER_UNKNOWN && serves(gateway, &domain->name)) {
        finding = app_find(judging, APP_FAIL, subject,
                           "something else: it does not serve the domain, and the gateway does");
        fix_stranger(judging, finding, probe);
    } else if (probe->told == APP_CAME && probe->result->stage >= FED_PROBE_SECURED) {
        finding = app_find(judging, APP_FAIL, subject,
                           "something else that has our key: the gateway did not meet this probe");
        show_keys(judging, finding, probe->result, domain);
        fix_stranger(judging, finding, probe);
    } else if (probe->told == APP_CAME) {
        app_find(judging, APP_UNKNOWN, subject,
                 "the probe ended before it could show its token: %s", probe->result->sentence);
    } else {
        app_find(judging, APP_UNKNOWN, subject,
                 "the gateway was not asked whether it met this probe: %s",
                 probe->told_why ? probe->told_why : "the check was cut short");
    }
}

static void judge_running(struct app_judging *judging)
{
    const struct app_seen_gateway *gateway = &judging->input->seen->gateway;
    const struct app_config *config = judging->input->config;
    struct app_finding *finding;
    if (gateway->is_absent) {
        finding = app_find(judging, APP_FAIL, "gateway", "does not run: nobody answers on %s",
                           config->control_socket);
        app_fix(judging, finding, APP_FIX_RUN, "gatepost run -c %s", config->path);
    } else if (gateway->seen != APP_CAME) {
        finding = app_find(judging, APP_UNKNOWN, "gateway", "could not be asked: %s", gateway->why);
        app_fix(judging, finding, APP_FIX_DO, "run the check as a user who may use %s",
                config->control_socket);
    } else if (strcmp(gateway->config_digest, config->digest) != 0) {
        finding = app_find(judging, APP_WARN, "gateway",
                           "runs with another configuration than the one checked here");
        app_show(judging, finding, "running: %s, digest %s", gateway->config_path,
                 gateway->config_digest);
        app_show(judging, finding, "checked: %s, digest %s", config->path, config->digest);
        bool is_same_file = strcmp(gateway->config_path, config->path) == 0;
        app_fix(judging, finding, APP_FIX_DO,
                is_same_file ? "reload gatepost, so that it reads %s"
                             : "restart gatepost with %s, or check what it runs with",
                config->path);
    } else {
        finding = app_find(judging, APP_PASS, "gateway", "runs with this configuration");
        app_show(judging, finding, "gatepost %s since %s", gateway->version, gateway->started);
    }
}

void app_judge_i1(struct app_judging *judging, const struct app_seen_domain *seen,
                  const struct app_domain *domain)
{
    static const struct app_probe_walk walk = {
        .kind = APP_PROBE_PARTNER, .stage = FED_PROBE_CONNECTED, .fn = judge_proofs};
    judge_running(judging);
    app_each_probe(judging, seen, domain, &walk);
}
