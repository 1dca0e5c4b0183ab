/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line for each event: time, level, event name, sentence, key=value pairs; as text or as JSON.
 *
 * Operators and tests match the event name, which does not change; the sentence may. A log belongs
 * to one thread; several may share a descriptor, since a line is written in one piece. Writing
 * never waits: a line that the descriptor does not take at once is dropped and counted, and the
 * next line that gets through says how many were.
 *
 *   error    an operator must act            notice   start, stop, reload
 *   warning  going on, but degraded          info     one line when a stream opens, one when it
 * closes debug    changes of state
 */
#ifndef GP_BASE_LOG_H
#define GP_BASE_LOG_H

#include "base/err.h"

enum gp_log_level {
    GP_LOG_ERROR,
    GP_LOG_WARNING,
    GP_LOG_NOTICE,
    GP_LOG_INFO,
    GP_LOG_DEBUG
};
enum gp_log_format {
    GP_LOG_TEXT,
    GP_LOG_JSON
};

#define GP_LOG_LINE_MAX 3500 /* below PIPE_BUF: lines of several writers do not mix */

struct gp_log {
    int fd; /* borrowed */
    enum gp_log_level level;
    enum gp_log_format format;
    uint64_t dropped;      /* lines lost since the last one that was written */
    int64_t window_ms;     /* start of the present second */
    unsigned window_lines; /* lines in it */
};

/* A pair is left out when its text is NULL. */
struct gp_log_field {
    const char *key;
    const char *text; /* borrowed for the call; escaped and cut by the formatter */
};

/* For gp_log_write(): GP_LOG_FIELDS({"partner", name}, {"direction", "in"}) */
#define GP_LOG_FIELDS(...)                      \
    (const struct gp_log_field[]){__VA_ARGS__}, \
        sizeof((const struct gp_log_field[]){__VA_ARGS__}) / sizeof(struct gp_log_field)
#define GP_LOG_NO_FIELDS NULL, 0

void gp_log_init(struct gp_log *log, int fd, enum gp_log_level level, enum gp_log_format format);

static inline bool gp_log_wants(const struct gp_log *log, enum gp_log_level level)
{
    return level <= log->level;
}

/* Writes a line if the level is wanted: the event's name, its fields, and a sentence. */
void gp_log_write(struct gp_log *log, enum gp_log_level level, const char *event,
                  const struct gp_log_field *fields, size_t field_count, const char *format, ...)
    GP_PRINTF(6, 7);

const char *gp_log_level_text(enum gp_log_level level);

#endif
