/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/answer_read.h"

#include <stdio.h>
#include <stdlib.h>

#define CLASS_IN 1

static bool is_record(const struct dns_record *record, const struct dns_name *owner, uint16_t type)
{
    return record->section == DNS_SECTION_ANSWER && record->type == type &&
           record->class == CLASS_IN && dns_name_equal(&record->owner, owner);
}

static const struct dns_record *find_alias(const struct dns_message *message,
                                           const struct dns_name *owner)
{
    for (size_t i = 0; i < message->record_count; i++)
        if (is_record(&message->records[i], owner, DNS_TYPE_CNAME))
            return &message->records[i];
    return NULL;
}

static void lower_ttl(uint32_t *ttl_s, uint32_t other_s)
{
    if (other_s < *ttl_s)
        *ttl_s = other_s;
}

/* How long a negative answer holds (RFC 2308, 5); 0 where nothing says so. */
static uint32_t negative_ttl(const struct dns_message *message)
{
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        struct dns_soa soa;
        if (record->section == DNS_SECTION_AUTHORITY && record->type == DNS_TYPE_SOA &&
            dns_soa_decode(record->data, &soa) == GP_OK)
            return record->ttl_s < soa.minimum_s ? record->ttl_s : soa.minimum_s;
    }
    return 0;
}

/* Goes along the aliases from *name on; false when they do not end or lead nowhere. */
static bool follow_aliases(const struct dns_message *message, struct dns_name *name,
                           uint32_t *ttl_s)
{
    const struct dns_record *alias;
    for (unsigned hops = 0; (alias = find_alias(message, name)) != NULL; hops++) {
        if (hops == DNS_ALIAS_HOPS_MAX || dns_host_decode(alias->data, name) != GP_OK)
            return false;
        lower_ttl(ttl_s, alias->ttl_s);
    }
    return true;
}

static struct dns_answer *failed(const struct dns_name *name, uint16_t type, uint8_t rcode,
                                 const char *reason)
{
    struct dns_answer *answer =
        dns_answer_create(name, type, DNS_FAILED, DNS_INSECURE, NULL, NULL, 0, reason);
    if (answer)
        answer->rcode = rcode;
    return answer;
}

struct dns_answer *dns_answer_read(const struct dns_name *name, uint16_t type,
                                   enum dns_security security, const struct dns_message *message)
{
    uint8_t rcode = (uint8_t)message->rcode;
    if (message->rcode != DNS_RCODE_NOERROR && message->rcode != DNS_RCODE_NXDOMAIN) {
        char text[DNS_RCODE_TEXT_MAX], reason[64];
        snprintf(reason, sizeof(reason), "the answer was %s", dns_rcode_text(message->rcode, text));
        return failed(name, type, rcode, reason);
    }
    struct dns_name owner = *name;
    uint32_t ttl_s = UINT32_MAX;
    if (type != DNS_TYPE_CNAME && !follow_aliases(message, &owner, &ttl_s))
        return failed(name, type, rcode, "the chain of aliases is too long or malformed");

    struct dns_rdata *records = calloc(message->record_count + 1, sizeof(*records));
    size_t count = 0;
    if (!records)
        return NULL;
    for (size_t i = 0; i < message->record_count; i++)
        if (is_record(&message->records[i], &owner, type)) {
            lower_ttl(&ttl_s, message->records[i].ttl_s);
            records[count++] = message->records[i].data;
        }
    enum dns_outcome outcome = count > 0                     ? DNS_RECORDS
                               : rcode == DNS_RCODE_NXDOMAIN ? DNS_NO_NAME
                                                             : DNS_NO_DATA;
    if (count == 0)
        lower_ttl(&ttl_s, negative_ttl(message));
    struct dns_answer *answer =
        outcome == DNS_RECORDS && rcode == DNS_RCODE_NXDOMAIN
            ? failed(name, type, rcode, "the answer holds records of a name that it denies")
            : dns_answer_create(name, type, outcome, security, &owner, records, count, NULL);
    free(records);
    if (answer && answer->outcome != DNS_FAILED) {
        answer->rcode = rcode;
        answer->ttl_s = ttl_s;
    }
    return answer;
}
