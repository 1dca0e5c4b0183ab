/* SPDX-License-Identifier: BSD-2-Clause */
/* From a validated message to an answer. Pure. */
#ifndef GP_DNS_ANSWER_READ_H
#define GP_DNS_ANSWER_READ_H

#include "dns/answer.h"
#include "dns/message.h"

#define DNS_ALIAS_HOPS_MAX 8 /* spec-digest (g) */

/*
 * What message says to the question (name, type), following aliases inside it (RFC 1034, 3.6.2; a
 * DNAME comes with the CNAME that it stands for, RFC 6672, 3.1). security is that of the whole
 * message, which is the worst of the chain. Never bogus: what failed validation is not read. A
 * message that makes no sense becomes an answer that failed. NULL when there is no memory.
 */
struct dns_answer *dns_answer_read(const struct dns_name *name, uint16_t type,
                                   enum dns_security security, const struct dns_message *message);

#endif
