/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages for questions that are put straight to an authoritative server (RFC 1035, 4; RFC
 * 6891). Pure, bounded, and our own: ldns is never given bytes from the network.
 */
#ifndef GP_DNS_MESSAGE_H
#define GP_DNS_MESSAGE_H

#include "base/arena.h"
#include "dns/rr.h"

enum dns_section {
    DNS_SECTION_ANSWER,
    DNS_SECTION_AUTHORITY,
    DNS_SECTION_ADDITIONAL
};

struct dns_record {
    enum dns_section section;
    struct dns_name owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl_s;
    struct dns_rdata
        data; /* names of the well-known types uncompressed and lower-case; from the arena */
};

struct dns_message {
    uint16_t id;
    bool is_response, is_authoritative, is_truncated;
    uint8_t opcode, rcode;
    struct dns_name question;
    uint16_t question_type;
    size_t record_count;
    struct dns_record *records; /* from the arena */
};

/* Appends a question of class IN: no recursion desired, EDNS with the DO bit when wants_dnssec. */
void dns_message_question(struct gp_buf *out, uint16_t id, const struct dns_name *name,
                          uint16_t type, bool wants_dnssec);

/* Errors: GP_ERR_INPUT (malformed), GP_ERR_LIMIT (the arena's budget). What ret points to lives in
 * the arena. */
GP_MUST_USE enum gp_code dns_message_parse(const uint8_t *bytes, size_t len, struct gp_arena *arena,
                                           struct dns_message *ret, struct gp_err *err);

#endif
