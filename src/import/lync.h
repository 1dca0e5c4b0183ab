/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Get-CsXmppAllowedPartner and Get-CsXmppGatewayConfiguration print, as partners and limits of
 * gatepost (docs/partners.md). Every setting is told of: what it became, what is better left at the
 * default, what has no counterpart, and what somebody has to look at.
 */
#ifndef GP_APP_IMPORT_LYNC_H
#define GP_APP_IMPORT_LYNC_H

#include "import/records.h"

enum app_lync_fate {
    APP_LYNC_MAPPED,
    APP_LYNC_WEAK,        /* mapped, and weak as it was there */
    APP_LYNC_BETTER,      /* the counterpart is another one, and the reason is told */
    APP_LYNC_NOT_CARRIED, /* there is none */
    APP_LYNC_LOOK         /* cannot be used as it is: somebody has to decide */
};

/* What came of it. */
struct app_lync_result {
    struct gp_buf config; /* sections of a configuration, with the report as comments */
    struct gp_buf report; /* a line for each setting */
    size_t partners;      /* written */
    size_t problems;      /* of the fate APP_LYNC_LOOK */
};

void app_lync_result_init(struct app_lync_result *result);
void app_lync_result_finish(struct app_lync_result *result);

/* Errors: GP_ERR_NOMEM, GP_ERR_LIMIT; GP_ERR_INPUT: no record is of either cmdlet. */
GP_MUST_USE enum gp_code app_lync_convert(const struct app_import_records *records,
                                          struct app_lync_result *result, struct gp_err *err);

#endif
