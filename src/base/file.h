/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files, bounded. Blocking: only at start, at reload and in commands, never on a loop that
 * serves peers. */
#ifndef GP_BASE_FILE_H
#define GP_BASE_FILE_H

#include "base/buf.h"

/* Appends the contents of a plain file to out; out's ceiling is the limit. Errors name the path. */
GP_MUST_USE enum gp_code gp_file_read(const char *path, struct gp_buf *out, struct gp_err *err);

/*
 * Puts contents in the place of the file, or makes it: whoever reads it sees the old or the new
 * one, whole. What is there and is no regular file is left alone. Errors: GP_ERR_SYSTEM, naming the
 * path; the file is as it was.
 */
GP_MUST_USE enum gp_code gp_file_replace(const char *path, struct gp_span contents,
                                         struct gp_err *err);

/*
 * Makes a file that only its owner can read, for a secret. One that is there already is never
 * touched. Errors: GP_ERR_SYSTEM, naming the path; then there is no new file.
 */
GP_MUST_USE enum gp_code gp_file_create_private(const char *path, struct gp_span contents,
                                                struct gp_err *err);

#endif
