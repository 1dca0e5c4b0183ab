/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map from text to pointer. Peers choose the keys, so each map hashes with a random seed of
 * its own (SipHash-2-4). Keys are copied; values are borrowed.
 */
#ifndef GP_BASE_MAP_H
#define GP_BASE_MAP_H

#include "base/err.h"
#include "base/span.h"

struct gp_map_entry;

struct gp_map {
    struct gp_map_entry **slots; /* owned */
    size_t slot_count;           /* a power of two, or 0 */
    size_t count;                /* entries */
    uint64_t seed[2];
};

void gp_map_init(struct gp_map *map);

/* Releases the map, not the values. */
void gp_map_finish(struct gp_map *map);

/* NULL when there is none. */
void *gp_map_find(const struct gp_map *map, struct gp_span key);

/* Adds or replaces. value must not be NULL. Errors: GP_ERR_NOMEM, and the map is as before. */
GP_MUST_USE enum gp_code gp_map_put(struct gp_map *map, struct gp_span key, void *value);

/* Takes the entry out and returns its value; NULL when there was none. */
void *gp_map_remove(struct gp_map *map, struct gp_span key);

/*
 * Walks over all entries in no particular order: start with *pos = 0, ends with NULL. The entry
 * just returned may be removed during the walk; nothing may be added.
 */
void *gp_map_next(const struct gp_map *map, size_t *pos);

#endif
