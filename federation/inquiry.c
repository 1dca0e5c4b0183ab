/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/inquiry.h"

#include "base/clock.h"
#include "federation/attempt.h"
#include "federation/sender.h"

#include <stdio.h>
#include <stdlib.h>

struct fed_inquiry {
    struct fed_inquiry *next, **link;
    struct fed_inquirer *inquirer;
    struct fed_attempt *attempt;
    struct fed_sender_op *lookup;
    struct fed_posh_op *posh;
    unsigned number;
    struct dns_domain sender;
};

/* The stand-in that the stream's probe was announced with, if it is about that one; else NULL. */
static const struct fed_stand_in *stand_in_of(const struct fed_inquirer *inquirer,
                                              const struct dns_domain *sender)
{
    const char *token = fed_in_probe(fed_session_machine(inquirer->session));
    const struct fed_probe_seen *seen = token ? fed_announced_find(inquirer->probes, token) : NULL;
    return seen && dns_domain_equal(&seen->stand_in.domain, sender) ? &seen->stand_in : NULL;
}

static void inquiry_destroy(struct fed_inquiry *inquiry)
{
    fed_attempt_cancel(inquiry->attempt);
    fed_sender_cancel(inquiry->lookup);
    if (inquiry->posh)
        inquiry->inquirer->context->posh->cancel(inquiry->posh);
    fed_admission_verified(inquiry->inquirer->admission, inquiry->inquirer->peer);
    *inquiry->link = inquiry->next;
    if (inquiry->next)
        inquiry->next->link = inquiry->link;
    free(inquiry);
}

static void answer(struct fed_inquirer *inquirer, unsigned number, enum fed_verdict verdict)
{
    struct fed_now now = fed_now();
    fed_in_verified(fed_session_machine(inquirer->session), &now, number, verdict);
    fed_session_kick(inquirer->session);
}

static void inquiry_on_verdict(void *arg, enum fed_verdict verdict, struct fed_trace *trace)
{
    struct fed_inquiry *inquiry = arg;
    struct fed_inquirer *inquirer = inquiry->inquirer;
    unsigned number = inquiry->number;
    fed_trace_destroy(trace);
    inquiry->attempt = NULL;
    inquiry_destroy(inquiry);
    answer(inquirer, number, verdict);
}

static void inquiry_on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    struct fed_inquiry *inquiry = arg;
    struct fed_inquirer *inquirer = inquiry->inquirer;
    struct fed_context *context = inquirer->context;
    bool is_nowhere = failure->bounce == FED_BOUNCE_NOT_FOUND;
    enum fed_verdict verdict = is_nowhere ? FED_VERDICT_NOT_FOUND : FED_VERDICT_TIMEOUT;
    unsigned number = inquiry->number;
    fed_trace_destroy(trace);
    gp_log_write(context->log, GP_LOG_INFO, "verify-failed",
                 GP_LOG_FIELDS({"partner", inquiry->sender.ascii}),
                 "the server of %s could not be asked about a dialback key: %s",
                 inquiry->sender.ascii, failure->sentence);
    if (!stand_in_of(inquirer, &inquiry->sender)) /* each has a server of its own */
        fed_silences_note(inquirer->silences, &inquiry->sender, verdict, gp_clock_mono_ms());
    inquiry->attempt = NULL;
    inquiry_destroy(inquiry);
    answer(inquirer, number, verdict);
}

static const struct fed_attempt_owner inquiry_owner = {
    .on_verdict = inquiry_on_verdict,
    .on_failed = inquiry_on_failed,
};

/* NULL when there are too many under way, or no memory. */
static struct fed_inquiry *inquiry_create(struct fed_inquirer *inquirer, unsigned number,
                                          const struct dns_domain *sender, struct gp_err *err)
{
    struct fed_admission *admission = inquirer->admission;
    if (fed_admission_verify(admission, inquirer->peer, err) != GP_OK)
        return NULL;
    struct fed_inquiry *inquiry = calloc(1, sizeof(*inquiry));
    if (!inquiry) {
        fed_admission_verified(admission, inquirer->peer);
        gp_err_nomem(err);
        return NULL;
    }
    inquiry->inquirer = inquirer;
    inquiry->number = number;
    inquiry->sender = *sender;
    inquiry->next = inquirer->inquiries;
    inquiry->link = &inquirer->inquiries;
    if (inquiry->next)
        inquiry->next->link = &inquiry->next;
    inquirer->inquiries = inquiry;
    return inquiry;
}

static enum gp_code ask(struct fed_inquirer *inquirer, const struct fed_request *request,
                        struct gp_err *err)
{
    struct fed_context *context = inquirer->context;
    const struct fed_stand_in *stand_in = stand_in_of(inquirer, &request->u.verify.sender);
    const struct fed_partner *policy =
        stand_in ? &fed_policy_stand_in
                 : fed_settings_partner(context->settings, &request->u.verify.sender);
    const struct fed_tls_facts *tls = fed_in_tls(fed_session_machine(inquirer->session));
    if (!policy)
        return gp_err_set(err, GP_ERR_DENIED, "not a partner");
    struct fed_inquiry *inquiry =
        inquiry_create(inquirer, request->u.verify.number, &request->u.verify.sender, err);
    if (!inquiry)
        return err->code;
    const struct fed_attempt_setup setup = {
        .context = context,
        .purpose = FED_OUT_VERIFY,
        .home = &request->u.verify.target,
        .partner = &request->u.verify.sender,
        .policy = policy,
        .verify_id = request->u.verify.stream_id,
        .verify_key = request->u.verify.key,
        .verify_cert = tls ? tls->peer : NULL,
        .address = stand_in ? &stand_in->authority : NULL,
        .service = DNS_SERVICE_STARTTLS,
        .owner = &inquiry_owner,
        .arg = inquiry,
    };
    enum gp_code code = fed_attempt_start(&setup, &inquiry->attempt, err);
    if (code != GP_OK)
        inquiry_destroy(inquiry);
    else
        context->counters.verifications++;
    return code;
}

static void verify(struct fed_inquirer *inquirer, const struct fed_request *request)
{
    struct gp_err err = {0};
    enum fed_verdict verdict;
    if (fed_silences_find(inquirer->silences, &request->u.verify.sender, gp_clock_mono_ms(),
                          &verdict)) {
        answer(inquirer, request->u.verify.number, verdict);
        return;
    }
    if (ask(inquirer, request, &err) == GP_OK)
        return;
    gp_log_write(inquirer->context->log, GP_LOG_WARNING, "verify-refused",
                 GP_LOG_FIELDS({"partner", request->u.verify.sender.ascii}),
                 "a dialback key was not asked about: %s", err.text);
    answer(inquirer, request->u.verify.number, FED_VERDICT_TIMEOUT);
}

static void tell_evidence(struct fed_inquirer *inquirer, unsigned number,
                          const struct fed_evidence *evidence)
{
    struct fed_now now = fed_now();
    fed_in_looked_up(fed_session_machine(inquirer->session), &now, number, evidence);
    fed_session_kick(inquirer->session);
}

static void inquiry_on_evidence(void *arg, const struct fed_evidence *evidence)
{
    struct fed_inquiry *inquiry = arg;
    struct fed_inquirer *inquirer = inquiry->inquirer;
    unsigned number = inquiry->number;
    inquiry->lookup = NULL;
    inquiry_destroy(inquiry);
    tell_evidence(inquirer, number, evidence);
}

static void inquiry_on_prints(void *arg, const struct fed_posh_prints *prints)
{
    struct fed_inquiry *inquiry = arg;
    const struct fed_tls_facts *tls = fed_in_tls(fed_session_machine(inquiry->inquirer->session));
    struct fed_evidence evidence;
    inquiry->posh = NULL;
    fed_posh_weigh(tls->peer, prints, &evidence);
    inquiry_on_evidence(inquiry, &evidence);
}

static enum gp_code start_lookup(struct fed_inquiry *inquiry, enum fed_do what, struct gp_err *err)
{
    struct fed_context *context = inquiry->inquirer->context;
    const struct fed_posh_source *posh = context->posh;
    if (what == FED_DO_LOOK_UP)
        return fed_sender_start(context, fed_session_link(inquiry->inquirer->session),
                                &inquiry->sender, inquiry_on_evidence, inquiry, &inquiry->lookup,
                                err);
    return posh ? posh->start(posh->arg, &inquiry->sender, inquiry_on_prints, inquiry,
                              &inquiry->posh, err)
                : gp_err_set(err, GP_ERR_DENIED, "nothing is fetched here");
}

static void look_up(struct fed_inquirer *inquirer, const struct fed_request *request)
{
    const struct dns_domain *sender = &request->u.lookup.sender;
    unsigned number = request->u.lookup.number;
    struct gp_err err = {0};
    struct fed_inquiry *inquiry = inquiry_create(inquirer, number, sender, &err);
    if (inquiry && start_lookup(inquiry, request->what, &err) == GP_OK)
        return;
    if (inquiry)
        inquiry_destroy(inquiry);
    struct fed_evidence evidence = {.source = request->what == FED_DO_POSH ? FED_SOURCE_POSH
                                                                           : FED_SOURCE_TLSA,
                                    .found = FED_FOUND_FAILED};
    snprintf(evidence.text, sizeof(evidence.text), "%.150s", err.text);
    tell_evidence(inquirer, number, &evidence);
}

void fed_inquirer_ask(struct fed_inquirer *inquirer, const struct fed_request *request)
{
    if (request->what == FED_DO_VERIFY)
        verify(inquirer, request);
    else
        look_up(inquirer, request);
}

void fed_inquirer_finish(struct fed_inquirer *inquirer)
{
    while (inquirer->inquiries)
        inquiry_destroy(inquirer->inquiries);
}
