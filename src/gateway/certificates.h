/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own certificates while the gateway runs: which of them end soon, and which streams began with
 * one that the configuration has no more. */
#ifndef GP_APP_CERTIFICATES_H
#define GP_APP_CERTIFICATES_H

#include "gateway/worker.h"
#include "json.h"

#define APP_OLD_PARTNERS_MAX 8

/* Streams that still use an old certificate; all 0 at first. */
struct app_old_certificates {
    size_t streams;
    size_t partner_count;                             /* no more than are listed */
    struct dns_domain partners[APP_OLD_PARTNERS_MAX]; /* the first ones, each once */
};

/* Adds those of a worker, on its own thread. */
void app_certificates_look(struct app_worker *worker, struct app_old_certificates *sum);

/* event "old-certificate"; nothing when there are none. */
void app_certificates_say(const struct app_old_certificates *old, struct gp_log *log);

/* "old_certificates", in the answer to status. */
void app_certificates_put(const struct app_old_certificates *old, struct app_json_writer *json);

/* "certificate_warning" of a domain, where its certificate has ended or ends soon. */
void app_certificates_put_warning(const struct app_domain *domain, struct app_json_writer *json);

#endif
