/* SPDX-License-Identifier: BSD-2-Clause */
/* How long to leave whom one could not reach alone. */
#ifndef GP_FED_BACKOFF_H
#define GP_FED_BACKOFF_H

#include "base/rnd.h"

/*
 * After so many failures in a row: least_ms after the first, doubled after each further one up to
 * most_ms, and of that between the half and the whole, so that not all come back at once (RFC 6120,
 * 3.3; spec-digest g).
 */
int64_t fed_backoff_ms(const struct gp_rnd *rnd, unsigned failures, int64_t least_ms,
                       int64_t most_ms);

#endif
