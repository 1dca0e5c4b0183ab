/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost check: is everything ready for partners? Collect, judge, report. */
#include "commands/check_journal.h"
#include "commands/check_output.h"
#include "commands/command.h"
#include "commands/load_config.h"
#include "commands/public_config.h"

#include "base/clock.h"
#include "base/text.h"
#include "nearest.h"
#include "readiness/collect.h"
#include "readiness/journal.h"
#include "readiness/plan.h"
#include "readiness/report.h"
#include "readiness/vantage.h"
#include "tls_setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAINS_MAX   256 /* that are named on the command line */
#define TIMEOUT_MAX_S 3600
#define MERGES_MAX    64

struct checking {
    const struct app_config *config;
    struct dns_domain *domains; /* owned */
    size_t domain_count;
    enum app_phase phase;
    bool *wanted; /* owned; one for each check; NULL: all of the phase */
    bool wants_partners, wants_pings;
    uint32_t timeout_ms;
    int64_t at_s;                 /* judged as if it were then; 0: as it is */
    struct app_vantage *vantages; /* owned; reports of other runs */
    struct app_check_output output;
    struct app_check_journal journal;
    char vantage[APP_VANTAGE_MAX];
    struct gp_loop *loop;
    struct app_observations *seen; /* owned */
};

/* Arguments. */

static bool take_domain(struct checking *checking, const char *text)
{
    struct dns_domain domain;
    struct gp_err err;
    if (dns_domain_from_text(gp_span_text(text), &domain, &err) != GP_OK) {
        fprintf(stderr, "gatepost check: --domain=%s: %s\n", text, err.text);
        return false;
    }
    if (!app_config_domain(checking->config, &domain)) {
        fprintf(stderr, "gatepost check: %s is not a domain of %s\n", domain.ascii,
                checking->config->path);
        return false;
    }
    for (size_t i = 0; i < checking->domain_count; i++)
        if (dns_domain_equal(&checking->domains[i], &domain))
            return true;
    checking->domains[checking->domain_count++] = domain;
    return true;
}

static bool take_domains(struct checking *checking, const char *const *texts, size_t count)
{
    const struct app_config *config = checking->config;
    checking->domains =
        calloc(count > 0 ? count : config->domain_count, sizeof(*checking->domains));
    if (!checking->domains)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!take_domain(checking, texts[i]))
            return false;
    for (size_t i = 0; i < config->domain_count && count == 0; i++)
        checking->domains[checking->domain_count++] = config->domains[i].name;
    return true;
}

static bool take_timeout(struct checking *checking, const char *text)
{
    uint64_t seconds = 0;
    checking->timeout_ms = checking->config->check_timeout_ms;
    if (!text)
        return true;
    if (gp_text_number(gp_span_text(text), TIMEOUT_MAX_S, &seconds) != GP_OK || seconds == 0) {
        fprintf(stderr, "gatepost check: --timeout=%s is not a number from 1 to %d\n", text,
                TIMEOUT_MAX_S);
        return false;
    }
    checking->timeout_ms = (uint32_t)seconds * 1000;
    return true;
}

static bool take_phase(struct checking *checking, const char *text)
{
    struct app_nearest nearest;
    checking->phase = APP_GATE;
    if (!text)
        return true;
    app_nearest_init(&nearest, text);
    for (int i = 0; i < APP_PHASE_COUNT; i++) {
        checking->phase = (enum app_phase)i;
        if (strcmp(text, app_phase_name(checking->phase)) == 0)
            return true;
        app_nearest_offer(&nearest, app_phase_name(checking->phase));
    }
    fprintf(stderr,
            "gatepost check: --phase: there is no phase '%s'%s%s%s; phases: prepare, gate, "
            "switched, decommission, routine\n",
            text, nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
            nearest.found ? "'?" : "");
    return false;
}

/* One word of --only: a check's id, which counts in any phase, or a group of the phase's checks. */
static bool want(struct checking *checking, struct gp_span word)
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
            (is_group && app_check_counts(&checks[i], checking->phase)))
            checking->wanted[i] = is_found = true;
        is_found |= is_group;
    }
    if (!is_found)
        fprintf(stderr, "gatepost check: --only: there is no check or group '%s'%s%s%s\n", text,
                nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
                nearest.found ? "'?" : "");
    return is_found;
}

static bool take_only(struct checking *checking, const char *text)
{
    size_t count = 0;
    if (!text)
        return true;
    (void)app_checks(&count);
    checking->wanted = calloc(count, sizeof(*checking->wanted));
    if (!checking->wanted)
        return false;
    for (;;) {
        size_t len = strcspn(text, ",");
        if (!want(checking, gp_span_make(text, len)))
            return false;
        if (text[len] == '\0')
            return true;
        text += len + 1;
    }
}

static bool take_time(struct checking *checking, const char *text)
{
    if (!text || gp_clock_parse(text, &checking->at_s) == GP_OK)
        return true;
    fprintf(stderr, "gatepost check: --at=%s is not a time such as 2026-03-01T12:00:00Z\n", text);
    return false;
}

/* Reports of other runs, in the order in which they are named. */
static bool take_vantages(struct checking *checking, const char *const *paths, size_t count)
{
    struct app_vantage **end = &checking->vantages;
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

/* Partners are looked at when that is asked for, whatever the phase; and sent a ping where that
 * counts. */
static bool add_partners(struct checking *checking)
{
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    if (!checking->wants_partners)
        return true;
    bool has_choice = checking->wanted != NULL;
    if (!has_choice && !(checking->wanted = calloc(count, sizeof(*checking->wanted))))
        return false;
    for (size_t i = 0; i < count; i++) {
        checking->wanted[i] =
            strcmp(checks[i].id, "X7") == 0 ||
            (has_choice ? checking->wanted[i] : app_check_counts(&checks[i], checking->phase));
        if (strcmp(checks[i].id, "X6") == 0)
            checking->wants_pings = checking->wanted[i];
    }
    return true;
}

/* Collect. */

static void on_collected(void *arg, struct app_observations *seen)
{
    struct checking *checking = arg;
    checking->seen = seen;
    gp_loop_stop(checking->loop);
}

static bool is_made(const struct checking *checking, const char *id)
{
    const struct app_judge_input input = {.phase = checking->phase, .wanted = checking->wanted};
    size_t count = 0;
    const struct app_check *checks = app_checks(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(checks[i].id, id) == 0)
            return app_check_is_made(&input, i);
    return false;
}

static enum gp_code collect(struct checking *checking, struct dns_resolver *resolver,
                            struct fed_tls *tls, struct gp_err *err)
{
    const struct app_collect_setup setup = {
        .loop = checking->loop,
        .config = checking->config,
        .resolver = resolver,
        .tls = tls,
        .domains = checking->domains,
        .domain_count = checking->domain_count,
        .wants_partners = checking->wants_partners,
        .wants_pings = checking->wants_pings,
        .wants_planned = app_phase_is_before_switch(checking->phase),
        .wants_held = is_made(checking, "M4"),
        .wants_company = is_made(checking, "V14"),
        .timeout_ms = checking->timeout_ms,
    };
    enum gp_code code = app_collect_start(&setup, on_collected, checking, err);
    if (code != GP_OK)
        return code;
    gp_loop_run(checking->loop);
    return checking->seen ? GP_OK : gp_err_nomem(err);
}

static enum gp_code see(struct checking *checking, struct gp_err *err)
{
    struct dns_resolver *resolver = NULL;
    struct fed_tls *tls = NULL;
    checking->loop = gp_loop_create();
    if (!checking->loop)
        return gp_err_nomem(err);
    enum gp_code code = app_tls_create(checking->config, &tls, err);
    if (code == GP_OK)
        code =
            dns_resolver_create_local(checking->loop, &checking->config->resolver, &resolver, err);
    if (code == GP_OK)
        code = collect(checking, resolver, tls, err);
    dns_resolver_destroy(resolver);
    fed_tls_destroy(tls);
    gp_loop_destroy(checking->loop);
    return code;
}

/* Judge and report. */

static enum gp_code report(const struct checking *checking, const struct app_judge_input *input,
                           const struct app_findings *findings, int *ret_status, struct gp_err *err)
{
    struct zone_timeline *timeline = NULL;
    enum gp_code code = checking->config->is_public ? GP_OK /* nothing is planned */
                                                    : app_timeline_create(input, &timeline, err);
    struct app_report what = {
        .findings = findings,
        .seen = checking->seen,
        .config = checking->config,
        .phase = checking->phase,
        .vantage = checking->vantage,
        .at_s = checking->at_s,
        .timeline = timeline,
        .no_past = input->histories->trouble,
        .is_partial = checking->wanted != NULL,
    };
    if (code == GP_OK)
        code = app_check_print(&checking->output, &what, ret_status, err);
    zone_timeline_destroy(timeline);
    return code;
}

static enum gp_code run(struct checking *checking, int *ret_status, struct gp_err *err)
{
    struct app_findings *findings = NULL;
    struct zone_plan *plan = NULL;
    struct app_histories *histories = NULL;
    app_journal_vantage(checking->vantage);
    enum gp_code code = see(checking, err);
    if (code == GP_OK)
        code = app_readiness_plan(checking->config, checking->seen, &plan, err);
    if (code == GP_OK)
        code = app_check_remember(&checking->journal, checking->config, checking->vantage,
                                  checking->seen, &histories, err);
    if (code == GP_OK) {
        const struct app_judge_input input = {
            .seen = checking->seen,
            .config = checking->config,
            .plan = plan,
            .histories = histories,
            .phase = checking->phase,
            .wanted = checking->wanted,
            .now_s = checking->at_s != 0 ? checking->at_s : checking->seen->started_s,
            .vantages = checking->vantages,
        };
        code = app_judge(&input, &findings, err);
        if (code == GP_OK)
            code = report(checking, &input, findings, ret_status, err);
    }
    app_findings_destroy(findings);
    app_histories_destroy(histories);
    zone_plan_destroy(plan);
    app_observations_destroy(checking->seen);
    return code;
}

/* Domains are named as operands, and the resolver by options, where no configuration does. */
static struct app_config *find_config(const struct app_arguments *arguments, bool is_public,
                                      bool has_timeline, const struct app_public_options *instead)
{
    bool has_options =
        instead->forward || instead->trust_anchor_file || instead->root_hints || instead->ca_file;
    const char *fault = is_public && arguments->operand_count == 0 ? "--public needs a DOMAIN"
                        : is_public && has_timeline
                            ? "with --public nothing is planned: no --timeline"
                        : is_public && arguments->has_config ? "--public reads no configuration"
                        : !is_public && arguments->operand_count > 0
                            ? "a DOMAIN is for --public; --domain names one of the configuration"
                        : !is_public && has_options
                            ? "--forward, --trust-anchor-file, --root-hints and --ca-file are for "
                              "--public"
                            : NULL;
    if (!fault)
        return is_public ? app_public_config("check", arguments->operands, arguments->operand_count,
                                             instead)
                         : app_load_config(arguments->config);
    fprintf(stderr, "gatepost check: %s\n", fault);
    return NULL;
}

/* What could not even be planned would make every finding wrong. */
static bool is_plannable(const struct app_config *config)
{
    struct zone_plan *plan = NULL;
    struct gp_err err;
    if (app_readiness_plan(config, NULL, &plan, &err) != GP_OK) {
        fprintf(stderr, "gatepost check: %s: %s\n", config->path, err.text);
        return false;
    }
    zone_plan_destroy(plan);
    return true;
}

int app_cmd_check(const struct app_command *command, int argc, char **argv)
{
    struct checking checking = {.config = NULL};
    const char *domains[DOMAINS_MAX], *merges[MERGES_MAX], *timeout = NULL, *only = NULL,
                                                           *phase = NULL, *at = NULL;
    struct app_public_options instead = {.forward = NULL};
    bool is_public = false;
    size_t domain_count = 0, merge_count = 0;
    const struct app_option options[] = {
        {.name = "all",
         .help = "print also what passed, with its evidence",
         .flag = &checking.output.has_all},
        {.name = "at",
         .value = "TIME",
         .help = "judge what is seen now as if it were then, such as 2026-03-01T12:00:00Z",
         .text = &at},
        {.name = "ca-file",
         .value = "FILE",
         .help = "with --public: what certificates are checked against [the system's authorities]",
         .text = &instead.ca_file},
        {.name = "domain",
         .value = "NAME",
         .help = "check this domain; may be repeated [all of the configuration]",
         .text = domains,
         .count = &domain_count,
         .room = DOMAINS_MAX},
        {.name = "forward",
         .value = "ADDRESS[:PORT]",
         .help = "with --public: ask this resolver; its answers are validated all the same",
         .text = &instead.forward},
        {.name = "html",
         .value = "FILE",
         .help = "write a page of HTML there besides, for a meeting or a ticket",
         .text = &checking.output.page},
        {.name = "journal",
         .value = "FILE",
         .help = "note there what was seen, and go by it [check.db in the state-directory]",
         .text = &checking.journal.file},
        {.name = "json", .help = "print JSON (schema 1)", .flag = &checking.output.is_json},
        {.name = "merge",
         .value = "FILE",
         .help =
             "add the findings of another run, as --json printed them elsewhere; may be repeated",
         .text = merges,
         .count = &merge_count,
         .room = MERGES_MAX},
        {.name = "nagios",
         .help =
             "print one line with performance data; exit status 0, 1, 2 or 3 as a plugin's: OK, "
             "WARNING (also WAIT), CRITICAL, UNKNOWN",
         .flag = &checking.output.is_nagios},
        {.name = "no-journal",
         .help = "note nothing, and know nothing of the past",
         .flag = &checking.journal.is_off},
        {.name = "only",
         .value = "ID,...",
         .help = "make these checks, or those of these groups, and judge by them alone",
         .text = &only},
        {.name = "output",
         .value = "FILE",
         .help = "write it there instead of standard output, whole or not at all",
         .text = &checking.output.file},
        {.name = "partners",
         .help =
             "look at every configured partner as well (X7), in any phase; in phase switched the "
             "gateway sends each a ping (X6)",
         .flag = &checking.wants_partners},
        {.name = "phase",
         .value = "NAME",
         .help = "make the checks that count then: prepare, gate, switched, decommission or "
                 "routine [gate]",
         .text = &phase},
        {.name = "prometheus",
         .help = "print metrics, for the textfile collector of Prometheus",
         .flag = &checking.output.is_prometheus},
        {.name = "public",
         .help = "look at any DOMAIN, on whatever server, without configuration and gateway",
         .flag = &is_public},
        {.name = "root-hints",
         .value = "FILE",
         .help = "with --public: root name servers",
         .text = &instead.root_hints},
        {.name = "timeline",
         .help = "print also when each step of the cutover is safe, and why not before",
         .flag = &checking.output.has_timeline},
        {.name = "timeout",
         .value = "SECONDS",
         .help = "what was not seen by then is UNKNOWN [check { timeout } of the configuration]",
         .text = &timeout},
        {.name = "trust-anchor-file",
         .value = "FILE",
         .help = "with --public: DS or DNSKEY records to trust",
         .text = &instead.trust_anchor_file},
    };
    const struct app_syntax syntax = {
        .about =
            "Says whether everything is ready for partners: the DNS records that the domains "
            "have, "
            "on every authoritative server; each address that they lead to; the certificates "
            "there; and the proof that what answers is the running gateway. Whatever is wrong "
            "comes with the record or the command that mends it. Groups: pool, edge, "
            "certificates, federation, dns.\n"
            "\n"
            "With --public it looks at the DOMAINs that are named, which may be anybody's, on "
            "whatever "
            "server, from anywhere. No configuration is read; what needs one, or a gateway, is "
            "SKIP.\n"
            "\n"
            "Exit status: 0 READY; 1 NOT READY; 2 WAIT, ready from a later time on; 3 UNKNOWN, "
            "something could not be found out; 64 wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_max = DOMAINS_MAX,
    };
    struct app_arguments arguments;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!app_check_output_is_usable(&checking.output) ||
        !app_check_journal_is_usable(&checking.journal))
        return APP_EXIT_USAGE;
    struct app_config *config =
        find_config(&arguments, is_public, checking.output.has_timeline, &instead);
    if (!config)
        return APP_EXIT_USAGE;
    checking.config = config;
    status = APP_EXIT_USAGE;
    if (is_plannable(config) && take_domains(&checking, domains, domain_count) &&
        take_timeout(&checking, timeout) && take_phase(&checking, phase) &&
        take_only(&checking, only) && add_partners(&checking) && take_time(&checking, at) &&
        take_vantages(&checking, merges, merge_count) && run(&checking, &status, &err) != GP_OK) {
        fprintf(stderr, "gatepost check: %s\n", err.text);
        status = err.code == GP_ERR_CONFIG ? APP_EXIT_USAGE : APP_EXIT_UNKNOWN;
    }
    app_vantages_destroy(checking.vantages);
    free(checking.domains);
    free(checking.wanted);
    app_config_destroy(config);
    return status;
}
