/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stream.h"

static const struct {
    const char *text, *condition;
    enum fed_fault_side fault;
    enum fed_next next;
    enum fed_bounce bounce;
    enum {
        REST_LEFT,
        REST_TAKEN
    } rest;
} closes[] = {
#define FED_CLOSE(symbol, text, condition, fault, next, bounce, rest) \
    [symbol] = {text, condition, FED_BY_##fault, FED_THEN_##next, FED_BOUNCE_##bounce, REST_##rest},
#include "federation/close_reasons.def"
#undef FED_CLOSE
};

const char *fed_close_text(enum fed_close reason)
{
    return closes[reason].text;
}

const char *fed_close_condition(enum fed_close reason)
{
    return closes[reason].condition;
}

enum fed_fault_side fed_close_fault(enum fed_close reason)
{
    return closes[reason].fault;
}

enum fed_next fed_close_next(enum fed_close reason)
{
    return closes[reason].next;
}

enum fed_bounce fed_close_bounce(enum fed_close reason)
{
    return closes[reason].bounce;
}

bool fed_close_takes_rest(enum fed_close reason)
{
    return closes[reason].rest == REST_TAKEN;
}

bool fed_close_of_settings(const struct fed_settings *before, const struct fed_settings *after,
                           const struct dns_domain *home, const struct dns_domain *partner,
                           enum fed_close *ret)
{
    const struct fed_partner *was = fed_settings_partner(before, partner);
    const struct fed_partner *is = fed_settings_partner(after, partner);
    bool becomes_ours = fed_settings_home(after, partner) && !fed_settings_home(before, partner);
    if (fed_settings_home(before, home) && !fed_settings_home(after, home))
        *ret = FED_CLOSE_HOST_GONE; /* RFC 6120, 4.9.3.5 */
    else if (!dns_domain_is_set(partner))
        return false;
    else if ((was && !is) || becomes_ours)
        *ret = FED_CLOSE_REMOVED;
    else if (was && was->terms != is->terms)
        *ret = FED_CLOSE_CHANGED; /* RFC 6120, 4.9.3.16: it may be opened anew */
    else
        return false;
    return true;
}

enum fed_close fed_close_of_fault(enum fed_xml_fault fault)
{
    switch (fault) {
    case FED_FAULT_NOT_WELL_FORMED:
        return FED_CLOSE_NOT_WELL_FORMED;
    case FED_FAULT_RESTRICTED_XML:
        return FED_CLOSE_RESTRICTED_XML;
    case FED_FAULT_UNSUPPORTED_ENCODING:
        return FED_CLOSE_ENCODING;
    case FED_FAULT_BAD_NAMESPACE_PREFIX:
        return FED_CLOSE_PREFIX;
    case FED_FAULT_TOO_BIG:
        return FED_CLOSE_TOO_BIG;
    case FED_FAULT_LIMIT:
        return FED_CLOSE_LIMIT;
    case FED_FAULT_NO_MEMORY:
        break;
    }
    return FED_CLOSE_NO_MEMORY;
}

const char *fed_proof_text(enum fed_proof proof)
{
    switch (proof) {
    case FED_PROOF_NONE:
        return "nothing";
    case FED_PROOF_DANE:
        return "DANE";
    case FED_PROOF_PKIX:
        return "PKIX";
    case FED_PROOF_POSH:
        return "POSH";
    case FED_PROOF_DIALBACK:
        return "dialback";
    case FED_PROOF_DIALBACK_CLEAR:
        return "dialback without TLS";
    }
    return "";
}

enum fed_proof fed_proof_of(const struct fed_certainty *certainty)
{
    if (!certainty->is_proved)
        return FED_PROOF_NONE;
    if (certainty->is_posh)
        return FED_PROOF_POSH;
    return certainty->is_dane ? FED_PROOF_DANE : FED_PROOF_PKIX;
}

bool fed_proof_has_dates(enum fed_proof proof)
{
    return proof == FED_PROOF_PKIX || proof == FED_PROOF_POSH;
}
