/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost partners list|show|import: who may federate, on which terms. */
#include "commands/command.h"
#include "commands/load_config.h"
#include "commands/partners.h"

#include <string.h>

#define FILES_MAX 16

int app_cmd_partners(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const struct app_option rows[] = {
        {.name = "json",
         .help = "of \"list\" and \"show\": print JSON (schema 1)",
         .flag = &wants_json},
    };
    const struct app_syntax syntax = {
        .about = "list    prints the partners of the configuration, with what was decided\n"
                 "        about each\n"
                 "show    prints all of the record that holds for DOMAIN, defaults included\n"
                 "import  reads what Get-CsXmppAllowedPartner and\n"
                 "        Get-CsXmppGatewayConfiguration print, with Format-List or\n"
                 "        ConvertTo-Json, and prints partners and limits for the\n"
                 "        configuration; a report about every setting goes to standard error\n"
                 "\n"
                 "Exit status: 0 done; 1 no such partner, or (import) something in the report has "
                 "to be looked at; 64 wrong usage, configuration or input.",
        .options = rows,
        .option_count = GP_ARRAY_LEN(rows),
        .operands_min = 1,
        .operands_max = 1 + FILES_MAX,
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    const char *what = arguments.operands[0];
    unsigned count = arguments.operand_count - 1;
    bool is_list = strcmp(what, "list") == 0 && count == 0;
    bool is_show = strcmp(what, "show") == 0 && count == 1;
    if (strcmp(what, "import") == 0 && count > 0 && !wants_json)
        return app_partners_import(arguments.operands + 1, count);
    if (!is_list && !is_show) {
        fprintf(stderr, "gatepost partners: unexpected '%s'; it is %s\n", what, command->operands);
        return APP_EXIT_USAGE;
    }
    struct app_config *config = app_load_config(arguments.config);
    if (!config)
        return APP_EXIT_USAGE;
    status = is_list ? app_partners_list(config, wants_json)
                     : app_partners_show(config, arguments.operands[1], wants_json);
    app_config_destroy(config);
    return status;
}
