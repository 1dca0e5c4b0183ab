/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files that turn records of the two cmdlets into a configuration. */
#ifndef GP_APP_IMPORT_LYNC_IMPL_H
#define GP_APP_IMPORT_LYNC_IMPL_H

#include "base/map.h"
#include "import/lync.h"

#include <stdbool.h>

/* The record at hand, and the setting of it that is at hand. */
struct app_lync {
    struct app_lync_result *result;
    const char *subject; /* the partner's domain, or "gateway" */
    const char *setting;
    const struct app_import_field *field; /* NULL: the input does not have it */
    bool is_secret;                       /* its value is never printed */
    bool is_summary;                      /* of several settings: there is no one value */
    struct gp_buf options;                /* of the section that is being written */
    struct gp_buf notes;                  /* comments for it */
    struct gp_map domains;                /* of all partners so far; values mean nothing */
    bool has_gateway;                     /* its record was there */
};

/* Says what became of the setting at hand. */
void app_lync_tell(struct app_lync *lync, enum app_lync_fate fate, const char *format, ...)
    GP_PRINTF(3, 4);

/* Appends "    key = value" to the options. */
void app_lync_put(struct app_lync *lync, const char *format, ...) GP_PRINTF(2, 3);

#define APP_LYNC_SCALAR_MAX 1024

/* The one value, without the breaks of Format-List; "" when there is none. Returns out. */
const char *app_lync_scalar(const struct app_lync *lync, char out[APP_LYNC_SCALAR_MAX]);

/*
 * The index of the value in words; preset, the cmdlet's default, when there is none; otherwise, the
 * careful one, when it is none of them. A number counts in the order of the words; whatever is not
 * plainly one of them is told.
 */
unsigned app_lync_word(struct app_lync *lync, const char *const *words, unsigned preset,
                       unsigned otherwise);

/* A setting: what it does with the value that is at hand. */
struct app_lync_row {
    const char *name;
    void (*take)(struct app_lync *lync, void *draft);
    bool is_secret;
};

/* Walks through the rows in their order, then tells of what the record has beside them. */
void app_lync_walk(struct app_lync *lync, const struct app_import_record *record,
                   const struct app_lync_row *rows, size_t count, void *draft);

/* The two kinds of records. */
void app_lync_partner(struct app_lync *lync, const struct app_import_record *record);
void app_lync_gateway(struct app_lync *lync, const struct app_import_record *record);

#endif
