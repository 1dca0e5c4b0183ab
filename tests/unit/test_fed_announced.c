/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes that the gateway expects: found by their token, for a time, and not too many. */
#include "tests/unit/unit.h"

#include "base/rnd.h"
#include "federation/announced.h"

#include <stdio.h>

#define MANY 1024

static void token_of(size_t number, char token[40])
{
    snprintf(token, 40, "token-%010zu", number);
}

static bool is_expected(const struct fed_announced *announced, size_t number)
{
    char token[40];
    token_of(number, token);
    return fed_announced_find(announced, token) != NULL;
}

static void expect(struct fed_announced *announced, size_t number, int64_t now_ms)
{
    char token[40];
    token_of(number, token);
    assert_int_equal(fed_announced_add(announced, token, NULL, now_ms), GP_OK);
}

static void of_too_many_the_first_is_forgotten(void **state)
{
    struct fed_announced announced;
    (void)state;
    fed_announced_init(&announced);
    for (size_t i = 0; i < MANY; i++)
        expect(&announced, i, (int64_t)i);
    assert_true(is_expected(&announced, 0));
    for (size_t i = 0; i < 3; i++)
        expect(&announced, MANY + i, (int64_t)(MANY + i));
    for (size_t i = 0; i < MANY + 3; i++)
        assert_int_equal(is_expected(&announced, i), i >= 3);
    fed_announced_finish(&announced);
}

static void each_is_expected_for_a_time(void **state)
{
    struct fed_announced announced;
    (void)state;
    fed_announced_init(&announced);
    expect(&announced, 1, 0);
    expect(&announced, 2, 1);
    fed_announced_sweep(&announced, FED_ANNOUNCED_MS - 1);
    assert_true(is_expected(&announced, 1));
    fed_announced_sweep(&announced, FED_ANNOUNCED_MS);
    assert_false(is_expected(&announced, 1));
    assert_true(is_expected(&announced, 2));
    fed_announced_finish(&announced);
}

static void a_token_is_not_longer_than_any_that_is_made(void **state)
{
    static const char longest[] = "0123456789abcdef0123456789abcdef";
    struct fed_announced announced;
    (void)state;
    fed_announced_init(&announced);
    assert_int_equal(strlen(longest), GP_RND_ID_MAX - 1);
    assert_int_equal(fed_announced_add(&announced, longest, NULL, 0), GP_OK);
    assert_int_equal(fed_announced_add(&announced, "0123456789abcdef0123456789abcdef0", NULL, 0),
                     GP_ERR_LIMIT);
    assert_null(fed_announced_find(&announced, "0123456789abcdef0123456789abcdef0"));
    fed_announced_finish(&announced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_too_many_the_first_is_forgotten),
        cmocka_unit_test(each_is_expected_for_a_time),
        cmocka_unit_test(a_token_is_not_longer_than_any_that_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
