/* SPDX-License-Identifier: BSD-2-Clause */
/* Which options of an inside section its kind has a use for. */
#ifndef GP_APP_INSIDE_KINDS_H
#define GP_APP_INSIDE_KINDS_H

#include "config/config.h"

enum app_inside_use {
    APP_INSIDE_NEEDS,
    APP_INSIDE_TAKES,
    APP_INSIDE_IGNORES
};

/* *ret_example: what it may look like, for the end of a sentence, or "". */
enum app_inside_use app_inside_use(enum app_inside_kind kind, const char *key,
                                   const char **ret_example);

/* As it is written. */
const char *app_inside_kind_text(enum app_inside_kind kind);

#endif
