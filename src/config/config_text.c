/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libconfuse 3.3 reads the syntax. Its option arrays are made from the option table, each option as
 * a "pointer" whose parse callback keeps the text and the line at which libconfuse is; nothing is
 * converted here.
 *
 * libconfuse hands no argument of the caller to its callbacks. Each section therefore begins with
 * an option that no file sets, the marker: it carries the reader, and its default value is parsed
 * when a section begins, which is the only moment at which libconfuse tells that line.
 */
#include "config/config_text.h"

#include "config/prepare.h"
#include "nearest.h"

#include "base/text.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>

#define MARKER_NAME  "\n"
#define MARKER_VALUE "section"
#define SENTENCE_MAX 300
#define ROUNDS_MAX   APP_PROBLEMS_MAX /* one for each unknown option */

struct kept_value;

struct reader {
    struct gp_arena *arena;
    struct app_problems *problems;
    const struct kept_value *replaced; /* value that was just dropped for a new one of its option */
    unsigned told_line; /* what is wrong up to this line was told in an earlier round */
    bool is_done;       /* libconfuse only cleans up */
    bool is_unknown;    /* the round ended at an unknown option: */
    unsigned unknown_line;
    char unknown_name[SENTENCE_MAX];
};

/* The reader of this section, out of its marker (a long holds a pointer on every Linux). */
static struct reader *reader_of(const cfg_t *cfg)
{
    return (struct reader *)cfg->opts[0].def.number;
}

/* A value as libconfuse keeps it: owned by the arena, with its way back to the reader. */
struct kept_value {
    struct app_text_value value; /* first: what the tree points to */
    const cfg_opt_t *opt;
    struct reader *reader;
    bool is_given; /* of a marker: its section stands in the file */
};

static int keep_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *ret)
{
    struct reader *reader = reader_of(cfg);
    struct kept_value *kept = gp_arena_alloc(reader->arena, sizeof(*kept));
    char *copy = gp_arena_text(reader->arena, text);
    if (!kept || !copy) {
        app_problem_nomem(reader->problems);
        *(void **)ret = NULL;
        return 0; /* libconfuse aborts the program when a default value is refused */
    }
    *kept = (struct kept_value){{copy, (unsigned)cfg->line}, opt, reader, false};
    if (strcmp(opt->name, MARKER_NAME) == 0 && strcmp(text, MARKER_VALUE) != 0) {
        cfg_error(cfg, "no such option '%s'", "\\n");
        return -1;
    }
    if (reader->replaced && reader->replaced->opt == opt && kept->value.line > reader->told_line)
        app_problem(reader->problems, kept->value.line, "%s is given twice, first on line %u",
                    opt->name, reader->replaced->value.line);
    reader->replaced = NULL;
    *(struct app_text_value **)ret = &kept->value;
    return 0;
}

/* libconfuse lets go of a value when a second one comes for its option, and at the end. */
static void drop_value(void *value)
{
    struct kept_value *kept = value;
    if (!kept->reader->is_done)
        kept->reader->replaced = kept;
}

/* Behind the brace that closes a section. One that can stand only once began for libconfuse with
 * what is around it: the line of its first value is next to where it really does. */
static int on_section(cfg_t *cfg, cfg_opt_t *opt)
{
    const cfg_t *section = opt->values[opt->nvalues - 1]->section;
    struct kept_value *marker = section->opts[0].values[0]->ptr;
    marker->is_given = true;
    if (opt->flags & CFGF_MULTI)
        return 0;
    marker->value.line = (unsigned)cfg->line;
    for (const cfg_opt_t *in = section->opts + 1; in->name; in++) {
        const struct app_text_value *value =
            in->type == CFGT_PTR && in->nvalues > 0 ? in->values[0]->ptr : NULL;
        if (value && value->line < marker->value.line)
            marker->value.line = value->line;
    }
    return 0;
}

static void suggest(const cfg_t *cfg, const char *name)
{
    struct reader *reader = reader_of(cfg);
    struct app_nearest nearest;
    char safe[GP_TEXT_SAFE_MAX];
    app_nearest_init(&nearest, name);
    for (const cfg_opt_t *opt = cfg->opts + 1; opt->name; opt++)
        app_nearest_offer(&nearest, opt->name);
    bool is_root = strcmp(cfg->name, "root") == 0;
    app_problem(reader->problems, (unsigned)cfg->line, "unknown option '%s'%s%s%s%s%s",
                gp_text_safe(gp_span_text(name), safe), is_root ? "" : " in ",
                is_root ? "" : cfg->name, nearest.found ? "; did you mean '" : "",
                nearest.found ? nearest.found : "", nearest.found ? "'?" : "");
}

/* Where the section of this title begins that was there before; 0 when there are several kinds of
 * sections that have one. */
static unsigned first_line(const cfg_t *cfg, const char *title)
{
    unsigned line = 0;
    size_t count = 0;
    for (const cfg_opt_t *opt = cfg->opts; opt->name; opt++)
        for (unsigned i = 0; opt->type == CFGT_SEC && i < opt->nvalues; i++) {
            const cfg_t *section = opt->values[i]->section;
            const struct app_text_value *marker =
                section && section->title && strcmp(section->title, title) == 0
                    ? section->opts[0].values[0]->ptr
                    : NULL;
            line = marker ? marker->line : line;
            count += marker != NULL;
        }
    return count == 1 ? line : 0;
}

/* The title in a sentence of libconfuse about one that is there twice; NULL: it is another one. */
static char *twice_title(char *sentence)
{
    static const char twice[] = "found duplicate title '";
    size_t prefix = sizeof(twice) - 1, len = strlen(sentence);
    if (len <= prefix || memcmp(sentence, twice, prefix) != 0)
        return NULL;
    sentence[len - 1] = '\0'; /* the closing quote */
    return sentence + prefix;
}

static void tell_twice(const cfg_t *cfg, const char *title)
{
    struct reader *reader = reader_of(cfg);
    char safe[GP_TEXT_SAFE_MAX], first[40] = "";
    unsigned line = first_line(cfg, title);
    if (line > 0)
        snprintf(first, sizeof(first), ", first on line %u", line);
    app_problem(reader->problems, (unsigned)cfg->line, "duplicate title '%s'%s",
                gp_text_safe(gp_span_text(title), safe), first);
}

GP_PRINTF(2, 0)
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
    struct reader *reader = reader_of(cfg);
    char sentence[SENTENCE_MAX];
    struct gp_buf safe;
    vsnprintf(sentence, sizeof(sentence), format, args);
    static const char unknown[] = "no such option '";
    size_t prefix = sizeof(unknown) - 1, len = strlen(sentence);
    if (len > prefix && memcmp(sentence, unknown, prefix) == 0) {
        sentence[len - 1] = '\0'; /* the closing quote */
        snprintf(reader->unknown_name, sizeof(reader->unknown_name), "%s", sentence + prefix);
        reader->unknown_line = (unsigned)cfg->line;
        reader->is_unknown = true;
        suggest(cfg, reader->unknown_name);
        return;
    }
    const char *title = twice_title(sentence);
    if (title) {
        tell_twice(cfg, title);
        return;
    }
    gp_buf_init(&safe, 4 * sizeof(sentence) + 1);
    gp_text_escape(&safe, gp_span_text(sentence), sizeof(sentence));
    const char *text = gp_buf_text(&safe);
    app_problem(reader->problems, (unsigned)cfg->line, "%s", text ? text : "the syntax is wrong");
    gp_buf_finish(&safe);
}

static cfg_opt_t make_option(const char *name, cfg_flag_t flags, struct reader *reader)
{
    return (cfg_opt_t){.name = name,
                       .type = CFGT_PTR,
                       .flags = flags,
                       .def = {.number = (long)reader},
                       .parsecb = keep_value,
                       .freecb = drop_value};
}

#define SECTION_OPTIONS_MAX 96

/* The option array of a section and, inside it, of those below. Memory is the arena's; NULL: there
 * is none. */
static cfg_opt_t *make_options(enum app_section kind, struct reader *reader)
{
    size_t row_count, count = 0;
    const struct app_option_row *rows = app_section_options(kind, &row_count);
    cfg_opt_t *made = gp_arena_alloc(reader->arena, SECTION_OPTIONS_MAX * sizeof(*made));
    GP_ASSERT(row_count + APP_SECTION_COUNT + 2 <= SECTION_OPTIONS_MAX);
    if (!made)
        return NULL;
    made[count] = make_option(MARKER_NAME, CFGF_NONE, reader);
    if (!(made[count++].def.parsed = gp_arena_text(reader->arena, MARKER_VALUE)))
        return NULL;
    for (size_t i = 0; i < row_count; i++)
        made[count++] =
            make_option(rows[i].key, app_option_is_list(&rows[i]) ? CFGF_LIST : CFGF_NONE, reader);
    for (enum app_section below = APP_SECTION_ROOT + 1; below < APP_SECTION_COUNT; below++) {
        const struct app_section_row *row = app_section_row(below);
        static const cfg_flag_t flags[] = {
            [APP_ONCE] = CFGF_NONE,
            [APP_MANY] = CFGF_MULTI,
            [APP_TITLED] = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES,
        };
        if (row->parent != kind)
            continue;
        made[count] = (cfg_opt_t){
            .name = row->name, .type = CFGT_SEC, .flags = flags[row->form], .validcb = on_section};
        made[count].subopts = make_options(below, reader);
        if (!made[count++].subopts)
            return NULL;
    }
    return made; /* zeroed memory: the end mark is there */
}

static const char *copy_title(const cfg_t *cfg, struct reader *reader)
{
    if (!cfg->title)
        return NULL;
    const char *title = gp_arena_text(reader->arena, cfg->title);
    if (!title)
        app_problem_nomem(reader->problems);
    return title;
}

static void take_options(const cfg_t *cfg, struct reader *reader, struct app_text_section *section)
{
    size_t row_count;
    const struct app_option_row *rows = app_section_options(section->kind, &row_count);
    section->options = gp_arena_alloc(reader->arena, row_count * sizeof(*section->options));
    if (!section->options) {
        app_problem_nomem(reader->problems);
        return;
    }
    for (size_t i = 0; i < row_count; i++) {
        const cfg_opt_t *opt = &cfg->opts[1 + i];
        if (opt->nvalues == 0)
            continue;
        struct app_text_option *taken = &section->options[section->option_count++];
        taken->row = &rows[i];
        taken->count = opt->nvalues;
        taken->values = gp_arena_alloc(reader->arena, opt->nvalues * sizeof(*taken->values));
        if (!taken->values) {
            app_problem_nomem(reader->problems);
            return;
        }
        for (size_t j = 0; j < opt->nvalues; j++)
            taken->values[j] = opt->values[j]->ptr;
    }
}

/* Copies what libconfuse read. Recursion as deep as the option table, not as the input. */
static void take_section(const cfg_t *cfg, enum app_section kind, struct reader *reader,
                         struct app_text_section *ret)
{
    size_t row_count, count = 0;
    const struct kept_value *marker = cfg->opts[0].values[0]->ptr;
    *ret = (struct app_text_section){.kind = kind,
                                     .title = copy_title(cfg, reader),
                                     .line = marker->is_given ? marker->value.line : 0};
    take_options(cfg, reader, ret);
    app_section_options(kind, &row_count);
    const cfg_opt_t *below = &cfg->opts[1 + row_count];
    for (const cfg_opt_t *opt = below; opt->name; opt++)
        ret->child_count += opt->nvalues;
    if (ret->child_count == 0)
        return;
    ret->children = gp_arena_alloc(reader->arena, ret->child_count * sizeof(*ret->children));
    if (!ret->children) {
        app_problem_nomem(reader->problems);
        ret->child_count = 0;
        return;
    }
    enum app_section child = APP_SECTION_ROOT;
    for (const cfg_opt_t *opt = below; opt->name; opt++) {
        do
            child++; /* the same walk over the kinds as in make_options() */
        while (app_section_row(child)->parent != kind);
        for (unsigned i = 0; i < opt->nvalues; i++)
            take_section(opt->values[i]->section, child, reader, &ret->children[count++]);
    }
}

/* Returns whether text was read to its end; *ret is the tree then. */
static bool read_once(const char *text, struct reader *reader, const struct app_text_section **ret)
{
    bool is_read = false;
    cfg_opt_t *options = make_options(APP_SECTION_ROOT, reader);
    cfg_t *cfg = options ? cfg_init(options, CFGF_NONE) : NULL;
    struct app_text_section *root = gp_arena_alloc(reader->arena, sizeof(*root));
    if (!cfg || !root) {
        app_problem_nomem(reader->problems);
    } else {
        cfg_set_error_function(cfg, on_error);
        size_t told = reader->problems->count;
        bool is_parsed = cfg_parse_buf(cfg, text) == CFG_SUCCESS;
        is_read = is_parsed && !reader->problems->is_out_of_memory;
        if (is_read)
            take_section(cfg, APP_SECTION_ROOT, reader, root);
        else if (!is_parsed && !reader->is_unknown && reader->problems->count == told)
            app_problem(reader->problems, (unsigned)cfg->line, "the syntax is wrong");
    }
    reader->is_done = true;
    if (cfg)
        cfg_free(cfg);
    if (is_read)
        *ret = root;
    return is_read;
}

void app_text_read(char *text, size_t text_len, struct gp_arena *arena,
                   struct app_problems *problems, const struct app_text_section **ret)
{
    if (!app_config_prepare(text, text_len, problems))
        return;
    unsigned told_line = 0;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        struct reader reader = {.arena = arena, .problems = problems, .told_line = told_line};
        if (read_once(text, &reader, ret) || !reader.is_unknown ||
            !app_config_blank(text, reader.unknown_line, reader.unknown_name))
            return;
        told_line = reader.unknown_line;
        gp_arena_finish(arena); /* of this round nothing is kept */
    }
}

const struct app_text_option *app_text_option(const struct app_text_section *section,
                                              const char *key)
{
    for (size_t i = 0; i < section->option_count; i++)
        if (strcmp(section->options[i].row->key, key) == 0)
            return &section->options[i];
    return NULL;
}

unsigned app_text_line(const struct app_text_section *section, const char *key)
{
    const struct app_text_option *option = app_text_option(section, key);
    return option ? option->values[0]->line : section->line;
}

const struct app_text_section *app_text_child(const struct app_text_section *section,
                                              enum app_section kind, size_t number)
{
    for (size_t i = 0; i < section->child_count; i++)
        if (section->children[i].kind == kind && number-- == 0)
            return &section->children[i];
    return NULL;
}

size_t app_text_child_count(const struct app_text_section *section, enum app_section kind)
{
    size_t count = 0;
    for (size_t i = 0; i < section->child_count; i++)
        count += section->children[i].kind == kind;
    return count;
}
