/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/rate.h"

#define UNIT 1000 /* thousandths: what trickles out in a millisecond is a whole number of them */

static void trickle(struct fed_bucket *bucket, struct fed_rate rate, int64_t now_ms)
{
    int64_t passed_ms = now_ms - bucket->at_ms;
    bucket->at_ms = now_ms;
    if (passed_ms >= bucket->taken / rate.per_s + 1) /* else the product is below taken */
        bucket->taken = 0;
    else if (passed_ms > 0)
        bucket->taken -= passed_ms * rate.per_s;
}

bool fed_bucket_has_room(struct fed_bucket *bucket, struct fed_rate rate, int64_t now_ms)
{
    if (rate.per_s == 0)
        return true;
    trickle(bucket, rate, now_ms);
    return bucket->taken < (int64_t)rate.burst * UNIT;
}

int64_t fed_bucket_take(struct fed_bucket *bucket, struct fed_rate rate, size_t amount,
                        int64_t now_ms)
{
    if (rate.per_s == 0)
        return 0;
    trickle(bucket, rate, now_ms);
    bucket->taken += (int64_t)amount * UNIT;
    int64_t over = bucket->taken - (int64_t)rate.burst * UNIT;
    return over > 0 ? (over + rate.per_s - 1) / rate.per_s : 0;
}
