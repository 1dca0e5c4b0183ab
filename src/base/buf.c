/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define GP_BUF_FIRST 256

void gp_buf_init(struct gp_buf *buf, size_t max_bytes)
{
    GP_ASSERT(max_bytes > 0);
    *buf = (struct gp_buf){.max = max_bytes};
}

void gp_buf_widen(struct gp_buf *buf, size_t max_bytes)
{
    if (buf->max < max_bytes)
        buf->max = max_bytes;
}

void gp_buf_finish(struct gp_buf *buf)
{
    free(buf->mem);
    *buf = (struct gp_buf){.max = buf->max};
}

void gp_buf_reset(struct gp_buf *buf)
{
    buf->start = buf->end = 0;
    buf->error = GP_OK;
}

/* Makes room for len more bytes and one zero. */
static bool reserve(struct gp_buf *buf, size_t len)
{
    if (buf->error != GP_OK)
        return false;
    size_t held = buf->end - buf->start;
    if (len > buf->max - held) {
        buf->error = GP_ERR_LIMIT;
        return false;
    }
    if (buf->cap - buf->end > len && buf->mem)
        return true;
    if (buf->start > 0 && buf->cap - held > len && buf->start >= held) {
        memmove(buf->mem, buf->mem + buf->start, held);
        buf->start = 0;
        buf->end = held;
        return true;
    }
    size_t cap = buf->cap ? buf->cap : GP_BUF_FIRST;
    while (cap <= held + len)
        cap *= 2;
    char *mem = malloc(cap);
    if (!mem) {
        buf->error = GP_ERR_NOMEM;
        return false;
    }
    if (held > 0)
        memcpy(mem, buf->mem + buf->start, held);
    free(buf->mem);
    buf->mem = mem;
    buf->cap = cap;
    buf->start = 0;
    buf->end = held;
    return true;
}

void gp_buf_append(struct gp_buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !reserve(buf, len))
        return;
    memcpy(buf->mem + buf->end, bytes, len);
    buf->end += len;
}

void gp_buf_append_span(struct gp_buf *buf, struct gp_span span)
{
    gp_buf_append(buf, span.at, span.len);
}

void gp_buf_append_text(struct gp_buf *buf, const char *text)
{
    gp_buf_append(buf, text, strlen(text));
}

void gp_buf_append_char(struct gp_buf *buf, char c)
{
    gp_buf_append(buf, &c, 1);
}

void gp_buf_printf(struct gp_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len <= 0 || !reserve(buf, (size_t)len))
        return;
    va_start(args, format);
    vsnprintf(buf->mem + buf->end, (size_t)len + 1, format, args);
    va_end(args);
    buf->end += (size_t)len;
}

void gp_buf_consume(struct gp_buf *buf, size_t len)
{
    GP_ASSERT(len <= buf->end - buf->start);
    buf->start += len;
    if (buf->start == buf->end)
        buf->start = buf->end = 0;
}

void gp_buf_truncate(struct gp_buf *buf, size_t len)
{
    GP_ASSERT(len <= buf->end - buf->start);
    buf->end = buf->start + len;
}

char *gp_buf_room(struct gp_buf *buf, size_t min_len, size_t *ret_len)
{
    if (!reserve(buf, min_len))
        return NULL;
    size_t by_cap = buf->cap - buf->end - 1;
    size_t by_max = buf->max - (buf->end - buf->start);
    *ret_len = by_cap < by_max ? by_cap : by_max;
    return buf->mem + buf->end;
}

void gp_buf_wrote(struct gp_buf *buf, size_t len)
{
    GP_ASSERT(len < buf->cap - buf->end);
    buf->end += len;
}

const char *gp_buf_text(struct gp_buf *buf)
{
    if (!buf->mem && !reserve(buf, 0))
        return NULL;
    if (!buf->mem)
        return "";
    buf->mem[buf->end] = '\0'; /* reserve() always keeps one byte behind the contents */
    return buf->mem + buf->start;
}
