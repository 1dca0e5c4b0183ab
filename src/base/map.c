/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/map.h"

#include "base/rnd.h"

#include <stdlib.h>

#define GP_MAP_FIRST 16

struct gp_map_entry {
    struct gp_map_entry *next;
    void *value;
    uint64_t hash;
    size_t len;
    char key[];
};

static inline uint64_t rotl(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static uint64_t hash_key(const struct gp_map *map, struct gp_span key)
{
    uint64_t v[4] = {map->seed[0] ^ 0x736f6d6570736575u, map->seed[1] ^ 0x646f72616e646f6du,
                     map->seed[0] ^ 0x6c7967656e657261u, map->seed[1] ^ 0x7465646279746573u};
    uint64_t word = 0;
    for (size_t i = 0; i < key.len; i++) {
        word |= (uint64_t)(uint8_t)key.at[i] << (8 * (i % 8));
        if (i % 8 == 7) {
            v[3] ^= word;
            sip_round(v);
            sip_round(v);
            v[0] ^= word;
            word = 0;
        }
    }
    word |= (uint64_t)key.len << 56;
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void gp_map_init(struct gp_map *map)
{
    *map = (struct gp_map){0};
    gp_rnd_bytes(map->seed, sizeof(map->seed));
}

void gp_map_finish(struct gp_map *map)
{
    for (size_t i = 0; i < map->slot_count; i++) {
        while (map->slots[i]) {
            struct gp_map_entry *next = map->slots[i]->next;
            free(map->slots[i]);
            map->slots[i] = next;
        }
    }
    free(map->slots);
    map->slots = NULL;
    map->slot_count = map->count = 0;
}

/* The link that points at the entry with this key, or the end of its chain. */
static struct gp_map_entry **find_link(const struct gp_map *map, struct gp_span key, uint64_t hash)
{
    struct gp_map_entry **link = &map->slots[hash & (map->slot_count - 1)];
    while (*link && !((*link)->hash == hash && (*link)->len == key.len &&
                      memcmp((*link)->key, key.at, key.len) == 0))
        link = &(*link)->next;
    return link;
}

void *gp_map_find(const struct gp_map *map, struct gp_span key)
{
    if (map->count == 0)
        return NULL;
    struct gp_map_entry *entry = *find_link(map, key, hash_key(map, key));
    return entry ? entry->value : NULL;
}

static enum gp_code grow(struct gp_map *map)
{
    size_t count = map->slot_count ? map->slot_count * 2 : GP_MAP_FIRST;
    struct gp_map_entry **slots = calloc(count, sizeof(struct gp_map_entry *));
    if (!slots)
        return GP_ERR_NOMEM;
    for (size_t i = 0; i < map->slot_count; i++) {
        while (map->slots[i]) {
            struct gp_map_entry *entry = map->slots[i];
            map->slots[i] = entry->next;
            entry->next = slots[entry->hash & (count - 1)];
            slots[entry->hash & (count - 1)] = entry;
        }
    }
    free(map->slots);
    map->slots = slots;
    map->slot_count = count;
    return GP_OK;
}

enum gp_code gp_map_put(struct gp_map *map, struct gp_span key, void *value)
{
    GP_ASSERT(value);
    uint64_t hash = hash_key(map, key);
    struct gp_map_entry *entry = map->count ? *find_link(map, key, hash) : NULL;
    if (entry) {
        entry->value = value;
        return GP_OK;
    }
    if (map->count >= map->slot_count && grow(map) != GP_OK)
        return GP_ERR_NOMEM;
    entry = malloc(sizeof(*entry) + key.len);
    if (!entry)
        return GP_ERR_NOMEM;
    *entry = (struct gp_map_entry){.value = value, .hash = hash, .len = key.len};
    if (key.len > 0)
        memcpy(entry->key, key.at, key.len);
    struct gp_map_entry **slot = &map->slots[hash & (map->slot_count - 1)];
    entry->next = *slot;
    *slot = entry;
    map->count++;
    return GP_OK;
}

void *gp_map_remove(struct gp_map *map, struct gp_span key)
{
    if (map->count == 0)
        return NULL;
    struct gp_map_entry **link = find_link(map, key, hash_key(map, key));
    struct gp_map_entry *entry = *link;
    if (!entry)
        return NULL;
    void *value = entry->value;
    *link = entry->next;
    free(entry);
    map->count--;
    return value;
}

/*
 * The position is (slot << 32 | index in its chain). So that the entry just returned may be
 * removed, the walk goes through each chain from its end: removing an entry does not move the ones
 * that come before it.
 */
void *gp_map_next(const struct gp_map *map, size_t *pos)
{
    size_t slot = *pos >> 32, left = *pos & UINT32_MAX;
    for (; slot < map->slot_count; slot++, left = 0) {
        if (left == 0) {
            for (struct gp_map_entry *e = map->slots[slot]; e; e = e->next)
                left++;
            left++;
        }
        if (--left == 0)
            continue;
        struct gp_map_entry *entry = map->slots[slot];
        for (size_t i = 1; i < left; i++)
            entry = entry->next;
        *pos = slot << 32 | left;
        return entry->value;
    }
    *pos = slot << 32;
    return NULL;
}
