/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/check_arguments.h"

#include "base/clock.h"
#include "base/text.h"
#include "nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_S 3600

static bool take_timeout(struct app_check_choice *choice, const struct app_config *config,
                         const char *text)
{
    uint64_t seconds = 0;
    choice->timeout_ms = config->check_timeout_ms;
    if (!text)
        return true;
    if (gp_text_number(gp_span_text(text), TIMEOUT_MAX_S, &seconds) != GP_OK || seconds == 0) {
        fprintf(stderr, "gatepost check: --timeout=%s is not a number from 1 to %d\n", text,
                TIMEOUT_MAX_S);
        return false;
    }
    choice->timeout_ms = (uint32_t)seconds * 1000;
    return true;
}

static bool take_phase(struct app_check_choice *choice, const char *text)
{
    struct app_nearest nearest;
    choice->phase = APP_GATE;
    if (!text)
        return true;
    app_nearest_init(&nearest, text);
    for (int i = 0; i < APP_PHASE_COUNT; i++) {
        choice->phase = (enum app_phase)i;
        if (strcmp(text, app_phase_name(choice->phase)) == 0)
            return true;
        app_nearest_offer(&nearest, app_phase_name(choice->phase));
    }
    fprintf(stderr,
            "gatepost check: --phase: there is no phase '%s'%s%s%s; phases: prepare, gate, "
            "switched, decommission, routine\n",
            text, nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
            nearest.found ? "'?" : "");
    return false;
}

/* One word of --only: a check's id, which counts in any phase, or a group of the phase's checks. */
static bool want(struct app_check_choice *choice, struct gp_span word)
{
    struct app_nearest nearest;
    char text[32];
    size_t count = 0;
    bool is_found = false;
    const struct app_check *checks = app_checks(&count);
    snprintf(text, sizeof(text), "%.*s", GP_SPAN_ARG(word));
    app_nearest_init(&nearest, text);
    for (size_t i = 0; i < count; i++) {
        const char *group = app_step_name(checks[i].step);
        app_nearest_offer(&nearest, checks[i].id);
        app_nearest_offer(&nearest, group);
        bool is_group = gp_text_equal_nocase(word, gp_span_text(group));
        if (gp_text_equal_nocase(word, gp_span_text(checks[i].id)) ||
            (is_group && app_check_counts(&checks[i], choice->phase)))
            choice->wanted[i] = is_found = true;
        is_found |= is_group;
    }
    if (!is_found)
        fprintf(stderr, "gatepost check: --only: there is no check or group '%s'%s%s%s\n", text,
                nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
                nearest.found ? "'?" : "");
    return is_found;
}

static bool take_only(struct app_check_choice *choice, const char *text)
{
    size_t count = 0;
    if (!text)
        return true;
    choice->is_partial = true;
    (void)app_checks(&count);
    choice->wanted = calloc(count, sizeof(*choice->wanted));
    if (!choice->wanted)
        return false;
    for (;;) {
        size_t len = strcspn(text, ",");
        if (!want(choice, gp_span_make(text, len)))
            return false;
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

static bool take_time(struct app_check_choice *choice, const char *text)
{
    if (!text || gp_clock_parse(text, &choice->at_s) == GP_OK)
        return true;
    fprintf(stderr, "gatepost check: --at=%s is not a time such as 2026-03-01T12:00:00Z\n", text);
    return false;
}

/* Reports of other runs, in the order in which they are named. */
static bool take_vantages(struct app_check_choice *choice, const char *const *paths, size_t count)
{
    struct app_vantage **end = &choice->vantages;
    struct gp_err err = {0};
    for (size_t i = 0; i < count; i++) {
        if (app_vantage_read(paths[i], end, &err) != GP_OK) {
            fprintf(stderr, "gatepost check: %s\n", err.text);
            return false;
        }
        end = &(*end)->next;
    }
    return true;
}

/* Partners are looked at when that is asked for, whatever the phase. */
static bool add_partners(struct app_check_choice *choice, bool wants_partners)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    if (!wants_partners)
        return true;
    bool has_choice = choice->wanted != NULL;
    if (!has_choice && !(choice->wanted = calloc(count, sizeof(*choice->wanted))))
        return false;
    for (size_t i = 0; i < count; i++)
        choice->wanted[i] =
            strcmp(checks[i].id, "X7") == 0 ||
            (has_choice ? choice->wanted[i] : app_check_counts(&checks[i], choice->phase));
    return true;
}

bool app_check_choose(const struct app_check_texts *texts, const struct app_config *config,
                      struct app_check_choice *ret)
{
    *ret = (struct app_check_choice){.phase = APP_GATE};
    return take_timeout(ret, config, texts->timeout) && take_phase(ret, texts->phase) &&
           take_only(ret, texts->only) && add_partners(ret, texts->wants_partners) &&
           take_time(ret, texts->at) && take_vantages(ret, texts->merges, texts->merge_count);
}

void app_check_choice_finish(struct app_check_choice *choice)
{
    app_vantages_destroy(choice->vantages);
    free(choice->wanted);
}
