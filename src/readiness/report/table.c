/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/table.h"

#include <string.h>

#define VERDICT_WIDTH 9
#define DOMAIN_WIDTH  40 /* a longer name pushes what follows aside */

void app_text_put_coloured(const struct app_report *report, FILE *to, enum app_status status,
                           const char *text, int width)
{
    static const char *const colours[] = {
        [APP_PASS] = "\033[32m",    [APP_SKIP] = "\033[2m",  [APP_WARN] = "\033[33m",
        [APP_UNKNOWN] = "\033[35m", [APP_WAIT] = "\033[36m", [APP_FAIL] = "\033[1;31m",
    };
    if (report->has_colour)
        fprintf(to, "%s%-*s\033[0m", colours[status], width, text);
    else
        fprintf(to, "%-*s", width, text);
}

static void put_row(const struct app_report *report, const struct app_domain_verdict *verdict,
                    int width, FILE *to)
{
    struct gp_buf reason;
    gp_buf_init(&reason, APP_VERDICT_TEXT_MAX);
    app_verdict_reason(&reason, verdict);
    app_text_put_coloured(report, to, app_verdict_status(verdict->verdict),
                          app_verdict_text(verdict->verdict), VERDICT_WIDTH);
    fprintf(to, gp_buf_len(&reason) > 0 ? "  %-*s  %.*s\n" : "  %-*s%.*s\n", width,
            verdict->domain->domain.ascii, GP_SPAN_ARG(gp_buf_span(&reason)));
    gp_buf_finish(&reason);
}

static int width_of(const struct app_verdicts *verdicts)
{
    size_t width = 0;
    for (size_t i = 0; i < verdicts->count; i++) {
        size_t len = strlen(verdicts->list[i]->domain->domain.ascii);
        width = len > width ? len : width;
    }
    return (int)(width < DOMAIN_WIDTH ? width : DOMAIN_WIDTH);
}

void app_text_put_table(const struct app_report *report, const struct app_verdicts *verdicts,
                        FILE *to)
{
    int width = width_of(verdicts);
    for (size_t i = 0; i < verdicts->count; i++)
        put_row(report, verdicts->urgent[i], width, to);
    fputc('\n', to);
}
