/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MS 250
#define FIRST_MS    500        /* what is done sooner needs no line */
#define ERASE       "\r\033[K" /* ECMA-48, EL: from the cursor to the end of the line */
#define NO_WRAP     "\033[?7l" /* DECAWM: in a narrow terminal it is cut, or could not be erased */
#define WRAP        "\033[?7h"

struct app_check_progress {
    const struct app_collect *collect;
    struct gp_timer *timer; /* owned */
    bool is_shown;
};

static void on_timer(void *arg)
{
    struct app_check_progress *progress = arg;
    struct app_collect_progress now;
    char span[GP_CLOCK_SPAN_MAX];
    app_collect_progress(progress->collect, &now);
    fprintf(stderr, ERASE NO_WRAP "%zu of %zu domain%s, %zu question%s open, %s left" WRAP,
            now.done_count, now.domain_count, now.domain_count == 1 ? "" : "s", now.question_count,
            now.question_count == 1 ? "" : "s",
            gp_clock_span_text(now.left_ms / 1000 * 1000, span));
    progress->is_shown = true;
    gp_timer_set(progress->timer, INTERVAL_MS);
}

static bool is_capable_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

enum gp_code app_check_progress_create(struct gp_loop *loop, struct app_check_progress **ret,
                                       struct gp_err *err)
{
    *ret = NULL;
    if (!is_capable_terminal())
        return GP_OK;
    struct app_check_progress *progress = calloc(1, sizeof(*progress));
    if (!progress)
        return gp_err_nomem(err);
    progress->timer = gp_timer_create(loop, on_timer, progress);
    if (!progress->timer) {
        free(progress);
        return gp_err_nomem(err);
    }
    *ret = progress;
    return GP_OK;
}

void app_check_progress_show(struct app_check_progress *progress, const struct app_collect *collect)
{
    if (!progress)
        return;
    progress->collect = collect;
    gp_timer_set(progress->timer, FIRST_MS);
}

void app_check_progress_destroy(struct app_check_progress *progress)
{
    if (!progress)
        return;
    if (progress->is_shown)
        fputs(ERASE, stderr);
    gp_timer_destroy(progress->timer);
    free(progress);
}
