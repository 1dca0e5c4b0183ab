/* SPDX-License-Identifier: BSD-2-Clause */
#include "zones/published.h"

const struct zone_published_set *zone_published_find(const struct zone_published *published,
                                                     const struct dns_name *owner,
                                                     enum dns_type type)
{
    for (size_t i = 0; i < published->set_count; i++)
        if (published->sets[i].type == type && dns_name_equal(&published->sets[i].owner, owner))
            return &published->sets[i];
    return NULL;
}
