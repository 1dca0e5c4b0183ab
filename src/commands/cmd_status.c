/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost status`: what the running gateway says of itself, for people or as JSON. */
#include "base/clock.h"
#include "base/text.h"
#include "commands/gateway_command.h"
#include "commands/partner_report.h"

#include <inttypes.h>
#include <string.h>

#define APP_STATUS_TIMEOUT_MS 10000
#define WAY_MAX               560 /* two domains, and how many more */

static const char *span_of(const struct app_json *node, const char *key,
                           char text[GP_CLOCK_SPAN_MAX])
{
    return gp_clock_span_text(app_json_get_int(node, key, 0) * 1000, text);
}

static void print_domains(const struct app_json *list)
{
    puts("\nDOMAINS");
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        const char *warning = app_json_get_text(at, "certificate_warning", NULL);
        printf("  %-28s certificate %.16s... until %s%s%s\n", app_json_get_text(at, "domain", "-"),
               app_json_get_text(at, "certificate_sha256", "-"),
               app_json_get_text(at, "not_after", "-"), warning ? ", WARNING: " : "",
               warning ? warning : "");
    }
}

static void print_old_certificates(const struct app_json *old)
{
    const struct app_json *partners = app_json_get(old, "partners");
    int64_t streams = app_json_get_int(old, "streams", 0);
    if (streams == 0)
        return;
    printf("  %" PRId64 " stream%s still use%s an old certificate of ours:", streams,
           streams == 1 ? "" : "s", streams == 1 ? "s" : "");
    for (size_t i = 0; i < app_json_count(partners); i++)
        printf(" %s", app_json_text(app_json_at(partners, i), "-"));
    puts("");
}

/* Whose way it is: "alpha.example", or with a partner "alpha.example < beta.example" as stanzas go.
 */
static const char *inside_way(const struct app_json *at, char text[WAY_MAX])
{
    const char *home = app_json_get_text(at, "domain", NULL);
    const char *partner = app_json_get_text(at, "partner", NULL);
    bool is_out = strcmp(app_json_get_text(at, "direction", ""), "out") == 0;
    if (!home || !partner)
        return home ? home : partner ? partner : "-";
    int64_t more = app_json_get_int(at, "more_pairs", 0);
    int len = snprintf(text, WAY_MAX, "%s %c %s", home, is_out ? '>' : '<', partner);
    if (more > 0)
        snprintf(text + len, WAY_MAX - (size_t)len, " and %" PRId64 " more", more);
    return text;
}

static void print_insides(const struct app_json *list)
{
    puts("\nINSIDE");
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        char span[GP_CLOCK_SPAN_MAX] = "", way[WAY_MAX];
        bool has_since = app_json_get_int(at, "since_s", -1) >= 0;
        printf("  %-28s %-10s %-10s %-5s %s%s  held %" PRId64 ", delivered %" PRId64
               ", taken %" PRId64 "\n",
               inside_way(at, way), app_json_get_text(at, "name", "-"),
               app_json_get_text(at, "kind", "-"), app_json_get_text(at, "state", "-"),
               has_since ? "for " : "", has_since ? span_of(at, "since_s", span) : "",
               app_json_get_int(at, "held", 0), app_json_get_int(at, "delivered", 0),
               app_json_get_int(at, "taken", 0));
        if (*app_json_get_text(at, "trouble", ""))
            printf("  %-28s %s\n", "", app_json_get_text(at, "trouble", ""));
    }
}

static void print_sessions(const struct app_json *list)
{
    puts("\nSESSIONS");
    if (app_json_count(list) == 0)
        puts("  none");
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        char span[GP_CLOCK_SPAN_MAX];
        printf("  %-3s %-28s %-28s %-26s %-8s %-9s %s, %" PRId64 " stanza%s%s%s\n",
               app_json_get_text(at, "direction", "-"), app_json_get_text(at, "partner", "-"),
               app_json_get_text(at, "home", "-"), app_json_get_text(at, "address", "-"),
               app_json_get_text(at, "tls", "-"), app_json_get_text(at, "auth", "-"),
               span_of(at, "age_s", span), app_json_get_int(at, "stanzas", 0),
               app_json_get_int(at, "stanzas", 0) == 1 ? "" : "s",
               strcmp(app_json_get_text(at, "auth", ""), "nothing") == 0 ? ", " : "",
               strcmp(app_json_get_text(at, "auth", ""), "nothing") == 0
                   ? app_json_get_text(at, "state", "")
                   : "");
    }
}

static void print_partners(const struct app_json *list)
{
    puts("\nPARTNERS");
    if (app_json_count(list) == 0)
        puts("  nothing was sent to a partner yet");
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        const char *failure = app_json_get_text(at, "failure", NULL);
        printf("  %-28s %-28s %-10s sent %" PRId64 ", waiting %" PRId64 "\n",
               app_json_get_text(at, "partner", "-"), app_json_get_text(at, "home", "-"),
               app_json_get_text(at, "state", "-"), app_json_get_int(at, "sent", 0),
               app_json_get_int(at, "queued", 0));
        if (failure)
            printf("      last failure %s: %s\n", app_json_get_text(at, "failure_at", "-"),
                   failure);
    }
}

static void print_policy(const struct app_json *list)
{
    puts("\nPOLICY");
    if (app_json_count(list) == 0)
        puts("  nothing was refused");
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        printf("  %-28s %-12s %8" PRId64 "  %s (%s)\n", app_json_get_text(at, "partner", "-"),
               app_json_get_text(at, "what", "-"), app_json_get_int(at, "count", 0),
               app_json_get_text(at, "text", "-"), app_json_get_text(at, "reason", "-"));
    }
}

/* What the gateway's own check of itself found. */
static void print_check(const struct app_json *check)
{
    const struct app_json *findings = app_json_get(check, "findings");
    const char *verdict = app_json_get_text(check, "verdict", NULL);
    const char *trouble = app_json_get_text(check, "trouble", NULL);
    int64_t left = app_json_get_int(check, "findings_left_out", 0);
    char span[GP_CLOCK_SPAN_MAX];
    puts("\nCHECK");
    if (verdict)
        printf("  %s, at %s\n", verdict, app_json_get_text(check, "time", "-"));
    else if (app_json_get_int(check, "interval_s", 0) == 0)
        puts("  the gateway makes none (check { interval })");
    else
        printf("  none yet; one about every %s\n", span_of(check, "interval_s", span));
    if (trouble)
        printf("  the latest one came to nothing: %s\n", trouble);
    for (size_t i = 0; i < app_json_count(findings); i++) {
        const struct app_json *at = app_json_at(findings, i);
        printf("  %-7s  %-3s  %s: %s\n", app_json_get_text(at, "status", "-"),
               app_json_get_text(at, "id", "-"), app_json_get_text(at, "subject", "-"),
               app_json_get_text(at, "sentence", "-"));
    }
    if (left > 0)
        printf("  and %" PRId64 " more; see \"gatepost check --phase=routine\"\n", left);
}

static void print_counters(const struct app_json *counters)
{
    static const char *const keys[] = {
        "accepted",        "refused",         "closed",   "stanzas_in",      "stanzas_out",
        "stanzas_bounced", "stanzas_dropped", "attempts", "attempts_failed", "verifications"};
    puts("\nCOUNTERS");
    for (size_t i = 0; i < GP_ARRAY_LEN(keys); i++)
        printf("  %-16s %" PRId64 "\n", keys[i], app_json_get_int(counters, keys[i], 0));
}

static void print_status(const struct app_json *status)
{
    char span[GP_CLOCK_SPAN_MAX];
    const struct app_json *config = app_json_get(status, "config");
    const struct app_json *resolver = app_json_get(status, "resolver");
    const struct app_json *listeners = app_json_get(status, "listeners");
    printf("gatepost %s, up %s (since %s), %" PRId64 " worker%s%s\n",
           app_json_get_text(status, "version", "?"), span_of(status, "uptime_s", span),
           app_json_get_text(status, "started", "?"), app_json_get_int(status, "workers", 0),
           app_json_get_int(status, "workers", 0) == 1 ? "" : "s",
           app_json_get_bool(status, "stopping", false)   ? ", stopping"
           : app_json_get_bool(status, "draining", false) ? ", draining"
                                                          : "");
    printf("configuration %s, digest %s\n", app_json_get_text(config, "path", "?"),
           app_json_get_text(config, "digest", "?"));
    printf("resolver process %" PRId64 ", started again %" PRId64 " times\n",
           app_json_get_int(resolver, "pid", -1), app_json_get_int(resolver, "restarts", 0));
    for (size_t i = 0; i < app_json_count(listeners); i++)
        printf("listening on %s, %s\n",
               app_json_get_text(app_json_at(listeners, i), "address", "?"),
               app_json_get_text(app_json_at(listeners, i), "service", "?"));
    print_domains(app_json_get(status, "domains"));
    print_insides(app_json_get(status, "insides"));
    print_sessions(app_json_get(status, "sessions"));
    print_old_certificates(app_json_get(status, "old_certificates"));
    print_partners(app_json_get(status, "partners"));
    print_policy(app_json_get(status, "policy"));
    print_check(app_json_get(status, "check"));
    print_counters(app_json_get(status, "counters"));
}

int app_cmd_status(const struct app_command *command, int argc, char **argv)
{
    struct app_gateway_command asking = {.command = command};
    const struct app_option options[] = {
        APP_GATEWAY_OPTIONS(asking, "print the gateway's answer as JSON (schema 1)"),
    };
    const struct app_syntax syntax = {
        .about =
            "Asks the running gateway over its control socket: uptime, configuration, "
            "certificates, inside links, "
            "sessions with what authenticated them, the last failure of each partner in words, "
            "what "
            "policies refused, counters.\n"
            "\n"
            "With PARTNER everything about that one: its policy, its streams, and what happened "
            "lately, with each step of the last attempts: DNS, connection, TLS, authentication.\n"
            "\n"
            "Exit status: 0 the gateway answered; 1 it did not; 64 wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_max = 1,
    };
    struct app_json *answer = NULL;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &asking.arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (app_gateway_ask(&asking, app_gateway_request(&asking), APP_STATUS_TIMEOUT_MS, NULL, &answer,
                        &err) != GP_OK)
        return app_gateway_fail(&asking, APP_EXIT_FAILED, &err);
    if (!asking.wants_json && asking.arguments.operand_count > 0)
        app_partner_report(answer, stdout);
    else if (!asking.wants_json)
        print_status(answer);
    app_json_destroy(answer);
    return APP_EXIT_OK;
}
