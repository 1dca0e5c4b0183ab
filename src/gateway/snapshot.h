/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a reload replaces whole: a configuration and what is made of it for all workers. It does not
 * change; the supervisor owns it, every worker looks at it.
 */
#ifndef GP_APP_SNAPSHOT_H
#define GP_APP_SNAPSHOT_H

#include "config/config.h"
#include "federation/inside.h"
#include "gateway/listeners.h"

struct app_snapshot {
    struct app_config *config; /* owned */
    size_t own_address_count;
    struct gp_addr *own_addresses; /* owned; where this gateway itself is reached: never dialled */
    struct fed_inside_settings *insides; /* owned; one for each in config, pointing into it */
    struct fed_tls_anchors **anchors;    /* owned, with what they point to; likewise, NULL: none */
};

/* Takes config, also on failure. NULL when there is no memory. */
struct app_snapshot *app_snapshot_create(struct app_config *config);

/* Reads what the inside links trust. Errors name the file. */
GP_MUST_USE enum gp_code app_snapshot_read_anchors(struct app_snapshot *snapshot,
                                                   struct gp_err *err);

/* Fills in own_addresses, once the ports are known. Errors: no memory, the addresses of this
 * machine. */
GP_MUST_USE enum gp_code app_snapshot_find_own(struct app_snapshot *snapshot,
                                               const struct app_listeners *listeners,
                                               struct gp_err *err);

/* NULL is fine. */
void app_snapshot_destroy(struct app_snapshot *snapshot);

#endif
