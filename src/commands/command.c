/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands/command.h"

#include "nearest.h"

#include <getopt.h>
#include <string.h>

static const struct app_command commands[] = {
#define APP_COMMAND(name, function, operands, help) {name, function, operands, help},
#include "commands/commands.def"
#undef APP_COMMAND
};

const struct app_command *app_commands(size_t *ret_count)
{
    *ret_count = GP_ARRAY_LEN(commands);
    return commands;
}

const struct app_command *app_command_find(const char *name)
{
    for (size_t i = 0; i < GP_ARRAY_LEN(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

void app_command_unknown(const char *name)
{
    struct app_nearest nearest;
    app_nearest_init(&nearest, name);
    for (size_t i = 0; i < GP_ARRAY_LEN(commands); i++)
        if (commands[i].help[0])
            app_nearest_offer(&nearest, commands[i].name);
    fprintf(stderr, "gatepost: there is no command '%s'", name);
    if (nearest.found)
        fprintf(stderr, "; did you mean '%s'?", nearest.found);
    fputs("\nTry 'gatepost --help'.\n", stderr);
}

void app_command_list(FILE *to)
{
    fputs("usage: gatepost COMMAND [OPTION]... [OPERAND]...\n"
          "       gatepost --help | --version\n\n"
          "A DNS-aware federation endpoint for XMPP.\n\n"
          "Commands:\n",
          to);
    for (size_t i = 0; i < GP_ARRAY_LEN(commands); i++)
        if (commands[i].help[0])
            fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
    fputs("\n'gatepost COMMAND --help' explains one of them; gatepost(1) explains all.\n", to);
}

/* Every command's own options stand behind these two. */
static const struct app_option common[] = {
    {.name = "config", .value = "FILE", .help = "configuration to use [" APP_CONFIG_DEFAULT "]"},
    {.name = "help", .help = "this text"},
};
enum {
    COMMON_CONFIG,
    COMMON_HELP,
    COMMON_COUNT
};
_Static_assert(GP_ARRAY_LEN(common) == COMMON_COUNT, "a row for each common option");

#define OPTIONS_MAX 32

static void print_option(FILE *to, char letter, const struct app_option *option)
{
    char left[48];
    snprintf(left, sizeof(left), "--%s%s%s", option->name, option->value ? "=" : "",
             option->value ? option->value : "");
    if (letter)
        fprintf(to, "  -%c, %-26s %s\n", letter, left, option->help);
    else
        fprintf(to, "      %-26s %s\n", left, option->help);
}

#define TERMINAL_COLUMNS 78

/* Breaks lines that are too long at their blanks. */
static void print_wrapped(FILE *to, const char *text)
{
    while (strlen(text) > TERMINAL_COLUMNS || strchr(text, '\n')) {
        size_t len = strcspn(text, "\n");
        for (size_t end = len; len > TERMINAL_COLUMNS && end > 0; end--)
            if (text[end] == ' ' && end <= TERMINAL_COLUMNS)
                len = end;
        fprintf(to, "%.*s\n", (int)len, text);
        text += len;
        if (*text)
            text++; /* the blank or the newline */
    }
    fprintf(to, "%s\n", text);
}

static void print_help(FILE *to, const struct app_command *command, const struct app_syntax *syntax)
{
    fprintf(to, "usage: gatepost %s [OPTION]...%s%s\n\n", command->name,
            command->operands[0] ? " " : "", command->operands);
    print_wrapped(to, syntax->about);
    fputs("\nOptions:\n", to);
    for (size_t i = 0; i < syntax->option_count; i++)
        print_option(to, '\0', &syntax->options[i]);
    print_option(to, 'c', &common[COMMON_CONFIG]);
    print_option(to, 'h', &common[COMMON_HELP]);
    if (syntax->put_more)
        syntax->put_more(to);
}

static void explain_option(const struct app_command *command, const struct app_syntax *syntax,
                           int got, const char *given)
{
    if (got == ':') {
        fprintf(stderr, "gatepost %s: '%s' needs a value\n", command->name, given);
        return;
    }
    struct app_nearest nearest;
    app_nearest_init(&nearest, given + strspn(given, "-"));
    for (size_t i = 0; i < syntax->option_count; i++)
        app_nearest_offer(&nearest, syntax->options[i].name);
    for (size_t i = 0; i < COMMON_COUNT; i++)
        app_nearest_offer(&nearest, common[i].name);
    fprintf(stderr, "gatepost %s: wrong option '%s'", command->name, given);
    if (nearest.found)
        fprintf(stderr, "; did you mean '--%s'?", nearest.found);
    fputc('\n', stderr);
}

static int wrong_usage(const struct app_command *command)
{
    fprintf(stderr, "Try 'gatepost %s --help'.\n", command->name);
    return APP_EXIT_USAGE;
}

static struct option long_option(const struct app_option *option, int number)
{
    return (struct option){.name = option->name,
                           .has_arg = option->value ? required_argument : no_argument,
                           .val = number};
}

/* False when it is given too often. */
static bool take_option(const struct app_option *option, const char *value)
{
    if (!option->value) {
        *option->flag = true;
    } else if (!option->count) {
        *option->text = value;
    } else {
        if (*option->count == option->room)
            return false;
        option->text[(*option->count)++] = value;
    }
    return true;
}

int app_arguments_read(const struct app_command *command, const struct app_syntax *syntax, int argc,
                       char **argv, struct app_arguments *ret)
{
    enum {
        OWN = 256 /* above every letter */
    };
    struct option table[OPTIONS_MAX + COMMON_COUNT + 1] = {{.name = NULL}};
    size_t count = 0;
    GP_ASSERT(syntax->option_count <= OPTIONS_MAX);
    for (; count < syntax->option_count; count++)
        table[count] = long_option(&syntax->options[count], OWN + (int)count);
    table[count++] = long_option(&common[COMMON_CONFIG], 'c');
    table[count++] = long_option(&common[COMMON_HELP], 'h');

    *ret = (struct app_arguments){.config = APP_CONFIG_DEFAULT};
    optind = 0; /* glibc: begin anew, main() has read options before */
    opterr = 0; /* its sentences name neither program nor command */
    for (int got; (got = getopt_long(argc, argv, ":c:h", table, NULL)) != -1;) {
        if (got == 'h') {
            print_help(stdout, command, syntax);
            return APP_EXIT_OK;
        } else if (got == 'c') {
            ret->config = optarg;
            ret->has_config = true;
        } else if (got >= OWN) {
            const struct app_option *option = &syntax->options[got - OWN];
            if (!take_option(option, optarg)) {
                fprintf(stderr, "gatepost %s: --%s is given more than %zu times\n", command->name,
                        option->name, option->room);
                return wrong_usage(command);
            }
        } else {
            explain_option(command, syntax, got, argv[optind - 1]);
            return wrong_usage(command);
        }
    }
    ret->operand_count = (unsigned)(argc - optind);
    ret->operands = argv + optind;
    if (ret->operand_count < syntax->operands_min) {
        fprintf(stderr, "gatepost %s: %s is missing\n", command->name, command->operands);
        return wrong_usage(command);
    }
    if (ret->operand_count > syntax->operands_max) {
        fprintf(stderr, "gatepost %s: unexpected '%s'\n", command->name,
                ret->operands[syntax->operands_max]);
        return wrong_usage(command);
    }
    return APP_ARGUMENTS_GO_ON;
}
