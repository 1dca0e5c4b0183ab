/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of an option: from text and to text. No state, no file. */
#ifndef GP_APP_VALUES_H
#define GP_APP_VALUES_H

#include "base/buf.h"
#include "config/options.h"

/* Bytes of one value of the row: of the field, or of one element of its list. */
size_t app_value_size(const struct app_option_row *row);

/*
 * Reads text as the row wants it and writes app_value_size() bytes at ret; of a route only host and
 * port of the struct. A relative path begins at directory. Texts and paths become the caller's to
 * free. Errors (GP_ERR_CONFIG, or GP_ERR_NOMEM) say what was wrong and what is allowed.
 */
GP_MUST_USE enum gp_code app_value_parse(const struct app_option_row *row, const char *text,
                                         const char *directory, void *ret, struct gp_err *err);

/* Appends the value so that app_value_parse() reads the same again; quoted where the syntax needs
 * it.
 */
void app_value_print(const struct app_option_row *row, const void *value, struct gp_buf *out);

/* A number of the row, with its unit, as it would be written: "5min", "512KiB". */
void app_number_print(const struct app_option_row *row, uint64_t number, struct gp_buf *out);

/* What the row takes: "1 to 64", "required, optional", "500ms to 1min"; nothing where its type says
 * all.
 */
void app_option_allowed(const struct app_option_row *row, struct gp_buf *out);

/* A text in double quotes, as the syntax has it. */
void app_text_quote(const char *text, struct gp_buf *out);

#endif
