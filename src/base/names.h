/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of many short texts, filled once and then only asked: two blocks of memory, sorted, so that
 * a million names cost little more than their letters.
 */
#ifndef GP_BASE_NAMES_H
#define GP_BASE_NAMES_H

#include "base/err.h"
#include "base/span.h"

struct gp_names {
    char *bytes; /* owned; the names, each with a zero byte behind it */
    size_t len, cap;
    uint32_t *places; /* owned; where each begins in bytes */
    size_t count, room;
};

/* A zeroed set is empty. The name, without zero bytes, is copied. Errors: GP_ERR_NOMEM, and
 * GP_ERR_LIMIT at 4 GiB; the set is as before. */
GP_MUST_USE enum gp_code gp_names_add(struct gp_names *names, struct gp_span name);

/* After the last gp_names_add(): sorts, and drops what is there twice. */
void gp_names_seal(struct gp_names *names);
void gp_names_finish(struct gp_names *names);

/* Whether a sealed set holds exactly this name. */
bool gp_names_has(const struct gp_names *names, struct gp_span name);

#endif
