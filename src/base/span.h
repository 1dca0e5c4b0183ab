/* SPDX-License-Identifier: BSD-2-Clause */
/* A view of bytes that somebody else owns. Not terminated by a zero. */
#ifndef GP_BASE_SPAN_H
#define GP_BASE_SPAN_H

#include "base/defs.h"

#include <string.h>

struct gp_span {
    const char *at;
    size_t len;
};

static inline struct gp_span gp_span_make(const void *at, size_t len)
{
    return (struct gp_span){.at = at, .len = len};
}

/* NULL becomes the empty span. */
static inline struct gp_span gp_span_text(const char *text)
{
    return (struct gp_span){.at = text, .len = text ? strlen(text) : 0};
}

static inline bool gp_span_is(struct gp_span span, const char *text)
{
    size_t len = strlen(text);
    return span.len == len && (len == 0 || memcmp(span.at, text, len) == 0);
}

static inline bool gp_span_equal(struct gp_span a, struct gp_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* For printf: "%.*s", GP_SPAN_ARG(span). */
#define GP_SPAN_ARG(span) (int)(span).len, (span).at

#endif
