/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* A peer that makes events must not make gigabytes. */
#define GP_LOG_LINES_PER_SECOND 2000

#define GP_LOG_VALUE_MAX        400

void gp_log_init(struct gp_log *log, int fd, enum gp_log_level level, enum gp_log_format format)
{
    *log = (struct gp_log){.fd = fd, .level = level, .format = format};
}

const char *gp_log_level_text(enum gp_log_level level)
{
    static const char *const texts[] = {"error", "warning", "notice", "info", "debug"};
    return texts[level];
}

static bool is_bare(const char *text)
{
    if (*text == '\0')
        return false;
    return text[strcspn(text, " \"=\\")] == '\0';
}

static void put_text(struct gp_buf *out, const char *text)
{
    if (is_bare(text)) {
        gp_text_escape(out, gp_span_text(text), GP_LOG_VALUE_MAX);
        return;
    }
    gp_buf_append_char(out, '"');
    for (const char *at = text;;) {
        size_t plain = strcspn(at, "\"");
        gp_text_escape(out, gp_span_make(at, plain), GP_LOG_VALUE_MAX);
        if (at[plain] == '\0')
            break;
        gp_buf_append_text(out, "\\\"");
        at += plain + 1;
    }
    gp_buf_append_char(out, '"');
}

static void put_json(struct gp_buf *out, const char *key, const char *text)
{
    size_t len = strnlen(text, GP_LOG_VALUE_MAX);
    gp_buf_printf(out, "%s\"%s\":\"", gp_buf_len(out) > 1 ? "," : "", key);
    gp_text_json(out, gp_span_make(text, len));
    gp_buf_append_text(out, text[len] ? "...\"" : "\"");
}

static void write_line(struct gp_log *log, const char *line, size_t len)
{
    struct pollfd ready = {.fd = log->fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT) ||
        write(log->fd, line, len) != (ssize_t)len)
        log->dropped++;
    else
        log->dropped = 0;
}

static bool over_rate(struct gp_log *log)
{
    int64_t now = gp_clock_mono_ms();
    if (now - log->window_ms >= 1000) {
        log->window_ms = now;
        log->window_lines = 0;
    }
    return log->window_lines++ >= GP_LOG_LINES_PER_SECOND;
}

void gp_log_write(struct gp_log *log, enum gp_log_level level, const char *event,
                  const struct gp_log_field *fields, size_t field_count, const char *format, ...)
{
    if (!gp_log_wants(log, level))
        return;
    if (over_rate(log)) {
        log->dropped++;
        return;
    }
    char when[GP_CLOCK_TEXT_MAX], sentence[1024], lost[24] = "";
    struct gp_buf line;
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    gp_clock_now_text(when);
    gp_buf_init(&line, GP_LOG_LINE_MAX);
    if (log->dropped)
        snprintf(lost, sizeof(lost), "%" PRIu64, log->dropped);
    if (log->format == GP_LOG_JSON) {
        gp_buf_append_char(&line, '{');
        put_json(&line, "time", when);
        put_json(&line, "level", gp_log_level_text(level));
        put_json(&line, "event", event);
        put_json(&line, "message", sentence);
        for (size_t i = 0; i < field_count; i++)
            if (fields[i].text)
                put_json(&line, fields[i].key, fields[i].text);
        if (lost[0])
            put_json(&line, "lines_dropped", lost);
        gp_buf_append_char(&line, '}');
    } else {
        gp_buf_printf(&line, "%s %-7s %s: ", when, gp_log_level_text(level), event);
        gp_text_escape(&line, gp_span_text(sentence), sizeof(sentence));
        for (size_t i = 0; i < field_count; i++) {
            if (!fields[i].text)
                continue;
            gp_buf_printf(&line, " %s=", fields[i].key);
            put_text(&line, fields[i].text);
        }
        if (lost[0])
            gp_buf_printf(&line, " lines_dropped=%s", lost);
    }
    gp_buf_append_char(&line, '\n');
    if (gp_buf_failed(&line) !=
        GP_OK) /* cannot happen with the limits above, but a line must not tear */
        log->dropped++;
    else
        write_line(log, gp_buf_span(&line).at, gp_buf_len(&line));
    gp_buf_finish(&line);
}
