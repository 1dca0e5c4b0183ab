/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains whose authoritative servers could not be asked lately: they are not asked again at once
 * (T30). Bounded; no clock of its own. */
#ifndef GP_FED_SILENCES_H
#define GP_FED_SILENCES_H

#include "base/map.h"
#include "federation/stream.h"

struct fed_silences {
    struct gp_map map; /* by domain */
};

void fed_silences_init(struct fed_silences *silences);
void fed_silences_finish(struct fed_silences *silences);

/* Remembers what came instead of an answer, for five seconds. */
void fed_silences_note(struct fed_silences *silences, const struct dns_domain *domain,
                       enum fed_verdict verdict, int64_t now_ms);

/* False when the domain may be asked. */
bool fed_silences_find(const struct fed_silences *silences, const struct dns_domain *domain,
                       int64_t now_ms, enum fed_verdict *ret);

/* Forgets those that are over. */
void fed_silences_sweep(struct fed_silences *silences, int64_t now_ms);

#endif
