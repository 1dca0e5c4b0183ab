/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings, their evidence and their fixes. */
#include "readiness/judge/judging.h"

#include "readiness/compare.h"
#include "zones/text.h"

#include <stdarg.h>
#include <stdio.h>

struct app_finding *app_find(struct app_judging *judging, enum app_status status,
                             const char *subject, const char *format, ...)
{
    struct app_finding *finding = gp_arena_alloc(&judging->findings->arena, sizeof(*finding));
    va_list args;
    if (!finding) {
        judging->has_failed = true;
        return NULL;
    }
    GP_ASSERT(judging->check->severity == APP_BINDING || status != APP_FAIL);
    va_start(args, format);
    finding->sentence = app_say_list(judging, format, args);
    va_end(args);
    finding->check = judging->check;
    finding->domain = judging->domain;
    finding->place = judging->place;
    finding->status = status;
    finding->subject = subject;
    finding->endpoint = judging->endpoint;
    *judging->end = finding;
    judging->end = &finding->next;
    judging->findings->count++;
    judging->found++;
    return finding;
}

struct app_finding *app_wait(struct app_judging *judging, int64_t until_s, const char *subject,
                             const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = app_say_list(judging, format, args);
    va_end(args);
    const char *until = app_say_time(judging, until_s);
    struct app_finding *finding =
        app_find(judging, APP_WAIT, subject, "%s: wait until %s", what, until);
    if (finding)
        finding->until_s = until_s;
    app_fix(judging, finding, APP_FIX_DO, "it passes by itself: check again at %s", until);
    return finding;
}

void app_show(struct app_judging *judging, struct app_finding *finding, const char *format, ...)
{
    struct app_evidence *evidence = gp_arena_alloc(&judging->findings->arena, sizeof(*evidence));
    va_list args;
    judging->has_failed = judging->has_failed || !evidence;
    if (!finding || !evidence)
        return;
    va_start(args, format);
    evidence->text = app_say_list(judging, format, args);
    va_end(args);
    struct app_evidence **end = &finding->evidence;
    while (*end)
        end = &(*end)->next;
    *end = evidence;
}

void app_fix(struct app_judging *judging, struct app_finding *finding, enum app_fix_kind kind,
             const char *format, ...)
{
    struct app_fix *fix = gp_arena_alloc(&judging->findings->arena, sizeof(*fix));
    va_list args;
    judging->has_failed = judging->has_failed || !fix;
    if (!finding || !fix)
        return;
    va_start(args, format);
    fix->text = app_say_list(judging, format, args);
    va_end(args);
    fix->kind = kind;
    struct app_fix **end = &finding->fixes;
    while (*end)
        end = &(*end)->next;
    *end = fix;
}

void app_fix_journal(struct app_judging *judging, struct app_finding *finding)
{
    app_fix(judging, finding, APP_FIX_DO,
            "let the check keep a journal (--journal FILE, or journal in the section check), and "
            "run it again");
}

/* ldns sets its columns apart with tabs and ends the line; here it stands behind a word. */
static void publish(struct app_judging *judging, struct app_finding *finding,
                    const struct zone_record *record)
{
    char line[APP_SAY_MAX];
    struct gp_buf text;
    gp_buf_init(&text, sizeof(line) - 1);
    if (zone_text_record(record, &text, NULL) != GP_OK) {
        judging->has_failed = true;
    } else {
        struct gp_span span = gp_buf_span(&text);
        for (size_t i = 0; i < span.len; i++)
            line[i] = (char)(span.at[i] == '\t' ? ' ' : span.at[i]);
        app_fix(judging, finding, APP_FIX_PUBLISH, "%.*s", (int)span.len - 1, line);
    }
    gp_buf_finish(&text);
}

/* Whether the validating resolver has seen this very record. */
static bool is_published(const struct app_observations *seen, const struct zone_record *record)
{
    size_t count = 0;
    const struct dns_rdata *records =
        app_seen_records(app_observations_rrset(seen, &record->owner, record->type), &count);
    for (size_t i = 0; i < count; i++)
        if (app_is_same_record(record, records[i]))
            return true;
    return false;
}

static void publish_set(struct app_judging *judging, struct app_finding *finding,
                        const struct dns_name *owner, enum dns_type type, bool has_all)
{
    size_t count = 0;
    const struct zone_record *set = zone_plan_set(judging->input->plan, owner, type, &count);
    for (size_t i = 0; i < count; i++)
        if (has_all || !is_published(judging->input->seen, &set[i]))
            publish(judging, finding, &set[i]);
}

void app_fix_publish(struct app_judging *judging, struct app_finding *finding,
                     const struct dns_name *owner, enum dns_type type)
{
    publish_set(judging, finding, owner, type, false);
}

void app_fix_publish_all(struct app_judging *judging, struct app_finding *finding,
                         const struct dns_name *owner, enum dns_type type)
{
    publish_set(judging, finding, owner, type, true);
}

void app_fix_remove(struct app_judging *judging, struct app_finding *finding,
                    const struct dns_name *owner, enum dns_type type, struct dns_rdata data)
{
    char name[DNS_NAME_TEXT_MAX], text[DNS_TYPE_TEXT_MAX];
    app_fix(judging, finding, APP_FIX_REMOVE, "%s. IN %s %s", dns_name_text(owner, name),
            dns_type_text((uint16_t)type, text), app_say_rdata(judging, type, data));
}
