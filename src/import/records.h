/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PowerShell cmdlet printed, as records of named values: Format-List text or JSON of
 * ConvertTo-Json, UTF-8 or UTF-16. What the names mean is not known here.
 */
#ifndef GP_APP_IMPORT_RECORDS_H
#define GP_APP_IMPORT_RECORDS_H

#include "base/arena.h"
#include "base/buf.h"

#define APP_IMPORT_BYTES_MAX 4194304 /* of a file, and of it as UTF-8 */

struct app_import_value {
    struct app_import_value *next;
    const char *text; /* UTF-8; a line feed where Format-List broke the line */
};

struct app_import_field {
    struct app_import_field *next;
    const char *name;
    struct app_import_value *values; /* none: empty, or null */
    bool is_number;                  /* JSON: an enumeration may be one */
    bool is_cut;                     /* Format-List: the list went on ("...") */
};

struct app_import_record {
    struct app_import_record *next;
    struct app_import_field *fields; /* in the order of the input; at least one */
    const char *source;              /* name of its file; borrowed */
};

/* Everything lives in the arena. */
struct app_import_records {
    struct gp_arena arena;
    const char *source;                     /* of the records that are added next; borrowed */
    struct app_import_record *first, **end; /* end: where the next one is linked */
};

void app_import_records_init(struct app_import_records *records);
void app_import_records_finish(struct app_import_records *records);

/* Appends what the bytes of one file hold, which the source names. Errors: GP_ERR_INPUT with the
 * line, GP_ERR_LIMIT, GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_import_read(struct app_import_records *records, struct gp_span bytes,
                                         struct gp_err *err);

/* Names are compared as PowerShell does: case means nothing. NULL when there is none. */
const struct app_import_field *app_import_find(const struct app_import_record *record,
                                               const char *name);

/* The parts, for the two forms; NULL or false when there is no memory. */
struct app_import_record *app_import_add_record(struct app_import_records *records);
struct app_import_field *app_import_add_field(struct app_import_records *records,
                                              struct app_import_record *record,
                                              struct gp_span name);
bool app_import_add_value(struct app_import_records *records, struct app_import_field *field,
                          struct gp_span text);

/* text is UTF-8. Errors as above. */
GP_MUST_USE enum gp_code app_import_read_list(struct app_import_records *records,
                                              struct gp_span text, struct gp_err *err);
GP_MUST_USE enum gp_code app_import_read_json(struct app_import_records *records,
                                              struct gp_span text, struct gp_err *err);

#endif
