/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/stream_acks.h"

void fed_acks_start(struct fed_acks *acks)
{
    *acks = (struct fed_acks){.is_on = true, .ask_ms = INT64_MAX, .answer_ms = INT64_MAX};
}

void fed_acks_sent(struct fed_acks *acks, const struct fed_limits *limits, int64_t now_ms)
{
    if (!acks->is_on)
        return;
    acks->sent++;
    if (acks->answer_ms == INT64_MAX && acks->ask_ms == INT64_MAX)
        acks->ask_ms = now_ms + limits->ack_delay_ms;
}

bool fed_acks_ask(struct fed_acks *acks, const struct fed_limits *limits, int64_t now_ms,
                  bool is_forced)
{
    uint32_t unasked = acks->sent - acks->asked;
    bool is_due = unasked > 0 &&
                  (acks->is_hurried || unasked >= limits->ack_stanzas || now_ms >= acks->ask_ms);
    if (!acks->is_on || acks->answer_ms != INT64_MAX || (!is_due && !is_forced))
        return false;
    acks->asked = acks->sent;
    acks->ask_ms = INT64_MAX;
    acks->answer_ms = now_ms + (acks->sent == acks->acked ? limits->ping_ms : limits->ack_ms);
    return true;
}

bool fed_acks_take(struct fed_acks *acks, const struct fed_limits *limits, uint32_t h,
                   int64_t now_ms, uint32_t *ret_count)
{
    uint32_t count = h - acks->acked;
    if (count > acks->sent - acks->acked)
        return false;
    acks->acked = h;
    acks->answer_ms = INT64_MAX;
    if (acks->sent != acks->acked && acks->ask_ms == INT64_MAX)
        acks->ask_ms = now_ms + limits->ack_delay_ms;
    /* Behind the count of an answer that was under way there may be more to ask for. */
    acks->asked = acks->acked;
    *ret_count = count;
    return true;
}

int64_t fed_acks_due_ms(const struct fed_acks *acks)
{
    if (!acks->is_on)
        return INT64_MAX;
    return acks->ask_ms < acks->answer_ms ? acks->ask_ms : acks->answer_ms;
}
