/* SPDX-License-Identifier: BSD-2-Clause */
/* How each of several domains stands: a row each. */
#include "readiness/report/page.h"
#include "readiness/report/verdicts.h"

#include "base/text.h"

static void put_row(struct app_page *page, const struct app_domain_verdict *verdict)
{
    struct gp_buf reason;
    gp_buf_init(&reason, APP_VERDICT_TEXT_MAX);
    app_verdict_reason(&reason, verdict);
    gp_buf_append_text(&page->out, "<tr><th scope=\"row\">");
    app_page_text(page, verdict->domain->domain.ascii);
    gp_buf_append_text(&page->out, "</th><td>");
    app_page_status(page, app_verdict_status(verdict->verdict), app_verdict_text(verdict->verdict));
    gp_buf_append_text(&page->out, "</td><td>");
    gp_text_xml(&page->out, gp_buf_span(&reason));
    gp_buf_append_text(&page->out, "</td></tr>\n");
    gp_buf_finish(&reason);
}

enum gp_code app_page_domains(struct app_page *page, struct gp_err *err)
{
    const struct app_report *report = page->report;
    struct app_verdicts *verdicts = NULL;
    enum gp_code code = app_verdicts_create(report->findings, report->seen, &verdicts, err);
    if (code != GP_OK)
        return code;
    gp_buf_append_text(
        &page->out,
        "<section aria-labelledby=\"domains\"><h2 id=\"domains\">The domains</h2>\n"
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"domains\">"
        "<table class=\"domains\"><thead><tr><th scope=\"col\">Domain</th><th "
        "scope=\"col\">Verdict</th>"
        "<th scope=\"col\">Why</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < verdicts->count; i++)
        put_row(page, verdicts->urgent[i]);
    gp_buf_append_text(&page->out, "</tbody></table></div></section>\n");
    app_verdicts_destroy(verdicts);
    return GP_OK;
}
