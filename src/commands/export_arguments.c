/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/export_arguments.h"

#include "nearest.h"

#include <string.h>

/* Names of rows in a table, as they are given; NULL: not. */
struct texts {
    const char *format, *profile, *file;
};

/* Names. */

typedef const char *name_fn(size_t row);

static const char *format_name(size_t row)
{
    size_t count;
    return app_export_formats(&count)[row].name;
}

static const char *profile_name(size_t row)
{
    return zone_profiles()[row].name;
}

static const char *file_name(size_t row)
{
    size_t count;
    return app_export_files(&count)[row].name;
}

/* The row of that name; name NULL: *ret_row stays as it is. False: there is none, and it was told
 * which there are. */
static bool find_name(const char *what, const char *name, name_fn *name_of, size_t count,
                      size_t *ret_row)
{
    struct app_nearest nearest;
    if (!name)
        return true;
    app_nearest_init(&nearest, name);
    for (size_t i = 0; i < count; i++) {
        app_nearest_offer(&nearest, name_of(i));
        if (strcmp(name_of(i), name) == 0) {
            *ret_row = i;
            return true;
        }
    }
    fprintf(stderr, "gatepost export: there is no %s '%s'", what, name);
    if (nearest.found)
        fprintf(stderr, "; did you mean '%s'? There are:", nearest.found);
    else
        fputs("; there are:", stderr);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, " %s", name_of(i));
    fputc('\n', stderr);
    return false;
}

static bool find_names(const struct texts *texts, struct app_export_choice *choice)
{
    size_t format_count, file_count, format = 0, profile = ZONE_STEADY, file = 0;
    const struct app_export_format *formats = app_export_formats(&format_count);
    const struct app_export_file *files = app_export_files(&file_count);
    if (!find_name("format", choice->is_json ? "json" : texts->format, format_name, format_count,
                   &format) ||
        !find_name("profile", texts->profile, profile_name, ZONE_PROFILE_COUNT, &profile) ||
        !find_name("file", texts->file, file_name, file_count, &file))
        return false;
    choice->format = &formats[format];
    choice->profile = (enum zone_profile)profile;
    choice->file = texts->file ? &files[file] : NULL;
    return true;
}

/* What goes together. */

enum {
    ZONE = 1 << 0,
    FORMAT = 1 << 1,
    JSON = 1 << 2,
    PROFILE = 1 << 3,
    ROLLBACK = 1 << 4,
    DIFF = 1 << 5,
    IF_READY = 1 << 6,
    OFFLINE = 1 << 7,
    ASSUME_SIGNED = 1 << 8,
    A_FILE = 1 << 9,
    DOMAIN = 1 << 10,
    INSIDE = 1 << 11,
    LINK = 1 << 12,
    /* and what they mean */
    A_CHANGE = 1 << 13, /* a format that says what was there */
    PREPARE = 1 << 14,
    RECORDS = ZONE | FORMAT | JSON | ROLLBACK | DIFF | IF_READY | OFFLINE
};

static unsigned given(const struct texts *texts, const struct app_export_choice *choice)
{
    return (choice->zone ? ZONE : 0u) | (texts->format ? FORMAT : 0u) |
           (choice->is_json ? JSON : 0u) | (texts->profile ? PROFILE : 0u) |
           (choice->is_rollback ? ROLLBACK : 0u) | (choice->is_diff ? DIFF : 0u) |
           (choice->is_if_ready ? IF_READY : 0u) | (choice->is_offline ? OFFLINE : 0u) |
           (choice->is_assumed_signed ? ASSUME_SIGNED : 0u) | (choice->file ? A_FILE : 0u) |
           (choice->domain ? DOMAIN : 0u) | (choice->make ? INSIDE : 0u) |
           (choice->link ? LINK : 0u) | (choice->format->is_change ? A_CHANGE : 0u) |
           (choice->profile == ZONE_PREPARE ? PREPARE : 0u);
}

/* Whoever gives the option has to give one of those that it needs, and none of those that it
 * excludes. The first rule that is broken is told. */
static const struct rule {
    unsigned option, needs, excludes;
    const char *sentence;
} rules[] = {
    {ASSUME_SIGNED, OFFLINE, 0, "--assume-signed is for --offline: otherwise it is looked up"},
    {LINK, INSIDE, 0, "--link is for --inside"},
    {DOMAIN, A_FILE, 0, "--domain is for --file"},
    {DIFF, 0, FORMAT | ROLLBACK,
     "--diff has a form of its own: --format and --rollback are not for it"},
    {DIFF, 0, OFFLINE, "--diff is about what is published: --offline does not ask for it"},
    {IF_READY, 0, OFFLINE | DIFF,
     "--if-ready makes the check before records are printed: --offline and --diff are not for it"},
    {INSIDE, 0, RECORDS | PROFILE | A_FILE,
     "--inside prints no records: --zone, --format, --profile, --rollback, --json, --offline, "
     "--diff, --if-ready and --file are not for it"},
    {A_FILE, 0, RECORDS | PREPARE,
     "--file prints no records: --zone, --format, --rollback, --json, --offline, --diff, "
     "--if-ready and the profile prepare are not for it"},
    {JSON, 0, FORMAT, "--json is a format already: --format is not for it"},
    {ROLLBACK, A_CHANGE, 0,
     "--rollback is for the formats nsupdate and knotc, which say what was there"},
    {OFFLINE, 0, A_CHANGE,
     "the formats nsupdate and knotc begin with what is published: --offline does not ask for it"},
    {OFFLINE, 0, PREPARE,
     "the profile prepare is about what is published: --offline does not ask for it"},
};

static bool is_sound(unsigned options)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(rules); i++) {
        const struct rule *rule = &rules[i];
        if (!(options & rule->option) ||
            ((!rule->needs || options & rule->needs) && !(options & rule->excludes)))
            continue;
        fprintf(stderr, "gatepost export: %s\n", rule->sentence);
        return false;
    }
    return true;
}

static void list(FILE *to)
{
    app_export_list(to);
    app_export_files_list(to);
}

int app_export_read(const struct app_command *command, int argc, char **argv,
                    struct app_arguments *ret_arguments, struct app_export_choice *ret)
{
    struct app_export_choice choice = {.zone = NULL};
    struct texts texts = {.format = NULL};
    const struct app_option rows[] = {
        {.name = "zone",
         .value = "NAME",
         .help = "only the records of this zone",
         .text = &choice.zone},
        {.name = "format",
         .value = "NAME",
         .help = "how it is written; see below [zone]",
         .text = &texts.format},
        {.name = "json", .help = "the same as --format=json", .flag = &choice.is_json},
        {.name = "profile",
         .value = "NAME",
         .help = "which values and TTLs; see below [steady]",
         .text = &texts.profile},
        {.name = "rollback",
         .help = "with the formats nsupdate and knotc: the way back",
         .flag = &choice.is_rollback},
        {.name = "diff",
         .help = "compare with what each authoritative server holds, instead",
         .flag = &choice.is_diff},
        {.name = "if-ready",
         .help = "only when \"gatepost check\" says READY for the step that the profile belongs to",
         .flag = &choice.is_if_ready},
        {.name = "offline",
         .help = "ask nobody: take each domain for a zone",
         .flag = &choice.is_offline},
        {.name = "assume-signed",
         .help = "with --offline: take the zones for signed",
         .flag = &choice.is_assumed_signed},
        {.name = "file",
         .value = "NAME",
         .help = "not records, but a file for the domain's web server; see below",
         .text = &texts.file},
        {.name = "domain",
         .value = "NAME",
         .help = "with --file: the domain, where there are several",
         .text = &choice.domain},
        {.name = "inside",
         .value = "MAKE",
         .help = "not records, but what the server inside needs: prosody, ejabberd; unbound: "
                 "its view of DNS, for kind s2s",
         .text = &choice.make},
        {.name = "link",
         .value = "NAME",
         .help = "with --inside: the inside section, where several are of that kind",
         .text = &choice.link},
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
    int status = app_arguments_read(command, &syntax, argc, argv, ret_arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (!find_names(&texts, &choice) || !is_sound(given(&texts, &choice)))
        return APP_EXIT_USAGE;
    *ret = choice;
    return APP_ARGUMENTS_GO_ON;
}
