/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the halves of a comparison: changes.c, and changes_domain.c for home domains. Nobody else
 * includes this. */
#ifndef GP_APP_CHANGES_IMPL_H
#define GP_APP_CHANGES_IMPL_H

#include "config/changes.h"
#include "config/options.h"

#define APP_CHANGE_MAX 4000 /* bytes of a line */

struct app_comparison {
    struct app_changes *done, *waiting;
    bool has_failed;
};

/* One side of a comparison of sections: what is there before and after. */
struct app_sides {
    const void *before, *after;
};

/* Adds a line to what is done. */
void app_change_say(struct app_comparison *comparison, const char *format, ...) GP_PRINTF(2, 3);

/* A section that is not always there: its options that need no restart. name: of it, such as
 * `partner "b.example"`. */
void app_compare_section(struct app_comparison *comparison, enum app_section kind, const char *name,
                         struct app_sides sides);

/* What is in a file that is read again; its path is an option like any other. */
void app_compare_names(struct app_comparison *comparison, const char *where,
                       const struct gp_names *before, const struct gp_names *after);

/* The home domains, with all that is in their sections. */
void app_compare_domains(struct app_comparison *comparison, const struct app_config *before,
                         const struct app_config *after);

#endif
