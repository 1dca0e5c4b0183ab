/* SPDX-License-Identifier: BSD-2-Clause */
/* What `gatepost status PARTNER` prints for people. */
#ifndef GP_APP_PARTNER_REPORT_H
#define GP_APP_PARTNER_REPORT_H

#include "json.h"

/* answer: of {"command": "status", "partner": "..."}. */
void app_partner_report(const struct app_json *answer, FILE *to);

#endif
