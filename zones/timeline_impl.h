/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the timeline share: timeline.c and timeline_before.c. */
#ifndef GP_ZONES_TIMELINE_IMPL_H
#define GP_ZONES_TIMELINE_IMPL_H

#include "zones/timeline.h"

/* The longest wait, and what it is for. */
struct zone_cause {
    struct zone_wait wait;
    const struct zone_set *set;
    const struct zone_set *blocked; /* one of the sets has no time; NULL: all have */
};

struct zone_making {
    const struct zone_cutover *cutover;
    struct zone_timeline *timeline;
    struct zone_cause before_switch; /* the longest of what the switch waits for */
    const char *obstacle;            /* why the switch has no time; NULL: it has one */
    uint32_t low_s;                  /* TTL of what moves, at the switch */
    bool has_failed;                 /* no memory */
};

/* Adds a step; without a reason there was no memory. */
void zone_make_step(struct zone_making *making, const struct zone_step *step);

/* A step that is safe from step->at_s on: its state is found. */
void zone_make_from(struct zone_making *making, struct zone_step step);

/* Something that passes by itself, which the switch waits for. */
void zone_make_end(struct zone_making *making, const char *id, const char *title,
                   const struct zone_cause *cause);

/* Why a wait is as long as it is, in a sentence; NULL: no memory. */
const char *zone_say_cause(struct zone_making *making, const struct zone_cause *cause);

/* Whether nothing can be said of the set, which is noted. */
bool zone_is_blocked(struct zone_cause *cause, const struct zone_set *set);
void zone_take_longer(struct zone_cause *longest, const struct zone_set *set,
                      const struct zone_wait *wait);

/* When what is published in this moment is on all servers. */
int64_t zone_everywhere(const struct zone_making *making);

/* The steps up to the switch, 1 to 5 and 19, and those that keys and authorities have at any time:
 * 6, 7, 16, 17, 18. */
void zone_make_before(struct zone_making *making);

#endif
