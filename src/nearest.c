/* SPDX-License-Identifier: BSD-2-Clause */
#include "nearest.h"

#include <limits.h>
#include <string.h>

/* Longer names are not compared: none of ours is. */
#define NAME_MAX_COMPARED 40

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Edit distance of Levenshtein: characters to insert, drop or replace. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_COMPARED + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > NAME_MAX_COMPARED || b_len > NAME_MAX_COMPARED)
        return UINT_MAX;
    for (unsigned j = 0; j <= b_len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            unsigned above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

void app_nearest_init(struct app_nearest *nearest, const char *given)
{
    *nearest = (struct app_nearest){.given = given};
    /* A third of the letters may be wrong, and one at least; beyond that a guess is a riddle. */
    unsigned wrong = (unsigned)(strlen(given) + 1) / 3;
    nearest->distance = (wrong > 1 ? wrong : 1) + 1;
}

void app_nearest_offer(struct app_nearest *nearest, const char *candidate)
{
    unsigned distance = edit_distance(nearest->given, candidate);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->found = candidate;
    }
}
