/* SPDX-License-Identifier: BSD-2-Clause */
/* Which journal gatepost check keeps, and what it says when it cannot. */
#ifndef GP_APP_CHECK_JOURNAL_H
#define GP_APP_CHECK_JOURNAL_H

#include "config/config.h"
#include "readiness/journal/sighting.h"

struct app_check_journal {
    const char *file; /* --journal; NULL: as the configuration says */
    bool is_off;      /* --no-journal */
};

/* False: they contradict each other, which stderr says. */
bool app_check_journal_is_usable(const struct app_check_journal *journal);

/*
 * Notes what was seen and reads what is known. A journal that cannot be used is told on stderr, and
 * the run goes on without. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_check_remember(const struct app_check_journal *journal,
                                            const struct app_config *config, const char *vantage,
                                            const struct app_observations *seen,
                                            struct app_histories **ret, struct gp_err *err);

#endif
