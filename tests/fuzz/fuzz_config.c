/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a configuration. What is taken must print to something that is taken again and means
 * the same; what is refused must say why.
 */
#include "config/config.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct app_config *config = NULL, *again = NULL;
    struct gp_buf report, printed;
    struct gp_err err = {.code = GP_OK};
    gp_buf_init(&report, 1000000);
    gp_buf_init(&printed, APP_CONFIG_PRINT_MAX);
    enum gp_code code =
        app_config_parse(gp_span_make(bytes, len), "/dir/fuzz.conf", &config, &report, &err);
    if (code == GP_OK) {
        app_config_print(config, &printed);
        code = app_config_parse(gp_buf_span(&printed), "/other/fuzz.conf", &again, NULL, &err);
        GP_ASSERT(code == GP_OK);
        GP_ASSERT(strcmp(config->digest, again->digest) == 0);
    } else {
        GP_ASSERT(err.code == code && err.text[0] != '\0');
        GP_ASSERT(config == NULL);
    }
    app_config_destroy(config);
    app_config_destroy(again);
    gp_buf_finish(&report);
    gp_buf_finish(&printed);
    return 0;
}
