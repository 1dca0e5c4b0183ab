/* SPDX-License-Identifier: BSD-2-Clause */
/* `gatepost resolve`: the whole way from a domain to its endpoints, as the gateway would go it. */
#include "commands/command.h"
#include "commands/load_config.h"
#include "commands/resolve_report.h"

#include "base/rnd.h"
#include "federation/policy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APP_RESOLVE_TIMEOUT_MS 10000

/* Beyond those of every command. */
enum {
    EXIT_NO_SERVICE = APP_EXIT_FAILED,
    EXIT_BOGUS = 4
};

struct resolving {
    struct gp_loop *loop;
    struct dns_route *route;
};

static void on_route(void *arg, struct dns_route *route)
{
    struct resolving *resolving = arg;
    resolving->route = route;
    gp_loop_stop(resolving->loop);
}

static enum gp_code resolve(const struct app_config *config, const struct dns_settings *settings,
                            const struct dns_domain *domain, struct dns_route **ret,
                            struct gp_err *err)
{
    struct resolving resolving = {.loop = gp_loop_create()};
    struct dns_resolver *resolver = NULL;
    struct dns_route_op *op = NULL;
    const struct fed_partner *partner =
        config ? fed_settings_partner(&config->federation, domain) : NULL;
    struct dns_route_settings limits = {
        .max_targets = fed_limits_default.max_targets,
        .max_addresses = fed_limits_default.max_addresses,
    };
    if (config)
        limits = app_config_route(config);
    if (!resolving.loop)
        return gp_err_nomem(err);
    enum gp_code code = dns_resolver_create_local(resolving.loop, settings, &resolver, err);
    if (code == GP_OK)
        code = dns_route_start(resolver, &limits, &gp_rnd_system, domain,
                               partner && partner->has_route ? &partner->route : NULL, on_route,
                               &resolving, &op, err);
    if (code == GP_OK) {
        gp_loop_run(resolving.loop);
        GP_ASSERT(resolving.route);
        *ret = resolving.route;
        if (partner)
            fed_policy_narrow(partner, resolving.route);
    }
    dns_resolver_destroy(resolver);
    gp_loop_destroy(resolving.loop);
    return code;
}

static int exit_status(enum dns_route_outcome outcome)
{
    switch (outcome) {
    case DNS_ROUTE_FOUND:
        return APP_EXIT_OK;
    case DNS_ROUTE_NO_SERVICE:
        return EXIT_NO_SERVICE;
    case DNS_ROUTE_FAILED:
        return APP_EXIT_UNKNOWN;
    case DNS_ROUTE_BOGUS:
        return EXIT_BOGUS;
    }
    return APP_EXIT_UNKNOWN;
}

/* Without a configuration file the defaults do: any domain can be looked at from anywhere. */
static bool has_config(const struct app_arguments *arguments)
{
    return arguments->has_config || access(arguments->config, F_OK) == 0;
}

int app_cmd_resolve(const struct app_command *command, int argc, char **argv)
{
    bool wants_json = false;
    const char *forward = NULL, *anchor = NULL, *hints = NULL;
    const struct app_option options[] = {
        {.name = "json", .help = "print JSON (schema 1)", .flag = &wants_json},
        {.name = "forward",
         .value = "ADDRESS[:PORT]",
         .help = "ask this resolver; its answers are validated all the same",
         .text = &forward},
        {.name = "trust-anchor-file",
         .value = "FILE",
         .help = "DS or DNSKEY records to trust, instead of the configured ones",
         .text = &anchor},
        {.name = "root-hints",
         .value = "FILE",
         .help = "root name servers, instead of the configured ones",
         .text = &hints},
    };
    const struct app_syntax syntax = {
        .about = "Shows how DOMAIN is reached: every name that is asked, its answer, TTL and "
                 "security (secure, "
                 "insecure, or bogus with the reason), the endpoints in the order in which they "
                 "would be tried, and "
                 "what would authenticate each. Uses the resolver section of the configuration if "
                 "there is one.\n"
                 "\n"
                 "Exit status: 0 reachable as far as DNS goes; 1 DNS says that there is no "
                 "service; 3 a lookup "
                 "failed, so nothing is known; 4 a lookup is bogus (DNSSEC); 64 wrong usage or "
                 "configuration.",
        .options = options,
        .option_count = GP_ARRAY_LEN(options),
        .operands_min = 1,
        .operands_max = 1,
    };
    struct app_arguments arguments;
    struct app_config *config = NULL;
    struct dns_domain domain;
    struct dns_route *route = NULL;
    struct gp_addr forward_addr;
    struct gp_err err = {0};
    int status = app_arguments_read(command, &syntax, argc, argv, &arguments);
    if (status != APP_ARGUMENTS_GO_ON)
        return status;
    if (dns_domain_from_text(gp_span_text(arguments.operands[0]), &domain, &err) != GP_OK) {
        fprintf(stderr, "gatepost resolve: %s\n", err.text);
        return APP_EXIT_USAGE;
    }
    if (forward && gp_addr_parse_port(forward, 53, &forward_addr) != GP_OK) {
        fprintf(stderr, "gatepost resolve: --forward=%s is not an address\n", forward);
        return APP_EXIT_USAGE;
    }
    if (has_config(&arguments) && !(config = app_load_config(arguments.config)))
        return APP_EXIT_USAGE;
    struct dns_settings settings =
        config ? config->resolver : (struct dns_settings){.timeout_ms = APP_RESOLVE_TIMEOUT_MS};
    char *own_anchor = anchor ? strdup(anchor) : NULL;
    char *own_hints = hints ? strdup(hints) : NULL;
    settings.trust_anchor_file = own_anchor ? own_anchor : settings.trust_anchor_file;
    settings.root_hints = own_hints ? own_hints : settings.root_hints;
    if (forward) {
        settings.forward = &forward_addr;
        settings.forward_count = 1;
    }
    enum gp_code code = resolve(config, &settings, &domain, &route, &err);
    if (route) {
        status = exit_status(route->outcome);
        if (!wants_json)
            app_resolve_print(route, stdout);
        else if (app_resolve_json(route, stdout, &err) != GP_OK)
            code = err.code;
    }
    if (code != GP_OK) {
        fprintf(stderr, "gatepost resolve: %s\n", err.text);
        status = code == GP_ERR_CONFIG ? APP_EXIT_USAGE : APP_EXIT_UNKNOWN;
    }
    dns_route_destroy(route);
    app_config_destroy(config);
    free(own_anchor);
    free(own_hints);
    return status;
}
