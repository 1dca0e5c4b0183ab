/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A token bucket, told from its empty side: it holds what was taken and has not trickled out yet,
 * so that a zeroed one is unused. Pure: the time is an argument.
 */
#ifndef GP_FED_RATE_H
#define GP_FED_RATE_H

#include "base/defs.h"

struct fed_rate {
    uint32_t per_s; /* 0: not bounded */
    uint32_t burst; /* what may be taken at once */
};

struct fed_bucket {
    int64_t taken; /* in thousandths */
    int64_t at_ms; /* monotonic; when it was that much */
};

/* Whether something may still be taken: what was is within the burst. */
bool fed_bucket_has_room(struct fed_bucket *bucket, struct fed_rate rate, int64_t now_ms);

/*
 * Takes amount, whether there is room or not: what has been read already cannot be unread. Returns
 * how long to wait, in milliseconds, until what was taken is within the burst again; 0: it is.
 */
int64_t fed_bucket_take(struct fed_bucket *bucket, struct fed_rate rate, size_t amount,
                        int64_t now_ms);

#endif
