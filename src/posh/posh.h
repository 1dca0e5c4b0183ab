/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fetches POSH documents (RFC 7711) for one worker:
 * https://DOMAIN/.well-known/posh/xmpp-server.json, through redirects and one reference, everything
 * over HTTPS alone. Hosts are looked up by our own resolver, under the rules that hold for
 * partners' servers (T64). Results are remembered.
 */
#ifndef GP_APP_POSH_H
#define GP_APP_POSH_H

#include "federation/context.h"

struct app_posh;

/* context is borrowed and outlives it. Errors: as app_https_create(). */
GP_MUST_USE enum gp_code app_posh_create(struct fed_context *context, const char *ca_file,
                                         struct app_posh **ret, struct gp_err *err);

/* After everybody who asked has heard or has cancelled. NULL is fine. */
void app_posh_destroy(struct app_posh *posh);

/* For struct fed_context; lives as long as posh. */
const struct fed_posh_source *app_posh_source(struct app_posh *posh);

#endif
