/* SPDX-License-Identifier: BSD-2-Clause */
/* A line on the terminal of whoever waits for "gatepost check": how far it has come. */
#ifndef GP_APP_CHECK_PROGRESS_H
#define GP_APP_CHECK_PROGRESS_H

#include "readiness/collect/collect.h"

struct app_check_progress;

/* Where stderr is no terminal that can erase a line, nothing will be shown: *ret is NULL then.
 * Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_check_progress_create(struct gp_loop *loop,
                                                   struct app_check_progress **ret,
                                                   struct gp_err *err);

/* Begins to show it, after a moment, and again and again. collect is borrowed until the end. NULL
 * progress is fine. */
void app_check_progress_show(struct app_check_progress *progress,
                             const struct app_collect *collect);

/* Erases the line. NULL is fine. */
void app_check_progress_destroy(struct app_check_progress *progress);

#endif
