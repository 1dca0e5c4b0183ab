/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process that holds keys asks of the system for itself. */
#ifndef GP_BASE_PROCESS_H
#define GP_BASE_PROCESS_H

#include "base/err.h"

/* From now on its memory is in no core dump, and no other process of the same user may trace it or
 * read it. Both end with exec, so a child that is started has to call it too. */
GP_MUST_USE enum gp_code gp_process_seal(struct gp_err *err);

#endif
