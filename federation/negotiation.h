/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tls, sasl, dialback and require-dane of a partner come to together: each combination is one
 * that works, one that works and is weak or idle in part, or one in which nothing can prove the
 * partner. One table; the lint of the configuration and the list of partners are printed from it.
 */
#ifndef GP_FED_NEGOTIATION_H
#define GP_FED_NEGOTIATION_H

#include "federation/settings.h"

enum fed_sense {
    FED_SENSE_OK,
    FED_SENSE_WARNING,
    FED_SENSE_ERROR
};

struct fed_negotiation {
    enum fed_sense sense;
    const char *option; /* the one that is to blame, as it is called in a configuration */
    const char *reason; /* one sentence without a full stop */
};

/* The row that is about the partner's combination. */
const struct fed_negotiation *fed_negotiation_of(const struct fed_partner *partner);

/* "ok", "warning", "error" */
const char *fed_sense_text(enum fed_sense sense);

#endif
