/* SPDX-License-Identifier: BSD-2-Clause */
/* One record set as it is to be against what a server holds. Pure. */
#ifndef GP_ZONES_DIFFERENCE_H
#define GP_ZONES_DIFFERENCE_H

#include "zones/change.h"

enum zone_difference_kind {
    ZONE_MISSING,   /* to be there, and not there */
    ZONE_DIFFERENT, /* about the same, but not the same: the same target with another port */
    ZONE_OTHER_TTL, /* the same, but for its TTL */
    ZONE_EXTRA      /* there, and nobody planned it: it may be somebody else's */
};

struct zone_difference {
    enum zone_difference_kind kind;
    const struct zone_record *planned; /* NULL: extra */
    const struct zone_record *held;    /* NULL: missing */
};

/* "missing", "different", "ttl", "extra" */
const char *zone_difference_text(enum zone_difference_kind kind);

/*
 * ret has room for set->after_count + held_count; what is returned is how many there are. A set
 * that is not to be published as things are (set->held) misses nothing. Neither holds a record
 * twice.
 */
size_t zone_difference_find(const struct zone_set *set, const struct zone_record *held,
                            size_t held_count, struct zone_difference *ret);

#endif
