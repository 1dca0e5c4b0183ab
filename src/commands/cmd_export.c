/* SPDX-License-Identifier: BSD-2-Clause */
/* gatepost export: the records that the configured endpoint needs, zone by zone. */
#include "commands/command.h"
#include "commands/export_inside.h"
#include "commands/load_config.h"

#include "json.h"
#include "published.h"
#include "zone_settings.h"
#include "zones/refusal.h"
#include "zones/text.h"

#include <string.h>

#define ARENA_BYTES_MAX (64 * 1048576)
#define TEXT_BYTES_MAX  (64 * 1048576)
#define ASK_TIMEOUT_MS  30000
#define SCHEMA          1

struct export
{
    const struct app_config *config;
    bool is_offline, is_assumed_signed, is_json;
    const char *zone;        /* only this one; NULL: all */
    const char *make, *link; /* of a server inside, instead of records */
};

static int fail(const struct gp_err *err)
{
    fprintf(stderr, "gatepost export: %s\n", err->text);
    return err->code == GP_ERR_DNS ? APP_EXIT_UNKNOWN : APP_EXIT_FAILED;
}

/* Text. */

static void put_head(const struct app_config *config, struct gp_buf *out)
{
    gp_buf_printf(
        out,
        "; Records of an XMPP federation endpoint\n"
        "; gatepost " GP_VERSION ", configuration %s\n"
        ";\n"
        "; For each name and type below, replace what the zone holds by what stands here;\n"
        "; leave everything else in the zone as it is, and raise the zone's serial.\n",
        config->digest);
}

static enum gp_code print_text(const struct app_config *config,
                               const struct zone_part *const *parts, size_t count,
                               struct gp_err *err)
{
    struct gp_buf out;
    enum gp_code code = GP_OK;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    put_head(config, &out);
    for (size_t i = 0; i < count && code == GP_OK; i++) {
        gp_buf_append_char(&out, '\n');
        code = zone_text_part(parts[i], &out, err);
    }
    if (code == GP_OK && gp_buf_failed(&out) != GP_OK)
        code = gp_err_nomem(err);
    if (code == GP_OK)
        fwrite(gp_buf_span(&out).at, 1, gp_buf_len(&out), stdout);
    gp_buf_finish(&out);
    return code;
}

/* JSON. */

static enum gp_code put_record(struct app_json_writer *writer, const struct zone_record *record,
                               struct gp_err *err)
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct gp_buf data;
    gp_buf_init(&data, 2000);
    enum gp_code code = zone_text_data(record, &data, err);
    app_json_open_object(writer, NULL);
    app_json_put_text(writer, "name", dns_name_text(&record->owner, name));
    app_json_put_int(writer, "ttl", record->ttl_s);
    app_json_put_text(writer, "type", dns_type_text((uint16_t)record->type, type));
    app_json_put_span(writer, "data", gp_buf_span(&data));
    app_json_put_text(writer, "reason", record->reason);
    app_json_put_text(writer, "held", record->held);
    app_json_close(writer);
    gp_buf_finish(&data);
    return code;
}

static enum gp_code put_part(struct app_json_writer *writer, const struct zone_part *part,
                             struct gp_err *err)
{
    char apex[DNS_NAME_TEXT_MAX];
    enum gp_code code = GP_OK;
    app_json_open_object(writer, NULL);
    app_json_put_text(writer, "zone", dns_name_text(&part->apex, apex));
    if (part->signing == ZONE_NOT_KNOWN)
        app_json_put_null(writer, "signed");
    else
        app_json_put_bool(writer, "signed", part->signing == ZONE_SIGNED);
    app_json_open_array(writer, "records");
    for (size_t i = 0; i < part->record_count && code == GP_OK; i++)
        code = put_record(writer, &part->records[i], err);
    app_json_close(writer);
    app_json_close(writer);
    return code;
}

static enum gp_code print_json(const struct app_config *config,
                               const struct zone_part *const *parts, size_t count,
                               struct gp_err *err)
{
    struct app_json_writer *writer = app_json_writer_create();
    enum gp_code code = GP_OK;
    app_json_put_int(writer, "schema", SCHEMA);
    app_json_put_text(writer, "version", GP_VERSION);
    app_json_put_text(writer, "configuration", config->digest);
    app_json_open_array(writer, "zones");
    for (size_t i = 0; i < count && code == GP_OK; i++)
        code = put_part(writer, parts[i], err);
    app_json_close(writer);
    if (code == GP_OK)
        code = app_json_print(writer, stdout, err);
    app_json_writer_destroy(writer);
    return code;
}

/* What both print. */

static int no_such_zone(const struct zone_plan *plan, const char *zone)
{
    char apex[DNS_NAME_TEXT_MAX];
    fprintf(stderr, "gatepost export: there are no records in the zone '%s'; zones are:", zone);
    for (size_t i = 0; i < plan->part_count; i++)
        fprintf(stderr, " %s", dns_name_text(&plan->parts[i].apex, apex));
    fputc('\n', stderr);
    return APP_EXIT_FAILED;
}

static int print(const struct export *export, struct zone_plan *plan)
{
    struct dns_name wanted = {.len = 0};
    struct gp_err err;
    size_t count = 0;
    const struct zone_part **parts =
        gp_arena_alloc(&plan->arena, plan->part_count * sizeof(const struct zone_part *));
    if (!parts) {
        gp_err_nomem(&err);
        return fail(&err);
    }
    if (export->zone && dns_name_from_text(export->zone, &wanted) != GP_OK)
        return no_such_zone(plan, export->zone);
    for (size_t i = 0; i < plan->part_count; i++)
        if (!export->zone || dns_name_equal(&plan->parts[i].apex, &wanted))
            parts[count++] = &plan->parts[i];
    if (count == 0)
        return no_such_zone(plan, export->zone);
    enum gp_code code = export->is_json ? print_json(export->config, parts, count, &err)
                                        : print_text(export->config, parts, count, &err);
    return code == GP_OK ? APP_EXIT_OK : fail(&err);
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
    int status = print(export, plan);
    zone_plan_destroy(plan);
    return status;
}

static int run_online(const struct export *export)
{
    struct app_published *published = NULL;
    struct gp_err err;
    enum gp_code code = app_published_ask(export->config, ASK_TIMEOUT_MS, &published, &err);
    if (code == GP_OK)
        code = zone_refuse(published->plan, &published->sets, &err);
    if (code == GP_OK)
        warn_of_registry(published->plan);
    int status = code == GP_OK ? print(export, published->plan) : fail(&err);
    app_published_destroy(published);
    return status;
}

/* What the server inside has to be told. */
static int run_inside(const struct export *export)
{
    struct gp_buf out;
    struct gp_err err;
    gp_buf_init(&out, TEXT_BYTES_MAX);
    enum gp_code code = app_export_inside(export->config, export->make, export->link, &out, &err);
    if (code == GP_OK && gp_buf_failed(&out) != GP_OK)
        code = gp_err_nomem(&err);
    if (code == GP_OK)
        fwrite(gp_buf_span(&out).at, 1, gp_buf_len(&out), stdout);
    gp_buf_finish(&out);
    return code == GP_OK ? APP_EXIT_OK : fail(&err);
}

static bool is_sound(const struct export *export)
{
    const char *complaint = NULL;
    if (export->is_assumed_signed && !export->is_offline)
        complaint = "--assume-signed is for --offline: otherwise it is looked up";
    else if (export->link && !export->make)
        complaint = "--link is for --inside";
    else if (export->make && (export->zone || export->is_json || export->is_offline))
        complaint = "--inside prints no records: --zone, --json and --offline are not for it";
    if (complaint)
        fprintf(stderr, "gatepost export: %s\n", complaint);
    return !complaint;
}

int app_cmd_export(const struct app_command *command, int argc, char **argv)
{
    struct export export = {.config = NULL};
    const struct app_option rows[] = {
        {.name = "zone",
         .value = "NAME",
         .help = "only the records of this zone",
         .text = &export.zone},
        {.name = "json", .help = "as JSON", .flag = &export.is_json},
        {.name = "offline",
         .help = "do not look up which zones there are: take each domain for one",
         .flag = &export.is_offline},
        {.name = "assume-signed",
         .help = "with --offline: take the zones for signed",
         .flag = &export.is_assumed_signed},
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
            "why: "
            "service records, addresses of hosts, TLSA records of the certificates. Where the zone "
            "is not signed, TLSA records are comments. The same configuration and the same zones "
            "give the same bytes. With --inside it prints the configuration of the XMPP server "
            "behind an inside link instead, or of the resolver that this server asks.\n"
            "\n"
            "Exit status: 0 done; 1 a record would break something; 3 a zone could not be found "
            "out; "
            "64 wrong usage or configuration.",
        .options = rows,
        .option_count = GP_ARRAY_LEN(rows),
    };
    struct app_arguments arguments;
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!is_sound(&export))
        return APP_EXIT_USAGE;
    struct app_config *config = app_load_config(arguments.config);
    if (!config)
        return APP_EXIT_USAGE;
    export.config = config;
    status = export.make         ? run_inside(&export)
             : export.is_offline ? run_offline(&export)
                                 : run_online(&export);
    app_config_destroy(config);
    return status;
}
