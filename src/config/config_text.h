/* SPDX-License-Identifier: BSD-2-Clause */
/* The syntax of a configuration, with libconfuse behind it: sections and values as text, with
 * lines. */
#ifndef GP_APP_CONFIG_TEXT_H
#define GP_APP_CONFIG_TEXT_H

#include "base/arena.h"
#include "config/options.h"
#include "config/problems.h"

struct app_text_value {
    const char *text;
    unsigned line;
};

/* One option as the file has it. */
struct app_text_option {
    const struct app_option_row *row;
    size_t count; /* of values: 1, or those of a list, perhaps none */
    const struct app_text_value **values;
};

/* One section as the file has it. Everything lives in the arena. */
struct app_text_section {
    enum app_section kind;
    const char *title; /* NULL without one */
    unsigned line; /* where it begins; 0 for the file itself and for a section that is not there */
    size_t option_count;
    struct app_text_option *options; /* those that have a value, in the order of the table */
    size_t child_count;
    struct app_text_section *children; /* by kind, then in the order of the file */
};

/*
 * Reads text, which ends with a zero byte, is text_len long and is changed. Unknown options,
 * options given twice and wrong syntax become problems; *ret is set when the syntax could be read
 * to its end. Not to be called by two threads at a time: libconfuse's scanner has globals.
 */
void app_text_read(char *text, size_t text_len, struct gp_arena *arena,
                   struct app_problems *problems, const struct app_text_section **ret);

/* NULL when the file does not give it. */
const struct app_text_option *app_text_option(const struct app_text_section *section,
                                              const char *key);

/* Its line, or that of the section. */
unsigned app_text_line(const struct app_text_section *section, const char *key);

/* The number-th section of a kind directly inside; NULL when there are fewer. */
const struct app_text_section *app_text_child(const struct app_text_section *section,
                                              enum app_section kind, size_t number);
size_t app_text_child_count(const struct app_text_section *section, enum app_section kind);

#endif
