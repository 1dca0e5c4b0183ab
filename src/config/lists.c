/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/lists.h"

#include "base/file.h"
#include "base/text.h"
#include "federation/jid.h"

#define TOLD_MAX 5 /* wrong lines of one file */

static enum gp_code refuse(struct gp_span text, const char *why, struct gp_err *err)
{
    char safe[GP_TEXT_SAFE_MAX];
    return gp_err_set(err, GP_ERR_CONFIG, "'%s' %s", gp_text_safe(text, safe), why);
}

enum gp_code app_list_blocked_domain(const void *arg, struct gp_span text, struct gp_buf *ret,
                                     struct gp_err *err)
{
    bool has_dot = text.len > 1 && text.at[0] == '.';
    struct dns_domain domain;
    (void)arg;
    if (text.len > 1 && text.at[0] == '*')
        return refuse(text, "has a star; \".bad.example\" means it and everything below it", err);
    enum gp_code code =
        dns_domain_from_text(gp_span_make(text.at + has_dot, text.len - has_dot), &domain, err);
    if (code != GP_OK)
        return code;
    gp_buf_append_text(ret, has_dot ? "." : "");
    gp_buf_append_text(ret, domain.ascii);
    return GP_OK;
}

enum gp_code app_list_home_user(const void *arg, struct gp_span text, struct gp_buf *ret,
                                struct gp_err *err)
{
    const struct dns_domain *home = arg;
    char bare[FED_BARE_MAX];
    struct dns_domain domain;
    if (text.len > 0 && memchr(text.at, '/', text.len))
        return refuse(text, "has a resource; a bare address such as romeo@alpha.example is wanted",
                      err);
    struct gp_span local = fed_jid_local(text);
    if (local.len == 0)
        return refuse(text, "has no user; an address such as romeo@alpha.example is wanted", err);
    for (size_t i = 0; i < local.len; i++) /* RFC 7622, 3.3.1 */
        if (strchr("\"&':<> ", local.at[i]))
            return refuse(text, "has characters that no user has", err);
    enum gp_code code = dns_domain_from_jid(text, &domain, err);
    if (code != GP_OK)
        return code;
    if (!dns_domain_equal(&domain, home))
        return refuse(text, "is of another domain than the section", err);
    gp_buf_append_span(ret, fed_jid_bare(text, &domain, bare));
    return GP_OK;
}

static struct gp_span without_blanks(struct gp_span line)
{
    const char *comment = line.len > 0 ? memchr(line.at, '#', line.len) : NULL;
    if (comment)
        line.len = (size_t)(comment - line.at);
    while (line.len > 0 && strchr(" \t\r", line.at[line.len - 1]))
        line.len--;
    while (line.len > 0 && strchr(" \t", line.at[0]))
        line = gp_span_make(line.at + 1, line.len - 1);
    return line;
}

static enum gp_code add_entry(struct gp_span text, app_list_entry_fn *entry, const void *arg,
                              struct gp_names *names, struct gp_err *err)
{
    struct gp_buf normal;
    gp_buf_init(&normal, FED_BARE_MAX);
    enum gp_code code = gp_text_is_utf8(text) ? entry(arg, text, &normal, err)
                                              : refuse(text, "is no UTF-8 text", err);
    if (code == GP_OK)
        code = gp_buf_failed(&normal);
    if (code == GP_OK && names->count >= APP_LIST_ENTRIES_MAX)
        code = gp_err_set(err, GP_ERR_LIMIT, "the list has more than %d entries",
                          APP_LIST_ENTRIES_MAX);
    else if (code == GP_OK)
        code = gp_names_add(names, gp_buf_span(&normal));
    gp_buf_finish(&normal);
    return code;
}

void app_list_begin(struct app_list_lines *lines, struct gp_span text)
{
    static const char mark[] = "\xef\xbb\xbf"; /* as some editors begin UTF-8 */
    if (text.len >= sizeof(mark) - 1 && memcmp(text.at, mark, sizeof(mark) - 1) == 0)
        text = gp_span_make(text.at + sizeof(mark) - 1, text.len - (sizeof(mark) - 1));
    *lines = (struct app_list_lines){.rest = text};
}

bool app_list_next(struct app_list_lines *lines, struct gp_span *ret)
{
    while (lines->rest.len > 0) {
        struct gp_span text = lines->rest;
        const char *end = memchr(text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        size_t used = len + (end ? 1 : 0);
        lines->rest = gp_span_make(text.at + used, text.len - used);
        lines->number++;
        *ret = without_blanks(gp_span_make(text.at, len));
        if (ret->len > 0)
            return true;
    }
    return false;
}

void app_list_parse(struct gp_span text, const char *path, app_list_entry_fn *entry,
                    const void *arg, unsigned line, const char *where, struct gp_names *names,
                    struct app_problems *problems)
{
    struct app_list_lines lines;
    struct gp_span bare;
    unsigned wrong = 0;
    app_list_begin(&lines, text);
    while (wrong < TOLD_MAX && app_list_next(&lines, &bare)) {
        struct gp_err err = {0};
        enum gp_code code = add_entry(bare, entry, arg, names, &err);
        if (code == GP_ERR_NOMEM) {
            app_problem_nomem(problems);
            return;
        }
        if (code != GP_OK) {
            app_problem(problems, line, "%s: %s:%u: %s", where, path, lines.number, err.text);
            wrong++;
        }
    }
    if (lines.rest.len > 0)
        app_problem(problems, line, "%s: %s: what follows line %u was not looked at", where, path,
                    lines.number);
    gp_names_seal(names);
}

void app_list_read(const char *path, app_list_entry_fn *entry, const void *arg, unsigned line,
                   const char *where, struct gp_names *names, struct app_problems *problems)
{
    struct gp_buf text;
    struct gp_err err;
    if (!path)
        return;
    gp_buf_init(&text, APP_LIST_BYTES_MAX);
    if (gp_file_read(path, &text, &err) == GP_OK)
        app_list_parse(gp_buf_span(&text), path, entry, arg, line, where, names, problems);
    else
        app_problem(problems, line, "%s: %s", where, err.text);
    gp_buf_finish(&text);
}
