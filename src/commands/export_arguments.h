/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line of "gatepost export" asks for. */
#ifndef GP_APP_EXPORT_ARGUMENTS_H
#define GP_APP_EXPORT_ARGUMENTS_H

#include "commands/command.h"
#include "commands/export_files.h"
#include "commands/export_formats.h"

/* Borrowed from argv and from the tables. */
struct app_export_choice {
    /* Records. */
    const char *zone; /* of this one alone; NULL: of all */
    const struct app_export_format *format;
    enum zone_profile profile;
    bool is_json, is_rollback, is_diff, is_if_ready, is_offline, is_assumed_signed;
    /* Other things instead; NULL: records. */
    const struct app_export_file *file;
    const char *domain; /* that the file is for; NULL: the only one */
    const char *make;   /* of a server inside */
    const char *link;   /* to it; NULL: the only one */
};

/* As app_arguments_read(). */
GP_MUST_USE int app_export_read(const struct app_command *command, int argc, char **argv,
                                struct app_arguments *ret_arguments, struct app_export_choice *ret);

#endif
