/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Format-List text:
 *
 *     Domain            : beta.example
 *     AdditionalDomains : {chat.beta.example, conference.beta.examp
 *                         le}
 *
 * A blank line ends a record, a line that begins with a blank goes on with the value above, and a
 * list of more than $FormatEnumerationLimit elements, 4 unless somebody raised it, ends in "...".
 */
#include "import/records.h"

struct reader {
    struct app_import_records *records;
    struct app_import_record *record; /* NULL between two */
    struct app_import_field *field;   /* the one whose value goes on */
    struct gp_buf value;              /* of it; a line feed where a line was broken */
};

static struct gp_span trim(struct gp_span text)
{
    while (text.len > 0 && strchr(" \t\r", text.at[text.len - 1]))
        text.len--;
    while (text.len > 0 && strchr(" \t", text.at[0])) {
        text.at++;
        text.len--;
    }
    return text;
}

static bool ends_in_dots(struct gp_span text)
{
    static const char *const ends[] = {"...", "\xe2\x80\xa6"}; /* Windows PowerShell; later ones */
    for (size_t i = 0; i < GP_ARRAY_LEN(ends); i++) {
        size_t len = strlen(ends[i]);
        if (text.len >= len && memcmp(text.at + text.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

/* The inside of the braces; lines were broken anywhere, so breaks mean nothing. */
static bool add_elements(struct reader *reader, struct gp_span text)
{
    char *plain = gp_arena_copy(&reader->records->arena, text.at, text.len);
    size_t len = 0;
    if (!plain)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '\n')
            plain[len++] = text.at[i];
    for (size_t at = 0; at < len;) {
        const char *comma = memchr(plain + at, ',', len - at);
        size_t end = comma ? (size_t)(comma - plain) : len;
        struct gp_span element = trim(gp_span_make(plain + at, end - at));
        at = end + 1;
        if (ends_in_dots(element))
            reader->field->is_cut = true;
        else if (element.len > 0 && !app_import_add_value(reader->records, reader->field, element))
            return false;
    }
    return true;
}

static bool end_field(struct reader *reader)
{
    struct gp_span text = gp_buf_span(&reader->value);
    bool is_ok = gp_buf_failed(&reader->value) == GP_OK;
    if (!reader->field)
        return true;
    if (text.len > 0 && text.at[0] == '{') {
        bool is_closed = text.at[text.len - 1] == '}';
        reader->field->is_cut = !is_closed;
        is_ok &= add_elements(reader, gp_span_make(text.at + 1, text.len - 1 - is_closed));
    } else if (text.len > 0) {
        is_ok &= app_import_add_value(reader->records, reader->field, text);
    }
    gp_buf_reset(&reader->value);
    reader->field = NULL;
    return is_ok;
}

/* Length of the name at the beginning of a line, 0 when there is none. */
static size_t name_len(struct gp_span line, size_t *ret_value_at)
{
    const char *colon = memchr(line.at, ':', line.len);
    if (!colon)
        return 0;
    struct gp_span name = trim(gp_span_make(line.at, (size_t)(colon - line.at)));
    for (size_t i = 0; i < name.len; i++)
        if (!(name.at[i] >= 'A' && name.at[i] <= 'Z') &&
            !(name.at[i] >= 'a' && name.at[i] <= 'z') &&
            !(name.at[i] >= '0' && name.at[i] <= '9' && i > 0))
            return 0;
    *ret_value_at = (size_t)(colon - line.at) + 1;
    return name.len;
}

static enum gp_code take_line(struct reader *reader, struct gp_span line, unsigned number,
                              struct gp_err *err)
{
    struct gp_span content = trim(line);
    size_t value_at = 0;
    if (content.len == 0) {
        reader->record = NULL;
        return end_field(reader) ? GP_OK : gp_err_nomem(err);
    }
    if (strchr(" \t", line.at[0]) && reader->field) {
        gp_buf_append_char(&reader->value, '\n');
        gp_buf_append_span(&reader->value, content);
        return GP_OK;
    }
    size_t len = name_len(line, &value_at);
    if (len == 0)
        return gp_err_set(err, GP_ERR_INPUT,
                          "line %u: it is not \"Name : value\", as \"Format-List\" prints it; nor "
                          "does the file begin like JSON",
                          number);
    if (!end_field(reader))
        return gp_err_nomem(err);
    if (!reader->record)
        reader->record = app_import_add_record(reader->records);
    if (!reader->record)
        return gp_err_nomem(err);
    reader->field =
        app_import_add_field(reader->records, reader->record, gp_span_make(line.at, len));
    gp_buf_append_span(&reader->value, trim(gp_span_make(line.at + value_at, line.len - value_at)));
    return reader->field ? GP_OK : gp_err_nomem(err);
}

enum gp_code app_import_read_list(struct app_import_records *records, struct gp_span text,
                                  struct gp_err *err)
{
    struct reader reader = {.records = records};
    enum gp_code code = GP_OK;
    unsigned number = 0;
    gp_buf_init(&reader.value, APP_IMPORT_BYTES_MAX);
    for (size_t at = 0; at < text.len && code == GP_OK;) {
        const char *end = memchr(text.at + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.at) - at : text.len - at;
        code = take_line(&reader, gp_span_make(text.at + at, len), ++number, err);
        at += len + 1;
    }
    if (code == GP_OK && !end_field(&reader))
        code = gp_err_nomem(err);
    gp_buf_finish(&reader.value);
    return code;
}
