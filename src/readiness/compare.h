/* SPDX-License-Identifier: BSD-2-Clause */
/* Record sets held against each other and against the plan. Pure. */
#ifndef GP_APP_COMPARE_H
#define GP_APP_COMPARE_H

#include "readiness/observe.h"
#include "zones/plan.h"
#include "zones/timeline.h"

/* Whether both hold the same records, in whatever order. */
bool app_same_records(const struct dns_rdata *a, size_t a_count, const struct dns_rdata *b,
                      size_t b_count);

/* Whether partners look up records of this type. */
bool app_is_sought(enum dns_type type);

/* Whether two servers said the same of a record set. */
bool app_is_same_reply(const struct app_seen_reply *a, const struct app_seen_reply *b);

/* RFC 1982, 3.2 */
bool app_is_newer_serial(uint32_t serial, uint32_t than);

/* Whose word on a record set counts when the servers of its zone differ, as an index of them: of
 * whoever says what is planned, or else has the newest zone, or else agrees with most. SIZE_MAX
 * when none has said anything. */
size_t app_reference_server(const struct zone_plan *plan, const struct app_seen_zone *zone,
                            const struct app_seen_rrset *rrset);

/* What every name server of its zone says of a record set, at all addresses that answer, and at one
 * at least: records, the same ones. NULL: they do not. */
const struct app_seen_reply *app_agreed(const struct app_seen_rrset *rrset);

/* Whether this record is one of the plan's. */
bool app_is_same_record(const struct zone_record *record, struct dns_rdata data);

/* Whether the plan has records of this name and type, and just these. */
bool app_is_planned(const struct zone_plan *plan, const struct dns_name *owner, enum dns_type type,
                    const struct dns_rdata *records, size_t count);

/* Whether what a server said came from a wildcard: its signature says so, or a name that nobody has
 * gets the same answer (RFC 4592, 2.2). */
bool app_is_by_wildcard(const struct app_seen_rrset *rrset, size_t server);

/* How many records of this name and type are to be published as things are. */
size_t app_count_planned(const struct zone_plan *plan, const struct dns_name *owner,
                         enum dns_type type);

/* What is published of this name and type, as the validating resolver sees it, held against the
 * plan. What the plan holds back is not planned; a lone "." is no service record. */
enum zone_standing app_standing(const struct app_observations *seen, const struct zone_plan *plan,
                                const struct dns_name *owner, enum dns_type type);

/* Of a domain: whether there is a switch to be made: service records of it are published that are
 * not as planned. */
bool app_is_switching(const struct app_observations *seen, const struct zone_plan *plan,
                      const struct app_seen_domain *domain);

#endif
