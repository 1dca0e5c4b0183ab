/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost export: the records that the configured endpoint needs, zone by zone. */
#include "commands/command.h"
#include "commands/export_check.h"
#include "commands/export_diff.h"
#include "commands/export_files.h"
#include "commands/export_formats.h"
#include "commands/export_inside.h"
#include "commands/load_config.h"

#include "nearest.h"
#include "published.h"
#include "readiness/plan.h"
#include "zone_settings.h"
#include "zones/refusal.h"

#include <string.h>

#define ARENA_BYTES_MAX (64 * 1048576)
#define TEXT_BYTES_MAX  (64 * 1048576)
#define ASK_TIMEOUT_MS  30000

struct export
{
    const struct app_config *config;
    const struct app_export_format *format;
    enum zone_profile profile;
    bool is_offline, is_assumed_signed, is_json, is_rollback, is_diff, is_if_ready;
    const char *format_name, *profile_name; /* as they are given; NULL: not */
    const char *zone;                       /* only this one; NULL: all */
    const struct app_export_file *file;     /* instead of records; NULL: records */
    const char *file_name, *domain;         /* as they are given; NULL: not */
    const char *make, *link;                /* of a server inside, instead of records */
};

static int fail(const struct gp_err *err)
{
    fprintf(stderr, "gatepost export: %s\n", err->text);
    return err->code == GP_ERR_DNS ? APP_EXIT_UNKNOWN : APP_EXIT_FAILED;
}

/* Prints and releases out, unless something went wrong before. */
static int finish(enum gp_code code, struct gp_buf *out, struct gp_err *err)
{
    if (code == GP_OK && gp_buf_failed(out) != GP_OK)
        code = gp_err_nomem(err);
    if (code == GP_OK)
        fwrite(gp_buf_span(out).at, 1, gp_buf_len(out), stdout);
    gp_buf_finish(out);
    return code == GP_OK ? APP_EXIT_OK : fail(err);
}

/* Records. */

static int no_such_zone(const struct zone_changes *changes, const char *zone)
{
    char apex[DNS_NAME_TEXT_MAX];
    fprintf(stderr, "gatepost export: there are no records in the zone '%s'; zones are:", zone);
    for (size_t i = 0; i < changes->zone_count; i++)
        fprintf(stderr, " %s", dns_name_text(&changes->zones[i].apex, apex));
    fputc('\n', stderr);
    return APP_EXIT_FAILED;
}

static enum gp_code put_records(const struct export *export, struct zone_changes *changes,
                                struct gp_buf *out, struct gp_err *err)
{
    const struct zone_export what = {
        .digest = export->config->digest, .changes = changes, .is_rollback = export->is_rollback};
    if (export->is_rollback)
        zone_changes_reverse(changes);
    return export->format->put(&what, out, err);
}

/* Each server of each zone against what is planned. */
static enum gp_code put_differences(const struct export *export,
                                    const struct app_published *published,
                                    const struct zone_changes *changes, struct gp_buf *out,
                                    int *ret_status, struct gp_err *err)
{
    const struct app_export_diff diff = {.digest = export->config->digest,
                                         .published = published,
                                         .changes = changes,
                                         .is_json = export->is_json};
    struct app_export_result result;
    enum gp_code code = app_export_compare(&diff, out, &result, err);
    if (code == GP_OK && result.different > 0)
        *ret_status = APP_EXIT_DIFFERENT;
    else if (code == GP_OK && result.unknown > 0)
        *ret_status = APP_EXIT_UNKNOWN;
    return code;
}

static int print(const struct export *export, const struct app_published *published,
                 struct zone_changes *changes)
{
    int status = APP_EXIT_OK;
    struct dns_name zone;
    struct gp_buf out;
    struct gp_err err;
    if (export->zone &&
        (dns_name_from_text(export->zone, &zone) != GP_OK || !zone_changes_pick(changes, &zone)))
        return no_such_zone(changes, export->zone);
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = export->is_diff
                            ? put_differences(export, published, changes, &out, &status, &err)
                            : put_records(export, changes, &out, &err);
    int finished = finish(code, &out, &err);
    return finished == APP_EXIT_OK ? status : finished;
}

/* published NULL: nobody was asked. */
static int print_plan(const struct export *export, const struct zone_plan *plan,
                      const struct app_published *published)
{
    struct zone_changes changes;
    struct gp_arena arena;
    struct gp_err err;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    enum gp_code code = zone_changes_make(plan, published ? &published->sets : NULL,
                                          export->profile, &arena, &changes, &err);
    int status = code == GP_OK ? print(export, published, &changes) : fail(&err);
    gp_arena_finish(&arena);
    return status;
}

/* A domain that is not delegated yet seems to live in the zone above it, which is hardly its
 * owner's. */
static void warn_of_registry(const struct zone_plan *plan)
{
    char apex[DNS_NAME_TEXT_MAX];
    for (size_t i = 0; i < plan->part_count; i++)
        if (dns_name_labels(&plan->parts[i].apex) <= 1)
            fprintf(
                stderr,
                "gatepost export: warning: the closest zone is '%s'; is your own zone there yet? "
                "--offline does not ask\n",
                dns_name_text(&plan->parts[i].apex, apex));
}

static void warn_of_keys(const struct zone_published *published)
{
    char addr[GP_ADDR_TEXT_MAX];
    for (size_t i = 0; i < published->key_count; i++) {
        const struct zone_served_key *served = &published->keys[i];
        if (served->trouble)
            fprintf(stderr,
                    "gatepost export: warning: which key %s serves for %s is not known: %s\n",
                    gp_addr_port_text(&served->addr, addr), served->domain.ascii, served->trouble);
    }
}

static enum gp_code plan_offline(const struct export *export, struct zone_plan **ret,
                                 struct gp_err *err)
{
    struct zone_settings settings;
    struct dns_name *owners = NULL;
    struct zone_place *places = NULL;
    struct gp_arena arena;
    size_t count = 0;
    gp_arena_init(&arena, ARENA_BYTES_MAX);
    enum gp_code code = app_zone_settings(export->config, &arena, &settings, err);
    if (code == GP_OK)
        code = zone_plan_owners(&settings, &arena, &owners, &count, err);
    if (code == GP_OK && !(places = gp_arena_alloc(&arena, count * sizeof(*places))))
        code = gp_err_nomem(err);
    for (size_t i = 0; i < count && code == GP_OK; i++) {
        app_zone_guess(export->config, &owners[i], &places[i]);
        if (export->is_assumed_signed)
            places[i].signing = ZONE_SIGNED;
    }
    if (code == GP_OK)
        code = zone_plan_create(&settings, places, count, ret, err);
    gp_arena_finish(&arena);
    return code;
}

static int run_offline(const struct export *export)
{
    struct zone_plan *plan = NULL;
    struct gp_err err;
    if (plan_offline(export, &plan, &err) != GP_OK)
        return fail(&err);
    fputs("gatepost export: warning: --offline: nobody was asked where the zones are, which names "
          "are aliases, and which keys are served\n",
          stderr);
    int status = print_plan(export, plan, NULL);
    zone_plan_destroy(plan);
    return status;
}

static int run_online(const struct export *export)
{
    struct app_published *published = NULL;
    struct gp_err err;
    enum gp_code code = app_published_ask(export->config, ASK_TIMEOUT_MS, &published, &err);
    /* a difference is printed for people, and breaks nothing */
    if (code == GP_OK && !export->is_diff)
        code = zone_refuse_aliases(published->plan, &published->sets, &err);
    if (code == GP_OK && !export->is_diff)
        code = zone_refuse_keys(published->plan, &published->sets, export->profile, &err);
    if (code == GP_OK)
        warn_of_registry(published->plan);
    if (code == GP_OK && !export->is_diff)
        warn_of_keys(&published->sets);
    int status = code == GP_OK ? print_plan(export, published->plan, published) : fail(&err);
    app_published_destroy(published);
    return status;
}

/* Other things than records. */

/* What the server inside has to be told. */
static int run_inside(const struct export *export)
{
    struct gp_buf out;
    struct gp_err err;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = app_export_inside(export->config, export->make, export->link, &out, &err);
    return finish(code, &out, &err);
}

/* The domain that is named, or the only one. NULL: it is told which there are. */
static const struct app_domain *find_domain(const struct export *export)
{
    const struct app_config *config = export->config;
    struct dns_domain name;
    const struct app_domain *found = NULL;
    if (!export->domain && config->domain_count == 1)
        return &config->domains[0];
    if (export->domain && dns_domain_from_text(gp_span_text(export->domain), &name, NULL) == GP_OK)
        found = app_config_domain(config, &name);
    if (found)
        return found;
    fputs("gatepost export: a file is for one --domain; there are:", stderr);
    for (size_t i = 0; i < config->domain_count; i++)
        fprintf(stderr, " %s", config->domains[i].name.ascii);
    fputc('\n', stderr);
    return NULL;
}

/* What the web server of a domain has to serve. What must not stand in DNS must not stand here. */
static int run_file(const struct export *export)
{
    const struct app_domain *domain = find_domain(export);
    struct zone_plan *plan = NULL;
    struct gp_buf out;
    struct gp_err err;
    if (!domain)
        return APP_EXIT_USAGE;
    uint32_t ttl_s = export->profile == ZONE_SWITCH && domain->low_ttl_s < domain->ttl_s
                         ? domain->low_ttl_s
                         : domain->ttl_s;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = app_readiness_plan(export->config, NULL, &plan, &err);
    if (code == GP_OK)
        code = export->file->put(domain, ttl_s, &out, &err);
    if (code == GP_OK)
        fprintf(stderr, "gatepost export: to be served at https://%s%s\n", domain->name.ascii,
                export->file->path);
    zone_plan_destroy(plan);
    return finish(code, &out, &err);
}

/* Arguments. */

static bool find_format(struct export *export)
{
    struct app_nearest nearest;
    size_t count;
    const struct app_export_format *rows = app_export_formats(&count);
    const char *name = export->is_json ? "json" : export->format_name;
    export->format = &rows[0];
    if (!name)
        return true;
    app_nearest_init(&nearest, name);
    for (size_t i = 0; i < count; i++) {
        app_nearest_offer(&nearest, rows[i].name);
        if (strcmp(rows[i].name, name) == 0) {
            export->format = &rows[i];
            return true;
        }
    }
    fprintf(stderr, "gatepost export: there is no format '%s'%s%s%s; --help lists them\n", name,
            nearest.found ? "; did you mean '" : "", nearest.found ? nearest.found : "",
            nearest.found ? "'?" : "");
    return false;
}

static bool find_profile(struct export *export)
{
    const struct zone_profile_row *rows = zone_profiles();
    export->profile = ZONE_STEADY;
    if (!export->profile_name)
        return true;
    for (unsigned i = 0; i < ZONE_PROFILE_COUNT; i++)
        if (strcmp(rows[i].name, export->profile_name) == 0) {
            export->profile = (enum zone_profile)i;
            return true;
        }
    fprintf(stderr, "gatepost export: there is no profile '%s'; there are: prepare switch steady\n",
            export->profile_name);
    return false;
}

static bool find_file(struct export *export)
{
    size_t count;
    const struct app_export_file *rows = app_export_files(&count);
    if (!export->file_name)
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, export->file_name) == 0) {
            export->file = &rows[i];
            return true;
        }
    fprintf(stderr, "gatepost export: there is no file '%s'; --help lists them\n",
            export->file_name);
    return false;
}

static bool is_about_records(const struct export *export)
{
    return export->zone || export->is_json || export->is_offline || export->format_name ||
           export->is_rollback || export->is_diff || export->is_if_ready;
}

static bool is_sound(const struct export *export)
{
    const char *complaint = NULL;
    if (export->is_assumed_signed && !export->is_offline)
        complaint = "--assume-signed is for --offline: otherwise it is looked up";
    else if (export->link && !export->make)
        complaint = "--link is for --inside";
    else if (export->domain && !export->file)
        complaint = "--domain is for --file";
    else if (export->is_diff && (export->format_name || export->is_rollback))
        complaint = "--diff has a form of its own: --format and --rollback are not for it";
    else if (export->is_diff && export->is_offline)
        complaint = "--diff is about what is published: --offline does not ask for it";
    else if (export->is_if_ready && (export->is_offline || export->is_diff))
        complaint = "--if-ready makes the check before records are printed: --offline and --diff "
                    "are not for it";
    else if (export->make && (is_about_records(export) || export->profile_name || export->file))
        complaint = "--inside prints no records: --zone, --format, --profile, --rollback, --json, "
                    "--offline, --diff, --if-ready and --file are not for it";
    else if (export->file && (is_about_records(export) || export->profile == ZONE_PREPARE))
        complaint = "--file prints no records: --zone, --format, --rollback, --json, --offline, "
                    "--diff, --if-ready and the profile prepare are not for it";
    else if (export->is_json && export->format_name)
        complaint = "--json is a format already: --format is not for it";
    else if (export->is_rollback && !export->format->is_change)
        complaint = "--rollback is for the formats nsupdate and knotc, which say what was there";
    else if (export->is_offline && export->format->is_change)
        complaint = "the formats nsupdate and knotc begin with what is published: --offline does "
                    "not ask for it";
    else if (export->is_offline && export->profile == ZONE_PREPARE)
        complaint = "the profile prepare is about what is published: --offline does not ask for it";
    if (complaint)
        fprintf(stderr, "gatepost export: %s\n", complaint);
    return !complaint;
}

static void list(FILE *to)
{
    app_export_list(to);
    app_export_files_list(to);
}

int app_cmd_export(const struct app_command *command, int argc, char **argv)
{
    struct export export = {.config = NULL};
    const struct app_option rows[] = {
        {.name = "zone",
         .value = "NAME",
         .help = "only the records of this zone",
         .text = &export.zone},
        {.name = "format",
         .value = "NAME",
         .help = "how it is written; see below [zone]",
         .text = &export.format_name},
        {.name = "json", .help = "the same as --format=json", .flag = &export.is_json},
        {.name = "profile",
         .value = "NAME",
         .help = "which values and TTLs; see below [steady]",
         .text = &export.profile_name},
        {.name = "rollback",
         .help = "with the formats nsupdate and knotc: the way back",
         .flag = &export.is_rollback},
        {.name = "diff",
         .help = "compare with what each authoritative server holds, instead",
         .flag = &export.is_diff},
        {.name = "if-ready",
         .help = "only when \"gatepost check\" says READY for the step that the profile belongs to",
         .flag = &export.is_if_ready},
        {.name = "offline",
         .help = "ask nobody: take each domain for a zone",
         .flag = &export.is_offline},
        {.name = "assume-signed",
         .help = "with --offline: take the zones for signed",
         .flag = &export.is_assumed_signed},
        {.name = "file",
         .value = "NAME",
         .help = "not records, but a file for the domain's web server; see below",
         .text = &export.file_name},
        {.name = "domain",
         .value = "NAME",
         .help = "with --file: the domain, where there are several",
         .text = &export.domain},
        {.name = "inside",
         .value = "MAKE",
         .help = "not records, but what the server inside needs: prosody, ejabberd; unbound: "
                 "its view of DNS, for kind s2s",
         .text = &export.make},
        {.name = "link",
         .value = "NAME",
         .help = "with --inside: the inside section, where several are of that kind",
         .text = &export.link},
    };
    const struct app_syntax syntax = {
        .about =
            "Prints the DNS records that the endpoint needs, zone by zone, each with the reason "
            "why: service records, addresses of hosts, TLSA records of the certificates, CAA "
            "records of their issuers. Where the zone is not signed, TLSA records are comments. "
            "It asks the authoritative servers what they hold, and refuses what would break. The "
            "same configuration and the same zones give the same bytes. With --inside it prints "
            "the configuration of the XMPP server behind an inside link instead, or of the "
            "resolver that this server asks.\n"
            "\n"
            "With --diff it says what of the plan is missing, different or kept for another time "
            "on which server, and what is there besides; nothing is ever said to be deleted. "
            "With --if-ready nothing is printed unless the check is READY: of the phase prepare "
            "for the profile prepare, gate for switch, decommission for steady; the exit status "
            "is the check's then.\n"
            "\n"
            "Exit status: 0 done, with --diff: no difference; 1 a record would break something, "
            "or NOT READY; 2 WAIT; 3 a zone, or what is published there, could not be found out; "
            "4 --diff found a difference; 64 wrong usage or configuration.",
        .options = rows,
        .option_count = GP_ARRAY_LEN(rows),
        .put_more = list,
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!find_format(&export) || !find_profile(&export) || !find_file(&export) ||
        !is_sound(&export))
        return APP_EXIT_USAGE;
    struct app_config *config = app_load_config(arguments.config);
    if (!config)
        return APP_EXIT_USAGE;
    export.config = config;
    if (export.is_if_ready)
        status = app_export_check(config->path, export.profile);
    if (export.is_if_ready && status != APP_EXIT_OK) {
        app_config_destroy(config);
        return status;
    }
    status = export.make         ? run_inside(&export)
             : export.file       ? run_file(&export)
             : export.is_offline ? run_offline(&export)
                                 : run_online(&export);
    app_config_destroy(config);
    return status;
}
