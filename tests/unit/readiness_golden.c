/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "tests/unit/readiness_golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER     SOURCE_ROOT "/tests/golden/check/"
#define REPORT_MAX 200000

void golden_text(const struct app_report *report, FILE *to)
{
    assert_int_equal(app_report_text(report, to, NULL), GP_OK);
}

void golden_json(const struct app_report *report, FILE *to)
{
    assert_int_equal(app_report_json(report, to, NULL), GP_OK);
}

void golden_prometheus(const struct app_report *report, FILE *to)
{
    assert_int_equal(app_report_prometheus(report, to, NULL), GP_OK);
}

void golden_html(const struct app_report *report, FILE *to)
{
    assert_int_equal(app_report_html(report, to, NULL), GP_OK);
}

void golden_nagios(const struct app_report *report, FILE *to)
{
    int status = -1;
    assert_int_equal(app_report_nagios(report, to, &status, NULL), GP_OK);
    fprintf(to, "exit status %d\n", status);
}

char *golden_print(const struct app_report *report, golden_fn *print)
{
    char *printed = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&printed, &len);
    assert_non_null(to);
    print(report, to);
    fclose(to);
    return printed;
}

void golden_compare(const char *file, const struct app_report *report, golden_fn *print)
{
    char path[1000];
    char *printed = golden_print(report, print);
    struct gp_buf committed;
    gp_buf_init(&committed, REPORT_MAX);
    snprintf(path, sizeof(path), FOLDER "%s", file);
    if (getenv("GOLDEN_UPDATE")) {
        FILE *to = fopen(path, "w");
        assert_non_null(to);
        fputs(printed, to);
        fclose(to);
    }
    assert_int_equal(gp_file_read(path, &committed, NULL), GP_OK);
    if (!gp_span_is(gp_buf_span(&committed), printed))
        fail_msg("%s is not what is printed:\n%s", path, printed);
    gp_buf_finish(&committed);
    free(printed);
}
