/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON of ConvertTo-Json: one object, or an array of them. */
#include "import/records.h"

#include "json.h"

#include <inttypes.h>
#include <stdio.h>

struct reader {
    struct app_import_records *records;
    struct app_import_record *record;
    bool is_out_of_memory;
};

/* What ConvertTo-Json makes of a time span, of an array with properties, of a domain name. */
static const struct app_json *unwrap(const struct app_json *node)
{
    static const char *const names[] = {"TotalSeconds", "value", "OriginalString"};
    for (size_t i = 0; i < GP_ARRAY_LEN(names); i++)
        if (app_json_get(node, names[i]))
            return app_json_get(node, names[i]);
    return node;
}

static bool add_value(struct reader *reader, struct app_import_field *field,
                      const struct app_json *node)
{
    char number[32];
    const char *text = "";
    switch (app_json_kind(node)) {
    case APP_JSON_NULL:
        return true;
    case APP_JSON_ARRAY:
    case APP_JSON_OBJECT:
        text = "(nested values)";
        break;
    case APP_JSON_TEXT:
        text = app_json_text(node, "");
        if (text[0] == '\0')
            return true;
        break;
    case APP_JSON_BOOL:
        text = app_json_is_true(node) ? "True" : "False";
        break;
    case APP_JSON_NUMBER:
        snprintf(number, sizeof(number), "%" PRId64, app_json_number(node));
        field->is_number = true;
        text = number;
        break;
    }
    return app_import_add_value(reader->records, field, gp_span_text(text));
}

static bool add_values(struct reader *reader, struct app_import_field *field,
                       const struct app_json *node)
{
    node = unwrap(node);
    if (app_json_kind(node) != APP_JSON_ARRAY)
        return add_value(reader, field, node);
    for (size_t i = 0; i < app_json_count(node); i++)
        if (!add_value(reader, field, unwrap(app_json_at(node, i))))
            return false;
    return true;
}

static void take_member(void *arg, const char *name, const struct app_json *value)
{
    struct reader *reader = arg;
    struct app_import_field *field =
        app_import_add_field(reader->records, reader->record, gp_span_text(name));
    if (!field || !add_values(reader, field, value))
        reader->is_out_of_memory = true;
}

static enum gp_code take_object(struct reader *reader, const struct app_json *node, size_t number,
                                struct gp_err *err)
{
    if (app_json_kind(node) != APP_JSON_OBJECT)
        return gp_err_set(err, GP_ERR_INPUT, "element %zu of the array is no object", number);
    reader->record = app_import_add_record(reader->records);
    if (!reader->record)
        return gp_err_nomem(err);
    app_json_each(node, take_member, reader);
    return reader->is_out_of_memory ? gp_err_nomem(err) : GP_OK;
}

enum gp_code app_import_read_json(struct app_import_records *records, struct gp_span text,
                                  struct gp_err *err)
{
    struct reader reader = {.records = records};
    struct app_json *document;
    enum gp_code code = app_json_parse_list(text, APP_IMPORT_BYTES_MAX, &document, err);
    if (code != GP_OK)
        return code;
    for (size_t i = 0; i < app_json_count(document) && code == GP_OK; i++)
        code = take_object(&reader, app_json_at(document, i), i + 1, err);
    app_json_destroy(document);
    return code;
}
