/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages for questions that are put straight to one server (RFC 1035, 4; RFC 6891). Pure,
 * bounded, and our own: ldns is never given bytes from the network.
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
    struct dns_rdata data; /* from the arena; names that RFC 3597, 4 lets be compressed are whole
                              and lower-case */
    bool has_capitals;     /* one of those names came with capital letters, and the question, which
                              it may be a pointer to, without */
};

struct dns_message {
    uint16_t id;
    bool is_response, is_authoritative, is_truncated;
    uint8_t opcode;
    uint16_t rcode;           /* with the upper bits that EDNS adds (RFC 6891, 6.1.3) */
    struct dns_name question; /* of class IN; len 0 when the message has none */
    uint16_t question_type;
    size_t record_count;
    struct dns_record *records; /* from the arena */
};

/* What a question asks for besides; together in an unsigned. */
enum dns_wish {
    DNS_WISH_SIGNATURES = 1, /* the DO bit of EDNS */
    DNS_WISH_RECURSION = 2   /* of a resolver: to find the answer if it has none */
};

/* Appends a question of class IN, with EDNS (RFC 6891). */
void dns_message_question(struct gp_buf *out, uint16_t id, const struct dns_name *name,
                          uint16_t type, unsigned wishes);

/* Reads one whole message, with at most one question. Errors: GP_ERR_INPUT (malformed),
 * GP_ERR_LIMIT (the arena's budget). What ret points to lives in the arena. */
GP_MUST_USE enum gp_code dns_message_parse(const uint8_t *bytes, size_t len, struct gp_arena *arena,
                                           struct dns_message *ret, struct gp_err *err);

#endif
