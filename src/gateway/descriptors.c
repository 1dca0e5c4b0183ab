/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

/* Log, control socket and who asks there, signals, the store and what libraries open for a moment;
 * and of each worker: event loop, mailbox, way to the resolver. */
#define APP_DESCRIPTORS_SHARED     64
#define APP_DESCRIPTORS_PER_WORKER 8

/* Streams to partners: one for each pair, or, where anybody may be one, as many as come in. */
static uint64_t outbound(const struct app_config *config)
{
    const struct fed_settings *federation = &config->federation;
    uint64_t domains = 0;
    for (size_t i = 0; i < federation->partner_count; i++)
        domains += federation->partners[i].domain_count;
    return federation->is_open ? federation->limits.connections : config->domain_count * domains;
}

/* Of a server: one for each partner, or, where each domain has its own, in both directions. */
static uint64_t inside_streams(const struct app_config *config, const struct app_inside *inside)
{
    uint64_t streams = config->federation.partner_count + 1;
    return inside->kind == APP_INSIDE_S2S ? 2 * config->domain_count * streams : streams;
}

uint64_t app_descriptors_wanted(const struct app_config *config)
{
    const struct fed_limits *limits = &config->federation.limits;
    uint64_t inside = 0;
    for (size_t i = 0; i < config->inside_count; i++)
        inside += inside_streams(config, &config->insides[i]);
    return limits->connections + outbound(config) + limits->verifies + inside +
           (uint64_t)config->workers * (2 * config->listen_count + APP_DESCRIPTORS_PER_WORKER) +
           APP_DESCRIPTORS_SHARED;
}

void app_descriptors_raise(struct gp_log *log)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            gp_log_write(log, GP_LOG_WARNING, "few-descriptors", GP_LOG_NO_FIELDS,
                         "cannot raise the limit of open files: %s", strerror(errno));
    }
}

void app_descriptors_judge(const struct app_config *config, struct gp_log *log)
{
    struct rlimit limit;
    uint64_t wanted = app_descriptors_wanted(config);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted)
        gp_log_write(log, GP_LOG_WARNING, "few-descriptors", GP_LOG_NO_FIELDS,
                     "the system allows %" PRIu64
                     " open files, and the limits of the configuration need %" PRIu64
                     ": raise the hard limit (LimitNOFILE= of systemd) or lower connections",
                     (uint64_t)limit.rlim_cur, wanted);
}
