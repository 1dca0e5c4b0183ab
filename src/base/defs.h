/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes and small macros that every layer uses. */
#ifndef GP_BASE_DEFS_H
#define GP_BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The compiler checks the format string in argument `f` against the arguments from `a` on. */
#define GP_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* The result says whether it worked: ignoring it is a fault. */
#define GP_MUST_USE         __attribute__((warn_unused_result))

#define GP_ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/*
 * An internal rule is broken and going on would be worse than stopping. Enabled in every build;
 * never for input from a peer and never for memory that could not be had.
 */
#define GP_ASSERT(condition) \
    ((condition) ? (void)0 : gp_assert_failed(#condition, __FILE__, __LINE__))

/* Says where on standard error and aborts. */
_Noreturn void gp_assert_failed(const char *condition, const char *file, int line);

#endif
