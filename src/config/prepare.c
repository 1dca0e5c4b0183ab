/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/prepare.h"

#include "base/text.h"

#define DEPTH_MAX 8 /* braces inside braces; the option table needs three */

struct scan {
    char *at;      /* the next character; a zero byte ends the text */
    unsigned line; /* of *at */
    unsigned depth;
    unsigned opened[DEPTH_MAX]; /* line of each brace that is still open */
    char signs[3]; /* the last elements, this one included: a sign each, or a letter for a word */
    struct app_problems *problems;
};

/* What separates words for the scanner. */
static bool is_word_char(char c)
{
    return c != '\0' && !strchr(" #\"'\t\n\r={}()+,*", c);
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != '\n')
            *from = ' ';
}

static void blank_line_comment(struct scan *scan)
{
    char *end = scan->at + strcspn(scan->at, "\n");
    blank(scan->at, end);
    scan->at = end;
}

static bool blank_block_comment(struct scan *scan)
{
    char *end = strstr(scan->at + 2, "*/");
    if (!end) {
        app_problem(scan->problems, scan->line, "the comment that begins here does not end");
        return false;
    }
    for (const char *p = scan->at; p < end; p++)
        scan->line += *p == '\n';
    blank(scan->at, end + 2);
    scan->at = end + 2;
    return true;
}

/* Past a quoted string. Inside double quotes a backslash takes the meaning of the next character
 * away. */
static bool skip_string(struct scan *scan)
{
    char quote = *scan->at++;
    for (; *scan->at != quote; scan->at++) {
        if (*scan->at == '\\' && scan->at[1] >= '0' && scan->at[1] <= '9' && quote == '"') {
            app_problem(scan->problems, scan->line, "numeric escapes are not taken");
            return false;
        }
        if (*scan->at == '$' && scan->at[1] == '{' && quote == '"') {
            app_problem(scan->problems, scan->line,
                        "environment variables are not taken; for the characters write \\${");
            return false;
        }
        if (*scan->at == '\\' && scan->at[1] != '\n' && scan->at[1] != '\0')
            scan->at++;
        else if (*scan->at == '\n' || *scan->at == '\0') {
            app_problem(scan->problems, scan->line, "the string does not end on its line");
            return false;
        }
    }
    scan->at++;
    return true;
}

static bool enter(struct scan *scan)
{
    if (scan->depth == DEPTH_MAX) {
        app_problem(scan->problems, scan->line, "braces are nested too deeply");
        return false;
    }
    scan->opened[scan->depth++] = scan->line;
    scan->at++;
    return true;
}

static bool leave(struct scan *scan)
{
    if (scan->depth == 0) {
        app_problem(scan->problems, scan->line, "'}' without a '{' before it");
        return false;
    }
    if (scan->signs[0] == '=' && scan->signs[1] == '{') {
        app_problem(scan->problems, scan->line, "the list is empty; leave the option out");
        return false;
    }
    scan->depth--;
    scan->at++;
    return true;
}

static bool skip_word(struct scan *scan)
{
    for (; is_word_char(*scan->at); scan->at++)
        if (*scan->at == '$' && scan->at[1] == '{') {
            app_problem(scan->problems, scan->line, "environment variables are not taken");
            return false;
        }
    return true;
}

/* One element of the text: white space, comment, string, sign or word. */
static bool step(struct scan *scan)
{
    char c = *scan->at, next = scan->at[1], safe[GP_TEXT_SAFE_MAX];
    if (c == '\n')
        scan->line++;
    if (strchr(" \t\r\n,", c)) {
        scan->at++;
        return true;
    }
    if (c == '#' || (c == '/' && next == '/')) {
        blank_line_comment(scan);
        return true;
    }
    if (c == '/' && next == '*')
        return blank_block_comment(scan);
    memmove(scan->signs, scan->signs + 1, sizeof(scan->signs) - 1);
    scan->signs[sizeof(scan->signs) - 1] = is_word_char(c) ? 'a' : c;
    if (c == '=') {
        scan->at++;
        return true;
    }
    if (c == '"' || c == '\'')
        return skip_string(scan);
    if (c == '{')
        return enter(scan);
    if (c == '}')
        return leave(scan);
    if (c == '+' && next == '=') {
        scan->at++;
        return true;
    }
    if (is_word_char(c))
        return skip_word(scan);
    app_problem(scan->problems, scan->line, "'%s' means nothing here; text with it needs quotes",
                gp_text_safe(gp_span_make(&c, 1), safe));
    return false;
}

bool app_config_prepare(char *text, size_t len, struct app_problems *problems)
{
    struct scan scan = {.at = text, .line = 1, .problems = problems};
    struct gp_utf8 utf8 = {0};
    for (size_t i = 0, line = 1; i <= len; i++) {
        /* One byte at a time, to know the line; the last round asks whether a character is
         * unfinished. */
        if (i == len ? utf8.missing > 0 : !gp_utf8_feed(&utf8, text + i, 1)) {
            app_problem(problems, (unsigned)line, "the file holds bytes that are not UTF-8 text");
            return false;
        }
        line += i < len && text[i] == '\n';
    }
    while (*scan.at)
        if (!step(&scan))
            return false;
    if (scan.depth > 0) {
        app_problem(problems, scan.opened[scan.depth - 1], "the '{' on this line is never closed");
        return false;
    }
    return true;
}

static bool skip_blanks(struct scan *scan)
{
    while (*scan->at && strchr(" \t\r\n", *scan->at))
        scan->at++;
    return *scan->at != '\0';
}

/* Past one word or string. The text was prepared, so nothing can be refused any more. */
static bool skip_token(struct scan *scan)
{
    if (!skip_blanks(scan))
        return false;
    if (*scan->at == '"' || *scan->at == '\'')
        return skip_string(scan);
    if (!is_word_char(*scan->at))
        return false;
    return skip_word(scan);
}

/* From '{' past its '}'. */
static bool skip_braces(struct scan *scan)
{
    unsigned outside = scan->depth;
    do {
        if (!*scan->at || !step(scan))
            return false;
    } while (scan->depth > outside);
    return true;
}

/* Behind the name: "= value", "= { values }", "{ ... }" or "TITLE { ... }". */
static bool skip_statement(struct scan *scan)
{
    if (!skip_blanks(scan))
        return false;
    if (*scan->at == '+')
        scan->at++;
    bool is_option = *scan->at == '=';
    if (is_option)
        scan->at++;
    if (!skip_blanks(scan))
        return false;
    if (*scan->at == '{')
        return skip_braces(scan);
    if (!skip_token(scan))
        return false;
    return is_option || !skip_blanks(scan) || *scan->at != '{' || skip_braces(scan);
}

bool app_config_blank(char *text, unsigned line, const char *name)
{
    struct app_problems nothing; /* what was prepared is not refused again */
    app_problems_init(&nothing, "", NULL, NULL);
    struct scan scan = {.at = text, .line = 1, .problems = &nothing};
    size_t len = strlen(name);
    while (*scan.at && scan.line < line)
        if (!step(&scan))
            return false;
    while (*scan.at && scan.line == line) {
        char *start = scan.at;
        if (is_word_char(*start) && skip_word(&scan)) {
            if ((size_t)(scan.at - start) == len && memcmp(start, name, len) == 0) {
                if (!skip_statement(&scan))
                    return false;
                blank(start, scan.at);
                return true;
            }
        } else if (!step(&scan)) {
            return false;
        }
    }
    return false;
}
