/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON (RFC 8259), with jansson behind it: a writer that builds a document from front to back, and
 * read-only views of a parsed one.
 */
#ifndef GP_APP_JSON_H
#define GP_APP_JSON_H

#include "base/buf.h"

#include <stdio.h>

/*
 * Writing. The document is one object, open from the start; what is put goes into the innermost
 * open object or array. The key is NULL inside an array. Members keep the order in which they were
 * put. Errors stick: after a failure every call is a no-op, and the dump reports it.
 */
struct app_json_writer;

/* NULL when there is no memory; every function below takes that and reports it in the dump. */
struct app_json_writer *app_json_writer_create(void);
/* The same for app_json_print() to that file alone, of what may be long: members of the document,
 * of which there has to be one, and elements of its arrays are written as soon as they are complete
 * and kept no longer. */
struct app_json_writer *app_json_writer_create_to(FILE *to);
void app_json_writer_destroy(struct app_json_writer *writer);

/* What is put goes into it until it is closed; the innermost one is closed first. */
void app_json_open_object(struct app_json_writer *writer, const char *key);
void app_json_open_array(struct app_json_writer *writer, const char *key);
void app_json_close(struct app_json_writer *writer);

/* NULL text becomes null; what is not UTF-8 becomes U+FFFD. */
void app_json_put_text(struct app_json_writer *writer, const char *key, const char *text);
void app_json_put_span(struct app_json_writer *writer, const char *key, struct gp_span text);
void app_json_put_int(struct app_json_writer *writer, const char *key, int64_t value);
void app_json_put_bool(struct app_json_writer *writer, const char *key, bool value);
void app_json_put_null(struct app_json_writer *writer, const char *key);

/*
 * The finished document: on one line without a newline, or indented with one. Whatever is still
 * open counts as closed. Errors: GP_ERR_NOMEM, GP_ERR_BUG (a key is missing or must not be there,
 * or the nesting is deeper than 16), GP_ERR_LIMIT (out is full), GP_ERR_SYSTEM (the file cannot be
 * written).
 */
GP_MUST_USE enum gp_code app_json_dump(const struct app_json_writer *writer, struct gp_buf *out,
                                       struct gp_err *err);
GP_MUST_USE enum gp_code app_json_indent(const struct app_json_writer *writer, struct gp_buf *out,
                                         struct gp_err *err);
GP_MUST_USE enum gp_code app_json_print(const struct app_json_writer *writer, FILE *to,
                                        struct gp_err *err);

/*
 * Reading. The document owns its nodes; a node is a borrowed view. NULL stands for "not there" and
 * is taken by every function, so that a path is followed without a test at each step.
 */
struct app_json;

/* text must be one object of at most max_bytes, without duplicate keys. Errors: GP_ERR_LIMIT,
 * GP_ERR_INPUT. */
GP_MUST_USE enum gp_code app_json_parse(struct gp_span text, size_t max_bytes,
                                        struct app_json **ret, struct gp_err *err);

/* The same for an array, or one object, which becomes an array of one. */
GP_MUST_USE enum gp_code app_json_parse_list(struct gp_span text, size_t max_bytes,
                                             struct app_json **ret, struct gp_err *err);
void app_json_destroy(struct app_json *document);

/* The document as it was, indented, with a newline. Errors: GP_ERR_SYSTEM. */
GP_MUST_USE enum gp_code app_json_print_again(const struct app_json *document, FILE *to,
                                              struct gp_err *err);

/* The same on one line. */
GP_MUST_USE enum gp_code app_json_print_line(const struct app_json *document, FILE *to,
                                             struct gp_err *err);

/* Member of an object, element of an array, and how many elements there are (0 if it is none). */
const struct app_json *app_json_get(const struct app_json *node, const char *key);
const struct app_json *app_json_at(const struct app_json *node, size_t index);
size_t app_json_count(const struct app_json *node);

/* The member's value, or preset when it is not there or of another type. */
const char *app_json_get_text(const struct app_json *node, const char *key, const char *preset);
int64_t app_json_get_int(const struct app_json *node, const char *key, int64_t preset);
bool app_json_get_bool(const struct app_json *node, const char *key, bool preset);

enum app_json_kind {
    APP_JSON_NULL, /* and what is not there */
    APP_JSON_OBJECT,
    APP_JSON_ARRAY,
    APP_JSON_TEXT,
    APP_JSON_NUMBER,
    APP_JSON_BOOL
};
enum app_json_kind app_json_kind(const struct app_json *node);

/* Calls fn for each member of an object, in the order of the document. */
typedef void app_json_member_fn(void *arg, const char *key, const struct app_json *value);
void app_json_each(const struct app_json *node, app_json_member_fn *fn, void *arg);

/* The node's own value: a number without its fraction, 0 when it is none, within +-2^53; whether it
 * is true. */
int64_t app_json_number(const struct app_json *node);
bool app_json_is_true(const struct app_json *node);

/* The node's own value, for elements of an array. */
const char *app_json_text(const struct app_json *node, const char *preset);

#endif
