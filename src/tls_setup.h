/* SPDX-License-Identifier: BSD-2-Clause */
/* The TLS object, with the certificates and trust anchors that the configuration names. */
#ifndef GP_APP_TLS_SETUP_H
#define GP_APP_TLS_SETUP_H

#include "config/config.h"
#include "federation/tls_ctx.h"

/* Errors: as fed_tls_create(). */
GP_MUST_USE enum gp_code app_tls_create(const struct app_config *config, struct fed_tls **ret,
                                        struct gp_err *err);

#endif
