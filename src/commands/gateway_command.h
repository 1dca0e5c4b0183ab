/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands share that have the running gateway tell or do something: where its control
 * socket is, the request, the answer, and what is said when none comes.
 */
#ifndef GP_APP_GATEWAY_COMMAND_H
#define GP_APP_GATEWAY_COMMAND_H

#include "commands/command.h"
#include "json.h"

/* One command line. Borrowed from argv. */
struct app_gateway_command {
    const struct app_command *command;
    bool wants_json;    /* --json */
    const char *socket; /* --socket; NULL: the one of the configuration */
    struct app_arguments arguments;
};

/* The rows of --json and --socket, behind the command's own. */
#define APP_GATEWAY_OPTIONS(asking, json_help)                                                \
    {.name = "json", .help = (json_help), .flag = &(asking).wants_json},                      \
    {                                                                                         \
        .name = "socket", .value = "PATH",                                                    \
        .help = "the control socket, instead of the configured one", .text = &(asking).socket \
    }

/* The request that bears the command's name, with its operand, if there is one, as the partner; to
 * put more into. */
struct app_json_writer *app_gateway_request(const struct app_gateway_command *asking);

/* Prints one line of an answer, borrowed. */
typedef void app_gateway_print_fn(const struct app_json *line);

/*
 * Takes the request. *ret is the answer, the caller's. With --json it is printed here, and nothing
 * is left to print. print_line is for an answer of many lines: it prints all but the last, which is
 * *ret; NULL when SIGINT or SIGTERM ended it. The answer, or the last line, has to come within
 * timeout_ms; 0: at any time.
 *
 * Errors: GP_ERR_CONFIG when the configuration does not tell the socket, without a text: that was
 * explained on stderr; GP_ERR_DENIED, a refusal, with its words; GP_ERR_TIMEOUT; nobody answers.
 */
GP_MUST_USE enum gp_code app_gateway_ask(const struct app_gateway_command *asking,
                                         struct app_json_writer *request, uint32_t timeout_ms,
                                         app_gateway_print_fn *print_line, struct app_json **ret,
                                         struct gp_err *err);

/* Says such an error on stderr. Returns the exit status: APP_EXIT_USAGE of GP_ERR_CONFIG, else
 * failed. */
int app_gateway_fail(const struct app_gateway_command *asking, int failed,
                     const struct gp_err *err);

#endif
