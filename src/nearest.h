/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": of the names that there are, the one that a mistyped name is closest to. */
#ifndef GP_APP_NEAREST_H
#define GP_APP_NEAREST_H

#include "base/defs.h"

struct app_nearest {
    const char *given; /* borrowed */
    const char *found; /* borrowed from the offers; NULL: none is close enough */
    unsigned distance; /* of found; before that the least that is too far */
};

void app_nearest_init(struct app_nearest *nearest, const char *given);

/* candidate must live as long as the result is used. */
void app_nearest_offer(struct app_nearest *nearest, const char *candidate);

#endif
