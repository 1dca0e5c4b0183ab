/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_journal.h"

#include "readiness/journal/journal.h"

#include <stdio.h>

bool app_check_journal_is_usable(const struct app_check_journal *journal)
{
    if (!journal->file || !journal->is_off)
        return true;
    fputs("gatepost check: --journal and --no-journal contradict each other\n", stderr);
    return false;
}

enum gp_code app_check_remember(const struct app_check_journal *journal,
                                const struct app_config *config, const char *vantage,
                                const struct app_observations *seen, struct app_histories **ret,
                                struct gp_err *err)
{
    if (journal->is_off)
        return app_histories_create(seen, "no journal is kept (--no-journal)", ret, err);
    if (config->is_public && !journal->file)
        return app_histories_create(seen, "no journal is kept (--journal FILE)", ret, err);
    enum gp_code code = journal->file ? app_journal_follow(journal->file, vantage, seen, ret, err)
                                      : app_journal_keep(config, vantage, seen, ret, err);
    if (code == GP_OK && (*ret)->is_broken)
        fprintf(stderr,
                "gatepost check: %s; what needs the past is not known (--journal FILE keeps one "
                "elsewhere, --no-journal none)\n",
                (*ret)->trouble);
    return code;
}
