/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define GP_ARENA_BLOCK 4096

struct gp_arena_block {
    struct gp_arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void gp_arena_init(struct gp_arena *arena, size_t budget_bytes)
{
    *arena = (struct gp_arena){.max = budget_bytes};
}

void gp_arena_finish(struct gp_arena *arena)
{
    while (arena->blocks) {
        struct gp_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
}

void *gp_arena_alloc(struct gp_arena *arena, size_t size)
{
    size_t unit = alignof(max_align_t);
    if (size > arena->max)
        return NULL;
    size = (size + unit - 1) / unit * unit;
    if (size == 0)
        size = unit;
    if (size > arena->max - arena->used)
        return NULL;
    struct gp_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > GP_ARENA_BLOCK ? size : GP_ARENA_BLOCK;
        block = calloc(1, sizeof(*block) + room);
        if (!block)
            return NULL;
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *at = block->bytes + block->used;
    block->used += size;
    arena->used += size;
    return at;
}

char *gp_arena_copy(struct gp_arena *arena, const void *bytes, size_t len)
{
    if (len >= arena->max)
        return NULL;
    char *copy = gp_arena_alloc(arena, len + 1);
    if (copy && len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *gp_arena_text(struct gp_arena *arena, const char *text)
{
    return gp_arena_copy(arena, text, strlen(text));
}

char *gp_arena_printf(struct gp_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : gp_arena_alloc(arena, (size_t)len + 1);
    if (text) {
        va_start(args, format);
        vsnprintf(text, (size_t)len + 1, format, args);
        va_end(args);
    }
    return text;
}
