/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_output.h"

#include "base/file.h"
#include "exit_codes.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_LEAST 40

bool app_check_output_is_usable(const struct app_check_output *output)
{
    const char *why = NULL;
    if (output->is_json + output->is_nagios + output->is_prometheus > 1)
        why = "--json, --nagios and --prometheus do not go together";
    else if (output->has_all && (output->is_json || output->is_nagios || output->is_prometheus))
        why = "--all is for text";
    else if (output->has_timeline && (output->is_nagios || output->is_prometheus))
        why = "--timeline is for text and JSON, which has it anyway";
    if (why)
        fprintf(stderr, "gatepost check: %s\n", why);
    return !why;
}

static bool is_for_terminal(const struct app_check_output *output)
{
    return !output->file && isatty(STDOUT_FILENO);
}

static bool wants_colour(const struct app_check_output *output)
{
    const char *no_color = getenv("NO_COLOR");
    return is_for_terminal(output) && !(no_color && no_color[0]);
}

/* Whatever reads a pipe or a file wants whole lines; so does a terminal of hardly any columns. */
static size_t width_of(const struct app_check_output *output)
{
    struct winsize size;
    bool is_known = is_for_terminal(output) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return is_known && size.ws_col >= WIDTH_LEAST ? size.ws_col : 0;
}

static int status_of(enum app_verdict verdict)
{
    switch (verdict) {
    case APP_READY:
        return APP_EXIT_OK;
    case APP_NOT_READY:
        return APP_EXIT_FAILED;
    case APP_TO_WAIT:
        return APP_EXIT_WAIT;
    case APP_NOT_KNOWN:
        break;
    }
    return APP_EXIT_UNKNOWN;
}

static enum gp_code print(const struct app_check_output *output, const struct app_report *report,
                          FILE *to, int *ret_status, struct gp_err *err)
{
    *ret_status = status_of(report->findings->verdict);
    if (output->is_nagios)
        return app_report_nagios(report, to, ret_status, err);
    if (output->is_prometheus)
        return app_report_prometheus(report, to, err);
    return output->is_json ? app_report_json(report, to, err) : app_report_text(report, to, err);
}

/* Into a file, which is replaced as a whole. */
static enum gp_code print_to_file(const struct app_check_output *output,
                                  const struct app_report *report, const char *path, bool is_page,
                                  int *ret_status, struct gp_err *err)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    if (!to)
        return gp_err_nomem(err);
    enum gp_code code =
        is_page ? app_report_html(report, to, err) : print(output, report, to, ret_status, err);
    if (fclose(to) != 0 && code == GP_OK)
        code = gp_err_nomem(err);
    if (code == GP_OK)
        code = gp_file_replace(path, gp_span_make(text, len), err);
    free(text);
    return code;
}

enum gp_code app_check_print(const struct app_check_output *output, struct app_report *report,
                             int *ret_status, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    report->has_colour = wants_colour(output);
    report->width = width_of(output);
    report->has_all = output->has_all;
    report->has_timeline = output->has_timeline;
    if (output->page)
        code = print_to_file(output, report, output->page, true, ret_status, err);
    if (code == GP_OK && output->file)
        return print_to_file(output, report, output->file, false, ret_status, err);
    return code == GP_OK ? print(output, report, stdout, ret_status, err) : code;
}
