/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main function of the resolver process: answers questions from the gateway's workers, one
 * message pair each.
 *
 * It parses what attackers choose, so it holds no key, and once its trust anchor and hints are read
 * it can neither open a file nor start a program (seccomp; a build with a sanitizer has no filter
 * and logs that). It ends when the last of its descriptors is closed by the other side; SIGINT,
 * SIGTERM and SIGHUP, which may reach the whole process group, do not end it.
 */
#ifndef GP_DNS_RESOLVER_PROCESS_H
#define GP_DNS_RESOLVER_PROCESS_H

#include "base/log.h"
#include "dns/settings.h"

/* fds: the process's ends of the message pairs; taken. Returns when all are closed, or with what
 * went wrong. */
GP_MUST_USE enum gp_code dns_resolver_process_run(const struct dns_settings *settings,
                                                  const int *fds, size_t fd_count,
                                                  struct gp_log *log, struct gp_err *err);

#endif
