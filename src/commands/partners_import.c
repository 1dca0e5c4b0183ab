/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/partners.h"

#include "exit_codes.h"
#include "import/lync.h"

#include "base/file.h"

#include <stdio.h>

static enum gp_code read_files(char *const *paths, unsigned count,
                               struct app_import_records *records, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    for (unsigned i = 0; i < count && code == GP_OK; i++) {
        struct gp_buf bytes;
        gp_buf_init(&bytes, APP_IMPORT_BYTES_MAX);
        records->source = paths[i];
        code = gp_file_read(paths[i], &bytes, err);
        if (code == GP_OK) {
            code = app_import_read(records, gp_buf_span(&bytes), err);
            if (code != GP_OK)
                gp_err_wrap(err, code, "%s", paths[i]);
        }
        gp_buf_finish(&bytes);
    }
    return code;
}

/* The rest of a configuration, for one look at what was written: it has to load. */
static const char frame[] = "domain \"import.invalid\" {\n"
                            "    certificate = c  key = k  inside = i\n"
                            "    host \"host.import.invalid\" { address = 192.0.2.1 }\n"
                            "}\n"
                            "inside \"i\" { kind = echo }\n";

static enum gp_code check(struct app_lync_result *result, struct gp_err *err)
{
    struct gp_buf whole;
    struct app_config *config = NULL;
    gp_buf_init(&whole, gp_buf_len(&result->config) + sizeof(frame));
    gp_buf_append_span(&whole, gp_buf_span(&result->config));
    gp_buf_append_text(&whole, frame);
    enum gp_code code =
        app_config_parse(gp_buf_span(&whole), "what was written", &config, NULL, err);
    app_config_destroy(config);
    gp_buf_finish(&whole);
    return code;
}

static void print_result(const struct app_lync_result *result)
{
    printf("# Written by \"gatepost partners import\" from the settings of another gateway:\n"
           "# %zu partner%s, %zu thing%s to look at. What is not said here is as it was there.\n",
           result->partners, result->partners == 1 ? "" : "s", result->problems,
           result->problems == 1 ? "" : "s");
    fwrite(gp_buf_span(&result->config).at, 1, gp_buf_len(&result->config), stdout);
    fwrite(gp_buf_span(&result->report).at, 1, gp_buf_len(&result->report), stderr);
    fprintf(stderr, "%zu partner%s written, %zu thing%s to look at\n", result->partners,
            result->partners == 1 ? "" : "s", result->problems, result->problems == 1 ? "" : "s");
}

int app_partners_import(char *const *paths, unsigned count)
{
    struct app_import_records records;
    struct app_lync_result result;
    struct gp_err err = {0};
    app_import_records_init(&records);
    app_lync_result_init(&result);
    enum gp_code code = read_files(paths, count, &records, &err);
    if (code == GP_OK)
        code = app_lync_convert(&records, &result, &err);
    if (code == GP_OK)
        code = check(&result, &err);
    if (code == GP_OK)
        print_result(&result);
    else
        fprintf(stderr, "gatepost partners import: %s\n", err.text);
    size_t problems = result.problems;
    app_lync_result_finish(&result);
    app_import_records_finish(&records);
    if (code != GP_OK)
        return APP_EXIT_USAGE;
    return problems > 0 ? APP_EXIT_FAILED : APP_EXIT_OK;
}
