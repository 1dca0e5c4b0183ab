/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/manual.h"

#include "config/values.h"

#include <string.h>

/* How one form writes sections and options. */
struct form {
    const char *name;
    void (*begin)(struct gp_buf *out); /* NULL: nothing stands at the top */
    void (*section)(const struct app_section_row *section, struct gp_buf *out);
    void (*option)(const struct app_option_row *row, struct gp_buf *out);
    void (*section_end)(struct gp_buf *out); /* NULL: nothing stands at the end */
};

/* What is the same in each form. */

/* `domain "DOMAIN"`, `domain "DOMAIN" / host "HOST"`; the file itself has none. */
static void put_section_name(const struct app_section_row *section, struct gp_buf *out)
{
    if (section->parent != APP_SECTION_ROOT) {
        put_section_name(app_section_row(section->parent), out);
        gp_buf_append_text(out, " / ");
    }
    gp_buf_append_text(out, section->name);
    if (section->title)
        gp_buf_printf(out, " \"%s\"", section->title);
}

/* The default as `config print` would write it; false when there is none. */
static bool put_preset(const struct app_option_row *row, struct gp_buf *out)
{
    uint32_t value;
    if (!row->preset)
        return false;
    if (row->type == APP_MILLISECONDS || row->type == APP_SECONDS || row->type == APP_BYTES ||
        row->type == APP_WORDS) {
        GP_ASSERT(row->size == sizeof(value));
        enum gp_code code = app_value_parse(row, row->preset, "", &value, NULL);
        GP_ASSERT(code == GP_OK);
        app_value_print(row, &value, out);
    } else {
        gp_buf_append_text(out, row->preset);
    }
    return true;
}

/* "duration, 1s to 10min" */
static void put_value(const struct app_option_row *row, struct gp_buf *out)
{
    if (row->type == APP_WORD || row->type == APP_BOOL || row->type == APP_PORT) {
        app_option_allowed(row, out);
        return;
    }
    size_t before = gp_buf_len(out);
    gp_buf_append_text(out, app_option_type_text(row));
    gp_buf_append_text(out, ", ");
    size_t with_comma = gp_buf_len(out);
    app_option_allowed(row, out);
    if (gp_buf_len(out) == with_comma)
        gp_buf_truncate(out, before + strlen(app_option_type_text(row)));
}

#define RESTART_NOTE "A change takes effect at a restart."

/* Help texts of the limits are phrases: here all become sentences, with `end` behind each but the
 * last. */
static void put_help(const char *help, const char *end, struct gp_buf *out)
{
    size_t len = strlen(help);
    char first = help[0];
    gp_buf_append_char(out, first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first);
    for (size_t i = 1; i < len; i++) {
        bool is_end = help[i] == '.' && help[i + 1] == ' ';
        gp_buf_append_char(out, help[i]);
        if (is_end) {
            gp_buf_append_text(out, end);
            i++;
        }
    }
    if (help[len - 1] != '.')
        gp_buf_append_char(out, '.');
}

/* For a terminal. */

static void text_section(const struct app_section_row *section, struct gp_buf *out)
{
    if (section->name[0]) {
        put_section_name(section, out);
        gp_buf_append_text(out, "\n");
    }
    gp_buf_append_text(out, "    ");
    put_help(section->help, " ", out);
    gp_buf_append_text(out, "\n\n");
}

static void text_option(const struct app_option_row *row, struct gp_buf *out)
{
    gp_buf_printf(out, "    %s  (", row->key);
    put_value(row, out);
    if (row->preset) {
        gp_buf_append_text(out, "; default ");
        put_preset(row, out);
    } else if (row->flags & APP_REQUIRED) {
        gp_buf_append_text(out, "; required");
    }
    if (row->flags & APP_RESTART)
        gp_buf_append_text(out, "; at a restart");
    gp_buf_append_text(out, ")\n        ");
    put_help(row->help, "\n        ", out);
    gp_buf_append_text(out, "\n");
}

static void text_end(struct gp_buf *out)
{
    gp_buf_append_text(out, "\n");
}

/* docs/options.md. */

static void markdown_begin(struct gp_buf *out)
{
    gp_buf_append_text(
        out,
        "# Options of gatepost.conf\n\n"
        "Printed by `gatepost config options --format=markdown`; a test holds this file against "
        "it.\n"
        "gatepost.conf(5) explains the syntax.\n");
}

static void markdown_section(const struct app_section_row *section, struct gp_buf *out)
{
    gp_buf_append_text(out, "\n## ");
    if (section->name[0]) {
        gp_buf_append_char(out, '`');
        put_section_name(section, out);
        gp_buf_append_char(out, '`');
    } else {
        gp_buf_append_text(out, "Outside of sections");
    }
    gp_buf_append_text(out, "\n\n");
    put_help(section->help, " ", out);
    gp_buf_append_text(out,
                       "\n\n| option | value | default | meaning |\n| --- | --- | --- | --- |\n");
}

static void markdown_option(const struct app_option_row *row, struct gp_buf *out)
{
    gp_buf_printf(out, "| `%s` | ", row->key);
    put_value(row, out);
    gp_buf_append_text(out, " | ");
    if (row->preset) {
        gp_buf_append_char(out, '`');
        put_preset(row, out);
        gp_buf_append_char(out, '`');
    } else {
        gp_buf_append_text(out, row->flags & APP_REQUIRED ? "required" : "not set");
    }
    gp_buf_append_text(out, " | ");
    put_help(row->help, " ", out);
    if (row->flags & APP_RESTART)
        gp_buf_append_text(out, " " RESTART_NOTE);
    gp_buf_append_text(out, " |\n");
}

/* gatepost.conf(5), in mdoc: each sentence begins a line, and none is longer than a terminal's. */

#define MAN_COLUMNS  78
#define MAN_TEXT_MAX 10000

/* Long lines are broken, but not before a dot: at the beginning of a line it would be a macro. */
static void put_lines(const char *text, struct gp_buf *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), end = len;
        if (len > MAN_COLUMNS)
            for (end = MAN_COLUMNS; end > 1 && (text[end] != ' ' || text[end + 1] == '.');)
                end--;
        gp_buf_append(out, text, end);
        gp_buf_append_char(out, '\n');
        text += end + (text[end] != '\0');
    }
}

static void man_text(struct gp_buf *text, struct gp_buf *out)
{
    const char *lines = gp_buf_text(text);
    if (lines)
        put_lines(lines, out);
    else
        out->error = GP_ERR_NOMEM;
    gp_buf_finish(text);
}

static void man_section(const struct app_section_row *section, struct gp_buf *out)
{
    struct gp_buf text;
    gp_buf_init(&text, MAN_TEXT_MAX);
    gp_buf_append_text(out, ".Ss ");
    if (section->name[0]) {
        gp_buf_append_text(out, "Section ");
        put_section_name(section, out);
    } else {
        gp_buf_append_text(out, "Outside of sections");
    }
    gp_buf_append_char(out, '\n');
    put_help(section->help, "\n", &text);
    man_text(&text, out);
    gp_buf_append_text(out, ".Bl -tag -width Ds\n");
}

static void man_option(const struct app_option_row *row, struct gp_buf *out)
{
    struct gp_buf text;
    gp_buf_init(&text, MAN_TEXT_MAX);
    gp_buf_printf(out, ".It Ic %s\n", row->key);
    put_help(row->help, "\n", &text);
    gp_buf_append_text(&text, "\nValue: ");
    put_value(row, &text);
    gp_buf_append_char(&text, '.');
    if (row->preset) {
        gp_buf_append_text(&text, "\nDefault: ");
        put_preset(row, &text);
        gp_buf_append_char(&text, '.');
    } else if (row->flags & APP_REQUIRED) {
        gp_buf_append_text(&text, "\nRequired.");
    }
    if (row->flags & APP_RESTART)
        gp_buf_append_text(&text, "\n" RESTART_NOTE);
    man_text(&text, out);
}

static void man_end(struct gp_buf *out)
{
    gp_buf_append_text(out, ".El\n");
}

static const struct form forms[] = {
    {"text", NULL, text_section, text_option, text_end},
    {"markdown", markdown_begin, markdown_section, markdown_option, NULL},
    {"man", NULL, man_section, man_option, man_end},
};

const char *const app_manual_forms[] = {"text", "markdown", "man", NULL};
_Static_assert(GP_ARRAY_LEN(app_manual_forms) == GP_ARRAY_LEN(forms) + 1, "a name for each form");

static void print(const struct form *form, struct gp_buf *out)
{
    if (form->begin)
        form->begin(out);
    for (enum app_section kind = APP_SECTION_ROOT; kind < APP_SECTION_COUNT; kind++) {
        size_t count;
        const struct app_option_row *rows = app_section_options(kind, &count);
        form->section(app_section_row(kind), out);
        for (size_t i = 0; i < count; i++)
            form->option(&rows[i], out);
        if (form->section_end)
            form->section_end(out);
    }
}

bool app_manual_print(const char *form, struct gp_buf *out)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(forms); i++)
        if (strcmp(forms[i].name, form) == 0) {
            print(&forms[i], out);
            return true;
        }
    return false;
}
