/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of a partner on its stanzas: rates, the gate, the ledger. */
#include "tests/unit/unit.h"

#include "federation/gate.h"
#include "federation/ledger.h"
#include "federation/rate.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE (1u << FED_MESSAGE)
#define ALL     (1u << FED_MESSAGE | 1u << FED_PRESENCE | 1u << FED_IQ)

/* Rates. */

static void buckets_fill_and_trickle_out(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct fed_rate rate;
        struct {
            int64_t at_ms;
            size_t amount;
            bool has_room; /* before */
            int64_t wait_ms;
        } steps[5];
    } rows[] = {
        {"not bounded", {0, 1}, {{0, 1000000, true, 0}, {0, 1000000, true, 0}}},
        {"burst, then the rate",
         {10, 2},
         {{5, 1, true, 0},
          {5, 1, true, 0},
          {5, 1, false, 100},
          {105, 1, false, 100},
          {205, 0, false, 0}}},
        {"full again after a while",
         {10, 2},
         {{0, 2, true, 0}, {200, 2, true, 0}, {300, 1, true, 0}}},
        {"one too big is taken all the same",
         {100, 10},
         {{0, 1010, true, 10000}, {9999, 0, false, 10 - 9}}},
        {"the clock does not go back", {10, 1}, {{1000, 1, true, 0}, {500, 1, false, 100}}},
        {"a wait is rounded up", {3, 1}, {{0, 2, true, 334}, {334, 0, true, 0}}},
        {"as much as there can be",
         {1073741824, UINT32_MAX},
         {{0, UINT32_MAX, true, 0}, {0, UINT32_MAX, false, 4000}, {INT64_MAX / 2, 1, true, 0}}},
        {"slow and big", {1, 1}, {{0, 16777216, true, 16777215000}, {1, 0, false, 16777214999}}},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct fed_bucket bucket = {0};
        for (size_t k = 0; k < 5 && (k == 0 || rows[i].steps[k].at_ms || rows[i].steps[k].amount);
             k++) {
            int64_t now = rows[i].steps[k].at_ms;
            bool has_room = fed_bucket_has_room(&bucket, rows[i].rate, now);
            int64_t wait = fed_bucket_take(&bucket, rows[i].rate, rows[i].steps[k].amount, now);
            if (has_room != rows[i].steps[k].has_room || wait != rows[i].steps[k].wait_ms)
                fail_msg("%s, step %zu: room %d, wait %lld", rows[i].name, k, has_room,
                         (long long)wait);
        }
    }
}

/* The gate. */

static void stanzas_are_judged(void **state)
{
    (void)state;
    const struct fed_partner all = {.kinds = ALL}, messages = {.kinds = MESSAGE};
    const struct {
        const char *name;
        const struct fed_partner *policy;
        struct fed_crossing crossing;
        enum fed_refusal expected;
    } rows[] = {
        {"no partner",
         NULL,
         {FED_TO_PARTNER, FED_MESSAGE, FED_TYPE_CHAT, false},
         FED_REFUSED_PARTNER},
        {"message", &all, {FED_TO_PARTNER, FED_MESSAGE, FED_TYPE_CHAT, false}, FED_ADMITTED},
        {"permitted kind",
         &messages,
         {FED_TO_INSIDE, FED_MESSAGE, FED_TYPE_NONE, false},
         FED_ADMITTED},
        {"presence",
         &messages,
         {FED_TO_INSIDE, FED_PRESENCE, FED_TYPE_NONE, false},
         FED_REFUSED_KIND},
        {"iq", &messages, {FED_TO_PARTNER, FED_IQ, FED_TYPE_GET, false}, FED_REFUSED_KIND},
        {"an answer of that kind",
         &messages,
         {FED_TO_PARTNER, FED_IQ, FED_TYPE_ERROR, false},
         FED_REFUSED_KIND},
        {"too many", &all, {FED_TO_PARTNER, FED_IQ, FED_TYPE_GET, true}, FED_REFUSED_RATE},
        {"too many results", &all, {FED_TO_PARTNER, FED_IQ, FED_TYPE_RESULT, true}, FED_ADMITTED},
        {"too many errors",
         &all,
         {FED_TO_PARTNER, FED_MESSAGE, FED_TYPE_ERROR, true},
         FED_ADMITTED},
        {"too many of no permitted kind",
         &messages,
         {FED_TO_PARTNER, FED_IQ, FED_TYPE_GET, true},
         FED_REFUSED_KIND},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        enum fed_refusal refusal = fed_gate_stanza(rows[i].policy, &rows[i].crossing);
        if (refusal != rows[i].expected)
            fail_msg("%s: %s", rows[i].name, fed_refusal_word(refusal));
    }
}

/* Spec-digest e.6: outside, one answer for every reason. */
static void refusals_are_answered(void **state)
{
    (void)state;
    for (enum fed_refusal i = FED_ADMITTED + 1; i < FED_REFUSAL_COUNT; i++) {
        bool is_rate = i == FED_REFUSED_RATE;
        assert_int_equal(fed_refusal_bounce(i, FED_TO_PARTNER, FED_PRESENCE),
                         is_rate ? FED_BOUNCE_RESOURCE : FED_BOUNCE_NOT_ALLOWED);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_PRESENCE), FED_BOUNCE_NONE);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_MESSAGE),
                         is_rate ? FED_BOUNCE_NONE : FED_BOUNCE_UNAVAILABLE);
        assert_int_equal(fed_refusal_bounce(i, FED_TO_INSIDE, FED_IQ),
                         is_rate ? FED_BOUNCE_NONE : FED_BOUNCE_UNAVAILABLE);
        assert_true(strlen(fed_refusal_text(i)) > 10);
        assert_true(strlen(fed_refusal_word(i)) > 2);
    }
}

/* The ledger. */

static void a_tally_is_told_now_and_then(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        uint64_t news;
    } rows[] = {{5, 1}, {5, 0}, {60004, 0}, {60005, 3}, {60006, 0}, {999999, 2}};
    struct fed_tally tally = {0};
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++)
        assert_int_equal(fed_tally_count(&tally, rows[i].at_ms), rows[i].news);
    assert_int_equal(tally.count, GP_ARRAY_LEN(rows));
}

static void add_up(void *arg, const struct fed_account *account)
{
    uint64_t *sum = arg;
    sum[0]++;
    sum[1] += account->tally[FED_REFUSED_KIND].count;
}

static struct fed_account *account(struct fed_ledger *ledger, const char *name, int64_t now_ms)
{
    struct dns_domain domain;
    snprintf(domain.ascii, sizeof(domain.ascii), "%s", name);
    return fed_ledger_account(ledger, &domain, now_ms);
}

static void accounts_are_bounded_and_summed(void **state)
{
    (void)state;
    struct fed_ledger ledger, sum;
    char name[40];
    fed_ledger_init(&ledger);
    fed_ledger_init(&sum);
    assert_ptr_equal(fed_ledger_account(&ledger, NULL, 0), &ledger.others);
    for (size_t i = 0; i < FED_LEDGER_MAX; i++) {
        snprintf(name, sizeof(name), "d%zu.example", i);
        assert_ptr_not_equal(account(&ledger, name, 0), &ledger.others);
    }
    assert_ptr_equal(account(&ledger, "more.example", 1), &ledger.others);
    struct fed_account *kept = account(&ledger, "d7.example", FED_LEDGER_IDLE_MS - 1);
    fed_tally_count(&kept->tally[FED_REFUSED_KIND], 1);
    struct fed_account *late = account(&ledger, "more.example", FED_LEDGER_IDLE_MS);
    assert_ptr_not_equal(late, &ledger.others); /* idle ones made room */
    fed_tally_count(&late->tally[FED_REFUSED_KIND], 1);
    assert_ptr_equal(account(&ledger, "d7.example", FED_LEDGER_IDLE_MS), kept);
    fed_tally_count(&ledger.others.tally[FED_REFUSED_KIND], 1);
    fed_ledger_add(&sum, &ledger, 0);
    fed_ledger_add(&sum, &ledger, 0);
    uint64_t counted[2] = {0};
    fed_ledger_each(&sum, add_up, counted);
    assert_int_equal(counted[0], 3);
    assert_int_equal(counted[1], 6);
    fed_ledger_finish(&ledger);
    fed_ledger_finish(&sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_fill_and_trickle_out),
        cmocka_unit_test(stanzas_are_judged),
        cmocka_unit_test(refusals_are_answered),
        cmocka_unit_test(a_tally_is_told_now_and_then),
        cmocka_unit_test(accounts_are_bounded_and_summed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
