/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets: wiped when released, compared in constant time, never printed (there is no way to format
 * one). */
#ifndef GP_BASE_SECRET_H
#define GP_BASE_SECRET_H

#include "base/err.h"

#define GP_SECRET_MAX 512

struct gp_secret {
    size_t len;
    uint8_t bytes[GP_SECRET_MAX];
};

/*
 * Reads a secret from the first line of a file (white space at its end is not part of it).
 * Errors: the file cannot be read, is readable by others than owner and group, is longer than
 * GP_SECRET_MAX, or the secret is shorter than min_len bytes. The secret is untouched then.
 */
GP_MUST_USE enum gp_code gp_secret_read(const char *path, size_t min_len, struct gp_secret *ret,
                                        struct gp_err *err);

/* A random secret of 32 bytes, for when none is configured. */
void gp_secret_random(struct gp_secret *ret);

/* Overwrites the secret, so that no copy of it stays in memory. */
void gp_secret_wipe(struct gp_secret *secret);

/* Whether both runs of bytes are the same; the time taken depends only on the lengths. */
bool gp_secret_equal(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
