/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of `gatepost partners`; each returns an exit status. */
#ifndef GP_APP_PARTNERS_H
#define GP_APP_PARTNERS_H

#include "config/config.h"

/* Every partner with what was decided about it, one line each, or as JSON (schema 1). */
int app_partners_list(const struct app_config *config, bool wants_json);

/* The record that holds for a domain, in the syntax of the configuration. */
int app_partners_show(const struct app_config *config, const char *text, bool wants_json);

/* What the files hold, as a configuration on stdout; the report on stderr. */
int app_partners_import(char *const *paths, unsigned count);

#endif
