/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the option table: what "gatepost check" goes by. Included by options.c alone. */
#ifndef GP_APP_OPTIONS_CHECK_H
#define GP_APP_OPTIONS_CHECK_H

/* clang-format off */
#define CHECK_ROWS                                                                                 \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "interval",                                                                            \
     .type = APP_MILLISECONDS,                                                                     \
     FIELD(app_config, check_interval_ms),                                                         \
     .preset = "1h",                                                                               \
     .most = 604800000,                                                                            \
     .check = check_interval,                                                                      \
     .help = "How often the running gateway makes the checks of phase routine by itself; what "    \
             "they find is in \"gatepost status\". 0: never; 1s at least."},                      \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "timeout",                                                                             \
     .type = APP_MILLISECONDS,                                                                     \
     FIELD(app_config, check_timeout_ms),                                                          \
     .preset = "1min",                                                                             \
     .least = 1000,                                                                                \
     .most = 3600000,                                                                              \
     .help = "What a check has not seen by then is UNKNOWN, unless \"--timeout\" says otherwise."}, \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "journal",                                                                             \
     .type = APP_PATH,                                                                             \
     FIELD(app_config, check.journal),                                                             \
     .help = "Database of what was seen, which TTLs above all: an old TTL cannot be learnt once it " \
             "is gone. Without it: check.db in the state-directory."},                             \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "public-resolvers",                                                                    \
     .type = APP_ENDPOINT,                                                                         \
     .flags = APP_LIST,                                                                            \
     FIELD(app_config, check.resolvers),                                                           \
     COUNTED_BY(app_config, check.resolver_count),                                                 \
     .least = 53,                                                                                  \
     .check = check_asked_address,                                                                 \
     .help = "Resolvers that are asked after a switch what they still hold, such as \"192.0.2.53\", " \
             "16 at most. They learn which domains are checked. Without it: none."},               \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "cache-allowance",                                                                     \
     .type = APP_SECONDS,                                                                          \
     FIELD(app_config, check.margins.cache_s),                                                     \
     .preset = "1h",                                                                               \
     .most = 604800,                                                                               \
     .help = "The least time that a record is taken to be kept, since some resolvers keep one with " \
             "a short TTL for longer."},                                                           \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "stale-margin",                                                                        \
     .type = APP_SECONDS,                                                                          \
     FIELD(app_config, check.margins.stale_s),                                                     \
     .preset = "1d",                                                                               \
     .most = 604800,                                                                               \
     .help = "Added to a wait in which a name server could not be reached, since resolvers may go " \
             "on with stale answers then (RFC 8767)."},                                            \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "low-ttl",                                                                             \
     .type = APP_SECONDS,                                                                          \
     FIELD(app_config, check.margins.low_s),                                                       \
     .preset = "5min",                                                                             \
     .least = 1,                                                                                   \
     .most = 86400,                                                                                \
     .help = "The TTL of records that are about to change."},                                      \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "old-ttl",                                                                             \
     .type = APP_SECONDS,                                                                          \
     FIELD(app_config, check.margins.before_s),                                                    \
     .preset = "1d",                                                                               \
     .most = 2592000,                                                                              \
     .help = "The TTL that a record is taken to have had before it was first seen, unless it has a " \
             "longer one now."},                                                                   \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "propagation",                                                                         \
     .type = APP_SECONDS,                                                                          \
     FIELD(app_config, check.margins.spread_s),                                                    \
     .preset = "2min",                                                                             \
     .most = 604800,                                                                               \
     .help = "How long a change takes from the primary to all name servers, in times that lie "    \
             "ahead."},                                                                            \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "probe-domain",                                                                        \
     .type = APP_DOMAIN,                                                                           \
     FIELD(app_config, check.probe_domain),                                                        \
     .help = "A domain of yours, none that is served here, under which dialback is gone through "  \
             "with any server (X3, X4): its service records lead to probe-listen. Without it: "    \
             "with the running gateway alone."},                                                   \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "probe-listen",                                                                        \
     .type = APP_ENDPOINT,                                                                         \
     FIELD(app_config, check.probe_listen),                                                        \
     .least = 5269,                                                                                \
     .help = "Where the check listens for probe-domain, as long as it runs."},                     \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "probe-certificate",                                                                   \
     .type = APP_PATH,                                                                             \
     FIELD(app_config, check.probe_certificate),                                                   \
     .help = "A certificate for probe-domain, for servers that insist on one: PEM, the chain in "  \
             "order. Without it one is made on the spot, which proves nothing."},                  \
    {.section = APP_SECTION_CHECK,                                                                 \
     .key = "probe-key",                                                                           \
     .type = APP_PATH,                                                                             \
     FIELD(app_config, check.probe_key),                                                           \
     .help = "The key to probe-certificate. Without it: in the same file."}

#define ACCEPT_ROWS                                                                                \
    {.section = APP_SECTION_ACCEPT,                                                                \
     .key = "reason",                                                                              \
     .type = APP_TEXT,                                                                             \
     .flags = APP_REQUIRED,                                                                        \
     FIELD(app_acceptance, reason),                                                                \
     .help = "Why it is as it should be: for whoever reads the report."},                          \
    {.section = APP_SECTION_ACCEPT,                                                                \
     .key = "domain",                                                                              \
     .type = APP_DOMAIN,                                                                           \
     .flags = APP_LIST,                                                                            \
     FIELD(app_acceptance, domains),                                                               \
     COUNTED_BY(app_acceptance, domain_count),                                                     \
     .help = "Only what is found about these domains. Without it: about any."},                    \
    {.section = APP_SECTION_ACCEPT,                                                                \
     .key = "subject",                                                                             \
     .type = APP_TEXT,                                                                             \
     .flags = APP_LIST,                                                                            \
     FIELD(app_acceptance, subjects),                                                              \
     COUNTED_BY(app_acceptance, subject_count),                                                    \
     .help = "Only what is found about a subject that has one of these texts in it, such as "      \
             "\"gw2.alpha.example\". Without it: about any."},                                     \
    {.section = APP_SECTION_ACCEPT,                                                                \
     .key = "until",                                                                               \
     .type = APP_DATE,                                                                             \
     FIELD(app_acceptance, until_s),                                                               \
     .help = "From that day on (UTC) it is accepted no longer, such as \"2027-01-31\"."}
/* clang-format on */

#endif
