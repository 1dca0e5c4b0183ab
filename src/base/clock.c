/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t gp_clock_mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t gp_clock_mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t gp_clock_wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

const char *gp_clock_text(int64_t wall_s, char text[GP_CLOCK_TEXT_MAX])
{
    time_t when = (time_t)wall_s;
    struct tm parts;
    if (!gmtime_r(&when, &parts) ||
        strftime(text, GP_CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(text, GP_CLOCK_TEXT_MAX, "(no date)");
    return text;
}

enum gp_code gp_clock_parse(const char *text, int64_t *ret)
{
    struct tm parts = {0};
    char again[GP_CLOCK_TEXT_MAX];
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (!end || *end != '\0')
        return GP_ERR_INPUT;
    int64_t wall_s = timegm(&parts);
    if (strcmp(gp_clock_text(wall_s, again), text) != 0) /* the 30th of February */
        return GP_ERR_INPUT;
    *ret = wall_s;
    return GP_OK;
}

const char *gp_clock_now_text(char text[GP_CLOCK_TEXT_MAX])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    size_t used = 0;
    if (gmtime_r(&now.tv_sec, &parts))
        used = strftime(text, GP_CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + used, GP_CLOCK_TEXT_MAX - used, ".%03ldZ", now.tv_nsec / 1000000);
    return text;
}

const char *gp_clock_span_text(int64_t duration_ms, char text[GP_CLOCK_SPAN_MAX])
{
    int64_t s = duration_ms / 1000;
    if (duration_ms < 60000)
        snprintf(text, GP_CLOCK_SPAN_MAX, "%" PRId64 ".%" PRId64 " s", s, duration_ms % 1000 / 100);
    else if (s < 3600)
        snprintf(text, GP_CLOCK_SPAN_MAX, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(text, GP_CLOCK_SPAN_MAX, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
    else
        snprintf(text, GP_CLOCK_SPAN_MAX, "%" PRId64 " d %" PRId64 " h", s / 86400,
                 s % 86400 / 3600);
    return text;
}
