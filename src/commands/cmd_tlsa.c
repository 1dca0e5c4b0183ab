/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost tlsa: the way from one key to the next under TLSA records. */
#include "commands/command.h"
#include "commands/load_config.h"
#include "commands/tlsa_new_key.h"
#include "commands/tlsa_report.h"

#include "base/clock.h"
#include "published.h"
#include "readiness/journal/journal.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES_MAX (256 * 1048576)
#define TEXT_BYTES_MAX  (64 * 1048576)

struct showing {
    const struct app_config *config;
    const struct app_domain *only; /* NULL: all domains */
    int64_t at_s;                  /* judged as if it were then; 0: as it is */
    bool is_json;
    struct gp_arena arena;
    struct app_wanted *sets;
    struct app_wanted_key *keys;
    size_t set_count, key_count;
    struct app_observations *seen;   /* owned */
    struct app_histories *histories; /* owned */
};

static bool is_wanted(const struct showing *showing, const struct app_domain *domain)
{
    return !showing->only || showing->only == domain;
}

/* What is asked: the TLSA records of each place, and which key its addresses serve. */

static void want_place(struct showing *showing, const struct app_domain *domain,
                       const struct app_tlsa_place *place)
{
    bool is_new = true;
    for (size_t i = 0; i < showing->set_count && is_new; i++)
        is_new = !dns_name_equal(&showing->sets[i].owner, &place->owner);
    if (is_new) /* domains share hosts */
        showing->sets[showing->set_count++] =
            (struct app_wanted){.owner = place->owner, .type = DNS_TYPE_TLSA};
    app_tlsa_want_keys(domain, place, showing->keys, &showing->key_count);
}

static enum gp_code want(struct showing *showing, struct gp_err *err)
{
    const struct app_config *config = showing->config;
    size_t place_count = 0;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < config->domain_count; i++)
        place_count += DNS_SERVICE_COUNT * config->domains[i].host_count;
    showing->sets = gp_arena_alloc(&showing->arena, place_count * sizeof(*showing->sets));
    showing->keys =
        gp_arena_alloc(&showing->arena, app_tlsa_key_count(config) * sizeof(*showing->keys));
    if (!showing->sets || !showing->keys)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->domain_count && code == GP_OK; i++) {
        const struct app_domain *domain = &config->domains[i];
        struct app_tlsa_place *places = NULL;
        size_t count = 0;
        if (!is_wanted(showing, domain) || !domain->wants_dane)
            continue;
        code = app_tlsa_places(domain, &showing->arena, &places, &count, err);
        for (size_t k = 0; k < count; k++)
            want_place(showing, domain, &places[k]);
    }
    return code;
}

static enum gp_code see(struct showing *showing, struct gp_err *err)
{
    char vantage[APP_VANTAGE_MAX];
    enum gp_code code = app_published_collect(
        showing->config, showing->sets, showing->set_count, showing->keys, showing->key_count,
        showing->config->check_timeout_ms, &showing->seen, err);
    if (code == GP_OK)
        code = app_journal_keep(showing->config, app_journal_vantage(vantage), showing->seen,
                                &showing->histories, err);
    if (code == GP_OK && showing->histories->is_broken)
        fprintf(stderr, "gatepost tlsa: %s\n", showing->histories->trouble);
    return code;
}

/* What is said. */

static const int statuses[] = {
    [ZONE_ROLLOVER_NONE] = APP_EXIT_OK,         [ZONE_ROLLOVER_SAFE] = APP_EXIT_OK,
    [ZONE_ROLLOVER_WAIT] = APP_EXIT_WAIT,       [ZONE_ROLLOVER_PUBLISH] = APP_EXIT_WAIT,
    [ZONE_ROLLOVER_UNKNOWN] = APP_EXIT_UNKNOWN, [ZONE_ROLLOVER_MISSING] = APP_EXIT_FAILED,
    [ZONE_ROLLOVER_DANGER] = APP_EXIT_FAILED,
};

static enum gp_code print(const struct app_tlsa_report *report, bool is_json, struct gp_err *err)
{
    struct gp_buf out;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code =
        is_json ? app_tlsa_report_json(report, &out, err) : app_tlsa_report_text(report, &out, err);
    if (code == GP_OK)
        fwrite(gp_buf_span(&out).at, 1, gp_buf_len(&out), stdout);
    gp_buf_finish(&out);
    return code;
}

static enum gp_code report(struct showing *showing, int *ret_status, struct gp_err *err)
{
    const struct app_config *config = showing->config;
    struct app_tlsa_report report = {.config = config,
                                     .now_s = showing->at_s != 0 ? showing->at_s
                                                                 : showing->seen->started_s,
                                     .trouble = showing->histories->trouble};
    enum zone_rollover worst = ZONE_ROLLOVER_NONE;
    enum gp_code code = GP_OK;
    struct app_tlsa_view *views =
        gp_arena_alloc(&showing->arena, config->domain_count * sizeof(*views));
    if (!views)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->domain_count && code == GP_OK; i++) {
        struct app_tlsa_view *view = &views[report.count];
        if (!is_wanted(showing, &config->domains[i]))
            continue;
        code = app_tlsa_view(config, &config->domains[i], showing->seen, showing->histories,
                             report.now_s, &showing->arena, view, err);
        if (code == GP_OK && view->verdict > worst)
            worst = view->verdict;
        report.count++;
    }
    report.views = views;
    if (code == GP_OK)
        code = print(&report, showing->is_json, err);
    if (code == GP_OK)
        *ret_status = statuses[worst];
    return code;
}

static int show(struct showing *showing)
{
    int status = APP_EXIT_UNKNOWN;
    struct gp_err err = {0};
    gp_arena_init(&showing->arena, ARENA_BYTES_MAX);
    enum gp_code code = want(showing, &err);
    if (code == GP_OK)
        code = see(showing, &err);
    if (code == GP_OK)
        code = report(showing, &status, &err);
    if (code != GP_OK) {
        fprintf(stderr, "gatepost tlsa: %s\n", err.text);
        status = code == GP_ERR_CONFIG ? APP_EXIT_USAGE : APP_EXIT_UNKNOWN;
    }
    app_histories_destroy(showing->histories);
    app_observations_destroy(showing->seen);
    gp_arena_finish(&showing->arena);
    return status;
}

/* Arguments. */

static bool take_time(struct showing *showing, const char *text)
{
    if (!text || gp_clock_parse(text, &showing->at_s) == GP_OK)
        return true;
    fprintf(stderr, "gatepost tlsa: --at=%s is not a time such as 2026-03-01T12:00:00Z\n", text);
    return false;
}

/* Whether what was given goes together; is_making: a key is to be made. */
static bool is_usable(const struct showing *showing, const struct app_new_key *wanted,
                      const char *at, bool is_making)
{
    const char *why = NULL;
    if (!is_making && wanted->type)
        why = "--type is for new-key";
    else if (is_making && (showing->is_json || at))
        why = "--json and --at are not for new-key";
    if (why)
        fprintf(stderr, "gatepost tlsa: %s\n", why);
    return !why;
}

int app_cmd_tlsa(const struct app_command *command, int argc, char **argv)
{
    struct showing showing = {.config = NULL};
    struct app_new_key wanted = {.config = NULL};
    const char *at = NULL;
    const struct app_option options[] = {
        {.name = "at",
         .value = "TIME",
         .help = "judge what is seen now as if it were then, such as 2026-03-01T12:00:00Z",
         .text = &at},
        {.name = "domain",
         .value = "NAME",
         .help = "of this domain [all of the configuration]",
         .text = &wanted.domain},
        {.name = "json", .help = "print JSON (schema 1)", .flag = &showing.is_json},
        {.name = "type",
         .value = "ec|rsa",
         .help = "of a new key: NIST P-256, or RSA of 3072 bits [ec]",
         .text = &wanted.type},
    };
    const struct app_syntax syntax = {
        .about =
            "Shows for each domain its present key and the next one (next-key), which TLSA records "
            "every authoritative server has of them, since when, which key each address serves; "
            "and says what is next: publish a record, WAIT until a time, or have the next key "
            "served. What is seen is noted in the journal of \"gatepost check\". It needs no "
            "running gateway.\n"
            "\n"
            "new-key makes a private key in a new FILE, or in the one that next-key of --domain "
            "names, and prints the records for it and what to do with it. It overwrites nothing.\n"
            "\n"
            "Exit status: 0 nothing is to be done, the next key may be served, or a key was made; "
            "1 something is wrong: the present key or one that is served has no record, or the "
            "key could not be made; 2 WAIT, or the record of the next key is to be published; 3 "
            "UNKNOWN, a name server did not tell; 64 wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_max = 2,
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    bool is_making = arguments.operand_count > 0;
    if (is_making && strcmp(arguments.operands[0], "new-key") != 0) {
        fprintf(stderr, "gatepost tlsa: unexpected '%s'; there is: new-key\n",
                arguments.operands[0]);
        return APP_EXIT_USAGE;
    }
    if (!is_usable(&showing, &wanted, at, is_making))
        return APP_EXIT_USAGE;
    if (is_making) {
        wanted.config = arguments.config;
        wanted.file = arguments.operand_count > 1 ? arguments.operands[1] : NULL;
        return app_tlsa_new_key(&wanted);
    }
    struct app_config *config = app_load_config(arguments.config);
    showing.config = config;
    if (config && wanted.domain)
        showing.only = app_find_domain("tlsa", config, wanted.domain);
    status = APP_EXIT_USAGE;
    if (config && (showing.only || !wanted.domain) && take_time(&showing, at))
        status = show(&showing);
    app_config_destroy(config);
    return status;
}
