/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dialback gone through to its end, in both directions (X3, X4; federation/rehearsal.h), either
 * with the probe domain (probe_domain.c), or with a made-up one that the gateway is told of over
 * its control socket:
 *
 *   expect --> each address: the made-up domain proves itself there (X3)
 *         \--> login: the gateway sends its key to the made-up domain, and each address that DNS
 *              names for the home domain is asked whether that key is the domain's (X4)
 *
 * It begins when the addresses have been looked at, so that nothing has to wait meanwhile.
 */
#include "readiness/collect/collecting.h"

#include <stdio.h>

/* Always the same, so that a strict server can be told to hear it; the token makes it ours. Nobody
 * is ever below "invalid" (RFC 6761, 6.4). */
static const struct dns_domain made_up = {"gatepost-check.invalid"};

/* What is known. */

static bool is_over(const struct app_seen_probe *probe)
{
    bool is_told = !probe->token[0] || probe->told != APP_NOT_ASKED;
    return !probe->is_wanted || (probe->seen != APP_NOT_ASKED && is_told);
}

bool app_are_probes_over(const struct app_seen_domain *domain, enum app_probe_kind kind)
{
    if (!domain->has_endpoints)
        return false;
    for (const struct app_seen_endpoint *at = domain->endpoints; at; at = at->next) {
        if (at->role == APP_ENDPOINT_APEX) /* of no concern here */
            continue;
        if (!at->is_probed)
            return false;
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == kind && !is_over(probe))
                return false;
    }
    return true;
}

static bool is_met(const struct app_domain *config, const struct app_seen_probe *probe)
{
    (void)config;
    return probe->was_met;
}

/* Whether partners come there now, and get somewhere. */
static bool is_asked(const struct app_domain *config, const struct app_seen_probe *probe)
{
    (void)config;
    return probe->endpoint->role == APP_ENDPOINT_PUBLISHED && probe->seen == APP_CAME &&
           probe->result->stage >= FED_PROBE_ANSWERED;
}

/* Whether it may be the gateway that is replaced, and answers. */
static bool is_others(const struct app_domain *config, const struct app_seen_probe *probe)
{
    const struct app_seen_endpoint *endpoint = probe->endpoint;
    for (size_t i = 0; i < config->host_count; i++)
        if (dns_name_equal(&config->hosts[i].name, &endpoint->srv.target))
            return false;
    return probe->seen == APP_CAME && probe->result->stage >= FED_PROBE_ANSWERED;
}

void app_probe_each(struct app_collect *collect, struct app_seen_domain *domain,
                    enum app_probe_kind kind, app_probe_test_fn *test)
{
    const struct app_domain *config = app_config_domain(collect->setup.config, &domain->domain);
    for (struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER && test(config, probe))
                app_want_rehearsal_probe(collect, probe, kind);
}

/* A partner may ask any of them. */
enum fed_verdict app_rehearsal_verdict(const struct app_seen_domain *domain)
{
    enum fed_verdict worst = FED_VERDICT_TIMEOUT;
    bool has_any = false;
    for (const struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next) {
            if (probe->kind != APP_PROBE_QUESTION || probe->seen != APP_CAME ||
                !probe->result->has_verdict)
                continue;
            if (!has_any || probe->result->verdict > worst)
                worst = probe->result->verdict;
            has_any = true;
        }
    return worst;
}

static void on_key(void *arg, const struct dns_domain *home, const char *stream_id, const char *key)
{
    struct app_collect *collect = arg;
    struct app_seen_domain *domain = app_seen_domain(collect->seen, home);
    domain->rehearsal.stream_id = app_keep(collect, stream_id);
    domain->rehearsal.key = app_keep(collect, key);
    domain->rehearsal.key_from = fed_rehearsal_result(collect->rehearsal, home)->from;
    domain->rehearsal.is_asking = true;
    app_probe_each(collect, domain, APP_PROBE_QUESTION, is_asked);
    app_stir(collect, domain);
}

/* With the probe domain that is the end. */
static void on_proved(void *arg, const struct dns_domain *home)
{
    struct app_collect *collect = arg;
    struct app_seen_domain *domain = app_seen_domain(collect->seen, home);
    domain->rehearsal.login.was_logged_in = true;
    app_stir(collect, domain);
}

/* Beginning. */

enum gp_code app_rehearsal_open(struct app_collect *collect, struct gp_err *err)
{
    static const struct fed_rehearsal_owner owner = {.on_key = on_key, .on_proved = on_proved};
    const struct app_probe_domain *real = collect->setup.probe_domain;
    const struct fed_rehearsal_setup setup = {
        .loop = collect->setup.loop,
        .limits = &collect->setup.config->federation.limits,
        .sessions = &collect->sessions,
        .tls = real ? collect->probe_domain_tls : collect->setup.tls,
        .domain = real ? &real->domain : &made_up,
        .shown = real ? &real->domain : &collect->setup.domains[0],
        .listen = real ? &real->listen : NULL,
        .owner = &owner,
        .arg = collect,
    };
    return fed_rehearsal_create(&setup, &collect->rehearsal, &collect->authority, err);
}

/* With the running gateway. */
static void begin(struct app_collect *collect, struct app_seen_domain *domain)
{
    struct app_seen_rehearsal *seen = &domain->rehearsal;
    struct gp_err err = {0};
    if ((!collect->rehearsal && app_rehearsal_open(collect, &err) != GP_OK) ||
        fed_rehearsal_expect(collect->rehearsal, &domain->domain, &err) != GP_OK) {
        seen->seen = seen->login.seen = APP_NOTHING_CAME;
        seen->why = seen->login.why = app_keep(collect, err.text);
        return;
    }
    gp_rnd_id(seen->token);
    seen->authority = collect->authority;
    app_want_stand_in(collect, domain);
}

void app_rehearse(struct app_collect *collect, struct app_seen_domain *domain)
{
    app_probe_each(collect, domain, APP_PROBE_DIALBACK, is_met);
    app_want_key(collect, domain);
}

/* I4: a key made with our secret for a stream that never was, and one that cannot be right. */
static void ask_legacy(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_config *config = collect->setup.config;
    struct app_seen_rehearsal *seen = &domain->rehearsal;
    char id[GP_RND_ID_MAX], key[FED_DIALBACK_KEY_MAX], wrong[2][GP_RND_ID_MAX];
    if (!app_config_domain(config, &domain->domain)->legacy || !config->dialback_secret_file)
        return;
    gp_rnd_id(id);
    gp_rnd_id(wrong[0]);
    gp_rnd_id(wrong[1]);
    if (!fed_dialback_key(&config->federation.dialback_secret, gp_span_text(seen->stand_in.ascii),
                          gp_span_text(domain->domain.ascii), gp_span_text(id), key))
        return;
    seen->made_id = app_keep(collect, id);
    seen->made_key = app_keep(collect, key);
    snprintf(key, sizeof(key), "%s%s", wrong[0], wrong[1]);
    seen->wrong_key = app_keep(collect, key);
    app_probe_each(collect, domain, APP_PROBE_MADE_KEY, is_others);
    app_probe_each(collect, domain, APP_PROBE_WRONG_KEY, is_others);
}

void app_advance_rehearsal(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_probe_domain *real = collect->setup.probe_domain;
    struct app_seen_rehearsal *seen = &domain->rehearsal;
    if (!seen->is_wanted && app_are_probes_over(domain, APP_PROBE_PARTNER)) {
        seen->is_wanted = true;
        seen->stand_in = real ? real->domain : made_up;
        ask_legacy(collect, domain);
        if (real)
            app_want_calling(collect, domain);
        else if (collect->seen->gateway.seen == APP_CAME)
            begin(collect, domain);
        else
            seen->why = seen->login.why = collect->seen->gateway.why;
    }
    if (seen->is_asking && app_are_probes_over(domain, APP_PROBE_QUESTION)) {
        seen->is_asking = false;
        fed_rehearsal_answer(collect->rehearsal, &domain->domain, app_rehearsal_verdict(domain));
    }
}
