/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at the trust anchor file and at the root hints before libunbound is given them: an empty
 * anchor file would make it validate nothing, and empty hints would make it ask the Internet's root
 * instead, both without a word. Blocking: at start only.
 */
#ifndef GP_DNS_ROOT_FILES_H
#define GP_DNS_ROOT_FILES_H

#include "base/err.h"

/* Errors: the file cannot be read, or holds no DS and no DNSKEY record. */
GP_MUST_USE enum gp_code dns_trust_anchor_check(const char *path, struct gp_err *err);

/* Errors: the file cannot be read, or has no name server with an address. *ret_has_loopback: one of
 * the addresses is on this machine. */
GP_MUST_USE enum gp_code dns_root_hints_check(const char *path, bool *ret_has_loopback,
                                              struct gp_err *err);

#endif
