/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dialback gone through to its end, in both directions, with a made-up domain that the gateway is
 * told of over its control socket (X3, X4; federation/rehearsal.h):
 *
 *   expect --> each address: the made-up domain proves itself there (X3)
 *         \--> login: the gateway sends its key to the made-up domain, and each address that DNS
 *              names for the home domain is asked whether that key is the domain's (X4)
 *
 * It begins when the addresses have been looked at, so that nothing has to wait meanwhile.
 */
#include "readiness/collect/collecting.h"

#include "federation/dialback.h"

#include "federation/rehearsal.h"

#include <stdio.h>
#include <stdlib.h>

/* Always the same, so that a strict server can be told to hear it; the token makes it ours. Nobody
 * is ever below "invalid" (RFC 6761, 6.4). */
#define STAND_IN "gatepost-check.invalid"

struct app_rehearsing {
    struct app_collect *collect;
    struct app_seen_domain *domain;
    struct fed_rehearsal *rehearsal; /* owned */
    bool is_asking;                  /* the home domain's key waits for its verdict */
};

static struct app_rehearsing *find(const struct app_collect *collect,
                                   const struct app_seen_domain *domain)
{
    return gp_map_find(&collect->rehearsals, gp_span_text(domain->domain.ascii));
}

const struct fed_settings *app_rehearsal_settings(const struct app_collect *collect,
                                                  const struct app_seen_domain *domain)
{
    return fed_rehearsal_settings(find(collect, domain)->rehearsal);
}

const struct fed_rehearsal_result *app_rehearsal_result(const struct app_collect *collect,
                                                        const struct app_seen_domain *domain)
{
    return fed_rehearsal_result(find(collect, domain)->rehearsal);
}

void app_rehearsals_finish(struct app_collect *collect)
{
    size_t pos = 0;
    for (struct app_rehearsing *at; (at = gp_map_next(&collect->rehearsals, &pos));) {
        fed_rehearsal_destroy(at->rehearsal);
        free(at);
    }
    gp_map_finish(&collect->rehearsals);
}

/* What is known. */

typedef bool probe_test_fn(const struct app_domain *config, const struct app_seen_probe *probe);

static bool is_over(const struct app_seen_probe *probe)
{
    bool is_told = !probe->token[0] || probe->told != APP_NOT_ASKED;
    return !probe->is_wanted || (probe->seen != APP_NOT_ASKED && is_told);
}

/* Whether all probes of the kind have ended, and no more will come. */
static bool are_over(const struct app_seen_domain *domain, enum app_probe_kind kind)
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

/* One more probe of each address at which that of a partner passes the test. */
static void probe_each(struct app_collect *collect, struct app_seen_domain *domain,
                       enum app_probe_kind kind, probe_test_fn *test)
{
    const struct app_domain *config = app_config_domain(collect->setup.config, &domain->domain);
    for (struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        for (struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_PARTNER && test(config, probe))
                app_want_rehearsal_probe(collect, probe, kind);
}

/* X4: the verdict is the worst of all: a partner may ask any of them. */
static enum fed_verdict verdict_of(const struct app_seen_domain *domain)
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

static void on_key(void *arg, const char *stream_id, const char *key)
{
    struct app_rehearsing *rehearsing = arg;
    struct app_seen_domain *domain = rehearsing->domain;
    domain->rehearsal.stream_id = app_keep(rehearsing->collect, stream_id);
    domain->rehearsal.key = app_keep(rehearsing->collect, key);
    rehearsing->is_asking = true;
    probe_each(rehearsing->collect, domain, APP_PROBE_QUESTION, is_asked);
    app_stir(rehearsing->collect, domain);
}

/* Beginning. */

static struct app_rehearsing *make(struct app_collect *collect, struct app_seen_domain *domain)
{
    struct app_rehearsing *rehearsing = calloc(1, sizeof(*rehearsing));
    if (!rehearsing ||
        gp_map_put(&collect->rehearsals, gp_span_text(domain->domain.ascii), rehearsing) != GP_OK) {
        free(rehearsing);
        collect->has_failed = true;
        return NULL;
    }
    rehearsing->collect = collect;
    rehearsing->domain = domain;
    return rehearsing;
}

static void begin(struct app_collect *collect, struct app_seen_domain *domain)
{
    struct app_seen_rehearsal *seen = &domain->rehearsal;
    struct app_rehearsing *rehearsing = make(collect, domain);
    struct gp_err err = {0};
    if (!rehearsing)
        return;
    const struct fed_rehearsal_setup setup = {
        .loop = collect->setup.loop,
        .limits = &collect->setup.config->federation.limits,
        .sessions = &collect->sessions,
        .tls = collect->setup.tls,
        .domain = &seen->stand_in,
        .home = &domain->domain,
        .fn = on_key,
        .arg = rehearsing,
    };
    if (fed_rehearsal_create(&setup, &rehearsing->rehearsal, &seen->authority, &err) != GP_OK) {
        seen->seen = seen->login.seen = APP_NOTHING_CAME;
        seen->why = seen->login.why = app_keep(collect, err.text);
        return;
    }
    app_want_stand_in(collect, domain);
}

void app_rehearse(struct app_collect *collect, struct app_seen_domain *domain)
{
    probe_each(collect, domain, APP_PROBE_DIALBACK, is_met);
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
    probe_each(collect, domain, APP_PROBE_MADE_KEY, is_others);
    probe_each(collect, domain, APP_PROBE_WRONG_KEY, is_others);
}

void app_advance_rehearsal(struct app_collect *collect, struct app_seen_domain *domain)
{
    struct app_seen_rehearsal *seen = &domain->rehearsal;
    if (!seen->is_wanted && are_over(domain, APP_PROBE_PARTNER)) {
        seen->is_wanted = true;
        gp_rnd_id(seen->token);
        seen->stand_in = (struct dns_domain){STAND_IN};
        ask_legacy(collect, domain);
        if (collect->seen->gateway.seen == APP_CAME)
            begin(collect, domain);
        else
            seen->why = seen->login.why = collect->seen->gateway.why;
    }
    struct app_rehearsing *rehearsing = seen->key ? find(collect, domain) : NULL;
    if (rehearsing && rehearsing->is_asking && are_over(domain, APP_PROBE_QUESTION)) {
        rehearsing->is_asking = false;
        fed_rehearsal_answer(rehearsing->rehearsal, verdict_of(domain));
    }
}
