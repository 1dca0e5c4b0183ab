/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * {"command": "probe", "partner": "...", "home": "..."}: one attempt at a partner, now, as a stanza
 * would cause it, told step by step. It stays at one worker; steps travel home as letters.
 */
#include "gateway/gateway.h"

#include "federation/attempt.h"
#include "federation/session_nobody.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct app_probe {
    struct app_errand errand;
    /* At home only. */
    struct app_probe *next; /* the gateway's list */
    struct app_gateway *gateway;
    struct app_call *call; /* NULL: the client has left */
    /* At the worker only, until it comes home. */
    struct fed_attempt *attempt;
    bool is_done, is_reached;
    char sentence[FED_STEP_TEXT_MAX];
    /* Fixed. */
    unsigned number;
    struct gp_mailbox *home_mailbox;
    struct dns_domain home, partner;
};

struct step {
    struct gp_letter letter;
    unsigned probe;
    int64_t at_ms;
    char text[];
};

static void drop_step(struct gp_letter *letter, void *arg)
{
    (void)arg;
    free(letter);
}

static void open_step(struct gp_letter *letter, void *arg)
{
    struct step *step = (struct step *)letter;
    struct app_probe *probe = ((struct app_gateway *)arg)->probes;
    while (probe && probe->number != step->probe)
        probe = probe->next;
    if (probe && probe->call) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_int(json, "at_ms", step->at_ms);
        app_json_put_text(json, "text", step->text);
        (void)app_call_line(probe->call, json);
    }
    free(step);
}

static void on_step(void *arg, const struct fed_step *at)
{
    const struct app_probe *probe = arg;
    size_t size = strlen(at->text) + 1;
    struct step *step = calloc(1, sizeof(*step) + size);
    if (!step)
        return;
    step->letter.open = open_step;
    step->letter.drop = drop_step;
    step->probe = probe->number;
    step->at_ms = at->at_ms;
    memcpy(step->text, at->text, size);
    enum gp_code code = gp_mailbox_post(probe->home_mailbox, &step->letter);
    GP_ASSERT(code == GP_OK); /* of weight 0 */
}

static void set_result(struct app_probe *probe, bool is_reached, const char *sentence)
{
    probe->attempt = NULL;
    probe->is_done = true;
    probe->is_reached = is_reached;
    snprintf(probe->sentence, sizeof(probe->sentence), "%s", sentence);
}

static void on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                    struct fed_trace *trace)
{
    struct app_probe *probe = arg;
    char sentence[128];
    fed_trace_destroy(trace);
    fed_session_give(session, &fed_session_nobody, NULL); /* has shown what it was for */
    fed_session_stop(session, FED_CLOSE_DONE);
    snprintf(sentence, sizeof(sentence), "a stream can be opened (%s)", fed_proof_text(proof));
    set_result(probe, true, sentence);
    app_errand_go_on(&probe->errand);
}

static void on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct app_probe *probe = arg;
    fed_trace_destroy(trace);
    set_result(probe, false, failure->sentence);
    app_errand_go_on(&probe->errand);
}

static const struct fed_attempt_owner owner = {.on_open = on_open, .on_failed = on_failed};

static bool visit(struct app_errand *errand, struct app_worker *worker)
{
    struct app_probe *probe = (struct app_probe *)errand;
    struct fed_context *context = app_worker_context(worker);
    struct gp_err err = {0};
    if (probe->is_done)
        return true; /* one worker is enough */
    const struct fed_attempt_setup setup = {
        .context = context,
        .purpose = FED_OUT_RELAY,
        .home = &probe->home,
        .partner = &probe->partner,
        .policy = fed_settings_partner(context->settings, &probe->partner),
        .on_step = on_step,
        .owner = &owner,
        .arg = probe,
    };
    if (!setup.policy)
        set_result(probe, false, "the configuration does not permit it any more");
    else if (fed_attempt_start(&setup, &probe->attempt, &err) == GP_OK)
        return false;
    else
        set_result(probe, false, err.text);
    return true;
}

static void leave(struct app_errand *errand)
{
    struct app_probe *probe = (struct app_probe *)errand;
    fed_attempt_cancel(probe->attempt);
    set_result(probe, false, "the gateway is stopping");
    app_errand_go_on(errand);
}

static void forget(struct app_probe *probe)
{
    struct app_probe **link = &probe->gateway->probes;
    while (*link != probe)
        link = &(*link)->next;
    *link = probe->next;
    free(probe);
}

static void came_back(struct app_errand *errand, void *arg)
{
    struct app_probe *probe = (struct app_probe *)errand;
    (void)arg;
    if (probe->call) {
        struct app_json_writer *json = app_json_writer_create();
        app_json_put_bool(json, "ok", true);
        app_json_put_text(json, "partner", probe->partner.ascii);
        app_json_put_text(json, "home", probe->home.ascii);
        app_json_put_bool(json, "reached", probe->is_reached);
        app_json_put_text(json, "sentence", probe->sentence);
        app_call_answer(probe->call, json);
    }
    forget(probe);
}

static void drop(struct app_errand *errand)
{
    struct app_probe *probe = (struct app_probe *)errand;
    if (probe->call)
        app_call_refuse(probe->call, "the gateway has stopped");
    forget(probe);
}

static void client_left(void *arg)
{
    struct app_probe *probe = arg;
    probe->call = NULL; /* the attempt ends by itself */
}

static void start(struct app_gateway *gateway, struct app_call *call, const struct dns_domain *home,
                  const struct dns_domain *partner)
{
    struct app_probe *probe = calloc(1, sizeof(*probe));
    if (!probe) {
        app_call_refuse(call, "out of memory");
        return;
    }
    probe->gateway = gateway;
    probe->call = call;
    probe->number = ++gateway->probes_made;
    probe->home_mailbox = gateway->mailbox;
    probe->home = *home;
    probe->partner = *partner;
    probe->errand.leave = leave;
    probe->errand.drop = drop;
    if (!app_call_open(call, client_left, probe)) {
        free(probe);
        return;
    }
    probe->next = gateway->probes;
    gateway->probes = probe;
    app_errand_start(&probe->errand, &gateway->workers, gateway->mailbox, visit, came_back);
}

void app_gateway_probe(struct app_gateway *gateway, struct app_call *call, const char *partner,
                       const char *home)
{
    const struct app_config *config = gateway->config;
    struct dns_domain to, from = config->domains[0].name;
    struct gp_err err = {0};
    char words[2 * DNS_DOMAIN_MAX + 128];
    if (dns_domain_from_text(gp_span_text(partner), &to, &err) != GP_OK ||
        (*home && dns_domain_from_text(gp_span_text(home), &from, &err) != GP_OK)) {
        app_call_refuse(call, err.text);
    } else if (!app_config_domain(config, &from)) {
        snprintf(words, sizeof(words), "%s is not a domain of this gateway", from.ascii);
        app_call_refuse(call, words);
    } else if (!fed_settings_partner(&config->federation, &to)) {
        snprintf(words, sizeof(words),
                 "%s may not federate: it is blocked, or partner \"%s\" { } is missing in the "
                 "configuration",
                 to.ascii, to.ascii);
        app_call_refuse(call, words);
    } else if (gateway->is_stopping) { /* no worker would send it away */
        app_call_refuse(call, "the gateway is stopping");
    } else {
        start(gateway, call, &from, &to);
    }
}
