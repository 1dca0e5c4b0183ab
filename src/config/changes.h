/* SPDX-License-Identifier: BSD-2-Clause */
/* What is different between two configurations, in words; for the answer of `gatepost reload`. */
#ifndef GP_APP_CHANGES_H
#define GP_APP_CHANGES_H

#include "config/config.h"

/* A list of sentences. */
struct app_changes {
    size_t count;
    char **list; /* owned */
};

/*
 * ret_done: what a reload from before to after changes. ret_waiting: what waits for a restart: the
 * options that are fixed at the start (APP_RESTART) and that after has otherwise than started,
 * which is the configuration of the start. By the option table: a new option is compared by itself.
 * Secrets are compared and never shown. Errors: no memory; then neither has anything.
 */
GP_MUST_USE enum gp_code app_config_compare(const struct app_config *started,
                                            const struct app_config *before,
                                            const struct app_config *after,
                                            struct app_changes *ret_done,
                                            struct app_changes *ret_waiting, struct gp_err *err);

void app_changes_finish(struct app_changes *changes);

#endif
