/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/resolver_wire.h"

#include <stdlib.h>

struct reader {
    const uint8_t *at;
    size_t len; /* octets left */
};

static bool read_number(struct reader *in, size_t octets, uint32_t *ret)
{
    uint32_t value = 0;
    if (in->len < octets)
        return false;
    for (size_t i = 0; i < octets; i++)
        value = value << 8 | in->at[i];
    in->at += octets;
    in->len -= octets;
    *ret = value;
    return true;
}

static bool read_bytes(struct reader *in, size_t len, const uint8_t **ret)
{
    if (in->len < len)
        return false;
    *ret = in->at;
    in->at += len;
    in->len -= len;
    return true;
}

/* A name that is in lower case already: each name has one form here. */
static bool read_name(struct reader *in, struct dns_name *ret)
{
    struct dns_name name;
    size_t used;
    if (dns_name_from_wire(in->at, in->len, &name, &used) != GP_OK ||
        memcmp(name.wire, in->at, used) != 0)
        return false;
    in->at += used;
    in->len -= used;
    *ret = name;
    return true;
}

static size_t store(uint8_t *out, uint32_t value, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        out[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
    return octets;
}

static void put_number(struct gp_buf *out, uint32_t value, size_t octets)
{
    uint8_t bytes[4];
    gp_buf_append(out, bytes, store(bytes, value, octets));
}

size_t dns_wire_put_question(uint8_t out[DNS_WIRE_QUESTION_MAX], uint32_t id, uint16_t type,
                             const struct dns_name *name)
{
    size_t len = store(out, id, 4);
    len += store(out + len, type, 2);
    memcpy(out + len, name->wire, name->len);
    return len + name->len;
}

enum gp_code dns_wire_get_question(const uint8_t *bytes, size_t len, uint32_t *ret_id,
                                   uint16_t *ret_type, struct dns_name *ret_name)
{
    struct reader in = {.at = bytes, .len = len};
    struct dns_name name;
    uint32_t id, type;
    if (!read_number(&in, 4, &id) || !read_number(&in, 2, &type) || !read_name(&in, &name) ||
        in.len > 0 || type == 0)
        return GP_ERR_INPUT;
    *ret_id = id;
    *ret_type = (uint16_t)type;
    *ret_name = name;
    return GP_OK;
}

void dns_wire_put_answer(struct gp_buf *out, uint32_t id, const struct dns_answer *answer)
{
    size_t reason_len = answer->reason ? strlen(answer->reason) : 0;
    if (reason_len > DNS_WIRE_REASON_MAX)
        reason_len = DNS_WIRE_REASON_MAX;
    put_number(out, id, 4);
    put_number(out, answer->outcome, 1);
    put_number(out, answer->security, 1);
    put_number(out, answer->rcode, 1);
    put_number(out, answer->ttl_s, 4);
    gp_buf_append(out, answer->canonical.wire, answer->canonical.len);
    put_number(out, (uint32_t)reason_len, 2);
    gp_buf_append(out, answer->reason, reason_len);
    put_number(out, (uint32_t)answer->count, 2);
    for (size_t i = 0; i < answer->count; i++) {
        put_number(out, answer->records[i].len, 2);
        gp_buf_append(out, answer->records[i].at, answer->records[i].len);
    }
}

enum gp_code dns_wire_get_id(const uint8_t *bytes, size_t len, uint32_t *ret_id)
{
    struct reader in = {.at = bytes, .len = len};
    return read_number(&in, 4, ret_id) ? GP_OK : GP_ERR_INPUT;
}

/* The numbers of an answer as they came. */
struct facts {
    uint32_t id, outcome, security, rcode, ttl_s, reason_len, count;
    struct dns_name canonical;
    const uint8_t *reason;
};

static bool read_facts(struct reader *in, struct facts *ret)
{
    return read_number(in, 4, &ret->id) && read_number(in, 1, &ret->outcome) &&
           read_number(in, 1, &ret->security) && read_number(in, 1, &ret->rcode) &&
           read_number(in, 4, &ret->ttl_s) && read_name(in, &ret->canonical) &&
           read_number(in, 2, &ret->reason_len) && read_bytes(in, ret->reason_len, &ret->reason) &&
           read_number(in, 2, &ret->count);
}

/* What no resolver of ours would say. */
static bool is_plausible(const struct facts *facts)
{
    bool has_reason = facts->reason_len > 0 && facts->reason_len <= DNS_WIRE_REASON_MAX &&
                      !memchr(facts->reason, '\0', facts->reason_len);
    switch (facts->outcome) {
    case DNS_RECORDS:
        return facts->security <= DNS_SECURE && facts->count > 0 && facts->reason_len == 0 &&
               facts->rcode == DNS_RCODE_NOERROR;
    case DNS_NO_DATA:
    case DNS_NO_NAME:
        return facts->security <= DNS_SECURE && facts->count == 0 && facts->reason_len == 0 &&
               facts->rcode ==
                   (facts->outcome == DNS_NO_NAME ? DNS_RCODE_NXDOMAIN : DNS_RCODE_NOERROR);
    case DNS_FAILED:
        return (facts->security == DNS_INSECURE || facts->security == DNS_BOGUS) &&
               facts->count == 0 && facts->ttl_s == 0 && has_reason;
    default:
        return false;
    }
}

static bool read_records(struct reader *in, struct dns_rdata *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t len;
        if (!read_number(in, 2, &len) || !read_bytes(in, len, &records[i].at))
            return false;
        records[i].len = (uint16_t)len;
    }
    return in->len == 0;
}

enum gp_code dns_wire_get_answer(const uint8_t *bytes, size_t len, const struct dns_name *name,
                                 uint16_t type, struct dns_answer **ret)
{
    struct reader in = {.at = bytes, .len = len};
    struct facts facts;
    char reason[DNS_WIRE_REASON_MAX + 1];
    if (len > DNS_WIRE_ANSWER_MAX || !read_facts(&in, &facts) || !is_plausible(&facts))
        return GP_ERR_INPUT;
    struct dns_rdata *records = calloc(facts.count + 1, sizeof(*records));
    if (!records)
        return GP_ERR_NOMEM;
    enum gp_code code = GP_ERR_INPUT;
    if (read_records(&in, records, facts.count)) {
        memcpy(reason, facts.reason, facts.reason_len);
        reason[facts.reason_len] = '\0';
        struct dns_answer *answer = dns_answer_create(
            name, type, (enum dns_outcome)facts.outcome, (enum dns_security)facts.security,
            &facts.canonical, records, facts.count, facts.reason_len > 0 ? reason : NULL);
        code = answer ? GP_OK : GP_ERR_NOMEM;
        if (answer) {
            answer->rcode = (uint8_t)facts.rcode;
            answer->ttl_s = facts.ttl_s;
            *ret = answer;
        }
    }
    free(records);
    return code;
}
