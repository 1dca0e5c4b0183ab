/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the gateway and the resolver process say to each other: one message for each question, one
 * for each answer, each in one packet of a message pair. Pure. Both ends read strictly, since the
 * other may have been taken over.
 *
 *   question   id 32, type 16, name
 *   answer     id 32, outcome 8, security 8, rcode 8, ttl 32, canonical name,
 *              length 16 and reason, count 16, for each record length 16 and data
 *
 * Numbers in network order with their bits, names in lower-case wire form.
 */
#ifndef GP_DNS_RESOLVER_WIRE_H
#define GP_DNS_RESOLVER_WIRE_H

#include "dns/answer.h"

#define DNS_WIRE_QUESTION_MAX (4 + 2 + DNS_NAME_WIRE_MAX)
#define DNS_WIRE_ANSWER_MAX   65536 /* bytes; a longer answer is sent as one that failed */
#define DNS_WIRE_REASON_MAX   512

/* Returns the number of bytes written. */
size_t dns_wire_put_question(uint8_t out[DNS_WIRE_QUESTION_MAX], uint32_t id, uint16_t type,
                             const struct dns_name *name);

/* Errors: GP_ERR_INPUT. */
GP_MUST_USE enum gp_code dns_wire_get_question(const uint8_t *bytes, size_t len, uint32_t *ret_id,
                                               uint16_t *ret_type, struct dns_name *ret_name);

/* Appends the message to out, whose error says whether it fitted. A long reason is cut. */
void dns_wire_put_answer(struct gp_buf *out, uint32_t id, const struct dns_answer *answer);

/* The id alone, so that even of a malformed answer it is known to what it belongs. Errors:
 * GP_ERR_INPUT. */
GP_MUST_USE enum gp_code dns_wire_get_id(const uint8_t *bytes, size_t len, uint32_t *ret_id);

/* Reads the answer to the question (name, type). Errors: GP_ERR_INPUT (malformed, or facts that
 * contradict each other), GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code dns_wire_get_answer(const uint8_t *bytes, size_t len,
                                             const struct dns_name *name, uint16_t type,
                                             struct dns_answer **ret);

#endif
