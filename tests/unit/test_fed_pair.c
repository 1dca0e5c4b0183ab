/* SPDX-License-Identifier: BSD-2-Clause */
/* A pair and its streams to a real partner: above all, when the partner may not use them any more.
 */
#include "tests/unit/unit.h"

#include "federation/closing.h"
#include "federation/machine.h"
#include "federation/session_nobody.h"
#include "tests/unit/neighbours.h"
#include "tests/unit/parcels.h"

#include <stdio.h>

#define BIG     20000
#define BIG_MAX (BIG + 200)
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

/* An attempt that is no pair's, as a probe makes it. */
struct visit {
    struct fed_trace *trace;
};

static void visit_on_open(void *arg, struct fed_session *session, enum fed_proof proof,
                          struct fed_trace *trace)
{
    struct visit *visit = arg;
    (void)proof;
    visit->trace = trace;
    fed_session_give(session, &fed_session_nobody, NULL);
}

static void visit_on_failed(void *arg, const struct fed_failure *failure, struct fed_trace *trace)
{
    (void)arg, (void)trace;
    fail_msg("%s", failure->sentence);
}

static bool is_over(struct neighbours *both)
{
    return ((const struct visit *)both->arg)->trace != NULL;
}

static void a_trace_tells_the_end_once(void **state)
{
    static const struct fed_attempt_owner owner = {.on_open = visit_on_open,
                                                   .on_failed = visit_on_failed};
    struct neighbours both;
    struct visit visit = {NULL};
    struct fed_attempt *attempt;
    neighbours_open(&both, *state);
    both.arg = &visit;
    const struct fed_attempt_setup setup = {.context = &both.left.context,
                                            .purpose = FED_OUT_RELAY,
                                            .home = &both.left.name,
                                            .partner = &both.left.other,
                                            .policy = both.left.partner,
                                            .owner = &owner,
                                            .arg = &visit};
    assert_int_equal(fed_attempt_start(&setup, &attempt, NULL), GP_OK);
    neighbours_wait(&both, is_over);
    const struct fed_trace *trace = visit.trace;
    assert_string_equal(trace->steps[trace->count - 1].text, "open: PKIX");
    for (size_t i = 0; i < trace->count - 1; i++)
        assert_null(strstr(trace->steps[i].text, "open"));
    fed_trace_destroy(visit.trace);
    neighbours_close(&both);
}

static bool has_bounced(struct neighbours *both)
{
    return both->left.context.counters.stanzas_bounced == 1;
}

static bool has_bounced_there(struct neighbours *both)
{
    return both->right.context.counters.stanzas_bounced == 1;
}

/* A bit more than BIG bytes. */
static void make_big(const char *from, const char *to, char text[BIG_MAX])
{
    snprintf(text, BIG_MAX, "<message from='%s' to='%s' id='1'><body>%0*d</body></message>", from,
             to, BIG, 0);
}

/* XEP-0478, 4: what is bigger than the partner takes is answered here, and the stream goes on. It
 * is not by much. */
static void what_is_too_big_for_the_partner_is_answered(void **state)
{
    struct neighbours both;
    char text[BIG_MAX];
    neighbours_open(&both, *state);
    both.left.settings.limits.stanza_bytes = both.right.settings.limits.stanza_bytes = BIG;
    neighbours_send(&both, PING("1"));
    neighbours_wait(&both, has_one);
    make_big("alpha.example", "gamma.example", text);
    neighbours_send(&both, text);
    neighbours_wait(&both, has_bounced);
    /* Back on the same stream, the second direction of which it carries. */
    make_big("gamma.example", "alpha.example", text);
    fed_router_deliver(both.right.router, parcel_read(FED_TO_PARTNER, text));
    neighbours_wait(&both, has_bounced_there);
    neighbours_send(&both, PING("2"));
    neighbours_wait(&both, has_two);
    assert_int_equal(both.left.context.counters.attempts, 1);
    assert_int_equal(both.right.context.counters.attempts, 0);
    assert_int_equal(both.left.context.counters.stanzas_in, 2); /* the answers to the pings */
    neighbours_close(&both);
}

static bool is_settled_there(struct neighbours *both)
{
    return both->left.context.counters.stanzas_in == 1 &&
           fed_router_waiting(both->right.router) == 0;
}

/* A carrier tells its pair of each stanza that has arrived, and of nothing else. */
static void a_carrier_has_few_words(void **state)
{
    struct neighbours both;
    neighbours_open(&both, *state);
    neighbours_send(&both, PING("1"));
    neighbours_wait(&both, is_settled_there);
    assert_int_equal(both.right.told, 1);
    neighbours_close(&both);
}

static bool is_saying_good_bye(struct neighbours *both)
{
    const struct fed_session *session = both->left.context.sessions.first;
    return session && fed_session_has_ended(session);
}

/* On request: each stream once. */
static void a_stream_that_has_ended_is_not_closed_again(void **state)
{
    struct neighbours both;
    neighbours_open(&both, *state);
    neighbours_send(&both, PING("1"));
    neighbours_wait(&both, has_one);
    struct fed_closing closing = {0};
    fed_close_partner(&both.left.context, &both.right.name, &closing);
    fed_close_partner(&both.right.context, &both.left.name, &closing);
    assert_int_equal(closing.outbound, 1);
    assert_int_equal(closing.inbound, 1);
    neighbours_wait(&both, is_saying_good_bye);
    closing = (struct fed_closing){0};
    fed_close_partner(&both.left.context, &both.right.name, &closing);
    assert_int_equal(closing.outbound, 0);
    neighbours_close(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_goes_both_ways),
        cmocka_unit_test(who_is_dismissed_gets_no_second_direction),
        cmocka_unit_test(a_trace_tells_the_end_once),
        cmocka_unit_test(what_is_too_big_for_the_partner_is_answered),
        cmocka_unit_test(a_carrier_has_few_words),
        cmocka_unit_test(a_stream_that_has_ended_is_not_closed_again),
    };
    return cmocka_run_group_tests_name("fed_pair", tests, homes_set_up, homes_tear_down);
}
