/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost config check|print|options: what a configuration says, and what one may say. */
#include "commands/command.h"
#include "commands/load_config.h"

#include "config/manual.h"
#include "nearest.h"

#include "base/clock.h"

#include <string.h>

#define MANUAL_BYTES_MAX 1000000

/* Whether a certificate is out of its dates now: the gateway starts with it all the same, so
 * loading warns. */
static bool has_wrong_dates(const struct app_config *config)
{
    int64_t now_s = gp_clock_wall_s();
    for (size_t i = 0; i < config->domain_count; i++)
        if (now_s < config->domains[i].not_before_s || now_s > config->domains[i].not_after_s)
            return true;
    return false;
}

static int check(const char *path)
{
    struct app_config *config = app_load_config(path);
    if (!config)
        return APP_EXIT_USAGE;
    for (size_t i = 0; i < config->warning_count; i++)
        printf("warning: %s\n", config->warnings[i]);
    bool is_fine = !has_wrong_dates(config);
    printf("%s: %s, %zu warning%s, digest %s\n", path,
           is_fine ? "ok" : "a certificate is not valid now", config->warning_count,
           config->warning_count == 1 ? "" : "s", config->digest);
    app_config_destroy(config);
    return is_fine ? APP_EXIT_OK : APP_EXIT_FAILED;
}

static int print_text(struct gp_buf *text)
{
    int status = APP_EXIT_OK;
    if (gp_buf_failed(text) == GP_OK) {
        fwrite(gp_buf_span(text).at, 1, gp_buf_len(text), stdout);
    } else {
        fprintf(stderr, "gatepost config: %s\n", gp_code_text(gp_buf_failed(text)));
        status = APP_EXIT_FAILED;
    }
    gp_buf_finish(text);
    return status;
}

static int print(const char *path)
{
    struct gp_buf text;
    struct app_config *config = app_load_config(path);
    if (!config)
        return APP_EXIT_USAGE;
    gp_buf_init(&text, APP_CONFIG_PRINT_MAX);
    gp_buf_printf(&text, "# Effective configuration of %s, digest %s\n", path, config->digest);
    app_config_print(config, &text);
    app_config_destroy(config);
    return print_text(&text);
}

static int options(const char *form)
{
    struct gp_buf text;
    gp_buf_init(&text, MANUAL_BYTES_MAX);
    if (app_manual_print(form, &text))
        return print_text(&text);
    gp_buf_finish(&text);
    fprintf(stderr, "gatepost config options: there is no format '%s'; there are:", form);
    for (size_t i = 0; app_manual_forms[i]; i++)
        fprintf(stderr, " %s", app_manual_forms[i]);
    fputc('\n', stderr);
    return APP_EXIT_USAGE;
}

int app_cmd_config(const struct app_command *command, int argc, char **argv)
{
    const char *form = "text";
    const struct app_option rows[] = {
        {.name = "format",
         .value = "FORM",
         .help = "of \"options\": text, markdown or man [text]",
         .text = &form},
    };
    const struct app_syntax syntax = {
        .about =
            "check    reads FILE, and the secrets and certificates that it names, and\n"
            "         tells what is wrong or weak\n"
            "print    prints the configuration with all defaults, in its own syntax\n"
            "options  prints what a configuration may say\n"
            "\n"
            "Exit status: 0 fine; 1 a certificate is not valid at this time; 64 wrong usage or "
            "configuration.",
        .options = rows,
        .option_count = GP_ARRAY_LEN(rows),
        .operands_min = 1,
        .operands_max = 2,
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    const char *what = arguments.operands[0];
    const char *path = arguments.operand_count > 1 ? arguments.operands[1] : arguments.config;
    if (strcmp(what, "check") == 0)
        return check(path);
    if (strcmp(what, "print") == 0)
        return print(path);
    if (strcmp(what, "options") == 0 && arguments.operand_count == 1)
        return options(form);
    fprintf(stderr, "gatepost config: unexpected '%s'; it is %s\n",
            arguments.operands[arguments.operand_count - 1], command->operands);
    return APP_EXIT_USAGE;
}
