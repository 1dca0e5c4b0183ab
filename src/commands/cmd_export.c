/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost export: the records that the configured endpoint needs, zone by zone. */
#include "commands/export_arguments.h"
#include "commands/export_check.h"
#include "commands/export_diff.h"
#include "commands/export_inside.h"
#include "commands/load_config.h"

#include "published.h"
#include "readiness/plan.h"
#include "zone_settings.h"
#include "zones/refusal.h"

#define ARENA_BYTES_MAX (64 * 1048576)
#define TEXT_BYTES_MAX  (64 * 1048576)
#define ASK_TIMEOUT_MS  30000

struct export
{
    const struct app_config *config;
    const struct app_export_choice *choice;
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
    const struct zone_export what = {.digest = export->config->digest,
                                     .changes = changes,
                                     .is_rollback = export->choice->is_rollback};
    if (export->choice->is_rollback)
        zone_changes_reverse(changes);
    return export->choice->format->put(&what, out, err);
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
                                         .is_json = export->choice->is_json};
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
    if (export->choice->zone && (dns_name_from_text(export->choice->zone, &zone) != GP_OK ||
                                 !zone_changes_pick(changes, &zone)))
        return no_such_zone(changes, export->choice->zone);
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = export->choice->is_diff
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
                                          export->choice->profile, &arena, &changes, &err);
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
    const struct zone_served_key *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < published->key_count; i++)
        if (published->keys[i].trouble && count++ == 0)
            first = &published->keys[i];
    if (first)
        fprintf(stderr,
                "gatepost export: warning: which key is served is not known at %zu of %zu "
                "places; %s for %s: %s\n",
                count, published->key_count, gp_addr_port_text(&first->addr, addr),
                first->domain.ascii, first->trouble);
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
        if (export->choice->is_assumed_signed)
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
    if (code == GP_OK && !export->choice->is_diff)
        code = zone_refuse_aliases(published->plan, &published->sets, &err);
    if (code == GP_OK && !export->choice->is_diff)
        code = zone_refuse_keys(published->plan, &published->sets, export->choice->profile, &err);
    if (code == GP_OK)
        warn_of_registry(published->plan);
    if (code == GP_OK && !export->choice->is_diff)
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
    enum gp_code code =
        app_export_inside(export->config, export->choice->make, export->choice->link, &out, &err);
    return finish(code, &out, &err);
}

/* The domain that is named, or the only one. NULL: it was told which there are. */
static const struct app_domain *find_domain(const struct export *export)
{
    const struct app_config *config = export->config;
    if (export->choice->domain)
        return app_find_domain("export", config, export->choice->domain);
    if (config->domain_count == 1)
        return &config->domains[0];
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
    uint32_t ttl_s = export->choice->profile == ZONE_SWITCH ? app_low_ttl_s(domain) : domain->ttl_s;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = app_readiness_plan(export->config, NULL, &plan, &err);
    if (code == GP_OK)
        code = export->choice->file->put(domain, ttl_s, &out, &err);
    if (code == GP_OK)
        fprintf(stderr, "gatepost export: to be served at https://%s%s\n", domain->name.ascii,
                export->choice->file->path);
    zone_plan_destroy(plan);
    return finish(code, &out, &err);
}

static int run(const struct export *export)
{
    const struct app_export_choice *choice = export->choice;
    if (choice->is_if_ready) {
        int status = app_export_check(export->config->path, choice->profile);
        if (status != APP_EXIT_OK)
            return status;
    }
    if (choice->make)
        return run_inside(export);
    if (choice->file)
        return run_file(export);
    return choice->is_offline ? run_offline(export) : run_online(export);
}

int app_cmd_export(const struct app_command *command, int argc, char **argv)
{
    struct app_export_choice choice;
    struct app_arguments arguments;
    int status = app_export_read(command, argc, argv, &arguments, &choice);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    struct app_config *config = app_load_config(arguments.config);
    const struct export export = {.config = config, .choice = &choice};
    status = config ? run(&export) : APP_EXIT_USAGE;
    app_config_destroy(config);
    return status;
}
