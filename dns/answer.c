/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/answer.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#define REASON_MAX 160 /* characters of a reason that are shown */

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

const char *dns_answer_failure_text(const struct dns_answer *answer, char out[DNS_FAILURE_TEXT_MAX])
{
    char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
    struct gp_buf reason;
    gp_buf_init(&reason, DNS_FAILURE_TEXT_MAX * 4);
    /* a server chose some of its words */
    gp_text_escape(&reason, gp_span_text(answer->reason), REASON_MAX);
    const char *words = gp_buf_text(&reason);
    if (!words)
        words = "no reason given";
    dns_name_text(&answer->name, name);
    dns_type_text(answer->type, type);
    int len;
    if (answer->outcome == DNS_RECORDS)
        len = snprintf(out, DNS_FAILURE_TEXT_MAX, "%s has a malformed %s record", name, type);
    else if (answer->security != DNS_BOGUS)
        len = snprintf(out, DNS_FAILURE_TEXT_MAX, "the %s lookup of %s failed (%s)", type, name,
                       words);
    else if (answer->type == DNS_TYPE_SRV || answer->type == DNS_TYPE_TLSA)
        len = snprintf(out, DNS_FAILURE_TEXT_MAX, "%s is bogus (%s)", name, words);
    else /* only "_xmpp-server._tcp" and "_5269._tcp" say by themselves what they are */
        len = snprintf(out, DNS_FAILURE_TEXT_MAX, "the %s record of %s is bogus (%s)", type, name,
                       words);
    if (len >= DNS_FAILURE_TEXT_MAX)
        memcpy(out + DNS_FAILURE_TEXT_MAX - 4, "...", 4);
    gp_buf_finish(&reason);
    return out;
}
