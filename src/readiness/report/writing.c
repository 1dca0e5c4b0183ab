/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/writing.h"

#include <stdarg.h>

#define LINE_BYTES_MAX (64 * 1048576) /* with --all it names every subject */
#define INDENT_LEAST   4
#define COLUMNS_LEAST  24 /* that are left beside an indent, or there is none */

void app_text_init(struct app_text *text, const struct app_report *report, FILE *to)
{
    *text = (struct app_text){.report = report, .to = to};
    gp_buf_init(&text->line, LINE_BYTES_MAX);
}

void app_text_finish(struct app_text *text)
{
    gp_buf_finish(&text->line);
}

void app_text_put_status(struct app_text *text, enum app_status status, const char *word, int width)
{
    static const char *const colours[] = {
        [APP_PASS] = "\033[32m",    [APP_SKIP] = "\033[2m",  [APP_WARN] = "\033[33m",
        [APP_UNKNOWN] = "\033[35m", [APP_WAIT] = "\033[36m", [APP_FAIL] = "\033[1;31m",
    };
    bool has_colour = text->report->has_colour;
    fputs(has_colour ? colours[status] : "", text->to);
    app_text_begin_line(text, "%-*s", width, word);
    fputs(has_colour ? "\033[0m" : "", text->to);
}

void app_text_begin_line(struct app_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vfprintf(text->to, format, args);
    va_end(args);
    text->column += len > 0 ? (size_t)len : 0;
}

/* How many bytes of it fit into the columns: whole words, one at least. */
static size_t fitting(struct gp_span line, size_t columns)
{
    size_t len = 0, column = 0;
    for (size_t i = 0; i <= line.len; i++) {
        bool is_end = i == line.len || line.at[i] == ' ';
        if (is_end && len > 0 && column > columns)
            break;
        if (is_end)
            len = i;
        if (i < line.len)
            column += ((unsigned char)line.at[i] & 0xC0) != 0x80; /* characters of UTF-8 */
    }
    return len;
}

void app_text_end_line(struct app_text *text, size_t indent)
{
    struct gp_span line = gp_buf_span(&text->line);
    size_t width = text->report->width, column = text->column;
    if (indent + COLUMNS_LEAST > width)
        indent = INDENT_LEAST;
    while (width > 0) {
        size_t len = fitting(line, column < width ? width - column : 0);
        if (len == line.len)
            break;
        fprintf(text->to, "%.*s\n%*s", (int)len, line.at, (int)indent, "");
        line = gp_span_make(line.at + len + 1, line.len - len - 1);
        column = indent;
    }
    fprintf(text->to, "%.*s\n", GP_SPAN_ARG(line));
    if (gp_buf_failed(&text->line) != GP_OK)
        text->code = GP_ERR_NOMEM;
    gp_buf_reset(&text->line);
    text->column = 0;
}
