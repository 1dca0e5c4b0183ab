/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors are values: a code for the program and a sentence for the reader.
 *
 * A function that can fail returns an enum gp_code and takes, last of all, a struct gp_err that the
 * caller owns and that may be NULL. Where the failure happens gp_err_set() writes the sentence;
 * each caller on the way up may put its own context in front with gp_err_wrap(), so that a reader
 * sees "tls certificate: open '/etc/x.pem': Permission denied". Library code never prints: whoever
 * ends the operation logs once.
 */
#ifndef GP_BASE_ERR_H
#define GP_BASE_ERR_H

#include "base/defs.h"

enum gp_code {
#define GP_ERR_ROW(symbol, class, text) symbol,
#include "base/err_codes.def"
#undef GP_ERR_ROW
};

enum gp_err_class {
    GP_CLASS_TEMP,
    GP_CLASS_PERM,
    GP_CLASS_LOCAL,
    GP_CLASS_BUG
};

#define GP_ERR_TEXT_MAX 512

/* Fixed size, so that it can be filled when there is no memory. Empty when text[0] is 0. */
struct gp_err {
    enum gp_code code;
    char text[GP_ERR_TEXT_MAX];
};

/* Writes code and sentence; err may be NULL. Returns code, so that `return gp_err_set(...)` reads
 * well. */
enum gp_code gp_err_set(struct gp_err *err, enum gp_code code, const char *format, ...)
    GP_PRINTF(3, 4);

/* As gp_err_set() with GP_ERR_SYSTEM, and appends what the system says of errnum (an errno value).
 */
enum gp_code gp_err_system(struct gp_err *err, int errnum, const char *format, ...) GP_PRINTF(3, 4);

/* Puts "format: " in front of the sentence that err holds. Returns err's code, or code if err is
 * NULL. */
enum gp_code gp_err_wrap(struct gp_err *err, enum gp_code code, const char *format, ...)
    GP_PRINTF(3, 4);

/* The sentence for "no memory"; needs none itself. */
enum gp_code gp_err_nomem(struct gp_err *err);

/* The table's text of a code; never NULL. */
const char *gp_code_text(enum gp_code code);
enum gp_err_class gp_code_class(enum gp_code code);

#endif
