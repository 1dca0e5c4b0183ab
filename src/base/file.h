/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files, bounded. Blocking: only at start, at reload and in commands, never on a loop that
 * serves peers. */
#ifndef GP_BASE_FILE_H
#define GP_BASE_FILE_H

#include "base/buf.h"

/* Appends the contents of a plain file to out; out's ceiling is the limit. Errors name the path. */
GP_MUST_USE enum gp_code gp_file_read(const char *path, struct gp_buf *out, struct gp_err *err);

#endif
