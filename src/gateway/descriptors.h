/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many descriptors the process may have: every connection is one. Systems start programs with
 * a soft limit of 1024, for the sake of those that use select(); nothing here does.
 */
#ifndef GP_APP_DESCRIPTORS_H
#define GP_APP_DESCRIPTORS_H

#include "config/config.h"

/* How many the limits of the configuration let it come to. */
uint64_t app_descriptors_wanted(const struct app_config *config);

/* Raises the soft limit to the hard one. */
void app_descriptors_raise(struct gp_log *log);

/* Warns when the limit is less than what is wanted. */
void app_descriptors_judge(const struct app_config *config, struct gp_log *log);

#endif
