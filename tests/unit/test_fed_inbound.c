/* SPDX-License-Identifier: BSD-2-Clause */
/* A partner's stream when it is to be closed as soon as it is idle. */
#include "tests/unit/unit.h"

#include "base/clock.h"
#include "tests/unit/neighbours.h"

#define IDLE_MS 5
#define LONG_MS 60000
#define PING(id)                                                     \
    "<iq from='alpha.example' to='gamma.example' type='get' id='" id \
    "'><ping xmlns='urn:xmpp:ping'/></iq>"

static bool has_one(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 1 && neighbours_pair(both).queued == 0;
}

static bool has_two(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 2;
}

static bool has_three(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 3;
}

/* Nothing can have come for long enough: it would have been read. */
static bool is_over(struct neighbours *both)
{
    return gp_clock_mono_ms() > both->mark_ms + 2 * IDLE_MS;
}

static void let_time_pass(struct neighbours *both)
{
    both->mark_ms = gp_clock_mono_ms();
    neighbours_wait(both, is_over);
}

static bool is_closed(struct neighbours *both)
{
    return neighbours_pair(both).state == FED_PAIR_IDLE;
}

/* What it has sent may still wait to be read. */
static void a_stream_that_is_not_read_is_not_idle(void **state)
{
    struct neighbours both;
    neighbours_open(&both, *state);
    struct gateway *right = &both.right;
    neighbours_send(&both, PING("1"));
    neighbours_wait(&both, has_one);
    fed_router_set_congested(right->router, 0, true);
    neighbours_send(&both, PING("2"));
    neighbours_wait(&both, has_two); /* from now on it is paused */
    neighbours_send(&both, PING("3"));
    fed_inbound_resume(right->inbound); /* it may not be read again yet */
    let_time_pass(&both);
    assert_int_equal(fed_inbound_dismiss(right->inbound, FED_CLOSE_DRAINED, IDLE_MS), 1);
    let_time_pass(&both);
    assert_int_equal(neighbours_pair(&both).state, FED_PAIR_OPEN);
    assert_int_equal(right->context.counters.stanzas_in, 2);
    fed_router_set_congested(right->router, 0, false);
    fed_inbound_resume(right->inbound);
    neighbours_wait(&both, has_three);
    assert_int_equal(fed_inbound_dismiss(right->inbound, FED_CLOSE_DRAINED, LONG_MS), 1);
    let_time_pass(&both);
    assert_int_equal(neighbours_pair(&both).state, FED_PAIR_OPEN); /* it has just been read */
    assert_int_equal(fed_inbound_dismiss(right->inbound, FED_CLOSE_DRAINED, IDLE_MS), 1);
    neighbours_wait(&both, is_closed);
    neighbours_close(&both);
}

/* A partner over its rate is made to wait, also when somebody else need not wait any longer. */
static void a_stream_over_its_rate_is_not_read(void **state)
{
    struct neighbours both;
    neighbours_open(&both, *state);
    struct gateway *right = &both.right;
    right->partner->stanza_rate = right->partner->stanza_burst = 1;
    neighbours_send(&both, PING("1"));
    neighbours_send(&both, PING("2"));
    neighbours_send(&both, PING("3"));
    neighbours_wait(&both, has_two); /* now it is a stanza ahead of its rate */
    fed_inbound_resume(right->inbound);
    let_time_pass(&both);
    assert_int_equal(right->context.counters.stanzas_in, 2);
    neighbours_wait(&both, has_three); /* in its time */
    neighbours_close(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_that_is_not_read_is_not_idle),
        cmocka_unit_test(a_stream_over_its_rate_is_not_read),
    };
    return cmocka_run_group_tests_name("fed_inbound", tests, homes_set_up, homes_tear_down);
}
