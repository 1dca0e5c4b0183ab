/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a partner that connected to us publishes about its certificate, and what that is worth
 * (spec-digest d.2; design, 12.3). The chain of secure answers decides as it does when we connect:
 * a match proves without PKIX, a mismatch is not rescued by PKIX or a key, and what could not be
 * looked up is no ground for anything. What POSH has is looked up last, and can only help.
 */
#include "federation/stream_in_state.h"

#include <stdio.h>

/* The facts of the handshake as they would be had the records been there by then. */
static struct fed_tls_facts facts_with(const struct fed_tls_facts *tls,
                                       const struct fed_evidence *evidence)
{
    struct fed_tls_facts facts = *tls;
    if (evidence->source == FED_SOURCE_POSH) {
        facts.posh = *evidence;
    } else if (evidence->found == FED_FOUND_MATCH) {
        facts.dane = FED_DANE_MATCHED;
        facts.dane_needs_name = evidence->needs_name;
        facts.has_dns_constraints = tls->has_dns_constraints || evidence->has_dns_constraints;
        snprintf(facts.dane_text, sizeof(facts.dane_text), "%.47s", evidence->text);
    } else if (evidence->found == FED_FOUND_MISMATCH) {
        facts.dane = FED_DANE_MISMATCH;
    }
    return facts;
}

enum fed_proof fed_in_proves(const struct fed_in *in, const struct fed_now *now,
                             const struct dns_domain *partner, const struct fed_evidence *evidence,
                             struct fed_certainty *ret)
{
    const struct fed_reference reference = {.domain = *partner};
    struct fed_tls_facts facts;
    if (in->core.tls)
        facts = facts_with(in->core.tls, evidence);
    fed_policy_certainty(in->core.tls ? &facts : NULL, &reference, now->wall_s, ret);
    return fed_proof_of(ret);
}

enum fed_do fed_in_missing(const struct fed_in *in, const struct fed_now *now,
                           const struct fed_partner *policy, const struct dns_domain *partner,
                           const struct fed_evidence *evidence)
{
    struct fed_certainty certainty;
    if (!in->core.tls)
        return FED_DO_WAIT;
    if (policy->uses_dane_client && evidence->source == FED_SOURCE_NONE)
        return FED_DO_LOOK_UP;
    if (!fed_policy_takes_posh(policy, in->core.tls) || evidence->source == FED_SOURCE_POSH ||
        fed_in_proves(in, now, partner, evidence, &certainty) != FED_PROOF_NONE)
        return FED_DO_WAIT;
    return FED_DO_POSH;
}

const char *fed_in_veto(const struct fed_partner *policy, const struct fed_evidence *evidence,
                        enum fed_close *ret_reason)
{
    if (evidence->source != FED_SOURCE_TLSA)
        return NULL;
    switch (evidence->found) {
    case FED_FOUND_FAILED:
        *ret_reason = FED_CLOSE_DANE_UNKNOWN;
        return evidence->text;
    case FED_FOUND_MISMATCH:
        *ret_reason = FED_CLOSE_DANE_MISMATCH;
        return evidence->text;
    case FED_FOUND_NOTHING:
        *ret_reason = FED_CLOSE_DANE_MISSING;
        return policy->requires_dane ? "its servers have no usable TLSA record" : NULL;
    case FED_FOUND_MATCH:
        break;
    }
    return NULL;
}

void fed_in_take_evidence(struct fed_in *in, const struct fed_now *now,
                          const struct fed_in_question *question,
                          const struct fed_evidence *evidence)
{
    if (in->state == FED_IN_CLOSING)
        return; /* we have said our last word */
    if (in->state != FED_IN_LOOKING_UP) {
        fed_in_weigh_result(in, now, question, evidence);
        return;
    }
    in->evidence = *evidence; /* one question at a time in this state */
    fed_in_weigh_header(in, now);
}
