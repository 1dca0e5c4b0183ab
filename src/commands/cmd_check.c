/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost check: is everything ready for partners? Collect, judge, report. */
#include "commands/check_arguments.h"
#include "commands/check_domains.h"
#include "commands/check_journal.h"
#include "commands/check_output.h"
#include "commands/check_probe.h"
#include "commands/check_progress.h"
#include "commands/command.h"
#include "commands/load_config.h"
#include "commands/public_config.h"

#include "readiness/collect/collect.h"
#include "readiness/journal/journal.h"
#include "readiness/plan.h"
#include "readiness/report/report.h"
#include "tls_setup.h"

#include <string.h>

#define NAMED_MAX  256 /* domains on the command line; --stdin takes more */
#define MERGES_MAX 64

struct checking {
    const struct app_config *config;
    struct app_check_domains domains;
    struct app_check_choice choice;
    struct app_check_output output;
    struct app_check_journal journal;
    struct app_check_probe probe;
    bool wants_partners, is_quiet;
    char vantage[APP_VANTAGE_MAX];
    struct gp_loop *loop;
    struct app_check_progress *progress; /* owned; NULL: nothing is shown */
    struct app_observations *seen;       /* owned */
};

/* Collect. */

static void on_collected(void *arg, struct app_observations *seen)
{
    struct checking *checking = arg;
    app_check_progress_destroy(checking->progress);
    checking->progress = NULL;
    checking->seen = seen;
    gp_loop_stop(checking->loop);
}

static bool is_made(const struct checking *checking, const char *id)
{
    const struct app_judge_input input = {.phase = checking->choice.phase,
                                          .wanted = checking->choice.wanted};
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
    struct app_collect *collecting = NULL;
    bool calls = is_made(checking, "X3") || is_made(checking, "X4");
    const struct app_collect_setup setup = {
        .loop = checking->loop,
        .config = checking->config,
        .resolver = resolver,
        .tls = tls,
        .domains = checking->domains.list,
        .domain_count = checking->domains.count,
        .probe_domain = checking->probe.is_there && calls ? &checking->probe.domain : NULL,
        .wants_partners = checking->wants_partners,
        .wants_pings = checking->wants_partners && is_made(checking, "X6"),
        .wants_planned = app_phase_is_before_switch(checking->choice.phase),
        .wants_held = is_made(checking, "M4"),
        .wants_company = is_made(checking, "V14"),
        .timeout_ms = checking->choice.timeout_ms,
    };
    enum gp_code code = GP_OK;
    if (!checking->is_quiet)
        code = app_check_progress_create(checking->loop, &checking->progress, err);
    if (code == GP_OK)
        code = app_collect_start(&setup, on_collected, checking, &collecting, err);
    if (code != GP_OK) {
        app_check_progress_destroy(checking->progress);
        return code;
    }
    app_check_progress_show(checking->progress, collecting);
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
    struct app_report what = {
        .findings = findings,
        .seen = checking->seen,
        .config = checking->config,
        .plan = input->plan,
        .phase = checking->choice.phase,
        .vantage = checking->vantage,
        .at_s = checking->choice.at_s,
        .timeline = input->timeline,
        .no_past = input->histories->trouble,
        .is_partial = checking->choice.is_partial,
    };
    return app_check_print(&checking->output, &what, ret_status, err);
}

static enum gp_code run(struct checking *checking, int *ret_status, struct gp_err *err)
{
    struct app_findings *findings = NULL;
    struct zone_plan *plan = NULL;
    struct app_histories *histories = NULL;
    struct zone_timeline *timeline = NULL;
    app_journal_vantage(checking->vantage);
    enum gp_code code = see(checking, err);
    if (code == GP_OK)
        code = app_readiness_plan(checking->config, checking->seen, &plan, err);
    if (code == GP_OK)
        code = app_check_remember(&checking->journal, checking->config, checking->vantage,
                                  checking->seen, &histories, err);
    if (code == GP_OK) {
        struct app_judge_input input = {
            .seen = checking->seen,
            .config = checking->config,
            .plan = plan,
            .histories = histories,
            .phase = checking->choice.phase,
            .wanted = checking->choice.wanted,
            .now_s = checking->choice.at_s != 0 ? checking->choice.at_s : checking->seen->started_s,
            .vantages = checking->choice.vantages,
        };
        if (!checking->config->is_public) /* there nothing is planned */
            code = app_timeline_create(&input, &timeline, err);
        input.timeline = timeline;
        if (code == GP_OK)
            code = app_judge(&input, &findings, err);
        if (code == GP_OK)
            code = report(checking, &input, findings, ret_status, err);
    }
    app_findings_destroy(findings);
    zone_timeline_destroy(timeline);
    app_histories_destroy(histories);
    zone_plan_destroy(plan);
    app_observations_destroy(checking->seen);
    return code;
}

/* Arguments. */

/* As the command line names them; borrowed. */
struct named {
    char **operands;
    size_t operand_count;
    const char **domains;
    size_t domain_count;
    bool is_public, has_list;
};

/* What does not go together; NULL: nothing. */
static const char *contradiction(const struct named *named, const struct app_arguments *arguments,
                                 const struct app_public_options *instead, bool has_timeline)
{
    if (named->is_public && named->operand_count == 0 && !named->has_list)
        return "--public needs a DOMAIN, or --stdin";
    if (named->is_public && has_timeline)
        return "with --public nothing is planned: no --timeline";
    if (named->is_public && arguments->has_config)
        return "--public reads no configuration";
    if (named->is_public && named->domain_count > 0)
        return "--domain names a domain of the configuration, which --public does not read";
    if (!named->is_public && named->operand_count > 0)
        return "a DOMAIN is for --public; --domain names one of the configuration";
    if (!named->is_public &&
        (instead->forward || instead->trust_anchor_file || instead->root_hints || instead->ca_file))
        return "--forward, --trust-anchor-file, --root-hints and --ca-file are for --public";
    return NULL;
}

/* Those that are named; all of the configuration where nothing is. */
static bool take_domains(struct checking *checking, const struct named *named)
{
    struct app_check_domains *domains = &checking->domains;
    const struct app_config *config = checking->config;
    bool is_right = true;
    for (size_t i = 0; i < named->operand_count; i++)
        is_right = app_check_domains_add(domains, config, "", named->operands[i]) && is_right;
    for (size_t i = 0; i < named->domain_count; i++)
        is_right =
            app_check_domains_add(domains, config, "--domain=", named->domains[i]) && is_right;
    if (named->has_list)
        return app_check_domains_read(domains, config, stdin) && is_right;
    return domains->count > 0 || !is_right ? is_right : app_check_domains_add_all(domains, config);
}

/* Domains come first where they are all the configuration that there is. */
static struct app_config *find_config(struct checking *checking, const struct named *named,
                                      const struct app_arguments *arguments,
                                      const struct app_public_options *instead)
{
    if (!named->is_public)
        return app_load_config(arguments->config);
    if (!take_domains(checking, named))
        return NULL;
    return app_public_config("check", checking->domains.list, checking->domains.count, instead);
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
    const char *domains[NAMED_MAX], *merges[MERGES_MAX];
    struct app_check_texts texts = {.merges = merges};
    struct app_public_options instead = {.forward = NULL};
    struct app_check_probe_texts probe = {.domain = NULL};
    struct named named = {.domains = domains};
    const struct app_option options[] = {
        {.name = "all",
         .help = "print also what passed, with its evidence",
         .flag = &checking.output.has_all},
        {.name = "at",
         .value = "TIME",
         .help = "judge what is seen now as if it were then, such as 2026-03-01T12:00:00Z",
         .text = &texts.at},
        {.name = "ca-file",
         .value = "FILE",
         .help = "with --public: what certificates are checked against [the system's authorities]",
         .text = &instead.ca_file},
        {.name = "domain",
         .value = "NAME",
         .help = "check this domain; may be repeated [all of the configuration]",
         .text = domains,
         .count = &named.domain_count,
         .room = NAMED_MAX},
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
         .count = &texts.merge_count,
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
         .text = &texts.only},
        {.name = "output",
         .value = "FILE",
         .help = "write it there instead of standard output, whole or not at all",
         .text = &checking.output.file},
        {.name = "partners",
         .help =
             "look at every configured partner as well (X7), in any phase; in phase switched the "
             "gateway sends each a ping (X6)",
         .flag = &texts.wants_partners},
        {.name = "phase",
         .value = "NAME",
         .help = "make the checks that count then: prepare, gate, switched, decommission or "
                 "routine [gate]",
         .text = &texts.phase},
        {.name = "probe-certificate",
         .value = "FILE",
         .help =
             "with --probe-domain: its certificate, for servers that insist on one [made on the "
             "spot]",
         .text = &probe.certificate},
        {.name = "probe-domain",
         .value = "NAME",
         .help = "call from this domain of yours and be called back (X3, X4): its service records "
                 "lead to --probe-listen [check { probe-domain } of the configuration]",
         .text = &probe.domain},
        {.name = "probe-key",
         .value = "FILE",
         .help = "the key of --probe-certificate [in the same file]",
         .text = &probe.key},
        {.name = "probe-listen",
         .value = "ADDR[:PORT]",
         .help = "with --probe-domain: where to listen for it meanwhile [port 5269]",
         .text = &probe.listen},
        {.name = "prometheus",
         .help = "print metrics, for the textfile collector of Prometheus",
         .flag = &checking.output.is_prometheus},
        {.name = "public",
         .help = "look at any DOMAIN, on whatever server, without configuration and gateway",
         .flag = &named.is_public},
        {.name = "quiet", .help = "show no progress on a terminal", .flag = &checking.is_quiet},
        {.name = "root-hints",
         .value = "FILE",
         .help = "with --public: root name servers",
         .text = &instead.root_hints},
        {.name = "stdin",
         .help =
             "check the domains that are listed there, one on each line; \"#\" begins a comment",
         .flag = &named.has_list},
        {.name = "timeline",
         .help = "print also when each step of the cutover is safe, and why not before",
         .flag = &checking.output.has_timeline},
        {.name = "timeout",
         .value = "SECONDS",
         .help = "what was not seen by then is UNKNOWN [check { timeout } of the configuration]",
         .text = &texts.timeout},
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
            "With --probe-domain dialback is gone through to its end, in both directions, with "
            "whatever server it is: the check calls from a domain of yours, and is called back.\n"
            "\n"
            "Exit status: 0 READY; 1 NOT READY; 2 WAIT, ready from a later time on; 3 UNKNOWN, "
            "something could not be found out; 64 wrong usage or configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_max = NAMED_MAX,
    };
    struct app_arguments arguments;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!app_check_output_is_usable(&checking.output) ||
        !app_check_journal_is_usable(&checking.journal))
        return APP_EXIT_USAGE;
    named.operands = arguments.operands;
    named.operand_count = arguments.operand_count;
    const char *fault = contradiction(&named, &arguments, &instead, checking.output.has_timeline);
    if (fault) {
        fprintf(stderr, "gatepost check: %s\n", fault);
        return APP_EXIT_USAGE;
    }
    app_check_domains_init(&checking.domains);
    struct app_config *config = find_config(&checking, &named, &arguments, &instead);
    checking.config = config;
    checking.wants_partners = texts.wants_partners;
    status = APP_EXIT_USAGE;
    if (config && is_plannable(config) && (named.is_public || take_domains(&checking, &named)) &&
        app_check_probe_take(&probe, config, &checking.domains, &checking.probe) &&
        app_check_choose(&texts, config, &checking.choice) &&
        run(&checking, &status, &err) != GP_OK) {
        fprintf(stderr, "gatepost check: %s\n", err.text);
        status = err.code == GP_ERR_CONFIG ? APP_EXIT_USAGE : APP_EXIT_UNKNOWN;
    }
    app_check_choice_finish(&checking.choice);
    app_check_domains_finish(&checking.domains);
    app_config_destroy(config);
    return status;
}
