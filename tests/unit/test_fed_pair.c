/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair and its streams to a real partner: above all, when the partner may not use them any more.
 */
#include "tests/unit/unit.h"

#include "federation/machine.h"
#include "tests/unit/neighbours.h"

#define PING(id)                                                     \
    "<iq from='alpha.example' to='gamma.example' type='get' id='" id \
    "'><ping xmlns='urn:xmpp:ping'/></iq>"

static bool is_open(struct neighbours *both)
{
    return neighbours_pair(both).state == FED_PAIR_OPEN;
}

/* The partner has had as many stanzas, and nothing is on its way. */
static bool has_one(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 1 && neighbours_pair(both).queued == 0;
}

static bool has_two(struct neighbours *both)
{
    return both->right.context.counters.stanzas_in == 2 && neighbours_pair(both).queued == 0;
}

static bool is_answered(struct neighbours *both)
{
    return both->left.context.counters.stanzas_in == 1;
}

/* Its stream is under way, and has asked to go both ways. */
static bool has_asked(struct neighbours *both)
{
    const struct fed_session *session = both->left.context.sessions.first;
    assert_false(is_open(both));
    return session && fed_out_is_bidi(fed_session_machine(session));
}

static bool has_connected(struct neighbours *both)
{
    return both->left.context.sessions.first != NULL;
}

static bool is_unshared(struct neighbours *both)
{
    return neighbours_pair(both).state != FED_PAIR_TRYING &&
           fed_router_shared(both->left.router) == 0;
}

static void a_stream_goes_both_ways(void **state)
{
    struct neighbours both;
    neighbours_open(&both, *state);
    neighbours_send(&both, PING("1"));
    neighbours_wait(&both, is_answered);
    assert_true(neighbours_pair(&both).is_bidi);
    assert_int_equal(fed_router_shared(both.left.router), 1);
    assert_int_equal(both.right.context.counters.attempts, 0);
    neighbours_close(&both);
}

/* Whenever it is said, and without being said again: no stream goes both ways for long, every
 * stanza of ours arrives once, and later ones go by streams of one way. */
static void who_is_dismissed_gets_no_second_direction(void **state)
{
    static const struct {
        const char *name;
        bool (*when)(struct neighbours *both); /* NULL: before there is a pair */
        bool is_shared_first;
    } rows[] = {
        {"before there is a pair", NULL, false},
        {"before anything was said", has_connected, false},
        {"when it is asked for", has_asked, true},
        {"when it is open", is_open, true},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct neighbours both;
        neighbours_open(&both, *state);
        if (rows[i].when) {
            neighbours_send(&both, PING("1"));
            neighbours_wait(&both, rows[i].when);
        }
        fed_router_dismiss(both.left.router, FED_CLOSE_DRAINED);
        if (!rows[i].when)
            neighbours_send(&both, PING("1"));
        neighbours_wait(&both, has_one);
        neighbours_wait(&both, is_unshared);
        uint64_t attempts = both.left.context.counters.attempts;
        if (is_open(&both) == rows[i].is_shared_first)
            fail_msg("%s: the stream is %s", rows[i].name, is_open(&both) ? "open" : "closed");
        neighbours_send(&both, PING("2"));
        neighbours_wait(&both, has_two);
        assert_true(is_open(&both));
        assert_false(neighbours_pair(&both).is_bidi);
        assert_int_equal(both.left.context.counters.attempts - attempts, rows[i].is_shared_first);
        neighbours_close(&both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_goes_both_ways),
        cmocka_unit_test(who_is_dismissed_gets_no_second_direction),
    };
    return cmocka_run_group_tests_name("fed_pair", tests, homes_set_up, homes_tear_down);
}
