/* SPDX-License-Identifier: BSD-2-Clause */
#include "readiness/report/writing.h"

#include <string.h>

#define VERDICT_WIDTH 9
#define DOMAIN_WIDTH  40 /* a longer name pushes what follows aside */

static void put_row(struct app_text *text, const struct app_domain_verdict *verdict, int width)
{
    const char *domain = verdict->domain->domain.ascii;
    app_text_put_status(text, app_verdict_status(verdict->verdict),
                        app_verdict_text(verdict->verdict), VERDICT_WIDTH);
    app_verdict_reason(&text->line, verdict);
    if (gp_buf_len(&text->line) > 0)
        app_text_begin_line(text, "  %-*s  ", width, domain);
    else
        app_text_begin_line(text, "  %s", domain);
    app_text_end_line(text, VERDICT_WIDTH + 2 + (size_t)width + 2);
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

void app_text_put_table(struct app_text *text, const struct app_verdicts *verdicts)
{
    int width = width_of(verdicts);
    for (size_t i = 0; i < verdicts->count; i++)
        put_row(text, verdicts->urgent[i], width);
    fputc('\n', text->to);
}
