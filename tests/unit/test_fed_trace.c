/* SPDX-License-Identifier: BSD-2-Clause */
/* What an attempt did, step by step. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "federation/trace.h"

#include <stdio.h>

static void steps_keep_their_order(void **state)
{
    (void)state;
    int64_t before_s = gp_clock_wall_s();
    struct fed_trace *trace = fed_trace_create();
    assert_in_range(trace->started_wall_s, before_s, gp_clock_wall_s());
    assert_int_equal(trace->count, 0);
    fed_trace_note(trace, "asked for %s", "_xmpp-server._tcp.p.example");
    fed_trace_note(trace, "%d records", 2);
    assert_int_equal(trace->count, 2);
    assert_string_equal(trace->steps[0].text, "asked for _xmpp-server._tcp.p.example");
    assert_string_equal(trace->steps[1].text, "2 records");
    assert_true(trace->steps[0].at_ms >= 0 && trace->steps[1].at_ms >= trace->steps[0].at_ms);
    fed_trace_destroy(trace);
}

static void later_steps_are_left_out(void **state)
{
    (void)state;
    char expected[16];
    struct fed_trace *trace = fed_trace_create();
    for (int i = 0; i < FED_STEPS_MAX + 10; i++)
        fed_trace_note(trace, "step %d", i);
    assert_int_equal(trace->count, FED_STEPS_MAX);
    for (int i = 0; i < FED_STEPS_MAX; i++) {
        snprintf(expected, sizeof(expected), "step %d", i);
        assert_string_equal(trace->steps[i].text, expected);
    }
    fed_trace_destroy(trace);
    fed_trace_destroy(NULL);
}

static void long_steps_are_cut(void **state)
{
    (void)state;
    char text[2 * FED_STEP_TEXT_MAX];
    struct fed_trace *trace = fed_trace_create();
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fed_trace_note(trace, "%s", text);
    assert_int_equal(strlen(trace->steps[0].text), FED_STEP_TEXT_MAX - 1);
    fed_trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_keep_their_order),
        cmocka_unit_test(later_steps_are_left_out),
        cmocka_unit_test(long_steps_are_cut),
    };
    return cmocka_run_group_tests_name("fed_trace", tests, NULL, NULL);
}
