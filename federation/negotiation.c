/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/negotiation.h"

/* Sets of values, so that one row covers all the combinations that have one reason. */
enum {
    REQUIRED = 1,
    OPTIONAL = 2,
    UNSUPPORTED = 4,
    ANY = 7,
    NO = 1,
    YES = 2,
    EITHER = 3
};

struct row {
    unsigned tls, sasl; /* REQUIRED, OPTIONAL, UNSUPPORTED */
    unsigned dialback;  /* NO, YES: allowed */
    unsigned dane;      /* NO, YES: required */
    struct fed_negotiation what;
};

/* Each combination is in exactly one row; a test walks through all of them. */
static const struct row rows[] = {
    {REQUIRED,
     REQUIRED,
     NO,
     EITHER,
     {FED_SENSE_OK, "sasl", "SASL EXTERNAL over TLS proves both sides by their certificates"}},
    {REQUIRED,
     OPTIONAL,
     NO,
     EITHER,
     {FED_SENSE_OK, "sasl",
      "its certificate proves the partner, by SASL EXTERNAL or by dialback without dialing back"}},
    {REQUIRED,
     UNSUPPORTED,
     NO,
     EITHER,
     {FED_SENSE_WARNING, "sasl",
      "sasl = unsupported without dialback = allowed: only a certificate that goes with dialback "
      "(XEP-0344) can prove the partner"}},
    {REQUIRED,
     REQUIRED,
     YES,
     NO,
     {FED_SENSE_WARNING, "dialback", "dialback = allowed never takes effect with sasl = required"}},
    {REQUIRED,
     OPTIONAL | UNSUPPORTED,
     YES,
     NO,
     {FED_SENSE_WARNING, "dialback",
      "dialback = allowed: whoever controls its DNS answers can speak for it"}},
    {OPTIONAL,
     REQUIRED,
     EITHER,
     NO,
     {FED_SENSE_WARNING, "tls",
      "tls = optional never takes effect with sasl = required: SASL EXTERNAL needs TLS"}},
    {OPTIONAL,
     OPTIONAL | UNSUPPORTED,
     YES,
     NO,
     {FED_SENSE_WARNING, "tls",
      "tls = optional, dialback = allowed: its stanzas may cross the network in clear, and whoever "
      "controls its DNS answers can speak for it"}},
    {UNSUPPORTED,
     OPTIONAL | UNSUPPORTED,
     YES,
     NO,
     {FED_SENSE_WARNING, "tls",
      "tls = unsupported, dialback = allowed: its stanzas cross the network in clear, and whoever "
      "controls its DNS answers can speak for it"}},
    {UNSUPPORTED,
     REQUIRED,
     EITHER,
     NO,
     {FED_SENSE_ERROR, "tls",
      "tls = unsupported contradicts sasl = required: SASL EXTERNAL needs "
      "TLS"}},
    {OPTIONAL | UNSUPPORTED,
     OPTIONAL | UNSUPPORTED,
     NO,
     NO,
     {FED_SENSE_ERROR, "tls",
      "without tls = required it needs dialback = allowed: without TLS nothing else proves the "
      "domain"}},
    {REQUIRED,
     ANY,
     YES,
     YES,
     {FED_SENSE_ERROR, "dialback", "dialback = allowed contradicts require-dane = yes"}},
    {OPTIONAL | UNSUPPORTED,
     ANY,
     EITHER,
     YES,
     {FED_SENSE_ERROR, "tls", "require-dane = yes needs tls = required"}},
};

static bool has(unsigned set, unsigned value)
{
    return set & 1U << value;
}

const struct fed_negotiation *fed_negotiation_of(const struct fed_partner *partner)
{
    const struct row *found = NULL;
    for (const struct row *row = rows; row < rows + GP_ARRAY_LEN(rows); row++)
        if (has(row->tls, partner->tls) && has(row->sasl, partner->sasl) &&
            has(row->dialback, partner->dialback) && has(row->dane, partner->requires_dane)) {
            GP_ASSERT(!found);
            found = row;
        }
    GP_ASSERT(found);
    return &found->what;
}

const char *fed_sense_text(enum fed_sense sense)
{
    static const char *const texts[] = {
        [FED_SENSE_OK] = "ok",
        [FED_SENSE_WARNING] = "warning",
        [FED_SENSE_ERROR] = "error",
    };
    return texts[sense];
}
