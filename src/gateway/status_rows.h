/* SPDX-License-Identifier: BSD-2-Clause */
/* How status shows what there is: rows and values that its answers have in common. */
#ifndef GP_APP_STATUS_ROWS_H
#define GP_APP_STATUS_ROWS_H

#include "federation/inbound.h"
#include "json.h"

/* Nothing is put for an address or a domain that is not set. */
void app_put_address(struct app_json_writer *json, const char *key, const struct gp_addr *addr);
void app_put_domain(struct app_json_writer *json, const char *key, const struct dns_domain *domain);
void app_put_time(struct app_json_writer *json, const char *key, int64_t wall_s);
/* Whole seconds since a moment of the monotonic clock. */
void app_put_age(struct app_json_writer *json, const char *key, int64_t since_ms);
/* "steps" of an attempt. */
void app_put_steps(struct app_json_writer *json, const struct fed_trace *trace);

/* An object each; arg is the writer. An outbound session only where the way out has one. */
void app_put_inbound(void *arg, const struct fed_inbound_status *in);
void app_put_outbound(void *arg, const struct fed_pair_status *pair);
/* The way out to a partner. */
void app_put_pair(void *arg, const struct fed_pair_status *pair);

#endif
