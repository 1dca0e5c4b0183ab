/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/backoff.h"

int64_t fed_backoff_ms(const struct gp_rnd *rnd, unsigned failures, int64_t least_ms,
                       int64_t most_ms)
{
    int64_t rest_ms = least_ms;
    for (unsigned i = 1; i < failures && rest_ms < most_ms; i++)
        rest_ms *= 2;
    rest_ms = rest_ms < most_ms ? rest_ms : most_ms;
    return rest_ms / 2 + gp_rnd_below(rnd, (uint32_t)(rest_ms / 2 + 1));
}
