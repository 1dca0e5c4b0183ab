/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only readers of the system's clocks. Timers and durations use the monotonic clock; the wall
 * clock serves only for what has a date (certificates, signatures, log lines). Pure code is handed
 * "now" as an argument.
 */
#ifndef GP_BASE_CLOCK_H
#define GP_BASE_CLOCK_H

#include "base/err.h"

/* Milliseconds since some fixed moment; never goes back. */
int64_t gp_clock_mono_ms(void);

/* The same clock in microseconds, for other processes of this machine. */
int64_t gp_clock_mono_us(void);

/* Seconds since 1970-01-01T00:00:00Z. */
int64_t gp_clock_wall_s(void);

#define GP_CLOCK_TEXT_MAX 25

/* "2026-03-01T12:00:00Z" from wall seconds; returns text. */
const char *gp_clock_text(int64_t wall_s, char text[GP_CLOCK_TEXT_MAX]);

/* The same with milliseconds, of this moment. */
const char *gp_clock_now_text(char text[GP_CLOCK_TEXT_MAX]);

/* Wall seconds of a time as gp_clock_text() writes it. Errors: GP_ERR_INPUT; *ret is untouched
 * then. */
GP_MUST_USE enum gp_code gp_clock_parse(const char *text, int64_t *ret);

#define GP_CLOCK_SPAN_MAX 32

/* A duration for people, such as "3 d 4 h", "12 min 5 s" or "0.4 s"; returns text. */
const char *gp_clock_span_text(int64_t duration_ms, char text[GP_CLOCK_SPAN_MAX]);

#endif
