/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum gp_err_class class;
    const char *text;
} codes[] = {
#define GP_ERR_ROW(symbol, class, text) [symbol] = {GP_CLASS_##class, text},
#include "base/err_codes.def"
#undef GP_ERR_ROW
};

void gp_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "gatepost: internal rule broken: %s (%s:%d)\n", condition, file, line);
    abort();
}

enum gp_code gp_err_set(struct gp_err *err, enum gp_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        err->code = code;
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

enum gp_code gp_err_system(struct gp_err *err, int errnum, const char *format, ...)
{
    if (err) {
        va_list args;
        char reason[128];
        size_t used;
        err->code = GP_ERR_SYSTEM;
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        used = strlen(err->text);
        snprintf(err->text + used, sizeof(err->text) - used, ": %s",
                 strerror_r(errnum, reason, sizeof(reason)));
    }
    return GP_ERR_SYSTEM;
}

enum gp_code gp_err_wrap(struct gp_err *err, enum gp_code code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    char inner[GP_ERR_TEXT_MAX];
    memcpy(inner, err->text, sizeof(inner));
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
    if (err->code == GP_OK)
        err->code = code;
    return err->code;
}

enum gp_code gp_err_nomem(struct gp_err *err)
{
    return gp_err_set(err, GP_ERR_NOMEM, "out of memory");
}

const char *gp_code_text(enum gp_code code)
{
    return (size_t)code < GP_ARRAY_LEN(codes) ? codes[code].text : "unknown error";
}

enum gp_err_class gp_code_class(enum gp_code code)
{
    return (size_t)code < GP_ARRAY_LEN(codes) ? codes[code].class : GP_CLASS_BUG;
}
