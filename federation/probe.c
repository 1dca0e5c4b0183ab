/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *   CONNECTING --connected--> TALKING (session and stream machine) --stream ended--> (told, gone)
 *        |                        |
 *        +--failed, time is up----+--time is up: the machine is stopped, which ends the stream
 */
#include "federation/probe.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fed_probe {
    struct gp_loop *loop; /* borrowed, as the next three */
    const struct fed_settings *settings;
    struct fed_session_list *sessions;
    struct fed_tls *tls;
    struct dns_domain domain, as;
    enum fed_out_purpose purpose;
    char *verify_id, *verify_key, *last_word; /* owned; NULL when there is none */
    struct dns_endpoint endpoint;
    struct fed_partner policy; /* takes every peer: nothing is judged here */
    char token[GP_RND_ID_MAX];
    char server_name[DNS_NAME_TEXT_MAX];
    bool offers_alpn, shows_certificate;
    const struct dns_tlsa *tlsa; /* borrowed */
    size_t tlsa_count;
    fed_probe_fn_done *fn;
    void *arg;
    int64_t started_ms;
    int fd;                          /* CONNECTING: owned; -1 afterwards */
    struct gp_watch *watch;          /* owned */
    struct gp_timer *timer;          /* owned; of everything */
    struct gp_task told;             /* hands the result over */
    struct fed_session *session;     /* TALKING */
    struct fed_probe_result *result; /* owned until it is handed over */
};

void fed_probe_result_destroy(struct fed_probe_result *result)
{
    if (!result)
        return;
    fed_tls_facts_destroy(result->tls);
    for (size_t i = 0; i < result->chain_count; i++)
        fed_cert_destroy(result->chain[i]);
    free(result);
}

static void disconnect(struct fed_probe *probe)
{
    gp_watch_destroy(probe->watch);
    probe->watch = NULL;
    gp_io_close(&probe->fd);
}

static void release(struct fed_probe *probe)
{
    gp_task_cancel(&probe->told);
    gp_timer_destroy(probe->timer);
    disconnect(probe);
    fed_session_destroy(probe->session);
    fed_probe_result_destroy(probe->result);
    free(probe->verify_id);
    free(probe->verify_key);
    free(probe->last_word);
    free(probe);
}

void fed_probe_cancel(struct fed_probe *probe)
{
    if (probe)
        release(probe);
}

static void on_told(void *arg)
{
    struct fed_probe *probe = arg;
    struct fed_probe_result *result = probe->result;
    fed_probe_fn_done *fn = probe->fn;
    void *fn_arg = probe->arg;
    probe->result = NULL;
    release(probe);
    fn(fn_arg, result);
}

static void finish(struct fed_probe *probe)
{
    probe->result->duration_ms = gp_clock_mono_ms() - probe->started_ms;
    gp_timer_clear(probe->timer);
    gp_task_post(&probe->told);
}

/* Talking. */

static enum gp_code on_start_tls(void *arg, struct fed_session *session, struct fed_link *link,
                                 struct gp_err *err)
{
    const struct fed_probe *probe = arg;
    bool shows_ours = probe->shows_certificate || (probe->purpose == FED_OUT_LOOK &&
                                                   fed_settings_home(probe->settings, &probe->as));
    const struct fed_tls_connect how = {
        .home = shows_ours ? &probe->as : NULL,
        .server_name = probe->server_name,
        .offers_alpn = probe->offers_alpn,
        .tlsa = probe->tlsa,
        .tlsa_count = probe->tlsa_count,
    };
    (void)session;
    return fed_link_tls_connect(link, probe->tls, &how, err);
}

static void on_request(void *arg, struct fed_session *session, const struct fed_request *request)
{
    struct fed_probe *probe = arg;
    (void)session;
    if (request->what == FED_DO_OPEN)
        probe->result->stage = FED_PROBE_LOGGED_IN;
    if (request->what == FED_DO_RESULT) {
        probe->result->has_verdict = true;
        probe->result->verdict = request->u.verdict;
    }
}

/* Everything that the stream has brought to light. */
static void gather(struct fed_probe_result *result, struct fed_session *session)
{
    struct fed_out *machine = fed_session_machine(session);
    result->hello[0] = *fed_out_hello(machine, false);
    result->hello[1] = *fed_out_hello(machine, true);
    result->offer = *fed_out_offer(machine);
    result->tls = fed_out_take_tls(machine);
    if (result->tls)
        result->chain_count =
            fed_link_tls_chain(fed_session_link(session), result->chain, FED_PROBE_CHAIN_MAX);
}

static enum fed_probe_stage stage_of(const struct fed_probe_result *result)
{
    if (!result->tls)
        return result->hello[0].is_seen ? FED_PROBE_ANSWERED : FED_PROBE_CONNECTED;
    if (!result->hello[1].is_seen)
        return FED_PROBE_SECURED;
    return result->offer.is_known ? FED_PROBE_FEATURES : FED_PROBE_GREETED;
}

static void on_end(void *arg, struct fed_session *session, enum fed_close reason,
                   const char *detail)
{
    struct fed_probe *probe = arg;
    struct fed_probe_result *result = probe->result;
    probe->session = NULL; /* says good-bye by itself */
    gather(result, session);
    if (result->stage != FED_PROBE_LOGGED_IN)
        result->stage = stage_of(result);
    result->reason = reason;
    snprintf(result->detail, sizeof(result->detail), "%s", detail);
    bool is_through = result->stage == FED_PROBE_LOGGED_IN || result->has_verdict;
    if (!is_through && !result->sentence[0])
        snprintf(result->sentence, sizeof(result->sentence), "%s%s%s", fed_close_text(reason),
                 detail[0] ? ": " : "", detail);
    finish(probe);
}

static const struct fed_session_owner session_owner = {
    .start_tls = on_start_tls,
    .on_request = on_request,
    .on_end = on_end,
};

static bool talk(struct fed_probe *probe)
{
    struct fed_link *link = fed_link_create(probe->fd);
    struct fed_now now = fed_now();
    probe->fd = -1; /* the link's */
    const struct fed_out_setup stream = {
        .settings = probe->settings,
        .purpose = probe->purpose,
        .home = probe->as,
        .partner = probe->domain,
        .policy = &probe->policy,
        .endpoint = &probe->endpoint,
        .token = probe->token[0] ? probe->token : NULL,
        .verify_id = probe->verify_id,
        .verify_key = probe->verify_key,
        .last_word = probe->last_word,
    };
    struct fed_out *machine = link ? fed_out_create(&stream, &now) : NULL;
    if (!machine) {
        fed_link_destroy(link);
        return false;
    }
    const struct fed_session_setup session = {
        .loop = probe->loop,
        .limits = &probe->settings->limits,
        .list = probe->sessions,
        .link = link,
        .type = &fed_machine_out,
        .machine = machine,
        .owner = &session_owner,
        .arg = probe,
    };
    probe->session = fed_session_create(&session);
    return probe->session != NULL;
}

/* Connecting. */

static void fail_to_connect(struct fed_probe *probe, const char *why)
{
    struct fed_probe_result *result = probe->result;
    disconnect(probe);
    result->connect_ms = gp_clock_mono_ms() - probe->started_ms;
    snprintf(result->sentence, sizeof(result->sentence), "%s", why);
    finish(probe);
}

static void on_connected(void *arg, unsigned ready)
{
    struct fed_probe *probe = arg;
    char text[FED_LINK_ERROR_MAX];
    int errnum = gp_io_connect_error(probe->fd);
    (void)ready;
    if (errnum != 0) {
        fail_to_connect(probe, fed_link_errno_text(errnum, text));
        return;
    }
    gp_watch_destroy(probe->watch);
    probe->watch = NULL;
    probe->result->stage = FED_PROBE_CONNECTED;
    probe->result->connect_ms = gp_clock_mono_ms() - probe->started_ms;
    if (talk(probe))
        return;
    probe->result->reason = FED_CLOSE_NO_MEMORY;
    snprintf(probe->result->sentence, sizeof(probe->result->sentence), "%s",
             fed_close_text(FED_CLOSE_NO_MEMORY));
    finish(probe);
}

static void on_timer(void *arg)
{
    struct fed_probe *probe = arg;
    char text[FED_PROBE_TEXT_MAX], span[GP_CLOCK_SPAN_MAX];
    gp_clock_span_text(gp_clock_mono_ms() - probe->started_ms, span);
    if (!probe->session) {
        snprintf(text, sizeof(text), "no answer within %s", span);
        fail_to_connect(probe, text);
        return;
    }
    snprintf(probe->result->sentence, sizeof(probe->result->sentence), "given up after %s, %s",
             span, fed_out_state_text(fed_session_machine(probe->session)));
    fed_session_stop(probe->session, FED_CLOSE_SETUP_TIMEOUT); /* on_end follows */
}

static bool connect_to(struct fed_probe *probe, const struct gp_addr *addr)
{
    char text[FED_LINK_ERROR_MAX];
    if (gp_io_connect(addr, &probe->fd, NULL) != GP_OK) {
        fail_to_connect(probe, fed_link_errno_text(errno, text));
        return true;
    }
    probe->watch = gp_watch_create(probe->loop, probe->fd, on_connected, probe);
    if (!probe->watch)
        return false;
    gp_watch_set(probe->watch, GP_WRITE);
    return true;
}

enum gp_code fed_probe_start(const struct fed_probe_setup *setup, fed_probe_fn_done *fn, void *arg,
                             struct fed_probe **ret, struct gp_err *err)
{
    struct fed_probe *probe = calloc(1, sizeof(*probe));
    if (!probe)
        return gp_err_nomem(err);
    probe->loop = setup->loop;
    probe->settings = setup->settings;
    probe->sessions = setup->sessions;
    probe->tls = setup->tls;
    probe->domain = setup->domain;
    probe->as = setup->as ? *setup->as : setup->domain;
    probe->purpose = setup->purpose;
    if (setup->purpose != FED_OUT_LOOK) /* nobody is judged by a certificate */
        probe->policy = fed_policy_stand_in;
    if (setup->takes_clear)
        probe->policy.tls = FED_TLS_OPTIONAL;
    probe->endpoint.origin = DNS_FROM_STATIC;
    probe->endpoint.service = setup->service;
    snprintf(probe->server_name, sizeof(probe->server_name), "%s",
             setup->server_name ? setup->server_name : setup->domain.ascii);
    probe->offers_alpn = setup->offers_alpn;
    probe->shows_certificate = setup->shows_certificate;
    probe->tlsa = setup->tlsa;
    probe->tlsa_count = setup->tlsa_count;
    probe->fn = fn;
    probe->arg = arg;
    probe->fd = -1;
    probe->started_ms = gp_clock_mono_ms();
    if (setup->token)
        snprintf(probe->token, sizeof(probe->token), "%s", setup->token);
    gp_task_init(&probe->told, setup->loop, on_told, probe);
    probe->timer = gp_timer_create(setup->loop, on_timer, probe);
    probe->result = calloc(1, sizeof(*probe->result));
    if (setup->purpose == FED_OUT_VERIFY) {
        probe->verify_id = strdup(setup->verify_id);
        probe->verify_key = strdup(setup->verify_key);
    }
    if (setup->last_word)
        probe->last_word = strdup(setup->last_word);
    bool has_question = setup->purpose != FED_OUT_VERIFY || (probe->verify_id && probe->verify_key);
    bool has_word = !setup->last_word || probe->last_word;
    if (!probe->timer || !probe->result || !has_question || !has_word) {
        release(probe);
        return gp_err_nomem(err);
    }
    gp_timer_set(probe->timer, setup->timeout_ms);
    if (!connect_to(probe, &setup->addr)) {
        release(probe);
        return gp_err_nomem(err);
    }
    *ret = probe;
    return GP_OK;
}
