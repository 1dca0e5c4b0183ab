/* SPDX-License-Identifier: BSD-2-Clause */
#include "import/records.h"

#include "base/text.h"

#define ARENA_BYTES (16 * (size_t)APP_IMPORT_BYTES_MAX)

void app_import_records_init(struct app_import_records *records)
{
    *records = (struct app_import_records){.first = NULL};
    records->end = &records->first;
    gp_arena_init(&records->arena, ARENA_BYTES);
}

void app_import_records_finish(struct app_import_records *records)
{
    gp_arena_finish(&records->arena);
}

struct app_import_record *app_import_add_record(struct app_import_records *records)
{
    struct app_import_record *record = gp_arena_alloc(&records->arena, sizeof(*record));
    if (record) {
        record->source = records->source;
        *records->end = record;
        records->end = &record->next;
    }
    return record;
}

struct app_import_field *app_import_add_field(struct app_import_records *records,
                                              struct app_import_record *record, struct gp_span name)
{
    struct app_import_field **link = &record->fields;
    struct app_import_field *field = gp_arena_alloc(&records->arena, sizeof(*field));
    const char *copy = gp_arena_copy(&records->arena, name.at, name.len);
    if (!field || !copy)
        return NULL;
    field->name = copy;
    while (*link)
        link = &(*link)->next;
    *link = field;
    return field;
}

bool app_import_add_value(struct app_import_records *records, struct app_import_field *field,
                          struct gp_span text)
{
    struct app_import_value **link = &field->values;
    struct app_import_value *value = gp_arena_alloc(&records->arena, sizeof(*value));
    const char *copy = gp_arena_copy(&records->arena, text.at, text.len);
    if (!value || !copy)
        return false;
    value->text = copy;
    while (*link)
        link = &(*link)->next;
    *link = value;
    return true;
}

const struct app_import_field *app_import_find(const struct app_import_record *record,
                                               const char *name)
{
    for (const struct app_import_field *field = record->fields; field; field = field->next)
        if (gp_text_equal_nocase(gp_span_text(field->name), gp_span_text(name)))
            return field;
    return NULL;
}

/* Encodings */

static void put_utf8(struct gp_buf *out, uint32_t c)
{
    if (c < 0x80) {
        gp_buf_append_char(out, (char)c);
    } else if (c < 0x800) {
        gp_buf_append_char(out, (char)(0xc0 | c >> 6));
        gp_buf_append_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        if (c < 0x10000) {
            gp_buf_append_char(out, (char)(0xe0 | c >> 12));
        } else {
            gp_buf_append_char(out, (char)(0xf0 | c >> 18));
            gp_buf_append_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        gp_buf_append_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        gp_buf_append_char(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* What is no character becomes one that the check for UTF-8 refuses. */
static void take_utf16(struct gp_span bytes, bool is_little, struct gp_buf *out)
{
    uint32_t high = 0;
    for (size_t i = 0; i + 1 < bytes.len; i += 2) {
        unsigned first = (unsigned char)bytes.at[i], second = (unsigned char)bytes.at[i + 1];
        uint32_t unit = is_little ? second << 8 | first : first << 8 | second;
        if (high && unit >= 0xdc00 && unit <= 0xdfff)
            put_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
        else if (high || (unit >= 0xdc00 && unit <= 0xdfff))
            gp_buf_append_char(out, '\xff');
        else if (unit < 0xd800 || unit > 0xdbff)
            put_utf8(out, unit);
        high = unit >= 0xd800 && unit <= 0xdbff && !high ? unit : 0;
    }
    if (high || bytes.len % 2 != 0)
        gp_buf_append_char(out, '\xff');
}

static bool begins_with(struct gp_span bytes, const char *mark)
{
    size_t len = strlen(mark);
    return bytes.len >= len && memcmp(bytes.at, mark, len) == 0;
}

static struct gp_span behind(struct gp_span bytes, size_t len)
{
    return gp_span_make(bytes.at + len, bytes.len - len);
}

/* Windows PowerShell writes UTF-16 with a mark, newer ones UTF-8 with or without one. */
static void decode(struct gp_span bytes, struct gp_buf *out)
{
    if (begins_with(bytes, "\xff\xfe"))
        take_utf16(behind(bytes, 2), true, out);
    else if (begins_with(bytes, "\xfe\xff"))
        take_utf16(behind(bytes, 2), false, out);
    else if (begins_with(bytes, "\xef\xbb\xbf"))
        gp_buf_append_span(out, behind(bytes, 3));
    else
        gp_buf_append_span(out, bytes);
}

static enum gp_code read_text(struct app_import_records *records, struct gp_span text,
                              struct gp_err *err)
{
    size_t at = 0;
    if (!gp_text_is_utf8(text))
        return gp_err_set(err, GP_ERR_INPUT,
                          "it is neither UTF-8 nor UTF-16 with a byte order mark; print it with "
                          "\"Out-File -Encoding utf8\"");
    while (at < text.len && strchr(" \t\r\n", text.at[at]))
        at++;
    if (at == text.len)
        return gp_err_set(err, GP_ERR_INPUT, "it is empty");
    return text.at[at] == '[' || text.at[at] == '{' ? app_import_read_json(records, text, err)
                                                    : app_import_read_list(records, text, err);
}

enum gp_code app_import_read(struct app_import_records *records, struct gp_span bytes,
                             struct gp_err *err)
{
    struct gp_buf text;
    gp_buf_init(&text, APP_IMPORT_BYTES_MAX);
    decode(bytes, &text);
    enum gp_code code = gp_buf_failed(&text);
    code = code == GP_OK ? read_text(records, gp_buf_span(&text), err)
                         : gp_err_set(err, code, "%s", gp_code_text(code));
    gp_buf_finish(&text);
    return code;
}
