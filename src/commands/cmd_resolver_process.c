/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolver process (design, section 3); started by `gatepost run`, never by hand. Its words:
 * gateway/resolver_child.c. */
#include "commands/command.h"

#include "base/log.h"
#include "base/text.h"
#include "dns/resolver_process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_CHANNELS_MAX 256

/* Value of "--name=value"; NULL when word is another one. */
static const char *value_of(const char *word, const char *name)
{
    size_t len = strlen(name);
    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

static bool read_number(const char *text, uint64_t max, uint64_t *ret)
{
    return gp_text_number(gp_span_text(text), max, ret) == GP_OK;
}

int app_cmd_resolver_process(const struct app_command *command, int argc, char **argv)
{
    struct gp_addr forward[DNS_FORWARD_MAX];
    struct dns_settings settings = {.forward = forward};
    uint64_t channels = 0, timeout_ms = 0, cache_bytes = 0;
    bool is_understood = argc > 1;
    (void)command;
    for (int i = 1; i < argc && is_understood; i++) {
        const char *value;
        if ((value = value_of(argv[i], "--channels")))
            is_understood = read_number(value, APP_CHANNELS_MAX, &channels);
        else if ((value = value_of(argv[i], "--timeout-ms")))
            is_understood = read_number(value, UINT32_MAX, &timeout_ms);
        else if ((value = value_of(argv[i], "--cache-bytes")))
            is_understood = read_number(value, UINT32_MAX, &cache_bytes);
        else if ((value = value_of(argv[i], "--trust-anchor-file")))
            settings.trust_anchor_file = argv[i] + (value - argv[i]);
        else if ((value = value_of(argv[i], "--root-hints")))
            settings.root_hints = argv[i] + (value - argv[i]);
        else if ((value = value_of(argv[i], "--forward")) &&
                 settings.forward_count < DNS_FORWARD_MAX)
            is_understood =
                gp_addr_parse_port(value, 53, &forward[settings.forward_count++]) == GP_OK;
        else
            is_understood = false;
    }
    if (!is_understood || channels == 0) {
        fputs("gatepost: this command is for `gatepost run` alone\n", stderr);
        return APP_EXIT_USAGE;
    }
    settings.timeout_ms = (uint32_t)timeout_ms;
    settings.cache_bytes = (uint32_t)cache_bytes;
    int fds[APP_CHANNELS_MAX];
    for (size_t i = 0; i < channels; i++)
        fds[i] = 3 + (int)i;
    struct gp_log log;
    struct gp_err err = {0};
    gp_log_init(&log, STDERR_FILENO, GP_LOG_WARNING, GP_LOG_TEXT);
    if (dns_resolver_process_run(&settings, fds, channels, &log, &err) == GP_OK)
        return APP_EXIT_OK;
    gp_log_write(&log, GP_LOG_ERROR, "resolver-failed", GP_LOG_NO_FIELDS, "%s", err.text);
    return APP_EXIT_FAILED;
}
