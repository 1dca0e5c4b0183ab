/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#define DEPTH_MAX 16

struct app_json_writer {
    json_t *root;            /* owned */
    json_t *open[DEPTH_MAX]; /* borrowed from root; the innermost one last */
    unsigned depth;          /* of open */
    enum gp_code error;      /* sticks */
    /* What is written at once. */
    FILE *to;              /* NULL: nothing is */
    const char *separator; /* before the next member */
    size_t element_count;  /* written of the array that is open */
};

struct app_json_writer *app_json_writer_create(void)
{
    struct app_json_writer *writer = calloc(1, sizeof(*writer));
    if (!writer)
        return NULL;
    writer->root = json_object();
    if (!writer->root) {
        free(writer);
        return NULL;
    }
    writer->open[0] = writer->root;
    writer->depth = 1;
    return writer;
}

struct app_json_writer *app_json_writer_create_to(FILE *to)
{
    struct app_json_writer *writer = app_json_writer_create();
    if (writer) {
        writer->to = to;
        writer->separator = "{\n  ";
    }
    return writer;
}

void app_json_writer_destroy(struct app_json_writer *writer)
{
    if (!writer)
        return;
    json_decref(writer->root);
    free(writer);
}

/* Written at once. */

#define INDENT 2

struct indenting {
    FILE *to;
    unsigned depth;
};

/* Line breaks stand between values alone: inside of a text they are escaped. */
static int dump_deeper(const char *bytes, size_t len, void *arg)
{
    const struct indenting *indenting = arg;
    for (size_t i = 0; i < len; i++) {
        if (fputc(bytes[i], indenting->to) == EOF)
            return -1;
        if (bytes[i] == '\n')
            fprintf(indenting->to, "%*s", (int)(INDENT * indenting->depth), "");
    }
    return 0;
}

static void dump_value(struct app_json_writer *writer, const json_t *value, unsigned depth)
{
    struct indenting indenting = {.to = writer->to, .depth = depth};
    if (json_dump_callback(value, dump_deeper, &indenting, JSON_INDENT(INDENT) | JSON_ENCODE_ANY))
        writer->error = GP_ERR_SYSTEM;
}

static void dump_key(struct app_json_writer *writer, const char *key)
{
    fprintf(writer->to, "%s\"%s\": ", writer->separator, key);
    writer->separator = ",\n  ";
}

/* Its elements are written already. */
static void end_array(struct app_json_writer *writer)
{
    fputs(writer->element_count == 0 ? "[]" : "\n  ]", writer->to);
    json_object_clear(writer->root);
    writer->depth = 1;
}

/* A value was put, or closed, into the innermost open container. */
static void complete(struct app_json_writer *writer)
{
    if (!writer->to || writer->error != GP_OK)
        return;
    if (writer->depth == 1) {
        const char *key;
        json_t *value;
        json_object_foreach(writer->root, key, value)
        {
            dump_key(writer, key);
            dump_value(writer, value, 1);
        }
        json_object_clear(writer->root);
    } else if (writer->depth == 2 && json_is_array(writer->open[1])) {
        fputs(writer->element_count++ == 0 ? "[\n    " : ",\n    ", writer->to);
        dump_value(writer, json_array_get(writer->open[1], 0), 2);
        json_array_clear(writer->open[1]);
    }
}

/* Takes value, which is NULL when there was no memory for it. Returns whether it was put. */
static bool put(struct app_json_writer *writer, const char *key, json_t *value)
{
    if (!writer || writer->error != GP_OK) {
        json_decref(value);
        return false;
    }
    json_t *into = writer->open[writer->depth - 1];
    if (json_is_object(into) != (key != NULL)) {
        json_decref(value);
        writer->error = GP_ERR_BUG;
        return false;
    }
    int result = key ? json_object_set_new(into, key, value) : json_array_append_new(into, value);
    if (result != 0)
        writer->error = GP_ERR_NOMEM;
    return result == 0;
}

static void open_container(struct app_json_writer *writer, const char *key, json_t *container)
{
    if (!put(writer, key, container))
        return;
    if (writer->to && writer->depth == 1 && json_is_array(container)) {
        dump_key(writer, key);
        writer->element_count = 0;
    }
    if (writer->depth == DEPTH_MAX)
        writer->error = GP_ERR_BUG;
    else
        writer->open[writer->depth++] = container;
}

static void put_value(struct app_json_writer *writer, const char *key, json_t *value)
{
    if (put(writer, key, value))
        complete(writer);
}

void app_json_open_object(struct app_json_writer *writer, const char *key)
{
    open_container(writer, key, json_object());
}

void app_json_open_array(struct app_json_writer *writer, const char *key)
{
    open_container(writer, key, json_array());
}

void app_json_close(struct app_json_writer *writer)
{
    if (!writer || writer->error != GP_OK)
        return;
    if (writer->depth == 1)
        writer->error = GP_ERR_BUG;
    else if (writer->to && writer->depth == 2 && json_is_array(writer->open[1]))
        end_array(writer);
    else {
        writer->depth--;
        complete(writer);
    }
}

/* The same text with U+FFFD in the place of each byte that is not part of a character. */
static json_t *mended_string(struct gp_span text)
{
    struct gp_buf mended;
    json_t *value = NULL;
    gp_buf_init(&mended, text.len * 3 + 1);
    for (size_t i = 0; i < text.len;) {
        size_t len = 1;
        while (len < 4 && i + len < text.len && !gp_text_is_utf8(gp_span_make(text.at + i, len)))
            len++;
        if (gp_text_is_utf8(gp_span_make(text.at + i, len))) {
            gp_buf_append(&mended, text.at + i, len);
            i += len;
        } else {
            gp_buf_append_text(&mended, "\xef\xbf\xbd");
            i++;
        }
    }
    if (gp_buf_failed(&mended) == GP_OK)
        value = json_stringn(gp_buf_span(&mended).at, gp_buf_len(&mended));
    gp_buf_finish(&mended);
    return value;
}

void app_json_put_span(struct app_json_writer *writer, const char *key, struct gp_span text)
{
    json_t *value = json_stringn(text.len > 0 ? text.at : "", text.len);
    put_value(writer, key, value ? value : mended_string(text));
}

void app_json_put_text(struct app_json_writer *writer, const char *key, const char *text)
{
    if (text)
        app_json_put_span(writer, key, gp_span_text(text));
    else
        app_json_put_null(writer, key);
}

void app_json_put_int(struct app_json_writer *writer, const char *key, int64_t value)
{
    put_value(writer, key, json_integer(value));
}

void app_json_put_bool(struct app_json_writer *writer, const char *key, bool value)
{
    put_value(writer, key, json_boolean(value));
}

void app_json_put_null(struct app_json_writer *writer, const char *key)
{
    put_value(writer, key, json_null());
}

static enum gp_code check(const struct app_json_writer *writer, struct gp_err *err)
{
    if (!writer || writer->error == GP_ERR_NOMEM)
        return gp_err_nomem(err);
    if (writer->error != GP_OK)
        return gp_err_set(err, writer->error, "JSON was put together wrongly");
    return GP_OK;
}

static int dump_to_buf(const char *bytes, size_t len, void *arg)
{
    struct gp_buf *out = arg;
    gp_buf_append(out, bytes, len);
    return gp_buf_failed(out) == GP_OK ? 0 : -1;
}

static enum gp_code dump(const struct app_json_writer *writer, size_t flags, struct gp_buf *out,
                         struct gp_err *err)
{
    enum gp_code code = check(writer, err);
    if (code != GP_OK)
        return code;
    if (json_dump_callback(writer->root, dump_to_buf, out, flags) != 0) {
        code = gp_buf_failed(out) != GP_OK ? gp_buf_failed(out) : GP_ERR_NOMEM;
        return gp_err_set(err, code, "write JSON: %s", gp_code_text(code));
    }
    return GP_OK;
}

enum gp_code app_json_dump(const struct app_json_writer *writer, struct gp_buf *out,
                           struct gp_err *err)
{
    return dump(writer, JSON_COMPACT, out, err);
}

enum gp_code app_json_indent(const struct app_json_writer *writer, struct gp_buf *out,
                             struct gp_err *err)
{
    enum gp_code code = dump(writer, JSON_INDENT(2), out, err);
    gp_buf_append_char(out, '\n');
    return code;
}

static enum gp_code print(const json_t *root, FILE *to, struct gp_err *err)
{
    if (json_dumpf(root, to, JSON_INDENT(2)) != 0 || fputc('\n', to) == EOF)
        return gp_err_system(err, errno, "write JSON");
    return GP_OK;
}

enum gp_code app_json_print(const struct app_json_writer *writer, FILE *to, struct gp_err *err)
{
    enum gp_code code = check(writer, err);
    if (code != GP_OK || !writer->to)
        return code == GP_OK ? print(writer->root, to, err) : code;
    GP_ASSERT(writer->to == to && writer->depth == 1);
    if (fputs("\n}\n", to) == EOF || ferror(to))
        return gp_err_system(err, errno, "write JSON");
    return GP_OK;
}

/* A node is the json_t itself: the opaque type only keeps jansson out of the header. */
static const json_t *in(const struct app_json *node)
{
    return (const json_t *)node;
}

static const struct app_json *out_of(const json_t *node)
{
    return (const struct app_json *)node;
}

static enum gp_code parse(struct gp_span text, size_t max_bytes, json_t **ret, struct gp_err *err)
{
    json_error_t error;
    if (text.len > max_bytes)
        return gp_err_set(err, GP_ERR_LIMIT, "JSON of %zu bytes, at most %zu are taken", text.len,
                          max_bytes);
    *ret = json_loadb(text.len > 0 ? text.at : "", text.len, JSON_REJECT_DUPLICATES, &error);
    if (!*ret)
        return gp_err_set(err, GP_ERR_INPUT, "not JSON: %s (line %d)", error.text, error.line);
    return GP_OK;
}

enum gp_code app_json_parse_list(struct gp_span text, size_t max_bytes, struct app_json **ret,
                                 struct gp_err *err)
{
    json_t *root = NULL;
    enum gp_code code = parse(text, max_bytes, &root, err);
    if (code != GP_OK)
        return code;
    if (json_is_object(root)) {
        json_t *array = json_array();
        if (json_array_append_new(array, root) != 0) { /* which frees root, whatever array is */
            json_decref(array);
            return gp_err_nomem(err);
        }
        root = array;
    }
    *ret = (struct app_json *)root;
    return GP_OK;
}

enum gp_code app_json_parse(struct gp_span text, size_t max_bytes, struct app_json **ret,
                            struct gp_err *err)
{
    json_t *root = NULL;
    enum gp_code code = parse(text, max_bytes, &root, err);
    if (code != GP_OK)
        return code;
    if (!json_is_object(root)) {
        json_decref(root);
        return gp_err_set(err, GP_ERR_INPUT, "JSON, but not an object");
    }
    *ret = (struct app_json *)root;
    return GP_OK;
}

void app_json_destroy(struct app_json *document)
{
    json_decref((json_t *)document);
}

enum gp_code app_json_print_again(const struct app_json *document, FILE *to, struct gp_err *err)
{
    return print(in(document), to, err);
}

enum gp_code app_json_print_line(const struct app_json *document, FILE *to, struct gp_err *err)
{
    if (json_dumpf(in(document), to, JSON_COMPACT) != 0 || fputc('\n', to) == EOF)
        return gp_err_set(err, GP_ERR_SYSTEM, "the output could not be written");
    return GP_OK;
}

const struct app_json *app_json_get(const struct app_json *node, const char *key)
{
    return out_of(json_object_get(in(node), key));
}

const struct app_json *app_json_at(const struct app_json *node, size_t index)
{
    return out_of(json_array_get(in(node), index));
}

size_t app_json_count(const struct app_json *node)
{
    return json_array_size(in(node));
}

enum app_json_kind app_json_kind(const struct app_json *node)
{
    const json_t *value = in(node);
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_OBJECT:
        return APP_JSON_OBJECT;
    case JSON_ARRAY:
        return APP_JSON_ARRAY;
    case JSON_STRING:
        return APP_JSON_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return APP_JSON_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return APP_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return APP_JSON_NULL;
}

void app_json_each(const struct app_json *node, app_json_member_fn *fn, void *arg)
{
    json_t *object = (json_t *)(uintptr_t)node; /* only read: jansson's iterators want it so */
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        fn(arg, json_object_iter_key(at), out_of(json_object_iter_value(at)));
}

int64_t app_json_number(const struct app_json *node)
{
    double value = json_number_value(in(node));
    return value >= -9007199254740992.0 && value <= 9007199254740992.0 ? (int64_t)value : 0;
}

bool app_json_is_true(const struct app_json *node)
{
    return json_is_true(in(node));
}

const char *app_json_text(const struct app_json *node, const char *preset)
{
    return json_is_string(in(node)) ? json_string_value(in(node)) : preset;
}

const char *app_json_get_text(const struct app_json *node, const char *key, const char *preset)
{
    return app_json_text(app_json_get(node, key), preset);
}

int64_t app_json_get_int(const struct app_json *node, const char *key, int64_t preset)
{
    const json_t *value = json_object_get(in(node), key);
    return json_is_integer(value) ? json_integer_value(value) : preset;
}

bool app_json_get_bool(const struct app_json *node, const char *key, bool preset)
{
    const json_t *value = json_object_get(in(node), key);
    return json_is_boolean(value) ? json_is_true(value) : preset;
}
