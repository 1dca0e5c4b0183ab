/* SPDX-License-Identifier: BSD-2-Clause */
#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void app_problems_init(struct app_problems *problems, const char *path, struct gp_buf *report,
                       struct gp_err *first)
{
    *problems = (struct app_problems){.path = path, .report = report, .first = first};
}

void app_problems_finish(struct app_problems *problems)
{
    for (size_t i = 0; i < problems->warning_count; i++)
        free(problems->warnings[i]);
    free(problems->warnings);
    problems->warnings = NULL;
    problems->warning_count = 0;
}

#define SENTENCE_MAX 1000

GP_PRINTF(4, 0)
static void put_sentence(char out[SENTENCE_MAX], const struct app_problems *problems, unsigned line,
                         const char *format, va_list args)
{
    char place[24] = "";
    if (line > 0)
        snprintf(place, sizeof(place), ":%u", line);
    int used = snprintf(out, SENTENCE_MAX, "%s%s: ", problems->path, place);
    if (used > 0 && used < SENTENCE_MAX)
        vsnprintf(out + used, (size_t)(SENTENCE_MAX - used), format, args);
}

void app_problem(struct app_problems *problems, unsigned line, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;
    if (problems->count++ >= APP_PROBLEMS_MAX)
        return;
    va_start(args, format);
    put_sentence(sentence, problems, line, format, args);
    va_end(args);
    if (problems->count == 1)
        gp_err_set(problems->first, GP_ERR_CONFIG, "%s", sentence);
    if (problems->report)
        gp_buf_printf(problems->report, "%s\n", sentence);
}

void app_warning(struct app_problems *problems, unsigned line, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list args;
    if (problems->warning_count >= APP_PROBLEMS_MAX)
        return;
    va_start(args, format);
    put_sentence(sentence, problems, line, format, args);
    va_end(args);
    char **grown =
        realloc(problems->warnings, (problems->warning_count + 1) * sizeof(*problems->warnings));
    if (grown)
        problems->warnings = grown;
    char *copy = grown ? strdup(sentence) : NULL;
    if (copy)
        problems->warnings[problems->warning_count++] = copy;
    else
        app_problem_nomem(problems);
}

void app_problem_nomem(struct app_problems *problems)
{
    problems->is_out_of_memory = true;
    gp_err_nomem(problems->first);
}

enum gp_code app_problems_code(const struct app_problems *problems)
{
    if (problems->is_out_of_memory)
        return GP_ERR_NOMEM;
    return problems->count > 0 ? GP_ERR_CONFIG : GP_OK;
}
