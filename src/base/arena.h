/* SPDX-License-Identifier: BSD-2-Clause */
/* A region: many allocations, one release, one budget. For trees of negotiation elements, plans and
 * reports. */
#ifndef GP_BASE_ARENA_H
#define GP_BASE_ARENA_H

#include "base/err.h"
#include "base/span.h"

struct gp_arena_block;

struct gp_arena {
    struct gp_arena_block *blocks; /* owned */
    size_t used;                   /* bytes handed out */
    size_t max;                    /* budget in bytes */
};

/* budget_bytes: the most that may be handed out in all. Allocates nothing. */
void gp_arena_init(struct gp_arena *arena, size_t budget_bytes);

/* Releases everything that came from this arena. The arena is empty afterwards and may be used
 * again. */
void gp_arena_finish(struct gp_arena *arena);

/* Zeroed memory, aligned for any type; NULL when the budget or the machine's memory is used up. */
void *gp_arena_alloc(struct gp_arena *arena, size_t size);

/* A copy that ends with a zero byte; NULL as above. */
char *gp_arena_copy(struct gp_arena *arena, const void *bytes, size_t len);
char *gp_arena_text(struct gp_arena *arena, const char *text);
char *gp_arena_printf(struct gp_arena *arena, const char *format, ...) GP_PRINTF(2, 3);

#endif
