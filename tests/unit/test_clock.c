/* SPDX-License-Identifier: BSD-2-Clause */
/* Times as text, and back. */
#include "tests/unit/unit.h"

#include "base/clock.h"

static void times_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wall_s; /* 0: is no time */
    } rows[] = {
        {"2026-01-01T00:00:00Z", 1767225600},
        {"2028-02-29T23:59:59Z", 1835481599},
        {"", 0},
        {"2026-01-01", 0},
        {"2026-02-30T00:00:00Z", 0},
        {"2026-13-01T00:00:00Z", 0},
        {"2026-01-01T00:00:00", 0},
        {"2026-01-01T00:00:00Z ", 0},
        {" 2026-01-01T00:00:00Z", 0},
        {"2026-01-01 00:00:00Z", 0},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        char text[GP_CLOCK_TEXT_MAX];
        int64_t wall_s = 0;
        enum gp_code expected = rows[i].wall_s != 0 ? GP_OK : GP_ERR_INPUT;
        if (gp_clock_parse(rows[i].text, &wall_s) != expected || wall_s != rows[i].wall_s)
            fail_msg("'%s'", rows[i].text);
        if (expected == GP_OK)
            assert_string_equal(gp_clock_text(wall_s, text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
