/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is not asked again at once. */
#include "federation/silences.h"
#include "tests/unit/unit.h"

#include <stdio.h>

static struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

static void silence_lasts_a_moment(void **state)
{
    (void)state;
    struct fed_silences silences;
    enum fed_verdict verdict = FED_VERDICT_VALID;
    const struct dns_domain a = domain_of("a.example"), b = domain_of("b.example");
    fed_silences_init(&silences);
    fed_silences_note(&silences, &a, FED_VERDICT_TIMEOUT, 1000);
    assert_true(fed_silences_find(&silences, &a, 5999, &verdict));
    assert_int_equal(verdict, FED_VERDICT_TIMEOUT);
    assert_false(fed_silences_find(&silences, &a, 6000, &verdict));
    assert_false(fed_silences_find(&silences, &b, 1000, &verdict));
    fed_silences_note(&silences, &a, FED_VERDICT_NOT_FOUND, 6000);
    assert_true(fed_silences_find(&silences, &a, 6000, &verdict));
    assert_int_equal(verdict, FED_VERDICT_NOT_FOUND);
    fed_silences_sweep(&silences, 10999);
    assert_int_equal(silences.map.count, 1);
    fed_silences_sweep(&silences, 11000);
    assert_int_equal(silences.map.count, 0);
    fed_silences_finish(&silences);
}

static void silences_are_bounded(void **state)
{
    (void)state;
    struct fed_silences silences;
    fed_silences_init(&silences);
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "d%d.example", i);
        const struct dns_domain domain = domain_of(name);
        fed_silences_note(&silences, &domain, FED_VERDICT_TIMEOUT, 0);
    }
    assert_int_equal(silences.map.count, 4096);
    fed_silences_finish(&silences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(silence_lasts_a_moment),
                                       cmocka_unit_test(silences_are_bounded)};
    return cmocka_run_group_tests_name("fed_silences", tests, NULL, NULL);
}
