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

enum fed_refusal fed_gate_stanza(const struct fed_partner *policy,
                                 const struct fed_crossing *crossing)
{
    if (crossing->is_blocked)
        return FED_REFUSED_BLOCKED;
    if (!policy)
        return FED_REFUSED_PARTNER;
    if (crossing->is_user_refused)
        return FED_REFUSED_USER;
    if (!(policy->kinds & fed_kind_bit(crossing->kind)))
        return FED_REFUSED_KIND;
    if (crossing->is_over_rate && !is_answer(crossing))
        return FED_REFUSED_RATE;
    return FED_ADMITTED;
}
