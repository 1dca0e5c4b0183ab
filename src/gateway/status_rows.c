/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/status_rows.h"

#include "base/clock.h"
#include "base/digest.h"
#include "federation/report.h"

void app_put_address(struct app_json_writer *json, const char *key, const struct gp_addr *addr)
{
    char text[GP_ADDR_TEXT_MAX];
    if (addr->family)
        app_json_put_text(json, key, gp_addr_port_text(addr, text));
}

void app_put_time(struct app_json_writer *json, const char *key, int64_t wall_s)
{
    char text[GP_CLOCK_TEXT_MAX];
    app_json_put_text(json, key, gp_clock_text(wall_s, text));
}

void app_put_domain(struct app_json_writer *json, const char *key, const struct dns_domain *domain)
{
    if (dns_domain_is_set(domain))
        app_json_put_text(json, key, domain->ascii);
}

void app_put_age(struct app_json_writer *json, const char *key, int64_t since_ms)
{
    app_json_put_int(json, key, (gp_clock_mono_ms() - since_ms) / 1000);
}

static void put_tls(struct app_json_writer *json, const struct fed_tls_facts *tls)
{
    char hex[GP_DIGEST_HEX_MAX];
    app_json_put_text(json, "tls", tls ? tls->version : "none");
    if (!tls)
        return;
    app_json_put_text(json, "cipher", tls->cipher);
    if (tls->has_own)
        app_json_put_text(json, "own_certificate_sha256",
                          gp_digest_hex(tls->own_sha256, sizeof(tls->own_sha256), hex));
    if (!tls->peer)
        return;
    app_json_open_object(json, "peer_certificate");
    app_json_put_text(json, "spki_sha256",
                      gp_digest_hex(tls->peer->spki_sha256, sizeof(tls->peer->spki_sha256), hex));
    app_put_time(json, "not_after", tls->peer->not_after_s);
    app_json_close(json);
}

void app_put_steps(struct app_json_writer *json, const struct fed_trace *trace)
{
    app_json_open_array(json, "steps");
    for (size_t i = 0; i < trace->count; i++) {
        app_json_open_object(json, NULL);
        app_json_put_int(json, "at_ms", trace->steps[i].at_ms);
        app_json_put_text(json, "text", trace->steps[i].text);
        app_json_close(json);
    }
    app_json_close(json);
}

void app_put_inbound(void *arg, const struct fed_inbound_status *in)
{
    struct app_json_writer *json = arg;
    app_json_open_object(json, NULL);
    app_json_put_text(json, "direction", "in");
    app_put_domain(json, "partner", in->partner);
    app_put_domain(json, "home", in->home);
    app_put_address(json, "address", &in->peer);
    app_put_address(json, "listener", &in->listener);
    app_json_put_text(json, "service", in->is_direct_tls ? "direct-tls" : "starttls");
    app_json_put_text(json, "state", in->state);
    app_json_put_text(json, "auth", fed_proof_text(in->proof));
    app_json_put_int(json, "pairs", (int64_t)in->pairs);
    put_tls(json, in->tls);
    app_put_age(json, "age_s", in->started_ms);
    app_json_put_int(json, "stanzas", (int64_t)in->stanzas);
    if (in->is_probe)
        app_json_put_bool(json, "probe", true);
    app_json_close(json);
}

void app_put_outbound(void *arg, const struct fed_pair_status *pair)
{
    struct app_json_writer *json = arg;
    if (!pair->session)
        return;
    struct gp_addr peer = fed_session_peer(pair->session);
    app_json_open_object(json, NULL);
    app_json_put_text(json, "direction", "out");
    app_put_domain(json, "partner", pair->partner);
    app_put_domain(json, "home", pair->home);
    app_put_address(json, "address", &peer);
    app_json_put_text(json, "state", fed_pair_state_text(pair->state));
    app_json_put_text(json, "auth", fed_proof_text(pair->proof));
    put_tls(json, fed_report_tls(pair->session, FED_TO_PARTNER));
    app_put_age(json, "age_s", fed_session_started_ms(pair->session));
    app_json_put_int(json, "stanzas", (int64_t)pair->sent);
    app_json_put_bool(json, "bidi", pair->is_bidi);
    app_json_close(json);
}

void app_put_pair(void *arg, const struct fed_pair_status *pair)
{
    struct app_json_writer *json = arg;
    app_json_open_object(json, NULL);
    app_put_domain(json, "partner", pair->partner);
    app_put_domain(json, "home", pair->home);
    app_json_put_text(json, "state", fed_pair_state_text(pair->state));
    app_json_put_int(json, "queued", (int64_t)pair->queued);
    app_json_put_int(json, "sent", (int64_t)pair->sent);
    app_json_put_int(json, "failures", pair->failures);
    if (pair->failure_wall_s) {
        app_json_put_text(json, "failure", pair->failure);
        app_put_time(json, "failure_at", pair->failure_wall_s);
    }
    if (pair->state == FED_PAIR_RESTING)
        app_json_put_int(json, "retry_in_s", (pair->retry_ms - gp_clock_mono_ms()) / 1000);
    app_json_close(json);
}
