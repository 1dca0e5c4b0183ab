/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal of the readiness check: a SQLite database of what name servers were seen to say,
 * since when and until when. An old TTL cannot be learnt once it is gone, so each run notes what it
 * saw. Bounded in age and in rows; several runs may use it at once.
 */
#ifndef GP_APP_JOURNAL_H
#define GP_APP_JOURNAL_H

#include "config/config.h"
#include "readiness/journal/sighting.h"

#include <limits.h>

/* Where the configuration has it; returns that, or path. */
const char *app_journal_file(const struct app_config *config, char path[PATH_MAX]);

#define APP_VANTAGE_MAX 256

/* What a journal calls this machine; returns name. */
const char *app_journal_vantage(char name[APP_VANTAGE_MAX]);

/*
 * Notes what was seen, and reads back all that is known of the same record sets. vantage: from
 * where it was seen. Trouble with the file is no error: *ret then holds what was seen now, and its
 * trouble says why. Errors: GP_ERR_NOMEM.
 */
GP_MUST_USE enum gp_code app_journal_follow(const char *path, const char *vantage,
                                            const struct app_observations *seen,
                                            struct app_histories **ret, struct gp_err *err);

/*
 * The same with the journal of the configuration. Where nobody has made the state-directory no
 * gateway has run and nothing was ever noted, nor is it now: that is no complaint, and what needs
 * the past says so by itself.
 */
GP_MUST_USE enum gp_code app_journal_keep(const struct app_config *config, const char *vantage,
                                          const struct app_observations *seen,
                                          struct app_histories **ret, struct gp_err *err);

/*
 * Reads what is known of record sets, all of one type, without a look at them: their servers are
 * those that the last run met. Nothing is written. As above when the file cannot be used, or is not
 * there; *ret is empty then.
 */
GP_MUST_USE enum gp_code app_journal_recall(const char *path, const char *vantage,
                                            const struct dns_name *names, size_t count,
                                            enum dns_type type, struct app_histories **ret,
                                            struct gp_err *err);

#endif
