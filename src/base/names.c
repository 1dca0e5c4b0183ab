/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/names.h"

#include <stdlib.h>

#define GP_NAMES_FIRST 4096 /* bytes, and places */

static enum gp_code grow(void **block, size_t *cap, size_t needed, size_t size)
{
    size_t bigger = *cap ? *cap : GP_NAMES_FIRST;
    while (bigger < needed)
        bigger *= 2;
    if (bigger == *cap)
        return GP_OK;
    void *grown = realloc(*block, bigger * size);
    if (!grown)
        return GP_ERR_NOMEM;
    *block = grown;
    *cap = bigger;
    return GP_OK;
}

enum gp_code gp_names_add(struct gp_names *names, struct gp_span name)
{
    void *bytes = names->bytes, *places = names->places;
    if (name.len >= UINT32_MAX - names->len)
        return GP_ERR_LIMIT;
    enum gp_code code = grow(&bytes, &names->cap, names->len + name.len + 1, 1);
    names->bytes = bytes;
    if (code == GP_OK)
        code = grow(&places, &names->room, names->count + 1, sizeof(*names->places));
    names->places = places;
    if (code != GP_OK)
        return code;
    names->places[names->count++] = (uint32_t)names->len;
    if (name.len > 0)
        memcpy(names->bytes + names->len, name.at, name.len);
    names->bytes[names->len + name.len] = '\0';
    names->len += name.len + 1;
    return GP_OK;
}

static int compare_places(const void *a, const void *b, void *bytes)
{
    const char *text = bytes;
    return strcmp(text + *(const uint32_t *)a, text + *(const uint32_t *)b);
}

void gp_names_seal(struct gp_names *names)
{
    size_t kept = 0;
    if (names->count == 0)
        return;
    qsort_r(names->places, names->count, sizeof(*names->places), compare_places, names->bytes);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 ||
            strcmp(names->bytes + names->places[kept - 1], names->bytes + names->places[i]) != 0)
            names->places[kept++] = names->places[i];
    names->count = kept;
}

void gp_names_finish(struct gp_names *names)
{
    free(names->bytes);
    free(names->places);
    *names = (struct gp_names){.bytes = NULL};
}

/* As strcmp(), for a name that does not end with a zero byte. */
static int compare(struct gp_span name, const char *text)
{
    int order = name.len > 0 ? strncmp(name.at, text, name.len) : 0;
    return order != 0 ? order : -(text[name.len] != '\0');
}

bool gp_names_has(const struct gp_names *names, struct gp_span name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, names->bytes + names->places[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}
