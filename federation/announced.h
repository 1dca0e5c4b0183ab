/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes that were announced over the control socket, and whether they have come (design, section
 * 10). Bounded; no clock of its own. */
#ifndef GP_FED_ANNOUNCED_H
#define GP_FED_ANNOUNCED_H

#include "base/addr.h"
#include "base/map.h"
#include "dns/domain.h"

#define FED_ANNOUNCED_MS 300000 /* how long one is expected */

/* A made-up domain, and where its authoritative server answers about dialback keys. */
struct fed_stand_in {
    struct dns_domain domain; /* not set: there is none */
    struct gp_addr authority;
};

struct fed_probe_seen {
    struct gp_addr listener; /* local address that the probe came in on */
    struct gp_addr peer;
    bool is_seen;
    bool is_authenticated;        /* it logged in by SASL EXTERNAL */
    struct fed_stand_in stand_in; /* that the probe may come as (X3, X4) */
};

struct fed_announced {
    struct gp_map map; /* by token */
};

void fed_announced_init(struct fed_announced *announced);
void fed_announced_finish(struct fed_announced *announced);

/* Expects a probe with this token, which may come as the stand-in; NULL: as a home domain alone.
 * Where too many are expected, the one that was announced first is no longer. Errors: GP_ERR_LIMIT
 * (the token is too long), GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code fed_announced_add(struct fed_announced *announced, const char *token,
                                           const struct fed_stand_in *stand_in, int64_t now_ms);

/* What came of it; NULL when it was never announced. */
struct fed_probe_seen *fed_announced_find(const struct fed_announced *announced, const char *token);

/* Forgets those that were expected long enough. */
void fed_announced_sweep(struct fed_announced *announced, int64_t now_ms);

#endif
