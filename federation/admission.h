/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may connect at all: bounds on accepted connections, in total and from one place, before a
 * byte is read (XEP-0205, 4.1, 4.2; T58). One place is an IPv4 address or an IPv6 /64. Also counts
 * the dialback verifications that a place has caused (T30), and the connections of each partner;
 * only those on which it is proved, or anybody could use up the partner's by saying its name.
 */
#ifndef GP_FED_ADMISSION_H
#define GP_FED_ADMISSION_H

#include "base/addr.h"
#include "base/map.h"
#include "federation/settings.h"

struct fed_admission {
    const struct fed_limits *limits; /* borrowed */
    unsigned share;                  /* workers that share the limits: each admits its part */
    struct gp_map places;
    struct gp_map partners; /* by domain */
    size_t connections;
    size_t verifications;
};

void fed_admission_init(struct fed_admission *admission, const struct fed_limits *limits,
                        unsigned worker_count);
void fed_admission_finish(struct fed_admission *admission);

/*
 * Counts a new connection. is_awaited: what one place may do does not bound it, the total does.
 * Errors: GP_ERR_LIMIT with a sentence, and it is not counted: close it. Every success is paired
 * with one fed_admission_leave().
 */
GP_MUST_USE enum gp_code fed_admission_enter(struct fed_admission *admission,
                                             const struct gp_addr *peer, bool is_awaited,
                                             int64_t now_ms, struct gp_err *err);
void fed_admission_leave(struct fed_admission *admission, const struct gp_addr *peer);

/*
 * Counts a connection of the partner, which is named by the domain that it is counted under.
 * Errors: GP_ERR_LIMIT, GP_ERR_NOMEM. Every success is paired with one fed_admission_part().
 */
GP_MUST_USE enum gp_code fed_admission_join(struct fed_admission *admission,
                                            const struct dns_domain *partner, uint32_t limit);
void fed_admission_part(struct fed_admission *admission, const struct dns_domain *partner);

/* The same for a verification under way; peer has an admitted connection. */
GP_MUST_USE enum gp_code fed_admission_verify(struct fed_admission *admission,
                                              const struct gp_addr *peer, struct gp_err *err);
void fed_admission_verified(struct fed_admission *admission, const struct gp_addr *peer);

#endif
