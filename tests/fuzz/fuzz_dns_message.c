/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever a name server sends: read it, take an answer out of it, print its records. */
#include "dns/answer_read.h"
#include "tests/fuzz/fuzz.h"

#define BUDGET (4 * 1024 * 1024)

static void print_records(const struct dns_message *message)
{
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        char owner[DNS_NAME_TEXT_MAX];
        struct dns_name again;
        struct gp_buf out;
        gp_buf_init(&out, 1024 * 1024);
        dns_rdata_text(&out, record->type, record->data);
        GP_ASSERT(gp_buf_failed(&out) == GP_OK && gp_buf_len(&out) > 0);
        gp_buf_finish(&out);
        /* every name has a text, and the text is that name */
        GP_ASSERT(dns_name_from_text(dns_name_text(&record->owner, owner), &again) == GP_OK);
        GP_ASSERT(dns_name_equal(&record->owner, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gp_arena arena;
    struct dns_message message;
    struct gp_err err;
    gp_arena_init(&arena, BUDGET);
    if (dns_message_parse(data, size, &arena, &message, &err) == GP_OK) {
        print_records(&message);
        if (message.question.len > 0) {
            struct dns_answer *answer =
                dns_answer_read(&message.question, message.question_type, DNS_SECURE, &message);
            GP_ASSERT(answer && (answer->outcome == DNS_RECORDS) == (answer->count > 0));
            GP_ASSERT((answer->outcome == DNS_FAILED) == (answer->reason != NULL));
            dns_answer_destroy(answer);
        }
    }
    gp_arena_finish(&arena);
    return 0;
}
