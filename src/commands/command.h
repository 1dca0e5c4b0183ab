/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands, and how a command reads its arguments. */
#ifndef GP_APP_COMMAND_H
#define GP_APP_COMMAND_H

#include "exit_codes.h"

#include "base/defs.h"

#include <stdio.h>

#define APP_CONFIG_DEFAULT "/etc/gatepost/gatepost.conf"

struct app_command;

/* argv[0] is the command's name. Returns the exit status: an enum app_exit, or a number that its
 * help explains. What it writes to stdout is flushed and checked by main(). */
typedef int app_command_fn(const struct app_command *command, int argc, char **argv);

struct app_command {
    const char *name;
    app_command_fn *run;
    const char *operands; /* synopsis of what may follow the options; "" for none */
    const char *help;     /* one line; "" for what gatepost itself starts: it is not listed */
};

#define APP_COMMAND(name, function, operands, help) app_command_fn function;
#include "commands/commands.def"
#undef APP_COMMAND

/* All commands, in the order of the table. */
const struct app_command *app_commands(size_t *ret_count);

/* NULL when there is none of that name. */
const struct app_command *app_command_find(const char *name);

/* Says on stderr that there is no such command, and which one may have been meant. */
void app_command_unknown(const char *name);

/* "gatepost --help". */
void app_command_list(FILE *to);

/* One option of a command. --config and --help need no row: every command has them. */
struct app_option {
    const char *name;  /* "json" */
    const char *value; /* placeholder of its value, "NAME"; NULL: it takes none */
    const char *help;  /* one line */
    bool *flag;        /* set to true; for an option without value */
    const char **text; /* set to the value, borrowed from argv; for an option with one */
    /* Of an option that may be repeated: text has room for so many, and *count is how many came. */
    size_t *count, room;
};

/* What a command line may look like. */
struct app_syntax {
    /* Paragraphs for --help, with the exit codes where they are the command's own; long lines are
     * wrapped. */
    const char *about;
    const struct app_option *options;
    size_t option_count;
    void (*put_more)(FILE *to); /* prints what --help has behind the options; NULL: nothing */
    unsigned operands_min, operands_max;
};

#define APP_ARGUMENTS_GO_ON (-1)

struct app_arguments {
    const char *config; /* --config, or APP_CONFIG_DEFAULT; borrowed */
    bool has_config;    /* it was given */
    unsigned operand_count;
    char **operands; /* borrowed from argv */
};

/*
 * Reads the command line. Returns APP_ARGUMENTS_GO_ON, or the exit status with which the command is
 * to end at once: after --help, or after a wrong usage that was explained on stderr.
 */
GP_MUST_USE int app_arguments_read(const struct app_command *command,
                                   const struct app_syntax *syntax, int argc, char **argv,
                                   struct app_arguments *ret);

#endif
