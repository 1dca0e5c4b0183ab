/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of what happened with partners. */
#include "tests/unit/unit.h"

#include "federation/diary.h"

#include <stdio.h>
#include <stdlib.h>

static struct dns_domain domain(const char *text)
{
    struct dns_domain domain;
    struct gp_err err = {0};
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, &err), GP_OK);
    return domain;
}

static void write(struct fed_diary *diary, const char *partner, const char *sentence)
{
    const struct fed_diary_entry entry = {.kind = FED_DIARY_CLOSED, .partner = domain(partner)};
    fed_diary_write(diary, &entry, sentence, NULL);
}

struct seen {
    const char *partner; /* NULL: all */
    size_t count;
    char sentences[FED_DIARY_ENTRIES][32];
    size_t steps;
};

static void see(void *arg, const struct fed_diary_entry *entry)
{
    struct seen *seen = arg;
    if (seen->partner && strcmp(entry->partner.ascii, seen->partner) != 0)
        return;
    if (seen->count < FED_DIARY_ENTRIES)
        snprintf(seen->sentences[seen->count], sizeof(seen->sentences[0]), "%s", entry->sentence);
    seen->count++;
    seen->steps += entry->trace ? entry->trace->count : 0;
}

static void the_oldest_entry_of_a_partner_goes(void **state)
{
    (void)state;
    struct fed_diary diary;
    char sentence[32];
    struct seen seen = {.partner = "p.example"};
    fed_diary_init(&diary);
    write(&diary, "q.example", "another");
    for (int i = 0; i < FED_DIARY_ENTRIES + 3; i++) {
        snprintf(sentence, sizeof(sentence), "number %d", i);
        write(&diary, "p.example", sentence);
    }
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, FED_DIARY_ENTRIES);
    for (int i = 0; i < FED_DIARY_ENTRIES; i++) {
        snprintf(sentence, sizeof(sentence), "number %d", i + 3);
        assert_string_equal(seen.sentences[i], sentence);
    }
    seen = (struct seen){.partner = "q.example"};
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, 1);
    fed_diary_finish(&diary);
}

static void the_partner_that_was_quiet_for_longest_goes(void **state)
{
    (void)state;
    struct fed_diary diary;
    char name[32];
    struct seen seen = {.partner = NULL};
    fed_diary_init(&diary);
    for (int i = 0; i < FED_DIARY_PAGES; i++) {
        snprintf(name, sizeof(name), "p%d.example", i);
        write(&diary, name, "once");
    }
    write(&diary, "p0.example", "again");
    write(&diary, "new.example", "once");
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, FED_DIARY_PAGES + 1);
    seen = (struct seen){.partner = "p1.example"};
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, 0);
    seen = (struct seen){.partner = "p0.example"};
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, 2);
    fed_diary_finish(&diary);
}

static void entries_are_copies(void **state)
{
    (void)state;
    struct fed_diary diary;
    struct seen seen = {.partner = NULL};
    struct fed_trace *trace = fed_trace_create();
    const struct fed_diary_entry entry = {.kind = FED_DIARY_ATTEMPT,
                                          .partner = domain("p.example")};
    fed_diary_init(&diary);
    fed_trace_note(trace, "one");
    fed_trace_note(trace, "two");
    fed_diary_write(&diary, &entry, "failed", trace);
    fed_trace_destroy(trace);
    fed_diary_each(&diary, see, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.steps, 2);
    fed_diary_finish(&diary);
}

static void who_is_not_known_is_not_written_of(void **state)
{
    (void)state;
    struct fed_diary diary;
    struct seen seen = {.partner = NULL};
    const struct fed_diary_entry entry = {.kind = FED_DIARY_CLOSED};
    fed_diary_init(&diary);
    fed_diary_write(&diary, &entry, "nobody", NULL);
    fed_diary_write(NULL, &entry, "no diary", NULL);
    fed_diary_each(&diary, see, &seen);
    fed_diary_each(NULL, see, &seen);
    assert_int_equal(seen.count, 0);
    fed_diary_finish(&diary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_entry_of_a_partner_goes),
        cmocka_unit_test(the_partner_that_was_quiet_for_longest_goes),
        cmocka_unit_test(entries_are_copies),
        cmocka_unit_test(who_is_not_known_is_not_written_of),
    };
    return cmocka_run_group_tests_name("fed_diary", tests, NULL, NULL);
}
