/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable queue of bytes with a ceiling. Bytes are appended at the end and consumed from the
 * front.
 *
 * The ceiling is an ordinary error, and errors stick: after the first append that does not fit
 * every later append is a no-op, so that a writer appends freely and asks gp_buf_failed() once at
 * the end.
 */
#ifndef GP_BASE_BUF_H
#define GP_BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

struct gp_buf {
    char *mem;          /* owned; NULL until the first append */
    size_t start;       /* offset of the first byte that was not consumed */
    size_t end;         /* offset behind the last byte */
    size_t cap;         /* bytes of mem */
    size_t max;         /* ceiling of end - start */
    enum gp_code error; /* GP_OK, GP_ERR_LIMIT or GP_ERR_NOMEM; sticks until gp_buf_reset() */
};

/* max_bytes: the most this buffer may hold at a time; must be above 0. Allocates nothing. */
void gp_buf_init(struct gp_buf *buf, size_t max_bytes);

/* Raises the ceiling; a lower one than there is changes nothing. */
void gp_buf_widen(struct gp_buf *buf, size_t max_bytes);

/* Releases the memory. The buffer may be used again with its old ceiling. */
void gp_buf_finish(struct gp_buf *buf);

/* Forgets contents and error, keeps the memory. */
void gp_buf_reset(struct gp_buf *buf);

/* Each appends; what does not fit, or has no memory, leaves the buffer failed (gp_buf_failed()). */
void gp_buf_append(struct gp_buf *buf, const void *bytes, size_t len);
void gp_buf_append_span(struct gp_buf *buf, struct gp_span span);
void gp_buf_append_text(struct gp_buf *buf, const char *text);
void gp_buf_append_char(struct gp_buf *buf, char c);
void gp_buf_printf(struct gp_buf *buf, const char *format, ...) GP_PRINTF(2, 3);

/* Drops len bytes from the front; len must not exceed what the buffer holds. */
void gp_buf_consume(struct gp_buf *buf, size_t len);

/* Shortens to the first len bytes. */
void gp_buf_truncate(struct gp_buf *buf, size_t len);

/*
 * Room for a read: returns where up to *ret_len bytes may be written, at least min_len of them, or
 * NULL when the ceiling or memory forbids it (which sticks). gp_buf_wrote() then says how many were
 * written.
 */
char *gp_buf_room(struct gp_buf *buf, size_t min_len, size_t *ret_len);
void gp_buf_wrote(struct gp_buf *buf, size_t len);

/* The contents as a text that ends with a zero byte (not counted). NULL if that needs memory there
 * is not. */
const char *gp_buf_text(struct gp_buf *buf);

static inline struct gp_span gp_buf_span(const struct gp_buf *buf)
{
    return gp_span_make(buf->mem ? buf->mem + buf->start : "", buf->end - buf->start);
}

static inline size_t gp_buf_len(const struct gp_buf *buf)
{
    return buf->end - buf->start;
}

static inline enum gp_code gp_buf_failed(const struct gp_buf *buf)
{
    return buf->error;
}

#endif
