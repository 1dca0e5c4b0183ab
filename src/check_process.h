/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `gatepost check` as a process of its own, for those who want its verdict: what they say is what
 * it says, and whatever becomes of it hurts nobody.
 */
#ifndef GP_APP_CHECK_PROCESS_H
#define GP_APP_CHECK_PROCESS_H

#include "readiness/judge/check.h"

#include <sys/types.h>

enum app_check_words {
    APP_CHECK_TEXT, /* for people; what goes wrong is said on the caller's stderr */
    APP_CHECK_JSON  /* for programs; its stderr goes nowhere, its environment is empty */
};

/*
 * Starts the check of a phase, under the configuration at path. It prints into *ret_output_fd,
 * which is the caller's, as is waiting for the end of *ret_pid. Errors: GP_ERR_SYSTEM.
 */
GP_MUST_USE enum gp_code app_check_process_start(const char *path, enum app_phase phase,
                                                 enum app_check_words words, pid_t *ret_pid,
                                                 int *ret_output_fd, struct gp_err *err);

#endif
