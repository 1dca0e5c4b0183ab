/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_journal.h"

#include "readiness/journal/journal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool app_check_journal_is_usable(const struct app_check_journal *journal)
{
    if (!journal->file || !journal->is_off)
        return true;
    fputs("gatepost check: --journal and --no-journal contradict each other\n", stderr);
    return false;
}

/*
 * Where nobody has made the state-directory, no gateway has run and no check has noted anything:
 * there is nothing to complain of. A finding that needs the past says so by itself.
 */
static bool is_not_made(const char *directory)
{
    return access(directory, F_OK) != 0 && errno == ENOENT;
}

enum gp_code app_check_remember(const struct app_check_journal *journal,
                                const struct app_config *config, const char *vantage,
                                const struct app_observations *seen, struct app_histories **ret,
                                struct gp_err *err)
{
    char preset[PATH_MAX], why[PATH_MAX + 64];
    const char *file = journal->file ? journal->file : app_journal_file(config, preset);
    if (journal->is_off)
        return app_histories_create(seen, "no journal is kept (--no-journal)", ret, err);
    if (config->is_public && !journal->file)
        return app_histories_create(seen, "no journal is kept (--journal FILE)", ret, err);
    if (file == preset && is_not_made(config->state_directory)) {
        snprintf(why, sizeof(why), "no journal is kept: there is no directory %s",
                 config->state_directory);
        return app_histories_create(seen, why, ret, err);
    }
    enum gp_code code = app_journal_follow(file, vantage, seen, ret, err);
    if (code == GP_OK && (*ret)->trouble)
        fprintf(stderr,
                "gatepost check: %s; what needs the past is not known (--journal FILE keeps one "
                "elsewhere, --no-journal none)\n",
                (*ret)->trouble);
    return code;
}
