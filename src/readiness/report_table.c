/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report_table.h"

#include "base/clock.h"

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

/* "to be corrected V3, T9" */
static void put_checks(const struct app_domain_verdict *verdict, enum app_status status,
                       const char *label, const char **before, FILE *to)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    bool has_any = false;
    for (size_t i = 0; i < count; i++) {
        if (!verdict->has[status][i])
            continue;
        if (has_any)
            fprintf(to, ", %s", checks[i].id);
        else
            fprintf(to, "%s%s %s", *before, label, checks[i].id);
        has_any = true;
    }
    if (has_any)
        *before = "; ";
}

static void put_row(const struct app_report *report, const struct app_domain_verdict *verdict,
                    int width, FILE *to)
{
    const char *before = "  ";
    char time[GP_CLOCK_TEXT_MAX];
    app_text_put_coloured(report, to, app_verdict_status(verdict->verdict),
                          app_verdict_text(verdict->verdict), VERDICT_WIDTH);
    fprintf(to, "  %-*s", width, verdict->domain->domain.ascii);
    if (verdict->safe_at_s != 0) {
        fprintf(to, "%suntil %s", before, gp_clock_text(verdict->safe_at_s, time));
        before = "; ";
    }
    put_checks(verdict, APP_FAIL, "to be corrected", &before, to);
    put_checks(verdict, APP_WAIT, "takes time", &before, to);
    put_checks(verdict, APP_UNKNOWN, "not known", &before, to);
    put_checks(verdict, APP_WARN, "worth a look", &before, to);
    fputc('\n', to);
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
    static const enum app_verdict order[] = {APP_NOT_READY, APP_TO_WAIT, APP_NOT_KNOWN, APP_READY};
    int width = width_of(verdicts);
    for (size_t k = 0; k < GP_ARRAY_LEN(order); k++)
        for (size_t i = 0; i < verdicts->count; i++)
            if (verdicts->list[i]->verdict == order[k])
                put_row(report, verdicts->list[i], width, to);
    fputc('\n', to);
}
