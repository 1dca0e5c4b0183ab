/* SPDX-License-Identifier: BSD-2-Clause */
/* The option table for readers: what docs/options.md and gatepost.conf(5) contain. */
#ifndef GP_APP_MANUAL_H
#define GP_APP_MANUAL_H

#include "base/buf.h"

/* Names of the forms: "text", "markdown", "man"; NULL at the end. */
extern const char *const app_manual_forms[];

/* Appends the whole table in a form; false when there is none of that name. */
bool app_manual_print(const char *form, struct gp_buf *out);

#endif
