/* SPDX-License-Identifier: BSD-2-Clause */
/* A question to the running gateway that is answered line by line, until it or the user ends it. */
#ifndef GP_APP_FOLLOW_GATEWAY_H
#define GP_APP_FOLLOW_GATEWAY_H

#include "json.h"

/* One line, borrowed. */
typedef void app_follow_fn(const struct app_json *line);

/* Prints it as it is. */
void app_follow_print_json(const struct app_json *line);

/*
 * Takes the request. *ret is the last line, the caller's; NULL when SIGINT or SIGTERM ended it.
 * Errors: nobody answers at the socket, or the answer is a refusal, whose words err holds;
 * GP_ERR_TIMEOUT: the last line has not come within timeout_ms. 0: it may come at any time.
 */
GP_MUST_USE enum gp_code app_follow_gateway(const char *socket, struct app_json_writer *request,
                                            uint32_t timeout_ms, app_follow_fn *fn,
                                            struct app_json **ret, struct gp_err *err);

#endif
