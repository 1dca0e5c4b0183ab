/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes from the kernel, and the injected source that pure code draws from. */
#ifndef GP_BASE_RND_H
#define GP_BASE_RND_H

#include "base/defs.h"

/* Fills out with unpredictable bytes. The program stops if the kernel has none: there is no second
 * source. */
void gp_rnd_bytes(void *out, size_t len);

#define GP_RND_ID_MAX 33

/* 128 unpredictable bits as 32 lower-case hex digits: a stream id, a probe token. */
void gp_rnd_id(char out[GP_RND_ID_MAX]);

/*
 * A source of uniform numbers, handed to code that must be repeatable in a test (RFC 2782 weights,
 * jitter). below() returns a number in [0, bound); bound is above 0.
 */
struct gp_rnd {
    uint32_t (*below)(void *state, uint32_t bound);
    void *state; /* borrowed */
};

/* The source that uses gp_rnd_bytes(), without modulo bias. */
extern const struct gp_rnd gp_rnd_system;

static inline uint32_t gp_rnd_below(const struct gp_rnd *rnd, uint32_t bound)
{
    return rnd->below(rnd->state, bound);
}

#endif
