/* SPDX-License-Identifier: BSD-2-Clause */
/* What DNS holds now where a plan wants records. Plain data; who asks for it stands above. */
#ifndef GP_ZONES_PUBLISHED_H
#define GP_ZONES_PUBLISHED_H

#include "zones/record.h"

/* One record set of the plan, as the authoritative servers of its zone have it. */
struct zone_published_set {
    struct dns_name owner;
    enum dns_type type;
    const char *trouble; /* why it is not known, in words; NULL: it is, and what follows counts */
    bool is_alias;       /* a CNAME stands in its place */
    uint32_t ttl_s;      /* the greatest that a server gives */
    size_t record_count; /* 0: there is no such set */
    struct zone_record *records;
};

struct zone_published {
    size_t set_count;
    struct zone_published_set *sets;
};

/* NULL: it was not asked for. */
const struct zone_published_set *zone_published_find(const struct zone_published *published,
                                                     const struct dns_name *owner,
                                                     enum dns_type type);

#endif
