/* SPDX-License-Identifier: BSD-2-Clause */
/* What the options of "gatepost check" say about what is judged, and how. */
#ifndef GP_APP_CHECK_ARGUMENTS_H
#define GP_APP_CHECK_ARGUMENTS_H

#include "readiness/judge/vantage.h"

/* As the command line has them; borrowed. NULL: not given. */
struct app_check_texts {
    const char *timeout, *phase, *only, *at;
    const char **merges;
    size_t merge_count;
    bool wants_partners;
};

struct app_check_choice {
    enum app_phase phase;
    bool *wanted;                 /* owned; one for each check; NULL: all of the phase */
    bool is_partial;              /* not all of the phase */
    uint32_t timeout_ms;          /* of the whole run */
    int64_t at_s;                 /* judged as if it were then; 0: as it is */
    struct app_vantage *vantages; /* owned; reports of other runs, in the order of their names */
};

/* False: something is wrong with them, which was said on stderr. *ret is to be finished in any
 * case. */
bool app_check_choose(const struct app_check_texts *texts, const struct app_config *config,
                      struct app_check_choice *ret);
void app_check_choice_finish(struct app_check_choice *choice);

#endif
