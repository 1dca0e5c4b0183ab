/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The check of phase "routine", repeated by the running gateway: `gatepost check` as a process of
 * its own, so that nothing waits for it and whatever becomes of it hurts nobody. It has a deadline,
 * its output a limit, and what it found last is in the status.
 */
#ifndef GP_APP_ROUTINE_H
#define GP_APP_ROUTINE_H

#include "base/log.h"
#include "base/loop.h"
#include "config/config.h"
#include "json.h"

struct app_routine;

/* Nothing runs before app_routine_follow(). NULL when there is no memory. */
struct app_routine *app_routine_create(struct gp_loop *loop, struct gp_log *log);

/* Ends a check that is under way. NULL is fine. */
void app_routine_destroy(struct app_routine *routine);

/* From now on as this configuration says, which is borrowed until the next call; a check that is
 * under way goes on. */
void app_routine_follow(struct app_routine *routine, const struct app_config *config);

/* The member "check" of the status: interval, whether one is under way, and the last result. */
void app_routine_put(const struct app_routine *routine, struct app_json_writer *json);

#endif
