/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost drain`: has the running gateway send its partners elsewhere and then end. */
#include "commands/command.h"
#include "commands/follow_gateway.h"
#include "commands/load_config.h"
#include "config/values.h"
#include "gateway/gateway.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

#define APP_DRAIN_WAIT_MS        30000
#define APP_DRAIN_TIMEOUT_MIN_MS 1000
#define APP_DRAIN_TIMEOUT_MAX_MS 7200000
/* What a drain takes behind the wait, at most: the longest close-timeout, and the steps of a stop.
 */
#define APP_DRAIN_END_MS 90000

/* An option's value, unless it was not given. */
static bool take_duration(const char *name, const char *text, uint32_t least_ms, uint32_t most_ms,
                          uint32_t *ret_ms)
{
    const struct app_option_row row = {.key = name,
                                       .type = APP_MILLISECONDS,
                                       .size = sizeof(*ret_ms),
                                       .least = least_ms,
                                       .most = most_ms};
    struct gp_err err = {0};
    if (!text || app_value_parse(&row, text, "", ret_ms, &err) == GP_OK)
        return true;
    fprintf(stderr, "gatepost drain: --%s: %s\n", name, err.text);
    return false;
}

static struct app_json_writer *make_request(uint32_t wait_ms)
{
    struct app_json_writer *request = app_json_writer_create();
    app_json_put_text(request, "command", "drain");
    app_json_put_int(request, "wait_ms", wait_ms);
    return request;
}

/* How far it is. */
static void print_line(const struct app_json *line)
{
    printf("draining; streams left: %" PRId64 ", stanzas waiting: %" PRId64 "\n",
           app_json_get_int(line, "streams", 0), app_json_get_int(line, "queued", 0));
    (void)fflush(stdout);
}

static void print_end(const struct app_json *answer)
{
    char span[GP_CLOCK_SPAN_MAX];
    int64_t dropped = app_json_get_int(answer, "stanzas_dropped", 0);
    if (!app_json_get(answer, "duration_ms")) {
        puts("the gateway was draining already: it stops now");
        return;
    }
    printf("%s after %s: %" PRId64 " streams closed; meanwhile %" PRId64
           " stanzas came from partners, %" PRId64 " went to partners, %" PRId64
           " were answered with an error",
           app_json_get_bool(answer, "drained", false) ? "drained" : "stopped, cut short,",
           gp_clock_span_text(app_json_get_int(answer, "duration_ms", 0), span),
           app_json_get_int(answer, "closed", 0), app_json_get_int(answer, "stanzas_in", 0),
           app_json_get_int(answer, "stanzas_out", 0),
           app_json_get_int(answer, "stanzas_bounced", 0));
    if (dropped > 0)
        printf(", %" PRId64 " were dropped, which are not answered", dropped);
    puts("");
}

static int explain(const struct gp_err *err, uint32_t timeout_ms)
{
    char span[GP_CLOCK_SPAN_MAX];
    if (err->code != GP_ERR_TIMEOUT) {
        fprintf(stderr, "gatepost drain: %s\n", err->text);
        return APP_EXIT_FAILED;
    }
    fprintf(stderr, "gatepost drain: the gateway has not ended within %s; it may be at it still\n",
            gp_clock_span_text(timeout_ms, span));
    return APP_EXIT_UNKNOWN;
}

/* Whether it ended as it should: drained, or, when it was draining already, at once. */
static bool is_success(const struct app_json *answer)
{
    return app_json_get_bool(answer, "drained", false) || !app_json_get(answer, "duration_ms");
}

int app_cmd_drain(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *socket = NULL, *wait = NULL, *timeout = NULL;
    uint32_t wait_ms = APP_DRAIN_WAIT_MS, timeout_ms = 0;
    const struct app_option options[] = {
        {.name = "wait",
         .value = "DURATION",
         .help = "how long streams may stay that are in use, up to 1h (default 30s)",
         .text = &wait},
        {.name = "timeout",
         .value = "DURATION",
         .help = "how long to wait for the end of it, up to 2h (default 90s more than --wait)",
         .text = &timeout},
        {.name = "json", .help = "print a JSON object in each line", .flag = &wants_json},
        APP_SOCKET_OPTION(socket),
    };
    const struct app_syntax syntax = {
        .about =
            "Has the running gateway take no further connections, so that partners go to another "
            "host; close each stream as soon as nothing comes on it for two seconds, or when the "
            "wait is over; deliver meanwhile what waits, and what comes from the inside; answer "
            "what cannot be delivered; and then end, with exit status 0. Prints how far it is, at "
            "most once a second, and how it went. A second drain, or SIGTERM, ends the wait. "
            "Interrupting this command does not.\n"
            "\n"
            "Exit status: 0 the gateway is drained and has ended, or it was draining already and "
            "ends now; 1 nobody answered, the wait was cut short, or this command was interrupted; "
            "3 the gateway has not ended in time (--timeout); 64 wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
    };
    struct app_arguments arguments;
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!take_duration("wait", wait, 0, APP_DRAIN_WAIT_MAX_MS, &wait_ms))
        return APP_EXIT_USAGE;
    timeout_ms = wait_ms + APP_DRAIN_END_MS;
    if (!take_duration("timeout", timeout, APP_DRAIN_TIMEOUT_MIN_MS, APP_DRAIN_TIMEOUT_MAX_MS,
                       &timeout_ms))
        return APP_EXIT_USAGE;
    char *found = app_find_gateway(socket, arguments.config);
    if (!found)
        return APP_EXIT_USAGE;
    status = APP_EXIT_FAILED;
    if (app_follow_gateway(found, make_request(wait_ms), timeout_ms,
                           wants_json ? app_follow_print_json : print_line, &answer,
                           &err) != GP_OK) {
        status = explain(&err, timeout_ms);
    } else if (!answer) {
        fputs("gatepost drain: interrupted; the gateway goes on draining\n", stderr);
    } else {
        (wants_json ? app_follow_print_json : print_end)(answer);
        status = is_success(answer) ? APP_EXIT_OK : APP_EXIT_FAILED;
    }
    app_json_destroy(answer);
    free(found);
    return status;
}
