/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Acknowledgements on one stream (XEP-0198; spec-digest b.7): what we count, ask and answer. There
 * is no resumption: who needs the count after the stream is its runner (outbox.h). Private to the
 * stream machines.
 */
#ifndef GP_FED_STREAM_ACKS_H
#define GP_FED_STREAM_ACKS_H

#include "federation/settings.h"

/* Counters run modulo 2^32 (XEP-0198, 4). */
struct fed_acks {
    bool is_on; /* agreed, or asked for and not refused */
    /* Our stanzas. */
    uint32_t sent, acked;
    uint32_t asked;    /* how many were sent when we last asked */
    int64_t ask_ms;    /* when to ask; INT64_MAX: no need */
    int64_t answer_ms; /* when an answer is overdue; INT64_MAX: none is awaited */
    bool is_hurried;   /* ask after every stanza */
    /* The peer's stanzas that we have taken responsibility for, and how many it knows of. */
    uint32_t handled, told;
};

/* Agreed: both counters begin at 0. */
void fed_acks_start(struct fed_acks *acks);

/* A stanza went into the output. */
void fed_acks_sent(struct fed_acks *acks, const struct fed_limits *limits, int64_t now_ms);

/* Whether <r/> is to be sent now; it counts as sent. is_forced: also without a stanza. */
bool fed_acks_ask(struct fed_acks *acks, const struct fed_limits *limits, int64_t now_ms,
                  bool is_forced);

/* <a h='...'/>: how many stanzas it acknowledges. False when it says more than were sent. */
GP_MUST_USE bool fed_acks_take(struct fed_acks *acks, const struct fed_limits *limits, uint32_t h,
                               int64_t now_ms, uint32_t *ret_count);

/* When to ask or to give up; INT64_MAX: never. */
int64_t fed_acks_due_ms(const struct fed_acks *acks);

#endif
