/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/answer.h"

#include <stdlib.h>

/* One block for the records and their data, so that it is released in one piece. */
static struct dns_rdata *copy_records(const struct dns_rdata *records, size_t count)
{
    size_t size = count * sizeof(*records);
    for (size_t i = 0; i < count; i++)
        size += records[i].len;
    struct dns_rdata *copies = malloc(size);
    if (!copies)
        return NULL;
    uint8_t *at = (uint8_t *)(copies + count);
    for (size_t i = 0; i < count; i++) {
        if (records[i].len > 0)
            memcpy(at, records[i].at, records[i].len);
        copies[i] = (struct dns_rdata){.at = at, .len = records[i].len};
        at += records[i].len;
    }
    return copies;
}

struct dns_answer *dns_answer_create(const struct dns_name *name, uint16_t type,
                                     enum dns_outcome outcome, enum dns_security security,
                                     const struct dns_name *canonical,
                                     const struct dns_rdata *records, size_t count,
                                     const char *reason)
{
    struct dns_answer *answer = calloc(1, sizeof(*answer));
    if (!answer)
        return NULL;
    answer->name = *name;
    answer->type = type;
    answer->outcome = outcome;
    answer->security = security;
    answer->canonical = canonical ? *canonical : *name;
    answer->count = count;
    if (count > 0)
        answer->records = copy_records(records, count);
    if (reason)
        answer->reason = strdup(reason);
    if ((count > 0 && !answer->records) || (reason && !answer->reason)) {
        dns_answer_destroy(answer);
        return NULL;
    }
    return answer;
}

void dns_answer_destroy(struct dns_answer *answer)
{
    if (!answer)
        return;
    free(answer->records);
    free(answer->reason);
    free(answer);
}

bool dns_answer_is_alias(const struct dns_answer *answer)
{
    return !dns_name_equal(&answer->name, &answer->canonical);
}

const char *dns_outcome_text(enum dns_outcome outcome)
{
    static const char *const texts[] = {
        [DNS_RECORDS] = "records",
        [DNS_NO_DATA] = "no data",
        [DNS_NO_NAME] = "no such name",
        [DNS_FAILED] = "failed",
    };
    return texts[outcome];
}

const char *dns_security_text(enum dns_security security)
{
    static const char *const texts[] = {
        [DNS_INSECURE] = "insecure",
        [DNS_SECURE] = "secure",
        [DNS_BOGUS] = "bogus",
    };
    return texts[security];
}
