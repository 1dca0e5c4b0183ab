/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what is published to what is planned, record set by record set. This is what every export
 * format prints. Pure.
 */
#ifndef GP_ZONES_CHANGE_H
#define GP_ZONES_CHANGE_H

#include "zones/plan.h"
#include "zones/published.h"

/* Which TTLs, and of which values (the steps of a cutover, docs/export.md). */
enum zone_profile {
    ZONE_PREPARE, /* what is published now, with the low TTL where it has a longer one; and what
                     hosts need that are not published yet */
    ZONE_SWITCH,  /* what is planned, with the low TTL */
    ZONE_STEADY   /* what is planned, with the long TTL */
};
#define ZONE_PROFILE_COUNT 3

struct zone_profile_row {
    const char *name; /* "prepare" */
    const char *text; /* what it prints */
};

/* All of them, by enum zone_profile. */
const struct zone_profile_row *zone_profiles(void);

/* One record set: what is to be there takes the place of what is. */
struct zone_set {
    struct dns_name owner;
    enum dns_type type;
    const char *held;    /* why it is not to be published as things are; NULL: publish it */
    const char *trouble; /* why it is not known what is there; NULL: it is known */
    size_t before_count, after_count;
    const struct zone_record *before, *after;
};

struct zone_change {
    struct dns_name apex;
    enum zone_signing signing;
    size_t set_count;
    struct zone_set *sets;
};

struct zone_changes {
    enum zone_profile profile;
    size_t zone_count;
    struct zone_change *zones; /* in the order of the plan */
};

/*
 * published NULL: nobody was asked. Borrows from both, what has to be made is the arena's. Errors:
 * GP_ERR_NOMEM; GP_ERR_DNS when a profile needs to know what is published and that is not known.
 */
GP_MUST_USE enum gp_code zone_changes_make(const struct zone_plan *plan,
                                           const struct zone_published *published,
                                           enum zone_profile profile, struct gp_arena *arena,
                                           struct zone_changes *ret, struct gp_err *err);

/* Leaves this zone alone. False when there are no records in it. */
bool zone_changes_pick(struct zone_changes *changes, const struct dns_name *apex);

/* The way back: what is there now is to be there again. */
void zone_changes_reverse(struct zone_changes *changes);

/* Whether what is to be there differs from what is, in data or TTL. */
bool zone_set_differs(const struct zone_set *set);

/* The error that set->trouble is, with the set's name. Returns GP_ERR_DNS. */
enum gp_code zone_set_unknown(const struct zone_set *set, struct gp_err *err);

#endif
