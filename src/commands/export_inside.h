/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server behind an inside link has to be told so that gatepost can be its components. */
#ifndef GP_APP_EXPORT_INSIDE_H
#define GP_APP_EXPORT_INSIDE_H

#include "config/config.h"

/*
 * Appends the configuration for a server of that make ("prosody", "ejabberd") behind the link of
 * that name; NULL: the only link of kind server. Errors (GP_ERR_INPUT): no such make, no such link,
 * or it has to be named.
 */
GP_MUST_USE enum gp_code app_export_inside(const struct app_config *config, const char *make,
                                           const char *link, struct gp_buf *out,
                                           struct gp_err *err);

#endif
