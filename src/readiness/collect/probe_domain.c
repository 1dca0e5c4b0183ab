/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe domain: one of whoever runs the check, under which anybody's server can be called, and
 * calls back (X3, X4). DNS leads to the check itself, which is seen to before anybody is blamed:
 *
 *   way: each address that DNS names for the probe domain is asked about a key of the check's own
 *   each checked domain, some at a time:
 *     each address: the probe domain proves itself by a key, about which the server has to call
 *              back (X3), and sends a ping
 *         \--> the ping's answer needs a stream to the probe domain, whose key comes here; each
 *              address that DNS names for the checked domain is asked about it (X4)
 */
#include "readiness/collect/collecting.h"

#include "federation/ns.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_WAIT_MS 15000 /* from a ping to the stream that brings its answer */

/* A domain that is being gone through with. */
struct calling {
    struct app_op op;       /* its domain is the one */
    struct gp_timer *timer; /* owned */
    bool is_waiting;        /* for what the ping brings */
};

/* Listening. */

/* Whoever would prove itself by its certificate needs no key, and is not heard about one. */
static enum gp_code make_tls(struct app_collect *collect, struct gp_err *err)
{
    const struct app_probe_domain *real = collect->setup.probe_domain;
    const struct fed_tls_identity identity = {
        .domain = real->domain, .certificate_file = real->certificate, .key_file = real->key};
    return fed_tls_create(&identity, 1, FED_TLS_NO_ANCHORS, &collect->probe_domain_tls, err);
}

enum gp_code app_probe_domain_open(struct app_collect *collect, struct gp_err *err)
{
    const struct app_probe_domain *real = collect->setup.probe_domain;
    struct gp_err why = {0};
    enum gp_code code = make_tls(collect, &why);
    if (code == GP_OK)
        code = app_rehearsal_open(collect, &why);
    if (code == GP_ERR_NOMEM)
        return gp_err_nomem(err);
    if (code != GP_OK) /* somebody has to do something about it first */
        return gp_err_set(err, GP_ERR_CONFIG, "for the probe domain %s: %s", real->domain.ascii,
                          why.text);
    struct app_seen_probe_domain *seen = app_seen_probe_domain(collect->seen, &real->domain);
    if (seen)
        seen->listen = collect->authority;
    app_want_way(collect, seen ? &seen->way : NULL, &fed_policy_stand_in);
    return GP_OK;
}

/* As nobody: the domain's own server hears nobody who says to be the domain. */
void app_ask_own(const struct app_collect *collect, struct fed_probe_setup *setup,
                 struct app_own_question *question)
{
    const struct fed_settings *settings = fed_rehearsal_settings(collect->rehearsal);
    char own[DNS_DOMAIN_UNICODE_MAX];
    *question = (struct app_own_question){.as = {"gatepost-check.invalid"}};
    gp_rnd_id(question->id);
    bool is_made = fed_dialback_key(
        &settings->dialback_secret, gp_span_text(question->as.ascii),
        gp_span_text(dns_domain_unicode(&collect->setup.probe_domain->domain, own)),
        gp_span_text(question->id), question->key);
    GP_ASSERT(is_made);
    setup->purpose = FED_OUT_VERIFY;
    setup->as = &question->as;
    setup->verify_id = question->id;
    setup->verify_key = question->key;
}

/* Calling. */

void app_put_call(const struct app_collect *collect, const struct dns_domain *domain,
                  char out[APP_CALL_MAX])
{
    char from[DNS_DOMAIN_UNICODE_MAX], to[DNS_DOMAIN_UNICODE_MAX], id[GP_RND_ID_MAX];
    gp_rnd_id(id);
    snprintf(out, APP_CALL_MAX,
             "<iq type='get' id='%s' from='%s' to='%s'><ping xmlns='" FED_NS_PING "'/></iq>", id,
             dns_domain_unicode(&collect->setup.probe_domain->domain, from),
             dns_domain_unicode(domain, to));
}

/* Whether it is to serve the domain, and gets somewhere: what is to be replaced has keys of its
 * own. */
static bool is_called(const struct app_domain *config, const struct app_seen_probe *probe)
{
    const struct app_seen_endpoint *endpoint = probe->endpoint;
    bool is_configured = config->host_count == 0; /* --public */
    for (size_t i = 0; i < config->host_count; i++)
        is_configured |= dns_name_equal(&config->hosts[i].name, &endpoint->srv.target);
    return is_configured && endpoint->role != APP_ENDPOINT_APEX && probe->seen == APP_CAME &&
           probe->result->stage >= FED_PROBE_ANSWERED;
}

static bool is_logged_in(const struct app_seen_domain *domain)
{
    for (const struct app_seen_endpoint *at = domain->endpoints; at; at = at->next)
        for (const struct app_seen_probe *probe = at->probes; probe; probe = probe->next)
            if (probe->kind == APP_PROBE_DIALBACK && probe->seen == APP_CAME &&
                probe->result->stage == FED_PROBE_LOGGED_IN)
                return true;
    return false;
}

static void release(struct calling *calling)
{
    gp_timer_destroy(calling->timer);
    calling->timer = NULL;
}

static void finish(struct calling *calling)
{
    struct app_collect *collect = calling->op.collect;
    struct app_seen_rehearsal *seen = &calling->op.domain->rehearsal;
    const struct fed_rehearsal_result *result =
        fed_rehearsal_result(collect->rehearsal, &calling->op.domain->domain);
    seen->connections = result->connections;
    seen->login = (struct app_seen_login){
        .is_wanted = true,
        .seen = APP_CAME,
        .was_logged_in = result->was_proved,
        .was_met = result->was_asked,
        .sentence = "",
        .peer_sentence = app_keep(collect, result->sentence),
    };
    collect->seen->probe_domain->turned_away = fed_rehearsal_turned_away(collect->rehearsal);
    fed_rehearsal_dismiss(collect->rehearsal, &calling->op.domain->domain);
    release(calling);
    app_op_done(&calling->op);
}

static void on_timer(void *arg)
{
    finish(arg);
}

/* Whether nothing more can come of the ping. */
static bool is_answered(const struct app_seen_domain *domain)
{
    const struct app_seen_rehearsal *seen = &domain->rehearsal;
    return seen->login.was_logged_in ||
           (seen->key && !seen->is_asking && app_rehearsal_verdict(domain) != FED_VERDICT_VALID);
}

static void advance(struct calling *calling)
{
    if (!app_are_probes_over(calling->op.domain, APP_PROBE_DIALBACK))
        return;
    if (!is_logged_in(calling->op.domain) || is_answered(calling->op.domain)) {
        finish(calling);
    } else if (!calling->is_waiting) {
        calling->is_waiting = true;
        gp_timer_set(calling->timer, ANSWER_WAIT_MS);
    }
}

static enum gp_code start_calling(struct app_op *base, struct gp_err *err)
{
    struct calling *calling = (struct calling *)base;
    struct app_collect *collect = base->collect;
    struct app_seen_rehearsal *seen = &calling->op.domain->rehearsal;
    calling->timer = gp_timer_create(collect->setup.loop, on_timer, calling);
    if (!calling->timer)
        return gp_err_nomem(err);
    enum gp_code code = fed_rehearsal_expect(collect->rehearsal, &calling->op.domain->domain, err);
    if (code != GP_OK)
        return code;
    seen->seen = APP_CAME;
    seen->why = NULL;
    app_probe_each(collect, calling->op.domain, APP_PROBE_DIALBACK, is_called);
    app_stir(collect, calling->op.domain); /* there may be none to wait for */
    return GP_OK;
}

static void give_up_calling(struct app_op *base, const char *why)
{
    struct calling *calling = (struct calling *)base;
    struct app_seen_rehearsal *seen = &calling->op.domain->rehearsal;
    if (seen->seen == APP_NOT_ASKED) {
        seen->seen = APP_NOTHING_CAME;
        seen->why = why;
    }
    seen->login.seen = APP_NOTHING_CAME;
    seen->login.why = why;
    release(calling);
}

static void cancel_calling(struct app_op *base)
{
    release((struct calling *)base);
}

static const struct app_op_type calling_type = {
    .start = start_calling, .give_up = give_up_calling, .cancel = cancel_calling};

void app_want_calling(struct app_collect *collect, struct app_seen_domain *domain)
{
    struct calling *calling = calloc(1, sizeof(*calling));
    if (calling)
        calling->op.domain = domain;
    app_op_add(collect, calling ? &calling->op : NULL, &calling_type, &collect->callings);
}

void app_advance_calling(struct app_collect *collect, struct app_seen_domain *domain)
{
    const struct app_seen_rehearsal *seen = &domain->rehearsal;
    bool is_under_way = seen->seen == APP_CAME && seen->login.seen == APP_NOT_ASKED;
    if (!collect->setup.probe_domain || !is_under_way)
        return;
    for (struct app_op *op = collect->running; op; op = op->next)
        if (op->type == &calling_type && op->domain == domain) {
            advance((struct calling *)op);
            return;
        }
}
