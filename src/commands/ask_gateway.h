/* SPDX-License-Identifier: BSD-2-Clause */
/* One question to the running gateway, for the commands that have nothing else to do meanwhile. */
#ifndef GP_APP_ASK_GATEWAY_H
#define GP_APP_ASK_GATEWAY_H

#include "json.h"

/* Takes the request. *ret is the caller's. Errors: nobody answers at the socket, or the answer is a
 * refusal, whose words err holds (GP_ERR_DENIED). */
GP_MUST_USE enum gp_code app_ask_gateway(const char *socket, struct app_json_writer *request,
                                         uint32_t timeout_ms, struct app_json **ret,
                                         struct gp_err *err);

#endif
