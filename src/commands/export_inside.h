/* SPDX-License-Identifier: BSD-2-Clause */
/* What has to be configured beyond gatepost for an inside link. */
#ifndef GP_APP_EXPORT_INSIDE_H
#define GP_APP_EXPORT_INSIDE_H

#include "config/config.h"

/*
 * Appends the configuration of what make names, for the link of that name: the server behind a link
 * of kind server ("prosody", "ejabberd"), or the resolver of one behind a link of kind s2s
 * ("unbound"). NULL: the only link of that kind. Errors (GP_ERR_INPUT): no such make, no such link,
 * one of another kind, or it has to be named.
 */
GP_MUST_USE enum gp_code app_export_inside(const struct app_config *config, const char *make,
                                           const char *link, struct gp_buf *out,
                                           struct gp_err *err);

#endif
