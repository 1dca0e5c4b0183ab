/* SPDX-License-Identifier: BSD-2-Clause */
/* Between inside.c and inside_door.c; nobody else includes this. */
#ifndef GP_FED_INSIDE_STATE_H
#define GP_FED_INSIDE_STATE_H

#include "base/map.h"
#include "federation/inside_ops.h"

struct fed_inside {
    struct fed_context *context;
    struct fed_inside_settings settings;
    const struct fed_inside_owner *owner;
    void *arg;
    const struct fed_inside_ops *ops;
    void *state;            /* the kind's own */
    struct gp_timer *timer; /* rings when the oldest held stanza has waited long enough */
    struct fed_door *doors; /* owned */
    struct gp_map by_key;   /* by what tells doors apart */
    size_t stranger_count;  /* doors of such */
    bool is_congested;
    bool is_quiet;    /* stopping: nothing is held for a service that is away */
    bool is_flushing; /* and nothing waits for one that is slow */
};

/* NULL when there is no memory, or there are too many. */
struct fed_door *fed_door_make(struct fed_inside *inside, const struct dns_domain *home,
                               const struct dns_domain *partner, bool is_kept);
void fed_door_destroy(struct fed_inside *inside, struct fed_door *door);

/* Makes those that the settings name and that are not there yet. Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_doors_make(struct fed_inside *inside);

/* Whether the configuration names what is behind the door; others are strangers'. */
bool fed_door_is_named(const struct fed_inside *inside, const struct fed_door *door);

#endif
