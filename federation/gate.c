/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/gate.h"

static const struct {
    const char *word, *text;
    enum fed_bounce out, in;
} refusals[] = {
    [FED_ADMITTED] = {"", "", FED_BOUNCE_NONE, FED_BOUNCE_NONE},
#define FED_REFUSAL(symbol, word, text, out, in) \
    [symbol] = {word, text, FED_BOUNCE_##out, FED_BOUNCE_##in},
#include "federation/refusals.def"
#undef FED_REFUSAL
};

const char *fed_refusal_word(enum fed_refusal refusal)
{
    return refusals[refusal].word;
}

const char *fed_refusal_text(enum fed_refusal refusal)
{
    return refusals[refusal].text;
}

enum fed_bounce fed_refusal_bounce(enum fed_refusal refusal, enum fed_direction direction,
                                   enum fed_stanza_kind kind)
{
    if (direction == FED_TO_PARTNER)
        return refusals[refusal].out;
    return kind == FED_PRESENCE ? FED_BOUNCE_NONE : refusals[refusal].in;
}

/* Nobody may answer such a stanza, so nobody would hear that it was refused for its number; and
 * there are no more of them than of stanzas that came in. */
static bool is_answer(const struct fed_crossing *crossing)
{
    return crossing->type == FED_TYPE_ERROR ||
           (crossing->kind == FED_IQ && crossing->type == FED_TYPE_RESULT);
}

bool fed_gate_makes_contact(enum fed_stanza_kind kind, enum fed_stanza_type type)
{
    switch (kind) {
    case FED_MESSAGE:
        return type != FED_TYPE_ERROR;
    case FED_PRESENCE:
        return type == FED_TYPE_NONE || type == FED_TYPE_SUBSCRIBE || type == FED_TYPE_SUBSCRIBED ||
               type == FED_TYPE_PROBE;
    case FED_IQ:
        break;
    }
    return false;
}

enum fed_refusal fed_gate_stanza(const struct fed_partner *policy,
                                 const struct fed_crossing *crossing)
{
    if (crossing->is_blocked)
        return FED_REFUSED_BLOCKED;
    if (!policy)
        return FED_REFUSED_PARTNER;
    if (crossing->is_user_refused)
        return FED_REFUSED_USER;
    if (policy->type == FED_PUBLIC_UNVERIFIED && crossing->direction == FED_TO_INSIDE &&
        crossing->kind != FED_IQ && !crossing->is_contact)
        return FED_REFUSED_CONTACT;
    if (!(policy->kinds & fed_kind_bit(crossing->kind)))
        return FED_REFUSED_KIND;
    if (crossing->is_over_rate && !is_answer(crossing))
        return FED_REFUSED_RATE;
    if (crossing->is_malformed) /* last: an answer costs what a stanza costs */
        return FED_REFUSED_IQ;
    return FED_ADMITTED;
}

enum fed_refusal fed_gate_stream(const struct fed_partner *policy, enum fed_direction direction,
                                 enum fed_proof proof)
{
    bool is_by_key = proof == FED_PROOF_DIALBACK || proof == FED_PROOF_DIALBACK_CLEAR;
    if (proof == FED_PROOF_DIALBACK_CLEAR && policy->tls == FED_TLS_REQUIRED)
        return FED_REFUSED_TLS;
    bool is_by_dane = direction == FED_TO_PARTNER || policy->uses_dane_client;
    if (is_by_dane && policy->requires_dane && proof != FED_PROOF_DANE)
        return FED_REFUSED_DANE;
    if (proof == FED_PROOF_POSH && (!policy->uses_posh || policy->requires_dane))
        return FED_REFUSED_PROOF;
    if (is_by_key && !fed_policy_takes_dialback(policy))
        return FED_REFUSED_PROOF;
    return FED_ADMITTED;
}

enum fed_refusal fed_gate_of_close(enum fed_close reason)
{
    switch (reason) {
    case FED_CLOSE_NOT_A_PARTNER:
        return FED_REFUSED_PARTNER;
    case FED_CLOSE_NO_TLS:
        return FED_REFUSED_TLS;
    case FED_CLOSE_NOT_PROVED:
        return FED_REFUSED_PROOF;
    case FED_CLOSE_PARTNER_FULL:
        return FED_REFUSED_CONNECTION;
    default:
        return FED_ADMITTED;
    }
}
