/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records that DNS should hold for the endpoint, each with the reason why, zone by zone. Pure:
 * the caller says where each name lives. What is compared with DNS, exported and repaired is this
 * plan.
 */
#ifndef GP_ZONES_PLAN_H
#define GP_ZONES_PLAN_H

#include "base/arena.h"
#include "base/map.h"
#include "zones/record.h"
#include "zones/settings.h"

enum zone_signing {
    ZONE_SIGNED,   /* its answers are secure */
    ZONE_UNSIGNED, /* they are not: TLSA records there count for nobody */
    ZONE_NOT_KNOWN
};

/* Where a name lives. */
struct zone_place {
    struct dns_name owner;
    struct dns_name apex;
    enum zone_signing signing;
};

/* The records of one zone. Those of one set (same owner, same type) stand together and have one
 * TTL. */
struct zone_part {
    struct dns_name apex;
    enum zone_signing signing;
    size_t record_count;
    struct zone_record *records;
};

struct zone_plan {
    struct gp_arena arena; /* holds everything */
    size_t part_count;
    struct zone_part *parts; /* in the order in which the settings lead to them */
    struct gp_map sets;      /* by owner and type; see zone_plan_set() */
};

/*
 * Every owner name of the plan, once, in order; memory of the arena. Where each of them lives is
 * what zone_plan_create() must be told. Errors: as there.
 */
GP_MUST_USE enum gp_code zone_plan_owners(const struct zone_settings *settings,
                                          struct gp_arena *arena, struct dns_name **ret,
                                          size_t *ret_count, struct gp_err *err);

/*
 * places: one for each owner. The same settings and places give the same plan. Errors
 * (GP_ERR_INPUT) are what would break if it were published: a target that is no host name or has no
 * address, an address that is not public, an owner that lies outside of its zone or in none.
 */
GP_MUST_USE enum gp_code zone_plan_create(const struct zone_settings *settings,
                                          const struct zone_place *places, size_t place_count,
                                          struct zone_plan **ret, struct gp_err *err);
void zone_plan_destroy(struct zone_plan *plan);

/* The records of this name and type, those that are held back, too. *ret_count 0: there are none.
 */
const struct zone_record *zone_plan_set(const struct zone_plan *plan, const struct dns_name *owner,
                                        enum dns_type type, size_t *ret_count);

/* "signed", "not signed", "not known to be signed" */
const char *zone_signing_text(enum zone_signing signing);

#endif
