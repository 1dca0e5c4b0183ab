/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost drain`: has the running gateway send its partners elsewhere and then end. */
#include "commands/gateway_command.h"
#include "config/values.h"
#include "gateway/gateway.h"

#include "base/clock.h"

#include <inttypes.h>

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

/* How far it is. */
static void print_line(const struct app_json *line)
{
    printf("draining; streams left: %" PRId64 ", stanzas waiting: %" PRId64 "\n",
           app_json_get_int(line, "streams", 0), app_json_get_int(line, "queued", 0));
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

static int fail(const struct app_gateway_command *asking, uint32_t timeout_ms, struct gp_err *err)
{
    char span[GP_CLOCK_SPAN_MAX];
    if (err->code != GP_ERR_TIMEOUT)
        return app_gateway_fail(asking, APP_EXIT_FAILED, err);
    gp_err_set(err, err->code, "the gateway has not ended within %s; it may be at it still",
               gp_clock_span_text(timeout_ms, span));
    return app_gateway_fail(asking, APP_EXIT_UNKNOWN, err);
}

/* Whether it ended as it should: drained, or, when it was draining already, at once. */
static bool is_success(const struct app_json *answer)
{
    return app_json_get_bool(answer, "drained", false) || !app_json_get(answer, "duration_ms");
}

int app_cmd_drain(const struct app_command *command, int argc, char **argv)
{
    struct app_gateway_command asking = {.command = command};
    const char *wait = NULL, *timeout = NULL;
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
        APP_GATEWAY_OPTIONS(asking, "print a JSON object in each line"),
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
    struct app_json *last = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!take_duration("wait", wait, 0, APP_DRAIN_WAIT_MAX_MS, &wait_ms))
        return APP_EXIT_USAGE;
    timeout_ms = wait_ms + APP_DRAIN_END_MS;
    if (!take_duration("timeout", timeout, APP_DRAIN_TIMEOUT_MIN_MS, APP_DRAIN_TIMEOUT_MAX_MS,
                       &timeout_ms))
        return APP_EXIT_USAGE;
    struct app_json_writer *request = app_gateway_request(&asking);
    app_json_put_int(request, "wait_ms", wait_ms);
    if (app_gateway_ask(&asking, request, timeout_ms, print_line, &last, &err) != GP_OK)
        return fail(&asking, timeout_ms, &err);
    if (!last) {
        fputs("gatepost drain: interrupted; the gateway goes on draining\n", stderr);
        return APP_EXIT_FAILED;
    }
    if (!asking.wants_json)
        print_end(last);
    status = is_success(last) ? APP_EXIT_OK : APP_EXIT_FAILED;
    app_json_destroy(last);
    return status;
}
