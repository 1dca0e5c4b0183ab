/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/partner_report.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

static const char *text_of(const struct app_json *node, const char *key)
{
    return app_json_get_text(node, key, "-");
}

static void print_sessions(const struct app_json *list, FILE *to)
{
    fputs("\nSTREAMS\n", to);
    if (app_json_count(list) == 0)
        fputs("  none\n", to);
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        char span[GP_CLOCK_SPAN_MAX];
        fprintf(to, "  %-3s %s with %s, %s, %s, proved by %s, for %s, %" PRId64 " stanza%s\n",
                text_of(at, "direction"), text_of(at, "home"), text_of(at, "partner"),
                text_of(at, "address"), text_of(at, "tls"), text_of(at, "auth"),
                gp_clock_span_text(app_json_get_int(at, "age_s", 0) * 1000, span),
                app_json_get_int(at, "stanzas", 0),
                app_json_get_int(at, "stanzas", 0) == 1 ? "" : "s");
    }
}

static void print_pairs(const struct app_json *list, FILE *to)
{
    fputs("\nTHE WAY OUT\n", to);
    if (app_json_count(list) == 0)
        fputs("  nothing was sent yet\n", to);
    for (size_t i = 0; i < app_json_count(list); i++) {
        const struct app_json *at = app_json_at(list, i);
        int64_t retry_s = app_json_get_int(at, "retry_in_s", -1);
        fprintf(to, "  from %s to %s: %s, sent %" PRId64 ", waiting %" PRId64, text_of(at, "home"),
                text_of(at, "partner"), text_of(at, "state"), app_json_get_int(at, "sent", 0),
                app_json_get_int(at, "queued", 0));
        if (retry_s >= 0)
            fprintf(to, ", tried again on demand in %" PRId64 " s", retry_s);
        fputc('\n', to);
    }
}

static void print_event(const struct app_json *event, FILE *to)
{
    const struct app_json *steps = app_json_get(event, "steps");
    const char *home = app_json_get_text(event, "home", NULL);
    const char *address = app_json_get_text(event, "address", NULL);
    fprintf(to, "  %s %-7s %-3s %s%s%s%s%s\n", text_of(event, "at"), text_of(event, "kind"),
            text_of(event, "direction"), home ? home : "", home ? ": " : "",
            text_of(event, "sentence"), address ? ", " : "", address ? address : "");
    for (size_t i = 0; i < app_json_count(steps); i++)
        fprintf(to, "      %7" PRId64 " ms  %s\n",
                app_json_get_int(app_json_at(steps, i), "at_ms", 0),
                text_of(app_json_at(steps, i), "text"));
}

static void print_policy(const struct app_json *answer, FILE *to)
{
    const char *policy = app_json_get_text(answer, "policy", NULL);
    if (!policy) {
        fprintf(to, "%s may not federate: it is no partner, or it is blocked.\n",
                text_of(answer, "partner"));
        return;
    }
    fputs(policy, to);
}

void app_partner_report(const struct app_json *answer, FILE *to)
{
    const struct app_json *events = app_json_get(answer, "events");
    print_policy(answer, to);
    print_sessions(app_json_get(answer, "sessions"), to);
    print_pairs(app_json_get(answer, "pairs"), to);
    fputs("\nWHAT HAPPENED LATELY\n", to);
    if (app_json_count(events) == 0)
        fputs("  nothing\n", to);
    for (size_t i = 0; i < app_json_count(events); i++)
        print_event(app_json_at(events, i), to);
}
